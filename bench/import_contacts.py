"""Import of contacts with links: half of the rows and half of the links exist already.

Floor: the bare indexed insert of the same rows into a table of the same shape, in the same run.
"""

import os
import random
import re
import resource
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa
from django.db import connection, connections, transaction
from sqlalchemy.schema import CreateIndex, CreateTable, DropTable

from tresse.accounts.queries import first_administrator
from tresse.engine.statements import DIALECTS
from tresse.jobs.worker import run_here
from tresse.kernel.text import folded
from tresse.objects.database import load
from tresse.objects.described import data_model
from tresse.objects.tables import indexes
from tresse.transfers import changes
from tresse.transfers.models import Import
from tresse.transfers.prepare import folder_of, prepared
from tresse.transfers.stage import Ready, Stage
from tresse.transfers.staged import staged_tables

ROWS = 1_000_000
CHUNK = 20_000
HEADERS = (
    *("External id", "E-mail", "First name", "Last name", "Phone", "Mobile", "Job title"),
    *("Lifecycle stage", "Lead source", "Language", "Birthday", "Street", "Postcode", "City"),
    *("Country", "Associated Company"),
)
FIRST = ("Anna", "Zofia", "Łukasz", "Marie", "Paweł", "Élodie", "Jan", "Chloé", "Ewa", "Hugo")
LAST = ("Nowak", "Kowalski", "Martin", "Bernard", "Wiśniewska", "Dubois", "Thomas", "Zając")
JOBS = ("Buyer", "Engineer", "Owner", "Accountant", "Head of sales", "")
CITIES = ("Paris", "Lyon", "Warszawa", "Kraków", "Gdańsk", "Lille")


def lines(count: int, companies: range, *, seed: int, step: int, start: int) -> Iterator[str]:
    """Lines of a file of contacts; the same number gives the same keys, `seed` other values."""
    pick = random.Random(seed)  # noqa: S311  test data
    yield ",".join(HEADERS)
    for position in range(count):
        number = start + position * step
        first, last = FIRST[number % 10], LAST[number % 8]
        yield ",".join(
            (
                f"c{number}",
                f"{folded(first)}.{folded(last)}.{number}@example.org",
                first,
                last,
                "+33 6 " + " ".join(re.findall("..", f"{number:08}")),
                "",
                JOBS[pick.randrange(6)],
                "lead",
                "",
                "fr",
                f"19{60 + number % 40}-0{1 + number % 9}-1{number % 10}",
                f"{number % 97} rue de la Paix {pick.randrange(1000)}",
                f"{75000 + number % 20}",
                CITIES[pick.randrange(6)],
                "FR",
                str(companies[number % len(companies)]),
            )
        )


def write(path: Path, made: Iterator[str]) -> None:
    """Write a file."""
    with path.open("w", encoding="utf-8") as out:
        for line in made:
            out.write(line + "\n")


class Waiter(threading.Thread):
    """Somebody else who writes ten times a second, and how long that made them wait."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.longest = 0.0
        self.waits: list[float] = []
        self._stopped = threading.Event()

    def run(self) -> None:
        """Write until stopped, on a connection as every page and job has one."""
        while not self._stopped.wait(0.1):
            began = time.perf_counter()
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("UPDATE transfers_import SET size_bytes = size_bytes WHERE id = 0")
            wait = time.perf_counter() - began
            self.waits.append(wait)
            self.longest = max(self.longest, wait)
        connections.close_all()

    def stop(self) -> None:
        """Stop and wait for the end."""
        self._stopped.set()
        self.join()


def companies(number: int) -> range:
    """Companies to link to, made at once; answers their ids."""
    actor = first_administrator()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "companies.csv"
        write(path, iter(["Name", *(f"Company {n}" for n in range(number))]))
        row = _import("companies", path, actor)
    return range(row.first_id or 0, (row.first_id or 0) + number)


def _import(object_name: str, path: Path, actor: Any) -> Import:
    row = changes.add_import(object_name, file=path, file_name=path.name, actor=actor)
    row, job = changes.check_import(row, actor=actor)
    run_here(job, show=lambda _: None)
    row.refresh_from_db()
    if row.state != "checked":
        message = f"The check ended {row.state}: {row.error}"
        raise RuntimeError(message)
    row, job = changes.run_import(row, actor=actor)
    run_here(job, show=lambda _: None)
    row.refresh_from_db()
    if row.state != "done":
        message = f"The run ended {row.state}: {row.error}"
        raise RuntimeError(message)
    return row


def cpu_seconds() -> float:
    """CPU of this process and, where it can be read, of its PostgreSQL backend.

    On a busy machine the figure to compare; wall time is that of the neighbours too.
    """
    spent = time.process_time()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            facts = Path(f"/proc/{cursor.fetchone()[0]}/stat")
        if facts.exists():
            user, system = facts.read_text().rsplit(")", 1)[1].split()[11:13]
            spent += (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
    return spent


def floor_seconds(row: Import) -> float:
    """Seconds for the bare insert of the file's rows into a table with the same indexes."""
    actor = first_administrator()
    stage = Stage(row.pk, folder_of(row.pk))
    object = data_model().object(row.object_name)
    table = object.table.to_metadata(sa.MetaData(), name="bench_floor")
    dialect = DIALECTS[connection.vendor]
    made: list[Any] = [CreateIndex(i) for i in indexes(table, 9_999, object.properties)]
    with stage.attached(), connection.cursor() as cursor:
        staged = staged_tables(stage, prepared(row, actor=actor).layout)
        for element in (DropTable(table, if_exists=True), CreateTable(table), *made):
            cursor.execute(str(element.compile(dialect=dialect)))
        names = [column.name for column in staged.rows.c if column.name in table.c]
        total, after = 0.0, 0
        while True:
            statement = (
                sa.select(staged.rows.c.line, *(staged.rows.c[name] for name in names))
                .where(staged.rows.c.line > after)
                .order_by(staged.rows.c.line)
                .limit(CHUNK)
            )
            found = Ready(statement).rows()
            if not found:
                break
            after = found[-1][0]
            values = [(line, 1, *rest) for line, *rest in found]
            began = time.perf_counter()
            with transaction.atomic():
                load(table, ["id", "version", *names], values)
            total += time.perf_counter() - began
        cursor.execute("DROP TABLE bench_floor")
    return total


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`, and what the parts took.
    """
    actor = first_administrator()
    ids = companies(max(rows // 50, 10))
    waiter = Waiter()
    with TemporaryDirectory() as folder:
        half, whole = Path(folder) / "half.csv", Path(folder) / "contacts.csv"
        write(half, lines(rows // 2, ids, seed=1, step=2, start=0))
        write(whole, lines(rows, ids, seed=2, step=1, start=0))
        _import("contacts", half, actor)
        began, cpu = time.perf_counter(), cpu_seconds()
        row = changes.add_import("contacts", file=whole, file_name="contacts.csv", actor=actor)
        row, job = changes.check_import(row, actor=actor)
        run_here(job, show=lambda _: None)
        check, check_cpu = time.perf_counter() - began, cpu_seconds() - cpu
        row.refresh_from_db()
        floor = floor_seconds(row)
        row, job = changes.run_import(row, actor=actor)
        waiter.start()
        began, cpu = time.perf_counter(), cpu_seconds()
        run_here(job, show=lambda _: None)
        seconds, run_cpu = time.perf_counter() - began, cpu_seconds() - cpu
        waiter.stop()
        row.refresh_from_db()
    if row.state != "done":
        message = f"The run ended {row.state}: {row.error}"
        raise RuntimeError(message)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "name": "import",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(seconds / floor, 2),
        "check_seconds": round(check, 2),
        "check_cpu_seconds": round(check_cpu, 2),
        "run_cpu_seconds": round(run_cpu, 2),
        "peak_mib": peak,
        "longest_wait_seconds": round(waiter.longest, 3),
        "created": row.counters["created"],
        "updated": row.counters["updated"],
        "links": {
            name: sum(p[name] for p in row.counters["pairs"].values())
            for name in ("created", "existing")
        },
    }
