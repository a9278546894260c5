"""Methods that pick a record by its time or its source."""

import sqlalchemy as sa

from tresse.datasets.layout import Planned
from tresse.datasets.merging.methods.base import (
    Asked,
    Level,
    Pick,
    Row,
    Value,
    ordered,
    weighed,
)
from tresse.engine.types import Instant
from tresse.kernel.marks import N_


class Latest(Pick):
    """By `modified_at`, of records with a value."""

    name = "latest"
    label = N_("Latest known value")
    does = N_("The value of the record with the greatest `modified_at`.")
    for_groups = True


class LatestRecord(Pick):
    """By `modified_at`, with or without a value."""

    name = "latest_record"
    label = N_("Value of the latest record, even if empty")
    does = N_("The value of the record with the greatest `modified_at`, even if it has none.")
    nulls = "kept"
    for_groups = True

    def candidate(self, asked: Asked, row: Row) -> Value | None:
        """Every record, but in groups (D72)."""
        return super().candidate(asked, row) if asked.is_group else None


class Earliest(Pick):
    """By the time of creation, or of a column."""

    name = "earliest"
    label = N_("Earliest known value")
    does = N_(
        "The value of the record with the least `created_at`, else `modified_at`, or with the "
        "least value of the column `by`; records without that come last."
    )
    for_groups = True

    def needs(self, asked: Asked) -> tuple[Planned, ...]:
        """The column of time, too."""
        by = asked.merge.by
        return (*super().needs(asked), *((asked.plan.of(by),) if by else ()))

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The time."""
        if asked.merge.by:
            return {"time": row[asked.plan.of(asked.merge.by).name]}
        time = sa.func.coalesce(row["created_at"], row["modified_at"], type_=Instant())
        return {"time": time}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The least time first."""
        return [lambda row: {"place": ordered(row, row["time"].asc().nulls_last())}]


class SourcePriority(Pick):
    """By the list of sources, latest inside one."""

    name = "source_priority"
    label = N_("Value of the first source that has one")
    does = N_(
        "The value of the first source of the list that has one, inside it the latest; sources "
        "that are not listed come after all others, in the order of the dataset."
    )
    for_groups = True

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """The place of the source."""
        listed = [*asked.merge.sources]
        listed += [name for name in asked.plan.sources if name not in listed]
        places = [(row["source"] == name, number) for number, name in enumerate(listed)]
        measure = sa.case(*places, else_=len(listed)) if places else sa.literal(0)
        return {"listed": sa.type_coerce(measure, sa.BigInteger())}

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """The first source first."""
        return [lambda row: {"place": weighed(row["listed"], row)}]
