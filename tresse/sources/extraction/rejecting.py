"""Refused rows written into the operational database, each as it came and with why (S100)."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.db import transaction

from tresse.kernel.errors import Refusal
from tresse.sources.extraction.layout import FILE, KEY, LINE
from tresse.sources.extraction.refusals import (
    KEY_NULL,
    NOT_READ,
    REQUIRED_NULL,
    TOO_LARGE,
    UNREADABLE,
)
from tresse.sources.extraction.steps import REASON, Reason
from tresse.sources.models import Rejection, SourceRun
from tresse.sources.types.amounts import MOST, is_too_large

CHUNK = 2_000
"Rows of one transaction: nobody else waits longer for SQLite's one writer."
MOST_VALUE = 500
MOST_RAW = 1_000_000
NUL = "\x00"
LIMITS: Mapping[Refusal, Mapping[str, Any]] = {TOO_LARGE: {"most": MOST - 1}}
"Details of a refusal that are the same for all rows."
ERASED = "erased"
"Of such rows nothing is kept but their number (S103)."


def clear(run: SourceRun) -> None:
    """Remove what an earlier attempt of the run wrote."""
    while ids := list(Rejection.objects.filter(run=run).values_list("pk", flat=True)[:CHUNK]):
        Rejection.objects.filter(pk__in=ids).delete()


def write(rejections: Iterator[Rejection], check: Callable[[], None]) -> int:
    """Write refused rows in chunks; answers how many. `check` is asked before each chunk."""
    written = 0
    while chunk := list(islice(rejections, CHUNK)):
        check()
        with transaction.atomic():
            Rejection.objects.bulk_create(chunk)
        written += len(chunk)
    return written


Origin = Callable[[int, int], tuple[int | None, int | None]]
"From `_file` and `_line` of a raw row to the id of its `SourceFile` and its line there."


def of_files(files: Sequence[int]) -> Origin:
    """The origin of rows of files by their position; of a database, rows have no file."""
    return lambda file, line: (files[file] if files else None, line)


def of_lines(
    run: SourceRun, lines: Iterable[Mapping[str, Any]], files: Sequence[int]
) -> Iterator[Rejection]:
    """Lines of files that never became rows.

    Args:
        run: Of the rows.
        lines: `file line code message details raw`, as staged.
        files: Ids of `SourceFile` by position.
    """
    for each in lines:
        yield Rejection(
            source_id=run.source_id,
            run=run,
            file_id=files[each["file"]] if files else None,
            line=each["line"],
            code=each["code"],
            message=each["message"],
            details=storable(each["details"]),
            raw=clean(each["raw"])[:MOST_RAW],
        )


def of_rows(
    run: SourceRun, batches: Iterable[Any], reasons: Sequence[Reason], origin: Origin
) -> Iterator[Rejection]:
    """Rows that were read and refused, from `steps.refused`; none of who was erased."""
    for batch in batches:
        for row in batch.to_pylist():
            reason = reasons[row.pop(REASON)]
            if reason.code != ERASED:
                yield _of_row(run, row, reason, origin)


def _of_row(run: SourceRun, row: dict[str, Any], reason: Reason, origin: Origin) -> Rejection:
    file, line = origin(row.pop(FILE), row.pop(LINE))
    key = row.pop(KEY)
    value = clean(cell(row.get(reason.column)))[:MOST_VALUE]
    refusal = refusal_of(reason.code, value)
    return Rejection(
        source_id=run.source_id,
        run=run,
        file_id=file,
        line=line,
        key=clean(key or "")[:MOST_VALUE],
        column=reason.column,
        value=value,
        code=reason.code,
        message=refusal.sentence,
        details={"column": reason.column, "value": value[:80], **LIMITS.get(refusal, {})},
        raw=raw_of(row),
    )


def refusal_of(code: str, value: str = "") -> Refusal:
    """The refusal of a row by its code, and by the cell, which may be too large a number."""
    if code == TOO_LARGE.code and is_too_large(value):
        return TOO_LARGE
    for known in (KEY_NULL, REQUIRED_NULL):
        if known.code == code:
            return known
    sentence = UNREADABLE.get(code)
    return NOT_READ if sentence is None else Refusal(code, 422, sentence)


def raw_of(row: Mapping[str, Any]) -> str:
    """The cells of a row by column, as JSON; empty cells are null."""
    cells = {name: None if value is None else cell(value) for name, value in row.items()}
    return json.dumps(cells, ensure_ascii=False)[:MOST_RAW]


def cell(value: Any) -> str:
    """A cell as text that reads back as the same."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def clean(text: str) -> str:
    """Text that every database holds: U+0000 is shown by its own sign."""
    return text.replace(NUL, "\u2400") if NUL in text else text


def storable(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details of a sentence that every database holds."""
    return {
        name: clean(value) if isinstance(value, str) else value for name, value in details.items()
    }
