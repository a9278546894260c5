"""JSON lines, and arrays in JSON documents: the form of a file and its rows (S86, S35)."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

from tresse.engine.files.encoding import ENCODINGS
from tresse.engine.files.sizes import shown_size
from tresse.kernel.errors import nearest
from tresse.sources.formats.ahead import ahead
from tresse.sources.formats.blocks import blocks
from tresse.sources.formats.columns import check_columns
from tresse.sources.formats.documents import Document, Elements, elements, find_array
from tresse.sources.formats.encodings import decoded, utf_8_chunks
from tresse.sources.formats.form import FileForm, Part, RejectedLine, Wanted
from tresse.sources.formats.gathering import Gathering
from tresse.sources.formats.objects import keys_of, objects_of, part_of, value_of
from tresse.sources.formats.packing import opened
from tresse.sources.formats.refusals import LINE_TOO_LONG

_ENOUGH = 64_000_000
"Bytes of a file whose keys are looked at in any case."


def form_of(path: Path, form: FileForm, wanted: Wanted, check: Callable[[], None]) -> FileForm:
    """The form of a JSON file with its columns: the keys of all objects in it.

    Of a large file not all are looked at, if those that are picked were seen.

    A key that a picked column names may be left out of every object: then its cells are null, and
    `absent` says so. The file is refused if none of them is there, or if another key looks like the
    one that is missing.

    Raises:
        TresseError: `path_not_found`, `too_many_columns`, `header_mismatch`, and those of `opened`.
    """
    keys: dict[str, None] = {}
    for found in _read(path, form, wanted.most_bytes):
        check()
        keys_of(objects_of(found.slices, form), keys, form.name)
        if found.at > _ENOUGH and wanted.columns and keys.keys() >= set(wanted.columns):
            break
    form = replace(form, headers=tuple(keys))
    missing = [column for column in wanted.columns if column not in keys]
    if not missing or not keys:
        return form
    others = [key for key in keys if key not in wanted.columns]
    if len(missing) == len(wanted.columns) or any(nearest(name, others) for name in missing):
        check_columns(form.headers, wanted, form.name)
    return replace(form, absent=tuple(missing))


def batches(
    path: Path, form: FileForm, columns: Sequence[str], most: int
) -> Generator[Part, None, None]:
    """The objects of a JSON file as rows."""
    gathering = Gathering(columns)
    for found in _read(path, form, most):
        part = part_of(objects_of(found.slices, form), columns, found.at)
        part.rejected = sorted([*part.rejected, *found.rejected], key=lambda each: each.line)
        part.blank = found.blank
        yield from gathering.add(part)
    yield from gathering.rest()


def _read(path: Path, form: FileForm, most: int) -> Iterator[Elements]:
    """The values in a file, still as bytes."""
    with ExitStack() as stack:
        if form.format == "json":
            stream = stack.enter_context(opened(path, form, most))
            document = Document(stream, form)
            find_array(document)
            yield from elements(document)
        else:
            yield from _lines(path, form, most)


def _lines(path: Path, form: FileForm, most: int) -> Iterator[Elements]:
    codec = ENCODINGS[form.encoding]
    number = 1
    with ExitStack() as stack:
        stream = stack.enter_context(opened(path, form, most))
        found = blocks(stream, codec, form.bom, with_returns=False)
        if form.packing:
            found = stack.enter_context(closing(ahead(found)))
        for block in found:
            if block.dropped:
                details = {"line": number, "size": shown_size(block.dropped), "most": "32 MB"}
                start, _ = decoded(block.data, codec)
                rejected = RejectedLine(number, LINE_TOO_LONG, details, start)
                yield Elements([], [rejected], block.at)
                number += 1
                continue
            data = b"".join(utf_8_chunks([block.data], form.encoding))
            lines = data.removesuffix(b"\n").split(b"\n")
            slices = [
                each for each in enumerate(lines, number) if each[1] and not each[1].isspace()
            ]
            yield Elements(slices, [], block.at, len(lines) - len(slices))
            number += len(lines)


def is_lines(head: str) -> bool:
    """Whether a text that begins with an object has one on each line, told by the first two.

    One object alone that holds a list of objects is rather a document, with those as its rows.
    """
    lines = head.rstrip().split("\n", 2)
    found = [value_of(line.encode(errors="replace")) for line in lines[:2]]
    if len(lines) == 1 and type(found[0]) is dict:
        lists = [each for each in found[0].values() if type(each) is list]
        return not any(type(each) is dict for each in chain.from_iterable(lists))
    return any(type(each) is dict for each in found)
