"""Relations from many to one: where rows of a dataset lead, and how many lead nowhere (D18)."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.datasets.standing import standing
from tresse.datasets.identity import resolve
from tresse.datasets.mapping import Target, feeds_of, planned, records, related
from tresse.datasets.matching import attach
from tresse.datasets.parsing import parsed
from tresse.kernel.errors import TresseError
from tresse.sources.columns import Defaults
from tresse.sources.versions import house

pytestmark = pytest.mark.django_db
AS_OF = datetime(2026, 3, 10, tzinfo=UTC)
MAIL = {"name": "mail", "type": "text", "semantic": "email"}
BY_ID = {"columns": ["customer"], "to": "shop", "key": ["id"]}
CONTACTS = {"name": "contacts", "identity": {"keys": [["email"]]}}
CONTACT = {"name": "contact", "to": "contacts", "inverse": "orders"}
PEOPLE = [
    {"id": "1", "mail": "a@x.fr"},
    {"id": "2", "mail": "A@x.fr"},
    {"id": "3", "mail": "b@x.fr"},
    {"id": "4", "mail": "noreply@x.fr"},
]


@pytest.fixture(autouse=True)
def home(settings, any_engine):
    """Versions lie where the engine may read."""
    settings.HOME = any_engine.root / "home_relations"
    yield
    for owner in house().root.iterdir() if house().root.is_dir() else ():
        if not owner.name.startswith("."):
            house().remove_owner(owner.name)


class Built:
    """A dataset worked out as far as relations ask."""

    def __init__(self, engine, item):
        definition = parsed(item)
        self.feeds = feeds_of(definition)
        self.plan = planned(definition, self.feeds, zone="UTC", country="FR")
        name = definition.name
        table = records(engine, self.plan, self.feeds, as_of=AS_OF, defaults=Defaults())
        self.records = engine.keep(f"{name}_records", sa.select(table))
        attached = attach(engine, self.plan, self.records)
        nobody = sa.select(self.records.c.rid.label("a"), self.records.c.rid.label("b"))
        pairs = engine.keep("no_pairs", nobody.where(sa.false()))
        found = resolve(
            engine,
            self.plan,
            self.records,
            attached.attachments,
            links=pairs,
            aparts=pairs,
            before=None,
            number=1,
        )
        self.members = engine.keep(f"{name}_members", sa.select(found.members))
        self.attachments = engine.keep(f"{name}_attachments", sa.select(found.attachments))
        self.guards = engine.keep(f"{name}_guards", sa.select(attached.guards))
        keys = sa.select(self.records.c.source + "/" + self.records.c.key, self.members.c.id)
        rows = engine.rows(
            keys.join_from(self.records, self.members, self.records.c.rid == self.members.c.rid)
        )
        self.ids = dict(rows)

    @property
    def target(self):
        return Target(self.plan, self.feeds, 0, self.members, self.attachments, self.guards)


def led(engine, orders, contacts, *, name="contact"):
    """Where each record of the orders leads, by its key, and the counts."""
    found = related(
        engine,
        orders.plan,
        orders.feeds,
        orders.records,
        orders.members,
        targets={"contacts": contacts.target} if contacts else {},
    )
    to = dict(engine.rows(sa.select(found.ids.c.id, found.ids.c[f"{name}_id"])))
    [counts] = found.counts
    return {key.split("/")[1]: to[id_] for key, id_ in orders.ids.items()}, counts


def test_relations_of_sources_lead_to_golden_records(any_engine):
    """D18: through the relations of the feeding sources; no hit is null, and counted."""
    standing("shop", ["id", MAIL], PEOPLE)
    rows = [
        {"id": "O1", "customer": "1"},
        {"id": "O2", "customer": "2"},
        {"id": "O3", "customer": "99"},
        {"id": "O4", "customer": None},
    ]
    standing("bills", ["id", "customer"], rows, entity="orders", relations=[BY_ID])
    contacts = Built(any_engine, CONTACTS)
    orders = Built(any_engine, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    to, counts = led(any_engine, orders, contacts)

    assert to["O1"] == to["O2"] == contacts.ids["shop/1"] == contacts.ids["shop/2"]
    assert to["O3"] is to["O4"] is None
    assert counts == {
        "name": "contact",
        "to": "contacts",
        "resolved": 2,
        "unmatched": 1,
        "blocked": 0,
        "empty": 1,
    }


def test_a_relation_may_lead_to_a_further_key(any_engine):
    """D18, S46: a relation of a source leads to any of its keys."""
    standing("shop", ["id", MAIL], PEOPLE, further_keys=[["mail"]])
    lead = {"columns": ["customer"], "to": "shop", "key": ["mail"]}
    rows = [{"id": "O1", "customer": "b@x.fr"}]
    standing("bills", ["id", "customer"], rows, entity="orders", relations=[lead])
    contacts = Built(any_engine, CONTACTS)
    orders = Built(any_engine, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    assert led(any_engine, orders, contacts)[0] == {"O1": contacts.ids["shop/3"]}


def test_identity_values_lead_where_no_relation_does(any_engine):
    """D18: else by `match`: the golden record that holds this value; a blocked one is null."""
    standing("shop", ["id", MAIL], PEOPLE)
    rows = [
        {"id": "O1", "customer": "99", "buyer": " B@X.fr"},
        {"id": "O2", "customer": "3", "buyer": "a@x.fr"},
        {"id": "O3", "customer": None, "buyer": "noreply@x.fr"},
        {"id": "O4", "customer": None, "buyer": "c@x.fr"},
        {"id": "O5", "customer": None, "buyer": None},
    ]
    standing("bills", ["id", "customer", "buyer"], rows, entity="orders", relations=[BY_ID])
    relation = CONTACT | {"match": {"email": "buyer"}}
    contacts = Built(any_engine, CONTACTS)
    orders = Built(any_engine, {"name": "orders", "columns": ["id"], "relations": [relation]})

    to, counts = led(any_engine, orders, contacts)

    assert to == {
        "O1": contacts.ids["shop/3"],
        "O2": contacts.ids["shop/3"],
        "O3": None,
        "O4": None,
        "O5": None,
    }
    numbers = [counts[name] for name in ("resolved", "unmatched", "blocked", "empty")]
    assert numbers == [2, 1, 1, 1]


def test_the_latest_record_that_leads_anywhere_counts(any_engine):
    """D18: a golden record of many records leads to one; its id follows merges."""
    standing("shop", ["id", MAIL], PEOPLE)
    late = datetime(2026, 3, 2, tzinfo=UTC)
    number = {"name": "number", "type": "text", "semantic": "order_id"}
    rows = [
        {"id": "O1", "number": "7", "customer": "1"},
        {"id": "O2", "number": "7", "customer": "3", "_modified_at": late},
        {"id": "O3", "number": "7", "customer": None, "_modified_at": AS_OF},
    ]
    standing("bills", ["id", number, "customer"], rows, entity="orders", relations=[BY_ID])
    contacts = Built(any_engine, CONTACTS)
    item = {
        "name": "orders",
        "identity": {"keys": [["order_id"]]},
        "relations": [CONTACT],
    }
    orders = Built(any_engine, item)

    to, counts = led(any_engine, orders, contacts)

    assert set(to.values()) == {contacts.ids["shop/3"]}
    assert counts["resolved"] == 1


def test_nothing_leads_to_a_dataset_that_was_not_built(any_engine):
    """D18: no version, no hit."""
    standing("bills", ["id"], [{"id": "O1"}], entity="orders")
    orders = Built(any_engine, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    to, counts = led(any_engine, orders, None)

    assert to == {"O1": None}
    assert (counts["resolved"], counts["empty"]) == (0, 1)


def test_a_match_is_an_identity_key(any_engine):
    """D18: what a golden record holds are values of its keys."""
    standing("shop", ["id", MAIL, {"name": "town", "type": "text"}], PEOPLE)
    standing("bills", ["id", "town"], [{"id": "O1"}], entity="orders")
    contacts = Built(any_engine, CONTACTS)
    relation = CONTACT | {"match": {"town": "town"}}
    orders = Built(any_engine, {"name": "orders", "columns": ["id"], "relations": [relation]})

    with pytest.raises(TresseError) as found:
        led(any_engine, orders, contacts)
    assert found.value.message == (
        'orders: contact.match: "town" is no identity key of contacts. A relation is matched by '
        "one of: email."
    )
