"""Names, values and sizes that nobody would choose."""

import gzip
import io
import json
import zipfile
from typing import Any

import pyarrow as pa
import pytest

from tests.sources.extraction.conftest import counts, customers, orders, put, read, stored
from tresse.sources.models import SourceFile

HEADER = "order_no;total;mail\n"
NAMES = (
    'a"b',
    "x;y--",
    "naïve côl",
    "select",
    "a.b",
    "100%",
    "{x}",
    ":name",
    "'q'",
    "\\n",
    "日本",
    "a b",
)


def test_columns_may_be_called_anything(shelf):
    """S31: names of columns are those at the source, exactly."""
    shelf.schema = pa.schema([("id", pa.int64()), *((name, pa.string()) for name in NAMES)])
    shelf.rows = [{"id": n, **{name: f"{name} {n}" for name in NAMES}} for n in (1, 2)]
    columns: list[dict[str, Any]] = [{"name": "id", "type": "integer"}]
    columns += [{"name": name, "type": "text", "rules": ["trim"]} for name in NAMES]
    source = customers(
        columns=columns, modified_at=None, record_key=["id", *NAMES[:2]], further_keys=[[NAMES[3]]]
    )

    first, second = read(source), read(source)

    assert counts(first) == {"read": 2, "new": 2}
    assert second.state == "unchanged"
    row = next(iter(stored(source).values()))
    assert {name: row[name] for name in NAMES} == {name: f"{name} 1" for name in NAMES}


def test_values_may_be_anything(shelf):
    """S52, S100: control characters, half emptiness, very long texts; refused ones are kept."""
    values = ["\x00a\x00", "\u202e\ufeff", "x" * 100_000, "'; DROP TABLE x; --", "\x1f", "{0} %s"]
    shelf.schema = pa.schema([("id", pa.string()), ("name", pa.string())])
    shelf.rows = [{"id": str(n), "name": value} for n, value in enumerate(values)]
    shelf.rows.append({"id": "1\x002", "name": "\x00"})
    shelf.rows.append({"id": "x\x00y", "name": "\x00 {value} {column}"})
    columns = [{"name": "id", "type": "integer"}, {"name": "name", "type": "text"}]
    source = customers(columns=columns, modified_at=None)

    run = read(source)

    assert run.read == 8
    assert run.rejected >= 1
    rows = stored(source)
    assert rows["0"]["name"] == "a"
    assert rows["2"]["name"] == "x" * 100_000
    for rejection in run.rejections.all():
        assert "\x00" not in rejection.value + rejection.raw + rejection.key
        assert json.loads(rejection.raw)["name"].startswith("\x00")


def test_key_parts_are_joined_so_that_they_stay_apart(shelf):
    """S42: text "012" and "12" differ; the parts are joined by U+001F."""
    shelf.schema = pa.schema([("a", pa.string()), ("b", pa.string())])
    shelf.rows = [
        {"a": "012", "b": "1"},
        {"a": "12", "b": "1"},
        {"a": "01", "b": "21"},
        {"a": "0121", "b": ""},
    ]
    columns = [{"name": name, "type": "text"} for name in ("a", "b")]
    source = customers(columns=columns, modified_at=None, record_key=["a", "b"])

    run = read(source)

    assert counts(run) == {"read": 4, "new": 3, "rejected": 1}
    assert set(stored(source)) == {"012\x1f1", "12\x1f1", "01\x1f21"}
    assert run.rejections.get().code == "key_null"


def test_many_small_files_in_one_run(folder):
    """S82: all files not read yet, in their order."""
    for n in range(60):
        put(folder, f"orders_{20260101 + n % 28:08}.csv.{n}", "")
        name = f"orders_2026{1 + n // 28:02}{1 + n % 28:02}.csv"
        put(folder, name, HEADER + f"{n % 10};{n};p{n}@x.fr\n")
    source = orders()

    run = read(source)

    assert counts(run) == {"read": 60, "new": 10, "superseded": 50}
    assert sorted(row["total"] for row in stored(source).values()) == list(range(50, 60))
    assert SourceFile.objects.filter(state="read").count() == 60


def test_an_empty_file_and_a_header_alone_are_no_harm(folder):
    """S88, S86: an empty file is refused by name; a file with a header has no rows."""
    put(folder, "orders_20260301.csv", "")
    put(folder, "orders_20260302.csv", HEADER)
    source = orders()

    run = read(source)

    assert (run.state, run.read) == ("unchanged", 0)
    states = dict(SourceFile.objects.values_list("path", "state"))
    assert states == {"orders_20260301.csv": "refused", "orders_20260302.csv": "read"}


@pytest.mark.parametrize("name", ["orders_20260301.csv.gz", "orders_20260301.zip"])
def test_packed_files_are_read_like_others(folder, name):
    """S86: `.gz` and `.zip`; each file of a zip is a file of its own."""
    text = (HEADER + "1;1;a@x.fr\n").encode()
    data = gzip.compress(text)
    if name.endswith("zip"):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as packed:
            packed.writestr("a.csv", text)
            packed.writestr("b.csv", (HEADER + "2;2;b@x.fr\nx;\n").encode())
        data = buffer.getvalue()
    put(folder, name, data)
    source = orders(read={"files": r"orders_(?P<date>\d{8})\.(csv\.gz|zip)"})

    first, second = read(source), read(source)

    assert first.state == "published"
    assert second.state == "unchanged"
    if name.endswith("zip"):
        assert counts(first) == {"read": 3, "new": 2, "rejected": 1}
        assert first.rejections.get().file.path == f"{name}/b.csv"
