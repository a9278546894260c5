"""How conditions on linked records and activities are edited: what is offered, their controls."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from tresse.filters.controls import whole
from tresse.filters.editing import MOST_LINKS, Asking, Choice, Control, Head, Offer
from tresse.filters.paths import side_name
from tresse.filters.property_controls import begun
from tresse.filters.shape import Base
from tresse.kernel.marks import N_
from tresse.objects.described import Side
from tresse.objects.labels import known_labels, shown_label, shown_plural
from tresse.objects.sight import readable_properties
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.activity_fields import fields_of
from tresse.records.wording import inside

COUNTS: Mapping[str, str] = {
    "": N_("any"),
    "none": N_("none"),
    "at_least": N_("at least"),
    "at_most": N_("at most"),
    "exactly": N_("exactly"),
    "between": N_("between"),
}
NUMBERED = {"at_least": "count", "at_most": "count", "exactly": "count", "between": "counts"}
BEGINS_WITH = {"last": "30 days"}


def linked_offers(asking: Asking) -> Iterator[Offer]:
    """The relations of the base, and the properties of what they lead to many of."""
    if asking.links >= MOST_LINKS:
        return
    sides = [side for side in asking.model.sides(asking.base.name) if _is_seen(side, asking)]
    for side in sides:
        other = asking.model.object(side.other)
        names = (*known_labels(side), *known_labels(other))
        begins = {"linked": other.name, "by": [side_name(side)]}
        heading = gettext("Linked records")
        yield Offer(called(side, asking), heading, other.icon, begins, names)
    for side in sides:
        if side.most == 1:
            continue
        other = asking.model.object(side.other)
        for prop in readable_properties(other, asking.actor):
            inner = {"all": [begun(prop, prop.name)]}
            node: dict[str, Any] = {"linked": other.name, "by": [side_name(side)], "filter": inner}
            names = tuple(known_labels(prop))
            yield Offer(
                shown_label(prop),
                called(side, asking),
                prop.kind.icon,
                node,
                names,
                is_far=True,
            )


def _is_seen(side: Side, asking: Asking) -> bool:
    other = asking.model.object(side.other)
    return not other.is_archived and asking.actor.scope(other.name, "view") != "none"


def called(side: Side, asking: Asking) -> str:
    """What a relation leads to, in the plural; with its label where that says something else."""
    other = asking.model.object(side.other)
    label, plural = shown_label(side), shown_plural(other)
    if label in {plural, shown_label(other)}:
        return plural
    return gettext("%(things)s (%(label)s)") % {"things": plural, "label": label}


def other_in(node: Mapping[str, Any], asking: Asking) -> Base | None:
    """The object type that a condition counts records of."""
    for each in asking.model.objects:
        if each.name == node["linked"] and not each.is_archived:
            return each
    return None


def sides_to(other: Base, asking: Asking) -> list[Side]:
    """Relations and link labels from the base to an object type."""
    sides = asking.model.sides(asking.base.name, labels=True)
    return [side for side in sides if side.other == other.name]


def linked_head(node: Mapping[str, Any], asking: Asking) -> Head | None:
    """The other object type in the plural, and its filter."""
    other = other_in(node, asking)
    if other is None:
        return None
    label = gettext("where the same %(thing)s has") % {"thing": inside(shown_label(other))}
    return Head(other.icon, shown_plural(other), other, label)


def linked_controls(node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:
    """By which relations, how many."""
    other = other_in(node, asking)
    if other is None:
        return ()
    found = count_controls(node)
    sides = sides_to(other, asking)
    if len(sides) > 1:
        choices = [Choice(side_name(side), shown_label(side)) for side in sides]
        by = node.get("by")
        chosen = [by] if isinstance(by, str) else by
        lead = gettext("linked as")
        empty = gettext("anything")
        found.append(
            Control("by", "choices", gettext("Linked as"), chosen, choices, lead=lead, empty=empty)
        )
    return found


def count_controls(node: Mapping[str, Any]) -> list[Control]:
    """How many there must be."""
    operator = node.get("operator") or ("at_least" if "value" in node else "")
    choices = [Choice(name, gettext(text)) for name, text in COUNTS.items()]
    found = [Control("operator", "choice", gettext("How many"), operator, choices)]
    form = NUMBERED.get(str(operator))
    if form:
        value = node.get("value", 1 if operator == "at_least" else None)
        found.append(Control("value", form, gettext("Number"), value, constant=whole))
    return found


def activity_offers(asking: Asking) -> Iterator[Offer]:
    """Any activity, and each kind."""
    if not getattr(asking.base, "has_activities", False):
        return
    heading = gettext("Activities")
    every = {"activity": [kind.name for kind in ACTIVITY_KINDS], "in": BEGINS_WITH}
    yield Offer(gettext("Any activity"), heading, "activity", every)
    for kind in ACTIVITY_KINDS:
        node = {"activity": [kind.name], "in": BEGINS_WITH}
        yield Offer(gettext(kind.label), heading, kind.icon, node, (kind.name, kind.label))


def kinds_in(node: Mapping[str, Any]) -> list[str]:
    """Kinds of activity that a condition names and that there are."""
    given = node["activity"]
    names = [given] if isinstance(given, str) else given if isinstance(given, list) else []
    return [name for name in names if isinstance(name, str) and name in ACTIVITY_KINDS]


def activity_head(node: Mapping[str, Any], asking: Asking) -> Head:  # noqa: ARG001
    """Activities, and a filter on the fields of their kinds."""
    kinds = kinds_in(node)
    icon = ACTIVITY_KINDS[kinds[0]].icon if len(kinds) == 1 else "activity"
    label = gettext("where the same activity has")
    return Head(icon, gettext("Activities"), fields_of(kinds), label)


def activity_controls(node: Mapping[str, Any], asking: Asking) -> Sequence[Control]:  # noqa: ARG001
    """Which kinds, how many, when."""
    choices = [Choice(kind.name, gettext(kind.label)) for kind in ACTIVITY_KINDS]
    given = node["activity"]
    chosen = [given] if isinstance(given, str) else given
    return [
        Control("activity", "choices", gettext("Kinds of activity"), chosen, choices),
        *count_controls(node),
        Control("in", "window", gettext("When"), node.get("in")),
    ]
