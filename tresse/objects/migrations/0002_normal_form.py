"""PostgreSQL learns the normal and folded forms of `kernel.text`, for columns that keep none."""

import sys
import unicodedata

from django.db import migrations

STROKES = {"ł": "l", "đ": "d", "ð": "d", "ø": "o", "ß": "ss", "œ": "oe", "æ": "ae"}
NEAR = "\u024f"
"Up to here stand the letters of Latin scripts: a short table, searched letter by letter."
# What Python calls white space and NFKC leaves as it is.
SPACES = "\t\n\v\f\r\x1c\x1d\x1e\x1f \x85\u1680\u2028\u2029"

NORMAL = """
CREATE OR REPLACE FUNCTION tresse_normal(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    result text;
BEGIN
    IF octet_length(given) = char_length(given) THEN
        result := lower(given COLLATE "C");
    ELSE
        result := normalize(given, NFKC);
        IF result ~ {distant} THEN
            result := translate(result, {single}, {lowered});
        ELSE
            result := translate(result, {near}, {near_lowered});
        END IF;
        IF result ~ {several} THEN
            {replaced}
        END IF;
        result := normalize(result, NFKC);
    END IF;
    RETURN btrim(regexp_replace(result, {spaces}, ' ', 'g'));
END
$body$
"""
FOLDED = """
CREATE OR REPLACE FUNCTION tresse_folded(given text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $body$
DECLARE
    result text := tresse_normal(given);
BEGIN
    IF octet_length(result) = char_length(result) THEN
        RETURN result;
    END IF;
    result := translate(normalize(result, NFKD), {combining}, '');
    result := translate(result, {stroked}, {bare});
    {replaced}
    RETURN normalize(result, NFKC);
END
$body$
"""


def functions() -> list[str]:
    """The two functions, made from the same Unicode tables as Python's."""
    one: dict[str, str] = {}
    more: dict[str, str] = {}
    combining = []
    for point in range(0x80, sys.maxunicode + 1):
        letter = chr(point)
        if unicodedata.combining(letter):
            combining.append(letter)
        folded = letter.casefold()
        if folded != letter:
            (one if len(folded) == 1 else more)[letter] = folded
    one.update({chr(point): chr(point + 32) for point in range(ord("A"), ord("Z") + 1)})
    single = {letter: to for letter, to in STROKES.items() if len(to) == 1}
    return [
        NORMAL.format(
            distant=_text(f"[^\x01-{NEAR}]"),
            near=_text("".join(each for each in one if each <= NEAR)),
            near_lowered=_text("".join(to for each, to in one.items() if each <= NEAR)),
            single=_text("".join(one)),
            lowered=_text("".join(one.values())),
            several=_text(f"[{''.join(more)}]"),
            replaced=_replacing(more),
            spaces=_text(f"[{SPACES}]+"),
        ),
        FOLDED.format(
            combining=_text("".join(combining)),
            stroked=_text("".join(single)),
            bare=_text("".join(single.values())),
            replaced=_replacing({k: v for k, v in STROKES.items() if len(v) > 1}),
        ),
    ]


def _replacing(letters: dict[str, str]) -> str:
    return "\n            ".join(
        f"result := replace(result, {_text(letter)}, {_text(to)});"
        for letter, to in letters.items()
    )


def _text(value: str) -> str:
    """A literal that needs nothing of the server's settings."""
    return "E'" + "".join(f"\\U{ord(letter):08X}" for letter in value) + "'"


def make_functions(apps: object, schema_editor: object) -> None:
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            for text in functions():
                cursor.execute(text)


def drop_functions(apps: object, schema_editor: object) -> None:
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION IF EXISTS tresse_folded(text), tresse_normal(text)")


class Migration(migrations.Migration):
    dependencies = [("objects", "0001_objects")]

    operations = [migrations.RunPython(make_functions, drop_functions)]
