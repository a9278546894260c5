"""What a DuckDB of ours cannot do, and what happens when memory or disk do not suffice."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlalchemy as sa

from tests.engines import opened_for_tests
from tresse.engine import columns as c
from tresse.engine.duckdb import DuckDB, quoted
from tresse.engine.engines import opened
from tresse.kernel.errors import TresseError

ROOT = Path(__file__).parents[2]
N = (sa.column("n", sa.BigInteger()),)


@pytest.fixture
def connection(tmp_path):
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside.csv").write_text("a\n1\n")
    (tmp_path / "inside" / "link.csv").symlink_to(tmp_path / "outside.csv")
    with opened(spill=tmp_path / "spill", folders=[tmp_path / "inside"]) as engine:
        assert isinstance(engine, DuckDB)
        yield engine._connection


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{root}/outside.csv')",
        "SELECT * FROM read_text('{root}/inside/../outside.csv')",
        "SELECT * FROM read_csv('{root}/inside/link.csv')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM '{root}/outside.csv'",
        "COPY (SELECT 1) TO '{root}/written.csv'",
        "ATTACH '{root}/other.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "SET memory_limit = '100GB'",
        "SET temp_directory = '/tmp'",
        "CREATE SECRET s (TYPE s3)",
        "SELECT * FROM variable_of_python",
    ],
)
def test_denies(connection, tmp_path, statement):
    variable_of_python = pa.table({"a": [1]})

    with pytest.raises(duckdb.Error):
        connection.execute(statement.replace("{root}", str(tmp_path)))

    assert variable_of_python.num_rows == 1
    assert not (tmp_path / "written.csv").exists()
    assert not (tmp_path / "other.duckdb").exists()


def test_sorts_more_than_its_memory_by_spilling(tmp_path):
    folder = tmp_path / "big"
    folder.mkdir()
    for part in range(3):
        numbers = range(part * 200_000, (part + 1) * 200_000)
        texts = [f"{n * 2_654_435_761 % 2**32:020d}{n:040d}" for n in numbers]
        pq.write_table(pa.table({"n": list(numbers), "t": texts}), folder / f"{part}.parquet")
    with opened_for_tests("duckdb", tmp_path, memory="50MB") as engine:
        table = engine.read(sorted(folder.iterdir()), [*N, sa.column("t", sa.Text())])
        kept = engine.keep("sorted", sa.select(table).order_by(table.c.t))
        written = engine.write(sa.select(kept), tmp_path / "out")
    assert written.rows == 600_000
    assert list((tmp_path / "spill").iterdir()) == []


def test_says_when_memory_does_not_suffice(tmp_path):
    with opened_for_tests("duckdb", tmp_path, memory="20MB") as engine:
        table = engine.load("n", [pa.record_batch({"n": list(range(1000))})], N)
        other = table.alias()
        texts = c.padded(c.text_of(table.c.n), 60_000, "x")
        with pytest.raises(TresseError) as refused:
            engine.rows(
                sa.select(c.last_of(texts, [table.c.n]), table.c.n, other.c.n.label("m"))
                .select_from(sa.join(table, other, sa.true()))
                .group_by(table.c.n, other.c.n)
            )
    assert refused.value.code in {"memory_exhausted", "disk_full"}
    assert str(refused.value).endswith(".")


KILLED = """
import os, signal, sys
from pathlib import Path
from tresse.engine.engines import opened
engine = opened(spill=Path(sys.argv[1]))
(engine._spill / "spilled").write_text("x")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_removes_what_a_killed_session_spilled(tmp_path):
    """S71: `kill -9` leaves no files for ever; those of a session that goes on are kept."""
    spill = tmp_path / "spill"
    with opened(spill=spill) as running:
        subprocess.run([sys.executable, "-c", KILLED, str(spill)], cwd=ROOT, check=False)  # noqa: S603
        left = [each for each in spill.iterdir() if (each / "spilled").exists()]
        assert len(left) == 1

        with opened(spill=spill):
            assert not left[0].exists()
            assert isinstance(running, DuckDB)
            assert running._spill.is_dir()
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize("name", ['a"b', "select", "Größe", "a.b", "x; drop table y"])
def test_any_name_is_kept_as_it_is(duck, name):
    wanted = sa.select(sa.literal("x").label(name))

    kept = duck.keep(name, wanted)
    rows = duck.rows(sa.select(kept))

    assert rows == [("x",)]
    assert quoted(name).strip('"').replace('""', '"') == name


@pytest.mark.parametrize("address", ["", "duckdb ", "spark://", "spark://nowhere", "sqlite"])
def test_refuses_engines_it_does_not_know(tmp_path, address):
    with pytest.raises(TresseError, match=r"is no engine. Write duckdb or spark://host:port\."):
        opened(address, spill=tmp_path)


def test_says_when_no_cluster_answers(tmp_path):
    with pytest.raises(TresseError, match=r"No Spark cluster answered at spark://127.0.0.1:1: "):
        opened("spark://127.0.0.1:1", spill=tmp_path)
