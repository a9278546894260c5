"""`tresse apply` and `tresse config` (C5a, cli.md 3)."""

import pytest
import yaml
from click.testing import CliRunner

from tresse.accounts.changes import ensure_administrator
from tresse.config.doors import cli
from tresse.kernel.errors import TresseError
from tresse.objects import shipped
from tresse.objects.commands import read_yaml
from tresse.objects.definitions import apply_file, config
from tresse.objects.tables import physical_columns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]

# The example of C5a, and spaces.
EXAMPLE = """
pipelines:
  - {object: deal, name: partners, label: Partners, stages: [
      {name: new, label: New, probability: 10, kind: open},
      {name: won, label: Won, probability: 100, kind: won},
      {name: lost, label: Lost, probability: 0, kind: lost}]}
association_types:
  - {name: vehicle_contact, from: vehicle, to: contact, forward_label: Driver,
     inverse_label: Vehicle, max_forward: 1, is_default: true}
  - {name: space_company, from: space, to: company, forward_label: Tenant,
     inverse_label: Space, is_default: true}
properties:
  - {object: vehicle, name: plate, label: Plate, kind: text, unique: true, required: true}
  - {object: vehicle, name: make, label: Make, kind: text}
  - {object: vehicle, name: fuel, label: Fuel, kind: option, options: [
      {name: petrol, label: Petrol, aliases: [essence]}, {name: electric, label: Electric}]}
  - {object: space, name: floor_area, label: Floor area, kind: decimal}
objects:
  - {name: vehicle, label: Vehicle, plural: Vehicles, icon: car, title: plate,
     search: [plate, make], has_pipelines: false}
  - {name: space, label: Space, plural: Spaces, icon: house}
"""


@pytest.fixture
def example():
    return yaml.safe_load(EXAMPLE)


def test_makes_vehicles_and_spaces(admin, example, model):
    """C5a, C2: custom types are in every respect like shipped ones."""
    result = apply_file(example, admin)

    assert result["created"][:2] == ["objects vehicle", "objects space"]
    assert "properties vehicle.plate" in result["created"]
    vehicle = model().object("vehicles")
    assert (vehicle.title, vehicle.search, vehicle.icon) == ("plate", ("plate", "make"), "car")
    assert vehicle.property("plate").is_unique
    assert vehicle.property("plate").has_normal
    assert vehicle.property("make").has_normal
    assert set(physical_columns(vehicle.id)) == {column.name for column in vehicle.table.columns}
    assert [option.aliases for option in vehicle.property("fuel").options] == [("essence",), ()]
    assert model().default_side("contact", "vehicle").label == "Vehicle"
    assert model().object("space").title == "name"
    assert model().association("task_space").is_default


def test_applying_twice_changes_nothing(admin, example):
    """cli.md: idempotent."""
    made = apply_file(example, admin)["created"]
    again = apply_file(example, admin)
    assert (again["created"], again["changed"]) == ([], [])
    assert sorted(again["unchanged"]) == sorted(made)


def test_a_dry_run_writes_nothing(admin, example, model):
    before = model()
    result = apply_file(example, admin, dry_run=True)
    assert "properties vehicle.plate" in result["created"]
    assert model() == before


def test_nothing_absent_is_removed(admin, example, model):
    """C5a."""
    apply_file(example, admin)
    one = {"object": "vehicle", "name": "fuel", "options": [{"name": "petrol", "label": "Gas"}]}
    assert apply_file({"properties": [one]}, admin)["changed"] == ["properties vehicle.fuel"]
    labels = [option.label for option in model().object("vehicle").property("fuel").options]
    assert labels == ["Gas", "Electric"]


def test_all_is_taken_back_where_one_thing_is_refused(admin, example, model):
    """cli.md: all are checked before the first is written."""
    before = model()
    example["properties"].append({"object": "vehicle", "name": "Bad", "kind": "text"})
    with pytest.raises(TresseError) as refusal:
        apply_file(example, admin)
    assert refusal.value.code == "invalid_name"
    assert refusal.value.details["place"] == "properties 5"
    assert model() == before


@pytest.mark.parametrize(
    ("data", "code", "sentence"),
    [
        ({"propertes": []}, "unknown_key", 'Did you mean "properties"?'),
        (
            {"properties": [{"object": "contact", "name": "x", "lable": "X"}]},
            "unknown_key",
            '"lable" is not a key of a property. Did you mean "label"?',
        ),
        (
            {"properties": [{"object": "contct", "name": "x"}]},
            "unknown_reference",
            'There is no object type "contct". Did you mean "contact"?',
        ),
        (
            {"objects": [{"name": "boat", "title": "plate"}]},
            "unknown_reference",
            'There is no property of Boat "plate".',
        ),
        ({"objects": [{"label": "Boat"}]}, "wrong_value", "name needs a value"),
        ({"objects": {"name": "boat"}}, "wrong_value", "needs"),
        ({"objects": "boat"}, "wrong_value", "objects needs a list"),
        (
            {"properties": [{"object": "contact", "name": "city", "kind": "integer"}]},
            "read_only_property",
            "City is set by the product",
        ),
        (
            {"association_types": [{"name": "deal_contact", "to": "company"}]},
            "wrong_value",
            'to needs "contact", not "company".',
        ),
        (
            {"properties": [{"object": "contact", "name": "x", "options": [{"nam": "y"}]}]},
            "unknown_key",
            '"nam" is not a key of an option.',
        ),
        (
            {"association_types": [{"name": "x", "parent": "nothing"}]},
            "unknown_reference",
            'There is no association type "nothing".',
        ),
    ],
)
def test_refuses_what_it_does_not_know(admin, data, code, sentence):
    """C5a, C129 unknown_key; unknown_reference."""
    with pytest.raises(TresseError) as refusal:
        apply_file(data, admin)
    assert refusal.value.code == code
    assert sentence in refusal.value.message


def test_what_config_prints_changes_nothing(admin, example):
    """cli.md 3: of all kinds that are there."""
    apply_file(example, admin)
    text = yaml.safe_dump(config(), allow_unicode=True, sort_keys=False)
    result = apply_file(yaml.safe_load(text), admin)
    assert (result["created"], result["changed"]) == ([], [])


def test_config_prints_one_kind_or_one_name(admin, example):
    apply_file(example, admin)
    assert list(config("pipelines")) == ["pipelines"]
    [plate] = config("properties", "vehicle.plate")["properties"]
    assert plate == {
        "object": "vehicle",
        "name": "plate",
        "label": "Plate",
        "kind": "text",
        "required": True,
        "unique": True,
        "position": 1,
    }
    with pytest.raises(TresseError, match='Did you mean "objects"'):
        config("object")


def test_archiving_is_a_key(admin, model):
    """C6, C32."""
    apply_file({"objects": [{"name": "product", "archived": True}]}, admin)
    assert model().object("product").is_archived
    assert config("objects", "product")["objects"][0]["archived"] is True


def test_needs_the_right(reader, example):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        apply_file(example, reader)


def test_commands_apply_print_and_refuse(tmp_path):
    """cli.md 1: fields of the JSON, exit codes, one sentence."""
    ensure_administrator(email="root@example.com", password="long-enough-for-anyone")  # noqa: S106  of a test
    file = tmp_path / "model.yaml"
    file.write_text(EXAMPLE)
    run = CliRunner().invoke

    answer = run(cli, ["apply", str(file), "--json"])
    assert answer.exit_code == 0, answer.output
    assert set(yaml.safe_load(answer.stdout)) == {"created", "changed", "unchanged"}
    assert "name: plate" in run(cli, ["config", "properties", "plate"]).stdout
    file.write_text("objects: [{name: boat")
    answer = run(cli, ["apply", str(file)])
    assert answer.exit_code == 1
    assert "model.yaml is not YAML at line 1" in answer.output
    assert run(cli, ["apply"]).exit_code == 2


def test_shipped_files_name_only_known_keys():
    """The data files themselves: kinds exist, labels are triples."""
    assert all(len(triple) == 3 for triple in shipped.labels().values())


@pytest.mark.usefixtures("shipped")
def test_config_of_a_name_that_is_not_there_is_refused():
    """C129: unknown_name with the nearest."""
    with pytest.raises(TresseError) as refused:
        config("objects", "contct")
    assert refused.value.message == 'There is no objects "contct". Did you mean "contact"?'
    assert refused.value.code == "unknown_name"


def test_a_file_that_is_no_text_is_refused(tmp_path):
    """C129: yaml_broken, with the line."""
    file = tmp_path / "model.yaml"
    file.write_bytes("objects: []\n# Włókno\n".encode("cp1250"))
    with pytest.raises(TresseError) as refused:
        read_yaml(file)
    assert refused.value.message == "model.yaml is not YAML at line 2: not UTF-8."
