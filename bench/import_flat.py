"""The same import onto no records and onto many; and files of few rows and of many.

Floor: the import onto none. Half of each file's contacts and links exist already, and its keys lie
scattered among those of the records there.
"""

import random
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.db import connection, transaction

from bench import filled
from bench.import_contacts import (
    HEADERS,
    checked,
    companies,
    lines_of,
    values_of,
    write,
    written,
)
from bench.measured import peak_mib
from tresse.objects.database import load
from tresse.objects.described import ObjectDef, data_model
from tresse.records.writing import take_ids

ROWS = 5_000_000
"Records that are there in the end."
SHARE = 50
"One row of the file for so many records."
KINDS = 4
"Numbers of contacts by their rest: those there, then those of each file."
SPREAD = 7_919
"Steps that scatter the numbers of a file; a prime, so that each comes once."


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh; `rows`: how many records there are.

    Returns:
        Fields of `tresse bench`; `seconds` and `floor_seconds` are of check and run together,
        `by_rows` are the microseconds a row of files of different lengths.
    """
    firms, size = companies(max(rows // 250, 10)), max(rows // SHARE, 20)
    with TemporaryDirectory() as folder:
        place = Path(folder)
        none = imported(place, scattered(size, kind=1, up_to=rows), firms)
        by_rows = {size: none}
        for kind, length in ((2, max(size // 10, 20)), (3, size * 10)):
            by_rows[length] = imported(place, scattered(length, kind=kind, up_to=rows), firms)
        fill(rows, firms)
        filled.analyse()
        # Numbers of the second kind beyond those that its short file has had.
        later = scattered(size, kind=2, up_to=rows, after=max(size // 10, 20))
        many = imported(place, later, firms)
    return {
        "name": "import-flat",
        "database": connection.vendor,
        "rows": rows,
        "rows_of_the_file": size,
        "seconds": round(many["check"] + many["run"], 2),
        "floor_seconds": round(none["check"] + none["run"], 2),
        "rows_per_second": round(size / (many["check"] + many["run"])),
        **{f"{part}_ratio": round(many[part] / max(none[part], 0.01), 2) for part in none},
        "floor_ratio": round((many["check"] + many["run"]) / (none["check"] + none["run"]), 2),
        "by_rows": {
            length: {part: round(1e6 * spent / length) for part, spent in took.items()}
            for length, took in sorted(by_rows.items())
        },
        "peak_mib": peak_mib(),
    }


def scattered(size: int, *, kind: int, up_to: int, after: int = 0) -> list[int]:
    """Numbers of contacts of a kind, in no order that an index would have."""
    room = max(up_to, size)
    while room % SPREAD == 0:
        room += 1
    return [KINDS * (at * SPREAD % room) + kind for at in range(after, after + size)]


def imported(folder: Path, numbers: list[int], firms: range) -> dict[str, float]:
    """Import contacts of which every other is there already; answers what each part took."""
    half, whole = folder / "half.csv", folder / "whole.csv"
    write(half, lines_of(numbers[::2], firms, seed=1))
    write(whole, lines_of(numbers, firms, seed=2))
    written(checked(half)[0])
    row, check, check_cpu = checked(whole)
    _, seconds, run_cpu = written(row)
    return {"check": check, "run": seconds, "check_cpu": check_cpu, "run_cpu": run_cpu}


def fill(number: int, firms: range) -> None:
    """Contacts as an import would have made them, each with a link, by bulk loads."""
    model = data_model()
    contact = model.object("contact")
    first = take_ids(number)
    ids = range(first, first + number)
    names = [each for each in HEADERS if each != "Associated Company"]
    columns, rows = _stored(contact, names, ids, firms)
    for at in range(0, number, filled.CHUNK):
        few = [next(rows) for _ in range(min(filled.CHUNK, number - at))]
        with transaction.atomic():
            load(contact.table, columns, few)
    side = model.default_side("contact", "company")
    pairs = ((id, firms[at * KINDS % len(firms)]) for at, id in enumerate(ids))
    if side is not None:
        filled.links(
            model, side.association.name, pairs if side.forward else ((b, a) for a, b in pairs)
        )


def _stored(
    contact: ObjectDef, headers: list[str], ids: range, firms: range
) -> tuple[list[str], Iterator[list[Any]]]:
    """Columns of the record table and its rows, of contacts with numbers of the first kind."""
    by_label = {each.label: each for each in contact.active}
    properties = [(at, by_label[label]) for at, label in enumerate(headers) if label in by_label]
    texts = [
        (at, prop)
        for at, prop in properties
        if prop.kind.name in ("text", "email", "phone", "option")
    ]
    columns = ["id", "version", "owner", "created_at", "updated_at", "activity_count"]
    for _, prop in texts:
        columns += [prop.column, *([prop.normal_column] if prop.has_normal else [])]

    def rows() -> Iterator[list[Any]]:
        pick = random.Random(3)  # noqa: S311  test data
        for at, id in enumerate(ids):
            cells = values_of(KINDS * at, firms, pick)
            row: list[Any] = [id, 1, 1, filled.BEGIN, filled.BEGIN, 0]
            for place, prop in texts:
                value = cells[place]
                if prop.kind.name == "phone":
                    value = value.replace(" ", "")
                elif prop.kind.name == "option":
                    value = value.lower()
                row.append(value or None)
                if prop.has_normal:
                    row.append(prop.kind.normal(value) if value else None)
            yield row

    return columns, rows()
