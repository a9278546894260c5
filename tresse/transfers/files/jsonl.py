"""JSON lines as rows of texts, a stream: an object per line, its keys the headers (T14)."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tresse.engine.files.encoding import LONGEST_LINE
from tresse.engine.files.refusals import FILE_IS_DAMAGED, TOO_MANY_COLUMNS, UNDECODABLE_TEXT
from tresse.transfers.files import cells
from tresse.transfers.files.form import MOST_CHARACTERS, MOST_COLUMNS
from tresse.transfers.files.unpacked import Sink

BOM = b"\xef\xbb\xbf"
JOINED = "; "
_SHOWN = 1_000
"Characters kept of an object within a cell."


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


class _BrokenError(ValueError):
    pass


def unpack(path: Path, name: str, sink: Sink) -> None:
    """Give the objects of a file to a sink as rows; to its facts the keys, in order of appearance.

    Raises:
        TresseError: `undecodable_text`, `too_many_columns`, `file_is_damaged`.
    """
    keys: dict[str, int] = {}
    line = 0
    for line, text in _lines(path, name):
        if text.isspace() or not text:
            continue
        try:
            found = _DECODE(text)
            if type(found) is not dict:
                raise _BrokenError
            values = {key: _cell(value) for key, value in found.items()}
        except (ValueError, RecursionError):
            sink.reject(line, cells.bare(text.strip())[:MOST_CHARACTERS])
            continue
        for key in values:
            if key not in keys:
                keys[key] = len(keys)
                if len(keys) > MOST_COLUMNS:
                    number = f"> {MOST_COLUMNS:,}"
                    raise TOO_MANY_COLUMNS(number=number, most=f"{MOST_COLUMNS:,}")
        row = [values.get(key, cells.ABSENT) for key in keys]
        while row and row[-1] == cells.ABSENT:
            row.pop()
        if any(cell and cell != cells.ABSENT and not cell.isspace() for cell in row):
            sink.add(line, row, is_trimmed=True)
    sink.blank(line)
    sink.facts.titles = tuple(map(cells.bare, keys))


def _lines(path: Path, name: str) -> Iterator[tuple[int, str]]:
    with path.open("rb") as file:
        file.seek(len(BOM) if file.read(len(BOM)) == BOM else 0)
        for number, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
            if len(raw) == LONGEST_LINE:
                raise FILE_IS_DAMAGED(file=name, type="JSON", byte=file.tell())
            try:
                yield number, raw.decode()
            except UnicodeDecodeError as error:
                byte = raw[error.start : error.start + 1].hex().upper()
                raise UNDECODABLE_TEXT(line=number, byte=byte, encoding="UTF-8") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        # A key that stands twice: one of its values would be lost.
        raise _BrokenError
    return found


def _constant(_: str) -> Any:
    # NaN and Infinity are Python's, not JSON's.
    raise _BrokenError


_DECODE = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_Number,
    parse_int=_Number,
    parse_constant=_constant,
).decode


def _cell(value: Any) -> str:
    if type(value) is str:
        return cells.large(len(value), cells.bare(value))
    if value is None:
        return ""
    if type(value) is _Number:
        return cells.number(value, is_exact=True)
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(each, list | dict) for each in value):
        text = JOINED.join(filter(None, (cells.shown(_cell(each)) for each in value)))
        return cells.large(len(text), text)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return cells.large(len(text), cells.NESTED + cells.bare(text)[:_SHOWN])
