"""Column types that every database and engine keeps alike.

`Instant` and `ExactDecimal` differ in what is stored, never in what Python sees. Stored text is
compared byte by byte everywhere (`Text`), so that an order does not depend on a server's locale.
"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

PLACES = 4
SCALE = 10**PLACES
PART = 10**9
"A sum on SQLite is kept as two: of the billions and of what is left over."


class Instant(TypeDecorator[datetime]):
    """An aware instant in UTC, to the microsecond.

    PostgreSQL: `timestamptz`. SQLite: text of fixed width (`2026-03-01 09:30:00.000000`), which
    sorts as time does.
    """

    impl = sa.DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """`timestamptz` where there is one."""
        return dialect.type_descriptor(sa.DateTime(timezone=dialect.name != "sqlite"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Naive UTC for SQLite, aware for all others."""
        if value is None:
            return None
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Always aware UTC."""
        if value is None:
            return None
        read = datetime.fromisoformat(value) if isinstance(value, str) else value
        return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """Up to 18 digits, 4 of them after the point, kept and summed exactly.

    SQLite has no exact decimal: there it is a whole number of ten-thousandths
    (`docs/decisions/0003-exact-decimals-on-sqlite.md`). Elsewhere `numeric(18, 4)`.
    """

    impl = sa.Numeric(18, PLACES)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """A whole number on SQLite."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(18, PLACES))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """Ten-thousandths for SQLite."""
        if value is None or dialect.name != "sqlite":
            return value
        return int((Decimal(value) * SCALE).to_integral_value())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """Always a `Decimal` without trailing zeros beyond the point."""
        if value is None:
            return None
        exact = Decimal(value) / SCALE if dialect.name == "sqlite" else Decimal(value)
        return plain(exact)


class ExactSum(TypeDecorator[Any]):
    """A sum without an upper end; one of decimals is a `Decimal`, all others are whole numbers.

    Whole numbers end at 2**63 on SQLite, which refuses a sum beyond: there it is `billions:rest`.
    """

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, *, is_decimal: bool) -> None:
        super().__init__()
        self.is_decimal = is_decimal

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else sa.Numeric())

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | int | None:
        """The whole sum."""
        if value is None:
            return None
        if dialect.name != "sqlite":
            return plain(Decimal(value)) if self.is_decimal else int(value)
        billions, rest = map(int, value.split(":"))
        total = billions * PART + rest
        return plain(Decimal(total) / SCALE) if self.is_decimal else total


def plain(value: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent."""
    short = value.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


class ByteOrderText(TypeDecorator[str]):
    """Text compared and ordered by code point on every database."""

    impl = sa.Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """PostgreSQL orders by the server's locale unless told otherwise."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(sa.Text(collation="C"))
        return dialect.type_descriptor(sa.Text())


Text = ByteOrderText()
