"""The state of a timeline in the address of its page: chips by kind, and the form of its filter."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.requests import SignedIn
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.records.cells import Cells
from tresse.records.timeline import Wanted
from tresse.records.timeline.asked import ASKED, said, wanted_of
from tresse.records.timeline.entries import HISTORY, TASK
from tresse.web.templatetags.numbers import day

CHANGES = "history"
# What the chips above a timeline choose: kinds of activity, and all changes together.
CHIPS: Mapping[str, str] = {
    "note": N_("Notes"),
    "call": N_("Calls"),
    "email": N_("E-mails"),
    "meeting": N_("Meetings"),
    TASK: N_("Tasks"),
    CHANGES: N_("Changes"),
}
ORIGINS: Mapping[str, str] = {"own": N_("This record"), "linked": N_("Linked records")}
LIST = "list"
"The parameter that names the list a record was opened from."


@dataclass(frozen=True, slots=True)
class State:
    """What a page of a timeline was asked for; all of it stands in its address."""

    kind: str
    wanted: Wanted
    kept: tuple[tuple[str, str], ...] = ()
    "Parameters of the page that are no part of the timeline."

    def query(self, **changed: Any) -> str:
        """The query of the address with other entries asked for; `kind` too."""
        kind = changed.pop("kind", self.kind)
        wanted = replace(self.wanted, **changed, kinds=())
        pairs = [*([("kind", kind)] if kind else []), *said(wanted), *self.kept]
        return urlencode(pairs)

    @property
    def is_filtered(self) -> bool:
        """Whether the form asks for something."""
        return bool(list(said(replace(self.wanted, kinds=()))))


def state_of(request: SignedIn, model: DataModel) -> State:
    """The state that a request asks for; an unknown kind of chip is all activity.

    Raises:
        TresseError: `wrong_value`, `unknown_object`.
    """
    given = {name: request.GET[name] for name in request.GET if name != "kinds"}
    shown = dict(parse_qsl(urlsplit(request.headers.get("HX-Current-URL", "")).query))
    if request.method == "POST":
        # What was posted changes the record; the page goes on showing what it showed.
        given = {name: shown[name] for name in ("kind", *ASKED[1:]) if name in shown}
    kind = given.get("kind", "") if given.get("kind") in CHIPS else ""
    kinds = HISTORY if kind == CHANGES else (kind,) if kind else ()
    # The list that the page was opened from, also where a part of the page is asked for.
    list_ = request.GET.get(LIST) or shown.get(LIST)
    kept = ((LIST, list_),) if list_ else ()
    return State(kind, replace(wanted_of(given, model), kinds=kinds), kept)


def chips(state: State) -> list[dict[str, Any]]:
    """One chip per kind, each with the query that chooses it; the first chooses all."""
    everything = {"name": "", "label": gettext("All activity"), "query": state.query(kind="")}
    named = [
        {"name": name, "label": gettext(label), "query": state.query(kind=name)}
        for name, label in CHIPS.items()
    ]
    return [{**chip, "is_on": chip["name"] == state.kind} for chip in (everything, *named)]


def filter_form(
    model: DataModel, object: ObjectDef, actor: Actor, state: State, cells: Cells
) -> dict[str, Any]:
    """Choices of the filter's form, and what is chosen, each with the query without it."""
    wanted, people = state.wanted, sorted(cells.people.items(), key=lambda each: each[1].casefold())
    objects = {
        side.other: shown_plural(model.object(side.other))
        for side in model.sides(object.name)
        if side.association.shares_timeline
        and model.object(side.other).has_activities
        and actor.scope(side.other, "view") != "none"
    }
    chosen: list[tuple[Any, str, dict[str, Any]]] = [
        (wanted.words, f"“{wanted.words}”", {"words": ""}),
        (wanted.author, cells.people.get(wanted.author or 0, str(wanted.author)), {"author": None}),
        (wanted.origin, gettext(ORIGINS.get(wanted.origin, "")), {"origin": ""}),
        (wanted.object, objects.get(wanted.object, wanted.object), {"object": ""}),
        (
            wanted.since,
            gettext("From {day}").format(day=day(wanted.since)),
            {"since": None},
        ),
        (
            wanted.until,
            gettext("Until {day}").format(day=day(_last(wanted))),
            {"until": None},
        ),
    ]
    return {
        "people": people,
        "objects": list(objects.items()),
        "origins": [(name, gettext(label)) for name, label in ORIGINS.items()],
        "given": dict(said(wanted)),
        "chosen": [(label, state.query(**without)) for value, label, without in chosen if value],
    }


def _last(wanted: Wanted) -> date | None:
    """The last day of the period."""
    last = dict(said(wanted)).get("until")
    return date.fromisoformat(last) if last else None
