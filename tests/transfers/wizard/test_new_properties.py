"""A column becomes a new property: shown at the check, made at the run (T23)."""

import json

import pytest
from click.testing import CliRunner
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from tests.program import Program
from tests.transfers.imports.house import numbers
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.jobs import worker
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.objects.models import Property
from tresse.transfers.changes import undo_import

CONTENT = (
    "Name,Shoe size,Colour,Since\nAcme,38,red,03.04.2027\nBeta,41,blue,\nGamma,,red,13.04.2027\n"
)
MAPPING = {
    "Shoe size": {"new": {"label": "Shoe size", "kind": "integer"}},
    "Colour": {"new": {"label": "Colour", "kind": "option"}},
    "Since": {"new": {"label": "Since when", "kind": "date", "name": "since"}},
}


@pytest.fixture(autouse=True)
def as_shipped(house):
    """Definitions outlive the tests of imports: what these have made goes."""
    yield
    with transaction.atomic(), connection.cursor() as cursor:
        for prop in Property.objects.filter(is_builtin=False):
            table, column = house.model.object(prop.object_type.name).table.name, prop.column
            cursor.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
            prop.delete()


@pytest.fixture
def known(house):
    """One of the companies is there already."""
    return house.make("company", name="Beta")


@pytest.mark.usefixtures("known")
def test_the_check_makes_nothing_the_run_makes_all(house):
    """T23, T61, T91 a: the numbers are those of the run; the values stand in real properties."""
    names = set(Property.objects.values_list("name", flat=True))
    row = house.check("companies", CONTENT, mapping=MAPPING)
    assert numbers(row) == {"rows": 3, "created": 2, "updated": 1}
    assert set(Property.objects.values_list("name", flat=True)) == names

    row = house.run(row)

    assert row.state == "done"
    assert row.counters == row.planned
    company = data_model().object("company")
    kinds = {name: company.property(name).kind.name for name in ("shoe_size", "colour", "since")}
    assert kinds == {"shoe_size": "integer", "colour": "option", "since": "date"}
    values = house.values("company", "name", "shoe_size", "colour", "since")
    found = {name: (size, colour, str(since)) for name, size, colour, since in values.values()}
    assert found == {
        "Acme": (38, "red", "2027-04-03"),
        "Beta": (41, "blue", "None"),
        "Gamma": (None, "red", "2027-04-13"),
    }
    assert {option.label for option in company.property("colour").options} == {"red", "blue"}
    made = Property.objects.filter(name__in=kinds).values_list("pk", flat=True)
    assert sorted(row.plan_facts["made_properties"]) == sorted(made)
    colour = company.property("colour").id
    assert sorted(row.plan_facts["made_options"]) == [[colour, "blue"], [colour, "red"]]


@pytest.mark.usefixtures("known")
def test_a_second_time_it_is_the_property_that_is_there(house):
    """T23, T88: so a template with a new property stays good."""
    house.load("companies", CONTENT, mapping=MAPPING)

    again = house.load("companies", CONTENT, mapping=MAPPING)

    assert again.state == "done"
    assert numbers(again) == {"rows": 3, "unchanged": 3}
    assert Property.objects.filter(name="shoe_size").count() == 1


def test_a_bad_cell_is_left_out_as_in_any_property(house):
    """T36"""
    row = house.load(
        "companies",
        "Name,Size\nAcme,big\nBeta,3\n",
        mapping={"Size": {"new": {"label": "Size", "kind": "integer"}}},
        erase_empty=True,
    )
    assert row.state == "done"
    assert row.counters["cells_left_out"] == 1
    assert sorted(house.values("company", "name", "size").values()) == [("Acme", None), ("Beta", 3)]


@pytest.mark.parametrize(
    ("new", "code"),
    [
        ({"label": "Parent company", "kind": "text"}, "name_taken"),
        ({"label": "City", "kind": "integer", "name": "city"}, "name_taken"),
        ({"label": "Size", "kind": "stage"}, "wrong_value"),
        ({"label": "", "kind": "text"}, "wrong_value"),
        ({"label": "Size", "colour": "red"}, "unknown_key"),
        ({"label": "Size", "kind": "text", "name": "Not a name"}, "invalid_name"),
    ],
    ids=["label taken", "name taken", "kind", "no label", "key", "name"],
)
def test_what_cannot_be_made_is_refused_at_the_check(house, new, code):
    """T23"""
    with pytest.raises(TresseError) as refused:
        house.check("companies", "Name,X\nAcme,1\n", mapping={"X": {"new": new}})
    assert refused.value.code == code


def test_two_columns_are_not_one_new_property(house):
    """T24"""
    new = {"new": {"label": "Size", "kind": "integer"}}
    with pytest.raises(TresseError) as refused:
        house.check("companies", "Name,X,Y\nAcme,1,2\n", mapping={"X": new, "Y": new})
    assert refused.value.code == "property_mapped_twice"


def test_it_needs_the_right_to_edit_the_model(house, mia):
    """T5: and who has it not is not offered one."""
    with pytest.raises(TresseError) as refused:
        house.check(
            "companies", "Name,X\nAcme,1\n", mapping={"X": {"new": {"label": "X"}}}, actor=mia
        )
    assert refused.value.code == "not_permitted"


def test_it_is_made_from_the_list_of_answers(ada):
    """T21, T23: label and kind are guessed and can be changed."""
    page = ada.map("companies", "Name,Shoe size\nAcme,38\nBeta,39\n")

    page.say(1, answer="new")

    assert page.row.mapping == {"Shoe size": {"new": {"label": "Shoe size", "kind": "integer"}}}
    assert page.states()["Shoe size"] == "New property"
    page.say(1, label="Size of shoes", kind="text")
    assert page.row.mapping == {"Shoe size": {"new": {"label": "Size of shoes", "kind": "text"}}}
    assert page.post(f"{page.at}map/").status == 302
    page.run_jobs()
    assert page.row.state == "checked"

    page.post(f"{page.at}run/")
    page.run_jobs()
    assert page.row.state == "done"
    assert Property.objects.get(name="size_of_shoes").label == "Size of shoes"


def test_a_label_that_is_taken_is_told_where_it_is_typed(ada):
    """T23"""
    page = ada.map("companies", "Name,X\nAcme,1\n")
    page.say(1, answer="new")
    page.say(1, label="City", kind="integer")
    assert page.status == 422
    assert "City" in page.text


def test_it_comes_by_rest_and_by_a_mapping_file_too(client, house, tmp_path):
    """T3, T23: one answer, three doors."""
    user = User.objects.get(pk=house.ada.user_id)
    api = Program(client, add_token(user, name="test", actor=house.ada)[1])
    file = SimpleUploadedFile("x.csv", b"Name,Size\nAcme,38\n")
    mapping = {"Size": {"new": {"label": "Size", "kind": "integer"}}}

    _, row = api.send("/imports", file=file, object="company", mapping=json.dumps(mapping))
    assert api("POST", f"/imports/{row['import_id']}/run")[0] == 202
    worker.run(until_idle=True)
    assert list(house.values("company", "name", "size").values()) == [("Acme", 38)]

    (tmp_path / "map.yaml").write_text("columns: {Height: {new: {label: Height, kind: decimal}}}")
    path = house.file("Name,Height\nAcme,1.82\n")
    asked = ["import", "companies", str(path), "--map", str(tmp_path / "map.yaml"), "--json"]
    result = CliRunner().invoke(cli, asked, obj=asked, catch_exceptions=False)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["updated"] == 1
    assert [str(value) for value in house.values("company", "height").values()] == ["1.82"]


def test_undo_takes_the_property_away_with_what_was_imported(house):
    """T23, T72: archived, if nobody uses it otherwise."""
    row = house.load("companies", CONTENT, mapping=MAPPING)
    undo_import(row, actor=house.ada)
    worker.run(until_idle=True)
    for name in ("shoe_size", "colour", "since"):
        assert Property.objects.get(name=name).is_archived, name
