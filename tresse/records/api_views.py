"""Saved views over REST (C84, C120)."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext
from ninja import Router, Schema, Status
from pydantic import Field

from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.objects.schemas import Body
from tresse.records.changes.views import add_view, change_view, delete_view
from tresse.records.models import View
from tresse.records.views_saved import view_facts, view_named, view_to_change, views_of

router = Router(tags=["Views"])


class ViewFields(Body):
    """What can be said about a view at any time; `filter` null is every record."""

    sort: ClassVar[str] = N_("a view")
    label: str | None = None
    sharing: Literal["private", "team", "everyone"] | None = None
    team: str | None = None
    filter: Any = None
    columns: list[str] | None = None
    widths: dict[str, int] | None = None
    order: list[str] | None = Field(None, alias="sort")
    layout: Literal["table", "board"] | None = None
    layout_settings: dict[str, Any] | None = None
    position: int | None = Field(None, ge=0, le=10_000)

    def facts(self) -> dict[str, Any]:
        """The fields that were sent, by the names of the change."""
        given = self.model_dump(exclude_unset=True, by_alias=True)
        kept = ("filter", "team")
        return {key: value for key, value in given.items() if value is not None or key in kept}


class ViewIn(ViewFields):
    """A view to save."""

    object: str
    name: str = ""
    label: str


class ViewChange(ViewFields):
    """A change of a view; with `version` only if it is still the one that was read."""

    version: int | None = None


class ViewOut(Schema):
    """A view as it is stored; `owner` is an e-mail, null for one made by a file."""

    object: str
    name: str
    label: str
    owner: str | None
    sharing: str
    team: str | None
    filter: Any
    columns: list[str]
    widths: dict[str, int]
    order: list[str] = Field(alias="sort")
    layout: str
    layout_settings: dict[str, Any]
    position: int
    version: int
    updated_at: datetime


def shown_view(view: View) -> dict[str, Any]:
    """A view as it is answered."""
    more = {"version": view.version, "updated_at": view.updated_at}
    return view_facts(view) | more | {"owner": view.owner.email if view.owner else None}


@router.get("/views", response=list[ViewOut])
def view_list(request: SignedIn, object: str) -> Any:
    """The saved views of an object type that the person sees."""
    model, actor = data_model(), request.actor
    here = model.object(object)
    require(actor, "view", here.name, shown_plural(here))
    return [shown_view(view) for view in views_of(here, actor)]


@router.post("/views", response={201: ViewOut})
def view_add(request: SignedIn, body: ViewIn) -> Status[Any]:
    """Save a view."""
    model = data_model()
    facts = body.facts()
    here = model.object(facts.pop("object"))
    return Status(201, shown_view(add_view(model, here, actor=request.actor, **facts)))


@router.get("/views/{object_name}/{name}", response=ViewOut)
def view_get(request: SignedIn, object_name: str, name: str) -> Any:
    """One saved view."""
    here = data_model().object(object_name)
    require(request.actor, "view", here.name, shown_plural(here))
    return shown_view(view_named(here, name, request.actor))


@router.patch("/views/{object_name}/{name}", response=ViewOut)
def view_change(request: SignedIn, object_name: str, name: str, body: ViewChange) -> Any:
    """Change a view."""
    model, actor = data_model(), request.actor
    view = view_to_change(model.object(object_name), name, actor, gettext("changed"))
    return shown_view(change_view(model, view, actor=actor, **body.facts()))


@router.delete("/views/{object_name}/{name}", response={204: None})
def view_delete(request: SignedIn, object_name: str, name: str) -> Status[None]:
    """Delete a view; records stay as they are."""
    view = view_to_change(data_model().object(object_name), name, request.actor, gettext("deleted"))
    delete_view(view, actor=request.actor)
    return Status(204, None)
