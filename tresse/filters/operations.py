"""What the buttons and fields of the editor do to a draft."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from tresse.accounts.answers import message
from tresse.filters import draft
from tresse.filters.conditions import CONDITIONS
from tresse.filters.controls import NOTHING, Fields, read
from tresse.filters.draft import INNER, SORTS, Card, Line, Part, joined
from tresse.filters.editing import Asking, Control
from tresse.filters.shape import ConditionKind
from tresse.filters.texts import filter_in
from tresse.kernel.errors import TresseError

ROOT = "root"
OTHER = ":property"

# What a control begins with where the value before does not fit it.
BEGINNINGS: Mapping[str, Any] = {
    "count": 1,
    "counts": [1, 5],
    "duration": "30 days",
    "period": "this month",
    "day": "today",
    "days": [{"today": "-30 days"}, "today"],
}


@dataclass(frozen=True, slots=True)
class State:
    """What the page shows besides the draft: the open list of "+ Filter", where the focus goes.

    `unread`: why a pasted text is no filter.
    """

    picking: str | None = None
    focus: str | None = None
    unread: str = ""


def kind_of(node: Any) -> ConditionKind | None:
    """The kind of a condition, by the one of its keys that names one."""
    if not isinstance(node, Mapping):
        return None
    names = [key for key in node if key in CONDITIONS]
    return CONDITIONS[names[0]] if len(names) == 1 else None


def read_fields(root: Card, data: QueryDict, asking: Asking) -> None:
    """Take the fields of all cards and lines that were sent into a draft."""
    _read_part(root, "", data, asking)


def _read_part(part: Part, path: str, data: QueryDict, asking: Asking) -> None:
    fields = Fields(data, f"filter.{path or ROOT}")
    if isinstance(part, Card):
        if fields.one("sort") in SORTS:
            part.sort = fields.one("sort")
        for at, each in enumerate(part.parts):
            _read_part(each, joined(path, at), data, asking)
        return
    kind = kind_of(part.node)
    if kind is None:
        return
    if fields.has("sent"):
        part.node = _sent(part.node, kind, fields, asking)
    head = kind.head(part.node, asking)
    if part.inner is not None and head is not None and head.inner is not None:
        _read_part(part.inner, joined(path, INNER), data, asking.inside(head.inner))


def _sent(
    node: Mapping[str, Any], kind: ConditionKind, fields: Fields, asking: Asking
) -> dict[str, Any]:
    """A condition with what its controls say; a new operator changes which there are."""
    before = kind.controls(node, asking)
    found = dict(node)
    for control in before:
        value = read(control, fields)
        if value is not NOTHING:
            found[control.key] = value
        elif control.key == kind.name:
            found[control.key] = [] if control.form == "choices" else ""
        else:
            found.pop(control.key, None)
    return _fitted(found, before, kind, asking)


def _fitted(
    found: dict[str, Any], before: Sequence[Control], kind: ConditionKind, asking: Asking
) -> dict[str, Any]:
    """The value as the operator takes it: kept where it fits, else what a fresh one begins with."""
    operator = str(found.get("operator", ""))
    is_other = operator.endswith(OTHER)
    was_other = _is_property(found.get("value"))
    if is_other:
        found["operator"] = operator.removesuffix(OTHER)
        if not was_other:
            found["value"] = {"property": ""}
    elif was_other:
        found.pop("value")
    forms = {control.key: control.form for control in kind.controls(found, asking)}
    was = next((control.form for control in before if control.key == "value"), None)
    form = forms.get("value")
    if not is_other and was_other is False and form is not None and form != was:
        _convert(found, was, form)
    for key in ("value", "only_with_value"):
        if key not in forms:
            found.pop(key, None)
    return found


def _is_property(value: Any) -> bool:
    return isinstance(value, Mapping) and set(value) == {"property"}


def _convert(found: dict[str, Any], was: str | None, form: str) -> None:
    value = found.pop("value", None)
    if value is not None and (was, form) in {("text", "texts"), ("choice", "choices")}:
        found["value"] = [value]
    elif value and (was, form) in {("texts", "text"), ("choices", "choice")}:
        found["value"] = value[0]
    elif form in BEGINNINGS:
        found["value"] = BEGINNINGS[form]


def done(root: Card, order: str, data: QueryDict) -> tuple[Card, State]:
    """What a button does: `order` is its verb, the path it is about, and more."""
    verb, _, rest = order.partition(" ")
    path, _, more = rest.partition(" ")
    path = "" if path == ROOT else path
    if verb == "paste":
        return _pasted(root, data)
    if verb == "clear":
        return Card(), State()
    action = ORDERS.get(verb)
    return root, (action(root, path, more) if action else State())


def _pasted(root: Card, data: QueryDict) -> tuple[Card, State]:
    try:
        return draft.draft_of(filter_in(data.get("filter_text", ""))), State()
    except TresseError as error:
        return root, State(unread=message(error))


def _pick(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    return State(picking=path)


def _node(text: str) -> Part | None:
    try:
        node = json.loads(text)
    except (ValueError, RecursionError):
        return None
    card = draft.draft_of(node)
    return card.parts[0] if card.parts else None


def _add(root: Card, path: str, more: str) -> State:
    card, part = draft.part_at(root, path), _node(more)
    if not isinstance(card, Card) or part is None:
        return State()
    card.parts.append(part)
    return State(focus=joined(path, len(card.parts) - 1))


def _swap(root: Card, path: str, more: str) -> State:
    part = _node(more)
    if part is not None:
        draft.replaced(root, path, part)
    return State(focus=path)


def _group(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    card = draft.part_at(root, path)
    if not isinstance(card, Card):
        return State()
    card.parts.append(Card("all" if card.sort == "any" else "any"))
    return State(picking=joined(path, len(card.parts) - 1))


def _inner(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    line = draft.part_at(root, path)
    if isinstance(line, Line) and line.inner is None:
        line.inner = Card()
    return State(picking=joined(path, INNER))


def _remove(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    if path.endswith(f".{INNER}"):
        line = draft.part_at(root, path.removesuffix(f".{INNER}"))
        if isinstance(line, Line):
            line.inner = None
    else:
        draft.taken(root, path)
    return State()


def _copy(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    draft.duplicated(root, path)
    outer, _, last = path.rpartition(".")
    return State(focus=joined(outer, int(last) + 1) if last.isdecimal() else None)


def _switch(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    part = draft.part_at(root, path)
    if part is not None and path:
        part.is_off = not part.is_off
    return State()


def _wrap(root: Card, path: str, more: str) -> State:  # noqa: ARG001
    return State(picking=draft.grouped(root, path))


def _into(root: Card, path: str, more: str) -> State:
    draft.moved(root, path, "" if more == ROOT else more)
    return State()


ORDERS: Mapping[str, Callable[[Card, str, str], State]] = {
    "pick": _pick,
    "add": _add,
    "swap": _swap,
    "group": _group,
    "inner": _inner,
    "remove": _remove,
    "copy": _copy,
    "switch": _switch,
    "wrap": _wrap,
    "into": _into,
}
