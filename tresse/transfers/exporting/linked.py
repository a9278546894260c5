"""What stands in association cells: keys of linked records, a range of records at a time (T82)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.objects.database import Raw, Rows
from tresse.objects.described import ObjectDef
from tresse.records.links import pairs_from
from tresse.records.title import title_of
from tresse.records.visibility import visible
from tresse.transfers.exporting.columns import LinkColumn

SEPARATOR = "; "
Linked = Mapping[int, Sequence[str]]
"""Record to the keys of those it is linked to, in the order of their ids."""
_here, _there = itemgetter(0), itemgetter(1)


class Links:
    """Asks for the keys, and on wish the titles, of the records that a column links."""

    def __init__(self, column: LinkColumn, keys: str, actor: Actor, *, titles: bool) -> None:
        self.column = column
        self._keys, self._actor, self._titles = keys, actor, titles

    def ask(self, raw: Raw, low: int, high: int) -> "Answer":
        """Ask for those of the records from one id to another."""
        return Answer(raw.ask(self._statement(low, high)), self._keys, with_titles=self._titles)

    def _statement(self, low: int, high: int) -> sa.Select[Any]:
        pairs, other = pairs_from(self.column.side), self.column.other
        table = other.table
        columns: list[Any] = [pairs.c.here, table.c.id]
        if self._keys != "id":
            columns.append(self._key_column(other))
        if self._titles:
            columns.append(title_of(other, table, self._actor))
        return (
            sa.select(*columns)
            .join_from(pairs, table, table.c.id == pairs.c.other)
            .where(pairs.c.here.between(low, high), visible(other, self._actor, table))
            .order_by(pairs.c.here, table.c.id)
        )

    def _key_column(self, other: ObjectDef) -> Any:
        """What stands for a record; without a right to see it, or without it: NULL, its id."""
        if self._keys == "title":
            return title_of(other, other.table, self._actor)
        name = self._keys
        if other.has(name) and self._actor.access(other.name, name) != "none":
            column = other.property(name).column
            if column:
                return other.table.c[column]
        return sa.null()


@dataclass(frozen=True)
class Answer:
    """What the database said: rows `here`, id, then key and title as far as asked for."""

    rows: Callable[[], Rows]
    keys: str
    with_titles: bool

    def joined(self) -> tuple[dict[int, Any], dict[int, Any]]:
        """Keys and titles in one cell each."""
        keys, titles = self._pairs()
        return _joined(keys), _joined(titles)

    def several(self) -> Linked:
        """Keys one by one."""
        return _several(self._pairs()[0])

    def _pairs(self) -> tuple[list[Any], list[Any]]:
        """Rows `here`, `text`."""
        found = self.rows()
        titles = [(row[0], row[-1]) for row in found] if self.with_titles else []
        if self.keys == "id" or not found:
            return [row[:2] for row in found] if self.with_titles else found, titles
        prefix = "ext:" if self.keys == "external_id" else ""
        return [(row[0], _key(row[1], row[2], prefix)) for row in found], titles


def _key(id: int, text: Any, prefix: str) -> str:
    """A text that stands for one record, else its id: one with `;` or `|` would be read as two.

    A title of digits would be read as an id, one that begins with `ext:` as an external id (T45).
    """
    if not text or any(sign in text for sign in ";|\n"):
        return str(id)
    if not prefix and (text.isdecimal() or text.startswith("ext:")):
        return str(id)
    return f"{prefix}{text}"


def _joined(pairs: list[Any]) -> dict[int, Any]:
    cells = dict(pairs)
    if len(cells) < len(pairs):
        for here, group in groupby(pairs, _here):
            cells[here] = SEPARATOR.join(map(str, map(_there, group)))
    return cells


def _several(pairs: list[Any]) -> dict[int, list[str]]:
    return {here: [str(text) for _, text in group] for here, group in groupby(pairs, _here)}


def parts(text: str, most: int) -> Iterator[str]:
    """A cell too long for its format, in pieces that are not (T86)."""
    kept: list[str] = []
    length = 0
    for key in text.split(SEPARATOR):
        if kept and length + len(key) + len(SEPARATOR) * len(kept) > most:
            yield SEPARATOR.join(kept)
            kept, length = [], 0
        kept.append(key)
        length += len(key)
    yield SEPARATOR.join(kept)
