"""Functions of ours in a PostgreSQL database, equal to `kernel.text` and `engine.fulltext`.

They serve columns whose normal form is not stored. What `str.casefold` does beyond Unicode's lower
case (ICU's, which PostgreSQL has) is written out from Python's own tables, so that both agree.
"""

import sys
import unicodedata
from collections.abc import Iterable, Iterator

from tresse.engine.fulltext import (
    BARE,
    FIRST,
    LONGEST_WORD,
    MARKS,
    ONE_DIGIT,
    STROKES,
    TWO_DIGITS,
    WITHIN,
)


def characters() -> Iterator[str]:
    """All characters but halves of surrogate pairs."""
    return (chr(n) for n in range(sys.maxunicode + 1) if not 0xD800 <= n <= 0xDFFF)


def _escaped(character: str) -> str:
    """A character within the brackets of a PostgreSQL pattern."""
    return f"\\U{ord(character):08x}"


def bracket(characters: Iterable[str]) -> str:
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


SPACES = bracket(c for c in characters() if c.isspace())
COMBINING = bracket(c for c in characters() if unicodedata.combining(c))
# Lower-case letters that fold further, and that compatibility forms leave as they are.
_FOLDED = {
    c: c.casefold()
    for c in characters()
    if c.lower() == c != c.casefold() and unicodedata.normalize("NFKC", c) == c
}
_SINGLE = {c: to for c, to in _FOLDED.items() if len(to) == 1}
_SEVERAL = {c: to for c, to in _FOLDED.items() if len(to) > 1}
_STROKES = (("œ", "oe"), ("æ", "ae"), ("ß", "ss"))

_FOLD = f"""
CREATE OR REPLACE FUNCTION tresse_case_folded(t text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN t ~ '{bracket(_FOLDED)}' THEN {
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

# `engine.fulltext.words`: what is no letter, mark or number parts words.
BETWEEN = bracket(c for c in characters() if unicodedata.category(c)[0] not in WITHIN)

# Not in SQL, which the planner would write into the statement once per use of an argument, each
# within the next: a text with one accent then took 20 ms.
SEARCH_FUNCTIONS: tuple[str, ...] = (
    """
CREATE OR REPLACE FUNCTION tresse_folded(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE n text := tresse_normal(t);
BEGIN
  IF octet_length(n) = length(n) THEN RETURN n; END IF;
  RETURN tresse_unmarked(n);
END $$""",
    f"""
CREATE OR REPLACE FUNCTION tresse_words(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE f text := tresse_folded(t);
BEGIN
  IF octet_length(f) = length(f) THEN
    RETURN btrim(regexp_replace(f, '[^a-z0-9]+', ' ', 'g'), ' ');
  END IF;
  RETURN btrim(regexp_replace(f, '{BETWEEN}+', ' ', 'g'), ' ');
END $$""",
    f"""
CREATE OR REPLACE FUNCTION tresse_search(t text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  f text := t;
  w text[];
BEGIN
  IF octet_length(f) <> length(f) THEN
    f := regexp_replace(normalize(f, NFKD), '{bracket(MARKS)}+', '', 'g');
    IF octet_length(f) <> length(f) THEN
      f := translate(f, '{STROKES}', '{BARE}');
    END IF;
  END IF;
  IF octet_length(f) = length(f) THEN
    f := {_replaced('lower(f COLLATE "C")', ((each, " ") for each in "@.-_"))};
    IF f ~ '[^a-z0-9 ]' THEN
      f := regexp_replace(f, '[^a-z0-9]+', ' ', 'g');
    END IF;
  ELSE
    f := tresse_words(t);
  END IF;
  w := array_remove(string_to_array(f, ' '), '');
  IF w = '{{}}' THEN RETURN ''::tsvector; END IF;
  -- Only then can one be longer: each of the others takes a letter and a blank.
  IF length(f) > {LONGEST_WORD} + 2 * (cardinality(w) - 1) THEN
    w := ARRAY(SELECT left(each, {LONGEST_WORD})
      FROM unnest(w) WITH ORDINALITY AS whole(each, at) ORDER BY at);
  END IF;
  RETURN array_to_tsvector(w || ('{FIRST}' || w[1]));
END $$""",  # noqa: S608  our own patterns
    f"""
CREATE OR REPLACE FUNCTION tresse_digits(t text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE d text := regexp_replace(t, '[^0-9]+', '', 'g');
BEGIN
  RETURN d || ' ' || CASE
    WHEN t NOT LIKE '+%' THEN ltrim(d, '0')
    WHEN d ~ '^({ONE_DIGIT})' THEN substr(d, 2)
    WHEN d ~ '^({TWO_DIGITS})' THEN substr(d, 3)
    ELSE substr(d, 4) END;
END $$""",
)
"Statements that make the functions on PostgreSQL, in order; safe to run again."
SEARCH_DROPS: tuple[str, ...] = tuple(
    f"DROP FUNCTION IF EXISTS tresse_{name}(text)" for name in ("digits", "search", "words")
)
