"""Fixtures: the engines of the warehouse, DuckDB always and Spark where a cluster runs."""

import os
from pathlib import Path

import pytest
import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.engine.engines import opened

SPARK = os.environ.get("TRESSE_TEST_SPARK", "")
NO_SPARK = "TRESSE_TEST_SPARK is not set; scripts/spark.sh starts a cluster and prints its address."
if SPARK:
    # Read when the first session of the process is opened, by whomever.
    os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "engine" / "spark"))
ENGINES = ("duckdb", pytest.param("spark", marks=pytest.mark.spark))


def opened_for_tests(name: str, folder, **settings) -> Engine:
    """An engine that reads and writes below a folder, to be closed."""
    if name == "spark" and not SPARK:
        pytest.skip(NO_SPARK)
    address = SPARK if name == "spark" else "duckdb"
    return opened(address, spill=folder / "spill", folders=[folder], **settings)


def copied(table: sa.TableClause, one: Engine, other: Engine, name: str) -> sa.TableClause:
    """The rows of a table of one engine as a step of another, which both then start from."""
    return other.load(name, list(one.batches(sa.select(*table.c))), list(table.c))


@pytest.fixture(scope="session", params=ENGINES)
def any_engine(request, tmp_path_factory):
    """Each engine in turn, open for all tests; `any_engine.root` is the folder it may use.

    Name steps after the test, as all tests share it.
    """
    folder = tmp_path_factory.mktemp(request.param)
    with opened_for_tests(request.param, folder) as engine:
        engine.root = folder  # type: ignore[attr-defined]  # for tests alone
        yield engine


@pytest.fixture(scope="session")
def duck(tmp_path_factory):
    """DuckDB, open for all tests; `duck.root` is the folder it may use."""
    folder = tmp_path_factory.mktemp("duck")
    with opened_for_tests("duckdb", folder) as engine:
        engine.root = folder  # type: ignore[attr-defined]  # for tests alone
        yield engine


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """Spark, open for all tests, or the test is skipped; `spark.root` is the folder it may use."""
    folder = tmp_path_factory.mktemp("spark")
    with opened_for_tests("spark", folder) as engine:
        engine.root = folder  # type: ignore[attr-defined]  # for tests alone
        yield engine
