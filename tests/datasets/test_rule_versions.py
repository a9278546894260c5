"""Rule versions: drafted, applied, reverted (D66, DG15)."""

import pytest

from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.datasets import add_dataset
from tresse.datasets.changes.rules import apply_draft, drop_draft, revert_rules, save_draft
from tresse.datasets.rule_versions import draft_of, rule_versions, rules_numbered
from tresse.datasets.stored import facts_of
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
FIRST = {"keys": [["email"]]}
OTHER = {"identity": {"keys": [["email"], ["phone"]]}, "columns": {"name": {"merge": "longest"}}}


@pytest.fixture
def people(ada):
    """A dataset that was never built; its rules are the first version."""
    return add_dataset({"name": "people", "entity": "contacts", "identity": FIRST}, actor=ada)


def test_a_draft_is_numbered_and_changes_nothing_until_it_is_applied(people, ada):
    """D66: identity, guard and merge settings form one numbered rule version."""
    draft = save_draft(people, OTHER, actor=ada)
    people.refresh_from_db()
    assert (draft.number, draft.applied_at) == (2, None)
    assert facts_of(people)["identity"] == FIRST
    again = save_draft(people, {**OTHER, "groups": []}, actor=ada)
    assert again.pk == draft.pk

    applied = apply_draft(people, actor=ada)

    people.refresh_from_db()
    assert (people.rules_id, people.needs_full, draft_of(people)) == (applied.pk, True, None)
    assert facts_of(people)["identity"] == OTHER["identity"]
    assert facts_of(people)["columns"] == [{"name": "name", "merge": "longest"}]
    entry = AuditEntry.objects.get(action="rules.apply")
    assert (entry.before, entry.after) == ({"number": 1}, {"number": 2})


def test_older_rules_are_applied_again(people, ada):
    """D66: revert."""
    save_draft(people, OTHER, actor=ada)
    apply_draft(people, actor=ada)

    revert_rules(people, 1, actor=ada)

    people.refresh_from_db()
    assert people.rules.number == 1
    assert facts_of(people)["identity"] == FIRST
    assert [each.number for each in rule_versions(people)] == [2, 1]


def test_a_draft_is_thrown_away(people, ada):
    """D66."""
    save_draft(people, OTHER, actor=ada)
    drop_draft(people, actor=ada)

    assert draft_of(people) is None
    for change in (drop_draft, apply_draft):
        with pytest.raises(TresseError, match="people has no draft of other rules"):
            change(people, actor=ada)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        ({"identity": FIRST}, "wrong_value", "nothing would change"),
        ({"identitty": FIRST}, "unknown_key", '"identitty" is not a key of rules'),
        ({"columns": ["name"]}, "wrong_value", "columns needs columns with their merge"),
        ({"columns": {"name": {"rule": 1}}}, "unknown_key", '"rule"'),
        ({"columns": {"name": {"merge": "longst"}}}, "wrong_value", '"longest"'),
        ({"identity": {"guard": {"cap": 1}}}, "wrong_value", "cap"),
    ],
    ids=["same", "key", "columns", "rule", "method", "guard"],
)
def test_a_draft_is_checked_as_a_definition_is(people, ada, content, code, words):
    """D66: in the words of the definition."""
    with pytest.raises(TresseError) as refused:
        save_draft(people, content, actor=ada)

    assert refused.value.code == code
    assert words in str(refused.value)


def test_what_cannot_be_reverted_to(people, ada, mia):
    """D66."""
    save_draft(people, OTHER, actor=ada)

    with pytest.raises(TresseError, match="The rules 2 are a draft"):
        revert_rules(people, 2, actor=ada)
    with pytest.raises(TresseError, match="nothing would change"):
        revert_rules(people, 1, actor=ada)
    with pytest.raises(TresseError, match='There is no rule version "9"'):
        rules_numbered(people, 9)
    for change in (drop_draft, apply_draft):
        with pytest.raises(TresseError) as refused:
            change(people, actor=mia)
        assert refused.value.code == "not_permitted"
