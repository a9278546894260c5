"""The benchmarks of `bench/`, found beside the package in a checkout; each in a fresh database."""

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection

import tresse
from tresse.config import environment
from tresse.config.installation import initialise
from tresse.kernel.errors import UNKNOWN_NAME, nearest

BENCHES: Mapping[str, str] = {
    "import": "bench.import_contacts",
    "index": "bench.index_page",
    "record": "bench.record_page",
    "link": "bench.link_insert",
    "filters": "bench.filters",
    "crm": "bench.crm_pages",
    "import-flat": "bench.import_flat",
    "import-peers": "bench.import_peers",
    "export": "bench.export",
    "undo": "bench.undo",
    "csv": "bench.csv_files",
    "read": "bench.read_databases",
    "extract": "bench.extract",
    "linking": "bench.linking",
    "suggestions": "bench.suggestions",
    "identity": "bench.identity",
    "datasets": "bench.datasets",
    "engines": "bench.engines",
    "syncs": "bench.syncs",
    "computed": "bench.computed",
    "hostile": "bench.hostile",
}
"""Name to module; each has `run(rows=…) -> dict` with its floor measured in the same run."""


def run_apart(name: str, *, rows: int | None) -> dict[str, Any]:
    """Run one benchmark in a process, a home and a database of its own, which go afterwards.

    Raises:
        TresseError: `unknown_name`.
        CalledProcessError: The benchmark itself failed; its words are on standard error.
    """
    if name not in BENCHES:
        raise UNKNOWN_NAME(sort="benchmark", name=name, nearest=nearest(name, BENCHES))
    command = [sys.executable, "-m", "tresse", "bench", name, "--here", "--json"]
    command += ["--rows", str(rows)] if rows else []
    with TemporaryDirectory(prefix="tresse-bench-") as home, _fresh_database() as url:
        own = {**os.environ, "TRESSE_HOME": home, "TRESSE_DATABASE_URL": url}
        done = subprocess.run(command, env=own, stdout=subprocess.PIPE, check=True)  # noqa: S603
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextlib.contextmanager
def _fresh_database() -> Iterator[str]:
    """The address of a database for one benchmark: empty for SQLite in the fresh home."""
    if connection.vendor != "postgresql":
        yield ""
        return
    url = environment.read("TRESSE_DATABASE_URL")
    name = "tresse_bench"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    yield f"{url.rsplit('/', 1)[0]}/{name}"
    connection.close()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def run_here(name: str, *, rows: int | None) -> dict[str, Any]:
    """Run one benchmark in this process and this database, which is filled and stays so."""
    initialise(email="bench@example.com", name="Bench", password="a fresh database")  # noqa: S106
    checkout = str(Path(tresse.__file__).parents[1])
    if checkout not in sys.path:
        sys.path.insert(0, checkout)
    run: Callable[..., dict[str, Any]] = importlib.import_module(BENCHES[name]).run
    return run(**({"rows": rows} if rows else {}))
