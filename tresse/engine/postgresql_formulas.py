"""What formulas compute in PostgreSQL beyond its own words: functions of ours, made by migration.

They are what `constructs_formulas` renders as `tresse_<name>`. None of them fails on a value.
"""

# ruff: noqa: S608  (the texts are our own)
from tresse.engine.constructs_formulas import DOUBLE, EXACT, JOINED_LETTERS, WHOLE
from tresse.engine.postgresql import COMBINING

_HEAD = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
_ICU = 'COLLATE "und-x-icu"'
_DIGITS = r"(\d{1,30}(\.\d{0,30})?|\.\d{1,30})"
_SPACE = "[[:space:]]*"


def _function(name: str, arguments: str, returns: str, body: str) -> tuple[str, str]:
    types = ", ".join(each.split(" ", 1)[1] for each in arguments.split(", "))
    made = (
        f"CREATE OR REPLACE FUNCTION tresse_{name}({arguments}) RETURNS {returns}\n"
        f"{_HEAD} AS $$ SELECT {body} $$"
    )
    return made, f"DROP FUNCTION IF EXISTS tresse_{name}({types})"


def _within(value: str, most: str) -> str:
    return f"nullif(nullif(greatest(least({value}, {most}), -{most}), {most}), -{most})"


def _letters(text: str) -> str:
    for old, new in JOINED_LETTERS.items():
        text = f"replace({text}, '{old}', '{new}')"
    return text


_UNMARKED = f"regexp_replace(normalize(t, NFD), '{COMBINING}+', '', 'g')"
_STRIPPED = _letters(f"translate(normalize({_UNMARKED}, NFC), 'łŁøØđĐð', 'lLoOdDd')")
_WORDS = (
    "(SELECT string_agg(upper(left(m.w[1], 1) COLLATE \"und-x-icu\") || substr(m.w[1], 2), '' "
    f"ORDER BY m.n) FROM regexp_matches(lower(t {_ICU}), '[[:alnum:]]+|[^[:alnum:]]+', 'g') "
    "WITH ORDINALITY AS m(w, n))"
)
_IS_DAY = (
    f"t ~ '^{_SPACE}\\d{{4}}-\\d{{2}}-\\d{{2}}{_SPACE}$' THEN "
    "tresse_make_date(substr(s, 1, 4)::bigint, substr(s, 6, 2)::bigint, substr(s, 9, 2)::bigint)"
)
_TRIMMED = "regexp_replace(t, '^[[:space:]]+', '')"

_ALL = (
    _function("lower", "t text", "text", f"lower(t {_ICU})"),
    _function("upper", "t text", "text", f"upper(t {_ICU})"),
    _function("title", "t text", "text", f"CASE WHEN t = '' THEN '' ELSE {_WORDS} END"),
    _function(
        "strip_accents",
        "t text",
        "text",
        f"CASE WHEN octet_length(t) = length(t) THEN t ELSE {_STRIPPED} END",
    ),
    _function(
        "times_double",
        "a double precision, b double precision",
        "double precision",
        "CASE WHEN abs(a) < 1e-150 OR abs(b) < 1e-150 THEN 0 ELSE "
        + _within("a * b", f"{DOUBLE}::double precision")
        + " END",
    ),
    _function(
        "divide",
        "a double precision, b double precision",
        "double precision",
        "CASE WHEN b = 0 THEN NULL WHEN abs(a) < 1e-150 THEN 0 WHEN abs(b) < 1e-150 THEN NULL ELSE "
        + _within("a / b", f"{DOUBLE}::double precision")
        + " END",
    ),
    _function(
        "cast_double_decimal",
        "a double precision",
        "numeric",
        _within("round(a::text::numeric, 4)", EXACT),
    ),
    _function(
        "cast_double_integer",
        "a double precision",
        "bigint",
        f"({_within('round(a::text::numeric)', WHOLE)})::bigint",
    ),
    _function(
        "ceil_double",
        "a double precision",
        "bigint",
        f"({_within('ceil(a)::text::numeric', WHOLE)})::bigint",
    ),
    _function(
        "floor_double",
        "a double precision",
        "bigint",
        f"({_within('floor(a)::text::numeric', WHOLE)})::bigint",
    ),
    _function(
        "cut_double",
        "a double precision, b double precision",
        "bigint",
        f"({_within('trunc(tresse_divide(a, b))::text::numeric', WHOLE)})::bigint",
    ),
    _function(
        "sqrt", "a double precision", "double precision", "CASE WHEN a >= 0 THEN sqrt(a) END"
    ),
    _function("ln", "a double precision", "double precision", "CASE WHEN a > 0 THEN ln(a) END"),
    _function(
        "exp",
        "a double precision",
        "double precision",
        "CASE WHEN a < -300 THEN 0 WHEN a < 300 THEN "
        + _within("exp(a)", f"{DOUBLE}::double precision")
        + " END",
    ),
    _function(
        "cast_text_decimal",
        "t text",
        "numeric",
        f"CASE WHEN t ~ '^{_SPACE}[+-]?{_DIGITS}{_SPACE}$' THEN "
        + _within("round(t::numeric, 4)", EXACT)
        + " END",
    ),
    _function(
        "cast_text_integer",
        "t text",
        "bigint",
        f"CASE WHEN t ~ '^{_SPACE}[+-]?{_DIGITS}{_SPACE}$' THEN "
        f"({_within('round(t::numeric)', WHOLE)})::bigint END",
    ),
    _function(
        "cast_text_double",
        "t text",
        "double precision",
        f"CASE WHEN t ~ '^{_SPACE}[+-]?{_DIGITS}([eE][+-]?\\d{{1,2}})?{_SPACE}$' THEN "
        + _within("t::double precision", f"{DOUBLE}::double precision")
        + " END",
    ),
    _function(
        "make_date",
        "y bigint, m bigint, d bigint",
        "date",
        "CASE WHEN y BETWEEN 1000 AND 9999 AND m BETWEEN 1 AND 12 AND d BETWEEN 1 AND 31 THEN "
        "CASE WHEN d <= extract(day FROM make_date(y::int, m::int, 1) + interval '1 month - 1 day')"
        " THEN make_date(y::int, m::int, d::int) END END",
    ),
    _function(
        "cast_text_date",
        "t text",
        "date",
        f"(SELECT CASE WHEN {_IS_DAY} END FROM (SELECT {_TRIMMED} AS s) AS trimmed)",
    ),
    _function(
        "cast_text_timestamp",
        "t text, zone text",
        "timestamp with time zone",
        f"(SELECT CASE WHEN t ~ '^{_SPACE}\\d{{4}}-\\d{{2}}-\\d{{2}}[ T]([01]\\d|2[0-3]):[0-5]\\d"
        f"(:[0-5]\\d)?{_SPACE}$' THEN (tresse_cast_text_date(left(s, 10)) + substr(s, 12)::time) "
        f"AT TIME ZONE zone END FROM (SELECT {_TRIMMED} AS s) AS trimmed)",
    ),
    _function(
        "months_between",
        "a date, b date",
        "bigint",
        "CASE WHEN b < a THEN -tresse_months_ahead(b, a) ELSE tresse_months_ahead(a, b) END",
    ),
)
_AHEAD = _function(
    "months_ahead",
    "a date, b date",
    "bigint",
    "((extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) "
    "- extract(month FROM a) - CASE WHEN extract(day FROM b) < extract(day FROM a) AND "
    "extract(month FROM b + 1) = extract(month FROM b) THEN 1 ELSE 0 END)::bigint",
)

FUNCTIONS: tuple[str, ...] = tuple(made for made, _ in (_AHEAD, *_ALL))
"Statements that make them, in order; safe to run again."
DROPS: tuple[str, ...] = tuple(drop for _, drop in (*reversed(_ALL), _AHEAD))
