"""Tables of other rooms that `tresse rows` prints beside records."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a table: equal values, one column to sort by, how many rows (None: all)."""

    equal: Mapping[str, Any]
    sort: str = ""
    "A column; with `-` before it descending. Empty: latest first."
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is asked of rows elsewhere: the filter language, columns to sort by and to show."""

    filter: Any = None
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    limit: int | None = 50


@dataclass(frozen=True, slots=True)
class RowTable:
    """One table. `read(actor, wanted)` gives its rows with all `columns`, or refuses."""

    name: str
    columns: tuple[str, ...]
    read: Callable[[Actor, Wanted], Iterator[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class RowSource:
    """Many sets of rows of a higher room, each under a name of its own, such as datasets.

    `name prefix has`: as `elsewhere.Elsewhere`. `read(actor, name, wanted)` gives them, or refuses
    the name.
    """

    name: str
    prefix: str
    has: Callable[[str], bool]
    read: Callable[[Actor, str, Chosen], Iterator[dict[str, Any]]]


ROW_SOURCES: Registry[RowSource] = Registry(N_("source of rows"))
"Filled by `config.members.hand_over`."

CHUNK = 2_000
"Rows that are read at once."
ROW_TABLES: Registry[RowTable] = Registry(N_("table"))
"Filled by `config.members.hand_over`."


def rows_of(
    table: RowTable,
    actor: Actor,
    *,
    filter: Any,  # as the command calls it
    sort: Sequence[str],
    columns: Sequence[str] | None,
    limit: int | None,
) -> Iterator[dict[str, Any]]:
    """Rows of a table, with the columns asked for.

    Args:
        table: The table.
        actor: Who reads.
        filter: Columns with the value that rows have there, as `{"state": "failed"}`; None: all.
        sort: At most one column, with `-` before it descending.
        columns: Which, in order; None: all.
        limit: How many at most; None: all.

    Raises:
        TresseError: `unknown_name` (a column), `wrong_value` (filter or sort), `not_permitted`.
    """
    equal = {} if filter is None else filter
    if not isinstance(equal, Mapping):
        wanted = gettext('columns with values, as {"state": "failed"}')
        raise WRONG_VALUE(name="--filter", wanted=wanted, value=str(filter)[:80])
    if len(sort) > 1:
        raise WRONG_VALUE(name="--sort", wanted=gettext("one column"), value=",".join(sort))
    by = sort[0] if sort else ""
    for name in (*equal, *(columns or ()), *([by.removeprefix("-")] if by else ())):
        _check(table, name)
    for row in table.read(actor, Wanted(equal, by, limit)):
        yield {name: row[name] for name in columns or table.columns}


def rows_among(
    found: QuerySet[Any],
    columns: Mapping[str, str],
    wanted: Wanted,
    told: Callable[[Any], dict[str, Any]],
    order: Sequence[OrderBy] = (F("pk").desc(),),
) -> Iterator[dict[str, Any]]:
    """What a `RowTable` gives of rows that Django keeps.

    Args:
        found: All that the person may see.
        columns: By name the field it is found by; empty: the column is only shown.
        wanted: What is asked for.
        told: A row as its columns.
        order: What decides after the column asked for.

    Raises:
        TresseError: `wrong_value`: a value that does not fit, a column that is only shown.
    """
    for name, value in wanted.equal.items():
        field = _field(columns, name)
        given = list(value) if isinstance(value, list | tuple) else [value]
        try:
            found = found.filter(**{f"{field}__in": given})
        except (TypeError, ValueError):
            fits = gettext("a value of its sort")
            raise WRONG_VALUE(name=name, wanted=fits, value=str(value)[:80]) from None
    if wanted.sort:
        by = F(_field(columns, wanted.sort.removeprefix("-")))
        is_falling = wanted.sort.startswith("-")
        order = (by.desc() if is_falling else by.asc(), *order)
    found = found.order_by(*order)
    chosen = found[: wanted.limit] if wanted.limit else found
    return (told(row) for row in chosen.iterator(CHUNK))


def _field(columns: Mapping[str, str], name: str) -> str:
    if not columns[name]:
        wanted = gettext("one of {known}").format(
            known=", ".join(each for each, field in columns.items() if field)
        )
        raise WRONG_VALUE(name=gettext("A filter or order"), wanted=wanted, value=name)
    return columns[name]


def _check(table: RowTable, name: str) -> None:
    if name not in table.columns:
        sort = gettext("column of {table}").format(table=table.name)
        near = nearest(name, table.columns)
        raise UNKNOWN_NAME(sort=sort, name=name, nearest=near, known=list(table.columns))
