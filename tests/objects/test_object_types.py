"""Object types: what a new one gets, how it is changed, archived and deleted (C1 to C8)."""

import pytest
import sqlalchemy as sa

from tresse.accounts.models import AuditEntry, Setting
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_object_from_template,
    add_object_type,
    add_property,
    archive_object_type,
    change_object_type,
    delete_object_type,
    unarchive_object_type,
)
from tresse.objects.counts import record_count
from tresse.objects.database import execute
from tresse.objects.defaults import make_defaults
from tresse.objects.labels import known_labels
from tresse.objects.queries import object_type_named
from tresse.objects.tables import physical_columns, physical_indexes, physical_tables
from tresse.objects.uses import USERS_OF_DEFINITIONS, DefinitionUser

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
EIGHT = ["contact", "company", "deal", "product", "order", "order_line", "ticket", "task"]


def test_ships_eight_object_types(model):
    """C1, C2: an object type is a table with a column per property."""
    assert [each.name for each in model().objects] == EIGHT
    for each in model().objects:
        assert set(physical_columns(each.id)) == {column.name for column in each.table.columns}


def test_making_the_defaults_again_changes_nothing(model):
    """C2: what exists stays as people made it."""
    before = model()

    assert make_defaults() == 0
    assert model() == before


def test_a_type_says_all_that_pages_need(model):
    """C3."""
    company = model().object("company")
    assert (company.label, company.plural, company.icon) == ("Company", "Companies", "building-2")
    assert (company.title, company.search) == ("name", ("name", "domain", "tax_id"))
    assert not company.has_pipelines
    assert company.has_activities


@pytest.mark.parametrize("name", ["2x", "Bad", "a-b", "", "x" * 61, "é"])
def test_refuses_names_that_are_none(admin, name):
    """C4, C129 invalid_name."""
    with pytest.raises(TresseError) as refusal:
        add_object_type(name=name, label="Thing", actor=admin)
    assert refusal.value.code == "invalid_name"
    assert refusal.value.message == (
        f'"{name}" must begin with a letter and hold only a–z, 0–9 and _.'
    )


@pytest.mark.parametrize("name", ["id", "owner", "records", "job"])
def test_refuses_words_of_the_product(admin, name):
    """C4, C129 reserved_name: words of our addresses, their plural too, and of C41."""
    with pytest.raises(TresseError, match="is a word of the product") as refusal:
        add_object_type(name=name, label="Thing", actor=admin)
    assert refusal.value.code == "reserved_name"


@pytest.mark.parametrize(
    ("name", "label"), [("contact", "Thing"), ("thing", "contact"), ("thing", "Companies")]
)
def test_refuses_a_name_or_label_that_is_taken(admin, name, label):
    """C4, C129 name_taken."""
    with pytest.raises(TresseError, match="The data model already has") as refusal:
        add_object_type(name=name, label=label, actor=admin)
    assert refusal.value.code == "name_taken"


def test_a_new_type_gets_table_title_common_properties_and_tasks(admin, model):
    """C5, C41."""
    add_object_type(name="boat", label="Boat", actor=admin)

    boat = model().object("boat")
    assert (boat.title, boat.property("name").is_required) == ("name", True)
    assert boat.property("name").has_normal
    assert set(physical_columns(boat.id)) == {column.name for column in boat.table.columns}
    assert [prop.name for prop in boat.properties][:2] == ["name", "id"]
    assert {"external_id", "owner", "created_at"} <= {prop.name for prop in boat.properties}
    assert model().association("task_boat").is_default
    assert AuditEntry.objects.filter(action="object_type.add", target="boat").exists()


def test_a_type_may_name_another_title(admin, model):
    """C5."""
    plate = {"name": "plate", "label": "Plate", "kind": "text", "required": True}
    add_object_type(name="car", label="Car", actor=admin, title="plate", properties=[plate])

    car = model().object("car")
    assert car.title == "plate"
    assert not car.has("name")


def test_refuses_a_title_that_is_no_property(admin):
    """C5."""
    with pytest.raises(TresseError, match='There is no property of Car "plate"'):
        add_object_type(name="car", label="Car", actor=admin, title="plate")


def test_a_type_with_pipelines_gets_one(admin, model):
    """C47."""
    add_object_type(name="boat", label="Boat", actor=admin, has_pipelines=True)

    boat = model().object("boat")
    assert [stage.kind for stage in boat.stages.values()] == ["open", "closed"]
    assert boat.property("stage").kind.name == "stage"


def test_labels_change_and_former_ones_stay_known(admin, model):
    """C4, C29: a rename is only metadata."""
    row = object_type_named("contact")
    table = model().object("contact").table.name

    change_object_type(row, label="Person", plural="People", actor=admin)

    contact = model().object("people")
    assert (contact.name, contact.table.name) == ("contact", table)
    assert {"contact", "Person", "Contacts", "Osoba"} <= set(known_labels(contact))
    entry = AuditEntry.objects.get(action="object_type.change")
    assert entry.before
    assert entry.after
    assert (entry.before["label"], entry.after["label"]) == ("Contact", "Person")


def test_archiving_keeps_everything_and_refuses_changes(admin, model):
    """C6, C129 object_archived."""
    row = object_type_named("product")
    archive_object_type(row, actor=admin)

    with pytest.raises(TresseError, match=r"Product is archived\. Unarchive it first\."):
        add_property(row, name="size", label="Size", kind="text", actor=admin)
    unarchive_object_type(row, actor=admin)
    assert not model().object("product").is_archived


def test_contact_is_never_archived(admin):
    """C6, C129 built_in."""
    with pytest.raises(TresseError) as refusal:
        archive_object_type(object_type_named("contact"), actor=admin)
    assert refusal.value.message == "Contact comes with the product and cannot be archived."


def test_shipped_types_are_never_deleted(admin):
    """C7, C129 built_in."""
    row = archive_object_type(object_type_named("product"), actor=admin)
    with pytest.raises(TresseError, match="Product comes with the product and cannot be deleted"):
        delete_object_type(row, typed_label="Product", actor=admin)


def test_deleting_asks_for_the_label_and_says_the_numbers(admin, model):
    """C7."""
    row = add_object_type(name="boat", label="Boat", actor=admin)
    boat = model().object("boat")
    execute(sa.insert(boat.table).values(id=1))
    assert record_count(boat) == 1

    with pytest.raises(TresseError, match=r"Boat is in use\. Archive it first"):
        delete_object_type(row, typed_label="Boat", actor=admin)
    archive_object_type(row, actor=admin)
    with pytest.raises(TresseError, match=r'Type "Boat" .* with 1 records and 0 links'):
        delete_object_type(row, typed_label="Bat", actor=admin)
    delete_object_type(row, typed_label="boat", actor=admin)

    assert boat.table.name not in physical_tables()
    assert [each.name for each in model().objects] == EIGHT


def test_refuses_to_delete_what_is_used(admin, monkeypatch):
    """C7, C129 in_use: higher rooms say what uses a definition."""
    row = archive_object_type(add_object_type(name="boat", label="Boat", actor=admin), actor=admin)
    monkeypatch.setattr(USERS_OF_DEFINITIONS, "_things", {})
    USERS_OF_DEFINITIONS.extend([DefinitionUser("views", lambda _: ['view "Old boats"'])])

    with pytest.raises(TresseError) as refusal:
        delete_object_type(row, typed_label="Boat", actor=admin)
    assert refusal.value.message == 'Boat is used by view "Old boats". Change these first.'


@pytest.mark.parametrize(
    ("template", "title", "some"),
    [
        ("vehicle", "registration_number", {"make", "model", "year", "mileage"}),
        ("space", "name", {"address", "floor_area", "status", "price"}),
        ("project", "name", {"status", "start_date", "end_date", "budget"}),
    ],
)
def test_offers_templates(admin, model, template, title, some):
    """C8, C8a: linked to contacts, companies and deals; custom once made."""
    made = add_object_from_template(template, actor=admin)

    here = model().object(template)
    assert (here.title, made.is_builtin) == (title, False)
    assert some <= {prop.name for prop in here.properties}
    others = {side.other for side in model().sides(template)}
    assert others == {"contact", "company", "deal", "task"}


def test_a_registration_number_is_unique(admin, model):
    """C8."""
    add_object_from_template("vehicle", actor=admin)
    vehicle = model().object("vehicle")
    assert vehicle.property("registration_number").is_unique
    assert any(name.endswith("_unique") for name in physical_indexes(vehicle.id))


def test_refuses_an_unknown_template(admin):
    """C8."""
    with pytest.raises(TresseError, match=r'no object template "vehicel".*"vehicle"\?'):
        add_object_from_template("vehicel", actor=admin)


def test_needs_the_right_to_edit_the_model(reader):
    """C101, C129 not_permitted."""
    with pytest.raises(TresseError, match=r"model\.edit") as refusal:
        add_object_type(name="boat", label="Boat", actor=reader)
    assert refusal.value.code == "not_permitted"


def test_limits_the_number_of_types(admin):
    """C128, C129 limit_reached."""
    Setting.objects.create(name="max_object_types", value=8)
    with pytest.raises(TresseError) as refusal:
        add_object_type(name="boat", label="Boat", actor=admin)
    assert refusal.value.message == "The data model has 8 object types, the most allowed."


def test_pipelines_and_activities_are_not_taken_away(admin):
    """C47."""
    with pytest.raises(TresseError, match="The pipeline of Deal is used by Sales"):
        change_object_type(object_type_named("deal"), has_pipelines=False, actor=admin)
