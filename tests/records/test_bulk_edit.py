"""Many records changed at once: what changes, what is refused, who is told."""

import pytest
import sqlalchemy as sa
from django.db import OperationalError

from tests.records.running import run_jobs
from tresse.accounts.models import AuditEntry
from tresse.jobs.models import Job, Notification
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property
from tresse.objects.database import rows, scalar
from tresse.objects.described import data_model
from tresse.objects.models import ObjectType, Property, Stage
from tresse.records.bulk.refused import refused_records
from tresse.records.changes import add_other_value, bulk_edit
from tresse.records.changes import bulk as bulk_module
from tresse.records.links import numbers_of
from tresse.records.queries import history_of, record
from tresse.records.selection import Selection
from tresse.records.tables import EVENT


def edit(name, value=None, act="set"):
    return {"act": "edit", "changes": [{"property": name, "act": act, "value": value}]}


@pytest.fixture
def bulk(ada):
    """Changes records by ids, as Ada."""

    def change(object_name, ids, settings, *, actor=ada, number=None):
        model = data_model()
        object = model.object(object_name)
        return bulk_edit(
            model, object, Selection(tuple(ids)), settings=settings, number=number, actor=actor
        )

    return change


@pytest.fixture
def value(ada):
    """Reads a value."""

    def read(object_name, id, name):
        model = data_model()
        return record(model, model.object(object_name), id, ada).values[name]

    return read


def counts(row):
    return (row.state, row.changed, row.unchanged, row.refused)


def test_a_value_is_set_on_many_records_under_one_change_set(bulk, make, value, model, ada):
    """C56: history with source bulk_edit, one event each; equal values are left alone (C26)."""
    ids = [make("deal", name=f"Deal {n}", amount=n) for n in range(3)]

    row = bulk("deal", ids, edit("amount", "2"))

    assert counts(row) == ("done", 2, 1, 0)
    assert [value("deal", id, "amount") for id in ids] == [2, 2, 2]
    [change] = history_of(model.object("deal"), ids[0], ada, name="amount")
    assert (change.old, change.new) == (0, 2)
    assert (change.source, change.source_id) == ("bulk_edit", row.pk)
    events = rows(sa.select(EVENT.c.record_id).where(EVENT.c.change_set_id == row.change_set_id))
    assert events == [(ids[0],), (ids[1],)]


def test_normal_forms_and_owner_dates_follow(bulk, make, model, mia, value):
    ids = [make("company", name=name) for name in ("Acme", "Beta")]

    bulk("company", ids, edit("name", "Łąka Ltd"))
    bulk("company", ids, edit("owner", "mia@example.com"))

    table = model.object("company").table
    name = model.object("company").property("name")
    found = rows(sa.select(table.c[name.normal_column], table.c.owner_assigned_at))
    assert {normal for normal, _ in found} == {"łąka ltd"}
    assert all(at for _, at in found)
    assert value("company", ids[0], "owner") == mia.user_id


def test_values_are_emptied_unless_they_are_required(bulk, make, value):
    """C17: refused before any record is touched."""
    ids = [make("company", name="Acme", employee_count=5)]

    bulk("company", ids, edit("employee_count", act="empty"))

    assert value("company", ids[0], "employee_count") is None
    with pytest.raises(TresseError, match="Company needs a value for Name"):
        bulk("company", ids, edit("name", act="empty"))


def test_numbers_are_added_to(bulk, make, value):
    """C56: records without a number stay without; what leaves the range or a rule is refused."""
    prop = Property.objects.get(object_type__name="deal", name="amount")
    rules = [{"rule": "highest", "value": "100"}]
    ids = [
        make("deal", name="A", amount="10.5"),
        make("deal", name="B"),
        make("deal", name="C", amount=99),
    ]
    _with_rules(prop, rules)

    row = bulk("deal", ids, edit("amount", "2.5", act="add"))

    assert counts(row) == ("partial", 1, 1, 1)
    assert [str(value("deal", id, "amount")) for id in ids] == ["13", "None", "99"]
    [(id, _, error)] = refused_records(row)
    assert (id, error.code) == (ids[2], "failed_validation")


def _with_rules(prop, rules):
    prop.rules = rules
    prop.save()


def test_options_are_added_and_taken_away(bulk, make, value, ada):
    """C56, C10: always in the order of the list."""
    options = [{"name": name, "label": name.title()} for name in ("red", "green", "blue")]
    deal = ObjectType.objects.get(name="deal")
    add_property(deal, name="paint", label="Paint", kind="options", options=options, actor=ada)
    ids = [make("deal", name="A"), make("deal", name="B")]

    bulk("deal", ids[:1], edit("paint", ["blue"]))
    bulk("deal", ids, edit("paint", ["green", "red"], act="add_options"))
    found = [value("deal", id, "paint") for id in ids]
    row = bulk("deal", ids, edit("paint", ["green", "blue"], act="remove_options"))

    assert found == ["|red|green|blue|", "|red|green|"]
    assert counts(row) == ("done", 2, 0, 0)
    assert [value("deal", id, "paint") for id in ids] == ["|red|", "|red|"]


def test_a_stage_is_read_in_the_pipeline_of_each_record(bulk, make, value, model):
    """C49: and it carries `stage_changed`, with the dates that follow."""
    ids = [make("deal", name="A"), make("deal", name="B", stage="won")]

    row = bulk("deal", ids, edit("stage", "Won"))

    assert counts(row) == ("done", 1, 1, 0)
    won = next(each for each in model.object("deal").stages.values() if each.name == "won")
    assert {value("deal", id, "stage") for id in ids} == {won.id}
    assert value("deal", ids[0], "closed_at") is not None
    data = scalar(
        sa.select(EVENT.c.data).where(
            EVENT.c.change_set_id == row.change_set_id, EVENT.c.name == "stage_changed"
        )
    )
    assert data == '{"from": "new", "to": "won", "kind": "won"}'


def test_refused_records_are_listed_the_others_changed(bulk, make):
    """C56, C49: with code and sentence."""
    _need("won", ["amount"])
    ids = [make("deal", name="A", amount=1), make("deal", name="B")]

    row = bulk("deal", ids, edit("stage", "Won"))

    assert counts(row) == ("partial", 1, 0, 1)
    [(id, title, error)] = refused_records(row)
    assert (id, title, error.code) == (ids[1], "B", "stage_requirements_missing")
    assert error.message == 'Stage "Won" needs a value for Amount.'


def _need(name, required):
    Stage.objects.filter(pipeline__object_type__name="deal", name=name).update(required=required)


def test_records_beyond_the_reach_of_edit_are_refused(bulk, make, mia):
    """C106: a member sees the team's records and edits own ones."""
    own = make("company", name="Own", owner="mia@example.com")
    foreign = make("company", name="Foreign", owner=None)

    row = bulk("company", [own, foreign], edit("industry", "Food"), actor=mia)

    assert counts(row)[1:] == (1, 0, 1)
    [(id, _, error)] = refused_records(row)
    assert (id, error.code) == (foreign, "not_permitted")


def test_a_reader_changes_nothing(bulk, make, rea):
    id = make("company", name="Own")

    with pytest.raises(TresseError) as refused:
        bulk("company", [id], edit("industry", "Food"), actor=rea)

    assert refused.value.code == "not_permitted"


def test_a_unique_value_is_for_one_record(bulk, make):
    """C18: one record may take it if it is free; of many at most one could."""
    ids = [make("contact", email=f"{n}@ex.org") for n in range(3)]

    with pytest.raises(TresseError, match="E-mail is unique"):
        bulk("contact", ids, edit("email", "x@ex.org"))
    row = bulk("contact", ids[:1], edit("email", "2@ex.org"))

    [(_, _, error)] = refused_records(row)
    assert error.code == "duplicate_value"
    assert "2@ex.org" in error.message


def test_contacts_keep_something_to_be_known_by(bulk, make):
    """C44."""
    ids = [make("contact", email="a@ex.org"), make("contact", email="b@ex.org", last_name="B")]

    row = bulk("contact", ids, edit("email", act="empty"))

    [(id, _, error)] = refused_records(row)
    assert (id, error.code) == (ids[0], "nothing_to_identify")


def test_the_number_is_confirmed(make, model, ada):
    """C56: what a filter matches is changed only in the number the person saw."""
    for name in ("A", "B"):
        make("deal", name=name)
    everything = Selection(is_all=True)
    deal = model.object("deal")

    with pytest.raises(TresseError, match="2 records match now, not 3"):
        bulk_edit(model, deal, everything, settings=edit("amount", 1), number=3, actor=ada)
    row = bulk_edit(model, deal, everything, settings=edit("amount", 1), number=2, actor=ada)

    assert row.changed == 2


def test_above_a_hundred_records_it_is_a_job(make, model, ada, mia, value):
    """C56, C119: one notification for the new owner, with the number; the author is told too."""
    ids = [make("deal", name=f"Deal {n}") for n in range(101)]
    deal = model.object("deal")

    row = bulk_edit(
        model,
        deal,
        Selection(is_all=True),
        settings=edit("owner", "mia@example.com"),
        number=101,
        actor=ada,
    )
    assert row.state == "queued"
    run_jobs()

    row.refresh_from_db()
    assert counts(row) == ("done", 101, 0, 0)
    assert value("deal", ids[-1], "owner") == mia.user_id
    told = Notification.objects.get(user_id=mia.user_id)
    assert told.title == "101 deals were assigned to you"
    assert Notification.objects.get(user_id=ada.user_id).link == f"/deals/bulk/{row.pk}/"


def test_links_are_made_up_to_their_limits(bulk, make, side, model):
    """C37: a record that has the most already is refused, the others are linked."""
    acme, beta = make("contact", last_name="A"), make("contact", last_name="B")
    orders = [make("order", order_number=str(n), ordered_at="2026-01-01") for n in range(3)]
    bulk("order", orders[:1], {"act": "link", "type": "order_contact", "ids": [acme]})

    row = bulk("order", orders, {"act": "link", "type": "order_contact", "ids": [beta]})

    assert counts(row) == ("partial", 2, 0, 1)
    [(id, _, error)] = refused_records(row)
    assert (id, error.code) == (orders[0], "association_limit_exceeded")
    numbers = numbers_of(side("contact", "order"), [acme, beta], model.object("order"))
    assert numbers == {acme: 1, beta: 2}


def test_links_are_taken_away(bulk, make, side, model):
    acme = make("company", name="Acme")
    contacts = [make("contact", last_name=str(n)) for n in range(2)]
    bulk("contact", contacts, {"act": "link", "type": "contact_company", "ids": [acme]})

    row = bulk("contact", contacts, {"act": "unlink", "type": "contact_company"})

    assert counts(row) == ("done", 2, 0, 0)
    assert numbers_of(side("contact", "company"), contacts, model.object("company")) == {}


def test_a_task_is_made_for_each(bulk, make, model, mia, ada):
    """C90: linked to its record; given to the owner of each on request."""
    ids = [make("deal", name="A", owner="mia@example.com"), make("deal", name="B")]
    settings = {"act": "task", "properties": {"title": "Call"}, "assign": "owner"}

    row = bulk("deal", ids, settings)

    assert counts(row) == ("done", 2, 0, 0)
    task = model.object("task")
    found = rows(sa.select(task.table.c.owner).order_by(task.table.c.id))
    assert found == [(mia.user_id,), (ada.user_id,)]
    assert Notification.objects.filter(title="1 task was assigned to you").count() == 1


def test_records_go_to_the_bin(bulk, make, model):
    ids = [make("deal", name="A"), make("deal", name="B")]

    row = bulk("deal", ids, {"act": "delete"})

    assert counts(row) == ("done", 2, 0, 0)
    table = model.object("deal").table
    assert all(at for (at,) in rows(sa.select(table.c.deleted_at)))


def test_a_bulk_edit_is_in_the_audit_log_without_values(bulk, make):
    """C114, C116."""
    bulk("deal", [make("deal", name="A")], edit("description", "secret words"))

    entry = AuditEntry.objects.get(action="bulk.run")
    assert entry.after
    assert entry.after["number"] == 1
    assert "secret words" not in str(entry.after)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"act": "fly"}, "unknown_name"),
        ({"act": "edit", "changes": []}, "missing_required_property"),
        ({"act": "edit", "change": []}, "unknown_key"),
        (edit("amuont", 1), "unknown_property"),
        (edit("created_at", "2026-01-01"), "read_only_property"),
        (edit("amount", "12a"), "could_not_parse_number"),
        (edit("name", "x", act="add"), "wrong_value"),
        (edit("stage", "Nowhere"), "stage_not_in_pipeline"),
        ({"act": "link", "type": "deal_firm", "ids": [1]}, "association_type_not_found"),
        ({"act": "task", "properties": {}}, "missing_required_property"),
    ],
)
def test_what_holds_for_no_record_is_refused_at_once(bulk, make, asked, code):
    id = make("deal", name="A")

    with pytest.raises(TresseError) as refused:
        bulk("deal", [id], asked)

    assert refused.value.code == code


@pytest.mark.parametrize("broken_at", [1, 3, 5])
@pytest.mark.parametrize("committed", [False, True])
def test_broken_off_and_gone_on_with_it_ends_the_same(
    make, model, ada, monkeypatch, broken_at, committed
):
    """C119a: killed at any moment it goes on at its cursor; every record is changed once."""
    _need("won", ["close_date"])
    dates = [None if n % 5 == 0 else "2026-05-01" for n in range(101)]
    for n, day in enumerate(dates):
        make("deal", name=f"D{n}", amount=n, close_date=day)
    for name, number in (("FIRST", 25), ("FEWEST", 25), ("MOST_STAGED", 40)):
        monkeypatch.setattr(f"tresse.records.changes.bulk.{name}", number)
    monkeypatch.setattr("tresse.records.bulk.editing.Editing.most", 25)
    written, real = [], bulk_module._write

    def breaks(*given):
        written.append(given[3])
        if len(written) == broken_at:
            if committed:
                real(*given)
            message = "killed"
            raise OperationalError(message)
        real(*given)

    monkeypatch.setattr(bulk_module, "_write", breaks)
    changes = [
        {"property": "amount", "act": "add", "value": 1},
        {"property": "stage", "act": "set", "value": "Won"},
    ]
    asked = {"act": "edit", "changes": changes}
    deal = model.object("deal")

    row = bulk_edit(model, deal, Selection(is_all=True), settings=asked, number=101, actor=ada)
    run_jobs()
    Job.objects.update(run_at=clock.now())
    run_jobs()

    row.refresh_from_db()
    assert counts(row) == ("partial", 80, 0, 21)
    amounts = rows(
        sa.select(deal.table.c[deal.property("amount").column]).order_by(deal.table.c.id)
    )
    wanted = [n if day is None else n + 1 for n, day in enumerate(dates)]
    assert [int(amount) for (amount,) in amounts] == wanted
    assert len(list(refused_records(row))) == 21
    assert Notification.objects.filter(user_id=ada.user_id, kind="bulk").count() == 1


def test_an_other_value_of_another_record_is_taken_too(bulk, make, model, ada):
    """C21: it clashes like the main value, and the holder is named."""
    holder = make("contact", email="main@ex.org", last_name="Holder")
    contact = model.object("contact")
    add_other_value(model, contact, holder, name="email", value="second@ex.org", actor=ada)
    id = make("contact", last_name="B")

    row = bulk("contact", [id], edit("email", "Second@ex.org"))

    [(_, _, error)] = refused_records(row)
    assert error.message == f'E-mail "second@ex.org" already belongs to Holder ({holder}).'
