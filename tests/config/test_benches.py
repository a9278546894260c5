"""Benchmarks about files in and out run, at tiny sizes, and answer what they measure."""

import json
import os
import subprocess
import sys
from shutil import copytree

import pytest
from django.db import connection

from tresse.config.benches import BENCHES

COMMON = {"name", "rows", "seconds", "rows_per_second", "floor_ratio", "peak_mib"}
ANSWERS = {
    "import": (200, {"check_seconds", "check_to_run", "floor_cpu_ratio", "plain_floor_ratio"}),
    "import-flat": (2_000, {"check_ratio", "run_ratio", "run_cpu_ratio", "by_rows"}),
    "import-peers": (60, {"loop_ratio", "import_export_ratio", "check_seconds"}),
    "export": (300, set()),
    "undo": (200, {"import_seconds"}),
    "identity": (2_000, {"clusters", "refused", "splink_ratio", "again"}),
}


def tresse(home, *words):
    environment = {**os.environ, "TRESSE_HOME": str(home), "TRESSE_DATABASE_URL": ""}
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "tresse", *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """A home just made, to be copied: making one takes longer than most of these benchmarks."""
    home = tmp_path_factory.mktemp("home") / "fresh"
    done = tresse(home, "init", "--json")
    assert done.returncode == 0, done.stderr
    return home


@pytest.mark.skipif(connection.vendor == "postgresql", reason="these run on SQLite, once is enough")
@pytest.mark.parametrize("name", ANSWERS)
def test_a_benchmark_answers_its_fields(name, fresh, tmp_path):
    """cli.md: `bench NAME`, its common fields and those of its own.

    In a home at hand; tests/config/test_processes.py has one make a database of its own.
    """
    rows, own = ANSWERS[name]
    home = copytree(fresh, tmp_path / "home")

    done = tresse(home, "bench", name, "--here", "--rows", str(rows), "--json")

    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["name"] == name in BENCHES
    assert answer["rows"] == rows
    assert set(answer) >= COMMON | own - {"name"}
