"""Sources that were read, without reading: their rows are written into the warehouse at once."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tresse.accounts.actor import SYSTEM
from tresse.engine.relations import arrow_type
from tresse.sources.changes.sources import add_source
from tresse.sources.extraction.layout import BOOK
from tresse.sources.models import Source, SourceVersion
from tresse.sources.stored import facts_of
from tresse.sources.types import TYPES
from tresse.sources.versions import house, owner_of

READ_AT = datetime(2026, 3, 1, tzinfo=UTC)


def standing(
    name: str,
    columns: Iterable[str | Mapping[str, Any]],
    rows: Iterable[Mapping[str, Any]] | None,
    *,
    entity: str = "contacts",
    key: Iterable[str] = ("id",),
    **definition: Any,
) -> Source:
    """A source with a published version of these rows.

    Args:
        name: Of the source.
        columns: As a definition has them; a name alone is text with the field of its name.
        rows: Values by column, of the Python types of their columns; `_key`, `_modified_at`,
            `_first_read_at`, `_deleted_at`, `_hash` are made up where they are missing. None: it
            was never read.
        entity: Its entity.
        key: Its record key.
        definition: Further keys of the definition.
    """
    said = [{"name": each, "type": "text"} if isinstance(each, str) else each for each in columns]
    item = {
        "name": name,
        "connection": "crm",
        "read": {"table": "contacts"},
        "entity": entity,
        "record_key": list(key),
        "columns": said,
        **definition,
    }
    source = Source.objects.filter(name=name).first()
    if source is None:
        source = add_source(item, actor=SYSTEM, in_file=True)
    if rows is not None:
        publish(source, rows)
    return source


def publish(source: Source, rows: Iterable[Mapping[str, Any]]) -> SourceVersion:
    """Give a source its next version."""
    columns = {each["name"]: each.get("type", "text") for each in source.definition["columns"]}
    whole = [_whole(source, columns, row) for row in rows]
    fields = {name: arrow_type(TYPES[type_].column) for name, type_ in columns.items()}
    fields |= {column: arrow_type(type_) for column, type_ in BOOK.items()}
    table = pa.Table.from_pylist(
        whole, schema=pa.schema([pa.field(name, type_) for name, type_ in fields.items()])
    )
    number = source.last_number + 1
    aside = house().aside(owner_of(source.pk))
    pq.write_table(table, aside / "part-0.parquet")
    house().publish(aside, owner_of(source.pk), number)
    version = SourceVersion.objects.create(
        source=source,
        number=number,
        rows=len(whole),
        bytes=1,
        columns=[{"name": n, "type": t} for n, t in columns.items()],
        record_key=source.definition["record_key"],
        definition=facts_of(source),
    )
    source.version, source.last_number = version, number
    source.save()
    return version


def _whole(
    source: Source, columns: Mapping[str, str], row: Mapping[str, Any]
) -> dict[str, Any]:  # fmt: skip
    values = {name: row.get(name) for name in columns}
    key = "\x1f".join(str(row[name]) for name in source.definition["record_key"])
    book = {
        "_key": key,
        "_hash": hashlib.sha256(repr(sorted(values.items())).encode()).hexdigest(),
        "_modified_at": READ_AT,
        "_first_read_at": READ_AT,
        "_read_at": READ_AT,
        "_deleted_at": None,
    }
    return values | book | {name: row[name] for name in book if name in row}
