"""What the columns of a file look like: first values, how full, which kind they seem (T21).

Told by the first rows, at most 20,000 of them and 400,000 cells; kept beside the file, so that a
page of a thousand columns is shown again without reading anything.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

from tresse.kernel.text import clean, normal
from tresse.objects.kinds import KINDS, Reading
from tresse.objects.kinds.forms import DateForm, Form, NumberForm
from tresse.transfers.files import FileForm, rows

FILE = "profile.json"
VERSION = 1
FIRST = 5
SHOWN_CHARACTERS = 80
MOST_CELLS = 400_000
FEWEST_ROWS = 200
JUDGED = 400
"Different values by which a kind is guessed."
FEW_OPTIONS, ROWS_AN_OPTION = 12, 5
LONG_CHARACTERS = 200
_NUMBER = re.compile(r"[-+(]?[0-9][0-9\u00a0\u202f .,']*\)?")
_LEADING_ZERO = re.compile(r"0[0-9]+")
_DATE = re.compile(r"[0-9]{1,4}([-/. ]).{1,9}\1[0-9]{1,4}.*")
_TIME = re.compile(r"[0-9][T ]*[0-9]{1,2}:[0-9]{2}")
_PHONE = re.compile(r"(?:\+|00|\(0|0[1-9])[0-9 ().\-/]{6,}")
_BOOLEANS = frozenset({"yes", "no", "true", "false", "oui", "non", "vrai", "faux", "tak", "nie"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: `values` are its first different ones, `filled` of `rows` cells hold something.

    `dates` and `numbers`: how it would be read as such (`kinds.forms.Form`), as `found`, `code`
    and `example`.
    """

    values: tuple[str, ...]
    filled: int
    distinct: int
    kind: str
    dates: tuple[str | None, str, str]
    numbers: tuple[str | None, str, str]


@dataclass(frozen=True, slots=True)
class Profile:
    """All columns; `rows` were looked at, which `is_whole` says is all of them."""

    rows: int
    is_whole: bool
    guessed_rows: int
    "Of the whole file; told by the size of the first ones where it is not whole."
    columns: tuple[Column, ...]


def profile_of(path: Path, form: FileForm) -> Profile:
    """The profile of a file read in a certain way, kept beside it."""
    kept = path.parent / FILE
    read_as = [VERSION, form.size, form.encoding, form.delimiter, form.has_header, form.sheet]
    try:
        facts = json.loads(kept.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        facts = {}
    if facts.get("read_as") == read_as:
        return _from(facts["profile"])
    profile = _made(path, form)
    body = {"read_as": read_as, "profile": asdict(profile)}
    kept.write_text(json.dumps(body, ensure_ascii=True), encoding="utf-8")
    return profile


def _from(facts: dict[str, object]) -> Profile:
    columns = [
        Column(**{**each, **{n: tuple(each[n]) for n in ("values", "dates", "numbers")}})
        for each in facts["columns"]  # type: ignore[attr-defined]
    ]
    return Profile(**{**facts, "columns": tuple(columns)})  # type: ignore[arg-type]


def _made(path: Path, form: FileForm) -> Profile:
    chunks = list(islice(rows(path, form), 2))
    if not chunks:
        return Profile(0, True, 0, tuple(_column([]) for _ in form.headers))
    first = chunks[0]
    most = max(FEWEST_ROWS, MOST_CELLS // max(1, form.width))
    is_whole = len(chunks) == 1 and len(first) <= most
    cells = [column[:most] for column in first.columns]
    number = min(len(first), most)
    guessed = len(first)
    if len(chunks) > 1:
        size = sum(len(cell) + 1 for column in first.columns for cell in column)
        guessed = _rounded(form.size / max(1, size) * len(first))
    return Profile(number, is_whole, guessed, tuple(map(_column, cells)))


def _rounded(number: float) -> int:
    """With two digits that are not 0: more is not known."""
    return int(round(number, 1 - int(math.log10(max(number, 1)))))


def _column(cells: Sequence[str]) -> Column:
    counts: dict[str, int] = {}
    for cell in cells:
        if cell:
            counts[cell] = counts.get(cell, 0) + 1
    texts = {text: number for cell, number in counts.items() if (text := clean(cell))}
    filled = sum(number for cell, number in counts.items() if clean(cell))
    dates, numbers = DateForm(), NumberForm()
    distinct = list(texts)
    dates.feed(distinct)
    numbers.feed(distinct)
    first = tuple(_short(text) for text in islice(_once(distinct), FIRST))
    told = dates.result(), numbers.result()
    return Column(first, filled, len(texts), _kind(distinct, filled, *told), *told)


def _once(texts: Iterable[str]) -> Iterable[str]:
    seen: set[str] = set()
    for text in texts:
        if (form := normal(text)) not in seen:
            seen.add(form)
            yield text


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[: SHOWN_CHARACTERS - 1]}…"


def _kind(texts: Sequence[str], filled: int, dates: Form, numbers: Form) -> str:
    """The kind that fits every value; of several the narrowest."""
    judged = texts[:JUDGED]
    if not judged:
        return "text"
    if {normal(text) for text in judged} <= _BOOLEANS:
        return "boolean"
    if all(text.startswith("+") and _PHONE.fullmatch(text) for text in judged):
        return "phone"
    if all(map(_NUMBER.fullmatch, judged)) and not any(map(_LEADING_ZERO.fullmatch, judged)):
        reading = Reading(decimal_sign=numbers.found or ".", by_cell=False)
        fits = [kind for kind in ("integer", "decimal") if _fits(kind, judged, reading)]
        if fits:
            return fits[0]
    if all(map(_DATE.fullmatch, judged)):
        reading = Reading(date_order=dates.found or "dmy")
        kinds = ("datetime",) if all(map(_TIME.search, judged)) else ("date", "datetime")
        fits = [kind for kind in kinds if _fits(kind, judged, reading)]
        if fits:
            return fits[0]
    return _text_kind(judged) or _plain_kind(texts, filled)


def _text_kind(judged: Sequence[str]) -> str:
    """A kind of text that every value has the shape of; empty if there is none."""
    if all("@" in text for text in judged) and _fits("email", judged, Reading()):
        return "email"
    if all(text.startswith(("http://", "https://", "www.")) for text in judged):
        return "url"
    return "phone" if all(map(_PHONE.fullmatch, judged)) else ""


def _plain_kind(texts: Sequence[str], filled: int) -> str:
    judged = texts[:JUDGED]
    if any(len(text) > LONG_CHARACTERS or "\n" in text for text in judged):
        return "long_text"
    is_choice = len(texts) <= FEW_OPTIONS and filled >= ROWS_AN_OPTION * len(texts)
    return "option" if is_choice else "text"


def _fits(kind: str, texts: Sequence[str], reading: Reading) -> bool:
    return not KINDS[kind].parse_all(list(texts), reading)[1]
