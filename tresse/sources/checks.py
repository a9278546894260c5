"""What of a definition is judged against its connection, other sources and known types.

Types are checked as far as they are known: a column that says none and was not yet detected is
judged when the source is read.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.queries import account
from tresse.connections.databases.given import checked_query
from tresse.connections.kinds import KINDS
from tresse.connections.models import Connection
from tresse.engine.formulas import read
from tresse.engine.formulas.refusals import FORMULA_COLUMN
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.sources.computing import Moment, formula
from tresse.sources.definition import Computed, SourceDefinition
from tresse.sources.models import Source
from tresse.sources.parsing import check_column_names
from tresse.sources.refusals import (
    AFTER_CIRCLE,
    CURSOR_TYPE,
    KEY_TYPE,
    OVERLAP_TYPE,
    RELATION_KEY,
    RELATION_TYPE_MISMATCH,
    UNKNOWN_COLUMN,
    WRONG_KIND,
)
from tresse.sources.stored import definition_of, detected_of
from tresse.sources.types import TYPES
from tresse.sources.written import check_rules, result_type

CURSORS = ("integer", "date", "datetime")
DATES = ("date", "datetime")
MARKS = ("boolean", "integer", "date", "datetime")
"Types of a column that says a row is deleted (S80)."
KEYLESS = ("list", "json")
A_DATE, A_MARK = N_("a column of dates"), N_("a column of yes and no, or of dates")
CONNECTION = N_("connection")
DIALECTS = {"postgresql": "postgres", "mariadb": "mysql", "mysql": "mysql"}
"Of the kinds that read queries, as `checked_query` calls them."


def connection_of(definition: SourceDefinition) -> Connection:
    """The connection, which reads what the definition wants.

    Raises:
        TresseError: `unknown_reference`, `wrong_kind`, `query_refused` (S79).
    """
    connection = Connection.objects.filter(name=definition.connection).first()
    if connection is None:
        near = nearest(definition.connection, Connection.objects.values_list("name", flat=True))
        sort = gettext(CONNECTION)
        raise UNKNOWN_REFERENCE(sort=sort, name=definition.connection, nearest=near)
    reads = KINDS[connection.kind].reads
    if definition.read.sort not in reads:
        raise WRONG_KIND(
            connection=connection.name,
            kind=connection.kind,
            reads=", ".join(reads) or gettext("nothing"),
            source=definition.name,
            wanted=definition.read.sort,
        )
    if definition.read.query:
        checked_query(definition.read.query, DIALECTS[connection.kind])
    return connection


def types_of(definition: SourceDefinition) -> dict[str, str]:
    """Type after its rules of each column that is known, read or computed.

    Args:
        definition: A resolved one.

    Raises:
        TresseError: What a formula is refused with, where all columns it could name are known;
            `rule_takes_other_type`.
    """
    columns = definition.columns or ()
    for column in columns:
        if column.type:
            check_rules(column)
    types = {column.name: result_type(column) for column in columns if column.type}
    is_complete = bool(columns) and len(types) == len(columns)
    computed = definition.computed if is_complete else ()
    return types | {each.name: _type_of(each, types, definition.name) for each in computed}


def _type_of(computed: Computed, types: Mapping[str, str], source: str) -> str:
    columns: dict[str, tuple[str, sa.ColumnElement[Any]]] = {
        name: (type, sa.column(name, TYPES[type].column)) for name, type in types.items()
    }
    moment = Moment(now(), ZoneInfo(account().zone))
    try:
        return formula(computed, columns, moment)[0]
    except TresseError as error:
        error.details.setdefault("place", f"{source}: computed {computed.name}")
        raise


def _check_names(definition: SourceDefinition, there: Iterable[str]) -> None:
    """Refuse formulas that name columns the source does not have."""
    known = list(there)
    lower = {name.lower() for name in known}
    for computed in definition.computed:
        for node in read(computed.sql).walk():
            if node.sort == "column" and node.text.lower() not in lower:
                near = nearest(node.text, known)
                place = f"{definition.name}: computed {computed.name}"
                raise FORMULA_COLUMN(
                    name=node.text, nearest=near, position=node.start + 1, place=place
                )


def check_types(definition: SourceDefinition, detected: Iterable[str] = ()) -> dict[str, str]:
    """Check names and types of a resolved definition; answers the types that are known.

    Args:
        definition: With columns resolved, or None where nothing was detected yet.
        detected: Names of the columns the source has; empty: not known.

    Raises:
        TresseError: `column_missing`, `columns_alike`, `reserved_name`, `key_type`, `cursor_type`,
            `wrong_value` (dates, marks, overlap), what formulas are refused with.
    """
    source, types = definition.name, types_of(definition)
    names = [column.name for column in definition.columns or ()]
    check_column_names([*names, *definition.computed_names], source=source)
    if there := list(detected):
        _check_names(definition, there)
    for name in names if there else ():
        if name not in there:
            near = nearest(name, there)
            raise UNKNOWN_COLUMN(name=source, source=source, column=name, nearest=near)
    for number, key in enumerate(definition.keys):
        for name in key:
            if types.get(name) in KEYLESS:
                place = f"{source}: {'further_keys' if number else 'record_key'}"
                raise KEY_TYPE(name=place, column=name, type=types[name], types=" / ".join(KEYLESS))
    _check_cursor(definition, types)
    for said, name, allowed, wanted in (
        ("created_at", definition.created_at, DATES, A_DATE),
        ("modified_at", definition.modified_at, DATES, A_DATE),
        ("extract.deletes", definition.extract.deletes_column, MARKS, A_MARK),
    ):
        if name in types and types[name] not in allowed:
            value = f"{name} ({types[name]})"
            raise WRONG_VALUE(name=f"{source}: {said}", wanted=gettext(wanted), value=value)
    return types


def _check_cursor(definition: SourceDefinition, types: Mapping[str, str]) -> None:
    extract, source = definition.extract, definition.name
    type = types.get(extract.cursor, "")
    if not type:
        return
    if type not in CURSORS:
        name = f"{source}: extract.cursor"
        raise CURSOR_TYPE(name=name, column=extract.cursor, type=type)
    is_number = isinstance(extract.overlap, int) and extract.overlap > 0
    is_time = isinstance(extract.overlap, timedelta) and extract.overlap > timedelta()
    if (is_time and type == "integer") or (is_number and type != "integer"):
        wanted = gettext("a number") if type == "integer" else gettext("a time such as 96h")
        raise OVERLAP_TYPE(
            name=f"{source}: extract.overlap",
            column=extract.cursor,
            type=type,
            wanted=wanted,
            value=extract.overlap,
        )


def all_sources() -> dict[str, Source]:
    """Every source by name, for checks of many in a row."""
    return {source.name: source for source in Source.objects.order_by("name")}


def check_references(
    definition: SourceDefinition,
    types: Mapping[str, str],
    sources: Mapping[str, Source] | None = None,
) -> None:
    """Check what leads from a source to others, and from others to it (S46, S47, S114).

    Args:
        definition: A resolved one.
        types: Of its columns, as far as known.
        sources: `all_sources`, if the caller has them.

    Raises:
        TresseError: `unknown_reference`, `relation_key_unknown`, `relation_type_mismatch`,
            `schedule_circle`.
    """
    everyone = all_sources() if sources is None else sources
    others = {name: each for name, each in everyone.items() if name != definition.name}
    for number, relation in enumerate(definition.relations, start=1):
        name = f"{definition.name}: relations {number}"
        if relation.to == definition.name:
            target, target_types = definition, types
        else:
            target, target_types = _target(relation.to, others)
        _check_relation(name, definition, types, number - 1, target, target_types)
    for leading, number in _leading(definition.name, others.values()):
        name = f"{leading.name}: relations {number + 1}"
        _check_relation(name, leading, _known_types(leading), number, definition, types)
    _check_after(definition, others)


def _target(name: str, others: Mapping[str, Source]) -> tuple[SourceDefinition, dict[str, str]]:
    if name not in others:
        sort, near = gettext("source"), nearest(name, others)
        raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=near)
    source = others[name]
    target = definition_of(source).resolved(detected_of(source))
    return target, _known_types(target)


def _known_types(definition: SourceDefinition) -> dict[str, str]:
    try:
        return types_of(definition)
    except TresseError:  # that source is refused when it is saved or read, not this one
        return {}


def _leading(name: str, others: Iterable[Source]) -> Iterator[tuple[SourceDefinition, int]]:
    for source in others:
        if any(each["to"] == name for each in source.definition.get("relations", ())):
            definition = definition_of(source).resolved(detected_of(source))
            for number, relation in enumerate(definition.relations):
                if relation.to == name:
                    yield definition, number


def _check_relation(
    name: str,
    definition: SourceDefinition,
    types: Mapping[str, str],
    number: int,
    target: SourceDefinition,
    target_types: Mapping[str, str],
) -> None:
    relation = definition.relations[number]
    if not any(set(key) == set(relation.key) for key in target.keys):
        known = [" + ".join(key) for key in target.keys]
        key = " + ".join(relation.key)
        raise RELATION_KEY(name=name, key=key, source=target.name, known=known)
    for own, other in zip(relation.columns, relation.key, strict=True):
        here, there = types.get(own), target_types.get(other)
        if here and there and here != there:
            raise RELATION_TYPE_MISMATCH(
                name=name,
                column=own,
                type=here,
                other_column=other,
                other=target.name,
                other_type=there,
            )


def _check_after(definition: SourceDefinition, others: Mapping[str, Source]) -> None:
    path, name = [definition.name], definition.schedule.after
    while name:
        if name not in others and name != definition.name:
            sort, near = gettext("source"), nearest(name, others)
            raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=near)
        path.append(name)
        if name == definition.name:
            raise AFTER_CIRCLE(name=definition.name, path=" → ".join(path))
        if name in path[:-1]:  # a circle that this source only leads to
            return
        name = others[name].definition.get("schedule", {}).get("after", "")
