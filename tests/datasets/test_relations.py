"""Relations from many to one: where rows of a dataset lead, and how many lead nowhere (D18)."""

from copy import copy
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.datasets.standing import standing
from tests.engines import copied, opened_for_tests
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

BY_SOURCE = [
    {"id": "O1", "customer": "1"},
    {"id": "O2", "customer": "2"},
    {"id": "O3", "customer": "99"},
    {"id": "O4", "customer": None},
]
BY_VALUE = [
    {"id": "M1", "customer": "99", "buyer": " B@X.fr"},
    {"id": "M2", "customer": "3", "buyer": "a@x.fr"},
    {"id": "M3", "customer": None, "buyer": "noreply@x.fr"},
    {"id": "M4", "customer": None, "buyer": "c@x.fr"},
    {"id": "M5", "customer": None, "buyer": None},
]
LATEST = [
    {"id": "L1", "number": "7", "customer": "1"},
    {"id": "L2", "number": "7", "customer": "3", "_modified_at": datetime(2026, 3, 2, tzinfo=UTC)},
    {"id": "L3", "number": "7", "customer": None, "_modified_at": AS_OF},
]
EVERY = [*BY_SOURCE, *BY_VALUE, *LATEST]


@pytest.fixture(autouse=True)
def home(settings, duck):
    """Versions lie where the engine may read."""
    settings.HOME = duck.root / "home_relations"
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


def test_relations_of_sources_lead_to_golden_records(duck):
    """D18: through the relations of the feeding sources; no hit is null, and counted."""
    standing("shop", ["id", MAIL], PEOPLE)
    standing("bills", ["id", "customer"], BY_SOURCE, entity="orders", relations=[BY_ID])
    contacts = Built(duck, CONTACTS)
    orders = Built(duck, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    to, counts = led(duck, orders, contacts)

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


def test_a_relation_may_lead_to_a_further_key(duck):
    """D18, S46: a relation of a source leads to any of its keys."""
    standing("shop", ["id", MAIL], PEOPLE, further_keys=[["mail"]])
    lead = {"columns": ["customer"], "to": "shop", "key": ["mail"]}
    rows = [{"id": "O1", "customer": "b@x.fr"}]
    standing("bills", ["id", "customer"], rows, entity="orders", relations=[lead])
    contacts = Built(duck, CONTACTS)
    orders = Built(duck, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    assert led(duck, orders, contacts)[0] == {"O1": contacts.ids["shop/3"]}


def test_identity_values_lead_where_no_relation_does(duck):
    """D18: else by `match`: the golden record that holds this value; a blocked one is null."""
    standing("shop", ["id", MAIL], PEOPLE)
    standing("bills", ["id", "customer", "buyer"], BY_VALUE, entity="orders", relations=[BY_ID])
    relation = CONTACT | {"match": {"email": "buyer"}}
    contacts = Built(duck, CONTACTS)
    orders = Built(duck, {"name": "orders", "columns": ["id"], "relations": [relation]})

    to, counts = led(duck, orders, contacts)

    assert to == dict.fromkeys(("M1", "M2"), contacts.ids["shop/3"]) | dict.fromkeys(
        ("M3", "M4", "M5")
    )
    numbers = [counts[name] for name in ("resolved", "unmatched", "blocked", "empty")]
    assert numbers == [2, 1, 1, 1]


def test_the_latest_record_that_leads_anywhere_counts(duck):
    """D18: a golden record of many records leads to one; its id follows merges."""
    standing("shop", ["id", MAIL], PEOPLE)
    number = {"name": "number", "type": "text", "semantic": "order_id"}
    standing("bills", ["id", number, "customer"], LATEST, entity="orders", relations=[BY_ID])
    contacts = Built(duck, CONTACTS)
    item = {
        "name": "orders",
        "identity": {"keys": [["order_id"]]},
        "relations": [CONTACT],
    }
    orders = Built(duck, item)

    to, counts = led(duck, orders, contacts)

    assert set(to.values()) == {contacts.ids["shop/3"]}
    assert counts["resolved"] == 1


def test_nothing_leads_to_a_dataset_that_was_not_built(duck):
    """D18: no version, no hit."""
    standing("bills", ["id"], [{"id": "O1"}], entity="orders")
    orders = Built(duck, {"name": "orders", "columns": ["id"], "relations": [CONTACT]})

    to, counts = led(duck, orders, None)

    assert to == {"O1": None}
    assert (counts["resolved"], counts["empty"]) == (0, 1)


def test_a_match_is_an_identity_key(duck):
    """D18: what a golden record holds are values of its keys."""
    standing("shop", ["id", MAIL, {"name": "town", "type": "text"}], PEOPLE)
    standing("bills", ["id", "town"], [{"id": "O1"}], entity="orders")
    contacts = Built(duck, CONTACTS)
    relation = CONTACT | {"match": {"town": "town"}}
    orders = Built(duck, {"name": "orders", "columns": ["id"], "relations": [relation]})

    with pytest.raises(TresseError) as found:
        led(duck, orders, contacts)
    assert found.value.message == (
        'orders: contact.match: "town" is no identity key of contacts. A relation is matched by '
        "one of: email."
    )


def lent_to(other, one, made):
    """A dataset worked out on one engine, for another to start from."""
    tables = {
        name: copied(getattr(made, name), one, other, f"{made.plan.definition.name}_{name}")
        for name in ("records", "members", "attachments", "guards")
    }
    found = copy(made)
    found.__dict__.update(tables)
    return found


@pytest.mark.spark
def test_relations_lead_to_the_same_on_spark(duck):
    """D18, S46: by relations of sources, by a further key, by values; latest, blocked, nowhere."""
    standing("shop", ["id", MAIL], PEOPLE, further_keys=[["mail"]])
    number = {"name": "number", "type": "text", "semantic": "order_id"}
    columns = ["id", number, "customer", "buyer"]
    standing("bills", columns, EVERY, entity="orders", relations=[BY_ID])
    by_mail = {"columns": ["mail_of"], "to": "shop", "key": ["mail"]}
    rows = [{"id": "T1", "mail_of": "b@x.fr"}, {"id": "T2", "mail_of": "z@x.fr"}]
    standing("tickets", ["id", "mail_of"], rows, entity="orders", relations=[by_mail])
    relations = [
        CONTACT | {"match": {"email": "buyer"}},
        {"name": "nobody", "to": "nothing", "inverse": "more"},
    ]
    keys = {"keys": [["order_id"]]}
    item = {"name": "orders", "identity": keys, "relations": relations}
    contacts, orders = Built(duck, CONTACTS), Built(duck, item)
    wanted = led_all(duck, orders, contacts)

    with opened_for_tests("spark", duck.root) as spark:
        found = led_all(spark, lent_to(spark, duck, orders), lent_to(spark, duck, contacts))

    assert found == wanted
    ids, [contact, nobody] = wanted
    assert {name for name in contact if not contact[name]} == set()
    assert nobody["resolved"] == 0
    by_key = {key.split("/")[1]: ids[id_][0] for key, id_ in orders.ids.items()}
    assert by_key["T1"] == by_key["L2"] == by_key["M1"] == contacts.ids["shop/3"]


def led_all(engine, orders, contacts):
    """Where each golden record leads by every relation, and all counts."""
    found = related(
        engine,
        orders.plan,
        orders.feeds,
        orders.records,
        orders.members,
        targets={"contacts": contacts.target},
    )
    rows = engine.rows(sa.select(found.ids.c.id, found.ids.c.contact_id, found.ids.c.nobody_id))
    return {id_: tuple(to) for id_, *to in rows}, list(found.counts)
