"""Definitions of syncs as files, programs and pages say them (Y1): read and checked.

Only what can be judged from the definition alone is checked here; what needs the dataset or the
destination is in `checks.py`.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.refusals import INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.definition import When
from tresse.sources.given import Given, shown
from tresse.sources.parsing import schedule_given
from tresse.syncs.definition import (
    AFTER_BUILD,
    AUTOMATIONS,
    MODES,
    NULLS,
    Brakes,
    Linked,
    Mapped,
    Removal,
    SyncDefinition,
)
from tresse.syncs.refusals import (
    BAD_PAIR,
    BAD_SHARE,
    FIELD_TWICE,
    NO_COLUMNS,
    ONLY_MIRROR,
)

KEYS = (
    "name",
    "dataset",
    "filter",
    "to",
    "key",
    "match",
    "columns",
    "links",
    "mode",
    "removed",
    "brakes",
    "automations",
    "merge_records",
    "schedule",
    "active",
)
MOST_COLUMNS, MOST_KEYS, MOST_MATCHES, MOST_LINKS = 500, 4, 8, 20
A_DATASET, A_DESTINATION = N_("the name of a dataset"), N_("where the rows go: object: contact")
A_REMOVAL = N_("delete, empty, or set: with fields and values")
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%?")


def parsed(item: Mapping[str, Any]) -> SyncDefinition:
    """The definition that a mapping says.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `invalid_name`, `field_taken` (two columns to
            one field).
    """
    name = item.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise INVALID_NAME(name=shown(name).strip('"'))
    given = Given(item, name)
    given.check(KEYS, gettext("a sync"))
    mode = given.choice("mode", MODES, "new_and_existing")
    is_after_build, when = _schedule(given)
    to = given.part("to")
    if not to.values:
        raise given.refuse("to", gettext(A_DESTINATION), None)
    definition = SyncDefinition(
        name=name,
        dataset=_dataset(given),
        to=to.values,
        filter=item.get("filter"),
        key=_pairs(given, "key", given.values.get("key")),
        match=_matches(given),
        columns=_columns(given),
        links=tuple(_link(each) for each in given.parts("links", most=MOST_LINKS)),
        mode=mode,
        removed=_removal(given, mode),
        brakes=_brakes(given.part("brakes")),
        automations=given.choice("automations", AUTOMATIONS, "after_first"),
        merge_records=given.truth("merge_records", False),
        is_after_build=is_after_build,
        schedule=when,
        is_active=given.truth("active", False),
    )
    _check_fields(definition)
    return definition


def _dataset(given: Given) -> str:
    value = given.text("dataset")
    if not NAME.fullmatch(value):
        raise given.refuse("dataset", gettext(A_DATASET), value)
    return value


def _pairs(given: Given, place: str, value: Any) -> tuple[Mapped, ...]:
    """Columns with their fields: `{email: EMAIL}`, or names that are the same on both sides."""
    if value is None or value in ({}, []):
        return ()
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list | tuple):
        value = {each if isinstance(each, str) else str(each): each for each in value}
    if not isinstance(value, Mapping) or not all(
        isinstance(column, str) and column and isinstance(field, str) and field
        for column, field in value.items()
    ):
        raise BAD_PAIR(name=given.name(place), value=shown(value))
    if len(value) > MOST_KEYS:
        wanted = gettext("at most {number}").format(number=MOST_KEYS)
        raise given.refuse(place, wanted, len(value))
    return tuple(Mapped(column, field) for column, field in value.items())


def _matches(given: Given) -> tuple[Mapped, ...]:
    found: list[Mapped] = []
    for number, item in enumerate(given.items("match", most=MOST_MATCHES), start=1):
        pairs = _pairs(given, f"match {number}", item)
        if len(pairs) != 1:
            raise BAD_PAIR(name=given.name(f"match {number}"), value=shown(item))
        found += pairs
    return tuple(found)


def _columns(given: Given) -> tuple[Mapped, ...]:
    found = []
    for number, item in enumerate(given.items("columns", most=MOST_COLUMNS), start=1):
        place = f"columns {number}"
        if isinstance(item, str):
            item = {"from": item}
        if not isinstance(item, Mapping):
            raise WRONG_VALUE(
                name=given.name(place),
                wanted=gettext("a column, or from: and to:"),
                value=shown(item),
            )
        part = Given(item, given.source, place)
        part.check(("from", "to", "nulls", "create"), gettext("a mapped column"))
        column = part.text("from")
        if not column:
            raise part.refuse("from", gettext("a column of the dataset"), item.get("from"))
        nulls, is_created = part.choice("nulls", NULLS, "skip"), part.truth("create", False)
        found.append(Mapped(column, part.text("to", column), nulls, is_created))
    return tuple(found)


def _link(part: Given) -> Linked:
    part.check(("relation", "type"), gettext("a link"))
    relation, type_ = part.text("relation"), part.text("type")
    if not relation:
        raise part.refuse("relation", gettext("a relation of the dataset"), None)
    if not type_:
        raise part.refuse("type", gettext("an association type"), None)
    return Linked(relation, type_)


def _removal(given: Given, mode: str) -> Removal:
    value = given.values.get("removed")
    if value is None:
        return Removal()
    if mode != "mirror":
        raise ONLY_MIRROR(name=given.name("removed"), sync=given.source, mode=mode)
    if value in ("delete", "empty"):
        return Removal(str(value))
    fields = value.get("set") if isinstance(value, Mapping) and set(value) == {"set"} else None
    if not isinstance(fields, Mapping) or not fields:
        raise given.refuse("removed", gettext(A_REMOVAL), value)
    texts = {str(name): _text(each) for name, each in fields.items()}
    return Removal("set", texts)


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def _brakes(part: Given) -> Brakes:
    part.check(("removed", "emptied"), gettext("brakes"))
    unsaid = Brakes()
    return Brakes(_share(part, "removed", unsaid.removed), _share(part, "emptied", unsaid.emptied))


def _share(part: Given, key: str, default: float) -> float:
    value = part.values.get(key)
    if value is None:
        return default
    text = "" if isinstance(value, bool) else str(value).strip()
    found = _SHARE.fullmatch(text)
    if found is None or float(found[1]) > 100:
        raise BAD_SHARE(name=part.name(key), value=shown(value))
    return float(found[1])


def _schedule(given: Given) -> tuple[bool, When]:
    if given.values.get("schedule") == AFTER_BUILD:
        return True, When()
    part = given.part("schedule")
    part.check(("cron", "zone"), gettext("a schedule"))
    return False, schedule_given(part, given.source)


def _check_fields(definition: SyncDefinition) -> None:
    if not definition.columns and not definition.links:
        raise NO_COLUMNS(sync=definition.name)
    seen: set[str] = set()
    for each in definition.columns:
        if each.field in seen:
            raise FIELD_TWICE(sync=definition.name, name=each.field)
        seen.add(each.field)
