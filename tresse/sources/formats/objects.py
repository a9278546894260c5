"""JSON objects as rows of text: nested ones flattened, lists as JSON, numbers as written (S35)."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeAlias

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tresse.engine.files.refusals import TOO_MANY_COLUMNS
from tresse.sources.formats.careful import is_marked, shown, undecodable
from tresse.sources.formats.encodings import decoded
from tresse.sources.formats.form import (
    LINE,
    MOST_CELL_BYTES,
    MOST_COLUMNS,
    FileForm,
    Part,
    RejectedLine,
)
from tresse.sources.formats.refusals import CELL_TOO_LARGE, KEY_TWICE, NO_OBJECT

_KEY = re.compile(rb'"\s*:')
_MOST_DEPTH = 200
"Objects and lists within each other; more is no data."


class Number(str):
    """A number with a point or an exponent, as it is written."""

    __slots__ = ()


_TEXTS = frozenset((str, Number, type(None)))
DECODE = msgspec.json.Decoder(float_hook=Number).decode
BROKEN = object()
"What is no JSON, as `value_of` says."


_NESTED = frozenset((dict, list))
Slice: TypeAlias = tuple[int, bytes]
"""The line on which a value begins, and its bytes, as UTF-8. A bare tuple: there are millions."""


class _TwiceError(ValueError):
    """A key that stands twice in an object: one of its values would be lost."""


@dataclass(slots=True)
class Objects:
    """What is read of some slices: objects, the lines they begin on, and what is none."""

    found: list[dict[str, Any]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    rejected: list[RejectedLine] = field(default_factory=list)


def objects_of(slices: Sequence[Slice], form: FileForm) -> Objects:
    """The objects of some slices; each is read or rejected."""
    together = b"\n".join([data for _, data in slices])
    is_tidy = not _has_blank_before_colon(together)
    plain = _plain(slices, together) if is_tidy else None
    if plain is not None:
        return Objects(plain, [line for line, _ in slices])
    read = Objects()
    for line, data in slices:
        try:
            value = _object(data, is_tidy)
        except _TwiceError as error:
            details = {"line": line, "key": str(error)}
            raw = shown([_decoded(data, form)])
            read.rejected.append(RejectedLine(line, KEY_TWICE, details, raw))
        except (msgspec.DecodeError, ValueError, RecursionError):
            read.rejected.append(unread(line, data, form))
        else:
            read.found.append(value)
            read.lines.append(line)
    return read


def _plain(slices: Sequence[Slice], together: bytes) -> list[dict[str, Any]] | None:
    """The objects, if all are some, without lists and objects in them, and no key stands twice.

    There are as many keys as colons after quotes, which a text may hold too: then it is no proof.
    """
    if b"[" in together or together.count(b"{") != len(slices):
        return None
    try:
        found = [DECODE(data) for _, data in slices]
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None
    if set(map(type, found)) != {dict} or together.count(b'":') != sum(map(len, found)):
        return None
    return found


def _object(data: bytes, is_tidy: bool) -> dict[str, Any]:
    value = DECODE(data)
    if type(value) is not dict:
        raise msgspec.DecodeError
    # As many keys as there are: none stands twice. A text may look like one, so that is no proof.
    if data.count(b'":') != len(value) or not is_tidy:
        _check_keys(data, value)
    if _NESTED.isdisjoint(map(type, value.values())):
        return value
    if data.count(b"[") + data.count(b"{") > _MOST_DEPTH:
        _check_depth(value, 0)
    return _flat(value)


def _has_blank_before_colon(data: bytes) -> bool:
    found = np.frombuffer(data, np.uint8)
    return bool((found[:-1][found[1:] == ord(":")] <= ord(" ")).any())


def value_of(data: bytes) -> Any:
    """The JSON value that some bytes are; `BROKEN` if they are none."""
    try:
        return DECODE(data)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return BROKEN


def keys_of(read: Objects, keys: dict[str, None], name: str) -> None:
    """Add the keys of some objects, in order of appearance.

    Raises:
        TresseError: `too_many_columns`.
    """
    keys.update(dict.fromkeys(chain.from_iterable(read.found)))
    if len(keys) > MOST_COLUMNS:
        raise TOO_MANY_COLUMNS(number=f"> {MOST_COLUMNS:,}", most=f"{MOST_COLUMNS:,}", file=name)


def part_of(read: Objects, columns: Sequence[str], at: int) -> Part:
    """Some objects as a batch of texts."""
    by_key = _by_key(read.found, columns)
    cells = [_column(by_key[column]) for column in columns]
    lines = pa.array(read.lines, pa.int64())
    batch = pa.RecordBatch.from_arrays([*cells, lines], names=[*columns, LINE])
    rejected = read.rejected
    if batch.nbytes > MOST_CELL_BYTES:
        batch, large = _without_large(batch, columns, read)
        rejected = sorted([*rejected, *large], key=lambda each: each.line)
    return Part(batch, rejected, 0, at)


def _check_keys(data: bytes, value: dict[str, Any]) -> None:
    """Look for a key that stands twice, where the number of colons may tell of one."""
    if len(_KEY.findall(data)) != _number_of_keys(value):
        json.loads(data, object_pairs_hook=_distinct)


def _number_of_keys(value: Any) -> int:
    if type(value) is dict:
        return len(value) + sum(map(_number_of_keys, value.values()))
    return sum(map(_number_of_keys, value)) if type(value) is list else 0


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _TwiceError(key)
        found[key] = value
    return found


def _check_depth(value: Any, depth: int) -> None:
    if depth > _MOST_DEPTH:
        raise msgspec.DecodeError
    if type(value) is dict:
        value = list(value.values())
    if type(value) is list:
        for each in value:
            _check_depth(each, depth + 1)


def _flat(value: dict[str, Any]) -> dict[str, Any]:
    """An object without objects in it: `{"billing": {"city": …}}` is `billing.city`."""
    found: dict[str, Any] = {}
    _flatten(value, "", found)
    return found


def _flatten(value: dict[str, Any], prefix: str, found: dict[str, Any]) -> None:
    for key, each in value.items():
        name = prefix + key
        if type(each) is dict:
            _flatten(each, f"{name}.", found)
        elif name in found:
            raise _TwiceError(name)
        else:
            found[name] = each


def unread(line: int, data: bytes, form: FileForm) -> RejectedLine:
    """The rejection of bytes that are no object, or no text."""
    text = _decoded(data, form)
    if is_marked(text):
        return undecodable(text.splitlines(keepends=True), line, form.encoding)
    return RejectedLine(line, NO_OBJECT, {"line": line}, shown([text]))


def _decoded(data: bytes, form: FileForm) -> str:
    """Text with marks, which only a file in another encoding has in it already."""
    return (
        decoded(data, "utf-8")[0]
        if form.encoding == "UTF-8"
        else data.decode("utf-8", "surrogatepass")
    )


def _by_key(found: list[dict[str, Any]], columns: Sequence[str]) -> dict[str, Sequence[Any]]:
    keys = set(map(tuple, found))
    if len(keys) == 1:
        # All objects have the same keys in the same order, as those of most files do.
        by_key = dict(zip(keys.pop(), zip(*map(dict.values, found), strict=True), strict=True))
        nothing = (None,) * len(found)
        return {column: by_key.get(column, nothing) for column in columns}
    return {column: [each.get(column) for each in found] for column in columns}


def _column(values: Sequence[Any]) -> pa.Array:
    types = set(map(type, values))
    if not types <= _TEXTS:
        values = list(map(str, values)) if types == {int} else list(map(_text, values))
    cells = pa.array(values, pa.string())
    if str in types and pc.any(pc.equal(cells, "")).as_py():
        cells = pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    return cells


def _text(value: Any) -> str | None:
    """A value as a cell; a list as the JSON it came as, without blanks."""
    if value is None or isinstance(value, str):
        return value
    if value is True or value is False:
        return "true" if value else "false"
    return str(value) if type(value) is int else _json(value)


def _json(value: Any) -> str:
    if type(value) is Number:
        return str(value)
    if type(value) is list:
        return f"[{','.join(map(_json, value))}]"
    if type(value) is dict:
        return f"{{{','.join(f'{_json(key)}:{_json(each)}' for key, each in value.items())}}}"
    return str(value) if type(value) is int else msgspec.json.encode(value).decode()


def _without_large(
    batch: pa.RecordBatch, columns: Sequence[str], read: Objects
) -> tuple[pa.RecordBatch, list[RejectedLine]]:
    large: dict[int, RejectedLine] = {}
    for at, name in enumerate(columns):
        sizes = pc.fill_null(pc.binary_length(batch.column(at)), 0)
        for row in pc.indices_nonzero(pc.greater(sizes, MOST_CELL_BYTES)).to_pylist():
            line = read.lines[row]
            size = f"{sizes[row].as_py():,} bytes"
            details = {"line": line, "column": name, "size": size, "most": "1 MB"}
            raw = shown([_json(read.found[row])])
            large.setdefault(row, RejectedLine(line, CELL_TOO_LARGE, details, raw))
    if not large:
        return batch, []
    keep = pa.array([row not in large for row in range(batch.num_rows)])
    return batch.filter(keep), list(large.values())
