"""Methods that pick a record by its value."""

import sqlalchemy as sa

from tresse.datasets.merging.methods.base import (
    ORDERED,
    Asked,
    Level,
    Pick,
    Row,
    Value,
    ordered,
    weighed,
)
from tresse.engine import columns
from tresse.kernel.marks import N_

_MOST = 2**31
"More than the records of a cluster, and than the characters of a text."


class MostFrequent(Pick):
    """By the number of records with the value."""

    name = "most_frequent"
    label = N_("Most frequent value")
    does = N_("The value on most records; of several such values the latest.")
    for_groups = True

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The values."""
        return {each.name: row[each.name] for each in asked.columns}

    def levels(self, asked: Asked) -> list[Level]:
        """The value on most records first."""

        def place(row: Row) -> dict[str, Value]:
            alike = [row[each.name] for each in asked.columns]
            number = sa.func.count().over(partition_by=[row["head"], *alike])
            return {"place": weighed(_MOST - number, row)}

        return [place]


class Longest(Pick):
    """By characters, most first."""

    name = "longest"
    label = N_("Longest text")
    does = N_("The text with most characters; of several such texts the latest.")
    takes = frozenset({"text"})

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The number of characters."""
        return {"size": _size(asked, row)}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The longest text first."""
        return [lambda row: {"place": weighed(_MOST - row["size"], row)}]


class Shortest(Pick):
    """By characters, fewest first."""

    name = "shortest"
    label = N_("Shortest text")
    does = N_("The text with fewest characters; of several such texts the latest.")
    takes = frozenset({"text"})

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The number of characters."""
        return {"size": _size(asked, row)}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The shortest text first."""
        return [lambda row: {"place": weighed(row["size"], row)}]


class Least(Pick):
    """By the value."""

    name = "min"
    label = N_("Least value")
    does = N_("The least value; of texts the first by code point.")
    takes = ORDERED

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The value."""
        return {"value": row[asked.first.name]}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The least value first."""
        return [lambda row: {"place": ordered(row, row["value"].asc().nulls_last())}]


class Greatest(Pick):
    """By the value, from above."""

    name = "max"
    label = N_("Greatest value")
    does = N_("The greatest value; of texts the last by code point.")
    takes = ORDERED

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The value."""
        return {"value": row[asked.first.name]}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The greatest value first."""
        return [lambda row: {"place": ordered(row, row["value"].desc().nulls_last())}]


def _size(asked: Asked, row: Row) -> Value:
    """Never NULL."""
    size = sa.func.coalesce(columns.length(row[asked.first.name]), 0)
    return sa.type_coerce(size, sa.BigInteger())
