"""Keys in association cells: split (T48) and told apart (T45), a whole column at once."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from django.utils.translation import gettext

from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.text import clean, normal
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.labels import shown_label

ID, EXTERNAL_ID, TITLE = "id", "external_id", "title"
EXTERNAL = "ext:"
LONGEST_ID = 18
"Digits; longer numbers are no id of any database."

LONGEST_LOCAL = 64
"Characters before the `@` of an e-mail; no plain key is longer."

_PARTS = re.compile(r"[;|\r\n]")
_EMAIL = re.compile(r"[a-z0-9_+\-]+(?:\.[a-z0-9_+\-]+)*@(?:[a-z0-9]+\.)+[a-z]{2,63}")
_EMAILS = re.compile(rf"(?:{_EMAIL.pattern}\n)*")
_DOMAIN = re.compile(r"[^\s@]+\.[^\s@]+")
_NOTHING_SPECIAL = Reading()


class Key(NamedTuple):
    """One key: how it finds, by which id or compared text.

    `how`: `id`, or names of properties joined by commas, tried in that order (`domain,name`).
    """

    how: str
    id: int | None
    text: str | None


class Fault(NamedTuple):
    """A text that is no key (`invalid_association_key`): position of the row, and the text."""

    row: int
    text: str


@dataclass(slots=True)
class Keys:
    """Keys of a column, as parallel lists; `rows`: position of the cell, `numbers`: in the cell."""

    rows: list[int] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    hows: list[str] = field(default_factory=list)
    ids: list[int | None] = field(default_factory=list)
    texts: list[str | None] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def split(cell: str, many: bool = True) -> list[str]:
    """Keys of a cell: parted by `;`, `|` or a line break, trimmed, without empties, each once.

    A comma never parts. With `many` off the cell is one key.
    """
    if not many:
        text = clean(cell)
        return [text] if text else []
    found: dict[str, str] = {}
    for part in _PARTS.split(cell):
        text = clean(part)
        if text:
            found.setdefault(normal(text), text)
    return list(found.values())


def read_keys(
    cells: Sequence[str],
    *,
    other: ObjectDef,
    key: str | None = None,
    many: bool = True,
    reading: Reading = _NOTHING_SPECIAL,
) -> Keys:
    """Read a column of association cells.

    Args:
        cells: As in the file.
        other: The object linked.
        key: None reads each text by itself (T45); else "id", "title" or the name of a property.
        many: Whether a cell may hold several keys.
        reading: Of the chosen key property (`objects.readings.reading_for`).

    Returns:
        One entry per key, in order of the cells; texts that are no key are in `faults`.

    Raises:
        TresseError: `wrong_value`, `unknown_property`: no such key.
    """
    read = _reader(other, key, reading)
    joined = "".join(cells)
    alike = _all_alike(cells, joined, other, key)
    if alike:
        return alike
    found = Keys()
    if many and _PARTS.search(joined):
        for row, cell in enumerate(cells):
            for number, text in enumerate(split(cell) if cell else ()):
                _add(found, row, number, text, key=read(text))
        return found
    for row, cell in enumerate(cells):
        if cell and (text := clean(cell)):
            _add(found, row, 0, text, key=read(text))
    return found


def classify(text: str, *, other: ObjectDef, key: str | None = None) -> Key | None:
    """What one key is read as, or None if it is none."""
    return _reader(other, key, _NOTHING_SPECIAL)(clean(text))


def expected(other: ObjectDef, key: str | None = None) -> str:
    """What a key of the column would be, for the sentence of `invalid_association_key`."""
    if key and key not in {ID, TITLE}:
        return shown_label(other.property(key))
    if key == TITLE:
        return gettext("title")
    return gettext("id, e-mail or phone") if other.name == "contact" else gettext("id")


def _all_alike(cells: Sequence[str], joined: str, other: ObjectDef, key: str | None) -> Keys | None:
    """Keys of a column of nothing but ids or plain e-mails, one per cell, told by one look."""
    rows = [row for row, cell in enumerate(cells) if cell]
    if not rows or max(map(len, cells)) > LONGEST_LOCAL:
        return None
    filled = cells if len(rows) == len(cells) else [cells[row] for row in rows]
    size = len(rows)
    numbers, nothing = [0] * size, [None] * size
    if key in {None, ID} and joined.isascii() and joined.isdigit():
        fits = max(map(len, filled)) <= LONGEST_ID
        ids: list[int | None] = [*map(int, filled)] if fits else []
        return Keys(rows, numbers, [ID] * size, ids, list(nothing), list(filled)) if fits else None
    is_mail = other.name == "contact" and key in {None, "email"}
    if is_mail and _EMAILS.fullmatch("\n".join(filled) + "\n"):
        return Keys(rows, numbers, ["email"] * size, list(nothing), list(filled), list(filled))
    return None


def _add(found: Keys, row: int, number: int, text: str, *, key: Key | None) -> None:
    if key is None:
        found.faults.append(Fault(row, text))
        return
    found.rows.append(row)
    found.numbers.append(number)
    found.hows.append(key.how)
    found.ids.append(key.id)
    found.texts.append(key.text)
    found.shown.append(text)


Reader = Callable[[str], Key | None]


def _reader(other: ObjectDef, key: str | None, reading: Reading) -> Reader:
    """The function that reads one clean text."""
    if key is None:
        return partial(_by_itself, _OTHERWISE.get(other.name, _nothing))
    if key == ID:
        return _id
    if key == TITLE:
        if not other.title:
            wanted = "id, external_id, email or phone"
            raise WRONG_VALUE(name="key", wanted=wanted, value=TITLE)
        key = other.title
    return partial(_by_property, other.property(key), reading)


def _by_itself(otherwise: Reader, text: str) -> Key | None:
    if text.isascii() and text.isdigit():
        return _id(text)
    if text[: len(EXTERNAL)].lower() == EXTERNAL:
        elsewhere = normal(text[len(EXTERNAL) :])
        return Key(EXTERNAL_ID, None, elsewhere) if elsewhere else None
    return otherwise(text)


def _id(text: str) -> Key | None:
    if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID:
        return Key(ID, int(text), None)
    return None


def _by_property(prop: PropertyDef, reading: Reading, text: str) -> Key | None:
    try:
        value = prop.kind.parse(text, reading)
    except Unreadable:
        return None
    compared = prop.kind.normal(value)
    return None if compared is None else Key(prop.name, None, str(compared))


def _of_contact(text: str) -> Key | None:
    if "@" in text:
        if _EMAIL.fullmatch(text):
            return Key("email", None, text)
        value = _parsed("email", text)
        return None if value is None else Key("email", None, value)
    if text[0] == "+":
        value = _parsed("phone", text)
        return None if value is None else Key("phone,mobile", None, value)
    return None


def _of_company(text: str) -> Key | None:
    if _DOMAIN.fullmatch(text):
        value = _parsed("domain", text)
        if value is not None:
            return Key("domain,name", None, value)
    return Key("name", None, normal(text))


def _of_product(text: str) -> Key:
    return Key("name,sku", None, normal(text))


def _nothing(text: str) -> None:  # noqa: ARG001  a reader like the others
    return None


def _parsed(kind: str, text: str) -> str | None:
    try:
        value = KINDS[kind].parse(text, _NOTHING_SPECIAL)
    except Unreadable:
        return None
    compared: str | None = KINDS[kind].normal(value)
    return compared


_OTHERWISE: dict[str, Reader] = {
    "contact": _of_contact,
    "company": _of_company,
    "product": _of_product,
}
"How a text that is neither an id nor `ext:` is read; of other objects it is no key."
