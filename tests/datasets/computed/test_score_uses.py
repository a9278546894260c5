"""Uses of scores: their settings and fields; scores and rates as files have them (SC2 to SC7)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml

from tests.datasets.computed.drawn import Marks, Spent, known, library, refused
from tests.datasets.standing import standing
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged
from tresse.datasets.computed.graph import drawing_of
from tresse.datasets.definition import ScoreUse, Window
from tresse.datasets.models import Dataset, Rate
from tresse.datasets.scores.changes import remove_rate
from tresse.datasets.scores.settings import checked_settings, missing_fields, window_of
from tresse.kernel.errors import TresseError
from tresse.objects.definitions import apply_file, config

pytestmark = pytest.mark.django_db
CRM = [{"name": "mail", "type": "text", "semantic": "email"}]
SHOP = [
    {"name": "mail", "type": "text"},
    {"name": "at", "type": "datetime", "semantic": "ordered_at"},
    {"name": "amount", "type": "decimal", "semantic": "amount"},
]
PEOPLE = {"name": "people", "entity": "contacts", "sources": [{"source": "crm"}]}
ORDERS = {
    "name": "bills",
    "entity": "orders",
    "sources": [{"source": "shop"}],
    "columns": ["mail"],
    "relations": [{"name": "contact", "to": "people", "match": {"email": "mail"}}],
}
USES: list[dict[str, Any]] = [
    {"dataset": "people", "score": "spent", "settings": {"bins": 4, "window": "24 months"}},
    {"dataset": "people", "score": "spent", "prefix": "big_", "where": "amount > 100"},
]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"
    with library():
        yield


@pytest.fixture
def sources():
    """Sources of people and of orders, whose columns are known."""
    standing("crm", ["id", *CRM], [])
    standing("shop", ["id", *SHOP], [], entity="orders")


@pytest.fixture
def people(sources):  # noqa: ARG001  rows of sources
    """Two datasets that lead to each other."""
    row = add_dataset({**PEOPLE, "identity": {"keys": [["email"]]}}, actor=SYSTEM)
    add_dataset(ORDERS, actor=SYSTEM)
    return row


def settings_fault(**settings):
    with pytest.raises(TresseError) as found:
        checked_settings(ScoreUse("spent", settings), name="people")
    return refused(found.value)


def apply(**kinds):
    return apply_file(yaml.safe_load(yaml.safe_dump(kinds)), actor=SYSTEM)


def apply_fault(**kinds):
    with pytest.raises(TresseError) as found:
        apply(**kinds)
    return refused(found.value)


def scores_of(name="people"):
    return Dataset.objects.get(name=name).definition.get("scores")


def test_settings_are_completed_by_their_defaults():
    """SC3: what a use does not say takes its default; statuses are of every score over orders."""
    found = checked_settings(ScoreUse("spent", {"bins": 3, "window": {"this": "year"}}))

    assert found == {
        "bins": 3,
        "margin": 1,
        "weight": 0.5,
        "mode": "ours",
        "rounded": False,
        "words": (),
        "window": {"this": "year"},
        "steps": [10, 20],
        "cells": None,
        "statuses": (),
    }
    assert checked_settings(ScoreUse("spent", {"statuses": ["paid", "paid"]}))["statuses"] == [
        "paid"
    ]
    assert checked_settings(ScoreUse("marks")) == {}


@pytest.mark.parametrize(
    ("said", "code", "sentence"),
    [
        ({"bin": 3}, "unknown_key", 'Did you mean "bins"?'),
        (
            {"bins": 11},
            "wrong_value",
            "people: spent.bins needs a whole number from 2 to 10, not 11.",
        ),
        ({"bins": 2.5}, "wrong_value", "a whole number from 2 to 10, not 2.5."),
        ({"bins": True}, "wrong_value", "not true."),
        ({"margin": -1}, "wrong_value", "spent.margin needs a number of at least 0, not -1."),
        ({"weight": 1.5}, "wrong_value", "spent.weight needs a number from 0 to 1, not 1.5."),
        ({"mode": "our"}, "wrong_value", 'Did you mean "ours"?'),
        ({"rounded": "no"}, "wrong_value", 'needs true or false, not "no".'),
        ({"words": [1]}, "wrong_value", "needs a list of texts, not [1]."),
        ({"window": "soon"}, "wrong_value", 'or all, not "soon".'),
        ({"window": {"last": "2 moons"}}, "wrong_value", "such as 2 years"),
        ({"steps": ["a"]}, "wrong_value", "needs a list of amounts, such as [50, 200]"),
        ({"cells": "x"}, "wrong_value", "needs a list or keys with values"),
        ({"steps": [20, 10]}, "thresholds_order", "20 is not below 10."),
    ],
)
def test_settings_that_do_not_fit_are_refused(said, code, sentence):
    """SC3, SC28: by the kind of the setting, then by the score itself."""
    found = settings_fault(**said)

    assert found[0] == code
    assert sentence in found[1]


def test_a_window_is_months_any_window_or_all():
    """SC4: `3|6|12|24 months`, any window of D112, or `all`."""
    assert window_of("24 months") == Window(last=(24, "months"))
    assert window_of({"previous": "quarter"}) == Window(previous="quarter")
    assert window_of({"from": "2026-01-01", "to": "2026-01-31"}).end == date(2026, 1, 31)
    assert window_of("all") == window_of(None) == Window()


def test_fields_that_are_missing_are_named():
    """SC2: by entity; of those of which one is enough, the first."""
    spent, marks = Spent(), Marks()

    assert missing_fields(spent, {}) == [("orders", "ordered_at"), ("orders", "net_amount")]
    assert missing_fields(spent, {"orders": {"amount"}}) == [("orders", "ordered_at")]
    assert missing_fields(spent, {"orders": {"amount", "ordered_at"}}) == []
    assert missing_fields(spent, {"orders": None}) == []
    assert missing_fields(marks, {"orders": {"at"}, "contacts": {"email"}}) == [
        ("contacts", "loyalty_points")
    ]


def test_a_use_that_lacks_a_field_is_found_in_the_graph():
    """SC2: of related datasets, as far as their columns are known."""
    said = known(contacts={"scores": [{"score": "marks"}, {"score": "spent"}]})

    assert drawing_of(said).missing == {("contacts", "marks"): [("contacts", "loyalty_points")]}
    assert drawing_of(said, unsure=["contacts"]).missing == {}


def test_apply_refuses_a_score_that_lacks_a_field(people):  # noqa: ARG001  two datasets
    """SC2: `field_missing`, with what to map; nothing is written."""
    assert apply_fault(scores=[{"dataset": "people", "score": "marks"}]) == (
        "field_missing",
        "Map the semantic field loyalty_points of people to use this score.",
    )
    assert apply_fault(scores=[{"dataset": "bills", "score": "spent"}]) == (
        "field_missing",
        "No dataset of orders leads to bills. Give one a relation to it to use this score.",
    )
    assert scores_of() is None


def test_scores_of_a_file_are_those_of_their_datasets(people):  # noqa: ARG001  two datasets
    """SC3: applied, printed by config, and applied again without a change."""
    assert apply(scores=USES)["created"] == ["scores people: spent", "scores people: big_spent"]
    assert [each["score"] for each in scores_of()] == ["spent", "spent"]
    printed = config()
    assert printed["scores"] == USES
    assert "scores" not in next(e for e in printed["datasets"] if e["name"] == "people")

    again = apply(**printed)

    assert (again["created"], again["changed"]) == ([], [])
    bins = USES[0] | {"settings": {"bins": 5}}
    assert apply(scores=[bins])["changed"] == ["scores people: spent"]
    assert scores_of()[0]["settings"] == {"bins": 5}
    assert len(scores_of()) == 2


def test_a_file_makes_datasets_with_scores_and_what_is_made_of_them(sources):  # noqa: ARG001
    """SC3, D120: a formula may name what a score of the same file gives."""
    vip = {"name": "vip", "sql": "spent > 100"}
    people = {**PEOPLE, "identity": {"keys": [["email"]]}, "computed": [vip]}
    kinds = {"datasets": [people, ORDERS], "scores": USES}

    assert len(apply(**kinds)["created"]) == 4
    assert apply(**kinds)["changed"] == []
    vip["sql"] = "spnt > 100"
    assert apply_fault(**kinds)[0] == "formula_column"


def test_the_dataset_itself_may_say_its_scores(people):
    """SC3: the same data; one file says them in one place."""
    own = {**PEOPLE, "identity": {"keys": [["email"]]}, "scores": [{"score": "spent"}]}

    assert apply(datasets=[own])["changed"] == ["datasets people"]
    assert apply(datasets=[own])["changed"] == []
    assert apply_fault(datasets=[own], scores=[USES[1]])[0] == "wrong_value"
    assert apply(datasets=[own | {"scores": []}])["changed"] == ["datasets people"]
    assert scores_of() is None
    people.refresh_from_db()
    change_dataset(people, merged(people, {"scores": [{"score": "spent"}]}), actor=SYSTEM)
    assert scores_of() == [{"score": "spent"}]


def test_scores_of_a_file_are_refused_in_words(people):  # noqa: ARG001  two datasets
    """SC3: an unknown dataset, score, key or setting, with the nearest."""
    assert apply_fault(scores=[USES[0] | {"dataset": "peple"}]) == (
        "unknown_reference",
        'There is no dataset "peple". Did you mean "people"?',
    )
    assert apply_fault(scores=[USES[0] | {"score": "spend"}])[0] == "unknown_name"
    assert apply_fault(scores=[USES[0] | {"setings": {}}])[1].endswith('Did you mean "settings"?')
    assert apply_fault(scores=[USES[0] | {"settings": {"bins": 99}}])[0] == "wrong_value"
    assert apply_fault(scores=[USES[1] | {"where": "amont > 100"}])[0] == "column_missing"


def test_rates_are_applied_and_printed():
    """SC7: `{currency, date, rate}`, one of each currency and day."""
    rates = [
        {"currency": "USD", "date": date(2026, 1, 1), "rate": 0.92},
        {"currency": "usd", "date": "2026-02-01", "rate": "0.93123456"},
        {"currency": "JPY", "date": "2026-01-01", "rate": 1},
    ]

    assert len(apply(rates=rates)["created"]) == 3
    printed = config("rates")["rates"]
    assert printed == [
        {"currency": "JPY", "date": "2026-01-01", "rate": 1.0},
        {"currency": "USD", "date": "2026-01-01", "rate": 0.92},
        {"currency": "USD", "date": "2026-02-01", "rate": 0.93123456},
    ]
    assert len(apply(rates=printed)["unchanged"]) == 3
    changed = {"currency": "USD", "date": "2026-01-01", "rate": "0.9"}
    assert apply(rates=[changed])["changed"] == ["rates USD 2026-01-01"]
    assert Rate.objects.get(currency="USD", date="2026-01-01").rate == Decimal("0.9")
    assert AuditEntry.objects.filter(action="rate.set").count() == 4
    remove_rate("USD", date(2026, 1, 1), actor=SYSTEM)
    assert Rate.objects.count() == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"currency": "dollar"},
            'A rate needs a currency such as USD, of three letters, not "dollar".',
        ),
        ({"date": "soon"}, 'The rate of USD needs a day such as 2026-03-10, not "soon".'),
        ({"rate": 0}, "needs a number above 0 with at most 8 places, not 0."),
        ({"rate": "0.123456789"}, "at most 8 places"),
        ({"rate": 12345678901}, "a number above 0"),
        ({"rate": "x"}, "a number above 0"),
        ({"rate": float("nan")}, "a number above 0"),
        ({"rat": 1}, 'Did you mean "rate"?'),
    ],
)
def test_rates_that_are_none_are_refused(change, sentence):
    """SC7: in words, nothing is written."""
    item = {"currency": "USD", "date": "2026-01-01", "rate": 0.92}
    with pytest.raises(TresseError) as found:
        apply_file({"rates": [item | change]}, actor=SYSTEM)

    assert sentence in found.value.message
    assert not Rate.objects.exists()
