"""What is proposed for each column of a source: where it could go in a dataset (D15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.mapping.feeds import Fed, rows_of
from tresse.datasets.mapping.planning import Mapped, fields_of
from tresse.engine.base import Engine
from tresse.engine.columns import substring
from tresse.sources.canonical import canonical_value
from tresse.sources.extraction.layout import KEY
from tresse.sources.semantics import field_named

LOOKED_AT, EXAMPLES, LONGEST = 200, 3, 80


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column of a feed. Names are empty where there is nothing to say."""

    feed: str
    column: str
    type: str
    field: str
    "What it holds as its source says, else as its name says; empty: nobody knows."
    goes_to: str
    "The column of the dataset that it feeds."
    could_go_to: str
    "Of one that feeds nothing: the column of the dataset that it could feed, maybe a new one."
    filled: float | None
    "Share of its rows that hold something, 0 to 1; None: it was not read yet, or has no rows."
    examples: tuple[str, ...]


def suggested(engine: Engine, mapped: Mapped, feeds: Sequence[Fed]) -> list[Suggestion]:
    """Every column of every feed, in their order; two statements per feed.

    Args:
        engine: That reads the versions.
        mapped: Of these feeds.
        feeds: As `feeds_of` gives them.
    """
    found: list[Suggestion] = []
    for fed in feeds:
        shares, examples = _looked_at(engine, fed)
        onto = {source: own for own, source in mapped.columns[fed.name].items()}
        free = _free(mapped, fed)
        for name, type_ in fed.types.items():
            field = fed.semantics.get(name) or field_named(name, mapped.plan.definition.entity)
            found.append(
                Suggestion(
                    feed=fed.name,
                    column=name,
                    type=type_,
                    field=field,
                    goes_to=onto.get(name, ""),
                    could_go_to="" if name in onto else _could(name, field, free, mapped),
                    filled=shares.get(name),
                    examples=examples.get(name, ()),
                )
            )
    return found


def _free(mapped: Mapped, fed: Fed) -> Mapping[str, str]:
    """Columns of the dataset that this feed does not feed, by their field, and by their name."""
    taken = mapped.columns[fed.name]
    free = [each.column for each in mapped.plan.columns if each.column.name not in taken]
    by_name = {column.name.casefold(): column.name for column in free}
    return by_name | {f"={c.semantic}": c.name for c in free if c.semantic}


def _could(name: str, field: str, free: Mapping[str, str], mapped: Mapped) -> str:
    """The free column of the same field or name; else a new one, if nothing is called so."""
    if there := free.get(f"={field}") or free.get(name.casefold()):
        return there
    plan = mapped.plan
    if field and field in fields_of(plan.definition.entity) and plan.with_field(field) is None:
        return field
    known = {each.column.name.casefold() for each in plan.columns}
    return "" if name.casefold() in known or name.startswith("_") else name


def _looked_at(
    engine: Engine, fed: Fed
) -> tuple[dict[str, float | None], dict[str, tuple[str, ...]]]:
    if not fed.is_read or not fed.types:
        return {}, {}
    rows = rows_of(engine, fed)
    names = list(fed.types)
    counted: list[sa.ColumnElement[Any]] = [sa.func.count()]
    counted += [sa.func.count(rows.c[name]) for name in names]
    number, *filled = engine.rows(sa.select(*counted).select_from(rows))[0]
    texts = [
        substring(canonical_value(rows.c[name], fed.types[name]), 1, LONGEST).label(f"t{at}")
        for at, name in enumerate(names)
    ]
    some = engine.rows(sa.select(*texts).order_by(rows.c[KEY]).limit(LOOKED_AT))
    shares = {
        name: each / number if number else None for name, each in zip(names, filled, strict=True)
    }
    examples = {
        name: tuple(dict.fromkeys(row[at] for row in some if row[at]))[:EXAMPLES]
        for at, name in enumerate(names)
    }
    return shares, examples
