"""The method of consents (D73): the most restrictive statement, unless a proof is later."""

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging.methods.base import Asked, Level, Pick, Row, Value, ordered
from tresse.engine import columns
from tresse.engine.types import Instant
from tresse.kernel.marks import N_

CHANNELS = ("email", "sms", "phone", "post", "push", "tracking")
STATES = ("unsubscribed", "unknown", "pending", "subscribed")
"The most restrictive first. What is none of these counts as `unknown`, and stays as it is."
_PART = ("at", "proof")


def parts_of(plan: Plan, column: Planned) -> tuple[Planned, ...]:
    """The column, then those that say when and with what proof of the same channel, if mapped."""
    channel = channel_of(column)
    others = (plan.with_field(f"{channel}_consent_{part}") for part in _PART) if channel else ()
    return (column, *(each for each in others if each is not None))


def channel_of(column: Planned) -> str:
    """`email` of the field `email_consent`; empty: its field is no consent."""
    channel, _, rest = column.column.semantic.partition("_")
    return channel if rest == "consent" and channel in CHANNELS else ""


class Consent(Pick):
    """Inside a source the latest statement, between sources the most restrictive."""

    name = "consent"
    label = N_("Consent")
    does = N_(
        "Inside a source the latest statement holds; between sources the most restrictive: "
        "unsubscribed, unknown, pending, subscribed. A subscription with proof that is later than "
        "all that is more restrictive beats it. Time and proof come from the same record."
    )
    takes = frozenset({"text", "boolean"})

    def candidate(self, asked: Asked, row: Row) -> Value | None:
        """A record that says something."""
        return row[asked.first.name].is_not(None)

    def marks(self, asked: Asked, row: Row) -> dict[str, Value]:
        """What was said, when, and with a proof."""
        at, proof = (_part(asked, name) for name in _PART)
        told, time = row[asked.first.name], row["modified_at"]
        if at is not None:
            time = sa.func.coalesce(_instant(row[at.name], asked), time)
        return {
            "is_known": told.is_not(None),
            "state": _state(told),
            "said_at": sa.type_coerce(time, Instant()),
            "is_proven": _is_proven(None if proof is None else row[proof.name]),
        }

    def levels(self, asked: Asked) -> list[Level]:  # noqa: ARG002
        """Statements that hold, the latest refusal, then the order."""

        def holding(row: Row) -> dict[str, Value]:
            number = sa.func.row_number().over(
                partition_by=[row["head"], row["source"]],
                order_by=[row["is_known"].desc(), row["said_at"].desc(), row["rank"]],
            )
            return {"holds": sa.and_(row["is_known"], number == 1)}

        def refused(row: Row) -> dict[str, Value]:
            is_refusal = sa.and_(row["holds"], row["state"] < len(STATES) - 1)
            time = sa.func.max(sa.case((is_refusal, row["said_at"])))
            return {"refused_at": sa.type_coerce(time.over(partition_by=row["head"]), Instant())}

        def place(row: Row) -> dict[str, Value]:
            is_last = row["state"] == len(STATES) - 1
            is_later = sa.or_(row["refused_at"].is_(None), row["said_at"] > row["refused_at"])
            beats = sa.and_(row["holds"], is_last, row["is_proven"], is_later)
            keys = (
                sa.case((beats, 0), (row["holds"], 1), else_=2),
                row["state"],
                row["said_at"].desc(),
            )
            return {"place": ordered(row, *keys)}

        return [holding, refused, place]


def _part(asked: Asked, name: str) -> Planned | None:
    field = f"{channel_of(asked.first)}_consent_{name}"
    return next((each for each in asked.columns if each.column.semantic == field), None)


def _state(told: Value) -> Value:
    if isinstance(told.type, sa.Boolean):
        return sa.case((told.is_(sa.true()), len(STATES) - 1), else_=0)
    numbers = {state: number for number, state in enumerate(STATES)}
    return sa.case(
        *((told == state, number) for state, number in numbers.items()),
        else_=numbers["unknown"],
    )


def _is_proven(proof: Value | None) -> Value:
    if proof is None:
        return sa.false()
    if isinstance(proof.type, sa.Boolean):
        return sa.func.coalesce(proof, sa.false())
    if isinstance(proof.type, sa.Text):
        return sa.func.coalesce(proof != "", sa.false())
    return proof.is_not(None)


def _instant(value: Value, asked: Asked) -> Value:
    """A column of time, not later than the build's moment (D71); NULL of other types."""
    if isinstance(value.type, sa.Date):
        value = columns.instant_at(columns.local_of(value), asked.plan.zone)
    elif not isinstance(value.type, Instant):
        return sa.null()
    moment = sa.literal(asked.as_of, Instant())
    return sa.case((value > moment, moment), else_=value)
