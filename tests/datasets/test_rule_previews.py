"""What other rules would change, worked out aside; then applied, and reverted (D66, DG15)."""

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, clusters, example, golden
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.rules import apply_draft, preview_rules, revert_rules, save_draft
from tresse.datasets.models import DatasetVersion
from tresse.datasets.rule_versions import draft_of
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError

LOOSER = {
    "identity": {
        "keys": [["customer_id"], ["email"], ["phone"]],
        "limits": [{"column": "customer_id", "at_most": 2}],
    },
    "columns": {"email": {"merge": "earliest"}},
}
STRICTER = {"identity": {"keys": [["customer_id"], ["phone"]]}}


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """The example of D45, built."""
    dataset = example()
    assert built(dataset).state == "published"
    return dataset


def previewed(dataset, content):
    """The preview of a draft."""
    draft = save_draft(dataset, content, actor=SYSTEM)
    job = preview_rules(draft, actor=SYSTEM)
    run_here(job, show=lambda _progress: None)
    job.refresh_from_db()
    assert job.state == "done", job.error
    draft.refresh_from_db()
    return draft.preview


def test_looser_rules_show_the_merges_they_would_make(people):
    """D66: golden records before and after, merges, changed ids, changed values; none published."""
    before = golden(people)

    seen = previewed(people, LOOSER)

    assert golden(people) == before
    assert DatasetVersion.objects.count() == 1
    assert seen["golden"] == {"before": 3, "after": 2}
    assert seen["refused"] == {"before": 1, "after": 0}
    assert seen["blocked"] == {"before": 1, "after": 1}
    [merge] = seen["merges"]["examples"]
    assert (merge["records"], merge["parts"]) == (5, 2)
    ids = {tuple(row["_keys"]): row["_id"] for row in before}
    first, second = ids["crm/1", "pos/A", "web/7"], ids["crm/2", "pos/B"]
    assert merge == {
        "id": first,
        "records": 5,
        "parts": 2,
        "of": [{"id": first, "records": 3}, {"id": second, "records": 2}],
    }
    assert seen["splits"] == {"count": 0, "examples": []}
    assert seen["ids"]["kinds"] == {"merged": 1}
    assert seen["ids"]["examples"] == [{"old": second, "new": first, "kind": "merged"}]
    assert seen["values"]["email"]["examples"] == [
        {"id": first, "before": " JANE@x.fr", "after": "jane@x.fr", "records": 5}
    ]

    apply_draft(people, actor=SYSTEM)
    built(people)
    largest = golden(people)[0]
    assert (largest["_id"], largest["_members"], largest["email"]) == (first, 5, "jane@x.fr")


def test_stricter_rules_show_the_splits_and_reverting_brings_ids_back(people):
    """D66, D58: applied looser or stricter, ids are kept; reverted, they are as they were."""
    before = [(row["_id"], row["_keys"]) for row in golden(people)]

    seen = previewed(people, STRICTER)
    [split] = seen["splits"]["examples"]
    assert (split["records"], split["parts"]) == (3, 2)
    assert [part["keys"] for part in split["of"]] == [["crm/1", "pos/A"], ["web/7"]]
    assert seen["golden"] == {"before": 3, "after": 4}

    apply_draft(people, actor=SYSTEM)
    run = built(people)
    assert (run.is_full, run.rules.number) == (True, 2)
    assert clusters(people) == [["crm/1", "pos/A"], ["crm/2", "pos/B"], ["web/7"], ["web/9"]]
    revert_rules(people, 1, actor=SYSTEM)
    built(people)
    assert [(row["_id"], row["_keys"]) for row in golden(people)] == before


def test_a_preview_needs_a_version_and_other_rules(home, mia):  # noqa: ARG001, F811
    """D66."""
    dataset = example()
    draft = save_draft(dataset, STRICTER, actor=SYSTEM)

    def refused(rules, actor=SYSTEM):
        with pytest.raises(TresseError) as found:
            preview_rules(rules, actor=actor)
        return found.value.code

    assert refused(draft) == "not_built"
    assert refused(draft, mia) == "not_permitted"
    built(dataset)
    assert refused(dataset.rules) == "wrong_value"
    assert preview_rules(draft, actor=SYSTEM).pk == preview_rules(draft, actor=SYSTEM).pk
    other = save_draft(dataset, LOOSER, actor=SYSTEM)
    assert (other.pk, other.preview, other.job) == (draft.pk, None, None)
    assert draft_of(dataset) == other
