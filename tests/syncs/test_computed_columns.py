"""Computed columns written back to records, read-only there (D121): scores, sums, formulas."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from tests.datasets.builds.worlds import built
from tests.datasets.computed.shops import change, order, shop, sold
from tests.syncs.test_doors import api, tresse  # noqa: F401  a fixture, used by its name
from tests.syncs.worlds import contacts, counts, faults, sent, sync_to_crm
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.models import AuditEntry, User
from tresse.accounts.queries import actor_of
from tresse.datasets.models import Dataset
from tresse.kernel.errors import TresseError
from tresse.objects.calculated import is_for_syncs
from tresse.objects.changes import (
    add_property,
    archive_property,
    change_property,
    delete_property,
)
from tresse.objects.definitions import apply_file, config
from tresse.objects.described import data_model
from tresse.objects.models import Property
from tresse.objects.queries import object_type_named, property_named
from tresse.records.changes import merge_records, update_record
from tresse.records.queries import history_of
from tresse.syncs.changes.syncs import activate_sync, change_sync, merged, remove_sync
from tresse.syncs.models import Sync
from tresse.transfers.queries import findings_of, message_of

NAMES = ("email", "rfm_segment", "spent", "days_since_last_order")
MADE = [{"from": name, "create": True} for name in NAMES[1:]]
COLUMNS = [{"from": "email"}, {"from": "first_name"}, *MADE]
FORMULAS = [
    {"name": "greeting", "sql": "concat('Dear ', first_name)"},
    {"name": "is_good", "sql": "spent > 100"},
    {"name": "share_of_web", "sql": "spent / 1000"},
    {"name": "root", "sql": "sqrt(spent)"},
    {"name": "huge", "sql": "sqrt(spent) * 1000000000"},
    {"name": "tiny", "sql": "sqrt(spent) / 100000"},
]
AGGREGATES = [
    {"name": "orders_number", "over": "orders", "do": "count"},
    {"name": "spent", "over": "orders", "do": "sum", "column": "amount"},
    {"name": "last_day", "over": "orders", "do": "max", "column": "ordered_at"},
    {"name": "channels", "over": "orders", "do": "list", "column": "channel"},
]
BANDS = [
    {"name": "Our best", "r": "3-5", "f": "1-5"},
    {"name": "The rest", "r": "1-2", "f": "1-5"},
]
OWN = [{"from": "email"}, {"from": "spent", "to": "turnover"}]
SENTENCE = "Spent is written by syncs alone and cannot be written here."


@pytest.fixture(autouse=True)
def as_shipped(house):
    """Definitions outlive a test: the properties that it made go at its end."""
    yield
    for each in Property.objects.filter(is_builtin=False, object_type__name="contact"):
        archive_property(each, actor=house.ada)
        delete_property(each, typed_label=each.label, actor=house.ada)


def prop(name):
    return data_model().object("contact").property(name)


def row(name):
    return property_named(object_type_named("contact"), name)


def shopping(house, **definition):
    """A shop that is built; its people are contacts 1 to 3."""
    for number, name in enumerate(("ada", "bob", "eve"), 1):
        house.make("contact", id=number, email=f"{name}@x.fr")
    people, orders = shop(**definition)
    built(people, orders)
    return people


def signed_in(house):
    client = Client()
    client.force_login(User.objects.get(pk=house.ada.user_id))
    return client


def records(*names):
    return {each.pop("email"): each for each in contacts("email", *names) if each.pop("id")}


def test_scores_are_written_into_properties_that_the_sync_makes(house):
    """D121: kinds by type, labels of the score, options of its choices; a sum is exact."""
    sync = sync_to_crm(shopping(house), columns=COLUMNS)
    run = sent(sync)
    segment, spent, days = (prop(name) for name in NAMES[1:])
    by_id = {each.name: each.label for each in segment.options}

    assert counts(run) == {"added": 3}, faults(sync)
    assert [each.kind.name for each in (segment, spent, days)] == ["option", "decimal", "integer"]
    assert (segment.label, segment.group, spent.label) == ("RFM segment", "Scores", "Spent")
    assert by_id["prospect"] == "Prospect"
    found = records("rfm_segment", "spent", "days_since_last_order")
    assert found["ada@x.fr"]["spent"] == Decimal(120)
    assert found["ada@x.fr"]["days_since_last_order"] == 10
    assert found["eve@x.fr"]["rfm_segment"] == "prospect"
    assert (found["eve@x.fr"]["spent"], found["eve@x.fr"]["days_since_last_order"]) == (0, None)
    assert all(is_for_syncs(each) for each in (segment, spent, days))
    assert "create" not in str(config("syncs"))


def test_people_imports_and_programs_read_them(house, api):  # noqa: F811  the fixture
    """D121: `read_only_property`, in words; an import takes the rest of the row and says so."""
    sync = sync_to_crm(shopping(house), columns=COLUMNS)
    sent(sync)
    contact = data_model().object("contact")

    with pytest.raises(TresseError) as refused:
        update_record(data_model(), contact, 1, values={"spent": 1}, actor=house.ada)
    status, answer = api("PATCH", "/records/contacts/1", {"properties": {"spent": 1}})
    row = house.load("contacts", "Email,Spent,City\nada@x.fr,1,Lyon\n", match=["email"])
    [found] = findings_of(row).filter(code="read_only_property")
    page = signed_in(house).get("/contacts/new/").content.decode()

    assert (refused.value.code, str(refused.value)) == ("read_only_property", SENTENCE)
    assert (status, answer["code"], answer["detail"]) == (422, "read_only_property", SENTENCE)
    assert (found.level, found.column, message_of(found)) == ("notice", "Spent", SENTENCE)
    assert records("spent", "city")["ada@x.fr"] == {"spent": Decimal(120), "city": "Lyon"}
    assert 'name="city"' in page
    assert 'name="spent"' not in page


def test_another_day_changes_them_and_the_run_is_taken_back(house):
    """D121, Y20, C25: histories say which run of which sync; an undo gives the values back."""
    people = shopping(house)
    sync = sync_to_crm(people, columns=COLUMNS)
    sent(sync)
    change(people, as_of="2026-03-25")
    sold([order(1, "ada@x.fr", 1, Decimal("80.10")), order(5, "bob@x.fr", 24, Decimal("1.25"))])
    built(people, Dataset.objects.get(name="shopping"))
    run = sent(sync)
    after = records("spent", "days_since_last_order")
    contact = data_model().object("contact")
    [last, first] = history_of(contact, 2, house.ada, name="spent")
    code, undone = tresse("undo", f"sync:{run.pk}")
    back = records("spent", "days_since_last_order")

    assert after["ada@x.fr"] == {"spent": Decimal("80.1"), "days_since_last_order": 24}
    assert after["bob@x.fr"] == {"spent": Decimal("1.25"), "days_since_last_order": 1}
    assert (first.old, first.new, last.old, last.new) == (None, 20, 20, Decimal("1.25"))
    assert (last.source, last.source_id) == ("sync", run.pk)
    assert code == 0, undone
    assert back["ada@x.fr"] == {"spent": Decimal(120), "days_since_last_order": 10}
    assert Sync.objects.get(pk=sync.pk).state == "paused"


def test_an_own_property_is_read_only_while_a_sync_fills_it(house):
    """D121: saved, changed, removed; each in the audit log; shipped and plain ones stay."""
    people = shopping(house)
    add_property(
        object_type_named("contact"), name="turnover", label="Turnover", kind="decimal",
        actor=house.ada,
    )  # fmt: skip
    shipped = {"from": "greeting", "to": "job_title"}
    sync = sync_to_crm(people, columns=[*OWN, shipped], active=None)
    kept = is_for_syncs(prop("turnover")), prop("job_title").is_read_only
    with pytest.raises(TresseError) as used:
        change_property(row("turnover"), read_only=False, actor=house.ada)
    other = sync_to_crm(people, name="more", columns=OWN, active=None)
    remove_sync(other, actor=SYSTEM)
    still = is_for_syncs(prop("turnover"))
    change_sync(sync, merged(sync, {"columns": ["email", shipped]}), actor=house.ada)
    free = prop("turnover").is_read_only
    change_sync(sync, merged(sync, {"columns": [*OWN, shipped]}), actor=house.ada)
    again = is_for_syncs(prop("turnover"))
    remove_sync(sync, actor=house.ada)
    log = AuditEntry.objects.filter(action="property.change", target="contact.turnover")

    assert (kept, still, free, again) == ((True, False), True, False, True)
    assert (used.value.code, used.value.details["users"]) == (
        "in_use", ['sync "contacts_to_crm"']
    )  # fmt: skip
    assert [each.after["read_only"] for each in log.order_by("id")] == [True, False, True, False]
    assert log.first().after["sync"] == "contacts_to_crm"
    assert not prop("turnover").is_read_only


def test_a_required_property_is_not_taken_from_people(house):
    """D121: nobody could make a record; the sync is refused and nothing is kept of it."""
    people = shopping(house)
    add_property(
        object_type_named("contact"), name="turnover", label="Turnover", kind="decimal",
        required=True, actor=house.ada,
    )  # fmt: skip
    with pytest.raises(TresseError) as refused:
        sync_to_crm(people, columns=OWN)

    assert refused.value.code == "wrong_value"
    assert str(refused.value).startswith("Turnover is required, so people")
    assert not Sync.objects.exists()


def test_every_type_reaches_the_crm(house):
    """D121, S52: texts, truths, numbers, dates and lists, as properties of their kinds."""
    people = shopping(house, computed=FORMULAS, aggregates=AGGREGATES, scores=[])
    numbers = ["share_of_web", "root", "huge", "tiny"]
    names = ["greeting", "is_good", *numbers, "last_day", "channels"]
    made = [{"from": each, "create": True} for each in names]
    sync = sync_to_crm(people, columns=[{"from": "email"}, *made])
    run = sent(sync)

    assert counts(run) == {"added": 3}, faults(sync)
    kinds = ["text", "boolean", *["decimal"] * 4, "date", "long_text"]
    assert [prop(each).kind.name for each in names] == kinds
    assert records(*names)["bob@x.fr"] == {
        "greeting": "Dear Bob",
        "is_good": False,
        "share_of_web": Decimal("0.02"),
        "root": Decimal("4.4721"),
        "huge": Decimal(4472135950),
        "tiny": Decimal(0),
        "last_day": date(2026, 3, 5),
        "channels": '["web"]',
    }
    assert counts(sent(sync)) == {"unchanged": 3}


def test_a_file_makes_the_properties_once_and_before_the_first_build(house):
    """C5a: applied again it changes nothing; `config` says the property, and no `create`."""
    shop()
    item = {
        "name": "contacts_to_crm",
        "dataset": "people",
        "to": {"object": "contact"},
        "columns": ["email", *MADE],
    }
    reader = add_user(email="r@x.fr", name="R", role="member", actor=house.ada)
    first = apply_file({"syncs": [item]}, house.ada)
    again = apply_file({"syncs": [item]}, house.ada)
    said = config("syncs")["syncs"]
    [spent] = [each for each in config("properties")["properties"] if each["name"] == "spent"]
    third = apply_file({"properties": [spent], "syncs": said}, house.ada)
    with pytest.raises(TresseError) as refused:
        apply_file({"syncs": [{**item, "name": "more"}]}, actor_of(reader))

    assert (first["created"], again["unchanged"]) == (["syncs contacts_to_crm"],) * 2
    assert said[0]["columns"] == [{"from": "email"}, *({"from": n} for n in NAMES[1:])]
    assert (spent["kind"], spent["read_only"]) == ("decimal", True)
    assert third["unchanged"] == ["properties contact.spent", "syncs contacts_to_crm"]
    assert refused.value.code == "not_permitted"


def test_pages_say_who_writes_a_property(house):
    """D121: the form makes properties; the pages of the sync and the property say who writes."""
    shopping(house, scores=[{"score": "rfm", "prefix": "shop_", "settings": {"segments": BANDS}}])
    client = signed_in(house)
    new = client.get("/syncs/new/?dataset=people&object=contact").content.decode()
    form = {
        "dataset": "people", "object": "contact", "name": "scores_to_crm",
        "column-email": "email", "match-email": "on", "create-spent": "on",
        "create-shop_rfm_segment": "on", "mode": "new_and_existing", "every": "build",
    }  # fmt: skip
    made = client.post("/syncs/new/", form)
    sync = client.get("/syncs/scores_to_crm/").content.decode()
    page = client.get("/data-model/contact/properties/spent/").content.decode()
    sent(activate_sync(Sync.objects.get(), actor=SYSTEM))

    assert 'name="create-spent"' in new
    assert made.status_code == 302, made.content.decode()
    assert "people read it" in sync
    assert "scores_to_crm</a>; people read it." in page
    assert 'name="read_only"' in page
    assert prop("shop_rfm_segment").options[0].label == "Our best"
    assert records("shop_rfm_segment")["eve@x.fr"] == {"shop_rfm_segment": "prospect"}
    assert records("shop_rfm_segment")["ada@x.fr"]["shop_rfm_segment"] is not None


def test_a_merge_keeps_what_a_sync_wrote(house):
    """C61, D121: the survivor has none, and the row is not sent again; the other's value stays."""
    sync = sync_to_crm(shopping(house), columns=COLUMNS)
    sent(sync)
    four = house.make("contact", email="d@x.fr")
    contact = data_model().object("contact")
    merge_records(data_model(), contact, four, [1], actor=house.ada)

    assert records("spent")["d@x.fr"] == {"spent": Decimal(120)}
