"""What a destination should hold: the published version, filtered and mapped (Y20)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.tables import Tables, names_of
from tresse.datasets.golden_filter import SYSTEM_TYPES, ids_where
from tresse.engine.base import Engine
from tresse.sources.canonical import KEY_JOINT, Field, canonical_hash, canonical_value
from tresse.syncs.definition import ID, Mapped, SyncDefinition, link_field

Texts = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """The fields of a row, in the order of its values: key, mapped columns, links."""

    mapped: tuple[Mapped, ...]
    links: tuple[str, ...] = ()
    "As `link_field` names them; their values are ids at the destination."

    @property
    def fields(self) -> tuple[str, ...]:
        """All of them."""
        return (*(each.field for each in self.mapped), *self.links)

    @property
    def skipped(self) -> frozenset[str]:
        """Fields whose nulls are not sent (Y44)."""
        return frozenset(each.field for each in self.mapped if each.nulls == "skip")

    @property
    def erased(self) -> frozenset[str]:
        """Fields that a null empties; links are taken away by it."""
        return frozenset(self.fields) - self.skipped


def shape_of(definition: SyncDefinition) -> Shape:
    """The fields that rows of a sync have; those of the key are sent too."""
    named = {each.field for each in definition.columns}
    keys = tuple(each for each in definition.key if each.field not in named)
    links = tuple(link_field(each.type) for each in definition.links)
    return Shape((*keys, *definition.columns), links)


class Wanted:
    """Rows of one version as a sync asks for them; a step of the engine each.

    `rows`: `id key asked` of every row of the dataset after filter and mode; `key` may be NULL.
    `asked` is the hash of the whole row (Y21), nulls that would not be sent included.
    """

    def __init__(
        self,
        engine: Engine,
        tables: Tables,
        definition: SyncDefinition,
        *,
        linked: Mapping[str, sa.TableClause],
        moment: datetime | None = None,
    ) -> None:
        """See the class.

        Args:
            engine: Open.
            tables: Of the version.
            definition: Of the sync.
            linked: By link field: rows `id target`, the golden id there and its id at the
                destination.
            moment: That days of the filter are counted from: `as_of` of the version (G13).
        """
        self.moment = moment
        self.engine, self.tables, self.definition = engine, tables, definition
        self.shape = shape_of(definition)
        self._linked = dict(linked)
        self._physical = names_of(tables.plan, tables.relations)
        self._types = SYSTEM_TYPES | {each.name: each.type for each in tables.plan.shown}
        self._types |= {f"{name}_id": "text" for name in tables.relations}

    def text(self, column: str) -> Texts:
        """A column of the dataset as canonical text; NULL for NULL."""
        value = self.tables.golden.c[self._physical[column]]
        return sa.type_coerce(canonical_value(value, self._types.get(column, "text")), sa.Text())

    @property
    def key(self) -> Texts:
        """What tells rows apart; NULL where a part of it is."""
        if not self.definition.key:
            return self.tables.golden.c.id
        texts = [self.text(each.column) for each in self.definition.key]
        found = texts[0]
        for each in texts[1:]:
            found = found.concat(KEY_JOINT).concat(each)
        return found

    def _source(self) -> tuple[sa.FromClause, list[Texts]]:
        """Golden rows with the targets of their links, and the texts of all fields."""
        golden = self.tables.golden
        source: sa.FromClause = golden
        texts = [self.text(each.column) for each in self.shape.mapped]
        for link in self.definition.links:
            target = self._linked[link_field(link.type)]
            source = source.outerjoin(target, target.c.id == golden.c[f"{link.relation}_id"])
            texts.append(target.c.target)
        return source, texts

    def filtered(self) -> sa.ColumnElement[bool]:
        """Which golden records the sync is about."""
        if self.definition.filter in (None, {}, []):
            return sa.true()
        plan, golden = self.tables.plan, self.tables.golden
        asked = (self.definition.filter, plan, golden, self.tables.relations)
        found = ids_where(*asked, moment=self.moment)
        return golden.c.id.in_(found)

    def keep(self, but: sa.TableClause | None = None) -> sa.TableClause:
        """The step `wanted`; without the ids of `but` (Y10)."""
        golden = self.tables.golden
        source, texts = self._source()
        fields: list[Field] = [
            (name, "text", text) for name, text in zip(self.shape.fields, texts, strict=True)
        ]
        settled = set(self.shape.fields)
        statement = (
            sa.select(
                golden.c.id.label("id"),
                sa.type_coerce(self.key, sa.Text()).label("key"),
                sa.type_coerce(canonical_hash(fields, settled=settled), sa.Text()).label("asked"),
            )
            .select_from(source)
            .where(self.filtered())
        )
        if but is not None:
            known = sa.exists().where(but.c.id == golden.c.id).correlate(golden)
            statement = statement.where(~known)
        return self.engine.keep("wanted", statement)

    def values(self, chosen: sa.TableClause, matches: Sequence[str] = ()) -> sa.Select[Any]:
        """The rows of `chosen` (by `id`) with texts `v0 v1 …` of all fields, `m0 …` of matches."""
        source, texts = self._source()
        golden = self.tables.golden
        cells = [text.label(f"v{at}") for at, text in enumerate(texts)]
        cells += [self.text(name).label(f"m{at}") for at, name in enumerate(matches)]
        own = [column for column in chosen.c if column.name != "id"]
        return sa.select(golden.c.id.label("id"), *own, *cells).select_from(
            source.join(chosen, chosen.c.id == golden.c.id)
        )


def key_names(definition: SyncDefinition) -> str:
    """What the key is called in sentences."""
    return " + ".join(each.column for each in definition.key) or ID
