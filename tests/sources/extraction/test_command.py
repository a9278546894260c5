"""The command `extract`, and the benchmark of extraction."""

import json
import subprocess

import pytest
from click.testing import CliRunner

from bench import extract as bench
from tests.sources.extraction.conftest import customers as shelf_customers
from tests.sources.extraction.conftest import fill, many, orders, put
from tresse.config.doors import cli
from tresse.sources.models import COUNTERS, SourceRun

HEADER = "order_no;total;mail\n"


def tresse(*arguments):
    """Exit code and what was printed."""
    result = CliRunner().invoke(cli, list(arguments), prog_name="tresse")
    return result.exit_code, result.stdout


@pytest.mark.usefixtures("ada")
def test_extract_answers_what_it_did(folder):
    """S73: `read, new, changed, unchanged, rejected, superseded, deleted, version, seconds`."""
    put(folder, "orders_20260301.csv", HEADER + "1;1;a@x.fr\n1;2;a@x.fr\n;3;\n")
    orders()

    code, text = tresse("extract", "orders", "--json")
    again, words = tresse("extract", "orders")

    answer = json.loads(text)
    assert code == again == 0
    assert {name: answer[name] for name in COUNTERS} == {
        "read": 3,
        "new": 1,
        "changed": 0,
        "unchanged": 0,
        "rejected": 1,
        "superseded": 1,
        "deleted": 0,
    }
    assert (answer["version"], answer["state"]) == (1, "published")
    assert answer["seconds"] > 0
    assert words == "orders: nothing new.\n"


@pytest.mark.usefixtures("ada")
def test_extract_says_what_was_noticed(folder):
    """S112: files that were refused and cells that could not be read are said here too."""
    put(folder, "orders_20260301.csv", HEADER + "1;ten;a@x.fr\n")
    put(folder, "orders_20260302.csv", "order_no;sum;mail\n2;1;a@x.fr\n")
    put(folder, "orders_20260303.csv", "")
    orders()

    code, text = tresse("extract", "orders")

    assert code == 0
    empty = "1  No number, or too large a one: the cell is empty now, its row stays. (total) ten\n"
    assert empty in text
    assert "1  Files that lack a column that is read. The others went on. orders_20260302" in text
    assert "1  Files that were refused. The others went on. orders_20260303.csv\n" in text


@pytest.mark.usefixtures("ada")
def test_a_rejected_row_is_not_said_to_stay(folder):
    """S101: a cell that costs its row is no warning that the row stays."""
    put(folder, "orders_20260301.csv", HEADER + "1;ten;a@x.fr\n2;2;b@x.fr\n")
    required = {"name": "total", "type": "decimal", "required": True}
    orders(columns=[{"name": "order_no", "type": "integer"}, required])

    _, text = tresse("extract", "orders")

    assert "2 read: 1 new, 0 changed, 0 unchanged, 1 rejected" in text
    assert "its row stays" not in text


@pytest.mark.usefixtures("ada")
def test_a_held_run_is_said_and_published_by_command(shelf):
    """S80: `extract --publish-held` publishes a held run; without, the command exits with 1."""
    fill(shelf, *many(3))
    shelf_customers()
    tresse("extract", "customers")
    fill(shelf)

    code, text = tresse("extract", "customers")
    published, answer = tresse("extract", "customers", "--publish-held", "--json")

    assert code == 1
    assert "tresse extract customers --publish-held" in text
    assert "gave no row, and had 3 before" in text
    assert (published, json.loads(answer)["state"]) == (0, "unchanged")
    assert SourceRun.objects.filter(state="held").count() == 0


@pytest.mark.usefixtures("ada")
def test_the_benchmark_extracts_beside_its_floors(monkeypatch):
    """S122: tables and CSV into a published version, beside the bare driver and the library."""

    def missing(kind):
        raise subprocess.CalledProcessError(1, kind)

    monkeypatch.setattr(bench, "Place", missing)

    answer = bench.run(rows=200)

    assert answer["name"] == "extract"
    assert answer["parts"]["csv"]["read"] == 1_000
    assert answer["parts"]["csv"]["floor_seconds"] > 0
    assert "skipped" in answer["parts"]["postgresql"]
