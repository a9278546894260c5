"""Which golden record a key means: an id, `source/key`, `ext:…`, or an identity value (D62)."""

import re
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables
from tresse.datasets.explaining.cluster import cluster_of, is_one_of
from tresse.datasets.explaining.refusals import SEVERAL_RECORDS, UNKNOWN_KEY_VALUE
from tresse.datasets.layout import Planned, rid_of
from tresse.datasets.matching.rules import key_columns, key_sets
from tresse.datasets.matching.values import match_text
from tresse.engine.columns import text_of

EXTERNAL = "ext:"
_ID = re.compile(r"[0-9a-f]{32}")
SHOWN = 5
"Ids that a refusal names."
MOST_RIDS = 1_000
"Of the records that hold a value."


def golden_id(tables: Tables, key: str, *, salt: int = 0, dataset: str = "") -> str:
    """The id of the golden record that a key means, aliases followed.

    Args:
        tables: Of one version.
        key: A golden id or one that stands for it, `source/key`, `ext:` with an external id, or a
            value of an identity column, written in any form that its match value allows.
        salt: Of the version (`layout.rid_of`).
        dataset: Its name, for sentences.

    Raises:
        TresseError: `unknown_record`; `several_records` with some of their ids, if several golden
            records have that value.
    """
    for ids in _looked_up(tables, key.strip(), salt):
        if len(ids) > 1:
            raise SEVERAL_RECORDS(value=key, ids=ids[:SHOWN], dataset=dataset)
        if ids:
            return ids[0]
    raise UNKNOWN_KEY_VALUE(value=key, dataset=dataset)


def record_id(tables: Tables, record: str, *, salt: int = 0) -> tuple[int, str] | None:
    """Rid and golden id of a record named as `source/key`; None if there is none."""
    source, slash, key = record.partition("/")
    if not (slash and source in tables.plan.sources):
        return None
    members = tables.members
    # As a number, so that the engine skips what cannot hold it.
    rid = int(tables.engine.scalar(sa.select(rid_of(sa.literal(source), sa.literal(key), salt))))
    found = tables.engine.rows(sa.select(members.c.id).where(members.c.rid == rid))
    return (rid, str(found[0][0])) if found else None


def record_named(tables: Tables, key: str, *, salt: int = 0, dataset: str = "") -> str:
    """The record that a key means, as `source/key`: itself, or the founding one of a golden record.

    Raises:
        TresseError: `unknown_record`, `several_records`.
    """
    key = key.strip()
    if record_id(tables, key, salt=salt):
        return key
    id_ = golden_id(tables, key, salt=salt, dataset=dataset)
    return cluster_of(tables, id_, salt=salt).members[0].name


def _looked_up(tables: Tables, key: str, salt: int) -> Iterator[list[str]]:
    """Ids that the key may mean, way by way, the likeliest first."""
    of_record = record_id(tables, key, salt=salt)
    if of_record:
        yield [of_record[1]]
    if _ID.fullmatch(key):
        yield _by_id(tables, key)
    if key.startswith(EXTERNAL):
        column = tables.plan.with_field("external_id") or tables.plan.with_field("record_id")
        if column is not None:
            cell = text_of(tables.records.c[column.name])
            yield _ids(tables, cell == key.removeprefix(EXTERNAL).strip())
        return
    keys = key_sets(tables.plan)
    # By name, as a column with settings of rules has no hash.
    values = {
        planned.match: match_text(key, planned, tables.plan.country)
        for planned in key_columns(keys)
    }
    for each in keys:
        if each.is_single and (value := values[each.columns[0].match]):
            yield _holders(tables, each.strength, value)
    for match, value in values.items():
        if value:
            yield _ids(tables, tables.records.c[match] == value)
    yield from _by_other_columns(tables, key)


def _by_other_columns(tables: Tables, key: str) -> Iterator[list[str]]:
    """By an id, an e-mail or the like that is no identity key; then by the key of a record."""
    matched = {each.name for each in key_columns(key_sets(tables.plan))}
    for planned in tables.plan.columns:
        if planned.name not in matched and _is_identifier(planned):
            yield _ids(tables, text_of(tables.records.c[planned.name]) == key)
    yield _ids(tables, tables.records.c["key"] == key)


def _is_identifier(planned: Planned) -> bool:
    field = planned.column.semantic
    return field.endswith("_id") or field in ("email", "phone", "sku", "gtin")


def _by_id(tables: Tables, key: str) -> list[str]:
    golden, aliases = tables.golden, tables.aliases
    found = tables.engine.rows(sa.select(golden.c.id).where(golden.c.id == key))
    if not found:
        found = tables.engine.rows(sa.select(aliases.c.to).where(aliases.c.id == key))
    return [str(each) for (each,) in found]


def _holders(tables: Tables, strength: int, value: str) -> list[str]:
    """The golden record that a key value ties; records whose attachment was refused count not."""
    rows = tables.attachments
    wanted = sa.select(rows.c.rid).where(
        rows.c.value == value, rows.c.strength == strength, rows.c.is_accepted
    )
    return _ids_of(tables, wanted)


def _ids(tables: Tables, condition: sa.ColumnElement[Any]) -> list[str]:
    """Ids of the golden records whose records fulfil a condition, a few more than are shown."""
    return _ids_of(tables, sa.select(tables.records.c.rid).where(condition))


def _ids_of(tables: Tables, wanted: sa.Select[Any]) -> list[str]:
    members = tables.members
    rids = [int(rid) for (rid,) in tables.engine.rows(wanted.limit(MOST_RIDS))]
    if not rids:
        return []
    found = sa.select(members.c.id).where(is_one_of(members.c.rid, rids)).distinct()
    ids = sorted(str(each) for (each,) in tables.engine.rows(found))
    return ids[: SHOWN + 1]
