"""Files written: CSV, TXT, XLSX, ODS and JSON lines from rows of Python values (T80, T83, T84).

    with writer_of("xlsx", path, ["ID", "Name", "Born"], sheet="Contacts") as out:
        out.rows([[1, "Anna", date(1990, 4, 3)], [2, "=1+1", None]])

A value is a str, int, Decimal, float, bool, date, aware datetime or None. XLSX and ODS get typed
cells, texts always text cells; the other formats texts as T83 has them. Nothing is kept in memory
but some rows. What a cell cannot hold exactly (a number of more than 15 digits, an hour that the
clock shows twice) is written as a text that an import reads as the same value.
"""

import csv
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import orjson

from tresse.engine.files.layout import distinct
from tresse.kernel.errors import WRONG_VALUE
from tresse.transfers.files.texts import guarded, instant, plain_number, text_of
from tresse.transfers.files.workbooks import Ods, Workbook, Xlsx
from tresse.transfers.refusals import DOES_NOT_FIT_FORMAT, TEXTS_DO_NOT_FIT_FORMAT

Value = str | int | Decimal | float | bool | date | datetime | None
FORMATS_OUT = ("csv", "txt", "xlsx", "ods", "jsonl")
MOST_ROWS = {"xlsx": 1_048_576, "ods": 1_048_576}
"Lines of a sheet, its header among them; the other formats have no end."
MOST_COLUMNS = {"xlsx": 16_384, "ods": 16_384}
MOST_CHARACTERS = {"xlsx": 32_767}
"Of one text."
MOST_DIGITS = 15
"Of a number that every program reading it keeps exactly."


class Fault(str):
    """What a formula gives instead of a value, such as `#N/A`."""

    __slots__ = ()


class RowWriter(AbstractContextManager["RowWriter"], ABC):
    """A file being written; closing it makes it whole."""

    @abstractmethod
    def rows(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write some rows, each with a value per header.

        Raises:
            TresseError: `does_not_fit_format`; ask `check_fit` before, so that it never comes.
        """

    @abstractmethod
    def close(self) -> None:
        """Write what is still to come and let go of the file."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def writer_of(
    format: str,
    path: Path,
    headers: Sequence[str] | None,
    *,
    sheet: str = "Sheet1",
    delimiter: str = ",",
    zone: tzinfo = UTC,
    decimal_sign: str = ".",
    is_guarded: bool = True,
    number: int = 0,
    is_strict: bool = True,
) -> RowWriter:
    """Begin a file.

    Args:
        format: One of `FORMATS_OUT`.
        path: Written anew.
        headers: Of the columns; None: a file without header, which JSON lines cannot be.
        sheet: Name of the only sheet, cut to what its format takes.
        delimiter: Of CSV.
        zone: Of instants in typed cells, which know no zone; the one an import will read them in.
            The other formats write UTC with a `Z`.
        decimal_sign: Of numbers in CSV and TXT.
        is_guarded: Whether CSV and TXT guard texts that look like formulas (T84).
        number: Rows to come, if known; beyond 4 GiB a zip archive has another form.
        is_strict: Refuse texts longer than the format should hold.

    Raises:
        TresseError: `wrong_value`: there is no such format.
    """
    if format in ("csv", "txt"):
        sign = "\t" if format == "txt" else delimiter
        return Delimited(
            path, headers, delimiter=sign, decimal_sign=decimal_sign, is_guarded=is_guarded
        )
    if format == "jsonl":
        return JsonLines(path, headers or ())
    if format in ("xlsx", "ods"):
        kind: type[Workbook] = Xlsx if format == "xlsx" else Ods
        is_large = number * max(len(headers or ()), 1) > 10_000_000
        book = kind(path, sheet=sheet, columns=len(headers or ()), zone=zone, is_large=is_large)
        return Cells(book, format, headers, is_strict=is_strict)
    raise WRONG_VALUE(name="format", wanted=f"one of {', '.join(FORMATS_OUT)}", value=format)


def check_fit(format: str, *, rows: int, columns: int = 1, long_texts: int = 0) -> None:
    """Refuse what a format cannot hold, before anything is written (T86).

    Args:
        format: One of `FORMATS_OUT`.
        rows: Without the header.
        columns: Of the file.
        long_texts: Texts longer than `MOST_CHARACTERS` of the format.

    Raises:
        TresseError: `does_not_fit_format`.
    """
    most = MOST_ROWS.get(format)
    if most and rows > most - 1:
        raise DOES_NOT_FIT_FORMAT(number=f"{rows:,}", format=format.upper(), most=f"{most - 1:,}")
    if columns > MOST_COLUMNS.get(format, columns):
        most = MOST_COLUMNS[format]
        raise DOES_NOT_FIT_FORMAT(number=f"{rows:,}", format=format.upper(), most=f"{most:,}")
    if long_texts:
        raise TEXTS_DO_NOT_FIT_FORMAT(number=long_texts, most=f"{MOST_CHARACTERS[format]:,}")


class Delimited(RowWriter):
    """CSV and TXT, in UTF-8 with a byte order mark."""

    def __init__(
        self,
        path: Path,
        headers: Sequence[str] | None,
        *,
        delimiter: str,
        decimal_sign: str,
        is_guarded: bool,
    ) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file, delimiter=delimiter)
        self._decimal_sign, self._is_guarded = decimal_sign, is_guarded
        if headers is not None:
            self._writer.writerow(headers)

    def rows(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write some rows."""
        text, sign = text_of, self._decimal_sign
        write = guarded if self._is_guarded else str
        self._writer.writerows(
            [write(value) if type(value) is str else text(value, sign) for value in row]
            for row in rows
        )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class JsonLines(RowWriter):
    """JSON lines: an object per row, its keys the headers; no value is null."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        self._file = path.open("wb")
        self._keys = distinct(headers)

    def rows(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write some rows."""
        self._file.writelines(
            orjson.dumps(
                dict(zip(self._keys, map(_json, row), strict=True)),
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for row in rows
        )

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def _json(value: Value) -> Any:
    """Texts as they are; numbers that JSON readers keep exactly as numbers."""
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    text = plain_number(value)
    if not _is_short(text):
        return text
    return float(text) if "." in text else int(text)


def _is_short(number: str) -> bool:
    return sum(map(str.isdigit, number)) <= MOST_DIGITS


class Cells(RowWriter):
    """XLSX and ODS: typed cells in one sheet."""

    def __init__(
        self, book: Workbook, format: str, headers: Sequence[str] | None, *, is_strict: bool
    ) -> None:
        self._book, self._format = book, format
        self._left = MOST_ROWS[format]
        self._longest = MOST_CHARACTERS.get(format) if is_strict else None
        if headers is not None:
            self._left -= 1
            book.write([book.header(list(headers))])

    def rows(self, rows: Iterable[Sequence[Value]]) -> None:
        """Write some rows."""
        book, cell = self._book, self._cell
        book.write(book.row([cell(value) for value in row]) for row in self._counted(rows))

    def _counted(self, rows: Iterable[Sequence[Value]]) -> Iterable[Sequence[Value]]:
        for row in rows:
            if not self._left:
                most = f"{MOST_ROWS[self._format] - 1:,}"
                raise DOES_NOT_FIT_FORMAT(
                    number=f"> {most}", format=self._format.upper(), most=most
                )
            self._left -= 1
            yield row

    def _cell(self, value: Value) -> str:
        book = self._book
        if isinstance(value, Fault):
            return book.fault(value or "#VALUE!")
        if isinstance(value, str):
            if self._longest and len(value) > self._longest:
                raise TEXTS_DO_NOT_FIT_FORMAT(number=1, most=f"{self._longest:,}")
            return book.text(value) if value else book.empty
        if value is None:
            return book.empty
        if isinstance(value, bool):
            return book.boolean(value)
        if isinstance(value, datetime):
            return book.instant(value) or book.text(instant(value))
        if isinstance(value, date):
            return book.day(value) or book.text(value.isoformat())
        text = plain_number(value)
        return book.number(text) if _is_short(text) else book.text(text)

    def close(self) -> None:
        """Close the archive."""
        self._book.close()
