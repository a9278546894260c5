"""What changed at the source itself: columns that came, went, or changed their type (S51)."""

from collections.abc import Mapping, Sequence
from typing import Any

from tresse.kernel.errors import TresseError, nearest
from tresse.sources.definition import SourceDefinition
from tresse.sources.extraction.counting import Warnings
from tresse.sources.extraction.reading import Rows, described
from tresse.sources.extraction.refusals import COLUMN_CHANGED, COLUMN_MISSING
from tresse.sources.models import Source, SourceRun

MOST_NAMES = 20


def checked(
    source: Source, definition: SourceDefinition, rows: Rows, warnings: Warnings
) -> list[dict[str, Any]]:
    """The columns the other side has now, as `Source.seen_columns` keeps them.

    A picked column that is gone refuses the run before anything is read; new ones are told.

    Raises:
        TresseError: `column_missing` with the nearest name; what the connection refuses.
    """
    there = described(rows)
    known = [column.name for column in there]
    for column in definition.columns or ():
        if column.name not in known:
            raise COLUMN_MISSING(
                column=column.name,
                source=source.name,
                read=definition.read.shown,
                known=known[:MOST_NAMES],
                nearest=nearest(column.name, known),
            )
    tell_new(source, known, warnings)
    return [
        {
            "name": column.name,
            "type": column.type,
            "proposed": column.proposed,
            "is_nullable": column.is_nullable,
        }
        for column in there
    ]


def of_files(run: SourceRun) -> list[dict[str, Any]]:
    """The columns of the files that a run took, as `Source.seen_columns` keeps them."""
    names: dict[str, None] = {}
    for form in run.taken_files.order_by("pk").values_list("form", flat=True):
        names |= dict.fromkeys(form.get("columns", ()))
    return [{"name": name, "type": "text", "proposed": "text"} for name in names]


def tell_new(source: Source, names: Sequence[str], warnings: Warnings) -> None:
    """Warn of columns that the source did not have before."""
    before = {column["name"] for column in source.seen_columns}
    new = [name for name in names if before and name not in before]
    warnings.add("column_new", len(new), examples=new)


def altered(
    source: Source,
    now: Sequence[Mapping[str, Any]],
    faults: Mapping[str, int],
    warnings: Warnings,
) -> TresseError | None:
    """Why a run waits for a person: a column is of another type, and cells can no longer be read.

    A new type whose cells all read as before is only told.
    """
    before = {column["name"]: column for column in source.seen_columns}
    why = None
    for column in now:
        was = before.get(column["name"])
        if was is None or was.get("proposed") == column["proposed"]:
            continue
        words = f"{column['name']}: {was['type']} → {column['type']}"
        warnings.add("column_type_changed", column=column["name"], examples=[words])
        if faults.get(column["name"]) and why is None:
            why = COLUMN_CHANGED(
                column=column["name"], source=source.name, was=was["type"], now=column["type"]
            )
    return why
