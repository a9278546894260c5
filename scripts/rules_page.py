"""The generated reference pages of what sources read: types of columns, and rules."""

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from typing import Any

from scripts.markdown import filled, section, table

MARKS = """† What the rule cannot read becomes empty and is counted, as `<rule>_unreadable`; the
cell stays beside it. ‡ Applied twice it may give something else than once."""
ORDER = """Rules are applied in the order given, after a cell is read as the type of its column.
Those that take text and cannot take the type of the column are applied before: `{type: integer,
rules: [empty_to_null]}` takes the words for nothing away, then reads the number. Empty cells stay
empty, a text of which nothing is left is empty, and no rule ever stops a run."""
FORMATS = """A format says year, month and day once each: `%Y` (2026), `%y` (26; 00 to 68 are
20xx), `%m`, `%d`, `%b` or `%B` (names of months in English, French, Polish, German, Spanish and
Italian, full or short), `%a` or `%A` (names of days, which are not looked at), `%H` or `%I` with
`%p`, `%M`, `%S`, `%f` (fractions of a second), `%z` (an offset), `%%`. Other characters stand for
themselves. `unix` and `unix_ms` are seconds and milliseconds since 1970."""
ZONES = """A date-time without an offset is in the zone of its column, else in that of the
account. A time that the clock skipped moves to the next one there is, one that it showed twice is
the first; both are counted."""
PROPOSED = """Types are proposed from all cells of a column: the narrowest that every cell fits
which is not blank. Never a number: cells with a leading zero or plus, or with more than 15
digits. Where both orders of day and month fit, or both decimal signs, a person is asked. Words
for nothing that occur (`N/A`, `NULL`, `-`) are proposed and applied only when they are accepted.
Of databases the own types are taken."""
WARNINGS = """Counted, and no fault: `nul_removed` (characters U+0000 taken out), `rounded` (a
decimal with more than 6 places), `not_finite` (NaN and infinities, which are empty),
`time_dropped` (the time of day of a date), `time_gap` and `time_overlap` (local times at a change
of the clocks), `places_cut` (fractions of a microsecond)."""


HEADS = {
    "normalisation.md": (
        "Normalisation rules",
        """Rules put the values of a column into one form, so that equal ones are equal. Sources
        and datasets have the same ones; they give the same on DuckDB and on Spark. In a definition
        a rule stands as its name, or with settings: `rules: [trim, {phone: {country: FR}}]`;
        `rules: auto` takes those of the semantic field
        ([source-types.md](source-types.md)).""",
    ),
    "source-types.md": (
        "Types of columns of sources",
        """What the cells of a column are read as. A cell that cannot be read becomes empty with a
        warning, and its row stays, unless the column is a key, the cursor or required: then the
        row is refused with the code of the last column. A column of which 20 cells or more hold
        something and none can be read is warned of first (`column_emptied`), and its source stands
        as *Worth a look*. Where a column sets no decimal sign, the point is one, and a comma before
        one or two digits where it can be nothing else: `1 234,50 €` and `1.234,5`, whereas `1,234`
        is a thousand and more. Rules that work on columns are in
        [normalisation.md](normalisation.md).""",
    ),
}
"Title and first paragraph of each page."


def _shown(value: Any) -> str:
    """A value of an example as a person reads it."""
    if value is None:
        return "empty"
    if isinstance(value, datetime):
        return f"`{value.isoformat().replace('+00:00', 'Z')}`"
    if isinstance(value, Decimal | date | int) and not isinstance(value, bool):
        return f"`{value}`"
    written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    escaped = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in written)
    quoted = f'"{escaped}"' if escaped != escaped.strip() or "\\u" in escaped else escaped
    return f"`` {quoted} ``" if "`" in quoted else f"`{quoted}`"


def _example(example: tuple[dict[str, Any], Any, Any]) -> str:
    settings, value, result = example
    said = ", ".join(f"{key}: {_setting(each)}" for key, each in settings.items())
    given = f"`{said}`: " if said else ""
    return f"{given}{_shown(value)} → {_shown(result)}"


def _setting(value: Any) -> str:
    return value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _settings(rule: Any, written_name: Any) -> str:
    found = []
    for each in fields(rule.Settings):
        default = "" if each.default is MISSING else each.default
        shown = " ".join(default) if isinstance(default, tuple) else default
        said = f" ({_setting(shown)})" if shown != "" else ""
        found.append(f"`{written_name(each.name)}`{said}")
    return ", ".join(found) or "–"


def normalisation_page() -> Iterator[str]:
    """All rules, with settings and examples."""
    rules = import_module("tresse.sources.rules").RULES
    written_name = import_module("tresse.sources.rules.settings").written_name
    rows = []
    for rule in rules:
        marks = ("" if not rule.can_fail else " †") + ("" if rule.is_settled else " ‡")
        takes = ", ".join(sorted(rule.takes))
        gives = f" → {rule.gives}" if rule.gives and rule.takes != {rule.gives} else ""
        examples = "<br>".join(map(_example, rule.examples)) or "–"
        rows.append(
            (
                f"`{rule.name}`{marks}",
                rule.does,
                _settings(rule, written_name),
                takes + gives,
                examples,
            )
        )
    yield from filled(ORDER)
    yield from section("Rules", *table("rule", "does", "settings", "takes", "examples", rows=rows))
    yield from ("", *filled(MARKS))
    yield from section("Formats of dates", *filled(FORMATS))


def source_types_page() -> Iterator[str]:
    """All types, what is counted, how types are proposed, and semantic fields."""
    types = import_module("tresse.sources.types").TYPES
    semantics = import_module("tresse.sources.semantics")
    rows = (
        (f"`{each.name}`", each.stored, each.reads, f"`{each.code}`" if each.code else "–")
        for each in types
    )
    yield from table("type", "stored as", "reads", "else", rows=rows)
    yield from ("", *filled(WARNINGS))
    yield from section("Formats", *filled(FORMATS))
    yield from ("", *filled(ZONES))
    yield from section("Proposals", *filled(PROPOSED))
    fields = (
        (f"`{entity}`", " ".join(f"`{name}`" for name in names))
        for entity, names in semantics.OF_ENTITY.items()
    )
    yield from section("Semantic fields", *table("entity", "fields", rows=fields))
    auto = (
        (f"`{name}`", ", ".join(f"`{rule}`" for rule in semantics.rules_for(name)))
        for name in semantics.FIELDS
        if semantics.rules_for(name)
    )
    yield from section("Rules of `rules: auto`", *table("field", "rules", rows=auto))
