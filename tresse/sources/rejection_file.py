"""Refused rows as a CSV that can be corrected and read again (S100, S105)."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tresse.accounts.answers import said
from tresse.sources.models import Rejection, Source
from tresse.sources.stored import resolved_of

NUMBER = "_number"
"Of the refused row: whoever reads the file again knows by it which row a line stands for."
ABOUT = (NUMBER, "_run", "_file", "_line", "_key", "_column", "_value", "_code", "_message")
"Columns that say why; they come first and are not read again."
RAW = "_raw"
"The line of a file as it stands, where its cells could not be told apart."


def columns_of(source: Source, rows: Iterable[Rejection] = ()) -> list[str]:
    """Columns of the source as it is now; of what was never detected, those of the rows."""
    resolved = resolved_of(source).columns
    if resolved:
        return [column.name for column in resolved]
    return list(dict.fromkeys(name for row in rows for name in cells_of(row)))


def cells_of(row: Rejection) -> Mapping[str, Any]:
    """The cells of a refused row by column; none where only its line is known."""
    try:
        found = json.loads(row.raw)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def lines(rows: Iterable[Rejection], columns: Sequence[str]) -> Iterator[str]:
    """The file, line by line: UTF-8 text with commas, and a header.

    Args:
        rows: Refused rows with their `file`, in the order they are to stand.
        columns: Of the source, as `columns_of` gives them.
    """
    yield _line([*ABOUT, RAW, *columns])
    for row in rows:
        cells = cells_of(row)
        about = [
            row.pk,
            row.run_id,
            row.file.path if row.file else "",
            row.line,
            row.key,
            row.column,
            row.value,
            row.code,
            said(row.message, row.details) if row.message else "",
        ]
        yield _line(
            [*about, "" if cells else row.raw, *(_text(cells.get(name)) for name in columns)]
        )


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def _line(cells: Iterable[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(
        "" if cell is None else cell for cell in cells
    )
    return buffer.getvalue()
