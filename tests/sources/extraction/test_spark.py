"""The same extraction on DuckDB and on a Spark cluster."""

import pytest

from tests.engines import NO_SPARK, SPARK
from tests.sources.extraction.conftest import counts, orders, put, read, stored

HEADER = "order_no;total;mail\n"


@pytest.mark.spark
def test_an_extraction_gives_the_same_on_spark(folder, settings):
    """The same steps run on both engines: counts, keys, hashes and values are equal."""
    if not SPARK:
        pytest.skip(NO_SPARK)
    files = (
        HEADER
        + "1;12,5; A@X.fr\n2;1 234.5678915;b@x.fr\n2;7;b@x.fr\n;1;c@x.fr\nx;1;\n4;abc;Łódź\n",
        HEADER + "1;99;a@x.fr\n3;;\n4;;\n",
    )
    columns = [
        {"name": "order_no", "type": "integer"},
        {"name": "total", "type": "decimal"},
        {"name": "mail", "type": "text", "rules": ["trim", "email"]},
    ]
    computed = [{"name": "half", "sql": "total / 2"}]
    found = {}
    for engine in ("duckdb", SPARK):
        settings.ENGINE = engine
        name = "on_duckdb" if engine == "duckdb" else "on_spark"
        for path in folder.iterdir():
            path.unlink()
        source = orders(name=name, columns=columns, computed=computed)
        runs = []
        for day, text in enumerate(files, start=1):
            put(folder, f"orders_2026030{day}.csv", text)
            run = read(source)
            runs.append((run.state, counts(run), run.warnings, run.code, run.details))
        settings.ENGINE = "duckdb"
        rows = {
            key: {n: v for n, v in row.items() if n not in ("_first_read_at", "_read_at")}
            for key, row in stored(source).items()
        }
        found[name] = (runs, rows)

    assert found["on_spark"] == found["on_duckdb"]
    expected = {"read": 3, "new": 1, "changed": 1, "unchanged": 1}
    assert found["on_spark"][0][1][1] == expected
