import pytest

from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.changes import delete_records, link_records, restore_records, update_record
from tresse.records.links import linked
from tresse.records.lists import listed
from tresse.records.queries import record
from tresse.records.tables import EVENT


@pytest.fixture
def contact(model):
    return model.object("contact")


def test_a_binned_record_is_nowhere(model, contact, make, ada):
    """C57, C58: in no page, count or match; writing is refused; its unique values are free."""
    anna = make("contact", last_name="Anna", email="a@ex.org")
    delete_records(model, contact, [anna], actor=ada)

    assert listed(model, contact, actor=ada, count=True).count == 0
    with pytest.raises(TresseError) as refused:
        update_record(model, contact, anna, values={"city": "Lyon"}, actor=ada)
    assert refused.value.message == "Anna is in the bin. Restore it first."
    assert make("contact", last_name="Other", email="a@ex.org") > anna


def test_restoring_gives_back_record_and_links(model, contact, make, side, ada):
    """C57, C59: as it was, links included."""
    acme = make("company", name="Acme")
    anna = make("contact", last_name="Anna", links=[(side("contact", "company"), acme)])
    before = record(model, contact, anna, ada).values
    delete_records(model, contact, [anna], actor=ada)
    restore_records(model, contact, [anna], actor=ada)

    assert record(model, contact, anna, ada).values == before
    assert [each["id"] for each in linked(model, side("contact", "company"), anna, ada)] == [acme]
    told = [each[1] for each in rows(EVENT.select().where(EVENT.c.record_id == anna))]
    assert told[-2:] == ["record_deleted", "record_restored"]


def test_restoring_is_refused_while_a_unique_value_is_taken(model, contact, make, ada):
    """C59: duplicate_value, with the holder."""
    anna = make("contact", last_name="Anna", email="a@ex.org")
    delete_records(model, contact, [anna], actor=ada)
    other = make("contact", last_name="Other", email="a@ex.org")
    with pytest.raises(TresseError) as refused:
        restore_records(model, contact, [anna], actor=ada)
    assert refused.value.message == f'E-mail "a@ex.org" already belongs to Other ({other}).'


def test_parts_go_and_come_with_their_whole(model, make, side, ada):
    """C34, C57: order lines are binned and restored with the order."""
    order = make("order", order_number="1", ordered_at="2026-01-01")
    line = make(
        "order_line", quantity=2, unit_price=5, links=[(side("order_line", "order"), order)]
    )
    lines, orders = model.object("order_line"), model.object("order")
    assert delete_records(model, orders, [order], actor=ada) == 2
    assert listed(model, lines, actor=ada).records == []
    assert restore_records(model, orders, [order], actor=ada) == 2
    assert [each.id for each in listed(model, lines, actor=ada).records] == [line]


def test_deleting_needs_the_right(model, contact, make, mia, rea):
    """C106, C129: not_permitted in the same words."""
    own = make("contact", last_name="Own", owner=mia.email)
    with pytest.raises(TresseError) as refused:
        delete_records(model, contact, [own], actor=rea)
    assert refused.value.message == "You may see contacts but not delete them."


def test_links_of_a_binned_record_cannot_be_changed(model, contact, make, side, ada):
    """C58: record_in_bin."""
    anna, acme = make("contact", last_name="Anna"), make("company", name="Acme")
    delete_records(model, contact, [anna], actor=ada)
    with pytest.raises(TresseError) as refused:
        link_records(model, side("contact", "company"), [(anna, acme)], actor=ada)
    assert refused.value.code == "record_in_bin"
