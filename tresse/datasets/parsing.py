"""Definitions of datasets as files, programs and pages say them (D3): read, or refused in words.

Only what can be judged from the definition alone is checked here; what needs sources, other
datasets or known types is in `checks.py` and `mapping`.
"""

import datetime
import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from tresse.accounts.queries import account
from tresse.accounts.refusals import INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.datasets.definition import (
    ERASURES,
    Column,
    DatasetDefinition,
    Feed,
    Group,
    Relation,
)
from tresse.datasets.parsing_computed import (
    LONGEST_COLUMN,
    aggregates_given,
    as_columns,
    formulas_given,
    scores_given,
)
from tresse.datasets.parsing_rules import (
    MOST_SOURCES,
    PREFIX,
    groups_given,
    identity_given,
    merge_given,
)
from tresse.datasets.refusals import (
    COLUMN_REPEATED,
    COLUMN_RESERVED,
    COLUMNS_ALIKE,
    MERGE_IN_GROUP,
    SAID_TWICE,
    SEMANTIC_TAKEN,
)
from tresse.kernel.errors import UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.definition import MOST_KEY_COLUMNS
from tresse.sources.given import Given, names_in, shown
from tresse.sources.parsing import schedule_given
from tresse.sources.semantics import FIELDS, rules_for
from tresse.sources.types import TYPES
from tresse.sources.written import AUTO, rule_uses

KEYS = (
    "name",
    "entity",
    "as_of",
    "sources",
    "columns",
    "groups",
    "identity",
    "relations",
    "computed",
    "aggregates",
    "scores",
    "erasure",
    "schedule",
    "enabled",
)
FEED_KEYS = ("source", "columns")
RELATION_KEYS = ("name", "to", "inverse", "match")
COLUMN_KEYS = ("name", "type", "semantic", "rules", "merge", "fill")
RESERVED = (
    "_id",
    "_first_seen_at",
    "_modified_at",
    "_changed_in",
    "_members",
    "_sources",
    "_keys",
)
"Columns of a golden record that Tresse writes (D4)."
NOW = "now"
MOST_COLUMNS, MOST_RELATIONS, LONGEST_FILL = 2_000, 100, 1_000
AN_ENTITY = N_("an entity such as contacts or orders, or a name of your own")
A_MOMENT = N_("now, or a date such as 2026-03-10, or one with a time")
A_FEED = N_("the name of a source, or dataset: and the name of a dataset")
A_FILL = N_("a text, a number, true or false, or a list of texts")


def parsed(item: Mapping[str, Any]) -> DatasetDefinition:
    """The definition that a mapping says, rules included.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `invalid_name`, `unknown_name` (type, rule or
            semantic field), `column_repeated`, `columns_alike`, `reserved_name`,
            `semantic_taken` (D17), `rule_takes_other_type`.
    """
    name = item.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise INVALID_NAME(name=shown(name).strip('"'))
    given = Given(item, name)
    given.check(KEYS, gettext("a dataset"))
    entity = given.text("entity", name)
    if not NAME.fullmatch(entity):
        raise given.refuse("entity", gettext(AN_ENTITY), entity)
    groups = groups_given(given)
    definition = DatasetDefinition(
        name=name,
        entity=entity,
        as_of=_as_of(given),
        sources=_feeds(given),
        columns=_columns(given, groups),
        groups=groups,
        identity=identity_given(given.part("identity")),
        relations=_relations(given),
        computed=formulas_given(given),
        aggregates=aggregates_given(given),
        scores=scores_given(given),
        erasure=_erasure(given.part("erasure")),
        schedule=schedule_given(given.part("schedule"), ""),
        is_enabled=given.truth("enabled", True),
    )
    relations = [f"{each.name}_id" for each in definition.relations]
    worked = as_columns(definition.computed, definition.aggregates)
    check_columns((*definition.columns, *worked), dataset=name, taken=relations)
    return definition


def check_columns(columns: Iterable[Column], *, dataset: str, taken: Iterable[str] = ()) -> None:
    """Refuse columns that cannot stand beside each other in a dataset.

    Args:
        columns: In their order.
        dataset: Its name.
        taken: Names of columns that relations make.

    Raises:
        TresseError: `column_repeated`, `columns_alike`, `reserved_name`, `semantic_taken`.
    """
    reserved = {*RESERVED, *(name.casefold() for name in taken)}
    seen: dict[str, str] = {}
    fields: dict[str, str] = {}
    for column in columns:
        folded = column.name.casefold()
        if folded in reserved:
            raise COLUMN_RESERVED(name=column.name)
        if folded in seen and seen[folded] == column.name:
            raise COLUMN_REPEATED(dataset=dataset, name=column.name)
        if folded in seen:
            raise COLUMNS_ALIKE(dataset=dataset, first=seen[folded], second=column.name)
        seen[folded] = column.name
        if column.semantic in fields:
            raise SEMANTIC_TAKEN(
                dataset=dataset,
                first=fields[column.semantic],
                second=column.name,
                semantic=column.semantic,
            )
        if column.semantic:
            fields[column.semantic] = column.name


def column_given(item: Any, place: str, dataset: str) -> Column:
    """One column: its name alone, or a mapping with `COLUMN_KEYS`.

    Raises:
        TresseError: As `parsed`.
    """
    given = Given(item if isinstance(item, Mapping) else {"name": item}, dataset, place)
    name = given.values.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_COLUMN or not is_storable(name):
        raise given.refuse("name", gettext("the name of a column"), name)
    given = replace(given, place=name)
    given.check(COLUMN_KEYS, gettext("a column of a dataset"))
    type_ = _known(given, "type", gettext("type ({column})"), [each.name for each in TYPES])
    semantic = _known(given, "semantic", gettext("semantic field ({column})"), FIELDS)
    rules = given.values.get("rules")
    if rules == AUTO:
        rules = list(rules_for(semantic))
    return Column(
        name=name,
        type=type_,
        semantic=semantic,
        rules=() if rules is None else rule_uses(rules, column=given.name(""), type=type_),
        merge=merge_given(given),
        fill=_fill(given),
    )


def _known(given: Given, key: str, sort: str, known: Iterable[str]) -> str:
    value = given.text(key)
    known = list(known)
    if value and value not in known:
        sort = sort.format(column=given.name(""))
        raise UNKNOWN_NAME(sort=sort, name=value, nearest=nearest(value, known))
    return value


def _as_of(given: Given) -> datetime.datetime | None:
    """None for now; a bare date means its end, in the zone of the account."""
    value = given.values.get("as_of")
    if value is None or value == NOW:
        return None
    if isinstance(value, str):
        try:
            value = (
                datetime.date.fromisoformat(value)
                if len(value.strip()) == 10
                else datetime.datetime.fromisoformat(value.strip())
            )
        except ValueError:
            raise given.refuse("as_of", gettext(A_MOMENT), value) from None
    if isinstance(value, datetime.datetime):
        zone = value.tzinfo or ZoneInfo(account().zone)
        return value.replace(tzinfo=zone).astimezone(datetime.UTC)
    if isinstance(value, datetime.date):
        return end_of(value)
    raise given.refuse("as_of", gettext(A_MOMENT), value)


def end_of(day: datetime.date) -> datetime.datetime:
    """The last microsecond of a day in the zone of the account."""
    last = datetime.datetime.combine(day, datetime.time.max, ZoneInfo(account().zone))
    return last.astimezone(datetime.UTC)


def _feeds(given: Given) -> tuple[Feed, ...] | None:
    if not given.has("sources"):
        return None
    feeds: list[Feed] = []
    for part in given.parts("sources", most=MOST_SOURCES):
        part.check(FEED_KEYS, gettext("a source of a dataset"))
        source = part.text("source")
        if not NAME.fullmatch(source.removeprefix(PREFIX)):
            raise part.refuse("source", gettext(A_FEED), source)
        if any(each.source == source for each in feeds):
            raise SAID_TWICE(name=given.name("sources"), value=source)
        columns = part.part("columns")
        for own, taken in columns.values.items():
            names_in([own], columns.name(own), most=1)
            if taken is not None:
                names_in([taken], columns.name(own), most=1)
        mapping = {own: taken or "" for own, taken in columns.values.items()}
        feeds.append(Feed(source, mapping))
    if not feeds:
        raise given.refuse("sources", gettext("at least one source, or nothing for all"), [])
    return tuple(feeds)


def _columns(given: Given, groups: tuple[Group, ...]) -> tuple[Column, ...]:
    items = given.items("columns", most=MOST_COLUMNS)
    columns = tuple(
        column_given(item, f"columns {number}", given.source)
        for number, item in enumerate(items, start=1)
    )
    homes = {column: group.name for group in groups for column in group.columns}
    for column in columns:
        if column.name in homes and column.merge.method != "latest":
            raise MERGE_IN_GROUP(
                name=f"{given.source}: {column.name}.merge",
                column=column.name,
                group=homes[column.name],
            )
    return columns


def _fill(given: Given) -> Any:
    value = given.values.get("fill")
    if isinstance(value, datetime.date):  # and of date-times, as YAML reads both
        value = value.isoformat()
    if isinstance(value, Decimal):
        value = float(value)
    is_list = isinstance(value, list | tuple)
    texts = value if isinstance(value, list | tuple) else [value]
    for each in texts:
        fits = isinstance(each, str) if is_list else isinstance(each, str | int | float | None)
        is_odd = isinstance(each, float) and not math.isfinite(each)
        is_odd = is_odd or (isinstance(each, int) and not -(2**63) <= each < 2**63)
        is_odd = is_odd or (isinstance(each, str) and not _is_short(each))
        if not fits or is_odd:
            raise given.refuse("fill", gettext(A_FILL), value)
    return list(texts) if is_list else value


def _is_short(text: str) -> bool:
    return len(text) <= LONGEST_FILL and is_storable(text)


def _relations(given: Given) -> tuple[Relation, ...]:
    relations: list[Relation] = []
    for part in given.parts("relations", most=MOST_RELATIONS):
        part.check(RELATION_KEYS, gettext("a relation"))
        for key in ("name", "to", *(["inverse"] if part.has("inverse") else [])):
            if not NAME.fullmatch(part.text(key)):
                raise part.refuse(key, gettext("a name of a–z, 0–9 and _"), part.values.get(key))
        match = part.part("match")
        for there in match.values:
            names_in([match.values[there]], match.name(there), most=1)
        if len(match.values) > MOST_KEY_COLUMNS:
            wanted = gettext("at most {number}").format(number=MOST_KEY_COLUMNS)
            raise part.refuse("match", wanted, len(match.values))
        name = part.text("name")
        if any(each.name == name for each in relations):
            raise SAID_TWICE(name=given.name("relations"), value=name)
        inverse = part.text("inverse")
        relations.append(Relation(name, part.text("to"), inverse, dict(match.values)))
    return tuple(relations)


def _erasure(given: Given) -> Mapping[str, str]:
    for dataset in given.values:
        if not NAME.fullmatch(dataset):
            raise given.refuse(dataset, gettext("the name of a dataset"), dataset)
    return {dataset: given.choice(dataset, ERASURES, ERASURES[0]) for dataset in given.values}
