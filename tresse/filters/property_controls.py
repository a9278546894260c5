"""How a condition on a property is edited: what it is offered as, its operators and its value."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.models import Team
from tresse.filters.controls import choice_text, choice_value
from tresse.filters.editing import Asking, Choice, Control, Head, Offer
from tresse.filters.paths import Path, path_of, side_name
from tresse.filters.phrases import label
from tresse.filters.shape import Base
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.derived import value_of
from tresse.objects.described import PropertyDef
from tresse.objects.kinds import Reading, Unreadable
from tresse.objects.kinds.rules import DATES, NUMBERS
from tresse.objects.labels import known_labels, shown_group, shown_label
from tresse.objects.readings import people
from tresse.objects.sight import readable_properties

WITHOUT_VALUE = ("is_empty", "is_not_empty")
LISTS = ("is_any_of", "is_none_of", "has_any_of", "has_all_of", "has_none_of")
DURATIONS = ("in_last", "in_next", "more_than_ago", "more_than_ahead")
ANNIVERSARIES = ("anniversary_in", "anniversary_within")
CHOSEN = ("option", "options", "user", "pipeline", "stage")
TALLIED = ("option", "options", "pipeline", "stage")
OTHER = ":property"
"Ends the operator's choice where the value is another property of the record."

# What a fresh condition asks, by kind: the question people have most often.
FIRST: Mapping[str, str] = {
    "text": "contains",
    "long_text": "contains",
    "rich_text": "contains",
    "email": "contains",
    "domain": "contains",
    "url": "contains",
    "phone": "contains",
    "integer": "at_least",
    "decimal": "at_least",
    "money": "at_least",
    "date": "in_last",
    "datetime": "in_last",
    "option": "is_any_of",
    "user": "is_any_of",
    "pipeline": "is_any_of",
    "stage": "is_any_of",
    "options": "has_any_of",
    "boolean": "is",
}
FIRST_VALUES: Mapping[str, Any] = {"date": "30 days", "datetime": "30 days", "boolean": True}
READS_ALL = N_("Reads every record, so it takes longer on large lists.")


def begun(prop: PropertyDef, path: str, key: str = "property") -> dict[str, Any]:
    """The condition that a property or field begins as."""
    node: dict[str, Any] = {key: path, "operator": first_operator(prop)}
    if prop.kind.name in FIRST_VALUES:
        node["value"] = FIRST_VALUES[prop.kind.name]
    return node


def first_operator(prop: PropertyDef) -> str:
    """The operator that a fresh condition has."""
    first = FIRST.get(prop.kind.name, "")
    return first if first in prop.kind.operators else next(iter(prop.kind.operators))


def offers(asking: Asking) -> Iterator[Offer]:
    """The properties of the base by group, then those of what it has one of at most (G4)."""
    for prop in readable_properties(asking.base, asking.actor):
        yield _offer(prop, prop.name, shown_group(prop.group))
    for side in asking.model.sides(asking.base.name, labels=True):
        other = asking.model.object(side.other)
        if side.most != 1 or other.is_archived or asking.actor.scope(other.name, "view") == "none":
            continue
        for prop in readable_properties(other, asking.actor):
            path = f"{side_name(side)}.{prop.name}"
            yield _offer(prop, path, shown_label(side), is_far=True)


def field_offers(asking: Asking) -> Iterator[Offer]:
    """The fields of a base that has nothing else."""
    for prop in asking.base.properties:
        yield _offer(prop, prop.name, shown_label(asking.base), key="field")


def _offer(
    prop: PropertyDef, path: str, group: str, *, is_far: bool = False, key: str = "property"
) -> Offer:
    names = tuple(known_labels(prop))
    node = begun(prop, path, key)
    return Offer(shown_label(prop), group, prop.kind.icon, node, names, is_far=is_far)


def path_in(node: Any, asking: Asking) -> Path | None:
    """What a condition is on; None where there is no such property."""
    if not isinstance(node, Mapping):
        return None
    name = node.get("property", node.get("field"))
    if not isinstance(name, str):
        return None
    try:
        return path_of(name, asking.base, model=asking.model, actor=asking.actor)
    except TresseError:
        return None


def head(node: Mapping[str, Any], asking: Asking) -> Head | None:
    """Icon and label of the property."""
    path = path_in(node, asking)
    return Head(path.prop.kind.icon, path.label) if path else None


def controls(node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
    """Operator, value, and where an empty value would pass, "only with a value"."""
    path = path_in(node, asking)
    if path is None:
        return ()
    found = [operator_control(path.prop, node, _others(path, asking))]
    operator = str(node.get("operator", ""))
    if operator not in path.prop.kind.operators:
        return found
    if _is_other(node):
        found.append(_other_control(path, node, asking))
    else:
        found += value_controls(path.base, path.prop, operator, node, asking)
    known = path.prop.kind.operators[operator]
    if known.is_negative and operator not in WITHOUT_VALUE:
        text = gettext("only with a value")
        given = "1" if node.get("only_with_value") else None
        found.append(Control("only_with_value", "flag", text, given))
    return found


def operator_control(
    prop: PropertyDef, node: Mapping[str, Any], others: Sequence[Choice] = ()
) -> Control:
    """The operators of a kind in words; those that compare with another property stand apart."""
    kind = prop.kind
    choices = [Choice(name, label(name, kind.name)) for name in kind.operators]
    if others:
        heading = gettext("Compared with another property")
        choices += [
            Choice(f"{name}{OTHER}", gettext("%(operator)s …") % {"operator": each}, heading)
            for name, each in ((name, label(name, kind.name)) for name in kind.operators)
            if kind.operators[name].takes_property
        ]
    operator = str(node.get("operator", ""))
    chosen = f"{operator}{OTHER}" if _is_other(node) else operator
    return Control("operator", "choice", gettext("Condition"), chosen, choices)


def value_controls(
    base: Base, prop: PropertyDef, operator: str, node: Mapping[str, Any], asking: Asking
) -> list[Control]:
    """The control for the value of an operator; none where it takes no value."""
    form = form_of(prop, operator)
    if form is None:
        return []
    reading = asking.reading(base, prop)
    is_choice = form in {"choice", "choices"}

    def constant(text: str) -> Any:
        return choice_value(text) if is_choice else typed(prop, text, reading)

    def text(value: Any) -> str:
        if is_choice:
            return choice_text(value)
        return shown_typed(prop, value, reading)

    if prop.kind.name == "boolean":
        yes = [Choice("true", gettext("yes")), Choice("false", gettext("no"))]
        return [
            Control(
                "value",
                "choice",
                gettext("Value"),
                node.get("value"),
                yes,
                constant=lambda given: given == "true",
                text=lambda given: "true" if given is True else "false",
            )
        ]
    return [
        Control(
            "value",
            form,
            gettext("Value"),
            node.get("value"),
            choices_for(base, prop, asking) if is_choice else (),
            constant=constant,
            text=text,
            has_hours=prop.kind.name == "datetime" and operator in DURATIONS,
            is_tallied=prop.kind.name in TALLIED and "." not in str(node.get("property", ".")),
            hint=gettext(READS_ALL) if operator == "matches" else "",
        )
    ]


def form_of(prop: PropertyDef, operator: str) -> str | None:
    """The form of the control for the value; None: the operator takes none."""
    if operator in WITHOUT_VALUE:
        return None
    if prop.kind.name in DATES:
        if operator in (*DURATIONS, *ANNIVERSARIES):
            return "duration"
        return {"between": "days", "in_period": "period"}.get(operator, "day")
    if prop.kind.name in CHOSEN:
        return "choices" if operator in LISTS else "choice"
    if prop.kind.name == "boolean":
        return "choice"
    if operator == "between":
        return "range"
    return "texts" if operator in LISTS else "text"


def typed(prop: PropertyDef, text: str, reading: Reading) -> Any:
    """A typed constant as JSON: numbers as the person writes them; what is none stays a text."""
    text = text.strip()
    if prop.kind.name not in NUMBERS:
        return text
    [value], refused = prop.kind.read_all([text], reading)
    return text if refused or value is None else prop.kind.to_json(value, reading)


def shown_typed(prop: PropertyDef, value: Any, reading: Reading) -> str:
    """A constant as the person types it."""
    if prop.kind.name not in NUMBERS or not isinstance(value, int | float):
        return str(value)
    try:
        return prop.kind.format(prop.kind.from_json(value, reading), reading)
    except Unreadable:
        return str(value)


def tallied(
    path: Path, asking: Asking, tally: Callable[[Any], Iterable[tuple[Any, int]]]
) -> Counter[str]:
    """How many rows have each choice of a property of their own, by name; empty for others."""
    prop, base = path.prop, path.base
    found: Counter[str] = Counter()
    if path.hops or prop.kind.name not in TALLIED or base is not asking.base:
        return found
    reading = asking.reading(base, prop)
    for value, number in tally(value_of(prop, base, base.table, asking.model)):
        if value is not None:
            given = prop.kind.to_json(value, reading)
            found.update(dict.fromkeys(given if isinstance(given, list) else [given], number))
    return found


def choices_for(base: Base, prop: PropertyDef, asking: Asking) -> list[Choice]:
    """What may be chosen: options, stages by pipeline, or people and teams."""
    if prop.kind.name == "user":
        return list(_users(asking))
    if prop.kind.name == "pipeline":
        return [Choice(each.name, shown_label(each, base)) for each in base.pipelines]
    if prop.kind.name == "stage":
        several = len(base.pipelines) > 1
        found: dict[str, Choice] = {}
        for pipeline in base.pipelines:
            heading = shown_label(pipeline, base) if several else ""
            for stage in pipeline.stages:
                found.setdefault(stage.name, Choice(stage.name, shown_label(stage, base), heading))
        return list(found.values())
    archived = gettext("Archived")
    return [
        Choice(option.name, shown_label(option, prop), archived if option.is_archived else "")
        for option in sorted(prop.options, key=lambda option: option.is_archived)
    ]


def _users(asking: Asking) -> Iterator[Choice]:
    if asking.is_personal:
        yield Choice("me", gettext("Me"))
        yield Choice("my_teams", gettext("My teams"))
    rows = people().rows
    for _, email, name, is_active in rows:
        if is_active:
            yield Choice(email, name or email, gettext("People"), picture=True)
    for name, text in Team.objects.order_by("label").values_list("name", "label"):
        yield Choice(choice_text({"team": name}), text or name, gettext("Teams"))
    for _, email, name, is_active in rows:
        if not is_active:
            yield Choice(email, name or email, gettext("No longer active"), picture=True)


def _is_other(node: Mapping[str, Any]) -> bool:
    value = node.get("value")
    return isinstance(value, Mapping) and set(value) == {"property"}


def _other_control(path: Path, node: Mapping[str, Any], asking: Asking) -> Control:
    return Control(
        "value",
        "choice",
        gettext("Property"),
        node["value"],
        _others(path, asking),
        constant=lambda name: {"property": name},
        text=lambda value: str(value["property"]),
    )


def _others(path: Path, asking: Asking) -> list[Choice]:
    """Properties of the row that a condition may compare with (G5)."""
    if not any(operator.takes_property for operator in path.prop.kind.operators.values()):
        return []
    known = set(path.prop.kind.operators)
    return [
        Choice(each.name, shown_label(each))
        for each in readable_properties(asking.base, asking.actor)
        if set(each.kind.operators) == known and (path.hops or each.name != path.prop.name)
    ]
