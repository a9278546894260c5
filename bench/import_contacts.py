"""Import of contacts with links: half of the rows and half of the links exist already.

Floor: the bare insert of the same rows and links into tables with the same indexes, in the same
run; once with the full-text index that record tables have, and once, plain, without it.
"""

import random
import re
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, connections, transaction

from bench.bare_insert import floor_of
from bench.measured import cpu_seconds, peak_mib
from tresse.accounts.queries import first_administrator
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.kernel.text import folded
from tresse.transfers import changes
from tresse.transfers.models import Import

ROWS = 1_000_000
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
    return lines_of(range(start, start + count * step, step), companies, seed=seed)


def lines_of(numbers: Iterable[int], companies: range, *, seed: int) -> Iterator[str]:
    """Lines of a file of contacts that have these numbers."""
    pick = random.Random(seed)  # noqa: S311  test data
    yield ",".join(HEADERS)
    for number in numbers:
        yield ",".join(values_of(number, companies, pick))


def values_of(number: int, companies: range, pick: random.Random) -> tuple[str, ...]:
    """The cells of one contact; its keys follow from its number."""
    first, last = FIRST[number % 10], LAST[number % 8]
    return (
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
        row = changes.add_import("companies", file=path, file_name=path.name, actor=actor)
        row = _done("done", *changes.run_import(row, actor=actor))
    return range(row.first_id or 0, (row.first_id or 0) + number)


def checked(path: Path) -> tuple[Import, float, float]:
    """A file of contacts, added and checked; answers seconds and CPU seconds, too."""
    actor = first_administrator()
    began, cpu = time.perf_counter(), cpu_seconds()
    row = changes.add_import("contacts", file=path, file_name=path.name, actor=actor)
    row = _done("checked", *changes.check_import(row, actor=actor))
    return row, time.perf_counter() - began, cpu_seconds() - cpu


def written(row: Import) -> tuple[Import, float, float]:
    """A checked import, run; answers seconds and CPU seconds, too."""
    row, job = changes.run_import(row, actor=first_administrator())
    began, cpu = time.perf_counter(), cpu_seconds()
    row = _done("done", row, job)
    return row, time.perf_counter() - began, cpu_seconds() - cpu


def _done(state: str, row: Import, job: Job) -> Import:
    run_here(job, show=lambda _: None)
    row.refresh_from_db()
    if row.state != state:
        message = f"The import ended {row.state}: {row.error}"
        raise RuntimeError(message)
    return row


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`, and what the parts took.
    """
    ids = companies(max(rows // 50, 10))
    waiter = Waiter()
    with TemporaryDirectory() as folder:
        half, whole = Path(folder) / "half.csv", Path(folder) / "contacts.csv"
        write(half, lines(rows // 2, ids, seed=1, step=2, start=0))
        write(whole, lines(rows, ids, seed=2, step=1, start=0))
        written(checked(half)[0])
        row, check, check_cpu = checked(whole)
        floor, floor_cpu = floor_of(row, with_words=True)
        plain, plain_cpu = floor_of(row, with_words=False)
        waiter.start()
        row, seconds, run_cpu = written(row)
        waiter.stop()
    return {
        "name": "import",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(seconds / floor, 2),
        "floor_cpu_ratio": round(run_cpu / max(floor_cpu, 0.01), 2),
        "plain_floor_seconds": round(plain, 2),
        "plain_floor_ratio": round(seconds / plain, 2),
        "plain_floor_cpu_ratio": round(run_cpu / max(plain_cpu, 0.01), 2),
        "check_seconds": round(check, 2),
        "check_to_run": round(check / seconds, 2),
        "check_cpu_seconds": round(check_cpu, 2),
        "run_cpu_seconds": round(run_cpu, 2),
        "peak_mib": peak_mib(),
        "longest_wait_seconds": round(waiter.longest, 3),
        "created": row.counters["created"],
        "updated": row.counters["updated"],
        "links": {
            name: sum(p[name] for p in row.counters["pairs"].values())
            for name in ("created", "existing")
        },
    }
