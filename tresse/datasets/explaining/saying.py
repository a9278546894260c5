"""Why an attachment was refused, or a value ties nothing, in sentences."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.marks import N_

REFUSED: Mapping[str, str] = {
    "DG3": N_(
        "{key} {value}: {record} would join {left} with {right} in {column}; at most {at_most} in "
        "one."
    ),
    "DG3_days": N_(
        "{key} {value}: {record} would join {left} with {right} in {column}; at most {at_most} in "
        "one within {days} days."
    ),
    "DG6": N_(
        "{key} {value}: with {record} there would be more than {at_most} records in one ({sizes})."
    ),
    "DG8": N_("{key} {value}: it was decided that {left} and {right} are different."),
    "DG9": N_(
        "{key} {value}: {record} has {left} in {column} where the others have {right}, and "
        "{column} keeps records apart."
    ),
    "DG11": N_(
        "{key} {value}: the device was used by two known persons, so it joins neither with the "
        "other ({record})."
    ),
}
"By guard. `{key}` is the key set, `{left}` and `{right}` are values of both sides."
GUARDS: Mapping[str, str] = {
    "DG1": N_("{value} in {column} is blocked, as it stands for nobody."),
    "DG2": N_("{value} in {column} is on records with {count} different values of {proxy}."),
    "DG2b": N_("{value} in {column} is on {records} records, more than one person has."),
    "DG7": N_("{value} in {column} meets {count} different values of {proxy}."),
    "DG13": N_("{value} in {column} is only claimed by a source that is not trusted."),
}
"Why a value that both have ties nothing."
NOTHING_SHARED = N_("They have no value in common that identifies somebody.")
OTHER = N_("{key} {value}: refused by {guard} ({record}).")


def refused_said(
    guard: str, *, key: str, value: str, record: str, detail: Mapping[str, Any], names: list[str]
) -> str:
    """The sentence of a refused attachment.

    Args:
        guard: DG3 DG6 DG8 DG9 DG11.
        key: Label of the key set.
        value: Its match value, for people.
        record: Whose attachment it is, as `source/key`.
        detail: As `attachments` has it, read.
        names: `source/key` of the two records that were decided to be different (DG8).
    """
    sides = detail.get("values") or [[], []]
    left, right = names if guard == "DG8" and len(names) == 2 else map(_listed, sides)
    template = REFUSED.get("DG3_days" if guard == "DG3" and "days" in detail else guard, OTHER)
    return gettext(template).format(
        key=key,
        value=value,
        record=record,
        left=left,
        right=right,
        guard=guard,
        column=detail.get("column", ""),
        at_most=detail.get("at_most", ""),
        days=detail.get("days", ""),
        sizes=" + ".join(map(str, detail.get("sizes", ()))),
    )


def guard_said(guard: str, **facts: Any) -> str:
    """The sentence of a value that a guard keeps from tying anything."""
    template = GUARDS.get(guard, GUARDS["DG1"])
    return gettext(template).format(**facts)


def _listed(values: Any) -> str:
    return ", ".join(map(str, values))
