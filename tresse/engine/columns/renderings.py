"""How the constructs of `engine.columns` are spelled.

What DuckDB writes is a line in `DUCKDB`: `{0}` is the first argument. What Spark computes alike in
its own words is a line in `SPARK`; all else Spark leaves to a DuckDB in its workers
(`engine.spark_worker`), so it cannot differ. Hardly an argument is written out twice, as arguments
nest.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from tresse.engine.constructs_formulas import DUCKDB as FORMULAS
from tresse.engine.constructs_formulas import Call
from tresse.engine.relations import TextList, duckdb_type
from tresse.engine.types import Instant

Value = sa.ColumnElement[Any]
TEXT = sa.Text()
WHOLE = sa.BigInteger()
FLOAT: sa.Double[float] = sa.Double()
YES = sa.Boolean()
DAY, LOCAL, INSTANT, LIST = sa.Date(), sa.DateTime(), Instant(), TextList()

_YEAR = r"(?:[1-9]\d{3}|0[1-9]\d{2}|00[1-9]\d|000[1-9])"
_ISO_DAY = rf"{_YEAR}-\d\d-\d\d"
_ISO_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?"
_ISO_OFFSET = r"(?:Z|[+-](?:0\d|1[0-8])(?::?[0-5]\d)?)"


def _found(pattern: str) -> str:
    """The text if all of it has this form, else NULL."""
    escaped = pattern.replace("{", "{{").replace("}", "}}")
    return rf"nullif(regexp_extract({{0}}, '^\s*({escaped})\s*$', 1), '')"


def _between(value: str, low: str, high: str) -> str:
    """NULL from both bounds on. `least` and `greatest` pass over NULL, which ends as one."""
    return f"nullif(nullif(greatest(least({value}, {high}), {low}), {low}), {high})"


_DAYS = ("DATE '0001-12-31 (BC)'", "DATE '10000-01-01'")
_TIMES = tuple(f"CAST({each} AS TIMESTAMP)" for each in _DAYS)
_INSTANTS = tuple(f"({each} AT TIME ZONE 'UTC')" for each in _TIMES)
_ENDLESS = ("CAST('-inf' AS DOUBLE)", "CAST('inf' AS DOUBLE)")
"NaN is taken for greater than the upper one, and so becomes it."

DUCKDB: Mapping[str, str] = {
    "length": "length({0})",
    "lower": "lower({0})",
    "upper": FORMULAS["upper"],
    # It ends at a character U+0000, so what stands between them is taken alone.
    "nfc": "(CASE WHEN contains({0}, chr(0)) THEN array_to_string(list_transform("
    "string_split({0}, chr(0)), lambda x: nfc_normalize(x)), chr(0)) ELSE nfc_normalize({0}) END)",
    "substring": "substr({0}, {1}, {2})",
    "ending": "right({0}, {1})",
    "stripped": "trim({0}, {1})",
    "replaced_text": "replace({0}, {1}, {2})",
    "without_nul": "replace({0}, chr(0), '')",
    "has_nul": "contains({0}, chr(0))",
    "matches": "regexp_matches({0}, {1})",
    "extracted": "nullif(regexp_extract({0}, {1}, {2}), '')",
    "all_extracted": "regexp_extract_all({0}, {1})",
    "replaced": "regexp_replace({0}, {1}, {2}, 'g')",
    "part": "list_extract(string_split({0}, {1}), {2})",
    "split": "string_split({0}, {1})",
    "joined": "concat_ws({all})",
    "hashed": "md5({0})",
    "hash_number": "CAST(('0x' || left(md5({0}), 15)) AS BIGINT)",
    "sha256": "sha256({0})",
    "to_integer": "TRY_CAST(" + _found(r"[+-]?\d{1,30}") + " AS BIGINT)",
    "to_decimal": "TRY_CAST("
    + _found(r"[+-]?(?:\d{1,40}(?:\.\d*)?|\.\d+)")
    + " AS DECIMAL({precision}, {scale}))",
    "to_double": "nullif(nullif(TRY_CAST("
    + _found(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?")
    + " AS DOUBLE), CAST('inf' AS DOUBLE)), CAST('-inf' AS DOUBLE))",
    # Not by `= 'nan'`: statistics of Parquet leave NaN out, so DuckDB takes that for never true.
    "finite": "CASE WHEN NOT isnan({0}) THEN nullif(nullif({0}, CAST('inf' AS DOUBLE)), "
    "CAST('-inf' AS DOUBLE)) END",
    "try_cast": "TRY_CAST({0} AS {type})",
    "rounded": "CAST(round({0}, {1}) AS {type})",
    "floored": "CAST(floor({0}) AS BIGINT)",
    # In whole millionths: decimals divided are doubles.
    "mean": "TRY(TRY_CAST(CAST(((CAST(({0} * 1000000) AS HUGEINT) * 2 + CAST(sign({0}) AS HUGEINT) "
    "* {1}) // nullif(2 * greatest({1}, 0), 0)) AS DECIMAL(32, 0)) "
    "* CAST(0.000001 AS DECIMAL(6, 6)) AS {type}))",
    "divided": "(CAST({0} AS DOUBLE) / nullif(CAST({1} AS DOUBLE), 0))",
    "power": _between("pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))", *_ENDLESS),
    "logarithm": _between(
        "ln(nullif(greatest(CAST({0} AS DOUBLE), CAST(0 AS DOUBLE)), 0))", *_ENDLESS
    ),
    "quotient": "({0} // nullif({1}, 0))",
    "remainder": "({0} % nullif({1}, 0))",
    "text_of_whole": "CAST({0} AS VARCHAR)",
    "text_of_decimal": "rtrim(rtrim(CAST({0} AS VARCHAR), '0'), '.')",
    "text_of_double": "format('{{:.9g}}', {0} + 0.0)",
    "text_of_day": "strftime({0}, '%Y-%m-%d')",
    "text_of_local": "strftime({0}, '%Y-%m-%dT%H:%M:%S.%f')",
    "text_of_instant": "strftime(({0} AT TIME ZONE 'UTC'), '%Y-%m-%dT%H:%M:%S.%fZ')",
    "text_of_list": "CAST(to_json({0}) AS VARCHAR)",
    "text_of_yes": "CAST({0} AS VARCHAR)",
    "iso_day": "TRY_CAST(" + _found(_ISO_DAY) + " AS DATE)",
    "iso_local": "TRY_CAST(" + _found(f"{_ISO_DAY}(?:[T ]{_ISO_TIME})?") + " AS TIMESTAMP)",
    "iso_instant": "TRY_CAST("
    + _found(f"{_ISO_DAY}[T ]{_ISO_TIME} ?{_ISO_OFFSET}")
    + " AS TIMESTAMP WITH TIME ZONE)",
    "day_by": "CAST(try_strptime(nullif(regexp_extract({0}, {1}, 1), ''), {2}) AS DATE)",
    "local_by": "CAST(try_strptime(nullif(regexp_extract({0}, {1}, 1), ''), {2}) AS TIMESTAMP)",
    "instant_by": "try_strptime(nullif(regexp_extract({0}, {1}, 1), ''), {2})",
    "formatted": "strftime({0}, {1})",
    "formatted_instant": "strftime(({0} AT TIME ZONE 'UTC'), {1})",
    "day_of": "CAST({0} AS DATE)",
    "local_of_day": "CAST({0} AS TIMESTAMP)",
    "days_between": "date_diff('day', {0}, {1})",
    "whole_days_between": "((epoch_us({1}) - epoch_us({0})) // 86400000000)",
    "seconds_between": "((epoch_us({1}) - epoch_us({0})) // 1000000)",
    "epoch_micros": "epoch_us({0})",
    "epoch_seconds": "date_diff('second', "
    "CAST('1970-01-01 00:00:00+00' AS TIMESTAMP WITH TIME ZONE), {0})",
    "from_micros": _between("TRY(make_timestamptz({0}))", *_INSTANTS),
    "plus_days": _between("TRY(CAST(({0} + to_days(CAST({1} AS INTEGER))) AS DATE))", *_DAYS),
    "plus_seconds": _between("TRY(({0} + to_seconds({1})))", *_TIMES),
    "plus_seconds_instant": _between("TRY(({0} + to_seconds({1})))", *_INSTANTS),
    "list_of_json": "TRY(CAST(CAST({0} AS JSON) AS VARCHAR[]))",
    "list_of": "list_value({all})",
    "list_length": "len({0})",
    "list_contains": "list_contains({0}, {1})",
    "list_first": "list_extract({0}, 1)",
    "list_text": "array_to_string(list_filter({0}, lambda x: x IS NOT NULL), {1})",
    "list_sorted": "list_sort(list_distinct({0}))",
    "list_cleaned": "list_sort(list_distinct(list_filter(list_transform({0}, lambda x: trim(x)), "
    "lambda x: x <> '')))",
    "json_value": "TRY(json_extract_string({0}, {1}))",
}

SPARK: Mapping[str, str] = {
    "length": "char_length({0})",
    "hashed": "md5({0})",
    "hash_number": "CAST(conv(left(md5({0}), 15), 16, 10) AS BIGINT)",
    "sha256": "sha2({0}, 256)",
    "substring": "substr({0}, {1}, {2})",
    "joined": "concat_ws({all})",
    "list_of": "list_value({all})",
    "day_of": "CAST({0} AS DATE)",
    "text_of_whole": "CAST({0} AS VARCHAR)",
    "text_of_yes": "CAST({0} AS VARCHAR)",
}
"Measured the same as DuckDB by `tests/engine/contract`, and without a way through Python."


class Column(Call):
    """A construct of this module."""

    inherit_cache = True


@compiles(Column)
def _on_duckdb(element: Column, compiler: SQLCompiler, **kw: Any) -> str:
    return rendered(element, compiler, DUCKDB[element.function], **kw)


def rendered(element: Column, compiler: SQLCompiler, template: str, **kw: Any) -> str:
    """The construct as a template spells it."""
    kw.pop("within_columns_clause", None)
    parts = [compiler.process(part, **kw) for part in element.parts]
    facts: dict[str, Any] = {"all": ", ".join(parts)}
    if isinstance(element.type, sa.Numeric):
        facts |= {"precision": element.type.precision, "scale": element.type.scale}
    if "{type}" in template:
        facts["type"] = duckdb_type(element.type)
    return template.format(*parts, **facts)


def column(name: str, type_: sa.types.TypeEngine[Any], *parts: Any) -> Value:
    """The construct of that name; constants among its parts are made literals."""
    given = (p if isinstance(p, sa.ColumnElement) else sa.literal(p) for p in parts)
    return Column(name, type_, tuple(given))
