"""Own properties that people read and syncs alone write (D121): the flag, its doors and limits."""

import pytest

from tests.objects.asking import text_of
from tresse.accounts.models import AuditEntry
from tresse.kernel.errors import TresseError
from tresse.objects.calculated import is_for_syncs, is_set_by_product
from tresse.objects.changes import add_property, change_object_type, change_property
from tresse.objects.definitions import apply_file, config
from tresse.objects.described import data_model
from tresse.objects.models import KindChange
from tresse.objects.overview import flags
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.views import properties
from tresse.records.changes import create_record, update_record

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
SENTENCE = "Rank is written by syncs alone and cannot be written here."


def made(contact, admin, **more):
    facts = {"name": "rank", "label": "Rank", "kind": "text", **more}
    return add_property(contact, **facts, actor=admin)


def row(name="rank"):
    return property_named(object_type_named("contact"), name)


def refusal(call, *given, **more):
    with pytest.raises(TresseError) as refused:
        call(*given, **more)
    return refused.value.code, str(refused.value)


def test_people_cannot_write_it_until_it_is_turned_off(contact, admin, model):
    """D121: `read_only_property` in words; each turn stands in the audit log."""
    made(contact, admin, read_only=True)
    here = model().object("contact")
    kept = here.property("rank")
    write = (create_record, model(), here)
    words = refusal(*write, values={"email": "a@x.fr", "rank": "A"}, actor=admin)
    change_property(row(), read_only=False, actor=admin)
    here = model().object("contact")
    id = create_record(model(), here, values={"email": "a@x.fr", "rank": "A"}, actor=admin)
    change_property(row(), read_only=True, actor=admin)
    here = model().object("contact")
    again = refusal(update_record, model(), here, id, values={"rank": "B"}, actor=admin)
    log = AuditEntry.objects.filter(target="contact.rank").order_by("id")

    assert (is_for_syncs(kept), is_set_by_product(kept)) == (True, False)
    assert words == again == ("read_only_property", SENTENCE)
    assert [each.after["read_only"] for each in log] == [True, False, True]
    assert "written by syncs" in flags(here, here.property("rank"))


def test_what_the_product_writes_stays_as_it_is(contact, admin):
    """C41, D121: shipped properties and calculated ones are never for syncs, nor freed."""
    made(contact, admin, name="twice", label="Twice", kind="", formula="id * 2")

    assert refusal(change_property, row("city"), read_only=True, actor=admin)[0] == "built_in"
    for name in ("created_at", "twice"):
        refused = refusal(change_property, row(name), read_only=False, actor=admin)
        assert refused[0] == "read_only_property"
        assert change_property(row(name), read_only=True, actor=admin).is_read_only
        assert is_set_by_product(data_model().object("contact").property(name))


@pytest.mark.parametrize("first", ["required", "read_only"])
def test_a_required_property_is_for_people(contact, admin, first):
    """C17, D121: else nobody could make a record."""
    wanted = {"required": True, "read_only": True}
    at_once = refusal(made, contact, admin, **wanted)
    made(contact, admin, **{first: True})
    later = refusal(change_property, row(), actor=admin, **wanted)

    assert at_once == later
    assert at_once[0] == "wrong_value"


def test_it_keeps_its_rules_its_index_and_its_place_in_the_search(contact, admin, model):
    """C15, C19: what holds of values holds of those that syncs write."""
    made(contact, admin, read_only=True, match_key=True, unique=True)
    rules = [{"rule": "longest", "value": 3}]
    change_property(row(), rules=rules, indexed=True, actor=admin)
    change_object_type(contact, search=["email", "rank"], actor=admin)
    prop = model().object("contact").property("rank")

    # What it holds is the data model's: its kind may change as that of others.
    made(contact, admin, name="number", label="Number", read_only=True)
    change_property(row("number"), kind="integer", actor=admin)

    assert KindChange.objects.get(property__name="number").new_kind == "integer"
    assert (prop.is_unique, prop.is_match_key, prop.is_indexed) == (True, True, True)
    assert [each["rule"] for each in prop.rules] == ["longest"]


def test_a_file_says_it_and_reads_it_back(contact, admin):
    """C5a: `read_only: true` of own properties alone; applied again nothing changes."""
    item = {"object": "contact", "name": "rank", "kind": "integer", "read_only": True}
    first = apply_file({"properties": [item]}, admin)
    made(contact, admin, name="twice", label="Twice", kind="", formula="id * 2")
    said = config("properties")["properties"]
    by_name = {each["name"]: each for each in said if each["object"] == "contact"}
    again = apply_file({"properties": said}, admin)
    off = apply_file({"properties": [{**item, "read_only": False}]}, admin)

    assert first["created"] == ["properties contact.rank"]
    assert by_name["rank"]["read_only"] is True
    assert [name for name, each in by_name.items() if "read_only" in each] == ["rank"]
    assert (again["created"], again["changed"]) == ([], [])
    assert off["changed"] == ["properties contact.rank"]
    assert not row().is_read_only


def test_its_page_has_a_box_for_it(ask):
    """D121: "Written by syncs alone"; the page says so, and that no sync writes it."""
    edit = (properties.property_edit, "contact")
    form = {"label": "Rank", "kind": "text", "name": "rank", "read_only": "on"}
    answer = ask(properties.property_new, "contact", data=form)
    page, shipped = text_of(ask(*edit, "rank")), text_of(ask(*edit, "city"))
    stored = row().is_read_only
    ask(*edit, "rank", data={"label": "Rank", "group": ""})

    assert (answer.status_code, stored) == (302, True)
    assert "Written by syncs alone</" in page
    assert "No sync writes it yet." in page
    assert "Written by syncs alone" not in shipped
    assert not row().is_read_only
