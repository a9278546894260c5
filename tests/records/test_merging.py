"""Merging records into a survivor (C61 to C63)."""

import json

import pytest
import sqlalchemy as sa

from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property
from tresse.objects.database import rows, scalar
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named
from tresse.objects.uses import Deleted, forget
from tresse.records.changes import (
    add_other_value,
    create_record,
    delete_records,
    link_records,
    log_activity,
    merge_records,
    remove_other_value,
    restore_records,
    update_record,
)
from tresse.records.links import linked
from tresse.records.lists import listed
from tresse.records.other_values import other_values
from tresse.records.queries import history_of, record, record_by
from tresse.records.tables import CHANGE_SET, EVENT


@pytest.fixture
def contact(model):
    return model.object("contact")


@pytest.fixture
def merge(model, contact, ada):
    """Merges contacts as Ada."""

    def merged(survivor, *others, actor=ada, **more):
        return merge_records(model, contact, survivor, others, actor=actor, **more)

    return merged


def refusal(function, *args, **more):
    with pytest.raises(TresseError) as refused:
        function(*args, **more)
    return refused.value


def test_the_survivors_values_stay_and_gaps_are_filled_by_the_newest(model, contact, make, ada):
    """C61: preset, by history: a value written later wins over one of a younger record."""
    anna = make("contact", first_name="Anna", last_name="Nowak")
    first = make("contact", first_name="Ania", last_name="N.", city="Lyon", job_title="CTO")
    second = make("contact", last_name="Nowak", city="Paris")
    update_record(model, contact, first, values={"city": "Łódź"}, actor=ada)
    merge_records(model, contact, anna, [first, second], actor=ada)

    values = record(model, contact, anna, ada).values
    assert (values["first_name"], values["city"], values["job_title"]) == ("Anna", "Łódź", "CTO")


def test_a_person_may_choose_each_value(model, contact, make, merge, ada):
    """C61: one choice per property."""
    anna = make("contact", first_name="Anna", last_name="Nowak", city="Lyon")
    other = make("contact", first_name="Ania", last_name="Nowak", city="Paris")
    merge(anna, other, choices={"city": other})

    values = record(model, contact, anna, ada).values
    assert (values["first_name"], values["city"]) == ("Anna", "Paris")
    [change] = history_of(contact, anna, ada, name="city")
    assert (change.old, change.new, change.source) == ("Lyon", "Paris", "merge")


def test_stage_goes_with_its_pipeline_and_closing_time(model, make, ada):
    """C49, C61: what belongs to a stage comes from the same record."""
    deal = model.object("deal")
    kept, won = make("deal", name="Roof"), make("deal", name="Roof 2", stage="won")
    merge_records(model, deal, kept, [won], actor=ada, choices={"stage": won})

    values = record(model, deal, kept, ada).values
    assert values["is_won"] is True
    assert values["closed_at"] is not None
    [change] = history_of(deal, kept, ada, name="stage")
    assert change.source == "merge"


def test_ids_and_unique_values_go_on_finding_the_survivor(model, contact, make, merge, ada):
    """C63, C42, C21."""
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    other = make("contact", last_name="Nowak", email="ania@ex.org", phone="+33612345678")
    merge(anna, other)

    assert record_by(contact, "email", "ania@ex.org", ada) == anna
    assert other_values(contact, [anna], ada) == {anna: {"email": ["ania@ex.org"]}}
    assert record(model, contact, anna, ada).values["phone"] == "+33612345678"
    table = contact.table
    assert scalar(sa.select(table.c.merged_into).where(table.c.id == other)) == anna
    assert listed(model, contact, actor=ada, count=True).count == 1


def test_taking_the_others_unique_value_keeps_the_old_one_as_another(contact, make, merge, ada):
    """C21, C63: whichever was not chosen still finds the survivor."""
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    other = make("contact", last_name="Nowak", email="ania@ex.org")
    merge(anna, other, choices={"email": other})

    assert record_by(contact, "email", "ania@ex.org", ada) == anna
    assert record_by(contact, "email", "anna@ex.org", ada) == anna


def test_merging_again_leads_all_ids_to_the_last_survivor(contact, make, merge):
    """C42: also those that went into one of the others before."""
    one, two, three = (make("contact", last_name=f"N{n}") for n in range(3))
    merge(two, one)
    merge(three, two)

    table = contact.table
    leads = dict(rows(sa.select(table.c.id, table.c.merged_into).where(table.c.id < three)))
    assert leads == {one: three, two: three}


def test_the_earliest_creation_stays(model, contact, make, merge, ada):
    """C63: created_at."""
    old = make("contact", last_name="Old")
    young = make("contact", last_name="Young")
    table = contact.table
    first = scalar(sa.select(table.c.created_at).where(table.c.id == old))
    merge(young, old)

    assert record(model, contact, young, ada).values["created_at"] == first


def test_links_move_and_equal_ones_fall_together(model, make, merge, side, ada):
    """C62, C38, C39: labels go along, one primary mark stays, the survivor's own."""
    acme, bold = make("company", name="Acme"), make("company", name="Bold")
    works_at = side("contact", "company")
    anna = make("contact", last_name="Anna", links=[(works_at, acme)])
    other = make("contact", last_name="Ania", links=[(works_at, bold), (works_at, acme)])
    link_records(model, works_at, [(other, acme)], actor=ada, label="former_company")
    merge(anna, other)

    found = {each["id"]: each["labels"] for each in linked(model, works_at, anna, ada)}
    assert found == {acme: ["primary_company", "former_company"], bold: []}


def test_links_between_the_records_go(model, make, merge, side, ada):
    """C36c: no record is linked to itself."""
    anna, other = make("contact", last_name="Anna"), make("contact", last_name="Ania")
    link_records(model, side("contact", "contact"), [(anna, other)], actor=ada)
    merge(anna, other)

    assert linked(model, side("contact", "contact"), anna, ada) == []


def test_over_a_limit_the_person_picks_what_stays(model, make, side, ada):
    """C62: refused until somebody picked."""
    order, to = model.object("order"), side("order", "contact")
    anna, bob = make("contact", last_name="Anna"), make("contact", last_name="Bob")
    one = make("order", order_number="1", ordered_at="2026-01-01", links=[(to, anna)])
    two = make("order", order_number="2", ordered_at="2026-01-01", links=[(to, bob)])

    error = refusal(merge_records, model, order, one, [two], actor=ada)
    assert error.code == "association_limit_exceeded"
    assert error.details["candidates"] == [anna, bob]
    picked = {"order_contact:forward": [bob]}
    merge_records(model, order, one, [two], actor=ada, links=picked)
    assert [each["id"] for each in linked(model, to, one, ada)] == [bob]


def test_picking_more_than_fit_is_refused(model, make, side, ada):
    """C37, C62."""
    order, to = model.object("order"), side("order", "contact")
    anna, bob = make("contact", last_name="Anna"), make("contact", last_name="Bob")
    one = make("order", order_number="1", ordered_at="2026-01-01", links=[(to, anna)])
    two = make("order", order_number="2", ordered_at="2026-01-01", links=[(to, bob)])
    picked = {"order_contact:forward": [anna, bob]}
    error = refusal(merge_records, model, order, one, [two], actor=ada, links=picked)
    assert error.code == "wrong_value"


def test_activities_and_tasks_move_each_once(model, contact, make, merge, side, ada):
    """C62: the survivor's numbers say so."""
    anna, other = make("contact", last_name="Anna"), make("contact", last_name="Ania")
    for about in ([anna], [other], [anna, other]):
        log_activity(
            model, "note", [(contact, id) for id in about], fields={"text": "x"}, actor=ada
        )
    task = make("task", title="Call", links=[(side("task", "contact"), other)])
    merge(anna, other)

    assert record(model, contact, anna, ada).values["activity_count"] == 3
    assert [each["id"] for each in linked(model, side("contact", "task"), anna, ada)] == [task]


def test_only_record_merged_is_told(make, merge):
    """C63, C55: one event, one change set of the source merge."""
    anna = make("contact", last_name="Anna")
    other = make("contact", last_name="Ania", city="Lyon")
    made = merge(anna, other)

    told = rows(
        sa.select(EVENT.c.name, EVENT.c.record_id, EVENT.c.data).where(
            EVENT.c.change_set_id == made.change_set
        )
    )
    assert [(name, id) for name, id, _ in told] == [("record_merged", anna)]
    assert json.loads(told[0][2]) == {"survivor": anna, "merged": [other]}
    source = scalar(sa.select(CHANGE_SET.c.source).where(CHANGE_SET.c.id == made.change_set))
    assert source == "merge"


def test_merge_takes_two_to_ten_records_of_one_object(make, merge):
    """C61, C128: merge_needs_one_object."""
    ids = [make("contact", last_name=f"N{n}") for n in range(11)]
    acme = make("company", name="Acme")
    for others in ([], ids[1:], [ids[0]], [acme]):
        error = refusal(merge, ids[0], *others)
        assert error.code == "merge_needs_one_object"
        assert error.message == "Merge takes 2 to 10 records of one object."


def test_merging_needs_the_right_on_all_records(make, merge, mia, rea):
    """C106, C108: merge reaches own records of a member; a reader merges none."""
    own, other = make("contact", last_name="Own", owner=mia.email), make("contact", last_name="O")
    assert refusal(merge, own, other, actor=mia).code in {"not_permitted", "record_not_found"}
    assert refusal(merge, own, other, actor=rea).message == (
        "You may see contacts but not merge them."
    )


def test_records_in_the_bin_are_not_merged(model, contact, make, merge, ada):
    """C58."""
    anna, other = make("contact", last_name="Anna"), make("contact", last_name="Ania")
    delete_records(model, contact, [other], actor=ada)
    assert refusal(merge, anna, other).code == "record_in_bin"


def test_other_values_clash_like_the_main_one(model, contact, make, merge, ada):
    """C21: duplicate_value on creation and update, naming the survivor."""
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    other = make("contact", last_name="Nowak", email="ania@ex.org")
    merge(anna, other)
    bob = make("contact", last_name="Bob")

    values = {"email": "ania@ex.org"}
    message = f'E-mail "ania@ex.org" already belongs to Nowak ({anna}).'
    assert refusal(update_record, model, contact, bob, values=values, actor=ada).message == message
    assert refusal(create_record, model, contact, values=values, actor=ada).message == message
    update_record(model, contact, anna, values=values, actor=ada)
    assert record(model, contact, anna, ada).values["email"] == "ania@ex.org"


def test_the_id_of_a_merged_record_is_refused_where_it_stands_with_its_survivor(
    model, contact, make, merge, ada
):
    """C42: record_merged, with the survivor's id for the doors to go on with."""
    anna, other = make("contact", last_name="Anna"), make("contact", last_name="Ania")
    merge(anna, other)
    error = refusal(record, model, contact, other, ada)
    assert error.message == f"Contact {other} was merged into Anna ({anna})."
    assert error.details["survivor_id"] == anna


def test_a_merged_record_is_not_restored_from_the_bin(model, contact, make, merge, ada):
    """C57, C64: it comes back by taking the merge apart only."""
    anna, other = make("contact", last_name="Anna"), make("contact", last_name="Ania")
    merge(anna, other)
    error = refusal(restore_records, model, contact, [other], actor=ada)
    assert error.code == "record_not_found"


def test_restoring_is_refused_while_an_other_value_has_the_unique_one(model, contact, make, ada):
    """C21, C59: in both directions."""
    binned = make("contact", last_name="Bin", email="ania@ex.org")
    delete_records(model, contact, [binned], actor=ada)
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    add_other_value(model, contact, anna, name="email", value="ania@ex.org", actor=ada)

    message = f'E-mail "ania@ex.org" already belongs to Nowak ({anna}).'
    assert refusal(restore_records, model, contact, [binned], actor=ada).message == message
    delete_records(model, contact, [anna], actor=ada)
    restore_records(model, contact, [binned], actor=ada)
    assert refusal(restore_records, model, contact, [anna], actor=ada).code == "duplicate_value"


def test_other_values_are_given_and_taken_away(model, contact, make, ada):
    """C21: on unique properties and match keys only; equal ones are nothing to do."""
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    bob = make("contact", last_name="Bob", email="bob@ex.org")
    more = {"name": "email", "actor": ada}
    assert add_other_value(model, contact, anna, value="Ania <ANIA@ex.org>", **more)
    assert not add_other_value(model, contact, anna, value="ania@ex.org", **more)
    assert not add_other_value(model, contact, anna, value="anna@ex.org", **more)
    for value in ("bob@ex.org", "ania@ex.org"):
        taken = refusal(
            add_other_value, model, contact, bob if "ia" in value else anna, value=value, **more
        )
        assert taken.code == "duplicate_value"
    assert remove_other_value(model, contact, anna, value="ania@ex.org", **more)
    assert not remove_other_value(model, contact, anna, value="ania@ex.org", **more)
    error = refusal(add_other_value, model, contact, bob, name="city", value="Lyon", actor=ada)
    assert error.code == "no_other_values"


def test_search_finds_a_record_by_its_other_value(model, contact, make, merge, ada):
    """C21, C88: typed whole, in any case."""
    anna = make("contact", last_name="Nowak", email="anna@ex.org")
    other = make("contact", last_name="Nowak", email="ania@ex.org")
    make("contact", last_name="Bob")
    merge(anna, other)
    found = listed(model, contact, actor=ada, words="ANIA@ex.org").records
    assert [each.id for each in found] == [anna]


def test_a_deleted_property_takes_its_other_values_along(make, ada):
    """C32: nothing finds a record by them any more."""
    add_property(
        object_type_named("company"),
        name="plate",
        label="Plate",
        kind="text",
        match_key=True,
        actor=ada,
    )
    now = data_model()
    company = now.object("company")
    acme = make("company", name="Acme")
    add_other_value(now, company, acme, name="plate", value="X 1", actor=ada)
    assert other_values(company, [acme], ada)
    forget(Deleted(property_id=company.property("plate").id))
    assert other_values(company, [acme], ada) == {}
