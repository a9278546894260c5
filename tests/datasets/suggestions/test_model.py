"""Pairs counted and scored: blocking rules, levels, weights (D64)."""

import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tresse.datasets.comparisons import COMPARISONS
from tresse.datasets.suggestions import blocking, model
from tresse.datasets.suggestions.blocking import RULES, Counted, counted, rules_for, taken
from tresse.datasets.suggestions.model import comparisons_for, scored
from tresse.engine.duckdb import lent

ROOT = Path(__file__).parents[3]
NAMES = ("first_name", "last_name", "full_name", "birth_date", "email", "local", "city")
COLUMNS: list[sa.ColumnClause[Any]] = [
    sa.column("rid", sa.BigInteger()),
    sa.column("golden", sa.Text()),
    *(sa.column(name, sa.Text()) for name in NAMES),
]


def person(rid, golden, first, last, birth, email, city):
    values = (first, last, f"{first}{last}", birth, email, email and email.split("@")[0], city)
    return {"rid": rid, "golden": golden, **dict(zip(NAMES, values, strict=True))}


def people():
    """Two hundred persons, and four who are there twice with an error."""
    rows = [
        person(
            n,
            f"g{n}",
            f"first{n % 37}",
            f"last{n % 53}",
            f"19{50 + n % 47}-0{1 + n % 9}-1{n % 10}",
            f"mail{n}@x.fr",
            f"city{n % 11}",
        )
        for n in range(200)
    ]
    for n in range(4):
        twin = {**rows[n], "rid": 1_000 + n, "golden": f"h{n}", "email": f"mail{n}@y.fr"}
        rows.append({**twin, "first_name": f"{twin['first_name']}x"})
    return rows


def batch(rows):
    schema = pa.schema([("rid", pa.int64()), *((c.name, pa.string()) for c in COLUMNS[1:])])
    return pa.RecordBatch.from_pylist(rows, schema=schema)


def levels_of(comparison, pairs):
    """Which level holds for pairs of values: the number of levels for the first, 0 where they
    differ, -1 where one is unknown."""
    made = model._comparison(model._splink(), comparison).get_comparison("duckdb")
    columns = [f"{comparison.name}_l", f"{comparison.name}_r"]
    table = pa.table(dict(zip(columns, map(list, zip(*pairs, strict=True)), strict=True)))
    parts = ", ".join(f"split_part({each}, '@', 1) AS local_{each[-1]}" for each in columns)
    with lent() as connection:
        connection.register("loading", table)
        rows = f"(SELECT *, {parts} FROM loading)"  # noqa: S608  names of ours
        level, *others, _ = (each.sql_condition for each in made.comparison_levels)
        cases = [f"WHEN {level} THEN -1"]
        cases += [f"WHEN {each} THEN {len(others) - at}" for at, each in enumerate(others)]
        found = connection.execute(f"SELECT CASE {' '.join(cases)} ELSE 0 END FROM {rows}")  # noqa: S608
        return [level for (level,) in found.fetchall()]


def test_rules_of_the_specification_are_always_taken():
    """D64: last name and birth date; full name and postal code; phone; local part and last name."""
    needed = {rule.columns for rule in RULES if rule.is_needed}

    assert needed == {
        ("last_name", "birth_date"),
        ("full_name", "postal_code"),
        ("phone",),
        ("local", "last_name"),
    }
    assert [rule.name for rule in rules_for(["phone", "city"])] == ["phone"]
    assert len({rule.name for rule in RULES}) == len({rule.columns for rule in RULES}) == len(RULES)


def test_pairs_are_counted_before_they_are_made(any_engine):
    """D64: of different golden records, each once; on both engines."""
    rows = [
        person(1, "g1", "ada", "roy", "1990-01-01", "ada@x.fr", "paris"),
        person(2, "g1", "ada", "roy", "1990-01-01", "ada@y.fr", "paris"),
        person(3, "g2", "ada", "roy", "1990-01-01", None, "lyon"),
        person(4, "g3", "ben", "roy", "1990-01-01", "ada@x.fr", None),
        person(5, "g4", "cy", None, "1990-01-01", None, None),
    ]
    table = any_engine.load("suggest_counted", [batch(rows)], COLUMNS)

    found = {each.rule.name: each for each in counted(any_engine, table, rules_for(NAMES))}

    # Of four, six pairs, less the one of g1.
    assert (found["last_name_birth_date"].pairs, found["last_name_birth_date"].largest) == (5, 4)
    assert found["local_last_name"].pairs == 2
    assert found["full_name"].pairs == 2
    assert found["full_name_city"].pairs == 0


def test_further_rules_are_taken_while_there_are_few_pairs(monkeypatch):
    """D64: those of the specification always, others in order."""
    monkeypatch.setattr(blocking, "MOST_OF_FURTHER", 10)
    numbers = {"phone": 4, "local": 5, "first_name_birth_date": 7, "full_name": 1}
    counts = [Counted(rule, numbers[rule.name], 2) for rule in RULES if rule.name in numbers]

    assert [each.rule.name for each in taken(counts)] == ["phone", "local", "full_name"]


def test_likely_pairs_are_found_with_what_speaks_for_them():
    """D64: Fellegi–Sunter weights by level; a value that differs speaks against."""
    rows = people()
    rules = rules_for(NAMES)
    steps: list[str] = []

    with lent() as connection:
        found = scored(
            connection, [batch(rows)], batch(rows).schema, rules, threshold=0.5, say=steps.append
        )

    assert steps == ["learn", "score"]
    pairs = {(each.a, each.b): each for each in found}
    assert {(n, 1_000 + n) for n in range(4)} <= set(pairs)
    best = pairs[0, 1_000]
    assert best.levels["last_name"][0] == "the same"
    assert best.levels["last_name"][1] > 0
    assert best.levels["first_name"][0] in ("nearly the same", "alike")
    assert best.levels["email"][0] == "the same before the @"
    assert best.probability > 0.9
    assert found == sorted(found, key=lambda each: (-each.weight, each.a, each.b))


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.name)
def test_comparisons_keep_their_promises(comparison):
    """style.md, section 7: symmetric; a value and itself reach the top; NULL is its own level."""
    values = ["jean", "jeanne", "jean-pierre", "zoé", "a@x.fr", "a@y.fr", "1990-01-12", "", None]
    pairs = [(left, right) for left in values for right in values]

    levels = dict(zip(pairs, levels_of(comparison, pairs), strict=True))

    top = len(comparison.levels)
    for (left, right), level in levels.items():
        assert level == levels[right, left]
        assert (level == -1) == (left is None or right is None)
        assert level in (top, -1) or left != right
        assert -1 <= level <= top


def test_the_whole_name_is_compared_where_there_are_no_parts():
    """D64: no column speaks twice."""
    assert [each.name for each in comparisons_for(["full_name", "city"])] == ["full_name", "city"]
    assert "full_name" not in [each.name for each in comparisons_for(NAMES)]


def test_the_reference_lists_every_comparison():
    """style.md, section 7: a row per member in docs/reference."""
    text = (ROOT / "docs" / "reference" / "comparisons.md").read_text("utf-8")

    listed = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert listed == [each.name for each in COMPARISONS]
