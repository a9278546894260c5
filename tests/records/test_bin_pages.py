"""The bin of an object type, restoring and deleting for good (C57 to C60)."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.conftest import NOW
from tresse.accounts.actor import SYSTEM
from tresse.jobs.changes import enqueue
from tresse.jobs.worker import run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows, scalar
from tresse.records.changes import (
    delete_records,
    link_records,
    log_activity,
    merge_records,
    purge_records,
    update_record,
)
from tresse.records.queries import record, record_by
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT, HISTORY, LINK


@pytest.fixture
def contact(model):
    return model.object("contact")


@pytest.fixture
def anna(model, contact, make, side, ada):
    """Anna, with history, a link and a note, in the bin."""
    acme = make("company", name="Acme")
    anna = make("contact", last_name="Anna", links=[(side("contact", "company"), acme)])
    update_record(model, contact, anna, values={"city": "Lyon"}, actor=ada)
    log_activity(model, "note", [(contact, anna)], fields={"text": "x"}, actor=ada)
    delete_records(model, contact, [anna], actor=ada)
    return anna


def traces(id):
    """Rows about a record."""
    found = {}
    for table, columns in (
        (LINK, ("from_id", "to_id")),
        (HISTORY, ("record_id",)),
        (EVENT, ("record_id", "other_id")),
        (ACTIVITY_RECORD, ("record_id",)),
    ):
        where = sa.or_(*(table.c[column] == id for column in columns))
        found[table.name] = scalar(sa.select(sa.func.count()).select_from(table).where(where))
    return found


@pytest.mark.usefixtures("anna")
def test_the_bin_says_what_is_in_it_and_for_how_long(visit):
    """C57: days left, by whom; reached from the menu of the index page."""
    assert "/contacts/bin/" in visit.get("/contacts/").source
    page = visit.get("/contacts/bin/")
    assert page.rows()[0][0] == "Anna"
    assert page.rows()[0][2:] == ["Ada", "90"]
    with clock.at(NOW + timedelta(days=80)):
        assert visit.get("/contacts/bin/").rows()[0][3] == "10"


def test_merged_records_are_not_in_the_bin(visit, model, contact, make, ada):
    """C64: they come back by taking the merge apart."""
    one, two = make("contact", last_name="One"), make("contact", last_name="Two")
    merge_records(model, contact, one, [two], actor=ada)
    assert "The bin is empty" in visit.get("/contacts/bin/").text


def test_records_are_restored_from_the_bin(visit, model, contact, anna, make, ada):
    """C57, C59: those that cannot come are told."""
    bob = make("contact", last_name="Bob", email="b@ex.org")
    delete_records(model, contact, [bob], actor=ada)
    make("contact", last_name="Other", email="b@ex.org")
    page = visit.post("/contacts/bin/restore/", ids=[anna, bob])
    page = visit.get(page.to)
    assert "1 record is back." in page.text
    assert "already belongs to Other" in page.text
    assert record(model, contact, anna, ada).title == "Anna"


def test_links_over_a_limit_are_listed_after_a_restore(visit, model, make, side, ada):
    """C59: an order took another contact while its first was in the bin."""
    contact, to = model.object("contact"), side("order", "contact")
    anna, bob = make("contact", last_name="Anna"), make("contact", last_name="Bob")
    order = make("order", order_number="1", ordered_at="2026-01-01", links=[(to, anna)])
    delete_records(model, contact, [anna], actor=ada)
    link_records(model, to, [(order, bob)], actor=ada)
    page = visit.get(visit.post(f"/contacts/{anna}/restore/").to)
    assert f"Order > Contact: 2 > 1 ({order})" in page.text


def test_where_a_unique_value_is_taken_merging_is_offered(visit, model, contact, make, ada):
    """C59: and brings the record out of the bin into the other one."""
    binned = make("contact", last_name="Anna", email="a@ex.org", city="Lyon")
    delete_records(model, contact, [binned], actor=ada)
    other = make("contact", last_name="Other", email="a@ex.org")
    page = visit.post(f"/contacts/{binned}/restore/")
    assert page.status == 422
    assert f'E-mail "a@ex.org" already belongs to Other ({other}).' in page.text
    assert "Merge into Other" in page.text
    page = visit.post(f"/contacts/{binned}/restore/", merge_into=other)
    assert page.to == f"/contacts/{other}/"
    assert record(model, contact, other, ada).values["city"] == "Lyon"
    visit.post(f"/contacts/{other}/unmerge/")
    assert "is in the bin" in visit.get(f"/contacts/{binned}/").text


def test_deleting_for_good_takes_the_typed_number(visit, anna):
    """C60: asked first; another number is refused."""
    page = visit.post("/contacts/bin/purge/", ids=[anna])
    assert "Delete 1 record for good?" in page.text
    page = visit.post("/contacts/bin/purge/", ids=[anna], confirmed=1, number="2")
    assert page.status == 422
    page = visit.post("/contacts/bin/purge/", ids=[anna], confirmed=1, number="1")
    assert "1 record is gone for good." in visit.get(page.to).text
    assert visit.get(f"/contacts/{anna}/").status == 404


def test_nothing_about_a_purged_record_is_left(model, contact, anna, ada):
    """C28, C60: links, history, activities."""
    assert all(traces(anna).values())
    assert purge_records(model, contact, [anna], actor=ada, number=1) == 1
    assert traces(anna) == dict.fromkeys(traces(anna), 0)
    assert rows(sa.select(ACTIVITY.c.id)) == []


def test_deleting_for_good_needs_the_right(model, contact, anna, mia):
    """C60, C106a: records.purge."""
    with pytest.raises(TresseError) as refused:
        purge_records(model, contact, [anna], actor=mia, number=1)
    assert refused.value.code == "not_permitted"


def test_live_records_are_not_purged(model, contact, make, ada):
    """C60: from the bin only."""
    with pytest.raises(TresseError) as refused:
        purge_records(model, contact, [make("contact", last_name="X")], actor=ada, number=1)
    assert refused.value.code == "record_not_found"


def test_what_was_merged_into_a_record_goes_with_it(model, contact, make, ada):
    """C60, C64: its id leads nowhere any more, its e-mail is free."""
    one = make("contact", last_name="One", email="one@ex.org")
    two = make("contact", last_name="Two", email="two@ex.org")
    merge_records(model, contact, one, [two], actor=ada)
    delete_records(model, contact, [one], actor=ada)
    assert purge_records(model, contact, [one], actor=ada, number=1) == 2
    three = make("contact", last_name="Three", email="two@ex.org")
    assert record_by(contact, "email", "two@ex.org", ada) == three


def test_after_ninety_days_records_go_for_good(anna):
    """C57: by a job."""

    def empty():
        job = enqueue("purge", arguments={}, actor=SYSTEM)
        return run_here(job, show=lambda _: None).result

    with clock.at(NOW + timedelta(days=89)):
        assert empty() == {}
    with clock.at(NOW + timedelta(days=91)):
        assert empty() == {"contact": 1}
    assert not any(traces(anna).values())
