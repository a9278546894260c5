"""Any import, then its undo: all is as before, but exactly what was edited since (T71, T72)."""

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.transfers.imports.house import empty
from tests.transfers.imports.test_undo import back, records
from tresse.objects.database import rows
from tresse.records.changes import update_record
from tresse.records.tables import EVENT, HISTORY
from tresse.records.undo.shown import items_of
from tresse.segments.changes import add_list, add_members
from tresse.transfers.models import Import

EXAMPLES = examples(8, derandomize=True)
NAMES = ("Anna", "Bob", "")
CITIES = ("Paris", "Lyon", "Łódź", "")
COMPANIES = ("Acme", "Beta", "Gamma", "New one")
DEALS = ("Roof", "Wall")
HEADERS = "E-mail,First name,City,Birthday,Associated Company,Associated Deal,Primary company"
KEPT = ("first_name", "city", "birthday")

people = st.integers(0, 7)
contact = st.tuples(people, st.sampled_from(NAMES), st.sampled_from(CITIES))
pairs = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=5, unique=True)
cell = st.lists(st.sampled_from(COMPANIES), max_size=2, unique=True)
line = st.tuples(
    people,
    st.sampled_from(NAMES),
    st.sampled_from(CITIES),
    st.sampled_from(("", "1990-05-01", "1971-12-31")),
    cell,
    st.sampled_from(("", *DEALS)),
)
asked = st.fixed_dictionaries(
    {
        "links": st.sampled_from(("associate", "associate", "dissociate")),
        "missing": st.sampled_from(("finding", "create")),
        "existing": st.sampled_from(("keep", "replace")),
        "erase_empty": st.booleans(),
        "to_list": st.sampled_from(("", "fair")),
    }
)


@pytest.fixture(autouse=True)
def small_ranges(monkeypatch):
    """As of large imports: a job, a few items at a time."""
    monkeypatch.setattr("tresse.records.changes.undo.AT_ONCE", 0)
    for name in ("FIRST", "FEWEST", "MOST"):
        monkeypatch.setattr(f"tresse.records.undo.work.{name}", 3)
    monkeypatch.setattr("tresse.records.undo.work.PAUSE_SECONDS", 0)


def fill(house, contacts, linked):
    """What is there before: contacts, companies, deals, links with primary marks, a list."""
    companies = [house.make("company", name=name) for name in COMPANIES[:3]]
    deals = [house.make("deal", name=name) for name in DEALS]
    made = {}
    for number, name, city in contacts:
        if number not in made:
            values = {"email": f"p{number}@ex.org", "first_name": name or None}
            made[number] = house.make("contact", **values, city=city or None)
    ids = list(made.values())
    for one, two in linked:
        if one < len(ids):
            house.link("contact", ids[one], "company", companies[two])
            house.link("deal", deals[two % 2], "contact", ids[one])
    fair = add_list(base="contact", label="Fair", name="fair", model=house.model, actor=house.ada)
    add_members(fair, ids[:1], model=house.model, actor=house.ada)


def content(lines):
    body = (
        f"p{number}@ex.org,{first},{city},{day},{';'.join(companies)},{deal},"
        for number, first, city, day, companies, deal in lines
    )
    return HEADERS.rpartition(",")[0] + "\n" + "".join(each[:-1] + "\n" for each in body)


def afresh(house):
    empty()
    house.__init__(house.folder)


def imported(house, lines, wanted):
    wanted = {name: value for name, value in wanted.items() if value}
    row = house.load("contacts", content(lines), **wanted)
    assert row.state == "done", row.error
    return Import.objects.get(pk=row.pk)


@EXAMPLES
@given(st.lists(contact, max_size=5), pairs, st.lists(line, min_size=1, max_size=7), asked)
def test_undo_is_the_inverse_of_an_import(house, contacts, linked, lines, wanted):
    """T71, T73: row by row: records, links, primary marks, members, whatever was asked."""
    afresh(house)
    fill(house, contacts, linked)
    before = records(house)
    row = imported(house, lines, wanted)

    checked = back(house, row, dry_run=True)
    undo = back(house, row)

    assert records(house) == before
    assert (undo.kept, undo.failed) == (0, 0)
    assert checked.reversed == undo.reversed


@EXAMPLES
@given(
    st.lists(contact, max_size=5),
    pairs,
    st.lists(line, min_size=1, max_size=7),
    asked,
    st.sets(st.integers(0, 15), max_size=4),
)
def test_exactly_what_was_edited_since_is_kept(house, contacts, linked, lines, wanted, edits):
    """T72: values edited since, and records made and edited since; nothing else, and listed."""
    afresh(house)
    fill(house, contacts, linked)
    before = records(house, "contact")
    row = imported(house, lines, {**wanted, "missing": "finding"})
    expected = _edited(house, row, edits)

    undo = back(house, row)

    kept = {
        (item["item"], item["id"], item["property"]): item["code"]
        for item in items_of(undo, "kept")
    }
    assert set(kept) == expected
    assert (undo.kept, undo.failed) == (len(expected), 0)
    after = records(house, "contact")
    for name in ("links", "members"):
        assert after[name] == before[name]
    assert _without(house, after, expected) == _without(house, before, expected)


def _edited(house, row, edits):
    """Edit some of what the import wrote; answers the items that must be kept."""
    model, contact_ = house.model, house.model.object("contact")
    names = {prop.id: prop.name for prop in contact_.properties}
    own = row.change_set_id
    values = rows(
        sa.select(HISTORY.c.record_id, HISTORY.c.property_id)
        .where(HISTORY.c.change_set_id == own)
        .order_by(HISTORY.c.id)
    )
    made = rows(
        sa.select(EVENT.c.record_id)
        .where(EVENT.c.change_set_id == own, EVENT.c.name == "record_created")
        .order_by(EVENT.c.id)
    )
    written = [("value", id, names[prop]) for id, prop in values if names[prop] in KEPT]
    written += [("created", id, None) for (id,) in made]
    expected = set()
    for place in edits:
        if place >= len(written):
            continue
        item, id, name = written[place]
        value = "1999-01-01" if name == "birthday" else "Edited"
        update_record(model, contact_, id, values={name or "city": value}, actor=house.ada)
        expected.add((item, id, name))
    return expected


def _without(house, state, expected):
    """Contacts but for those made and kept, and for values that were edited since."""
    table = house.model.object("contact").table
    contact_ = house.model.object("contact")
    names = [column.name for column in table.c if column.name not in _STAMPS]
    made = {id for item, id, _ in expected if item == "created"}
    edited = {(id, contact_.property(name).column) for _, id, name in expected if name}
    found = {}
    for record in state["contact"]:
        values = dict(zip(names, record, strict=True))
        if values["id"] in made:
            continue
        found[values["id"]] = {
            name: value for name, value in values.items() if (values["id"], name) not in edited
        }
    return found


_STAMPS = ("version", "updated_at", "updated_by", "deleted_at")
