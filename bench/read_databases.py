"""A table of 12 columns read from PostgreSQL and from MariaDB into Arrow, everything discarded.

Floor: the bare driver, streaming the same rows, a Python object for every value. Beside both, the
libraries that were tried (decision 0017). Each reads in a process of its own, so that peaks of
memory are its own; so do two sizes of table, to see whether memory grows with it.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.database_tables import COLUMNS, READERS, TABLE, Place, fill

ROWS = 1_000_000
MORE = 3
"So many times as many rows, for memory."
KINDS = ("postgresql", "mariadb")
LIBRARIES = {"postgresql": ("adbc", "connectorx"), "mariadb": ("connectorx",)}
ALONE = (
    "import sys, django; django.setup(); "
    "from bench.read_databases import alone; alone(*sys.argv[1:])"
)


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure; `rows`: of the table.

    Returns:
        Fields of `tresse bench` for MariaDB, which is the slower one; by kind and reader under
        `readers`: seconds, rows a second, peak in MiB.
    """
    readers: dict[str, dict[str, Any]] = {}
    there = []
    for kind in KINDS:
        try:
            place = Place(kind)
        except subprocess.CalledProcessError as error:
            readers[kind] = {"failed": error.stderr.strip()}
            continue
        there.append(kind)
        fill(place, rows)
        fill(place, rows * MORE, f"{TABLE}_more")
        for reader in (*READERS, *LIBRARIES[kind]):
            readers[f"{kind} {reader}"] = _apart(kind, reader, TABLE)
        readers[f"{kind} ours, {MORE} times the rows"] = _apart(kind, "ours", f"{TABLE}_more")
    if not there:
        return {"name": "read", "rows": rows, "readers": readers}
    ours, floor = (readers[f"{there[-1]} {reader}"] for reader in ("ours", "bare driver"))
    return {
        "name": "read",
        "rows": rows,
        "seconds": ours["seconds"],
        "rows_per_second": ours["rows_per_second"],
        "floor_ratio": round(ours["seconds"] / floor["seconds"], 2),
        "peak_mib": ours["peak_mib"],
        "readers": readers,
    }


def _apart(kind: str, reader: str, table: str) -> dict[str, Any]:
    """Read in a process of its own."""
    command = [sys.executable, "-c", ALONE, kind, reader, table]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["?"])[-1]}
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def alone(kind: str, reader: str, table: str) -> None:
    """Read a table and print what it took."""
    read = {**READERS, "adbc": adbc, "connectorx": connectorx}[reader]
    place = Place(kind)
    before = peak_mib()
    began, cpu = time.perf_counter(), time.process_time()
    rows = read(place, table)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    facts = {
        "rows": rows,
        "seconds": round(seconds, 2),
        "rows_per_second": round(rows / seconds),
        "cpu": round(cpu, 2),
        "peak_mib": peak_mib(),
        "before_mib": before,
    }
    sys.stdout.write(json.dumps(facts))


def peak_mib() -> int:
    """The most memory this program has held, in MiB; `ru_maxrss` begins at that of its parent."""
    lines = Path("/proc/self/status").read_text("ascii", "replace").splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) // 1024


def adbc(place: Place, table: str) -> int:
    """ADBC's driver of PostgreSQL: binary COPY."""
    # Slow to load, and no part of ours.
    from adbc_driver_postgresql import dbapi  # type: ignore[import-untyped]  # noqa: PLC0415

    with dbapi.connect(place.url) as link, link.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM {table}")  # noqa: S608  our own names
        return sum(batch.num_rows for batch in cursor.fetch_record_batch())


def connectorx(place: Place, table: str) -> int:
    """ConnectorX, streaming; decimals as text, which it else makes floats of."""
    import connectorx as library  # noqa: PLC0415  slow to load, and no part of ours

    text = "CHAR" if place.kind == "mariadb" else "text"
    names = [
        f"CAST({name} AS {text}) AS {name}" if name in {"amount", "discount"} else name
        for name in COLUMNS
    ]
    query = f"SELECT {', '.join(names)} FROM {table}"  # noqa: S608  our own names
    batches = library.read_sql(place.url, query, return_type="arrow_stream", batch_size=10_000)
    return sum(batch.num_rows for batch in batches)
