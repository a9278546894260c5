"""Change sets taken back: all that was not edited since is as it was before."""

import random
from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.records.running import run_jobs
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import data_model
from tresse.records.changes import (
    apply_batch,
    bulk_edit,
    create_record,
    link_records,
    log_activity,
    restore_records,
    unlink_records,
    update_record,
)
from tresse.records.changes import undo as undoing
from tresse.records.changes.undo import Undoable, check_undo, undo
from tresse.records.models import BulkEdit, Undo
from tresse.records.queries import history_of
from tresse.records.selection import Selection
from tresse.records.tables import EVENT, LINK
from tresse.records.writing import new_change_set

STAMPS = ("version", "updated_at", "updated_by")


@pytest.fixture
def bulk(ada):
    """Changes records by ids, as Ada; answers the change set."""

    def change(object_name, ids, settings):
        model = data_model()
        selection = Selection(tuple(ids))
        object = model.object(object_name)
        row = bulk_edit(model, object, selection, settings=settings, number=None, actor=ada)
        return row.change_set_id

    return change


def edits(*changes):
    names = ("property", "act", "value")
    given = [dict(zip(names, each, strict=False)) for each in changes]
    return {"act": "edit", "changes": given}


def state(model, *object_names):
    """All records and links, but for the stamps that every write renews."""
    found = {}
    for name in object_names:
        table = model.object(name).table
        columns = [column for column in table.c if column.name not in STAMPS]
        found[name] = rows(sa.select(*columns).order_by(table.c.id))
    found["links"] = rows(sa.select(LINK).order_by(*LINK.primary_key))
    return found


def back(change_set, actor):
    return undo(Undoable(change_set, "Change"), actor=actor)


def counts(row):
    return (row.state, row.reversed, row.kept, row.failed)


@pytest.mark.parametrize("seed", range(6))
def test_a_bulk_edit_taken_back_is_the_identity(bulk, make, model, ada, mia, side, seed):
    """T71, C56: whatever was changed on whatever records, dates of stage and owner too."""
    chance = random.Random(seed)  # noqa: S311  the same every time, nothing secret
    companies = [make("company", name=f"C{n}") for n in range(3)]
    deals = [
        make(
            "deal",
            name=f"Deal {n}",
            amount=chance.choice([None, "1.5", "300"]),
            close_date=chance.choice([None, "2026-05-01"]),
            stage=chance.choice(["new", "won", "lost"]),
            owner=chance.choice(["mia@example.com", "ada@example.com", None]),
        )
        for n in range(8)
    ]
    pairs = [(id, chance.choice(companies)) for id in chance.sample(deals, 5)]
    link_records(model, side("deal", "company"), pairs, actor=ada)
    with clock.at(clock.now() + timedelta(days=1)):
        for id in chance.sample(deals, 3):
            stage, owner = chance.choice(["won", "lost"]), chance.choice([mia.email, None])
            values = {"stage": stage, "owner": owner}
            update_record(model, model.object("deal"), id, values=values, actor=ada)
    before = state(model, "deal", "company")
    chosen = chance.sample(deals, 6)
    acts = [
        edits(("amount", "add", "2.25"), ("stage", "set", "Won"), ("close_date", "empty")),
        edits(("owner", "set", "mia@example.com"), ("description", "set", "Ünï")),
        edits(("stage", "set", "Lost"), ("amount", "set", "7")),
        {"act": "link", "type": "deal_company", "ids": companies[:2]},
        {
            "act": "link",
            "type": "deal_company",
            "ids": companies[:1],
            "label": "deal_primary_company",
        },
        {"act": "unlink", "type": "deal_company"},
        {"act": "delete"},
    ]
    with clock.at(clock.now() + timedelta(days=2)):
        made = [bulk("deal", chosen, act) for act in chance.sample(acts[:-1], 3)]
        made.append(bulk("deal", chosen, acts[-1]))
        for change_set in reversed(made):
            row = back(change_set, ada)
            assert row.state == "done", counts(row)

    assert state(model, "deal", "company") == before


def test_reversals_are_history_with_source_undo(bulk, make, model, ada):
    """T73."""
    id = make("deal", name="A", amount=1)
    change_set = bulk("deal", [id], edits(("amount", "set", "2")))

    back(change_set, ada)

    changes = history_of(model.object("deal"), id, ada, name="amount")
    assert [(each.old, each.new, each.source) for each in changes] == [
        (2, 1, "undo"),
        (1, 2, "bulk_edit"),
    ]


def test_what_was_edited_since_is_kept(bulk, make, model, ada):
    """T72: each item falls in exactly one of the three."""
    ids = [make("deal", name=name, amount=1) for name in "ABC"]
    change_set = bulk("deal", ids, edits(("amount", "set", "2")))
    update_record(model, model.object("deal"), ids[1], values={"amount": 5}, actor=ada)
    bulk("deal", ids[2:], {"act": "delete"})

    checked = check_undo(Undoable(change_set, "Change"), actor=ada)
    numbers = counts(checked)
    row = back(change_set, ada)

    assert numbers == ("checked", 1, 1, 1)
    assert counts(row) == ("partial", 1, 1, 1)


def test_the_check_changes_no_record(bulk, make, model, ada):
    """T72."""
    id = make("deal", name="A", amount=1)
    change_set = bulk("deal", [id], edits(("amount", "set", "2")))
    before = state(model, "deal")

    check_undo(Undoable(change_set, "Change"), actor=ada)

    assert state(model, "deal") == before


def test_a_unique_value_taken_meanwhile_fails(bulk, make, ada):
    """T72: the record keeps what it has."""
    id = make("contact", email="a@ex.org", last_name="A")
    change_set = bulk("contact", [id], edits(("email", "empty")))
    make("contact", email="a@ex.org")

    assert counts(back(change_set, ada)) == ("partial", 0, 0, 1)


@pytest.fixture
def imported(model, ada):
    """A change set that makes a company with a contact, as an import does."""
    change_set = new_change_set(ada, source="import")
    company = create_record(
        model, model.object("company"), values={"name": "Acme"}, actor=ada, change_set=change_set
    )
    contact = create_record(
        model,
        model.object("contact"),
        values={"last_name": "Oak"},
        actor=ada,
        links=[(model.default_side("contact", "company"), company, None)],
        change_set=change_set,
    )
    return change_set, company, contact


def binned(model, name):
    table = model.object(name).table
    return [id for (id,) in rows(sa.select(table.c.id).where(table.c.deleted_at.is_not(None)))]


def test_records_made_go_to_the_bin_and_links_go(imported, model, ada):
    """T72: the primary link label goes as well."""
    change_set, company, contact = imported

    row = back(change_set, ada)

    assert counts(row) == ("done", 3, 0, 0)
    assert row.links_removed == 1
    assert (binned(model, "company"), binned(model, "contact")) == ([company], [contact])
    assert rows(sa.select(LINK.c.from_id)) == []


def _edit(model, ada, company, contact):
    update_record(model, model.object("company"), company, values={"industry": "Food"}, actor=ada)
    _ = contact


def _write_about(model, ada, company, contact):
    log_activity(
        model, "note", [(model.object("company"), company)], fields={"text": "Hi"}, actor=ada
    )
    _ = contact


def _link(model, ada, company, contact):
    deal = create_record(model, model.object("deal"), values={"name": "Roof"}, actor=ada)
    side = model.default_side("company", "deal")
    link_records(model, side, [(company, deal)], actor=ada)
    _ = contact


@pytest.mark.parametrize("act", [_edit, _write_about, _link])
def test_records_made_and_used_since_are_kept(imported, model, ada, act):
    """T72: edited, given an activity, or linked."""
    change_set, company, contact = imported
    act(model, ada, company, contact)

    row = back(change_set, ada)

    assert counts(row) == ("partial", 2, 1, 0)
    assert (binned(model, "company"), binned(model, "contact")) == ([], [contact])


def test_links_with_another_label_since_are_kept(make, model, ada, side):
    """T72: and those that were removed and made anew."""
    company, one, two = (
        make("company", name="A"),
        make("contact", last_name="1"),
        make("contact", last_name="2"),
    )
    relation = side("contact", "company")
    change_set = new_change_set(ada, source="import")
    pairs = [(one, company), (two, company)]
    link_records(model, relation, pairs, actor=ada, change_set=change_set)
    link_records(model, relation, [(one, company)], actor=ada, label="former_company")
    unlink_records(model, relation, [(two, company)], actor=ada)
    link_records(model, relation, [(two, company)], actor=ada)

    row = back(change_set, ada)

    assert row.kept == 2
    assert {id for (id,) in rows(sa.select(LINK.c.from_id))} == {one, two}


def test_links_removed_come_back_unless_an_end_is_gone_or_the_place_is_taken(bulk, make, ada):
    """T72."""
    contacts = [make("contact", last_name=str(n)) for n in range(2)]
    orders = [make("order", order_number=str(n), ordered_at="2026-01-01") for n in range(3)]
    bulk("order", orders, {"act": "link", "type": "order_contact", "ids": contacts[:1]})
    change_set = bulk("order", orders, {"act": "unlink", "type": "order_contact"})
    bulk("order", orders[:1], {"act": "link", "type": "order_contact", "ids": contacts[1:]})
    bulk("order", orders[1:2], {"act": "delete"})

    row = back(change_set, ada)

    assert counts(row) == ("partial", 1, 0, 2)
    assert row.links_restored == 1


def test_records_deleted_come_back(bulk, make, model, ada):
    """T71: those restored since are left alone."""
    ids = [make("deal", name="A"), make("deal", name="B")]
    change_set = bulk("deal", ids, {"act": "delete"})
    restore_records(model, model.object("deal"), ids[:1], actor=ada)

    row = back(change_set, ada)

    assert counts(row) == ("partial", 1, 1, 0)
    assert binned(model, "deal") == []


def test_a_batch_is_undone_as_one_item_per_value(make, model, ada):
    """T72: two writes of one value in one change set are one item."""
    id = make("deal", name="A", amount=1)
    items = [{"act": "update", "id": id, "properties": {"amount": n}} for n in (2, 3)]
    apply_batch(model, model.object("deal"), items, actor=ada)
    [(change_set,)] = rows(
        sa.select(EVENT.c.change_set_id).where(EVENT.c.name == "record_changed").distinct()
    )

    row = back(change_set, ada)

    assert counts(row) == ("done", 1, 0, 0)
    table = model.object("deal").table
    assert rows(sa.select(table.c[model.object("deal").property("amount").column])) == [(1,)]


def test_only_who_made_it_may_undo_it(bulk, make, mia, ada):
    """T71: or somebody with the right imports.undo_others."""
    change_set = bulk("deal", [make("deal", name="A")], edits(("amount", "set", "2")))

    with pytest.raises(TresseError) as refused:
        back(change_set, mia)

    assert refused.value.code == "not_permitted"
    assert back(change_set, ada).state == "done"


def test_undo_ends_after_thirty_days_and_happens_once(bulk, make, ada):
    """T71: undo_expired, already_undone."""
    first, second = make("deal", name="A"), make("deal", name="B")
    old = bulk("deal", [first], edits(("amount", "set", "2")))
    twice = bulk("deal", [second], edits(("amount", "set", "2")))
    back(twice, ada)

    with pytest.raises(TresseError, match="It was undone on 2026-03-10 by Ada"):
        back(twice, ada)
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(TresseError) as late:
        back(old, ada)

    assert late.value.code == "undo_expired"
    with pytest.raises(TresseError, match="There is no change 999"):
        back(999, ada)


def test_large_change_sets_are_undone_by_a_job(bulk, make, model, ada, monkeypatch):
    """T74: in ranges, each with its cursor; broken off anywhere it goes on there."""
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", 3)
    for name in ("FIRST", "FEWEST", "MOST"):
        monkeypatch.setattr(f"tresse.records.undo.work.{name}", 2)
    ids = [make("deal", name=str(n), amount=n) for n in range(7)]
    before = state(model, "deal")
    change_set = bulk("deal", ids, edits(("amount", "add", "1"), ("stage", "set", "Won")))

    row = back(change_set, ada)
    assert row.state == "queued"
    run_jobs()

    row = Undo.objects.get(pk=row.pk)
    assert counts(row) == ("done", 14, 0, 0)
    assert state(model, "deal") == before


def test_options_added_are_archived_unless_used(make, model, ada):
    """T72."""
    deal = model.object("deal")
    prop = deal.property("lost_reason")
    names = [each.name for each in prop.options[:2]]
    make("deal", name="A", lost_reason=names[0])
    change_set = new_change_set(ada, source="import")
    what = Undoable(change_set, "x.csv", options=tuple((prop.id, name) for name in names))

    row = undo(what, actor=ada)

    assert counts(row) == ("partial", 1, 1, 0)
    options = data_model().object("deal").property("lost_reason").options
    assert [each.is_archived for each in options[:2]] == [False, True]


def test_what_still_runs_is_not_taken_back(bulk, make, ada):
    """T4: wrong_state."""
    change_set = bulk("deal", [make("deal", name="A")], edits(("amount", "set", "2")))
    BulkEdit.objects.update(state="running")

    with pytest.raises(TresseError, match="It is still running") as refused:
        back(change_set, ada)

    assert refused.value.code == "wrong_state"


def test_the_second_of_two_at_once_is_refused(make, bulk, ada, monkeypatch):
    """T71: both saw that nothing was taken back; what the first did stays as it is."""
    id = make("contact", email="a@ex.org", city="Paris")
    change_set = bulk("contact", [id], edits(("city", "set", "Lyon")))
    what = Undoable(change_set, "Change", "/")
    begun = undoing._begun

    def meanwhile(*given):
        row = begun(*given)
        monkeypatch.setattr(undoing, "_begun", begun)
        assert undo(what, actor=ada).state == "done"
        return row

    monkeypatch.setattr(undoing, "_begun", meanwhile)
    with pytest.raises(TresseError) as refused:
        undo(what, actor=ada)

    assert refused.value.code == "already_undone"
    row = Undo.objects.get()
    assert (row.state, row.reversed, row.kept) == ("done", 1, 0)
