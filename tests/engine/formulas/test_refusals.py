"""What a formula is refused with, and where (D104, D105)."""

from pathlib import Path

import pytest

from tests.engine.formulas.engines import SETTING, on_sqlite, statement
from tresse.engine.formulas import FUNCTIONS, Column, Type, built, read
from tresse.engine.formulas.refusals import FORMULA_SYNTAX
from tresse.kernel.errors import TresseError

HOSTILE = [
    text for text in Path(__file__).with_name("hostile.txt").read_text().splitlines() if text
]
BOMBS = {
    "brackets": "(" * 900 + "amount" + ")" * 900,
    "minuses": "- " * 900 + "1",
    "nots": "not " * 400 + "yes",
    "sum": "+".join(["amount"] * 60),
    "and": " and ".join(["yes"] * 210),
    "long": "'" + "x" * 2_001 + "'",
    "literal": "'" + "x" * 201 + "'",
    "nested replaces": "replace(" * 31 + "name" + ", 'a', 'aaaaaaaa')" * 31,
    "case": "case when yes then " * 40 + "1" + " end" * 40,
    "betweens": "coalesce(" * 29 + "1" + ", 1)" * 29 + " in (" + ", ".join("1" * 180) + ")",
}


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_is_refused_before_any_engine_sees_it(text):
    """D100, D105"""
    with pytest.raises(TresseError) as refused:
        statement(text)

    assert refused.value.code.startswith("formula_")
    assert 1 <= refused.value.details["position"] <= len(text) + 1


@pytest.mark.parametrize("typed", ["x' OR 1=1 --", "%(name)s", ":name; DROP TABLE t", "{0}"])
def test_what_was_typed_never_stands_in_a_statement(typed):
    """D100: a formula is built anew; its texts are bound, and come back as they are."""
    text = "'" + typed.replace("'", "''") + "'"
    bound = statement(f"concat(name, {text})")[1].compile()

    assert typed not in str(bound)
    assert typed in bound.params.values()
    assert on_sqlite(text) == typed


def test_the_corpus_is_large_enough():
    """D105"""
    assert len(set(HOSTILE)) >= 60


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS)
def test_a_formula_that_would_grow_is_refused(text):
    """D105"""
    with pytest.raises(TresseError) as refused:
        statement(text)

    assert refused.value.code in {"formula_too_long", "formula_argument"}


def test_what_engines_write_twice_counts_as_often():
    """D105"""
    text = "list_length(list)"
    column = Column(Type.LIST, statement("topics")[0].expression, size=2_000)

    with pytest.raises(TresseError, match="3,000"):
        built(text, {"list": column}, SETTING)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "amout + 1",
            'There is no column or property "amout" (character 1). Did you mean "amount"?',
        ),
        ("1 + lenght(name)", 'There is no function "lenght" (character 5). Did you mean "length"?'),
        ("1 + country", "country is text; + needs two numbers (character 5)."),
        ("name > 1", "1 is a whole number; > needs text (character 8)."),
        ("yes + 1", "yes is true or false; + needs two numbers (character 1)."),
        ("if(amount, 1, 2)", "amount is a number; CASE needs true or false (character 4)."),
        ("left(country, -1)", "left needs 0 or more, not -1 (character 15)."),
        ("split_part(name, ';', 0)", "split_part needs 1 or more, not 0 (character 23)."),
        ("round(amount, 5)", "round needs a number from 0 to 4, not 5 (character 15)."),
        ("round(amount, count_)", "round needs a number from 0 to 4, not count_ (character 15)."),
        (
            "date_trunc('hour', at)",
            "date_trunc needs 'day', 'week', 'month', 'quarter', 'year', not 'hour' "
            "(character 12).",
        ),
        ("left(country)", "left needs (text, count), not (1) (character 1)."),
        ("upper(amount)", "amount is a number; upper needs text (character 7)."),
        ("day_ > 'soon'", "'soon' is text; > needs a date (character 8)."),
        ("cast(topics as integer)", "topics is a list; CAST needs a whole number (character 6)."),
        (
            "SUM(amount)",
            "SUM works on many records (character 1); a formula sees one. Use a rollup instead.",
        ),
        (
            "amount JOIN deal",
            "JOIN is not possible here (character 8). Declare a relation between the datasets and "
            "use an aggregate such as SUM(orders.amount).",
        ),
        (
            "amount FROM deal",
            "A formula is one expression: FROM is not possible here (character 8). Name properties "
            "and functions only.",
        ),
        (
            "(SELECT 1)",
            "A query inside a formula is not possible (character 1). Use a rollup instead.",
        ),
        (
            "amount OVER ()",
            "OVER is not possible here (character 8). A formula sees one record only.",
        ),
        ("amount +", "The formula cannot be read at character 9: it ends here."),
        ("amount 7", 'The formula cannot be read at character 8: "7".'),
        ("", "The formula cannot be read at character 1: it ends here."),
        ("x" * 2_001, "The formula has 2001 characters; the most is 2000."),
    ],
)
def test_a_refusal_says_what_and_where(text, sentence):
    """D104"""
    with pytest.raises(TresseError) as refused:
        statement(text)

    assert refused.value.message == sentence


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_every_function_refuses_a_wrong_number_of_arguments(function):
    """D104"""
    wrong = function.fewest - 1 if function.fewest else 1
    text = f"{function.name}({', '.join(['null'] * wrong)})"

    with pytest.raises(TresseError) as refused:
        statement(text)

    assert refused.value.code == "formula_argument"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda each: each.name)
def test_the_example_of_every_function_can_be_read(function):
    """D102"""
    assert read(function.example).text == function.name


def test_a_refusal_is_a_sentence():
    assert FORMULA_SYNTAX(position=3, found='"~"').message.endswith('character 3: "~".')
