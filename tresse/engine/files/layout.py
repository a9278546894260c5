"""How a text file is laid out: its delimiter (T12) and its header (T14)."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import count
from string import ascii_uppercase

from tresse.engine.files.records import parsed
from tresse.kernel.text import clean, normal

DELIMITERS = (",", ";", "|", "\t")
UNIT_SEPARATOR = "\x1f"
SAMPLE_LINES = 1_000

_SEP = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_NUMBER = re.compile(r"[-+(]?[\d\u00a0\u202f .,']*\d[\d\u00a0\u202f .,']*[)%€$£]?")
_DATE = re.compile(r"\d{1,4}([-/. ])\d{1,2}\1\d{1,4}([T ].*)?")


def declared_delimiter(line: str) -> str | None:
    """The delimiter of a line `sep=;`, or None if it is no such line."""
    found = _SEP.fullmatch(line)
    return found[1] if found else None


def delimiter_of(lines: Sequence[str]) -> str:
    """The delimiter that gives the same number of columns most often.

    One that does not part the first line and most others parts nothing: then the file has one
    column, and the delimiter is one that does not occur. Of two equally good ones, the one that
    gives more columns.
    """
    text = "".join(lines)
    best = next((each for each in reversed(DELIMITERS) if each not in text), UNIT_SEPARATOR)
    score = (0, 0, 0)
    for delimiter in DELIMITERS:
        widths, alone = _widths(lines, delimiter)
        parted = Counter(width for width in widths if width > 1)
        if not parted or widths[0] == 1 or 2 * parted.total() < len(widths):
            continue
        width, number = max(parted.items(), key=lambda item: (item[1], item[0]))
        if (number, alone[width], width) > score:
            best, score = delimiter, (number, alone[width], width)
    return best


def _widths(lines: Sequence[str], delimiter: str) -> tuple[list[int], Counter[int]]:
    """Widths of the records; and where a quote swallows the last, of each line by itself."""
    rows, _, is_open = parsed(lines, delimiter)
    alone: Counter[int] = Counter()
    if is_open:
        singly = [row for line in lines for row in csv.reader([line], delimiter=delimiter)]
        alone = Counter(map(len, singly))
        rows = rows or singly
    return [len(row) for row in rows if any(row)], alone


def looks_like_header(cells: Iterable[str]) -> bool:
    """Whether a first line seems to name the columns: it holds no e-mail, number or date."""
    texts = [clean(cell) for cell in cells]
    return not any(
        _EMAIL.fullmatch(text) or _NUMBER.fullmatch(text) or _DATE.fullmatch(text)
        for text in texts
        if text
    )


def letters(position: int) -> str:
    """The name of a column without header: A, B … Z, AA, as in a spreadsheet; from 0."""
    name = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        name = ascii_uppercase[rest] + name
    return name


def distinct(titles: Sequence[str]) -> tuple[str, ...]:
    """Headers that differ in normal form: ` (2)`, ` (3)` are added to equal ones (T14)."""
    taken = {normal(title) for title in titles}
    used: set[str] = set()
    headers = []
    for title in titles:
        header = title
        if normal(title) in used:
            free = (f"{title} ({number})" for number in count(2))
            header = next(each for each in free if normal(each) not in used | taken)
        used.add(normal(header))
        headers.append(header)
    return tuple(headers)
