"""One person's score explained: the sum done again, in words (SC9, SC10)."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.worlds import built, golden
from tests.datasets.computed.shops import ORDERS, change, order, shop, sold
from tresse.datasets.models import DatasetVersion
from tresse.datasets.queries import published
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.explaining import Explaining, explained, explained_all, why_changed
from tresse.datasets.scores.library import uses_of
from tresse.datasets.scores.saying import sum_told, typed, value_shown
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine

USES = [
    {"score": "orders_count"},
    {"score": "average_order_value"},
    {"score": "value_percentile"},
    {"score": "days_since_last_order"},
    {"score": "customer_status"},
    {"score": "rfm"},
    {"score": "revenue_total", "prefix": "web_", "where": "channel = 'web'"},
]
RICH = [
    *ORDERS,
    order(5, "eve@x.fr", 3, 15, "store"),
    order(6, "ada@x.fr", 12, 0),
    order(7, "ada@x.fr", 28, 99),
    order(8, "ada@x.fr", 11, 30, "store"),
]


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """Three people with orders and scores, built."""
    whole, _ = shop(scores=USES)
    sold(RICH)
    assert built(whole).state == "published"
    return whole


@pytest.fixture
def session(people):  # noqa: ARG001  its home
    """An open engine."""
    with engine() as opened:
        yield opened


def test_the_sum_gives_what_is_stored(people, session):
    """SC9, SC10: worked out over one person with the stored facts, values are as stored."""
    stored = {each["_id"]: each for each in golden(people)}
    version = published(people)
    explaining = Explaining(session, version)

    for id_, values in stored.items():
        for use in uses_of(version):
            found = explaining.of(use, id_)
            names = [column.name for column, _ in use.columns]
            assert {each.output.name: each.value for each in found.outputs} == dict(
                zip((each.name for _, each in use.columns), map(values.get, names), strict=True)
            )
            assert found.values == {name: values[name] for name in names}


def test_the_words_name_the_figures(people, session):
    """SC9: the sum in words, numbers as the reader's language writes them; nothing for none."""
    found = explained(session, people, "average_order_value", "crm/1")

    assert found.values == {"average_order_value": Decimal(50)}
    assert "50" in found.words
    assert "{" not in found.words
    for use in uses_of(published(people)):
        for language in ("en", "fr", "pl"):
            with translation.override(language):
                words = explained(session, people, use.key, "crm/3").words
            assert words
            assert "{" not in words


def test_orders_that_do_not_count_are_told_with_their_cause(people, session):
    """SC5, SC9: those that count first, the latest first; of others why."""
    found = explained(session, people, "orders_count", "ada@x.fr")

    assert [(each.key, each.cause) for each in found.orders] == [
        ("8", ""),
        ("2", ""),
        ("1", ""),
        ("7", "later"),
        ("6", "not_above_zero"),
    ]
    assert found.orders[-1].words == "Their net amount is not above 0."
    assert found.outputs[0].value == 3


def test_orders_that_a_restriction_leaves_out_are_told(people, session):
    """SC4, SC9: a use with `where` says which orders it does not look at."""
    found = explained(session, people, "web_revenue_total", "crm/1")

    causes = {each.key: each.cause for each in found.orders}
    assert causes == {"1": "", "2": "", "6": "not_above_zero", "7": "later", "8": "not_chosen"}
    assert found.values == {"web_revenue_total": Decimal(120)}


def test_a_score_is_found_by_its_key_or_a_column(people, session):
    """SC9: `rfm` and `rfm_r` are one use; others are refused with the nearest."""
    assert explained(session, people, "rfm_r", "crm/1").in_use.key == "rfm"

    with pytest.raises(TresseError) as refused:
        explained(session, people, "rfn", "crm/1")
    assert refused.value.code == "unknown_name"
    assert 'Did you mean "rfm"?' in str(refused.value)
    with pytest.raises(TresseError) as refused:
        explained(session, people, "rfm", "crm/77")
    assert refused.value.code == "unknown_record"


def test_both_steps_are_explained_where_no_row_was_written(people, session):
    """SC17: between two versions every step is shown, those that move nothing too."""
    sold([*RICH, order(9, "bob@x.fr", 6, 5)])
    change(people, as_of="2026-03-22")
    built(people)
    people.refresh_from_db()

    steps = why_changed(session, people, "days_since_last_order", "crm/1", 1)[0]
    others = why_changed(session, people, "orders_count", "crm/2", 1)[0]

    assert (steps.old, steps.new, steps.since, steps.version) == ("9", "11", 1, 2)
    assert [(each.reason, each.moves) for each in steps.steps] == [
        ("rule_changed", False),
        ("time_passed", True),
        ("own_activity", False),
        ("identity_changed", False),
        ("others_moved", False),
    ]
    assert [each.reason for each in others.steps if each.moves] == ["own_activity"]
    assert list(others.steps[2].deeds) == ["came"]
    assert others.steps[2].deeds["came"][0].startswith("shopping/")


def test_a_version_that_is_not_there_is_refused(people, session):
    """SC17: versions that are not kept cannot be asked about."""
    with pytest.raises(TresseError) as refused:
        why_changed(session, people, "rfm", "crm/1", 7)
    assert refused.value.code == "unknown_name"


def test_what_a_value_was_worked_out_of_may_be_gone(people, session):
    """SC9: once a version of the orders is not kept any more, the sum cannot be done again."""
    version = published(people)
    number = version.basis["sides"]["shopping"]
    DatasetVersion.objects.filter(dataset__name="shopping", number=number).update(number=99)

    with pytest.raises(TresseError) as refused:
        explained(session, people, "rfm", "crm/1")

    assert refused.value.code == "inputs_gone"
    assert str(refused.value) == (
        "Version 1 of people was worked out of versions of people, shopping that are not all "
        "kept any more. Build people again."
    )
    id_ = golden(people)[0]["_id"]
    assert explained_all(session, version, id_) == []


@pytest.mark.parametrize(
    ("value", "output", "shown"),
    [
        (None, Output("a", "decimal", "A"), None),
        (Decimal("1234.5"), Output("a", "decimal", "A", unit="money"), "1,234.50 EUR"),
        (0.25, Output("a", "number", "A", unit="share"), "25%"),
        (0.255, Output("a", "number", "A", unit="share"), "25.5%"),
        (1200, Output("a", "integer", "A"), "1,200"),
        ("lost", Output("a", "text", "A", choices=(("lost", "Lost"),)), "Lost"),
        ("own", Output("a", "text", "A", choices=(("lost", "Lost"),)), "own"),
        (["x"], Output("a", "list", "A", choices=(("x", "Easter"),)), "Easter"),
        (True, Output("a", "boolean", "A"), "yes"),
        (date(2026, 3, 1), Output("a", "date", "A"), "1 Mar 2026"),
    ],
)
def test_values_are_shown_as_people_read_them(home, value, output, shown):  # noqa: ARG001, F811
    """SC73: money with its currency, shares in percent, categories by their labels."""
    assert value_shown(value, output) == shown


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        (None, "integer", None),
        ("12", "integer", 12),
        ("1.5", "decimal", Decimal("1.5")),
        ("0.25", "number", 0.25),
        ("true", "boolean", True),
        ("2026-03-01", "date", date(2026, 3, 1)),
        ('["a"]', "list", ["a"]),
        ("a", "text", "a"),
    ],
)
def test_canonical_texts_are_read_again(text, type_, value):
    """SC15: what history keeps as text is shown as what it was."""
    assert typed(text, type_) == value


@pytest.mark.parametrize(
    ("value", "is_delay", "words"),
    [
        (1, False, "1 day"),
        (30, False, "30 days"),
        (1.5, False, "1.5 days"),
        (28.5, True, "28.5 days late"),
        (-28.5, True, "28.5 days early"),
        (-1.0, True, "1 day early"),
    ],
)
def test_days_of_a_sentence_have_their_word(home, value, is_delay, words):  # noqa: ARG001, F811
    """SC9: "1 day", and early instead of a negative late."""
    output = Output("gap", "number", "Gap", unit="days", is_delay=is_delay)

    assert sum_told("{gap}.", [output], {"gap": value}) == f"{words}."


def test_who_has_nothing_that_counts_is_told_so():
    """SC9: no sentence about orders that are not there."""
    outputs = [Output("gap", "number", "Gap", unit="days"), Output("n", "integer", "Orders")]

    assert sum_told("{gap}, {n}.", outputs, {"n": 0}) == "Nothing of theirs counts for it."
    assert sum_told("{gap}, {n}.", outputs, {"n": 2}) == "nothing, 2."
