"""The condition that a formula is true (G2), and filters on calculated properties (C22)."""

from datetime import date
from decimal import Decimal

import pytest

from tresse.accounts.actor import SYSTEM, Actor, Rights
from tresse.filters import checked
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named

pytestmark = pytest.mark.django_db


@pytest.fixture
def deals(put):
    put("deal", 1, amount=Decimal(100), name="Roof", close_date=date(2026, 3, 31))
    put("deal", 2, amount=Decimal(5), name="Été", close_date=date(2026, 1, 1))
    put("deal", 3, name="Nothing")


@pytest.mark.usefixtures("deals")
@pytest.mark.parametrize(
    ("formula", "found"),
    [
        ("amount > 2 * 10", [1]),
        ("amount > 2 * 10 or amount is null", [1, 3]),
        ("lower(name) = 'été'", [2]),
        ("amount / 0 > 1", []),
        ("datediff_days(today(), close_date) > 0", [1]),
        ("null", []),
        ("amount > 1000 or true", [1, 2, 3]),
    ],
)
def test_records_are_chosen_by_a_formula(ids, formula, found):
    """G2: null counts as not true."""
    assert ids({"formula": formula}, "deal") == found
    rest = [id for id in (1, 2, 3) if id not in found]
    assert ids({"not": {"formula": formula}}, "deal") == rest


@pytest.mark.usefixtures("deals")
def test_records_are_chosen_over_a_link_by_a_formula(ids, put, link):
    """G2, G21"""
    put("contact", 11)
    link("deal_contact", 1, 11)

    assert ids({"linked": "deal", "filter": {"formula": "amount > 20"}}, "contact") == [11]
    assert ids({"linked": "deal", "filter": {"formula": "amount > 200"}}, "contact") == []


@pytest.mark.usefixtures("deals")
def test_a_calculated_property_is_a_property_like_any_other(model, ada):
    """C22: in filters, with the operators of its kind."""
    deal = object_type_named("deal")
    add_property(deal, name="half", label="Half", formula="amount / 2", actor=ada)
    model = data_model()

    good = checked(
        {"property": "half", "operator": "at_least", "value": 2.5},
        model.object("deal"),
        model=model,
        actor=ada,
    )

    assert good.source["property"] == "half"


@pytest.mark.parametrize(
    ("formula", "code"),
    [
        ("amount + 1", "formula_type"),
        ("amout > 1", "formula_column"),
        ("(select true)", "formula_subquery"),
        (7, "bad_filter"),
    ],
)
def test_a_formula_that_is_no_condition_is_refused(model, formula, code):
    """G2, D104"""
    with pytest.raises(TresseError) as refused:
        checked({"formula": formula}, model.object("deal"), model=model, actor=SYSTEM)

    assert refused.value.code == code


def test_a_formula_names_no_property_that_the_person_may_not_read(model):
    """C109"""
    rights = Rights(objects={"*": {"view": "all"}}, properties={"deal": {"amount": "none"}})
    actor = Actor(None, "Rea", rights, email="rea@example.com")

    with pytest.raises(TresseError) as refused:
        checked({"formula": "amount > 1"}, model.object("deal"), model=model, actor=actor)

    assert refused.value.code == "formula_column"
