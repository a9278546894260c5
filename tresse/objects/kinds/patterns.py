r"""Patterns that every database reads alike: a checked subset of RE2, written out plainly.

Taken: letters and signs, `.`, `[…]` with ranges, `\d \w \s` and their opposites (ASCII, as in
RE2), `\b`, `^ $ \A \z`, groups, `|`, `* + ? {n} {n,} {n,m}` up to 255, `\t \n \r \x41`, `(?i)` in
front. Not taken: look-around, back-references, named classes (`\p{…}`, `[[:alpha:]]`), flags.
"""

import unicodedata
from typing import Any, Final

import re2

LONGEST = 500
MOST_REPEATS = 255  # PostgreSQL's limit
CLASSES: Final = {"d": "0-9", "w": "0-9A-Za-z_", "s": r"\t\n\f\r "}
SIGNS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "v": "\v"}


class BadPattern(Exception):  # noqa: N818  reads as a sentence
    """A pattern that cannot be read at a character, counted from 1."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


def portable(pattern: str, *, fold: bool = False) -> str:
    """The same pattern in the words that SQLite (RE2), PostgreSQL and DuckDB share.

    Args:
        pattern: As a person wrote it.
        fold: It is for texts in normal form: letters are folded like these.

    Raises:
        BadPattern: With the character where it cannot be read.
    """
    if len(pattern) > LONGEST:
        raise BadPattern(LONGEST + 1)
    found = _Pattern(pattern, fold=fold).read()
    try:
        compiled(found)
    except re2.error:
        raise BadPattern(len(pattern)) from None
    return found


def compiled(pattern: str) -> Any:
    """A pattern that `portable` gave, ready to search."""
    return re2.compile(pattern, QUIET)


QUIET = re2.Options()
QUIET.log_errors = False


class _Pattern:
    """Reads one pattern from left to right."""

    def __init__(self, pattern: str, *, fold: bool) -> None:
        self.text = pattern
        self.fold = fold
        self.at = 0

    def fail(self, at: int | None = None) -> BadPattern:
        return BadPattern(min(self.at if at is None else at, max(len(self.text) - 1, 0)) + 1)

    def take(self) -> str:
        if self.at >= len(self.text):
            raise self.fail()
        self.at += 1
        return self.text[self.at - 1]

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def read(self) -> str:
        if self.fold and self.text.startswith("(?i)"):
            self.at = 4
        found = self.alternatives()
        if self.at < len(self.text):
            raise self.fail()
        return found

    def alternatives(self) -> str:
        branches = [self.branch()]
        while self.peek() == "|":
            self.at += 1
            branches.append(self.branch())
        return "|".join(branches)

    def branch(self) -> str:
        pieces = []
        while self.peek() and self.peek() not in "|)":
            atom, repeats = self.atom()
            quantifier = self.quantifier()
            if quantifier and not repeats:
                raise self.fail(self.at - 1)
            pieces.append(atom + quantifier)
        return "".join(pieces)

    def atom(self) -> tuple[str, bool]:
        """One atom, and whether it may be repeated."""
        sign = self.take()
        if sign == "(":
            return self.group(), True
        if sign == "[":
            return self.bracket(), True
        if sign == ".":
            return r"[^\n]", True
        if sign in "^$":
            return sign, False
        if sign == "\\":
            return self.escape()
        if sign in "*+?{}])":
            raise self.fail(self.at - 1)
        return self.literal(sign), True

    def literal(self, char: str) -> str:
        """A character that means itself; folding may make it several."""
        folded = self.folded(char)
        if len(folded) > 1:
            return f"(?:{''.join(map(escaped, folded))})"
        return escaped(folded)

    def folded(self, char: str) -> str:
        if not self.fold:
            return char
        return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())

    def group(self) -> str:
        opened = self.at - 1
        if self.peek() == "?":
            self.at += 1
            if self.text.startswith("P<", self.at) and ">" in self.text[self.at :]:
                self.at = self.text.index(">", self.at) + 1
            elif self.take() != ":":
                raise self.fail(self.at - 1)
        inner = self.alternatives()
        if self.peek() != ")":
            raise self.fail(opened)
        self.at += 1
        return f"(?:{inner})"

    def escape(self) -> tuple[str, bool]:
        sign = self.take()
        if sign in CLASSES:
            return f"[{CLASSES[sign]}]", True
        if sign.lower() in CLASSES:
            return f"[^{CLASSES[sign.lower()]}]", True
        if sign == "b":
            return r"\b", False
        if sign in "Az":
            return "^" if sign == "A" else "$", False
        return self.literal(self.escaped_char(sign)), True

    def escaped_char(self, sign: str) -> str:
        """The character an escape stands for, in and outside of brackets."""
        if sign in SIGNS:
            return SIGNS[sign]
        if sign == "x":
            written = self.at - 1
            digits = self.text[self.at : self.at + 2]
            if len(digits) == 2 and all(digit in "0123456789abcdefABCDEF" for digit in digits):
                self.at += 2
                if digits != "00":
                    return chr(int(digits, 16))
            raise self.fail(written)
        if sign.isalnum() or not sign.isascii():
            raise self.fail(self.at - 1)
        return sign

    def quantifier(self) -> str:
        sign = self.peek()
        if not sign or sign not in "*+?{":
            return ""
        start = self.at
        self.at += 1
        written = sign if sign != "{" else self.counts(start)
        if self.peek() == "?":
            self.at += 1  # Lazy or not, the same texts match.
        if self.peek() and self.peek() in "*+?{":
            raise self.fail()
        return written

    def counts(self, start: int) -> str:
        end = self.text.find("}", start)
        low, comma, high = self.text[start + 1 : end].partition(",") if end > 0 else ("", "", "")
        numbers = [low, *([high] if high else [])]
        if not all(n.isascii() and n.isdecimal() and int(n) <= MOST_REPEATS for n in numbers):
            raise self.fail(start)
        if high and int(low) > int(high):
            raise self.fail(start)
        self.at = end + 1
        return f"{{{low}{comma}{high}}}"

    def bracket(self) -> str:
        opened = self.at - 1
        negated = "^" if self.peek() == "^" else ""
        self.at += len(negated)
        parts: list[str] = []
        first = True
        while first or self.peek() != "]":
            if not self.peek():
                raise self.fail(opened)
            parts.append(self.member())
            first = False
        self.at += 1
        return f"[{negated}{''.join(parts)}]"

    def member(self) -> str:
        """A character, a range or a class within brackets."""
        if self.text.startswith("[:", self.at):
            raise self.fail()
        start = self.at
        low = self.one()
        if low in CLASSES.values():
            return low
        if self.peek() == "-" and self.text[self.at + 1 : self.at + 2] not in {"]", ""}:
            self.at += 1
            high = self.one()
            if len(high) > 1 or ord(high) < ord(low):
                raise self.fail(start)
            return self.ranges(low, high)
        return "".join(in_bracket(each) for each in self.folded(low)[:1])

    def ranges(self, low: str, high: str) -> str:
        """A range; where letters are folded, with the folded letters of its capitals."""
        written = [f"{in_bracket(low)}-{in_bracket(high)}"]
        if self.fold:
            chars = map(chr, range(ord(low), min(ord(high), ord(low) + 0x500) + 1))
            folded = {self.folded(char) for char in chars if char.isupper()}
            written += [in_bracket(each) for each in sorted(folded) if len(each) == 1]
        return "".join(written)

    def one(self) -> str:
        sign = self.take()
        if sign != "\\":
            return sign
        sign = self.take()
        if sign in CLASSES:
            return CLASSES[sign]
        if sign.lower() in CLASSES or sign == "b":
            raise self.fail(self.at - 1)
        return self.escaped_char(sign)


def escaped(char: str) -> str:
    """A character that means itself outside of brackets."""
    return char if char.isalnum() or not char.isascii() or char in "\t\n\r\f\v _" else f"\\{char}"


def in_bracket(char: str) -> str:
    """A character that means itself within brackets."""
    return f"\\{char}" if char in "\\]-^[" else char
