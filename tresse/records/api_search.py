"""The search over everything, over REST."""

from django.http import HttpResponse
from ninja import Router

from tresse.accounts.answers import answer
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.kernel.errors import WRONG_VALUE
from tresse.objects.requests import model_of
from tresse.records.everywhere import SHOWN, found_everywhere, groups_json

router = Router(tags=["Records"])
MOST = 50


@router.get("/search")
def search_everything(request: SignedIn) -> HttpResponse:
    """Records of all objects by typed words (`q`), at most `limit` (5) of each object type."""
    given = parameters_of(request, ("q", "limit"))
    limit = given.get("limit", str(SHOWN))
    if not (limit.isdecimal() and 1 <= int(limit[:4]) <= MOST):
        raise WRONG_VALUE(name="limit", wanted=f"1 – {MOST}", value=limit)
    groups = found_everywhere(
        model_of(request), given.get("q", ""), request.actor, limit=int(limit)
    )
    return answer({"items": list(groups_json(groups))})
