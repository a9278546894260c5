"""Computed columns as datasets are saved and removed: checked, and what uses what (D106, D121)."""

from typing import Any

import pytest
import yaml

from tests.datasets.computed.drawn import library, refused
from tests.datasets.standing import standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import (
    add_dataset,
    change_dataset,
    merged,
    remove_dataset,
)
from tresse.datasets.models import Dataset
from tresse.datasets.stored import facts_of
from tresse.kernel.errors import TresseError
from tresse.objects.definitions import apply_file
from tresse.syncs.changes.syncs import add_sync

pytestmark = pytest.mark.django_db
CRM = [
    {"name": "email", "type": "text", "semantic": "email"},
    {"name": "points", "type": "integer"},
    {"name": "city", "type": "text", "semantic": "city"},
]
SHOP = [
    {"name": "mail", "type": "text"},
    {"name": "at", "type": "datetime", "semantic": "ordered_at"},
    {"name": "amount", "type": "decimal", "semantic": "amount"},
    {"name": "note", "type": "text"},
]
SPENT = {"name": "spent", "over": "bills", "do": "sum", "column": "amount"}
PEOPLE = {
    "name": "people",
    "entity": "contacts",
    "sources": [{"source": "crm"}],
    "columns": ["email", "points", "city"],
    "identity": {"keys": [["email"]]},
    "computed": [{"name": "share", "sql": "spent / points"}],
    "aggregates": [SPENT, {"name": "notes", "over": "bills", "do": "count", "where": "note = 'x'"}],
}
BILLS = {
    "name": "bills",
    "entity": "orders",
    "sources": [{"source": "shop"}],
    "columns": ["mail", "note"],
    "relations": [{"name": "contact", "to": "people", "match": {"email": "mail"}}],
}


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"
    standing("crm", ["id", *CRM], [])
    standing("shop", ["id", *SHOP], [], entity="orders")
    with library():
        yield


@pytest.fixture
def people():
    """People with columns made of bills."""
    bare = {key: value for key, value in PEOPLE.items() if key not in ("computed", "aggregates")}
    add_dataset(bare, actor=SYSTEM)
    add_dataset(BILLS, actor=SYSTEM)
    return changed("people", **{key: PEOPLE[key] for key in ("computed", "aggregates")})


def changed(name, **keys):
    row = Dataset.objects.get(name=name)
    return change_dataset(row, merged(row, keys), actor=SYSTEM)


def fault(name="people", **keys):
    with pytest.raises(TresseError) as found:
        changed(name, **keys)
    return refused(found.value)


def priced(**column):
    """Bills whose amount is in a column of another name."""
    price = {"name": "price", **column}
    sources = [{"source": "shop", "columns": {"price": "amount"}}]
    return {"columns": ["mail", "note", price], "sources": sources}


def test_saving_type_checks_against_the_other_datasets(people):
    """D106, D104: a sentence with the position, and whose it is."""
    assert people.revision == 2
    assert fault(computed=[{"name": "x", "sql": "points + city"}]) == (
        "formula_type",
        "people: x: city is text; + needs two numbers (character 10).",
    )
    assert fault(aggregates=[SPENT | {"column": "note"}])[0] == "wrong_value"
    assert fault(aggregates=[SPENT | {"over": "bils"}])[0] == "unknown_reference"
    assert fault(computed=[{"name": "a", "sql": "b"}, {"name": "b", "sql": "a"}])[0] == (
        "formula_cycle"
    )
    assert fault(scores=[{"score": "marks"}])[0] == "field_missing"
    people.refresh_from_db()
    assert people.revision == 2


def test_a_dataset_is_added_with_its_computed_columns_or_not_at_all():
    """D106: `add_dataset` checks as a change does."""
    with pytest.raises(TresseError) as found:
        add_dataset(PEOPLE, actor=SYSTEM)

    assert found.value.code == "unknown_reference"
    assert not Dataset.objects.filter(name="people").exists()


def test_a_circle_over_two_datasets_is_refused_on_the_second(people):  # noqa: ARG001
    """D120: `formula_cycle`, whichever of them is saved."""
    standing("rows", ["id", {"name": "bill", "type": "text"}], [], entity="order_items")
    lines = {
        "name": "lines",
        "entity": "order_items",
        "sources": [{"source": "rows"}],
        "columns": ["bill"],
        "relations": [{"name": "order", "to": "bills", "inverse": "lines"}],
    }
    add_dataset(lines, actor=SYSTEM)
    best = {"name": "best", "over": "lines", "do": "max", "column": "order.contact.spent"}
    changed("bills", aggregates=[best])

    assert fault(aggregates=[SPENT | {"column": "best"}]) == (
        "formula_cycle",
        "A computed column cannot be made of itself: people.spent → bills.best → people.spent.",
    )


def test_computed_columns_change_no_merged_row(people):
    """D81: a build goes on from the rows that stand."""
    Dataset.objects.filter(pk=people.pk).update(needs_full=False)
    assert not changed("people", computed=None).needs_full
    assert changed("people", columns=["email", "points", "city", "id"]).needs_full


def test_removing_a_column_that_is_used_elsewhere_is_refused(people):  # noqa: ARG001
    """D121: `in_use` with the list."""
    assert fault("bills", **priced()) == (
        "in_use",
        'The column "amount" of bills is used by computed column "spent" of people. '
        "Change these first.",
    )
    assert fault("bills", columns=["mail"]) == (
        "in_use",
        'The column "note" of bills is used by computed column "notes" of people. '
        "Change these first.",
    )
    code, sentence = fault("bills", relations=None)
    assert code == "in_use"
    assert sentence.startswith('The column "contact_id" of bills is used by ')
    assert '"spent" of people, computed column "notes" of people' in sentence
    assert "share" not in sentence


def test_other_columns_may_go(people):  # noqa: ARG001
    """D121: nobody is asked about what nothing uses."""
    row = changed("people", aggregates=[SPENT])
    assert facts_of(row)["aggregates"] == [SPENT]
    assert changed("bills", columns=["mail"]).revision == 2


def test_a_computed_column_that_another_is_made_of_stays(people):
    """D121: also within one dataset; both may go together."""
    assert fault(aggregates=None) == (
        "in_use",
        'The column "spent" of people is used by computed column "share" of people. '
        "Change these first.",
    )
    assert changed("people", aggregates=None, computed=None).revision == people.revision + 1


def test_a_score_keeps_the_fields_that_it_needs(people):  # noqa: ARG001
    """SC2, D121: the last field of which one is enough, too."""
    changed("people", aggregates=None, computed=None, scores=[{"score": "spent"}])
    changed("bills", **priced())
    changed("bills", columns=["mail", "note"], sources=BILLS["sources"])

    assert fault("bills", **priced(semantic="discount")) == (
        "in_use",
        'The column "amount" of bills is used by score "spent" of people. Change these first.',
    )


def test_a_sync_keeps_the_columns_that_it_sends(people):  # noqa: ARG001
    """D121: syncs are asked, too."""
    item = {
        "name": "crm_people",
        "dataset": "people",
        "to": {"object": "contact"},
        "match": [{"email": "email"}],
        "columns": [{"from": "city"}],
        "filter": {"property": "points", "operator": "is", "value": 1},
    }
    add_sync(item, actor=SYSTEM)
    without = {"computed": None, "aggregates": None}
    town: dict[str, Any] = {"columns": ["email", "points", "town"]}
    town["sources"] = [{"source": "crm", "columns": {"town": "city"}}]

    assert fault(**town, **without) == (
        "in_use",
        'The column "city" of people is used by sync "crm_people". Change these first.',
    )
    assert fault(columns=["email", "city"], **without)[0] == "in_use"


def test_a_dataset_that_columns_are_made_of_stays(people):
    """D121: removing it is `in_use` with the list."""
    with pytest.raises(TresseError) as found:
        remove_dataset(Dataset.objects.get(name="bills"), actor=SYSTEM)

    assert refused(found.value) == (
        "in_use",
        'The dataset "bills" is used by computed column "spent" of people, '
        'computed column "notes" of people. Change these first.',
    )
    changed("people", aggregates=None, computed=None)
    remove_dataset(Dataset.objects.get(name="bills"), actor=SYSTEM)
    assert Dataset.objects.filter(pk=people.pk).exists()


def test_a_file_may_say_datasets_that_use_each_other_in_any_order():
    """D3, D120: they are judged once all are there; applied again nothing changes."""
    kinds = yaml.safe_load(yaml.safe_dump({"datasets": [PEOPLE, BILLS]}))

    assert len(apply_file(kinds, actor=SYSTEM)["created"]) == 2
    assert apply_file(kinds, actor=SYSTEM)["changed"] == []
    bare = BILLS | {"columns": ["mail"]}
    with pytest.raises(TresseError) as found:
        apply_file({"datasets": [bare]}, actor=SYSTEM)
    assert refused(found.value) == (
        "in_use",
        'What changes of bills is used by computed column "notes" of people. Change these first.',
    )
    both = {"datasets": [bare, PEOPLE | {"aggregates": [SPENT]}]}
    assert len(apply_file(both, actor=SYSTEM)["changed"]) == 2
