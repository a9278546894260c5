"""Tables that change at the source: columns gone, new, of another type; other keys (S45, S51)."""

import pyarrow as pa

from tests.sources.extraction.conftest import INCREMENTAL, counts, customers, fill, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.sources.changes.sources import change_source, merged
from tresse.sources.queries import new_columns


def test_a_column_that_is_gone_refuses_the_run(shelf):
    """S51: a picked column that disappears: `column_missing` with near names, before publishing."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    read(source)
    shelf.schema = pa.schema(
        [("id", pa.int64()), ("names", pa.string()), ("updated_at", pa.timestamp("us"))]
    )

    run = read(source)

    assert (run.state, run.code) == ("failed", "column_missing")
    assert run.details["nearest"] == "names"
    assert source.version.number == 1


def test_a_new_column_is_not_read_but_told(shelf):
    """S51: a column that appears later is not read; the page offers it."""
    fill(shelf, (1, "Ada", 0))
    source = customers()
    read(source)
    shelf.schema = shelf.schema.append(pa.field("city", pa.string()))
    shelf.rows = [{**row, "city": "Paris"} for row in shelf.rows]

    run = read(source)

    assert run.warnings["column_new"]["examples"] == ["city"]
    assert run.state == "unchanged"
    assert [each["name"] for each in source.seen_columns][-1] == "city"


def test_a_column_left_out_from_the_start_is_not_offered_as_new(shelf):
    """S51: only what appears later is offered."""
    fill(shelf, (1, "Ada", 0))
    source = customers(columns=[{"name": "id", "type": "integer"}], modified_at=None)
    read(source)
    source.refresh_from_db()
    before = new_columns(source, ["id"])
    shelf.schema = shelf.schema.append(pa.field("city", pa.string()))
    shelf.rows = [{**row, "city": "Paris"} for row in shelf.rows]
    read(source)
    source.refresh_from_db()

    assert before == []
    assert new_columns(source, ["id"]) == ["city"]


def test_a_column_of_another_type_is_told_and_held_if_unreadable(shelf):
    """S51: a type that changed says so; if cells cannot be read any more, the old version stays."""
    shelf.schema = pa.schema([("id", pa.int64()), ("age", pa.int64())])
    shelf.rows = [{"id": 1, "age": 30}]
    columns = [{"name": "id", "type": "integer"}, {"name": "age", "type": "integer"}]
    source = customers(columns=columns, modified_at=None)
    read(source)
    shelf.schema = pa.schema([("id", pa.int64()), ("age", pa.string())])
    shelf.rows = [{"id": 1, "age": "thirty"}]

    held = read(source)
    shelf.rows = [{"id": 1, "age": "30"}]
    told = read(source)

    assert (held.state, held.code) == ("held", "column_type_changed")
    assert source.version.number == 1
    assert told.warnings["column_type_changed"]["columns"] == {"age": 1}
    assert (told.state, counts(told)) == ("unchanged", {"read": 1, "unchanged": 1})


def test_a_changed_key_reads_everything_anew(shelf):
    """S45: changing the record key of a source with rows reads everything again."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    source = customers()
    read(source)
    source = change_source(source, merged(source, {"record_key": ["name"]}), actor=SYSTEM)

    run = read(source)

    assert counts(run) == {"read": 2, "new": 2}
    assert list(stored(source)) == ["Ada", "Bo"]


def test_an_added_column_is_filled_for_all_rows(shelf):
    """S51: rows of the version before get the values of a column that is read from now on."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 300))
    source = customers(
        columns=[{"name": "id", "type": "integer"}, {"name": "updated_at", "type": "datetime"}],
        extract=INCREMENTAL,
    )
    read(source)
    columns = [*source.definition["columns"], {"name": "name", "type": "text"}]
    source = change_source(source, merged(source, {"columns": columns}), actor=SYSTEM)

    run = read(source)

    assert run.is_full
    assert [row["name"] for row in stored(source).values()] == ["Ada", "Bo"]
    assert not source.needs_full


def test_a_computed_column_may_be_the_key(shelf):
    """S62: computed columns may be used as record key."""
    fill(shelf, (1, "Ada", 0), (2, "Bo", 0))
    computed = [{"name": "code", "sql": "concat(name, '-', id)"}]
    source = customers(computed=computed, record_key=["code"])

    read(source)

    assert list(stored(source)) == ["Ada-1", "Bo-2"]
