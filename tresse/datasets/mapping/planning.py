"""From a definition and what feeds it to a plan: columns, their fields, types and places.

Columns of a dataset are those its definition names, anywhere in it, and one per semantic field
that a source of its entity has (D15). A source of another entity feeds what its mapping names,
and nothing else: the amount of an order is no amount of a contact.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tresse.accounts.queries import account
from tresse.datasets.definition import Column, DatasetDefinition, Feed
from tresse.datasets.layout import Plan, Planned
from tresse.datasets.mapping.converting import check_column, converts
from tresse.datasets.mapping.feeds import Fed
from tresse.datasets.parsing import RESERVED, check_columns
from tresse.datasets.refusals import NOT_FED, SOURCE_COLUMN_UNKNOWN, TYPE_MISMATCH
from tresse.kernel.errors import nearest
from tresse.sources.columns import Column as SourceColumn
from tresse.sources.semantics import FIELDS, OF_ENTITY
from tresse.sources.types import TYPES
from tresse.sources.written import check_rules, result_type


@dataclass(frozen=True, slots=True)
class Mapped:
    """How a dataset takes its columns: a plan, and what of each feed goes where."""

    plan: Plan
    columns: Mapping[str, Mapping[str, str]]
    "By feed: column of the dataset to column of the feed, in the order of the plan."
    unmapped: Mapping[str, tuple[str, ...]]
    "By feed: its columns that go nowhere, in its order (D15)."


def planned(
    definition: DatasetDefinition,
    feeds: Sequence[Fed],
    *,
    zone: str | None = None,
    country: str | None = None,
) -> Plan:
    """What a build works by; `feeds` as `feeds_of` gives them.

    Args:
        definition: With its rules.
        feeds: Highest priority first.
        zone: Of the account; None: as it is now.
        country: Likewise, as in ISO 3166; empty: none.

    Raises:
        TresseError: `column_missing` (a column that no feed has, or that a mapping names and its
            source lacks), `type_mismatch` (D16), `semantic_taken` (D17), `columns_alike`,
            `rule_takes_other_type`, `wrong_value` (a merge method or a fill of another type).
    """
    return mapped(definition, feeds, zone=zone, country=country).plan


def mapped(
    definition: DatasetDefinition,
    feeds: Sequence[Fed],
    *,
    zone: str | None = None,
    country: str | None = None,
    is_partial: bool = False,
) -> Mapped:
    """As `planned`, with the mapping of each feed.

    Args:
        definition: With its rules.
        feeds: Highest priority first.
        zone: Of the account; None: as it is now.
        country: Likewise.
        is_partial: Columns that nothing feeds are left out instead of refused: not everything that
            feeds the dataset is known.

    Raises:
        TresseError: As `planned`.
    """
    said = {feed.source: feed for feed in definition.sources or ()}
    _check_named(definition, said, feeds)
    columns = _columns(definition, said, feeds)
    taken = {fed.name: columns_from(columns, fed, said.get(fed.name), definition) for fed in feeds}
    places: list[Planned] = []
    for column in columns:
        typed = _typed(column, definition, feeds, taken)
        if typed is None and is_partial:
            continue
        if typed is None:
            known = sorted({name for fed in feeds for name in fed.types})
            near = nearest(column.name, known)
            raise NOT_FED(dataset=definition.name, column=column.name, nearest=near)
        place = _planned(typed, len(places), definition)
        check_column(place, definition)
        places.append(place)
    plan = Plan(
        definition=definition,
        columns=tuple(places),
        sources=tuple(fed.name for fed in feeds),
        zone=account().zone if zone is None else zone,
        country=account().country if country is None else country,
    )
    named = {place.column.name for place in places}
    for fed in feeds:
        taken[fed.name] = {k: v for k, v in taken[fed.name].items() if k in named}
    return Mapped(plan, taken, {fed.name: _unmapped(fed, taken[fed.name]) for fed in feeds})


def columns_of_plan(plan: Plan, fed: Fed) -> dict[str, str]:
    """Column of the dataset to column of the feed, of one feed of a plan."""
    said = {feed.source: feed for feed in plan.definition.sources or ()}
    columns = [each.column for each in plan.columns]
    return columns_from(columns, fed, said.get(fed.name), plan.definition)


def columns_from(
    columns: Iterable[Column], fed: Fed, feed: Feed | None, definition: DatasetDefinition
) -> dict[str, str]:
    """Which column of a feed each column of the dataset is taken from (D15).

    What the definition says; else, if the feed is of the entity of the dataset, the column of the
    same semantic field, else that of the same name.
    """
    said = feed.columns if feed else {}
    named = {name for name in said.values() if name}
    by_field: dict[str, str] = {}
    by_name = {name.casefold(): name for name in reversed([*fed.types]) if name not in named}
    if fed.entity == definition.entity:
        for name in fed.types:
            field = fed.semantics.get(name, "")
            if field and name not in named and (field not in by_field or name == field):
                by_field[field] = name
    else:
        by_name = {}
    found: dict[str, str] = {}
    for column in columns:
        if column.name in said:
            source = said[column.name]
        else:
            source = by_field.get(column.semantic, "") or by_name.get(column.name.casefold(), "")
        if source:
            found[column.name] = source
    return found


def named_columns(definition: DatasetDefinition) -> list[str]:
    """Columns that a definition names anywhere, each once, those it describes first."""
    return list(dict.fromkeys(_named(definition)))


def fields_of(entity: str) -> tuple[str, ...]:
    """Semantic fields of an entity; of one's own entity all there are."""
    return OF_ENTITY.get(entity, FIELDS)


def _named(definition: DatasetDefinition) -> Iterator[str]:
    identity = definition.identity
    yield from (column.name for column in definition.columns)
    yield from (name for group in definition.groups for name in group.columns)
    yield from (name for key in identity.keys for name in key.columns)
    yield from (limit.column for limit in identity.limits or ())
    yield from identity.separate
    # Devices are not among them: their default names a column that most datasets lack.
    yield from (*identity.guard.blocked, *identity.guard.allowed)
    for fan_out in identity.guard.fan_out or ():
        yield from (fan_out.column, fan_out.of)
    for direction in identity.guard.direction:
        yield from (direction.each, direction.of)
    yield from (c.merge.by for c in definition.columns if c.merge.by)
    yield from (group.merge.by for group in definition.groups if group.merge.by)
    yield from (own for relation in definition.relations for own in relation.match.values())
    for feed in definition.sources or ():
        yield from (own for own, source in feed.columns.items() if source)


def _columns(
    definition: DatasetDefinition, said: Mapping[str, Feed], feeds: Sequence[Fed]
) -> list[Column]:
    """All columns in order, each with its semantic field, without types."""
    known = {column.name: column for column in definition.columns}
    columns = [known.get(name, Column(name)) for name in named_columns(definition)]
    held = {column.semantic for column in columns if column.semantic}
    fields = fields_of(definition.entity)
    columns = [_with_own_field(column, held, fields) for column in columns]
    own = [fed for fed in feeds if fed.entity == definition.entity]
    columns = [_with_fed_field(column, own, said, held, fields) for column in columns]
    there = {column.name.casefold() for column in columns}
    there |= {*RESERVED, *(f"{each.name}_id".casefold() for each in definition.relations)}
    for column in _further(definition, own, said, held):
        if column.name.casefold() not in there:
            there.add(column.name.casefold())
            columns.append(column)
    relations = [f"{relation.name}_id" for relation in definition.relations]
    check_columns(columns, dataset=definition.name, taken=relations)
    return columns


def _with_own_field(column: Column, held: set[str], fields: Sequence[str]) -> Column:
    """A column that is called as a field holds it, unless another one says it does."""
    if column.semantic or column.name not in fields or column.name in held:
        return column
    held.add(column.name)
    return replace(column, semantic=column.name)


def _with_fed_field(
    column: Column,
    own: Sequence[Fed],
    said: Mapping[str, Feed],
    held: set[str],
    fields: Sequence[str],
) -> Column:
    """A column holds what the first source says that it is taken from, unless another one does."""
    if column.semantic:
        return column
    for fed in own:
        feed = said.get(fed.name)
        source = feed.columns.get(column.name, column.name) if feed else column.name
        field = fed.semantics.get(source, "")
        if field in fields and field not in held:
            held.add(field)
            return replace(column, semantic=field)
    return column


def _further(
    definition: DatasetDefinition, own: Sequence[Fed], said: Mapping[str, Feed], held: set[str]
) -> Iterator[Column]:
    """Columns that the definition does not name: one per field, or all of one's own entity."""
    has_fields = definition.entity in OF_ENTITY
    for fed in own:
        feed = said.get(fed.name)
        used = set(feed.columns.values()) if feed else set()
        for name in fed.types:
            field = fed.semantics.get(name, "" if name.startswith("_") else name)
            if name in used:
                continue
            if field in fields_of(definition.entity):
                if field not in held:
                    held.add(field)
                    yield Column(field, semantic=field)
            elif not has_fields and not definition.columns and not name.startswith("_"):
                yield Column(name)


def _check_named(
    definition: DatasetDefinition, said: Mapping[str, Feed], feeds: Iterable[Fed]
) -> None:
    """Refuse a mapping that names a column its source does not have."""
    for fed in feeds:
        feed = said.get(fed.name)
        for own, source in (feed.columns if feed else {}).items():
            if source and fed.types and source not in fed.types:
                raise SOURCE_COLUMN_UNKNOWN(
                    name=f"{definition.name}: sources {fed.name}.{own}",
                    source=fed.name,
                    column=source,
                    nearest=nearest(source, fed.types),
                )


def _typed(
    column: Column,
    definition: DatasetDefinition,
    feeds: Sequence[Fed],
    taken: Mapping[str, Mapping[str, str]],
) -> Column | None:
    """A column with the type in which its feeds meet; None if nothing feeds it."""
    if not any(column.name in each for each in taken.values()):
        return None
    type_ = column.type
    for fed in feeds:
        source = taken[fed.name].get(column.name, "")
        here = fed.types.get(source, "")
        if not here:
            continue
        type_ = type_ or here
        if not converts(here, type_):
            raise TYPE_MISMATCH(
                dataset=definition.name,
                column=column.name,
                type=type_,
                other=source,
                source=fed.name,
                other_type=here,
            )
    return (
        replace(column, type=type_) if any(column.name in each for each in taken.values()) else None
    )


def _planned(column: Column, number: int, definition: DatasetDefinition) -> Planned:
    place = f"{definition.name}: {column.name}"
    ruled = SourceColumn(name=place, type=column.type or "text", rules=column.rules)
    check_rules(ruled)
    after = result_type(ruled)
    return Planned(column, after, TYPES[after].column, number)


def _unmapped(fed: Fed, taken: Mapping[str, str]) -> tuple[str, ...]:
    used = set(taken.values())
    return tuple(name for name in fed.types if name not in used)
