"""Making, changing and removing datasets; rules become rule versions (D1, D3, D66)."""

import pytest

from tests.datasets.standing import standing
from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.datasets import (
    add_dataset,
    change_dataset,
    enable_dataset,
    merged,
    remove_dataset,
)
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.stored import definition_of, facts_of
from tresse.kernel.errors import TresseError
from tresse.sources.changes.sources import remove_source
from tresse.sources.queries import users_of

pytestmark = pytest.mark.django_db
ITEM = {
    "name": "people",
    "entity": "contacts",
    "sources": [{"source": "shop"}],
    "columns": [{"name": "email", "rules": ["email"], "merge": "longest"}],
    "identity": {"keys": [["email"]]},
}
MAIL = {"name": "mail", "type": "text", "semantic": "email"}


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"


@pytest.fixture
def shop(db):  # noqa: ARG001  rows of sources
    return standing("shop", ["id", MAIL], [])


@pytest.fixture
def people(shop, ada):  # noqa: ARG001  the source that feeds it
    return add_dataset(ITEM, actor=ada)


def refused(do, *arguments, **more):
    with pytest.raises(TresseError) as found:
        do(*arguments, **more)
    return found.value.code, found.value.message


def test_a_dataset_is_kept_in_two_parts(people, ada):
    """D66: its rules are a rule version of their own, the first; both together are what it says."""
    assert "identity" not in people.definition
    assert people.definition["columns"] == [{"name": "email", "rules": ["email"]}]
    assert people.rules.content == {
        "identity": {"keys": [["email"]]},
        "columns": {"email": {"merge": "longest"}},
    }
    assert (people.rules.number, people.rules.author_id) == (1, ada.user_id)
    assert people.rules.applied_at
    assert facts_of(people) == ITEM
    assert people.needs_full
    assert AuditEntry.objects.filter(action="dataset.add", target="people").exists()


def test_other_rules_are_a_new_rule_version_and_the_old_one_stays(people, ada):
    """D66: through a file or the API other rules hold at once, under the next number."""
    Dataset.objects.update(needs_full=False)
    item = merged(people, {"identity": {"keys": [["email"]], "separate": ["id"]}})
    row = change_dataset(people, item, actor=ada)

    assert row.rules.number == 2
    assert RuleVersion.objects.filter(dataset=row).count() == 2
    assert row.needs_full
    assert row.revision == 2
    assert definition_of(row).identity.separate == ("id",)


def test_a_change_without_rules_keeps_the_rule_version(people, ada):
    """D66, D81: a time to build changes no row; another mapping does."""
    Dataset.objects.update(needs_full=False)
    row = change_dataset(people, merged(people, {"schedule": {"cron": "0 6 * * *"}}), actor=ada)
    assert (row.rules.number, row.needs_full) == (1, False)
    assert row.schedule.next_at

    row = change_dataset(row, merged(row, {"columns": ["email", "id"]}), actor=ada)
    assert (row.rules.number, row.needs_full) == (2, True)
    assert change_dataset(row, merged(row, {}), actor=ada).revision == row.revision


def test_a_dataset_that_is_off_has_no_times(people, ada):
    """D3: `enabled: false`: its schedule builds it no more."""
    row = change_dataset(people, merged(people, {"schedule": {"cron": "0 6 * * *"}}), actor=ada)
    row = enable_dataset(row, False, actor=ada)

    assert row.schedule is None
    assert facts_of(row)["enabled"] is False
    assert enable_dataset(row, True, actor=ada).schedule is not None


def test_refuses_who_may_not_and_what_is_not_there(people, rea, ada):
    """D3: the right `datasets.manage`; names of sources, datasets and columns that are there."""
    assert refused(add_dataset, ITEM | {"name": "x"}, actor=rea)[0] == "not_permitted"
    assert refused(change_dataset, people, ITEM, actor=rea)[0] == "not_permitted"
    assert refused(remove_dataset, people, actor=rea)[0] == "not_permitted"
    assert refused(add_dataset, ITEM, actor=ada) == (
        "name_taken",
        'There is already a dataset named "people".',
    )
    for changes, code, words in (
        ({"name": "other"}, "wrong_value", 'people cannot be called "other"'),
        ({"sources": [{"source": "shp"}]}, "unknown_reference", 'Did you mean "shop"?'),
        ({"sources": [{"source": "dataset:peple"}]}, "unknown_reference", 'dataset "peple"'),
        ({"sources": [{"source": "dataset:people"}]}, "feed_circle", "people → people"),
        ({"relations": [{"name": "a", "to": "order"}]}, "unknown_reference", '"orders"'),
        ({"erasure": {"order": "delete"}}, "unknown_reference", '"orders"'),
        ({"schedule": {"after": "shp"}}, "unknown_reference", '"shop"'),
        ({"columns": ["emial"]}, "column_missing", '"emial"'),
        ({"columns": [{"name": "email", "type": "date"}]}, "type_mismatch", '"mail" of shop'),
        (
            {"columns": [{"name": "email", "merge": {"source_priority": ["shp"]}}]},
            "unknown_reference",
            '"shop"',
        ),
        (
            {"relations": [{"name": "a", "to": "contacts", "match": {"city": "email"}}]},
            "wrong_value",
            "matched by one of: email, phone",
        ),
    ):
        found, message = refused(change_dataset, people, merged(people, changes), actor=ada)
        assert (found, words in message) == (code, True), message
    stale = refused(change_dataset, people, ITEM, actor=ada, revision=7)
    assert stale[0] == "changed_meanwhile"


def test_a_file_may_name_what_stands_further_down(shop, ada):  # noqa: ARG001
    """D3: whoever reads the file checks where its datasets lead, once all are there."""
    led = {"name": "bills", "entity": "orders", "relations": [{"name": "to", "to": "people"}]}

    assert refused(add_dataset, led, actor=ada)[0] == "unknown_reference"
    assert add_dataset(led, actor=ada, in_file=True).name == "bills"


def test_what_a_dataset_uses_cannot_be_removed(people, shop, ada):
    """S7, D121: sources that feed it, datasets that it leads to."""
    assert users_of(shop) == ['dataset "people"']
    assert refused(remove_source, shop, actor=ada)[0] == "in_use"
    fed = ITEM | {"name": "buyers", "sources": [{"source": "dataset:people"}]}
    add_dataset(fed, actor=ada)

    assert refused(remove_dataset, people, actor=ada) == (
        "in_use",
        'The dataset "people" is used by dataset "buyers". Change these first.',
    )
    remove_dataset(Dataset.objects.get(name="buyers"), actor=ada)
    remove_dataset(people, actor=ada)
    assert not Dataset.objects.filter(name="people").exists()
    assert users_of(shop) == []
    assert AuditEntry.objects.filter(action="dataset.remove", target="people").exists()
