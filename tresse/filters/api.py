"""Filters over REST: `POST /filters/check` (G67)."""

from typing import Any

from ninja import Router, Schema
from pydantic import ConfigDict

from tresse.accounts.requests import SignedIn
from tresse.filters.examine import examined
from tresse.filters.stores import base_named
from tresse.objects.described import data_model

router = Router(tags=["Filters"])


class FilterIn(Schema):
    """A filter, and the object type, or `dataset:NAME`, whose rows it chooses."""

    model_config = ConfigDict(extra="forbid")

    object: str
    filter: Any = None


class Fault(Schema):
    """One fault, where it stands (`all[2].any[0]`), and its sentence."""

    place: str
    code: str
    message: str


class FilterOut(Schema):
    """Faults; of a filter without any, its words and how many records it finds (10,001: more)."""

    faults: list[Fault]
    words: str | None
    count: int | None


@router.post("/filters/check", response=FilterOut, summary="Check a filter")
def check_filter(request: SignedIn, body: FilterIn) -> Any:
    """Say every fault of a filter at once, or what it means and how many records it finds."""
    model = data_model()
    base = base_named(body.object, model, request.actor)
    return examined(body.filter, base, model=model, actor=request.actor)
