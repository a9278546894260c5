"""The functions of formulas (D102): what each takes and gives, and one line of help.

To add one: a line here, a rendering per engine in `engine/constructs_formulas.py` where it needs
one, and a row of examples in `tests/engine/formulas/test_functions.py`. The reference page is
generated from here.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.constructs_formulas import MOST_BETWEEN, call
from tresse.engine.formulas.values import (
    COLUMNS,
    Expression,
    Setting,
    Type,
    Value,
    cast,
    constant,
    today,
    typed,
    zone_of,
)
from tresse.engine.types import Text
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry

INTEGER, DECIMAL, DOUBLE, TEXT = Type.INTEGER, Type.DECIMAL, Type.DOUBLE, Type.TEXT
BOOLEAN, DATE = Type.BOOLEAN, Type.DATE
Build = Callable[[Sequence[Value], Setting], Value]


@dataclass(frozen=True)
class Function:
    """A function of formulas.

    `takes`: its arguments, as `text, whole, whole?`: a sort and, at the end, `?` for one that may
    be left out or `*` for any number. Sorts: text, number, whole (a whole number), count (a whole
    number, not below 0 where written out), place (the same, from 1), date (or a time: its day),
    time, boolean, list, any, same (all of one type). `group`: under what people find it.
    """

    name: str
    group: str
    takes: str
    help: str
    example: str
    build: Build

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The sorts of its arguments, with their marks."""
        return tuple(each for each in self.takes.split(", ") if each)

    @property
    def fewest(self) -> int:
        """How many arguments it needs."""
        return sum(each[-1] not in "?*" for each in self.parameters)

    @property
    def most(self) -> int | None:
        """How many it takes; None: any number."""
        has_any = bool(self.parameters) and self.parameters[-1].endswith("*")
        return None if has_any else len(self.parameters)

    def sort(self, number: int) -> str:
        """The sort of an argument, counted from 0."""
        return self.parameters[min(number, len(self.parameters) - 1)].rstrip("?*")


def _plain(name: str, gives: Type) -> Build:
    """One computation of the engine on all arguments."""

    def build(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
        made = call(name, COLUMNS[gives], *(value.expression for value in values))
        return values[0].made(gives, made, *values[1:], repeats=2)

    return build


def _as_text(value: Value, setting: Setting) -> Value:
    found = cast(value, TEXT, setting)
    return value if found is None else found


def _texts(name: str) -> Build:
    plain = _plain(name, TEXT)
    return lambda values, setting: plain([_as_text(value, setting) for value in values], setting)


def _length(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    return values[0].made(INTEGER, sa.func.length(values[0].expression, type_=sa.BigInteger()))


def _substring(values: Sequence[Value], setting: Setting) -> Value:
    rest = values[2:] or [Value(INTEGER, constant(65_536, INTEGER), literal=65_536)]
    return _plain("substring", TEXT)([*values[:2], *rest], setting)


MARK = "\x1e"
MOST_TIMES = 8
"A replacement that makes texts longer than that counts double against their nesting."


def _replace(values: Sequence[Value], setting: Setting) -> Value:
    old, new = values[1].literal, values[2].literal
    if old is not None and new is not None and len(new) <= len(old):
        return _plain("replace", TEXT)(values, setting)
    is_mild = old and new is not None and len(new) <= MOST_TIMES * len(old)
    made = call("replace_longer", Text, *(value.expression for value in values))
    return values[0].made(TEXT, made, *values[1:], repeats=3 if is_mild else 6)


def _absolute(values: Sequence[Value], setting: Setting) -> Value:
    return _plain("abs", values[0].type)(values, setting)


def _whole_above(name: str) -> Build:
    def build(values: Sequence[Value], setting: Setting) -> Value:
        [value] = values
        if value.type == INTEGER:
            return value
        return _plain(f"{name}_{value.type}", INTEGER)(values, setting)

    return build


def _round(values: Sequence[Value], setting: Setting) -> Value:
    found = cast(values[0], INTEGER if len(values) == 1 else DECIMAL, setting)
    assert found is not None  # noqa: S101  numbers are cast to numbers
    return found if len(values) == 1 else _plain("round_to", DECIMAL)([found, values[1]], setting)


def _floating(name: str) -> Build:
    def build(values: Sequence[Value], setting: Setting) -> Value:
        found = typed(values[0], DOUBLE, setting)
        assert found is not None  # noqa: S101
        return _plain(name, DOUBLE)([found], setting)

    return build


def _of_same(name: str) -> Build:
    def build(values: Sequence[Value], setting: Setting) -> Value:
        return _plain(name, values[0].type)(values, setting)

    return build


def _coalesce(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    kind = values[0].type
    made = sa.func.coalesce(*(value.expression for value in values), type_=COLUMNS[kind])
    return values[0].made(kind, made, *values[1:])


def _nullif(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    kind = values[0].type
    made = sa.func.nullif(*(value.expression for value in values), type_=COLUMNS[kind])
    return values[0].made(kind, made, values[1])


def _count_filled(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    total: Expression = constant(0, INTEGER)
    for value in values:
        filled = value.expression.is_not(None)
        if value.type == TEXT:
            filled = sa.func.nullif(value.expression, sa.literal("", Text)).is_not(None)
        total = total + sa.case((filled, constant(1, INTEGER)), else_=constant(0, INTEGER))
    return values[0].made(INTEGER, total, *values[1:])


def _today(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    return Value(DATE, constant(today(setting), DATE))


def _now(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    return Value(Type.TIMESTAMP, constant(setting.now, Type.TIMESTAMP))


def _date(values: Sequence[Value], setting: Setting) -> Value:
    if len(values) == 3:
        return _plain("make_date", DATE)(values, setting)
    found = cast(values[0], DATE, setting)
    assert found is not None  # noqa: S101  the check of arguments let it pass
    return found


def _hour(values: Sequence[Value], setting: Setting) -> Value:
    made = call("hour", sa.BigInteger(), values[0].expression, zone_of(setting))
    return values[0].made(INTEGER, made)


def _years(values: Sequence[Value], setting: Setting) -> Value:
    months = _plain("months_between", INTEGER)(values, setting)
    twelve = constant(12, INTEGER)
    return months.made(INTEGER, call("cut_integer", sa.BigInteger(), months.expression, twelve))


def _age(values: Sequence[Value], setting: Setting) -> Value:
    return _years([*values, _today((), setting)], setting)


def _list_length(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    if values[0].type == Type.TEXTS:
        return values[0].made(INTEGER, columns.list_length(values[0].expression))
    # Lists are kept as |first|second|.
    parts = values[0].expression
    bare = call("replace", Text, parts, sa.literal("|", Text), sa.literal("", Text))
    number = sa.func.length(parts, type_=sa.BigInteger()) - sa.func.length(bare) - 1
    return values[0].made(INTEGER, number, repeats=2)


def _list_contains(values: Sequence[Value], setting: Setting) -> Value:  # noqa: ARG001
    if values[0].type == Type.TEXTS:
        is_in = columns.list_contains(values[0].expression, values[1].expression)
        return values[0].made(BOOLEAN, is_in, values[1])
    bar = sa.literal("|", Text)
    part = call("concat", Text, bar, values[1].expression, bar)
    found = sa.case(
        (
            values[1].expression.is_not(None),
            call("contains", sa.Boolean(), values[0].expression, part),
        )
    )
    return values[0].made(BOOLEAN, found, values[1], repeats=2)


def _list_join(values: Sequence[Value], setting: Setting) -> Value:
    if values[0].type == Type.TEXTS:
        literal = values[1].literal
        if literal is not None:
            made = columns.list_text(values[0].expression, literal)
        else:
            # The warehouse joins by a text that is the same for all rows; so by a mark first.
            marked = columns.list_text(values[0].expression, MARK)
            between = call("left", Text, values[1].expression, sa.literal(MOST_BETWEEN))
            made = call("replace_longer", Text, marked, sa.literal(MARK, Text), between)
        return values[0].made(TEXT, made, values[1])
    return _plain("list_join", TEXT)(values, setting)


def _text(name: str, takes: str, help: str, example: str, gives: Type = TEXT) -> Function:
    return Function(name, "text", takes, help, example, _plain(name, gives))


def _day(name: str, takes: str, help: str, example: str, build: Build | None = None) -> Function:
    return Function(name, "date", takes, help, example, build or _plain(name, INTEGER))


GROUPS = {
    "text": N_("Text"),
    "number": N_("Numbers"),
    "value": N_("Any values"),
    "date": N_("Dates"),
    "list": N_("Lists"),
}
# fmt: off
FUNCTIONS: Registry[Function] = Registry(N_("function"), (
    _text("lower", "text", N_("In small letters."), "lower(email)"),
    _text("upper", "text", N_("In capital letters."), "upper(country)"),
    _text("title", "text", N_("Each word with a capital letter."), "title(last_name)"),
    _text("trim", "text", N_("Without white space at both ends."), "trim(name)"),
    Function("length", "text", "text", N_("How many characters it has."), "length(name)", _length),
    _text("left", "text, count", N_("Its first characters."), "left(postal_code, 2)"),
    _text("right", "text, count", N_("Its last characters."), "right(phone, 4)"),
    Function(
        "substring", "text", "text, place, count?",
        N_("Characters from a place on, counted from 1; at most so many."),
        "substring(external_id, 3, 4)", _substring),
    Function("replace", "text", "text, text, text",
             N_("Each occurrence of the second text as the third."),
             "replace(phone, ' ', '')", _replace),
    _text("split_part", "text, text, place",
          N_("The part of that number, split at the second text; empty past the end."),
          "split_part(email, '@', 2)"),
    _text("contains", "text, text", N_("Whether the second text is in it."),
          "contains(job_title, 'Head')", BOOLEAN),
    _text("starts_with", "text, text", N_("Whether it begins with the second text."),
          "starts_with(phone, '+33')", BOOLEAN),
    _text("ends_with", "text, text", N_("Whether it ends with the second text."),
          "ends_with(email, '.fr')", BOOLEAN),
    Function("concat", "text", "any, any*", N_("All values as one text; empty ones are left out."),
             "concat(first_name, ' ', last_name)", _texts("concat")),
    Function("concat_ws", "text", "text, any, any*",
             N_("The values with the first text between; empty ones are left out."),
             "concat_ws(', ', city, country)", _texts("concat_ws")),
    _text("strip_accents", "text", N_("Without accents: é as e, ł as l, ß as ss."),
          "strip_accents(city)"),
    Function("abs", "number", "number", N_("Without its sign."), "abs(balance)", _absolute),
    Function("ceil", "number", "number", N_("The next whole number, not below it."),
             "ceil(amount)", _whole_above("ceil")),
    Function("floor", "number", "number", N_("The next whole number, not above it."),
             "floor(amount)", _whole_above("floor")),
    Function("round", "number", "number, places?",
             N_("Rounded half away from zero, to a whole number or to 0 to 4 places."),
             "round(amount, 2)", _round),
    Function("sqrt", "number", "number", N_("Square root; empty below zero."), "sqrt(area)",
             _floating("sqrt")),
    Function("ln", "number", "number", N_("Natural logarithm; empty at zero and below."),
             "ln(amount)", _floating("ln")),
    Function("exp", "number", "number", N_("e to that power."), "exp(rate)", _floating("exp")),
    Function("sign", "number", "number", N_("-1 below zero, 0 at zero, 1 above."), "sign(balance)",
             _plain("sign", INTEGER)),
    Function("greatest", "value", "same, same*",
             N_("The greatest of them; empty ones are passed over."),
             "greatest(amount, 0)", _of_same("greatest")),
    Function("least", "value", "same, same*", N_("The least of them; empty ones are passed over."),
             "least(amount, 1000)", _of_same("least")),
    Function("coalesce", "value", "same, same*", N_("The first one that is not empty."),
             "coalesce(mobile, phone)", _coalesce),
    Function("nullif", "value", "same, same", N_("Empty where both are equal, else the first."),
             "nullif(discount, 0)", _nullif),
    Function("count_filled", "value", "any, any*", N_("How many of them are not empty."),
             "count_filled(email, phone, mobile)", _count_filled),
    _day("today", "", N_("The day it is in the time zone of the account."), "today()", _today),
    _day("now", "", N_("This moment."), "now()", _now),
    _day("date", "day, whole?, whole?",
         N_("The day of a time or of a text such as 2026-03-01; or of a year, month and day."),
         "date(created_at)", _date),
    _day("year", "date", N_("Its year."), "year(close_date)"),
    _day("quarter", "date", N_("Its quarter, 1 to 4."), "quarter(close_date)"),
    _day("month", "date", N_("Its month, 1 to 12."), "month(close_date)"),
    _day("week", "date", N_("Its week of the year, as ISO counts."), "week(close_date)"),
    _day("day", "date", N_("Its day of the month."), "day(close_date)"),
    _day("weekday", "date", N_("1 on Monday to 7 on Sunday."), "weekday(close_date)"),
    _day("hour", "time", N_("Its hour in the time zone of the account, 0 to 23."),
         "hour(created_at)", _hour),
    _day("datediff_days", "date, date", N_("Days from the first to the second."),
         "datediff_days(created_at, close_date)", _plain("days_between", INTEGER)),
    _day("datediff_months", "date, date", N_("Full months from the first to the second."),
         "datediff_months(created_at, today())", _plain("months_between", INTEGER)),
    _day("datediff_years", "date, date", N_("Full years from the first to the second."),
         "datediff_years(created_at, today())", _years),
    _day("date_add_days", "date, whole", N_("So many days later."),
         "date_add_days(close_date, 30)", _plain("date_add_days", DATE)),
    _day("date_add_months", "date, whole",
         N_("So many months later; at the month's end where it has no such day."),
         "date_add_months(close_date, 12)", _plain("date_add_months", DATE)),
    _day("date_trunc", "unit, date", N_("The first day of its week, month, quarter or year."),
         "date_trunc('month', close_date)", _plain("date_trunc", DATE)),
    _day("age_years", "date", N_("Full years from that day to today."), "age_years(birth_date)",
         _age),
    Function("list_length", "list", "list", N_("How many options are chosen."),
             "list_length(topics)", _list_length),
    Function("list_contains", "list", "list, text", N_("Whether an option is chosen, by its name."),
             "list_contains(topics, 'news')", _list_contains),
    Function("list_join", "list", "list, text", N_("The chosen names with a text between."),
             "list_join(topics, ', ')", _list_join),
))
# fmt: on
