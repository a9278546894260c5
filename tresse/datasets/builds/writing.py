"""The tables of a version written aside, and what is counted of them."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.differing import changed_golden
from tresse.datasets.matching import blocked_values
from tresse.engine.base import Engine

Tables = Mapping[str, sa.TableClause]


def write_table(
    engine: Engine, table: sa.TableClause, columns: Sequence[Any], folder: Path, name: str
) -> int:
    """One table as a folder of Parquet with the columns of its layout; its bytes.

    Of a killed attempt, nothing stays.
    """
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    wanted = sa.select(*(sa.type_coerce(table.c[c.name], c.type).label(c.name) for c in columns))
    return engine.write(wanted, place).bytes


def counted(
    engine: Engine, tables: Tables, before: sa.TableClause | None, number: int
) -> dict[str, int]:
    """The counters of a build (D130)."""
    records, golden, attachments = tables["records"], tables["golden"], tables["attachments"]
    source_rows = number_of(engine, records)
    rows = number_of(engine, golden)
    refused = sa.select(sa.func.count()).select_from(attachments)
    new, gone = changed_golden(golden, before, number)
    return {
        "source_rows": source_rows,
        "records": rows,
        "merged": source_rows - rows,
        "blocked_values": int(engine.scalar(blocked_values(tables["guards"])) or 0),
        "quarantined": int(engine.scalar(refused.where(sa.not_(attachments.c.is_accepted))) or 0),
        "changed_records": int(engine.scalar(new) or 0)
        + (int(engine.scalar(gone) or 0) if gone is not None else 0),
    }


def number_of(engine: Engine, table: sa.TableClause) -> int:
    """How many rows a table has."""
    return int(engine.scalar(sa.select(sa.func.count()).select_from(table)) or 0)
