"""Imports taken back whole: at every door, exactly what was edited since is kept (T71 to T74)."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa
from django.db import connection, transaction

from tests.transfers.imports.house import numbers
from tresse.accounts.actor import Rights
from tresse.jobs.queries import fresh
from tresse.jobs.worker import run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.models import Option, Property
from tresse.records.changes import (
    log_activity,
    update_record,
)
from tresse.records.models import Undo
from tresse.records.tables import LINK
from tresse.segments.changes import add_list, add_members
from tresse.segments.tables import LIST_MEMBER
from tresse.transfers import changes
from tresse.transfers.models import Import
from tresse.transfers.report import counters_of
from tresse.transfers.undoing import facts_of, item_lines

STAMPS = ("version", "updated_at", "updated_by", "deleted_at")


@pytest.fixture(autouse=True)
def as_shipped(house):
    """Definitions outlive the tests of imports: what these have made goes."""
    there = set(Option.objects.values_list("pk", flat=True))
    yield
    with transaction.atomic(), connection.cursor() as cursor:
        Option.objects.exclude(pk__in=there).delete()
        for prop in Property.objects.filter(is_builtin=False):
            table, column = house.model.object(prop.object_type.name).table.name, prop.column
            cursor.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            prop.delete()


def records(house, *names):
    """Live records by id, without the stamps that every write renews; links; who is on lists."""
    found = {}
    for name in names or ("company", "contact", "deal"):
        table = house.model.object(name).table
        columns = [column for column in table.c if column.name not in STAMPS]
        live = sa.select(*columns).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
        found[name] = rows(live)
    found["links"] = rows(sa.select(LINK).order_by(*LINK.primary_key))
    found["members"] = sorted(rows(sa.select(LIST_MEMBER.c.list_id, LIST_MEMBER.c.record_id)))
    return found


def back(house, row, *, dry_run=False, actor=None):
    """Undo an import to its end; answers the undo."""
    undo = changes.undo_import(row, actor=actor or house.ada, dry_run=dry_run)
    if undo.state in ("checking", "queued"):
        run_here(fresh(undo.job_id or 0), show=lambda _: None)
    return Undo.objects.get(pk=undo.pk)


def counts(undo):
    return (undo.state, undo.reversed, undo.kept, undo.failed)


CONTACTS = (
    "E-mail,First name,City,Associated Company,Associated Deal\n"
    "anna@ex.org,Anna,Paris,Company 1,61\n"
    "new@ex.org,New,Lyon,Company 2,\n"
    "bob@ex.org,Bob,Lyon,Other,62\n"
)


@pytest.mark.usefixtures("start")
def test_everything_is_as_before(house):
    """T71, T73: creations, also through links; changes; links, also primary ones and of rows."""
    house.link("contact", 51, "company", 42)
    before = records(house)
    row = house.load("contacts", CONTACTS, missing="create")
    assert numbers(row) == {"rows": 3, "created": 1, "updated": 2}

    checked = back(house, row, dry_run=True)
    assert Import.objects.get(pk=row.pk).state == "done"
    undo = back(house, row)

    assert (checked.state, checked.reversed) == ("checked", undo.reversed)
    assert counts(undo)[0::2] == ("done", 0)
    assert records(house) == before
    assert Import.objects.get(pk=row.pk).state == "undone"


@pytest.mark.usefixtures("start")
def test_what_was_edited_since_is_kept_and_listed(house):
    """T72, TE4: the link is reversed, the name is kept and listed."""
    content = "Deal ID,Name,Associated Contact\n61,Renewal 2027,anna@ex.org\n"
    row = house.load("deals", content)
    deal = house.model.object("deal")
    update_record(house.model, deal, 61, values={"name": "Renewal XL"}, actor=house.ada)

    undo = back(house, row)

    assert (counts(undo), undo.links_removed) == (("partial", 1, 1, 0), 1)
    assert house.links("deal", "contact") == []
    assert house.values("deal", "name")[61] == "Renewal XL"
    [line] = item_lines(undo, "kept", model=house.model, actor=house.ada, limit=5)
    assert (line.title, line.address) == ("Renewal XL", "/deals/61/")
    assert (line.what, line.before, line.after) == ("Name", "Renewal", "Renewal 2027")
    [item] = facts_of(row)["kept_because_edited"]
    assert (item["id"], item["code"]) == (61, "value_changed_since")
    assert (item["now"], item["before"]) == ("Renewal 2027", "Renewal")
    blind = replace(house.ada, rights=Rights(properties={"deal": {"name": "none"}}))
    [item] = facts_of(row, actor=blind)["kept_because_edited"]
    assert (item["property"], item["now"], item["before"]) == ("name", None, None)


@pytest.mark.usefixtures("start")
def test_undo_of_te2_leaves_the_link_that_was_there(house):
    """TE3: 6 links reversed, 0 kept, 0 failed; 61-51 stays."""
    house.link("deal", 61, "contact", 51)
    content = (
        "Company ID,Associated Deal,Associated Contact\n"
        "41,61,51\n41,62,bob@ex.org\n42,,anna@ex.org\n"
    )
    row = house.load("companies", content)

    undo = back(house, row)

    assert counts(undo) == ("done", 6, 0, 0)
    assert undo.links_removed == 6
    assert house.links("deal", "contact") == [(61, 51)]
    assert house.links("company", "contact") == []


@pytest.mark.usefixtures("start")
def test_dissociated_and_replaced_links_come_back(house):
    """T72, T53, T91 e: with their primary marks."""
    house.link("contact", 51, "company", 41)
    house.link("contact", 51, "company", 42)
    house.link("contact", 52, "company", 41)
    before = records(house)
    content = "Contact ID,Associated Company\n51,41\n52,42\n"
    row = house.load("contacts", content, links="dissociate")
    assert counters_of(row).links["removed"] == 1
    undo = back(house, row)
    assert (undo.state, undo.links_removed, undo.links_restored) == ("done", 0, 1)
    assert records(house) == before

    row = house.load("contacts", content, existing="replace")
    assert house.links("contact", "company") == [(51, 41), (52, 42)]
    assert counts(back(house, row))[0::2] == ("done", 0)
    assert records(house) == before


def test_records_made_and_used_since_stay(house):
    """T72: edited, linked, written about since; the others go to the bin."""
    lines = "".join(f"p{n}@ex.org,P{n}\n" for n in range(5))
    row = house.load("contacts", f"E-mail,First name\n{lines}", missing="create")
    ids = sorted(house.values("contact", "email"))
    contact, model = house.model.object("contact"), house.model
    update_record(model, contact, ids[0], values={"city": "Paris"}, actor=house.ada)
    log_activity(model, "note", [(contact, ids[1])], fields={"text": "Hi"}, actor=house.ada)
    house.link("contact", ids[2], "company", house.make("company", name="X"))

    undo = back(house, row)

    assert counts(undo) == ("partial", 2, 3, 0)
    assert sorted(house.values("contact", "email")) == ids[:3]


def test_the_list_of_the_file_is_left(house):
    """G46, T6: only those that the import put on it."""
    old = house.make("contact", email="old@ex.org")
    row_ = add_list(base="contact", label="Fair", model=house.model, actor=house.ada)
    add_members(row_, [old], model=house.model, actor=house.ada)
    before = records(house)
    row = house.load("contacts", "E-mail\nold@ex.org\nnew@ex.org\n", to_list=row_.name)
    assert rows(sa.select(sa.func.count()).select_from(LIST_MEMBER)) == [(2,)]

    back(house, row)

    assert records(house) == before


@pytest.mark.usefixtures("start")
def test_options_that_were_added_are_archived(house):
    """T72: those that others use by now stay."""
    content = "Deal ID,Lost reason\n61,Too dear\n62,Too late\n"
    row = house.load("deals", content, unknown_options="add")
    assert row.state == "done", row.error
    names = [name for _, name in row.plan_facts["made_options"]]
    assert len(names) == 2
    house.make("deal", name="Third", lost_reason=names[1])
    checked = back(house, row, dry_run=True)

    undo = back(house, row)

    assert counts(checked)[1:] == counts(undo)[1:]

    options = house.model.object("deal").property("lost_reason").options
    archived = {each.name: each.is_archived for each in options if each.name in names}
    assert archived == {names[0]: True, names[1]: False}
    assert (undo.state, undo.kept) == ("partial", 1)


@pytest.mark.usefixtures("start")
def test_a_property_that_was_added_is_archived(house):
    """T23, T72: with its values taken back it is empty again."""
    mapping = {"Shoe size": {"new": {"label": "Shoe size", "kind": "integer"}}}
    content = "E-mail,Shoe size\nanna@ex.org,42\nnew@ex.org,39\n"
    row = house.load("contacts", content, mapping=mapping)
    assert row.state == "done", row.error
    [id_] = row.plan_facts["made_properties"]

    checked = back(house, row, dry_run=True)
    undo = back(house, row)

    assert counts(checked)[1:] == counts(undo)[1:] == (3, 0, 0)
    [prop] = [each for each in house.model.object("contact").properties if each.id == id_]
    assert prop.is_archived


def test_twice_late_or_by_others(house):
    """T71: `already_undone`, `undo_expired`, `not_permitted`; T4: `wrong_state`."""
    draft = house.add("contacts", "E-mail\na@ex.org\n")
    with pytest.raises(TresseError) as refused:
        changes.undo_import(draft, actor=house.ada)
    assert refused.value.code == "wrong_state"
    row = house.load("contacts", "E-mail\na@ex.org\n")
    late = house.load("contacts", "E-mail\nb@ex.org\n", name="y.csv")
    back(house, row)
    row.refresh_from_db()

    with pytest.raises(TresseError) as refused:
        changes.undo_import(row, actor=house.ada)
    assert (refused.value.code, refused.value.status) == ("already_undone", 409)
    with clock.at(clock.now() + timedelta(days=31)), pytest.raises(TresseError) as refused:
        changes.undo_import(late, actor=house.ada)
    assert (refused.value.code, refused.value.status) == ("undo_expired", 410)


def test_the_third_write_of_a_value_is_not_its_first(house):
    """T72: rows about one linked record; the value before the import comes back."""
    house.make("company", id=41, name="Acme", industry="food")
    before = records(house)
    lines = "".join(f"p{n}@ex.org,41,{name}\n" for n, name in enumerate(("A", "B", "C")))
    content = f"E-mail,Associated Company,Associated Company: City\n{lines}"
    row = house.load("contacts", content, missing="upsert")
    if row.state != "done":
        content = content.replace("Associated Company: City", "Company: City")
        row = house.load("contacts", content, missing="upsert")
    assert row.state == "done", row.error

    back(house, row)

    assert records(house) == before


def test_thousands_of_updates_of_which_three_were_edited(house):
    """T91 f: all the others are taken back, those three kept and listed (`bench/undo.py`)."""
    many = range(2_000)
    first = "".join(f"p{n}@ex.org,Paris\n" for n in many)
    house.load("contacts", f"E-mail,City\n{first}")
    second = "".join(f"p{n}@ex.org,Lyon\n" for n in many)
    row = house.load("contacts", f"E-mail,City\n{second}", name="y.csv")
    ids = sorted(house.values("contact", "email"))
    edited = [ids[7], ids[1_000], ids[-1]]
    for id_ in edited:
        contact = house.model.object("contact")
        update_record(house.model, contact, id_, values={"city": "Nice"}, actor=house.ada)

    undo = back(house, row)

    assert counts(undo) == ("partial", 1_997, 3, 0)
    assert [each["id"] for each in facts_of(row)["kept_because_edited"]] == edited
    cities = house.values("contact", "city")
    assert {id_ for id_, city in cities.items() if city != "Paris"} == set(edited)
