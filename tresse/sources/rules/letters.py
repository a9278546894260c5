"""Rules of letters: case, accents, and what is kept of a text."""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa

from tresse.engine import columns
from tresse.kernel.marks import N_
from tresse.sources.columns import Defaults
from tresse.sources.rules.base import TextRule, Value

ACCENT = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"Marks upon letters of Latin, Greek and Cyrillic; vowel signs of other scripts are no accents."
STROKES = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "\u0131": "i", "ß": "ss", "æ": "ae", "œ": "oe",
        "Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "ẞ": "SS", "Æ": "AE", "Œ": "OE",
    }
)  # fmt: skip
"Letters that no normal form takes apart."
WORD_START = re.compile(r"(^|[\s\-'\u2019])(\S)")


def lowered(text: str) -> str:
    """In small letters; İ becomes i."""
    return unicodedata.normalize("NFC", text.replace("İ", "i").lower())


def uppered(text: str) -> str:
    """In capitals; ß becomes SS."""
    return unicodedata.normalize("NFC", text.upper())


def _capital(letter: str) -> str:
    """A first letter; as it is where a second look would change it again."""
    title = letter.title()
    return title if title[0].title() + title[1:].lower() == title else letter


def titled(text: str) -> str:
    """First letters of words as capitals; words begin after white space, hyphens, apostrophes."""
    words = WORD_START.sub(lambda found: found[1] + _capital(found[2]), lowered(text))
    return unicodedata.normalize("NFC", words)


def capitalised(text: str) -> str:
    """The first letter as a capital, all others small."""
    low = lowered(text)
    return unicodedata.normalize("NFC", _capital(low[:1]) + low[1:]) if low else low


def bare(text: str) -> str:
    """Letters without their accents."""
    if text.isascii():
        return text
    letters = ACCENT.sub("", unicodedata.normalize("NFD", text.translate(STROKES)))
    return unicodedata.normalize("NFC", letters.translate(STROKES))


def folded(text: str) -> str:
    """Small letters without accents, and digits; nothing else."""
    small = bare(bare(text).lower())
    return "".join(c for c in small if c.isalnum() or unicodedata.category(c)[0] == "M")


def digits(text: str) -> str:
    """The digits of a text, those of other scripts as 0 to 9."""
    return "".join(str(unicodedata.decimal(c)) for c in text if c.isdecimal())


def letters(text: str) -> str:
    """The letters of a text, with the marks upon them."""
    return "".join(c for c in text if unicodedata.category(c)[0] in "LM")


class Lower(TextRule):
    """Small letters."""

    name = "lower"
    label = N_("Small letters")
    does = N_("Makes all letters small.")
    python = staticmethod(lowered)
    unchanged = "^[ -@[-~]*$"
    examples = (({}, "ÉTÉ", "été"), ({}, "İstanbul", "istanbul"))


class Upper(TextRule):
    """Capitals."""

    name = "upper"
    label = N_("Capitals")
    does = N_("Makes all letters capitals.")
    python = staticmethod(uppered)
    unchanged = "^[ -`{-~]*$"
    examples = (({}, "straße", "STRASSE"), ({}, "été", "ÉTÉ"))


class Title(TextRule):
    """Words."""

    name = "title"
    label = N_("Words with capitals")
    does = N_("Makes the first letter of each word a capital and the others small.")
    python = staticmethod(titled)
    examples = (({}, "jean-PIERRE o'neil", "Jean-Pierre O'Neil"), ({}, "élodie", "Élodie"))


class Capitalise(TextRule):
    """The text."""

    name = "capitalise"
    label = N_("First letter a capital")
    does = N_("Makes the first letter of the text a capital and the others small.")
    python = staticmethod(capitalised)
    examples = (({}, "BLUE shirt", "Blue shirt"), ({}, "été", "Été"))


class StripAccents(TextRule):
    """Base letters."""

    name = "strip_accents"
    label = N_("Without accents")
    does = N_("Leaves the base letters: ł becomes l, ø o, đ d, ß ss, æ ae, œ oe.")
    python = staticmethod(bare)
    unchanged = "^[ -~]*$"
    examples = (({}, "Éléonore Łódź", "Eleonore Lodz"), ({}, "Straße", "Strasse"))


class Fold(TextRule):
    """For comparing."""

    name = "fold"
    label = N_("Folded for comparing")
    does = N_("Leaves small letters without accents, and digits.")
    python = staticmethod(folded)
    unchanged = "^[0-9a-z]*$"
    examples = (({}, "O'Neil-Łódź", "oneillodz"), ({}, "Café 2", "cafe2"))

    def apply(self, column: Value, type_: str, settings: Any, defaults: Defaults) -> Value:
        """Plain texts, which most are, by the engine; the others in Python."""
        small = columns.replaced(columns.lowered(column), "[^0-9a-z]+", "")
        plain = columns.matches(column, "^[ -~]*$")
        others = super().apply(column, type_, settings, defaults)
        return sa.type_coerce(sa.case((plain, sa.func.nullif(small, "")), else_=others), sa.Text())


class KeepDigits(TextRule):
    """Digits."""

    name = "keep_digits"
    label = N_("Digits only")
    does = N_("Drops everything but digits.")
    python = staticmethod(digits)
    unchanged = "^[0-9]*$"
    examples = (({}, "+33 6.12", "33612"), ({}, "none", None))


class KeepLetters(TextRule):
    """Letters."""

    name = "keep_letters"
    label = N_("Letters only")
    does = N_("Drops everything but letters.")
    python = staticmethod(letters)
    unchanged = "^[A-Za-z]*$"
    examples = (({}, "A-1 é", "Aé"), ({}, "12", None))
