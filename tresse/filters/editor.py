"""The editor of filters: one form field, used wherever a filter is chosen (G70 to G74).

**How to use it.** A view makes an editor of what was sent, or of the filter that is kept, and hands
it to its template:

    editor = editor_of(request, object, kept=segment.filter)
    if editor.is_edit:                      # a button of the editor, without scripts
        return render(request, "segments/edit.html", {"editor": editor})
    change_segment(segment, filter=editor.filter, actor=request.actor)

    <form method="post" …>{% csrf_token %} … {% include "filters/_editor.html" %} … </form>

The include needs `editor` in the context (`with editor=…`), and stands inside a form. It sends

- `filter`: the filter as JSON, empty without conditions. Programs may send this field alone;
- `filter_draft`, `filter.<path>.<key>`, `filter_do`: what the editor needs itself.

`editor.filter` is the filter that all of these mean together, None without conditions; whoever
keeps it has it checked by the change that keeps it, and on a refusal shows the form again with
status 422: each fault stands at its condition by itself. Options of `editor_of`:
`is_personal=False` leaves `me` and `my_teams` out (segments, G10); `address`: of a page that edits
without scripts (`/filters/edit/`), else buttons send the form they stand in; `name`: another id
where one page has two editors.

With scripts, every button and changed operator asks `POST /filters/edit/` for the editor anew, and
typing asks `POST /filters/count/` 300 ms after the last key. A filter stands in addresses as
`filter=<JSON>`, with `filter_draft=<JSON>` where something is switched off: `query_of` makes them.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.queries import account
from tresse.accounts.requests import SignedIn
from tresse.filters.check import checked
from tresse.filters.conditions import CONDITIONS
from tresse.filters.controls import Shown
from tresse.filters.draft import (
    INNER,
    Card,
    Line,
    Part,
    base_of,
    draft_of,
    filter_of,
    joined,
    part_at,
    text_of,
    walk,
)
from tresse.filters.editing import Asking, Control, Offer
from tresse.filters.lines import FIELD, SORTS, ShownCard, ShownLine, below
from tresse.filters.operations import ROOT, State, done, kind_of, read_fields
from tresse.filters.refusals import UNREADABLE
from tresse.filters.shape import Base, Checked
from tresse.filters.texts import json_of, yaml_of
from tresse.filters.words import words
from tresse.kernel.errors import TresseError
from tresse.kernel.text import normal
from tresse.objects.requests import model_of

DRAFT = "filter_draft"
DO = "filter_do"
EDITING = (
    DRAFT,
    DO,
    "filter_text",
    "filter_as",
    "filter_object",
    "filter_personal",
    "filter_next",
    "filter_record",
    "filter_exact",
    "filter_row",
    "filter_path",
)
NO_STATE = State()
EDIT, CHIP = "/filters/edit/", "/filters/chip/"


def editor_of(
    request: SignedIn,
    base: Base,
    *,
    kept: Any = None,
    data: QueryDict | None = None,
    is_personal: bool = True,
    address: str = "",
    name: str = FIELD,
    asks: str = EDIT,
    is_flat: bool = False,
) -> "Editor":
    """The editor of a request: of what it sent if it sent a filter, else of the kept filter.

    Args:
        request: Who asks.
        base: The object type whose records are chosen.
        kept: The filter to begin with; None: no conditions.
        data: Where the fields are; left out: the form, or the address if nothing was posted.
        is_personal: Whether `me` and `my_teams` may be chosen.
        address: Where buttons lead without scripts, if not to the form's own address.
        name: Begins the ids on the page.
        asks: Which address gives it anew, with scripts.
        is_flat: Whether a filter that is one "any" or "not" counts as one node of an "all", so that
            a condition added to it narrows it.
    """
    fields = data if data is not None else (request.POST or request.GET)
    asking = Asking(model_of(request), base, request.actor, account(), is_personal=is_personal)
    root, unread = draft_of(kept), ""
    text = str(fields.get(DRAFT) or fields.get(FIELD, "")).strip()
    try:
        if text or FIELD in fields:
            root = draft_of(json.loads(text) if text else None)
    except (ValueError, RecursionError):
        unread = message(UNREADABLE(line=1))
    read_fields(root, fields, asking)
    if is_flat and root.sort != "all":
        root = Card("all", [root])
    state, order = State(), fields.get(DO, "")
    if order:
        root, state = done(root, order, fields)
    return Editor(
        asking,
        root,
        state,
        is_edit=bool(order),
        address=address,
        id=str(fields.get("filter_as") or name),
        asks=asks,
        unread=unread,
    )


@dataclass(frozen=True)
class Editor:
    """A filter that somebody edits, and what the page shows of it."""

    asking: Asking
    root: Card
    state: State = NO_STATE
    is_edit: bool = False
    address: str = ""
    id: str = FIELD
    asks: str = EDIT
    "Which address gives it anew."
    unread: str = ""
    "Why the text of the filter cannot be read."

    @cached_property
    def _written(self) -> tuple[Any, dict[str, str]]:
        return filter_of(self.root)

    @property
    def base(self) -> Base:
        """The object type whose records are chosen."""
        return self.asking.base

    @property
    def filter(self) -> Any:
        """The filter that is meant; None without conditions."""
        return self._written[0]

    @property
    def text(self) -> str:
        """The filter as JSON; empty without conditions."""
        return json_of(self.filter)

    @property
    def yaml(self) -> str:
        """The filter as YAML."""
        return "" if self.filter is None else yaml_of(self.filter)

    @property
    def draft(self) -> str:
        """All there is, what is switched off too, as JSON."""
        return text_of(self.root)

    @property
    def has_off(self) -> bool:
        """Whether anything is switched off."""
        return any(part.is_off for _, part in walk(self.root))

    @property
    def number(self) -> int:
        """How many conditions there are."""
        return sum(isinstance(part, Line) for _, part in walk(self.root))

    @cached_property
    def checked(self) -> Checked | TresseError | None:
        """The filter without faults, or the first of them; None without conditions."""
        if self.filter is None:
            return None
        asking = self.asking
        try:
            return checked(
                self.filter,
                self.base,
                model=asking.model,
                actor=asking.actor,
                account=asking.account,
                personal=asking.is_personal,
            )
        except TresseError as error:
            return error

    @property
    def good(self) -> Checked | None:
        """The filter, if it has conditions and no faults."""
        return self.checked if isinstance(self.checked, Checked) else None

    @cached_property
    def faults(self) -> dict[str, str]:
        """Sentences by the path of their node; of one without value, what is missing (G74)."""
        error = self.checked
        if not isinstance(error, TresseError):
            return {}
        found: dict[str, str] = {}
        for fault in error.details.get("faults", ()):
            found.setdefault(self._path_at(fault["place"]), fault["message"])
        return {path: self._missing(path) or text for path, text in found.items()}

    def _path_at(self, place: str) -> str:
        """The path of the node at a place, or around it."""
        places = self._written[1]
        while place and place not in places:
            place = place.rpartition(".")[0]
        return places.get(place, "")

    @cached_property
    def incomplete(self) -> dict[str, str]:
        """What is missing, by the path of the line: not faults, as nobody has typed there yet."""
        lines = {path: self._missing(path) for path in self.faults}
        return {path: text for path, text in lines.items() if text}

    def _missing(self, path: str) -> str:
        part = part_at(self.root, path)
        if isinstance(part, Card):
            return "" if part.parts else gettext("This group is empty. Add a condition.")
        if not isinstance(part, Line):
            return ""
        kind = kind_of(part.node)
        if kind is None:
            return ""
        if part.node[kind.name] in ([], ""):
            is_list = part.node[kind.name] == []
            return gettext("Choose at least one.") if is_list else gettext("Give a value.")
        lacks = part.node.get("value") in (None, {"property": ""})
        asks = any(c.key == "value" for c in kind.controls(part.node, self.asking_at(path)))
        return gettext("Give a value.") if lacks and asks else ""

    def asking_at(self, path: str) -> Asking:
        """For whom and on what the node at a path is edited."""
        asking, steps = self.asking, path.split(".")
        for at, step in enumerate(steps):
            line = part_at(self.root, ".".join(steps[:at]))
            if step == INNER and isinstance(line, Line):
                kind = kind_of(line.node)
                head = kind.head(line.node, asking) if kind else None
                if head is not None and head.inner is not None:
                    asking = asking.inside(head.inner)
        return asking

    @property
    def fault(self) -> str:
        """What is wrong with the whole, or with the text it was read from."""
        return self.unread or self.state.unread

    @cached_property
    def words(self) -> str:
        """The sentence."""
        return words(self.good) if self.good else ""

    @cached_property
    def card(self) -> ShownCard:
        """The root as the page shows it."""
        return self._card(self.root, "", self.asking)

    @property
    def lines(self) -> list[ShownLine | ShownCard]:
        """The nodes that stand side by side: one chip each."""
        return list(self.card.parts)

    @property
    def all(self) -> list[ShownLine | ShownCard]:
        """Every node, the root first."""
        return [self.card, *below(self.card)]

    def _card(self, card: Card, path: str, asking: Asking, inner_label: str = "") -> ShownCard:
        return ShownCard(
            path,
            self.line_id(path),
            card.sort,
            tuple(self._part(each, joined(path, at), asking) for at, each in enumerate(card.parts)),
            card.is_off,
            self.faults.get(path, ""),
            self.state.picking == path,
            self._targets(path),
            base_of(path, is_card=True),
            inner_label,
        )

    def line_id(self, path: str) -> str:
        """The id on the page of the node at a path."""
        return f"{self.id}-{(path or ROOT).replace('.', '-')}"

    def _part(self, part: Part, path: str, asking: Asking) -> ShownCard | ShownLine:
        if isinstance(part, Card):
            return self._card(part, path, asking)
        kind = kind_of(part.node)
        head = kind.head(part.node, asking) if kind else None
        inner = None
        if part.inner is not None and head is not None and head.inner is not None:
            inside = joined(path, INNER)
            inner = self._card(part.inner, inside, asking.inside(head.inner), head.inner_label)
        has_fault = path in self.faults and path not in self.incomplete
        controls = kind.controls(part.node, asking) if kind and head else ()
        return ShownLine(
            path,
            self.line_id(path),
            part.node,
            head,
            tuple(self._control(each, path, has_fault) for each in controls),
            inner,
            may_have_inner=head is not None and head.inner is not None and part.inner is None,
            is_off=part.is_off,
            fault=self.faults.get(path, ""),
            is_incomplete=path in self.incomplete,
            is_picking=self.state.picking == path,
            has_focus=self.state.focus == path,
            targets=self._targets(path),
        )

    def _control(self, control: Control, path: str, is_bad: bool) -> Shown:
        key = control.key.replace("_", "-")
        identity = f"{self.line_id(path)}-{key}"
        bad = is_bad and control.key == "value"
        return Shown(
            control, f"{FIELD}.{path}.{control.key}", identity, bad, f"{self.line_id(path)}-fault"
        )

    def _targets(self, path: str) -> tuple[tuple[str, str], ...]:
        """Cards that a node may be moved into, in words."""
        if not path or path.endswith(INNER):
            return ()
        outer = path.rpartition(".")[0]
        cards = [("", self.root), *((p, part) for p, part in walk(self.root))]
        return tuple(
            (p or ROOT, self._called(p, part))
            for p, part in cards
            if isinstance(part, Card)
            and p != outer
            and not f"{p}.".startswith(f"{path}.")
            and base_of(path) == base_of(p, is_card=True)
        )

    def _called(self, path: str, card: Card) -> str:
        if not path:
            return gettext("Outside all groups")
        asking = self.asking_at(f"{path}.0")
        heads = [
            kind.head(part.node, asking)
            for part in card.parts
            if isinstance(part, Line) and (kind := kind_of(part.node))
        ]
        labels = [head.label for head in heads if head][:2]
        sort = gettext(SORTS[card.sort])
        return f"{sort}: {', '.join(labels)}" if labels else sort

    @property
    def picked(self) -> list[tuple[str, bool, list[tuple[Offer, str, str]]]]:
        """What the open list offers: groups, whether each is folded, and their entries.

        Of an entry: the offer, what its button does, and the words a search knows it by.
        """
        path = self.state.picking
        return [] if path is None else self.offered(path)

    def offered(self, path: str) -> list[tuple[str, bool, list[tuple[Offer, str, str]]]]:
        """What may be added to a card, or stand in place of a line."""
        part = part_at(self.root, path)
        verb = "swap" if isinstance(part, Line) else "add"
        asking = self.asking_at(joined(path, 0) if isinstance(part, Card) else path)
        groups: dict[tuple[str, bool], list[tuple[Offer, str, str]]] = {}
        for kind in CONDITIONS:
            for offer in kind.offers(asking):
                order = f"{verb} {path or ROOT} {json.dumps(offer.node, ensure_ascii=False)}"
                known = normal(" ".join((offer.label, offer.group, *offer.names)))
                groups.setdefault((offer.group, offer.is_far), []).append((offer, order, known))
        ordered = sorted(groups.items(), key=lambda item: item[0][1])
        return [(group, is_far, entries) for (group, is_far), entries in ordered]


def query_of(editor: Editor, data: QueryDict) -> QueryDict:
    """The parameters of an address that shows what the editor says, others kept as they are."""
    query = data.copy()
    for name in list(query):
        if name.startswith(f"{FIELD}.") or name in EDITING:
            del query[name]
    query[FIELD] = editor.text
    if editor.has_off:
        query[DRAFT] = editor.draft
    return query


def is_edited(data: QueryDict) -> bool:
    """Whether an address has fields of the editor, rather than the filter they make."""
    return DO in data or any(name.startswith(f"{FIELD}.") for name in data)
