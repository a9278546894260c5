"""Functions of ours in a PostgreSQL database: normal and folded forms, equal to `kernel.text`.

They serve columns whose normal form is not stored. What `str.casefold` does beyond Unicode's lower
case (ICU's, which PostgreSQL has) is written out from Python's own tables, so that both agree.
"""

import sys
import unicodedata
from collections.abc import Iterable, Iterator


def _characters() -> Iterator[str]:
    return (chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)


def _escaped(character: str) -> str:
    """A character within the brackets of a PostgreSQL pattern."""
    return f"\\U{ord(character):08x}"


def _bracket(characters: Iterable[str]) -> str:
    """The characters as `[a-c…]`."""
    ranges: list[list[str]] = []
    for each in characters:
        if ranges and ord(each) == ord(ranges[-1][1]) + 1:
            ranges[-1][1] = each
        else:
            ranges.append([each, each])
    return "[" + "".join(f"{_escaped(low)}-{_escaped(high)}" for low, high in ranges) + "]"


def _replaced(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = f"replace({text}, '{old}', '{new}')"
    return text


SPACES = _bracket(c for c in _characters() if c.isspace())
COMBINING = _bracket(c for c in _characters() if unicodedata.combining(c))
# Lower-case letters that fold further, and that compatibility forms leave as they are.
_FOLDED = {
    c: c.casefold()
    for c in _characters()
    if c.lower() == c != c.casefold() and unicodedata.normalize("NFKC", c) == c
}
_SINGLE = {c: to for c, to in _FOLDED.items() if len(to) == 1}
_SEVERAL = {c: to for c, to in _FOLDED.items() if len(to) > 1}
_STROKES = (("œ", "oe"), ("æ", "ae"), ("ß", "ss"))

_FOLD = f"""
CREATE OR REPLACE FUNCTION tresse_case_folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN t ~ '{_bracket(_FOLDED)}' THEN {
    _replaced(
        f"translate(t, '{''.join(_SINGLE)}', '{''.join(_SINGLE.values())}')", _SEVERAL.items()
    )
} ELSE t END
$$"""

_NORMAL = f"""
CREATE OR REPLACE FUNCTION tresse_normal(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE
    WHEN octet_length(t) = length(t) AND t !~ '{SPACES}{{2}}|^{SPACES}|{SPACES}$|[^ -~]'
      THEN lower(t COLLATE "C")
    WHEN octet_length(t) = length(t)
      THEN btrim(regexp_replace(lower(t COLLATE "C"), '{SPACES}+', ' ', 'g'), ' ')
    ELSE btrim(regexp_replace(normalize(tresse_case_folded(
      lower(normalize(t, NFKC) COLLATE "und-x-icu") COLLATE "C"), NFKC),
      '{SPACES}+', ' ', 'g'), ' ')
  END
$$"""

_FOLDED_FORM = f"""
CREATE OR REPLACE FUNCTION tresse_unmarked(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(t) = length(t) THEN t ELSE normalize(
    {
    _replaced(
        f"translate(regexp_replace(normalize(t, NFKD), '{COMBINING}+', '', 'g'), 'łøđð', 'lodd')",
        _STROKES,
    )
}, NFKC) END
$$"""

_SEARCHED = """
CREATE OR REPLACE FUNCTION tresse_folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT tresse_unmarked(tresse_normal(t)) $$"""

FUNCTIONS: tuple[str, ...] = (_FOLD, _NORMAL, _FOLDED_FORM, _SEARCHED)
"Statements that make them, in order; safe to run again."
DROPS: tuple[str, ...] = (
    "DROP FUNCTION IF EXISTS tresse_folded(text)",
    "DROP FUNCTION IF EXISTS tresse_unmarked(text)",
    "DROP FUNCTION IF EXISTS tresse_normal(text)",
    "DROP FUNCTION IF EXISTS tresse_case_folded(text)",
)
