from datetime import timedelta
from decimal import Decimal

import pytest

from tests.records.conftest import NOW
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.changes import update_record
from tresse.records.queries import history_of, record
from tresse.records.tables import EVENT

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def deal(model):
    return model.object("deal")


@pytest.fixture
def roof(make):
    return make("deal", name="Roof", amount="1000")


def events(id):
    return [each[1] for each in rows(EVENT.select().where(EVENT.c.record_id == id))]


def test_changes_only_what_it_names(model, deal, roof, ada):
    """C54: other values stay; null empties."""
    with clock.at(LATER):
        changed = update_record(model, deal, roof, values={"amount": 12.5}, actor=ada)
    read = record(model, deal, roof, ada)
    assert changed == ("amount",)
    assert read.values["amount"] == Decimal("12.5")
    assert read.values["name"] == "Roof"
    assert (read.values["updated_at"], read.version) == (LATER, 2)

    update_record(model, deal, roof, values={"amount": None}, actor=ada)
    assert record(model, deal, roof, ada).values["amount"] is None


def test_an_equal_value_writes_nothing(model, deal, roof, ada):
    """C26: nothing is written, `updated_at` stays, no event."""
    with clock.at(LATER):
        changed = update_record(
            model, deal, roof, values={"amount": "1000.00", "name": " Roof "}, actor=ada
        )
    assert changed == ()
    assert record(model, deal, roof, ada).values["updated_at"] == NOW
    assert events(roof) == ["record_created"]


def test_every_change_is_in_the_history(model, deal, roof, ada):
    """C25, C27, C28: property, old, new, author, source; newest first."""
    update_record(model, deal, roof, values={"amount": 2000, "name": "Big roof"}, actor=ada)
    update_record(model, deal, roof, values={"amount": None}, actor=ada)
    told = [
        (each.property.name, each.old, each.new, each.user_id, each.source)
        for each in history_of(deal, roof, ada)
    ]
    assert told[0] == ("amount", Decimal(2000), None, ada.user_id, "page")
    assert set(told[1:]) == {
        ("amount", Decimal(1000), Decimal(2000), ada.user_id, "page"),
        ("name", "Roof", "Big roof", ada.user_id, "page"),
    }
    assert [each.new for each in history_of(deal, roof, ada, name="name")] == ["Big roof"]


def test_a_version_that_moved_on_is_refused(model, deal, roof, ada):
    """C54, C126: changed meanwhile, and nothing is written."""
    update_record(model, deal, roof, values={"amount": 1}, actor=ada, version=1)
    with pytest.raises(TresseError) as refused:
        update_record(model, deal, roof, values={"amount": 2}, actor=ada, version=1)
    assert (refused.value.code, refused.value.status) == ("changed_meanwhile", 409)
    assert record(model, deal, roof, ada).values["amount"] == 1


def test_a_required_value_is_not_emptied(model, deal, roof, ada):
    """C17: nor is it emptied."""
    with pytest.raises(TresseError) as refused:
        update_record(model, deal, roof, values={"name": " "}, actor=ada)
    assert refused.value.message == "Deal needs a value for Name."


def test_a_closing_stage_closes_the_deal(model, deal, roof, ada):
    """C43, C49, C55: stage times, is_won, weighted amount; `stage_changed` beside the change."""
    with clock.at(LATER):
        update_record(model, deal, roof, values={"stage": "Won"}, actor=ada)
    read = record(model, deal, roof, ada).values
    assert (read["is_won"], read["is_closed"], read["weighted_amount"]) == (True, True, 1000)
    assert (read["stage_updated_at"], read["closed_at"]) == (LATER, LATER)
    assert events(roof) == ["record_created", "record_changed", "stage_changed"]

    update_record(model, deal, roof, values={"stage": "new"}, actor=ada)
    assert record(model, deal, roof, ada).values["closed_at"] is None


def test_a_stage_of_no_pipeline_is_refused_with_those_there_are(model, deal, roof, ada):
    """C49: read in the record's pipeline."""
    with pytest.raises(TresseError) as refused:
        update_record(model, deal, roof, values={"stage": "Signed"}, actor=ada)
    assert refused.value.code == "stage_not_in_pipeline"
    assert "Won" in refused.value.message


def test_a_new_owner_is_dated(model, make, ada, mia):
    """C41: `owner_assigned_at` follows the owner."""
    contact = model.object("contact")
    made = make("contact", last_name="A")
    with clock.at(LATER):
        update_record(model, contact, made, values={"owner": mia.email}, actor=ada)
    read = record(model, contact, made, ada).values
    assert (read["owner"], read["owner_assigned_at"]) == (mia.user_id, LATER)


def test_a_done_task_says_so(model, make, ada):
    """C55: `task_created`, `task_completed`."""
    task = model.object("task")
    made = make("task", title="Call")
    update_record(model, task, made, values={"status": "done"}, actor=ada)
    assert events(made) == ["record_created", "task_created", "record_changed", "task_completed"]


def test_own_reach_ends_at_own_records(model, make, ada, mia):
    """C106, C108: a member edits own records; those out of sight do not exist."""
    contact = model.object("contact")
    own = make("contact", last_name="Own", owner=mia.email)
    foreign = make("contact", last_name="Foreign")
    unowned = make("contact", last_name="Nobody's", owner="")

    update_record(model, contact, own, values={"city": "Lyon"}, actor=mia)
    with pytest.raises(TresseError) as hidden:
        update_record(model, contact, foreign, values={"city": "Lyon"}, actor=mia)
    with pytest.raises(TresseError) as seen:
        update_record(model, contact, unowned, values={"city": "Lyon"}, actor=mia)

    assert hidden.value.message == f"There is no contact {foreign}."
    assert seen.value.message == "You may see contacts but not change them."
    assert record(model, contact, foreign, ada).values["city"] is None
