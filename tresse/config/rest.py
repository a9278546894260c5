"""The API: the routers of all rooms, and how it answers what no schema can take.

Loaded by the server alone, so that commands need not wait for its schemas.
"""

import json
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext
from ninja import NinjaAPI, Router
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from tresse.accounts import api as accounts_api
from tresse.accounts.answers import message, problem, problem_of
from tresse.accounts.requests import broken, json_in
from tresse.connections import api as connections_api
from tresse.connections import api_connections as connections_api_connections
from tresse.datasets import api as datasets_api
from tresse.datasets import api_builds as datasets_api_builds
from tresse.datasets import api_computed as datasets_api_computed
from tresse.datasets import api_erasing as datasets_api_erasing
from tresse.datasets import api_identity as datasets_api_identity
from tresse.datasets import api_rules as datasets_api_rules
from tresse.datasets.scores import api as datasets_api_scores
from tresse.filters import api as filters_api
from tresse.jobs import api as jobs_api
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects import api as objects_api
from tresse.records import api as records_api
from tresse.records import api_bulk as records_api_bulk
from tresse.records import api_calculated as records_api_calculated
from tresse.records import api_search as records_api_search
from tresse.records import api_views as records_api_views
from tresse.records import merge_api as records_merge_api
from tresse.segments import api as segments_api
from tresse.sources import api as sources_api
from tresse.sources import api_runs as sources_api_runs
from tresse.syncs import api as syncs_api
from tresse.transfers import api as transfers_api
from tresse.transfers import api_exports as transfers_api_exports
from tresse.transfers import api_templates as transfers_api_templates
from tresse.transfers import api_undo as transfers_api_undo

LONGEST_SHOWN = 60
ROUTERS: tuple[Router, ...] = (
    accounts_api.router,
    connections_api.router,
    connections_api_connections.router,
    jobs_api.router,
    filters_api.router,
    objects_api.router,
    records_api.router,
    records_api_calculated.router,
    records_api_bulk.router,
    records_api_search.router,
    records_merge_api.router,
    records_api_views.router,
    segments_api.router,
    sources_api.router,
    sources_api_runs.router,
    datasets_api.router,
    datasets_api_builds.router,
    datasets_api_identity.router,
    datasets_api_erasing.router,
    datasets_api_rules.router,
    datasets_api_computed.router,
    datasets_api_scores.router,
    syncs_api.router,
    transfers_api.router,
    transfers_api_exports.router,
    transfers_api_undo.router,
    transfers_api_templates.router,
)


class Bodies(Parser):
    """Reads bodies as the rest of the house does."""

    def parse_body(self, request: HttpRequest) -> dict[str, Any]:
        """The value of the body, which a schema checks."""
        body: dict[str, Any] = json_in(request.body)
        return body


api = NinjaAPI(
    title="Tresse", version="1", docs_url=None, openapi_url="/openapi.json", parser=Bodies()
)
for router in ROUTERS:
    api.add_router("", router)


api.exception_handler(TresseError)(problem_of)


@api.exception_handler(ValidationError)
def answer_unfit_body(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A body that lacks a field or holds a value of the wrong sort."""
    errors = [_unfit(each, request) for each in error.errors]
    detail = " ".join(each["sentence"] for each in errors)
    identity = getattr(request, "id", None)
    return problem(422, "wrong_value", detail, errors=errors, request_id=identity)


# What the schema says of a value that does not fit, by the beginning of its name.
WANTED = {
    "int": N_("a whole number"),
    "float": N_("a number"),
    "bool": N_("true or false"),
    "string": N_("a text"),
    "list": N_("a list"),
    "dict": N_("a JSON object"),
    "model": N_("a JSON object"),
}


def _unfit(fault: Mapping[str, Any], request: HttpRequest) -> dict[str, str]:
    """One field that a body lacks, or whose value does not fit, in our words."""
    field = ".".join(map(str, fault["loc"][2:] or fault["loc"][1:]))
    if fault["type"] == "missing":
        sentence = gettext("{name} is missing.").format(name=field)
    elif wanted := WANTED.get(fault["type"].split("_")[0]):
        given = _given(request, fault["loc"][0], field)
        value = json.dumps(given, ensure_ascii=False)[:LONGEST_SHOWN]
        sentence = message(WRONG_VALUE(name=field, wanted=gettext(wanted), value=value))
    else:
        sentence = f"{field}: {fault['msg']}"
    return {"field": field, "sentence": sentence}


def _given(request: HttpRequest, place: str, field: str) -> Any:
    """What stands at a place such as `ids.0` of the body, which the framework does not tell."""
    if place == "path":
        return getattr(request.resolver_match, "kwargs", {}).get(field)
    if place != "body" or request.content_type != "application/json":
        return request.POST.get(field) or request.GET.get(field)
    found = json_in(request.body)
    for part in field.split("."):
        if isinstance(found, list) and part.isdecimal():
            found = found[int(part)]
        else:
            found = found.get(part) if isinstance(found, dict) else None
    return found


@api.exception_handler(HttpError)
def answer_broken_body(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that is not JSON."""
    return problem_of(request, broken(error))
