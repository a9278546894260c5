"""Full text, by each database's own facility: the words of a text, and whether they begin so.

A text is folded and cut into words alike everywhere. The first word stands twice, once with a caret
before it, so that a search can ask what a text begins with. On PostgreSQL an index keeps
`tresse_search(…)`, a `tsvector`; on SQLite an FTS5 table keeps the same words
(`objects.words` makes both).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator

from tresse.kernel.text import folded

# Longer words are cut; an index refuses very long ones, and nobody types them.
LONGEST_WORD = 60
FIRST = "^"
# Calling codes of one digit and of two; all others have three. Source: ITU-T E.164, annex.
ONE_DIGIT = "[17]"
TWO_DIGITS = "2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]"
_CALLING_CODE = re.compile(f"{ONE_DIGIT}|{TWO_DIGITS}|[0-9]{{3}}")
# Words are made of letters, their marks and numbers, by the categories of Unicode.
WITHIN = "LMN"
_ASCII = {n: chr(n).lower() if chr(n).isalnum() else " " for n in range(128)}
# What most texts of European languages need to become ASCII: marks gone, strokes too. A text that
# is not ASCII then takes the long way. U+0345 is no mark to `str.casefold`, but a letter.
MARKS = "".join(
    c for c in map(chr, range(0x300, 0x370)) if unicodedata.combining(c) and c != "\u0345"
)
STROKES, BARE = "łŁøØđĐ", "lLoOdD"
_BARE = str.maketrans(STROKES, BARE, MARKS)
_NO_DIGIT = re.compile("[^0-9]+")


def words(text: str) -> list[str]:
    """The words of a text as they are compared: folded, without what stands between them."""
    if not text.isascii():
        bare = unicodedata.normalize("NFKD", text).translate(_BARE)
        text = bare if bare.isascii() else folded(text)
    if text.isascii():
        found = text.translate(_ASCII).split()
    else:
        text = "".join(c if unicodedata.category(c)[0] in WITHIN else " " for c in text)
        found = text.split()
    return found if len(text) <= LONGEST_WORD else [word[:LONGEST_WORD] for word in found]


def searched(text: str | None) -> str:
    """What an FTS5 table keeps of a text: its words, the first one with a caret before them."""
    found = words(text or "")
    return f"{FIRST}{found[0]} {' '.join(found)}" if found else ""


def digits(text: str | None) -> str:
    """The digits of a phone, whole and without its calling code or the zeros before it."""
    if not text:
        return " "
    found = _NO_DIGIT.sub("", text)
    if not text.startswith("+"):
        return f"{found} {found.lstrip('0')}"
    return f"{found} {_CALLING_CODE.sub('', found, count=1)}"


class Query(TypeDecorator[Any]):
    """Alternatives, each a tuple of words that must all begin a word of the text."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str:
        """As FTS5 or a `tsquery` writes it; words hold no quotes and no backslashes."""
        mark, both = ('"', " AND ") if dialect.name == "sqlite" else ("'", " & ")
        either = " OR " if dialect.name == "sqlite" else " | "
        star = "*" if dialect.name == "sqlite" else ":*"
        return either.join(
            f"({both.join(f'{mark}{word}{mark}{star}' for word in alternative)})"
            for alternative in value
        )


def query_of(text: str, *, first: bool = False) -> tuple[tuple[str, ...], ...]:
    """What typed words ask for; empty if there are none.

    Digits in groups (`06 01 23`) are one number as well, with or without the zeros before it.

    Args:
        text: As typed.
        first: Only texts that begin with the first of the words.
    """
    typed = words(text)[:10]
    if not typed:
        return ()
    asked = [(f"{FIRST}{typed[0]}", *typed[1:]) if first else tuple(typed)]
    number = "".join(typed).lstrip("0")
    if not first and len(number) > 1 and number.isdigit():
        asked.append((number[:LONGEST_WORD],))
    return tuple(asked)


class FullText(sa.ColumnElement[bool]):
    """Whether the words of a row begin as asked.

    Args:
        id: The row's id, by which the index table of SQLite names it.
        text: The expression that the index of PostgreSQL keeps.
        index: Name of the index table on SQLite.
        query: What `query_of` gave, not empty.
    """

    inherit_cache = True
    _traverse_internals = [
        ("id", InternalTraversal.dp_clauseelement),
        ("text", InternalTraversal.dp_clauseelement),
        ("query", InternalTraversal.dp_clauseelement),
        ("index", InternalTraversal.dp_string),
    ]

    def __init__(
        self,
        id: sa.ColumnElement[int],
        text: sa.ColumnElement[Any],
        *,
        index: str,
        query: Sequence[Sequence[str]],
    ) -> None:
        self.id = id
        self.text = text
        self.index = index
        self.query = sa.bindparam(None, tuple(map(tuple, query)), type_=Query())
        self.type = sa.Boolean()

    def self_group(self, against: Any = None) -> "FullText":  # noqa: ARG002
        """It stands in an AND or OR as it is: compared with true, no index would serve it."""
        return self


@compiles(FullText)
def _full_text(element: FullText, compiler: SQLCompiler, **kw: Any) -> str:
    text, query = compiler.process(element.text, **kw), compiler.process(element.query, **kw)
    return f"tresse_search({text}) @@ CAST({query} AS tsquery)"


@compiles(FullText, "sqlite")
def _full_text_on_sqlite(element: FullText, compiler: SQLCompiler, **kw: Any) -> str:
    id, query = compiler.process(element.id, **kw), compiler.process(element.query, **kw)
    return f'{id} IN (SELECT rowid FROM "{element.index}" WHERE "{element.index}" MATCH {query})'  # noqa: S608  names of ours


class InIndex(sa.ColumnElement[bool]):
    """Whether a row of an index table of SQLite has such words; `index`: its name."""

    inherit_cache = True
    _traverse_internals = [
        ("query", InternalTraversal.dp_clauseelement),
        ("index", InternalTraversal.dp_string),
    ]

    def __init__(self, index: str, query: Sequence[Sequence[str]]) -> None:
        self.index = index
        self.query = sa.bindparam(None, tuple(map(tuple, query)), type_=Query())
        self.type = sa.Boolean()

    def self_group(self, against: Any = None) -> "InIndex":  # noqa: ARG002
        """As it is."""
        return self


@compiles(InIndex, "sqlite")
def _in_index(element: InIndex, compiler: SQLCompiler, **kw: Any) -> str:
    return f'"{element.index}" MATCH {compiler.process(element.query, **kw)}'


def texts_of(columns: Iterator[tuple[sa.ColumnElement[Any], bool]]) -> sa.ColumnElement[str]:
    """One text of several columns; of phones (True) their digits.

    Written with literals, not parameters: an index serves only the very expression it keeps.
    """
    parts: list[sa.ColumnElement[Any]] = []
    for column, is_phone in columns:
        is_text = isinstance(column.type, sa.Text | TypeDecorator)
        text = sa.func.coalesce(
            column if is_text else sa.cast(column, sa.Text()), sa.literal_column("''", sa.Text())
        )
        parts.append(Digits(text) if is_phone else text)
    whole = parts[0]
    for part in parts[1:]:
        whole = whole.concat(sa.literal_column("' '", sa.Text())).concat(part)
    return whole


class Digits(sa.sql.functions.GenericFunction[str]):
    """`digits` of a text."""

    type = sa.Text()
    inherit_cache = True
    name = "tresse_digits"


class Searched(sa.sql.functions.GenericFunction[str]):
    """What an index keeps of a text: `searched`, on PostgreSQL as a `tsvector`."""

    type = sa.Text()
    inherit_cache = True
    name = "tresse_search"
