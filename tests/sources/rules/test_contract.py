"""What every rule promises, on every engine (D30, D31)."""

from dataclasses import fields, replace
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.sources.hostile import DEFAULTS, TEXTS, WORDS, cells, loaded
from tresse.engine.relations import arrow_type
from tresse.sources.columns import RuleUse
from tresse.sources.rules import RULES, applied, given_type
from tresse.sources.rules.base import TextRule
from tresse.sources.rules.settings import checked, settings_of
from tresse.sources.types import TYPES

EXAMPLES = [
    (rule, settings, value, wanted) for rule in RULES for settings, value, wanted in rule.examples
]
GIVEN: dict[str, dict[str, Any]] = {
    "replace": {"find": "a", "by": "b"},
    "replace_pattern": {"pattern": "[0-9]+", "by": "#"},
    "map_values": {"map": {"Ada": "Grace"}},
    "null_if": {"in": ["Ada"], "pattern": "^x", "below": "3"},
    "clamp": {"low": "0", "high": "10"},
    "prefix": {"text": "FR-"},
    "suffix": {"text": "!"},
    "pad_left": {"length": 5},
    "truncate": {"length": 3},
    "part": {"separator": " ", "n": 1},
    "json_value": {"path": "a.b[1]"},
    "date": {"formats": ["%d/%m/%y", "%d/%m/%Y", "%d %B %Y"]},
    "datetime": {"formats": ["%d/%m/%Y %H:%M"]},
}
"Settings of the rules that cannot do without, or do little."
OF_TEXT = [rule for rule in RULES if "text" in rule.takes]
IN_PYTHON = [rule for rule in RULES if isinstance(rule, TextRule)]


def use(rule, settings=None, type_="text"):
    """The rule with checked settings."""
    given_ = GIVEN.get(rule.name, {}) if settings is None else settings
    return RuleUse(rule.name, checked(rule, given_, type_))


def type_of(value, rule):
    """The type a rule takes that a value of an example has."""
    by_python = {"str": "text", "int": "integer", "Decimal": "decimal", "datetime": "datetime"}
    found = by_python[type(value).__name__]
    assert found in rule.takes
    return found


def in_python(rule):
    """The rule on one text, as its function in Python works it out."""
    settings = settings_of(rule, use(rule).settings)
    arguments = rule.arguments(settings, DEFAULTS)
    return lambda text: type(rule).python(text, **arguments) or None


def plain(value):
    """Comparable whatever the engine's zones are called."""
    return value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_rules_state_their_facts(rule):
    """D30: each rule is known by name, takes and gives types, and has examples."""
    assert rule.label
    assert rule.does.endswith((".", "…"))
    assert {*rule.takes, rule.gives or "text"} <= {each.name for each in TYPES}
    assert rule.examples or rule.name == "pseudonym"
    assert all("label" in each.metadata for each in fields(rule.Settings))


def test_the_rules_of_the_plan_are_there():
    """D30: the table of rules, complete."""
    wanted = """trim collapse_spaces lower upper title capitalise strip_accents fold replace
    replace_pattern map_values empty_to_null null_if clamp keep_digits keep_letters prefix suffix
    pad_left truncate part email phone url domain country language currency postal_code company_name
    decimal round boolean gender date datetime day list json_value strip_html pseudonym"""

    assert {rule.name for rule in RULES} == set(wanted.split())
    failing = "map_values email phone url domain country language currency decimal boolean gender"
    assert {rule.name for rule in RULES if rule.can_fail} == set(
        f"{failing} date datetime json_value".split()
    )
    loose = "replace replace_pattern part json_value strip_html pseudonym"
    assert {rule.name for rule in RULES if not rule.is_settled} == set(loose.split())


def examples_on(engine, tried, *, with_faults):
    """What comes of examples, in one statement; with whether each was marked as unreadable."""
    columns, values = [], {}
    for place, (rule, _, value, _) in enumerate(tried):
        core = TYPES[type_of(value, rule)].column
        columns.append(sa.column(f"c{place}", core))
        values[f"c{place}"] = pa.array([value], arrow_type(core))
    table = engine.load("rule_examples", [pa.record_batch(values)], columns)
    made, faults = [], []
    for place, (rule, settings, value, _) in enumerate(tried):
        type_ = type_of(value, rule)
        result = applied(use(rule, settings, type_), table.c[f"c{place}"], type_, DEFAULTS)
        core = TYPES[given_type(rule, type_)].column
        made.append(sa.type_coerce(result.value, core).label(f"r{place}"))
        failed = sa.false() if result.failed is None else result.failed
        faults.append(failed.label(f"f{place}"))
    [row] = engine.rows(sa.select(*made, *(faults if with_faults else ())))
    return row[: len(made)], row[len(made) :]


def test_examples_hold(any_engine):
    """D31: the examples of all rules, the same on both engines; Spark takes long, so one each."""
    first = {example[0].name: example for example in reversed(EXAMPLES)}
    tried = list(first.values()) if any_engine.name == "spark" else EXAMPLES

    found, _ = examples_on(any_engine, tried, with_faults=False)

    for (rule, settings, _, wanted), value in zip(tried, found, strict=True):
        assert (plain(value), rule.name, settings) == (plain(wanted), rule.name, settings)


def test_what_cannot_be_read_is_marked(duck):
    """D30: a value that a rule cannot read is NULL and counted; one it empties is not."""
    _, faults = examples_on(duck, EXAMPLES, with_faults=True)

    for (rule, settings, value, wanted), failed in zip(EXAMPLES, faults, strict=True):
        is_fault = rule.can_fail and value is not None and wanted is None
        assert (failed, rule.name, settings) == (is_fault, rule.name, settings)


def test_rules_never_fail_and_null_stays_null(any_engine):
    """D30: hostile texts through every rule that takes text; NULL stays NULL; one statement."""
    texts = [None, *cells(TEXTS)]
    table = loaded(any_engine, "rule_hostile", texts)
    made = [applied(use(rule), table.c.cell, "text", DEFAULTS).value for rule in OF_TEXT]
    named = [
        sa.type_coerce(value, TYPES[given_type(rule, "text")].column).label(f"r{place}")
        for place, (rule, value) in enumerate(zip(OF_TEXT, made, strict=True))
    ]

    rows = any_engine.rows(sa.select(table.c.id, *named).order_by(table.c.id))

    assert rows[0][1:] == (None,) * len(OF_TEXT)
    for place, rule in enumerate(OF_TEXT):
        if rule not in IN_PYTHON:
            continue
        work = in_python(rule)
        wanted = [None if text is None else work(text) for text in texts]
        assert [row[place + 1] for row in rows] == wanted, rule.name


@pytest.mark.parametrize("rule", IN_PYTHON, ids=lambda rule: rule.name)
@given(text=WORDS)
@examples(40)
def test_rules_settle(rule, text):
    """D30: twice is once, but for those marked ‡; what the engine leaves alone, Python does too."""
    work = in_python(rule)

    once = work(text)

    if rule.is_settled and once is not None:
        assert work(once) == once
    assert once is None or once.encode()


@pytest.mark.parametrize(
    "rule", [rule for rule in IN_PYTHON if rule.unchanged], ids=lambda rule: rule.name
)
@given(data=st.data())
@examples(40)
def test_texts_that_engines_leave_alone_do_not_change(rule, data):
    """D31: the pattern an engine looks at first finds only texts that the rule keeps."""
    text = data.draw(st.from_regex(rule.unchanged.replace("$", r"\Z")))

    assert (in_python(rule)(text) or "") == text


def test_numbers_and_times_settle(duck):
    """D30: clamp, round, null_if and day on columns that are no text; twice is once."""
    for type_, values in {
        "integer": [None, -5, 0, 7, 120],
        "number": [None, -0.5, 1.005, 2.5, 1e300],
    }.items():
        core = TYPES[type_].column
        table = loaded(duck, f"rule_{type_}", values, core)
        for name, settings in {
            "clamp": {"low": "0", "high": "100"},
            "round": {"places": 2},
        }.items():
            rule = use(RULES[name], settings, type_)
            once = applied(rule, table.c.cell, type_, DEFAULTS).value
            twice = applied(rule, once, type_, DEFAULTS).value
            rows = duck.rows(sa.select(table.c.cell, once.label("a"), twice.label("b")))
            assert all(a == b and (cell is None) == (a is None) for cell, a, b in rows)


def test_doubles_are_rounded_by_their_digits(duck):
    """D30: half away from zero, as the shortest text of a double says."""
    table = loaded(duck, "rule_halves", [1.005, -2.5, 2.675, 0.1], sa.Double())
    rounded = applied(
        use(RULES["round"], {"places": 2}, "number"), table.c.cell, "number", DEFAULTS
    )

    found = duck.rows(sa.select(rounded.value.label("r")).select_from(table).order_by(table.c.id))

    assert [value for [value] in found] == [1.01, -2.5, 2.68, 0.1]


def test_pseudonyms_need_a_key_and_show_none():
    """D30: keyed SHA-256; another key gives another pseudonym; the key is in no representation."""
    rule = RULES["pseudonym"]
    assert isinstance(rule, TextRule)
    call = rule.apply(sa.column("c", sa.Text()), "text", settings_of(rule, {}), DEFAULTS)

    assert bytes(range(32)).hex() not in repr(vars(call))
    assert repr(DEFAULTS.key) not in repr(DEFAULTS)
    with pytest.raises(ValueError, match="key has less than 32 bytes"):
        rule.arguments(None, replace(DEFAULTS, key=b"short"))
    first = in_python(rule)("ada@x.fr")
    assert len(first) == 64
    assert first != in_python(rule)("ada@x.fr ")
