"""What happens to records when options, stages, pipelines and relations are deleted."""

import pytest
import sqlalchemy as sa

from tresse.kernel.clock import now
from tresse.objects.changes import (
    add_association_type,
    add_pipeline,
    add_property,
    archive_association_type,
    delete_association_type,
    delete_option,
    delete_pipeline,
    delete_stage,
)
from tresse.objects.changes.options import option_named
from tresse.objects.database import execute, rows, scalar
from tresse.objects.described import data_model
from tresse.objects.doctor import examine
from tresse.objects.queries import object_type_named, pipeline_named, property_named, stage_named
from tresse.records.changes import create_record
from tresse.records.tables import ACTIVITY_RECORD, EVENT, HISTORY, LINK

pytestmark = pytest.mark.django_db


def value(object_name, name, id):
    here = data_model().object(object_name)
    table = here.table
    return scalar(sa.select(table.c[here.property(name).column]).where(table.c.id == id))


def last_history(id):
    statement = sa.select(HISTORY.c.old, HISTORY.c.new).where(HISTORY.c.record_id == id)
    return rows(statement.order_by(HISTORY.c.id.desc()).limit(1))


@pytest.mark.parametrize(
    ("answer", "new"), [({"replace_with": "paid"}, "paid"), ({"empty": True}, None)]
)
def test_records_of_a_deleted_option_get_another_or_none(make, ada, answer, new):
    """C14, C25: with history and an event."""
    order = make("order", ordered_at="2026-03-01", status="pending")
    other = make("order", ordered_at="2026-03-01", status="shipped")
    prop = property_named(object_type_named("order"), "status")

    delete_option(option_named(prop, "pending"), actor=ada, **answer)

    assert value("order", "status", order) == new
    assert value("order", "status", other) == "shipped"
    assert last_history(order) == [("pending", new)]
    events = rows(sa.select(EVENT.c.name).where(EVENT.c.record_id == order).order_by(EVENT.c.id))
    assert events[-1] == ("record_changed",)


def test_sets_of_options_lose_one(ada):
    """C14: the others stay, in list order."""
    contact = object_type_named("contact")
    options = [{"name": name, "label": name} for name in ("a", "b", "c")]
    prop = add_property(contact, name="x", label="X", kind="options", options=options, actor=ada)
    here = data_model()
    both = _contact(here, ada, ["a", "b"])
    only = _contact(here, ada, ["a"])
    delete_option(option_named(prop, "a"), replace_with="c", actor=ada)
    assert value("contact", "x", both) == "|b|c|"
    assert value("contact", "x", only) == "|c|"
    delete_option(option_named(prop, "c"), empty=True, actor=ada)
    assert value("contact", "x", both) == "|b|"
    assert value("contact", "x", only) is None


def _contact(model, actor, options):
    values = {"last_name": "Nowak", "x": options}
    return create_record(model, model.object("contact"), values=values, actor=actor)


def test_deals_go_on_in_another_stage_and_pipeline(make, ada):
    """C50: no record is ever deleted with its pipeline."""
    row = object_type_named("deal")
    ends = [{"name": "won", "kind": "won"}, {"name": "lost", "kind": "lost"}]
    stages = [{"name": "due"}, {"name": "late"}, *ends]
    renewals = add_pipeline(row, name="renewals", label="Renewals", stages=stages, actor=ada)
    deal = make("deal", name="Roof")
    due = stage_named(renewals, "due")
    here = data_model().object("deal")
    columns = {here.property("stage").column: due.id, here.property("pipeline").column: renewals.id}
    execute(sa.update(here.table).values(columns).where(here.table.c.id == deal))

    delete_stage(due, replace_with="late", actor=ada)
    assert value("deal", "stage", deal) == stage_named(renewals, "late").id
    delete_pipeline(renewals, into="sales", moves={"late": "won"}, actor=ada)
    sales = pipeline_named(row, "sales")
    assert value("deal", "pipeline", deal) == sales.id
    assert value("deal", "stage", deal) == stage_named(sales, "won").id
    assert value("deal", "closed_at", deal) is not None
    names = [name for (name,) in rows(sa.select(EVENT.c.name).where(EVENT.c.record_id == deal))]
    assert names.count("stage_changed") == 2


def test_links_go_with_their_relation(ada):
    """C40."""
    row = add_association_type(
        name="fan",
        from_object=object_type_named("contact"),
        to_object=object_type_named("product"),
        forward_label="Likes",
        inverse_label="Fan",
        actor=ada,
    )
    execute(sa.insert(LINK).values(association_id=row.id, from_id=1, to_id=2, change_set_id=1))
    archive_association_type(row, actor=ada)
    delete_association_type(row, typed_label="Likes", actor=ada)
    assert scalar(sa.select(sa.func.count()).select_from(LINK)) == 0


def test_the_doctor_mends_the_counter_of_ids(make):
    """C42."""
    make("deal", name="Roof")
    here = data_model().object("deal")
    top = scalar(sa.select(sa.func.max(here.table.c.id))) + 1_000
    execute(sa.insert(here.table).values(id=top))
    [problem] = examine(fix=True)
    assert (problem.place, problem.is_fixed) == ("record_counter", True)
    assert examine() == []
    assert make("deal", name="Next") == top + 1


def test_the_doctor_counts_activities(make):
    """C41."""
    deal = make("deal", name="Roof")
    here = data_model().object("deal")
    at = now()
    about = {"record_id": deal, "at": at, "activity_id": 1, "object_id": here.id}
    execute(sa.insert(ACTIVITY_RECORD).values(about))
    [problem] = examine(fix=True)
    assert problem.sentence == "1 records have a wrong number of activities."
    assert value("deal", "activity_count", deal) == 1
    assert value("deal", "last_activity_at", deal) == at
    assert examine() == []
