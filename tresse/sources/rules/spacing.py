"""Rules of white space: `trim`, `collapse_spaces`, `empty_to_null`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from tresse.kernel.marks import N_
from tresse.sources.rules.base import TextRule, setting

LAST_SPACE = 0x3000
"The highest white space of Unicode; looking through all characters takes a tenth of a second."
ZERO_WIDTH = "\u180e\u200b\u200c\u200d\u2060\ufeff"
WHITE = "".join(c for c in map(chr, range(LAST_SPACE + 1)) if c.isspace()) + ZERO_WIDTH
"All white space of Unicode, and what takes no room at all."
RUN = re.compile(r"\s+")
NOTHING = ("null", "nil", "none", "nan", "n/a", "na", "-", "--", "undefined", "unknown")


def trimmed(text: str) -> str:
    """Without white space and zero-width characters at both ends."""
    return text.strip(WHITE)


def collapsed(text: str) -> str:
    """Each run of white space as one space."""
    return RUN.sub(" ", text)


@lru_cache(maxsize=200)
def _folded(words: tuple[str, ...]) -> frozenset[str]:
    return frozenset(trimmed(word).casefold() for word in words)


def without_words(text: str, words: tuple[str, ...]) -> str | None:
    """The text; None where it is blank or one of the words, in any case."""
    bare = trimmed(text)
    return None if not bare or bare.casefold() in _folded(words) else text


class Trim(TextRule):
    """Off both ends."""

    name = "trim"
    label = N_("Trim")
    does = N_("Takes white space and zero-width characters off both ends.")
    python = staticmethod(trimmed)
    unchanged = "^[!-~]([ -~]*[!-~])?$"
    examples = (({}, " Ada\u200b", "Ada"), ({}, "\u00a0Ada Lovelace\n", "Ada Lovelace"))


class CollapseSpaces(TextRule):
    """Inside."""

    name = "collapse_spaces"
    label = N_("Collapse spaces")
    does = N_("Makes each run of white space one space.")
    python = staticmethod(collapsed)
    unchanged = "^[!-~]+( [!-~]+)*$"
    examples = (({}, "Ada  Love\u00a0lace", "Ada Love lace"), ({}, "a\t\nb", "a b"))


@dataclass(frozen=True, slots=True)
class Words:
    """Settings of `empty_to_null`."""

    words: tuple[str, ...] = setting(
        NOTHING, label=N_("Words that mean nothing"), kind="texts", help=N_("In any case.")
    )


class EmptyToNull(TextRule):
    """Words that mean nothing."""

    name = "empty_to_null"
    label = N_("Words for nothing")
    does = N_("Makes blank cells, and cells that hold nothing but such a word, empty.")
    Settings = Words
    python = staticmethod(without_words)
    examples = (({}, "N/A", None), ({}, "Nadia", "Nadia"), ({"words": ["\\N"]}, "\\N", None))
