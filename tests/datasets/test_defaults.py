"""The datasets that are there from the start, and the CRM that feeds them (D1, D1a, D5)."""

import pytest

from tests.datasets.builds.worlds import built, golden
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.crm_sources import make_sources
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged, remove_dataset
from tresse.datasets.changes.defaults import make_defaults
from tresse.datasets.definition import KeySet, Merge
from tresse.datasets.mapping import feeds_of, mapped
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.datasets.stored import definition_of, facts_of
from tresse.kernel.errors import TresseError
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db
NAMES = ["contacts", "order_items", "orders", "products"]


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"


@pytest.fixture(autouse=True)
def by_event(monkeypatch):
    """A test is one open transaction, which nobody follows on PostgreSQL: count events instead."""
    for module in ("tresse.records.following", "tresse.connections.installation"):
        monkeypatch.setattr(f"{module}.vendor", lambda: "sqlite")


def of(name):
    return Dataset.objects.select_related("rules").get(name=name)


def test_four_datasets_are_there_from_the_start():
    """D1: contacts, products, orders, order_items; nothing is built before somebody asks."""
    found = Dataset.objects.filter(is_builtin=True).order_by("name")

    assert [row.name for row in found] == NAMES
    assert [row.entity for row in found] == NAMES
    assert not DatasetBuild.objects.exists()
    assert not Source.objects.exists()
    make_defaults()
    assert Dataset.objects.count() == 4


def test_contacts_begin_with_two_keys_and_the_latest_value():
    """D5: `contacts` starts with `keys: [[email], [phone]]` and merge `latest`."""
    definition = definition_of(of("contacts"))

    assert definition.identity.keys == (KeySet(("email",)), KeySet(("phone",)))
    assert {column.merge for column in definition.columns} <= {Merge()}
    assert definition_of(of("orders")).identity.keys == ()
    assert of("contacts").rules.number == 1


def test_their_relations_lead_to_each_other():
    """D18: an order has a contact, a line has an order and a product."""
    relations = {
        name: [
            (each["name"], each["to"], each["inverse"])
            for each in facts_of(of(name)).get("relations", [])
        ]
        for name in NAMES
    }

    assert relations["orders"] == [("contact", "contacts", "orders")]
    assert relations["order_items"] == [
        ("order", "orders", "items"),
        ("product", "products", "order_items"),
    ]


def test_they_may_be_changed_and_not_removed():
    """D1: those from the start stay; their definition is anybody's."""
    row = change_dataset(of("products"), {"name": "products", "entity": "goods"}, actor=SYSTEM)

    assert row.entity == "goods"
    with pytest.raises(TresseError) as found:
        remove_dataset(row, actor=SYSTEM)
    assert found.value.code == "built_in"
    assert "The dataset products comes with the product" in found.value.message


def test_a_source_over_the_crm_is_made_once_a_definition_names_it():
    """D1a: nobody has to make `crm_contacts` before a file of definitions names it."""
    item = {"name": "people", "entity": "contacts", "sources": [{"source": "crm_contacts"}]}
    add_dataset(item, actor=SYSTEM)

    assert Source.objects.filter(name="crm_contacts").exists()


def test_sources_over_the_crm_are_made_when_they_are_needed():
    """D1a: `crm_contacts` and the like over the built-in `crm`, mapped by semantic fields."""
    sources = make_sources([of("orders")])

    assert [source.name for source in sources] == ["crm_orders"]
    there = {row.name: row for row in Source.objects.all()}
    assert sorted(there) == ["crm_contacts", "crm_orders"]
    assert there["crm_orders"].connection.name == "crm"
    assert there["crm_orders"].definition["relations"] == [
        {"columns": ["order_contact"], "to": "crm_contacts", "key": ["id"]}
    ]
    contacts = mapped(definition_of(of("contacts")), feeds_of(definition_of(of("contacts"))))
    taken = contacts.columns["crm_contacts"]
    assert (taken["email"], taken["birth_date"]) == ("email", "birthday")
    assert (taken["address_line1"], taken["postal_code"]) == ("street", "postcode")
    assert (taken["record_id"], taken["modified_at"]) == ("id", "updated_at")


def test_a_definition_that_names_sources_takes_their_place():
    """D1a: then nothing of the CRM feeds it, unless it names that too."""
    make_sources([of("contacts")])
    item = merged(of("contacts"), {"sources": [{"source": "crm_contacts"}]})
    change_dataset(of("contacts"), item, actor=SYSTEM)
    assert [source.name for source in make_sources([of("contacts")])] == ["crm_contacts"]

    own = add_dataset({"name": "people", "entity": "contacts"}, actor=SYSTEM)
    assert make_sources([own]) == []


def test_a_build_reads_the_crm_and_makes_its_people_one(make):
    """D1a, D5, D18: from records to golden records, with nothing to define."""
    anna = make("contact", first_name="Anna", email="anna@x.fr")
    make("contact", first_name="Anna", email="anna@x.org", phone="+33611111111")
    make("contact", first_name="Ania", email="ania@x.fr", phone="+33611111111")
    made = built(of("contacts"))

    assert made.state == "published"
    assert (made.source_rows, made.records) == (3, 2)
    rows = golden(of("contacts"))
    assert [len(row["_keys"]) for row in rows] == [1, 2]
    assert rows[0]["email"] == "anna@x.fr"
    assert rows[0]["record_id"] == anna
    assert built(of("contacts")).state == "unchanged"
    make("contact", first_name="Zoë", email="zoe@x.fr")
    assert built(of("contacts")).records == 3
