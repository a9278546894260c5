"""What formulas compute, by name, with a rendering for each engine.

`call("upper", Text, column)` is an expression. How an engine spells it is a line in `DUCKDB`,
`POSTGRESQL` or `SQLITE`: `{0}` is the first argument. What a database has no words for is a
function of ours, `tresse_<name>`, which is the rendering where no line stands
(`engine/sqlite_formulas.py`, `engine/postgresql_formulas.py`). DuckDB has none of ours: it works
whole sets. No rendering fails on a value: what cannot be computed is NULL. Numbers out of range
are taken to a bound, which then becomes NULL, because an argument must not be written out twice.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.operators import getitem
from sqlalchemy.sql.visitors import InternalTraversal

WHOLE = "9007199254740992"
"One more than the largest whole number (C10)."
EXACT = "100000000000000"
"One more than the largest decimal, before its point."
DOUBLE = "1e100"
"Floating point numbers beyond it are NULL, so that no product overflows."
MOST_TEXT = 65_536
"Longer texts are cut, so that no formula fills the memory."
MOST_BETWEEN = 200
"Longer texts between the values of a joined list are cut, as they come as often as there are."
MOST_DAYS, MOST_MONTHS = 1_826_213, 60_001
"Steps of 5,000 years or more are NULL."


class Call(sa.ColumnElement[Any]):
    """A named computation on arguments."""

    inherit_cache = True
    _traverse_internals = [
        ("function", InternalTraversal.dp_string),
        ("parts", InternalTraversal.dp_clauseelement_tuple),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(
        self, name: str, type_: sa.types.TypeEngine[Any], parts: tuple[sa.ColumnElement[Any], ...]
    ) -> None:
        # Not `name`, by which Core tells what needs no label in a select.
        self.function = name
        self.type = type_
        # In brackets where they are more than a name: templates put operators beside them.
        self.parts = tuple(each.self_group(against=getitem) for each in parts)

    @property
    def _from_objects(self) -> list[sa.FromClause]:
        # The tables that a select of it reads, as Core works them out for its own functions.
        return [each for part in self.parts for each in part._from_objects]


def call(
    name: str, type_: sa.types.TypeEngine[Any], *parts: sa.ColumnElement[Any]
) -> sa.ColumnElement[Any]:
    """The computation of that name."""
    return Call(name, type_, parts)


def _rendered(
    element: Call, compiler: SQLCompiler, renderings: Mapping[str, str], **kw: Any
) -> str:
    kw.pop("within_columns_clause", None)
    parts = [compiler.process(part, **kw) for part in element.parts]
    template = renderings.get(element.function, f"tresse_{element.function}({{all}})")
    return template.format(*parts, all=", ".join(parts))


@compiles(Call)
def _on_duckdb(element: Call, compiler: SQLCompiler, **kw: Any) -> str:
    return _rendered(element, compiler, DUCKDB, **kw)


@compiles(Call, "postgresql")
def _on_postgresql(element: Call, compiler: SQLCompiler, **kw: Any) -> str:
    return _rendered(element, compiler, POSTGRESQL, **kw)


@compiles(Call, "sqlite")
def _on_sqlite(element: Call, compiler: SQLCompiler, **kw: Any) -> str:
    return _rendered(element, compiler, SQLITE, **kw)


def _within(value: str, most: str) -> str:
    """A number, NULL from a bound on. `least` and `greatest` pass over NULL, which ends as one."""
    return f"nullif(nullif(greatest(least({value}, {most}), -{most}), {most}), -{most})"


def _within_on_sqlite(value: str, most: str) -> str:
    return f"nullif(nullif(max(min({value}, {most}), -{most}), {most}), -{most})"


def _within_years(day: str) -> str:
    return (
        f"nullif(nullif(greatest(least({day}, DATE '10000-01-01'), DATE '0999-12-31'), "
        "DATE '10000-01-01'), DATE '0999-12-31')"
    )


_WHITE = "' ' || chr(9) || chr(10) || chr(13) || chr(160)"


def _count(argument: int) -> str:
    return f"CAST(least(greatest({{{argument}}}, 0), {MOST_TEXT}) AS INTEGER)"


def _place(argument: int) -> str:
    return f"CAST(least(greatest({{{argument}}}, 1), {MOST_TEXT}) AS INTEGER)"


def _cut(text: str) -> str:
    return f"left({text}, {MOST_TEXT})"


def _longer(divide: str) -> str:
    """A replacement that makes a text longer: of as much of it as surely gives no too long one.

    Cut before, not after: an engine works out thousands of rows at once, and a text of 65,536
    characters, each replaced by as many, would be 4 GB.
    """
    new = _cut("{2}")
    times = f"((length({new}) + length({{1}}) - 1) {divide} greatest(length({{1}}), 1))"
    most = f"CAST(({MOST_TEXT} {divide} greatest({times}, 1)) AS INTEGER)"
    return f"replace(left({{0}}, {most}), {{1}}, {new})"


# What DuckDB and PostgreSQL spell alike.
_SHARED: Mapping[str, str] = {
    "date_constant": "CAST({0} AS DATE)",
    "timestamp_constant": "CAST({0} AS TIMESTAMP WITH TIME ZONE)",
    "double_constant": "CAST({0} AS DOUBLE PRECISION)",
    "decimal_constant": "CAST({0} AS DECIMAL(18, 4))",
    "trim": f"trim({{0}}, {_WHITE})",
    "left": f"left({{0}}, {_count(1)})",
    "right": f"right({{0}}, {_count(1)})",
    "substring": f"substr({{0}}, {_place(1)}, {_count(2)})",
    "replace": _cut("replace({0}, {1}, {2})"),
    "split_part": f"split_part({{0}}, {{1}}, {_place(2)})",
    "contains": "(strpos({0}, {1}) > 0)",
    "starts_with": "starts_with({0}, {1})",
    "joined": _cut("({0} || {1})"),
    "concat": _cut("concat({all})"),
    "concat_ws": _cut("concat_ws({all})"),
    "list_join": f"replace(trim({{0}}, '|'), '|', left({{1}}, {MOST_BETWEEN}))",
    "least": "least({all})",
    "greatest": "greatest({all})",
    "plus_double": _within("({0} + {1})", DOUBLE),
    "minus_double": _within("({0} - {1})", DOUBLE),
    "cut_integer": "({0} // nullif({1}, 0))",
    "mod_integer": "mod({0}, nullif({1}, 0))",
    "mod_decimal": "mod({0}, nullif({1}, 0))",
    "abs": "abs({0})",
    "sign": "CAST(sign({0}) AS BIGINT)",
    "ceil_decimal": "CAST(ceil({0}) AS BIGINT)",
    "floor_decimal": "CAST(floor({0}) AS BIGINT)",
    "cast_decimal_integer": "CAST(round({0}) AS BIGINT)",
    "cast_integer_double": "CAST({0} AS DOUBLE PRECISION)",
    "cast_decimal_double": "CAST({0} AS DOUBLE PRECISION)",
    "cast_date_timestamp": "(CAST({0} AS TIMESTAMP) AT TIME ZONE {1})",
    "year": "CAST(extract(year FROM {0}) AS BIGINT)",
    "quarter": "CAST(extract(quarter FROM {0}) AS BIGINT)",
    "month": "CAST(extract(month FROM {0}) AS BIGINT)",
    "week": "CAST(extract(week FROM {0}) AS BIGINT)",
    "day": "CAST(extract(day FROM {0}) AS BIGINT)",
    "weekday": "CAST(extract(isodow FROM {0}) AS BIGINT)",
    "hour": "CAST(extract(hour FROM ({0} AT TIME ZONE {1})) AS BIGINT)",
    "date_trunc": "CAST(date_trunc({0}, CAST({1} AS TIMESTAMP)) AS DATE)",
    "date_add_days": _within_years(f"({{0}} + CAST({_within('{1}', str(MOST_DAYS))} AS INTEGER))"),
}

_DIGITS = r"\d{{1,30}}(?:\.\d{{0,30}})?|\.\d{{1,30}}"
_NUMBER_TEXT = rf"regexp_extract({{0}}, '^\s*([+-]?(?:{_DIGITS}))\s*$', 1)"
_POWER = r"(?:[eE][+-]?\d{{1,2}})?"
_DOUBLE_TEXT = rf"regexp_extract({{0}}, '^\s*([+-]?(?:{_DIGITS}){_POWER})\s*$', 1)"
_DAY_TEXT = r"regexp_extract({0}, '^\s*(\d{{4}}-\d{{2}}-\d{{2}})\s*$', 1)"
_TIME_TEXT = (
    r"regexp_extract({0}, '^\s*(\d{{4}}-\d{{2}}-\d{{2}}[ T]\d{{2}}:\d{{2}}(?::\d{{2}})?)\s*$', 1)"
)


def _huge(argument: int) -> str:
    """A decimal as a whole number of ten-thousandths."""
    return f"CAST(({{{argument}}} * 10000) AS HUGEINT)"


def _wide(operator: str) -> str:
    sides = f"CAST({{0}} AS DECIMAL(38, 4)) {operator} CAST({{1}} AS DECIMAL(38, 4))"
    return f"TRY_CAST(({sides}) AS DECIMAL(18, 4))"


def _whole(operator: str) -> str:
    value = _within(f"(CAST({{0}} AS HUGEINT) {operator} {{1}})", WHOLE)
    return f"CAST({value} AS BIGINT)"


_UPPER_SPECIALS = {"ß": "SS", "ﬀ": "FF", "ﬁ": "FI", "ﬂ": "FL", "ﬃ": "FFI", "ﬄ": "FFL"}
_MARKED = "translate(strip_accents({0}), 'łŁøØđĐð', 'lLoOdDd')"


def _replaced(text: str, pairs: Mapping[str, str]) -> str:
    for old, new in pairs.items():
        text = f"replace({text}, '{old}', '{new}')"
    return text


JOINED_LETTERS = {"ß": "ss", "œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"}
"What accents are stripped to, beyond what Unicode takes apart."

DUCKDB: Mapping[str, str] = {
    **_SHARED,
    "replace_longer": _longer("//"),
    "lower": "lower({0})",
    "upper": f"upper({_replaced('{0}', _UPPER_SPECIALS)})",
    "title": (
        r"array_to_string(list_transform(regexp_extract_all(lower({0}), "
        r"'[\p{{L}}\p{{N}}]+|[^\p{{L}}\p{{N}}]+'), lambda w: upper(w[1]) || w[2:]), '')"
    ),
    "strip_accents": _replaced(_MARKED, JOINED_LETTERS),
    "ends_with": "ends_with({0}, {1})",
    "like": "({0} LIKE {1})",
    "before": "({0} < {1})",
    "not_after": "({0} <= {1})",
    "plus_integer": _whole("+"),
    "minus_integer": _whole("-"),
    "times_integer": _whole("*"),
    "plus_decimal": _wide("+"),
    "minus_decimal": _wide("-"),
    "times_decimal": "TRY_CAST((CAST({0} AS DECIMAL(19, 4)) * CAST({1} AS DECIMAL(19, 4)))"
    " AS DECIMAL(18, 4))",
    "times_double": _within("({0} * {1})", DOUBLE),
    "divide": _within("({0} / nullif({1}, 0))", DOUBLE),
    "cut_decimal": f"CAST({_within(f'({_huge(0)} // nullif({_huge(1)}, 0))', WHOLE)} AS BIGINT)",
    "cut_double": f"CAST({_within('trunc({0} / nullif({1}, 0))', WHOLE)} AS BIGINT)",
    "cast_integer_decimal": "TRY_CAST({0} AS DECIMAL(18, 4))",
    "cast_double_decimal": "TRY_CAST(CAST({0} AS VARCHAR) AS DECIMAL(18, 4))",
    "cast_double_integer": f"CAST({_within('round({0})', WHOLE)} AS BIGINT)",
    "cast_integer_text": "CAST({0} AS VARCHAR)",
    "cast_decimal_text": "rtrim(rtrim(CAST(CAST({0} AS DECIMAL(18, 4)) AS VARCHAR), '0'), '.')",
    "cast_text_integer": "CAST("
    + _within(f"round(TRY_CAST({_NUMBER_TEXT} AS DECIMAL(38, 18)))", WHOLE)
    + " AS BIGINT)",
    "cast_text_decimal": f"TRY_CAST({_NUMBER_TEXT} AS DECIMAL(18, 4))",
    "cast_text_double": _within(f"TRY_CAST({_DOUBLE_TEXT} AS DOUBLE)", DOUBLE),
    "cast_text_date": _within_years(f"TRY_CAST({_DAY_TEXT} AS DATE)"),
    "cast_date_text": "CAST({0} AS VARCHAR)",
    "cast_text_timestamp": f"(TRY_CAST({_TIME_TEXT} AS TIMESTAMP) AT TIME ZONE {{1}})",
    "cast_timestamp_text": "left(CAST(({0} AT TIME ZONE {1}) AS VARCHAR), 19)",
    "ceil_double": f"CAST({_within('ceil({0})', WHOLE)} AS BIGINT)",
    "floor_double": f"CAST({_within('floor({0})', WHOLE)} AS BIGINT)",
    "round_to": "TRY_CAST(round({0}, {1}) AS DECIMAL(18, 4))",
    "mean": "TRY_CAST((CAST("
    f"({_huge(0)} * 2 + CAST(sign({{0}}) AS HUGEINT) * {{1}}) // nullif(2 * {{1}}, 0)"
    " AS DECIMAL(18, 0)) * CAST(0.0001 AS DECIMAL(5, 4))) AS DECIMAL(18, 4))",
    "sqrt": _within("sqrt({0})", DOUBLE),
    "ln": _within("ln({0})", DOUBLE),
    "exp": _within("exp({0})", DOUBLE),
    "make_date": _within_years("try(make_date({0}, {1}, {2}))"),
    "days_between": "date_diff('day', {0}, {1})",
    "months_between": "date_sub('month', {0}, {1})",
    "seconds_between": "CAST(trunc((epoch_us({1}) - epoch_us({0})) / 1000000) AS BIGINT)",
    "date_add_months": _within_years(
        f"CAST(({{0}} + to_months(CAST({_within('{1}', str(MOST_MONTHS))} AS INTEGER))) AS DATE)"
    ),
}


def _numeric(value: str, most: str) -> str:
    return f"CAST({_within(value, most)} AS BIGINT)"


POSTGRESQL: Mapping[str, str] = {
    **_SHARED,
    "trim": f"btrim({{0}}, {_WHITE})",
    "cut_integer": "({0} / nullif({1}, 0))",
    "list_join": f"replace(btrim({{0}}, '|'), '|', left({{1}}, {MOST_BETWEEN}))",
    "replace_longer": _longer("/"),
    "ends_with": "(right({0}, length({1})) = {1})",
    "like": "({0} LIKE {1} ESCAPE '')",
    "before": '(({0}) COLLATE "C" < {1})',
    "not_after": '(({0}) COLLATE "C" <= {1})',
    "plus_integer": _numeric("(CAST({0} AS NUMERIC) + {1})", WHOLE),
    "minus_integer": _numeric("(CAST({0} AS NUMERIC) - {1})", WHOLE),
    "times_integer": _numeric("(CAST({0} AS NUMERIC) * {1})", WHOLE),
    "plus_decimal": _within("({0} + {1})", EXACT),
    "minus_decimal": _within("({0} - {1})", EXACT),
    "times_decimal": _within("round({0} * {1}, 4)", EXACT),
    "cut_decimal": _numeric("div({0}, nullif({1}, 0))", WHOLE),
    "cast_integer_decimal": _within("CAST({0} AS NUMERIC)", EXACT),
    "cast_integer_text": "CAST({0} AS TEXT)",
    "cast_decimal_text": "CAST(trim_scale({0}) AS TEXT)",
    "cast_date_text": "to_char({0}, 'YYYY-MM-DD')",
    "cast_timestamp_text": "to_char({0} AT TIME ZONE {1}, 'YYYY-MM-DD HH24:MI:SS')",
    "round_to": _within("round({0}, CAST({1} AS INTEGER))", EXACT),
    "mean": "round({0} / nullif({1}, 0), 4)",
    "days_between": "CAST(({1} - {0}) AS BIGINT)",
    "seconds_between": "CAST(trunc(extract(epoch FROM ({1} - {0}))) AS BIGINT)",
    "date_add_months": _within_years(
        "CAST(({0} + make_interval(months => "
        f"CAST({_within('{1}', str(MOST_MONTHS))} AS INTEGER))) AS DATE)"
    ),
}

SQLITE: Mapping[str, str] = {
    "date_constant": "{0}",
    "timestamp_constant": "{0}",
    "double_constant": "CAST({0} AS REAL)",
    "decimal_constant": "{0}",
    "trim": "trim({0}, ' ' || char(9) || char(10) || char(13) || char(160))",
    "joined": f"substr({{0}} || {{1}}, 1, {MOST_TEXT})",
    "contains": "(instr({0}, {1}) > 0)",
    "list_join": f"replace(trim({{0}}, '|'), '|', substr({{1}}, 1, {MOST_BETWEEN}))",
    "before": "({0} < {1})",
    "not_after": "({0} <= {1})",
    "plus_integer": _within_on_sqlite("({0} + {1})", WHOLE),
    "minus_integer": _within_on_sqlite("({0} - {1})", WHOLE),
    "times_integer": _within_on_sqlite("({0} * {1})", WHOLE),
    "plus_decimal": _within_on_sqlite("({0} + {1})", f"{EXACT}0000"),
    "minus_decimal": _within_on_sqlite("({0} - {1})", f"{EXACT}0000"),
    "plus_double": _within_on_sqlite("({0} + {1})", DOUBLE),
    "minus_double": _within_on_sqlite("({0} - {1})", DOUBLE),
    "times_double": _within_on_sqlite("({0} * {1})", DOUBLE),
    "divide": _within_on_sqlite("({0} / nullif({1}, 0))", DOUBLE),
    "cut_integer": "({0} / nullif({1}, 0))",
    "cut_decimal": _within_on_sqlite("({0} / nullif({1}, 0))", WHOLE),
    "abs": "abs({0})",
    "sign": "sign({0})",
    "cast_integer_decimal": _within_on_sqlite("({0} * 10000)", f"{EXACT}0000"),
    "cast_integer_double": "CAST({0} AS REAL)",
    "cast_decimal_double": "({0} / 10000.0)",
    "cast_integer_text": "CAST({0} AS TEXT)",
    "cast_date_text": "{0}",
    "year": "CAST(substr({0}, 1, 4) AS INTEGER)",
    "month": "CAST(substr({0}, 6, 2) AS INTEGER)",
    "day": "CAST(substr({0}, 9, 2) AS INTEGER)",
    "days_between": "CAST(julianday({1}) - julianday({0}) AS INTEGER)",
}
