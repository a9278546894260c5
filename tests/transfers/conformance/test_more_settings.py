"""Settings, notices, reports: what the other tests leave out (T6, T19, T37, T57, T59, T69, T75)."""

import pytest
import sqlalchemy as sa
from django.utils import translation

from tests.transfers.imports.house import codes, error_file, links, numbers
from tresse.jobs.models import Notification
from tresse.kernel.errors import TresseError
from tresse.objects.changes import change_property
from tresse.objects.database import rows
from tresse.objects.models import Option, Property
from tresse.records.tables import CHANGE_SET
from tresse.transfers.models import Import
from tresse.transfers.queries import placed
from tresse.transfers.report import report


@pytest.fixture
def sources(world):
    """Options that a test adds go with it."""
    known = set(Option.objects.values_list("pk", flat=True))
    yield world
    Option.objects.exclude(pk__in=known).delete()


def test_many_distinct_options_are_added_once_each(sources):
    """T37: spelt in other case is the same option; names never collide."""
    content = "E-mail,Lead source\n" + "".join(
        f"s{n}@ex.org,{text}\n"
        for n, text in enumerate(["Fair A", "fair a", "Fair-A", "FAIR  A", "Ünder", "1st", "日本"])
    )
    row = sources.load("contacts", content, unknown_options="add")
    assert codes(row) == []
    made = {each.label for each in sources.model.object("contact").property("lead_source").options}
    assert {"Fair A", "Fair-A", "Ünder", "1st", "日本"} <= made
    assert "fair a" not in made
    row = sources.load("contacts", content, unknown_options="add")
    assert numbers(row) == {"rows": 7, "unchanged": 7}


def test_a_check_adds_no_option(sources):
    """T61, T37"""
    before = Option.objects.count()
    sources.check("contacts", "E-mail,Lead source\nz@ex.org,Fair\n", unknown_options="add")
    assert Option.objects.count() == before


def test_an_option_that_somebody_added_between_check_and_run(sources):
    """T63: not added twice."""
    row = sources.check("contacts", "E-mail,Lead source\nz@ex.org,Fair\n", unknown_options="add")
    prop = Property.objects.get(object_type__name="contact", name="lead_source")
    options = [{"name": o.name, "label": o.label} for o in prop.options.order_by("position")]
    change_property(prop, options=[*options, {"name": "fair", "label": "Fair"}], actor=sources.ada)
    row = sources.run(row)
    assert row.state == "done", row.error
    assert "fair" in sources.values("contact", "lead_source").values()


def test_to_map_options_value_by_value(sources):
    """T37: those without an answer are left out."""
    row = sources.load(
        "contacts",
        "E-mail,Lead source\na@ex.org,Salon\nb@ex.org,Radio\n",
        unknown_options="map",
        option_map={"lead_source": {"Salon": "event"}},
    )
    assert codes(row) == [(3, "invalid_option")]
    assert row.plan_facts["unknown_options"] == {"lead_source": {"Radio": 1}}
    assert "event" in sources.values("contact", "lead_source").values()


def test_imports_are_quiet(world):
    """T69, C55: automations do not see them, unless switched on with the right."""
    world.load("contacts", "E-mail\nz@ex.org\n")
    world.load("contacts", "E-mail\ny@ex.org\n", fire_automations=True)
    statement = sa.select(CHANGE_SET.c.is_quiet).where(CHANGE_SET.c.source == "import")
    assert [quiet for (quiet,) in rows(statement.order_by(CHANGE_SET.c.id))] == [True, False]


def test_nobody_is_told_of_records_assigned_by_an_import(world):
    """T69: no "assigned to you" messages; one notification leads to the report (T75)."""
    world.load("contacts", "E-mail,Owner\nz@ex.org,ada@example.com\n")
    assert list(Notification.objects.values_list("kind", flat=True)) == ["import"]


def test_the_same_content_under_another_name_is_told(world):
    """T57: `same_file_before`; another object or content is not."""
    world.load("contacts", "E-mail\nz@ex.org\n", name="one.csv")
    assert codes(world.check("contacts", "E-mail\nz@ex.org\n", name="two.csv")) == [
        (0, "same_file_before")
    ]
    assert codes(world.check("contacts", "E-mail\nz@ex.org\n\n", name="one.csv")) == []


def test_ignore_writes_properties_only(world):
    """T59: `links_not_requested` per association column."""
    content = "E-mail,City,Associated Company,Associated Deal\nanna@ex.org,Rome,41,61\n"
    row = world.load("contacts", content, links="ignore", missing="create")
    assert codes(row) == [(0, "links_not_requested")] * 2
    assert links(row) == {}
    assert world.links("contact", "company") == []
    assert world.values("contact", "city")[51] == "Rome"


def test_unmapped_ask_blocks_plain_columns(world):
    """T19: `columns_undecided` names them; the error-file columns never count (T77)."""
    with pytest.raises(TresseError) as refused:
        world.check("contacts", "E-mail,Fax,Shoe\nz@ex.org,1,2\n", unmapped="ask")
    assert refused.value.code == "columns_undecided"
    assert "Fax" in str(refused.value)
    assert "Shoe" in str(refused.value)


def test_an_ignored_column_names_the_property_near_to_it(world):
    """T19: with its number of values."""
    row = world.load("contacts", "E-mail,Frist name\nz@ex.org,A\ny@ex.org,\n")
    [finding] = row.findings.all()
    assert (finding.code, finding.details["number"]) == ("column_ignored", 1)
    assert "First name" in finding.hint


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ['ludzie.csv, line 2, column "E-mail": "bad@" is not an e-mail address.']),
        ("fr", ["ludzie.csv, ligne 2, colonne"]),
        ("pl", ["ludzie.csv, wiersz 2, kolumna"]),
    ],
)
def test_the_report_speaks_the_language_of_its_reader(world, language, words):
    """T75, C128: sentence and place; the error file too (T77)."""
    content = "E-mail,Associated Company\nbad@,41\nanna@ex.org,61\nbob@ex.org,Nowhere\n"
    row = world.load("contacts", content, name="ludzie.csv")
    with translation.override(language):
        told = [placed(each, row.file_name) for each in row.findings.order_by("line")]
        file, facts = error_file(row), report(row)
    assert all(any(word in line for line in told) for word in words), told
    if language != "en":
        assert "is not an e-mail" not in file
        assert not any("Import it first" in each["message"] for each in facts["errors"])


def test_a_list_that_does_not_exist_is_refused_at_once(world):
    """T6 `to_list`: before anything is taken in."""
    with pytest.raises(TresseError) as refused:
        world.add("contacts", "E-mail\nz@ex.org\n", to_list="vip")
    assert refused.value.code == "unknown_reference"
    assert Import.objects.count() == 0
