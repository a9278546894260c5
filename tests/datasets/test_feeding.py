"""A dataset that feeds another one, and one source that feeds two (D2)."""

import pytest

from tests.datasets.builds.worlds import EXAMPLE, built, example, fed, golden, row
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.datasets import add_dataset, change_dataset, merged
from tresse.datasets.mapping import feeds_of, mapping_facts, planned
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import add_source

pytestmark = pytest.mark.django_db
BUYERS = {
    "name": "buyers",
    "entity": "buyers",
    "sources": [{"source": "dataset:people", "columns": {"mail": "email", "no": "customer_id"}}],
}


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"


def test_golden_records_are_records_of_another_dataset():
    """D2: read from its published version, each under its id."""
    people = example()
    built(people)
    buyers = add_dataset(BUYERS, actor=SYSTEM)
    made = built(buyers)

    assert (made.state, made.source_rows, made.records) == ("published", 3, 3)
    ids = {each["_id"]: each for each in golden(people)}
    for each in golden(buyers):
        [key] = each["_keys"]
        of = ids[key.removeprefix("dataset:people/")]
        assert each["mail"] == of["email"]
        assert each["no"] == of["customer_id"]
        assert each["_first_seen_at"] == of["_first_seen_at"]
    assert made.definition["sources"] == BUYERS["sources"]


def test_what_changes_there_changes_here():
    """D2, D81: a golden record that changed is another record; the others are taken over."""
    people = example()
    built(people)
    buyers = add_dataset(BUYERS, actor=SYSTEM)
    built(buyers)
    fed("web", [*EXAMPLE["web"], row("11", 9, "C9", "zoe@x.fr", None)])
    built(people)
    made = built(buyers)

    assert (made.records, made.changed_records) == (4, 1)
    assert "zoe@x.fr" in {each["mail"] for each in golden(buyers)}
    assert built(buyers).state == "unchanged"


def test_both_are_built_together_and_published_together():
    """D2, D80: the one that feeds is worked out first, whatever the order they are named in."""
    people = example()
    buyers = add_dataset(BUYERS, actor=SYSTEM)
    first, second = built(buyers, people)

    assert (first.state, second.state) == ("published", "published")
    assert len(golden(buyers)) == len(golden(people)) == 3


def test_a_dataset_does_not_feed_itself_over_another():
    """D2: feeds make no circle."""
    people = example()
    add_dataset(BUYERS, actor=SYSTEM)
    item = merged(people, {"sources": [{"source": "crm"}, {"source": "dataset:buyers"}]})

    with pytest.raises(TresseError) as found:
        change_dataset(people, item, actor=SYSTEM)
    assert found.value.code == "feed_circle"


@pytest.mark.parametrize("columns", [["no", "mail"], [{"name": "no", "type": "integer"}, "mail"]])
def test_columns_named_alone_may_be_mapped_before_they_were_read(columns):
    """D15, S31: a source that was not looked at yet has the columns that it names."""
    source = {
        "name": "cards",
        "connection": "crm",
        "read": {"table": "products"},
        "entity": "cards",
        "record_key": ["no"],
        "columns": columns,
    }
    add_source(source, actor=SYSTEM, in_file=True)
    feeds = [{"source": "cards", "columns": {"email": "mail"}}]

    made = add_dataset({"name": "people", "entity": "contacts", "sources": feeds}, actor=SYSTEM)

    assert definition_of(made).sources[0].columns == {"email": "mail"}


def test_facts_of_a_mapping_tell_when_rows_must_be_worked_out_anew():
    """D81: the column that a source names otherwise now is another mapping."""
    example()
    people = Dataset.objects.get(name="people")

    def facts():
        definition = definition_of(people)
        feeds = feeds_of(definition)
        return mapping_facts(planned(definition, feeds), feeds)

    before = facts()
    assert before["web"]["columns"]["email"] == "email"
    item = merged(people, {"sources": [{"source": "web", "columns": {"email": "first_name"}}]})
    change_dataset(people, item, actor=SYSTEM)
    people.refresh_from_db()
    assert facts() != before
