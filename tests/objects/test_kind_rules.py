"""Validation rules and patterns (C15, C16, G8)."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
import re2

from tests.objects.test_kinds import ENGLISH
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.patterns import BadPattern, compiled, portable
from tresse.objects.kinds.rules import RULES, BadRule, checked
from tresse.objects.refusals import refused_value

NOW = datetime(2026, 3, 10, 23, 30, tzinfo=UTC)  # the 11th in Paris


def kept(kind, texts, *rules):
    with clock.at(NOW):
        return KINDS[kind].parse_all(texts, replace(ENGLISH, rules=rules))


@pytest.mark.parametrize(
    ("kind", "rule", "value", "good", "bad"),
    [
        ("text", "shortest", 2, "ab", "a"),
        ("text", "longest", 2, "ab", "abc"),
        ("text", "pattern", "[0-9]{2}-[A-Z]+", "12-AB", "x12-AB"),
        ("text", "pattern", "a|b", "a", "ab"),
        ("text", "digits_only", True, "75001", "75O01"),
        ("text", "no_spaces", True, "ab", "a b"),
        ("integer", "lowest", 5, "5", "4"),
        ("money", "highest", 5.5, "5.50", "5.51"),
        ("decimal", "most_decimals", 2, "1.5", "1.555"),
        ("date", "earliest", "2026-01-01", "2026-01-01", "2025-12-31"),
        ("datetime", "latest", "2026-01-01", "2026-01-01 23:59", "2026-01-02"),
        ("date", "days_from_today", {"least": 0}, "2026-03-11", "2026-03-10"),
        ("date", "days_from_today", {"least": -30, "most": 0}, "2026-02-09", "2026-02-08"),
        ("email", "allowed_domains", ["x.org"], "a@mail.x.org", "a@yx.org"),
        ("email", "blocked_domains", ["X.org"], "a@y.org", "a@x.org"),
    ],
)
def test_a_value_must_fit_the_rule(kind, rule, value, good, bad):
    """C15: `failed_validation`."""
    checked([{"rule": rule, "value": value}], KINDS[kind])
    values, [refused] = kept(kind, [good, bad, ""], {"rule": rule, "value": value})
    assert values[0] is not None
    assert values[1:] == [None, None]
    assert (refused.position, refused.text, refused.code) == (1, bad, "failed_validation")


def test_each_rule_is_tried_above():
    [marks] = [
        mark for mark in test_a_value_must_fit_the_rule.pytestmark if mark.name == "parametrize"
    ]
    assert {case[1] for case in marks.args[1]} == {rule.name for rule in RULES}


def test_a_rule_may_have_a_message_of_its_own():
    """C15, C129."""
    _, [refused] = kept("text", ["75O01"], {"rule": "digits_only"})
    sentence = 'Postcode "75O01" does not fit the rule digits only.'
    assert refused_value("Postcode", refused).message == sentence
    _, [refused] = kept("text", ["x"], {"rule": "digits_only", "message": "five digits"})
    assert (
        refused_value("Postcode", refused).message
        == 'Postcode "x" does not fit the rule five digits.'
    )


@pytest.mark.parametrize(
    ("kind", "given", "position"),
    [
        ("text", {"rule": "pattern", "value": "a(b"}, 2),
        ("text", {"rule": "pattern", "value": r"(a)\1"}, 5),
        ("text", {"rule": "pattern", "value": "x" * 501}, 501),
        ("text", {"rule": "longest", "value": "ten"}, None),
        ("text", {"rule": "longest", "value": True}, None),
        ("text", {"rule": "lowest", "value": 1}, None),
        ("text", {"rule": "digits_only", "value": "maybe"}, None),
        ("integer", {"rule": "lowest", "value": "nan"}, None),
        ("integer", {"rule": "lowest", "values": 1}, None),
        ("integer", {}, None),
        ("decimal", {"rule": "most_decimals", "value": 5}, None),
        ("date", {"rule": "earliest", "value": "soon"}, None),
        ("date", {"rule": "days_from_today", "value": {"least": 3, "most": 1}}, None),
        ("date", {"rule": "days_from_today", "value": {"from": 3}}, None),
        ("email", {"rule": "allowed_domains", "value": "x.org"}, None),
    ],
)
def test_a_rule_that_cannot_be_used_is_not_saved(kind, given, position):
    """C15: `bad_pattern` with the character, else `wrong_value`."""
    with pytest.raises(BadRule) as caught:
        checked([given], KINDS[kind])
    assert caught.value.position == position
    assert caught.value.code == ("bad_pattern" if position else "wrong_value")


def test_an_unknown_rule_is_not_saved():
    with pytest.raises(TresseError, match='Did you mean "longest"'):
        checked([{"rule": "longets", "value": 1}], KINDS["text"])


def test_rules_are_stored_as_they_were_given():
    rules = [
        {"rule": "longest", "value": 3, "message": "Short."},
        {"rule": "no_spaces", "value": True},
    ]
    assert checked(rules, KINDS["text"]) == rules


@pytest.mark.parametrize(
    ("pattern", "position"),
    [
        ("(", 1),
        ("a)", 2),
        ("[a", 1),
        ("a**", 3),
        ("*a", 1),
        ("a{300}", 2),
        ("a{2,1}", 2),
        ("a{,2}", 2),
        ("(?=a)", 3),
        ("(?<a>b)", 3),
        (r"\1", 2),
        (r"\pL", 2),
        ("[[:alpha:]]", 2),
        ("^*", 2),
        (r"\b+", 3),
        ("[b-a]", 2),
        ("a\\", 2),
        (r"[\W]", 3),
        (r"\x0", 2),
        (r"\x00", 2),
        ("{", 1),
        ("a{1000}{1000}", 2),
        ("(a{255}){255}", 13),
    ],
)
def test_a_pattern_is_refused_where_it_cannot_be_read(pattern, position):
    """C15, G8: `bad_pattern` names the character."""
    with pytest.raises(BadPattern) as caught:
        portable(pattern)
    assert caught.value.position == position


@pytest.mark.parametrize(
    "pattern",
    [
        "a.c",
        r"^\d{2,}-\w+$",
        r"[\w.-]+@",
        "[^a-c]",
        r"a\.b\\",
        "(?:ab|c)+?",
        r"[\]\-^\\]",
        "(?P<x>a)b?",
        r"\t[\n]",
        r"\x41",
        "[]a]",
        "a|",
        "é+",
        r"\S\D",
        r"\Aa\z",
        "a{3}?",
        "[a-]",
        r"[+\-.]",
        "'\"%_",
    ],
)
def test_a_pattern_means_what_re2_reads_in_it(pattern):
    texts = [
        "abc",
        "a\nc",
        "12-x",
        "a.b\\",
        "ababc",
        "]",
        "^",
        "\\",
        "\t",
        "\n",
        "A",
        "aa",
        "é",
        "-",
        "x y",
    ]
    texts += ["'\"%_", "", "aaa", "+", "ab"]
    written = compiled(portable(pattern))
    for text in texts:
        assert bool(written.search(text)) == bool(re2.search(pattern, text)), text


def test_values_are_checked_as_values():
    values, refusals = kept("money", ["5", "x"], {"rule": "lowest", "value": 1})
    assert values == [Decimal(5), None]
    assert [refused.code for refused in refusals] == ["could_not_parse_number"]
    assert kept("date", ["2026-03-01"]) == ([date(2026, 3, 1)], [])
