"""Rollups after merges: of the survivor, of what came back, of what lost a link (C24, C62, C64)."""

from decimal import Decimal

import pytest

from tests.records.test_rollups import fill_all, followed, value
from tresse.objects.changes import add_property
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named
from tresse.records.changes import merge_records, unmerge_records

pytestmark = pytest.mark.django_db(transaction=True)


def rollup(object_name, over, ada, **said):
    add_property(
        object_type_named(object_name),
        name="made",
        label="Made",
        rollup={"over": over, **said},
        actor=ada,
    )
    fill_all()


def test_sums_follow_the_links_of_a_merge_and_back(make, side, ada):
    """C24, C62, C64."""
    link = side("deal", "company")
    one, two = make("company", name="Acme"), make("company", name="Acme SA")
    for id, amount in ((one, 10), (two, 5)):
        make("deal", name="Roof", amount=Decimal(amount), links=[(link, id)])
    rollup("company", "deal_company", ada, pick="sum", property="amount")
    model = data_model()
    company = model.object("company")

    merge_records(model, company, one, [two], actor=ada)
    followed()
    assert value("company", one) == 15
    unmerge_records(model, company, one, actor=ada)
    followed()
    assert (value("company", one), value("company", two)) == (10, 5)


def test_a_record_that_lost_its_link_is_counted_anew(make, side, ada):
    """C62: the contact that was not picked."""
    to = side("order", "contact")
    anna, bob = make("contact", last_name="Anna"), make("contact", last_name="Bob")
    orders = [
        make("order", order_number=str(n), ordered_at="2026-01-01", links=[(to, who)])
        for n, who in enumerate((anna, bob))
    ]
    rollup("contact", "order_contact", ada, pick="count")
    model = data_model()
    picked = {"order_contact:forward": [anna]}
    merge_records(model, model.object("order"), orders[0], orders[1:], actor=ada, links=picked)
    followed()
    assert (value("contact", anna), value("contact", bob)) == (1, 0)
