"""A CSV file of 12 columns read, typed and written as Parquet; other sorts of files read (S122).

Floor: the standard library's reader with the same typing, cell by cell, everything discarded. One
line in ten thousand has too few cells, so that lines are told apart by both.
"""

import csv
import gzip
import json
import time
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as pq
import sqlalchemy as sa

from bench.measured import cpu_seconds, peak_mib
from tresse.engine.engines import opened
from tresse.sources.columns import Column, Defaults
from tresse.sources.formats import LINE, Wanted, batches, form_of
from tresse.sources.normalising import normalised

ROWS = 1_000_000
ODD = 10_000
"One line in so many has too few cells."
TYPES = {
    "id": "integer",
    "email": "text",
    "first_name": "text",
    "last_name": "text",
    "city": "text",
    "price": "decimal",
    "quantity": "integer",
    "ratio": "number",
    "is_active": "boolean",
    "born": "date",
    "updated_at": "datetime",
    "note": "text",
}
_TRUE = {"true": True, "false": False}
_CENT = Decimal("0.000001")


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure; `rows`: lines of the file.

    Returns:
        Fields of `tresse bench`; `seconds` are those of the whole way to Parquet. `reading` gives
        thousands of rows a second for each sort of file, read and discarded.
    """
    with TemporaryDirectory() as folder:
        place = Path(folder)
        path = place / "rows.csv"
        with path.open("w", encoding="utf-8") as file:
            # Line by line: the most memory is to be that of reading.
            file.writelines(lines_of(rows))
        size = path.stat().st_size
        spent, seconds, rejected = timed(lambda: typed(path, place))
        peak = peak_mib()
        floor_cpu, floor, floor_rejected = timed(lambda: bare(path))
        if rejected != floor_rejected:
            raise AssertionError((rejected, floor_rejected))
        _, reader, _ = timed(lambda: bare_reader(path))
        reading = dict.fromkeys(SORTS, 0.0)
        for name, made in SORTS.items():
            other = place / name
            other.write_bytes(made(min(rows, 300_000)))
            _, took, _ = timed(lambda other=other: read(other))  # type: ignore[misc]
            reading[name] = round(min(rows, 300_000) / took / 1_000)
    return {
        "name": "csv",
        "rows": rows,
        "megabytes": size // 1_000_000,
        "rejected": rejected,
        "seconds": round(seconds, 2),
        "floor_seconds": round(floor, 2),
        "floor_ratio": round(seconds / floor, 2),
        "cpu": round(spent, 2),
        "floor_cpu": round(floor_cpu, 2),
        "rows_per_second": round(rows / seconds),
        "reader_seconds": round(reader, 2),
        "reading": reading,
        "peak_mib": peak,
    }


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """CPU and seconds that something took, and what it answered."""
    cpu, begun = cpu_seconds(), time.perf_counter()
    answer = work()
    return cpu_seconds() - cpu, time.perf_counter() - begun, answer


def cells(number: int) -> list[str]:
    """The cells of a row."""
    return [
        str(number),
        f"person{number}@example.org",
        f"Zoé{number % 997}",
        f"Nowak-{number % 7919}",
        ("Paris", "Łódź", "Lyon", "Kraków")[number % 4],
        f"{number % 100_000}.{number % 100:02}",
        str(number % 50),
        f"{number % 1000 / 7:.6f}",
        "true" if number % 3 else "false",
        f"{1950 + number % 50}-{1 + number % 12:02}-{1 + number % 28:02}",
        f"2026-{1 + number % 12:02}-{1 + number % 28:02}T{number % 24:02}:05:09+01:00",
        "" if number % 5 else "a note of some words",
    ]


def lines_of(rows: int, *, quote: str = "", note: str = "") -> Iterator[str]:
    """The lines of a file: with quotes around cells, or another last cell, if wanted."""
    yield ",".join(TYPES) + "\n"
    for number in range(rows):
        row = cells(number)
        if note:
            row[-1] = note
        if quote:
            row = [f'"{cell}"' for cell in row]
        yield ",".join(row[:-1] if number % ODD == ODD - 1 else row) + "\n"


def as_csv(rows: int, *, quote: str = "", note: str = "") -> str:
    """The whole text of a file."""
    return "".join(lines_of(rows, quote=quote, note=note))


def as_json(rows: int) -> Iterator[str]:
    """The same rows as JSON, an object each."""
    for number in range(rows):
        yield json.dumps(dict(zip(TYPES, cells(number), strict=True)), ensure_ascii=False)


SORTS: dict[str, Callable[[int], bytes]] = {
    "plain": lambda rows: as_csv(rows).encode(),
    "quoted": lambda rows: as_csv(rows, quote='"').encode(),
    "gzip": lambda rows: gzip.compress(as_csv(rows).encode(), 6),
    "windows-1250": lambda rows: as_csv(rows).replace("é", "ę").encode("cp1250"),
    "utf-16": lambda rows: as_csv(rows).encode("utf-16"),
    "cells of two lines": lambda rows: as_csv(rows, note='"two\nlines"').encode(),
    "json lines": lambda rows: "\n".join(as_json(rows)).encode(),
    "json array": lambda rows: f"[{','.join(as_json(rows))}]".encode(),
}


def read(path: Path) -> int:
    """Rows of a file, which are discarded."""
    return sum(part.batch.num_rows for part in batches(path, form_of(path, Wanted())))


def typed(path: Path, folder: Path) -> int:
    """The whole way: read, put aside as it came, typed, written. Lines that were rejected."""
    raw, rejected = folder / "raw.parquet", 0
    form = form_of(path, Wanted(columns=tuple(TYPES)))
    writer: pq.ParquetWriter | None = None
    for part in batches(path, form, tuple(TYPES)):
        rejected += len(part.rejected)
        if writer is None:
            writer = pq.ParquetWriter(
                raw, part.batch.schema, compression="snappy", use_dictionary=False
            )
        writer.write_batch(part.batch)
    if writer is not None:
        writer.close()
    columns: Sequence[sa.ColumnClause[Any]] = [
        *(sa.column(name, sa.Text()) for name in TYPES),
        sa.column(LINE, sa.BigInteger()),
    ]
    with opened(spill=folder, folders=[folder]) as engine:
        table = engine.read([raw], columns)
        wanted = [Column(name, type_) for name, type_ in TYPES.items()]
        found = normalised(table, wanted, carried=[LINE], defaults=Defaults())
        engine.write(found.statement, folder / "typed")
    return rejected


def bare_reader(path: Path) -> int:
    """The standard library's reader alone."""
    with path.open(encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.reader(file))


def bare(path: Path) -> int:
    """The floor: the standard library's reader and the same typing. Lines that were rejected."""
    rejected: list[int] = []
    makers = [PYTHON[each] for each in TYPES.values()]
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        width = len(next(reader))
        for row in reader:
            if len(row) != width:
                rejected.append(reader.line_num)
                continue
            for make, cell in zip(makers, row, strict=True):
                if cell:
                    make(cell)
    return len(rejected)


def _decimal(cell: str) -> Decimal:
    return Decimal(cell).quantize(_CENT, ROUND_HALF_UP)


def _instant(cell: str) -> datetime:
    return datetime.fromisoformat(cell).astimezone(UTC)


PYTHON: dict[str, Callable[[str], Any]] = {
    "integer": int,
    "text": lambda cell: unicodedata.normalize("NFC", cell),
    "decimal": _decimal,
    "number": float,
    "boolean": lambda cell: _TRUE[cell.lower()],
    "date": date.fromisoformat,
    "datetime": _instant,
}
