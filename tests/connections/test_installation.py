"""The records and events of this installation as tables (S96, S97)."""

import pyarrow as pa
import pytest

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Opened, Request
from tresse.kernel.errors import TresseError
from tresse.records.changes import delete_records, merge_records, update_record

pytestmark = pytest.mark.django_db
ORDERED = "2026-03-01T09:00:00Z"
CRM = Opened(name="crm", kind="crm", settings={})
EVENTS = Opened(name="events", kind="events", settings={})


@pytest.fixture(autouse=True)
def by_event(monkeypatch):
    """A test is one open transaction, which nobody follows on PostgreSQL: count events instead."""
    for module in ("tresse.records.following", "tresse.connections.installation"):
        monkeypatch.setattr(f"{module}.vendor", lambda: "sqlite")


def read(opened=CRM, **request):
    batches = list(KINDS[opened.kind].read(opened, Request(**request)))
    return pa.Table.from_batches(batches).to_pylist()


def test_every_object_and_association_type_is_a_table(make):
    """S96: key: record id, columns: its properties; an association type has two columns."""
    make("contact", first_name="Anna")

    tables = {table.name: table for table in KINDS["crm"].tables(CRM)}

    assert {"contacts", "companies", "deals"} <= set(tables)
    contacts = {column.name: column.proposed for column in tables["contacts"].columns}
    assert tables["contacts"].key == ("id",)
    assert tables["contacts"].rows == 1
    assert contacts["email"] == "text"
    assert contacts["created_at"] == "datetime"
    assert contacts["_sequence"] == "integer"
    pairs = tables["contact_company"]
    assert (pairs.kind, [column.name for column in pairs.columns]) == (
        "association",
        ["from_id", "to_id"],
    )


def test_reads_values_as_they_are(make, side):
    """S96: texts, amounts digit for digit, options and people by name, pairs of links."""
    company = make("company", name="Atelier Zoë")
    deal = make("deal", name="Big", amount="12345.67", links=[(side("deal", "company"), company)])

    [row] = read(table="deals", columns=("id", "name", "amount", "stage", "_deleted_at"))

    assert row["id"] == deal
    assert row["name"] == "Big"
    assert row["amount"] == "12345.67"
    assert isinstance(row["stage"], str)
    assert row["_deleted_at"] is None
    found = side("deal", "company")
    pair = (deal, company) if found.forward else (company, deal)
    assert [tuple(each.values()) for each in read(table=found.association.name)] == [pair]


def test_a_relation_to_one_other_is_a_column_too(make, side):
    """S96: the record that an order's contact is; NULL where there is none."""
    anna = make("contact", first_name="Anna")
    links = [(side("order", "contact"), anna)]
    led = make("order", order_number="1", ordered_at=ORDERED, links=links)
    alone = make("order", order_number="2", ordered_at=ORDERED)

    orders = read(table="orders", columns=("id", "order_contact"))

    assert {row["id"]: row["order_contact"] for row in orders} == {led: anna, alone: None}


def test_changes_are_read_by_their_sequence(make, model, ada):
    """S96: what changed after the sequence, once; nothing is missed and nothing is read twice."""
    first = make("contact", first_name="Anna")
    second = make("contact", first_name="Bob")
    whole = read(table="contacts", columns=("id", "_sequence"))
    since = max(row["_sequence"] for row in whole)
    assert {row["id"] for row in whole} == {first, second}

    changed = {
        "cursor": "_sequence",
        "table": "contacts",
        "columns": ("id", "first_name", "_sequence"),
    }
    assert read(since=since, **changed) == []

    contact = model.object("contact")
    update_record(model, contact, second, values={"first_name": "Bert"}, actor=ada)
    rows = read(since=since, **changed)
    assert [(row["id"], row["first_name"]) for row in rows] == [(second, "Bert")]
    assert read(since=rows[0]["_sequence"], **changed) == []


def test_goes_on_behind_the_last_record_up_to_the_same_sequence(make, model, ada):
    """S94: what broke off goes on, and leaves what changed meanwhile to the next read."""
    first, second = make("contact", first_name="A"), make("contact", first_name="B")
    asked = {"table": "contacts", "columns": ("id", "_sequence"), "cursor": "_sequence"}
    half = read(limit=1, **asked)
    update_record(model, model.object("contact"), first, values={"first_name": "C"}, actor=ada)

    after = (half[0]["_sequence"], first)
    rest = read(after=after, key=("id",), **asked)

    assert [row["id"] for row in (*half, *rest)] == [first, second]
    assert rest[0]["_sequence"] == half[0]["_sequence"]
    assert [row["id"] for row in read(since=rest[0]["_sequence"], **asked)] == [first]


def test_deleted_and_merged_records_are_told_of(make, model, ada):
    """S97: deleted records come as `_deleted_at`, merged ones name the record that took them in."""
    gone = make("contact", first_name="Gone")
    kept, taken = make("contact", first_name="Kept"), make("contact", first_name="Taken")
    since = read(table="contacts", columns=("_sequence",))[0]["_sequence"]
    contact = model.object("contact")

    delete_records(model, contact, [gone], actor=ada)
    merge_records(model, contact, kept, [taken], actor=ada)

    columns = ("id", "_deleted_at", "_merged_into")
    rows = {
        row["id"]: row
        for row in read(table="contacts", columns=columns, cursor="_sequence", since=since)
    }
    assert rows[gone]["_deleted_at"] is not None
    assert rows[taken]["_merged_into"] == kept
    assert rows[kept]["_merged_into"] is None


def test_the_journal_is_a_table_of_its_own(make, ada):
    """S2: `events` reads what happened to records, one row each."""
    anna = make("contact", first_name="Anna")

    rows = read(EVENTS, table="record_events")

    [created] = [row for row in rows if row["name"] == "record_created"]
    assert created["record_id"] == anna
    assert created["object"] == "contact"
    assert created["person"] == ada.email
    since = created["_sequence"]
    assert read(EVENTS, table="record_events", cursor="_sequence", since=since) == []


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"table": "contract"}, "table_missing"),
        ({"table": "contacts", "columns": ("emial",)}, "column_missing"),
        ({"query": "SELECT 1"}, "reads_none"),
        ({"table": "contacts", "cursor": "updated_at"}, "reads_none"),
        ({"table": "contact_company", "cursor": "_sequence"}, "column_missing"),
    ],
    ids=str,
)
def test_refuses_what_it_has_not(request_, code):
    with pytest.raises(TresseError) as refused:
        read(**request_)

    assert refused.value.code == code


def test_a_check_counts_what_there_is(make):
    """S20"""
    make("contact", first_name="Anna")

    seen = KINDS["crm"].check(CRM)

    assert seen.ok
    assert "Rows: 1." in str(seen.message)
