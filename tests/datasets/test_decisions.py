"""Decisions on records: who said what, what contradicts it, and taking it back (D60, D61, DG8)."""

import pytest

from tresse.accounts.models import AuditEntry
from tresse.datasets.changes.decisions import (
    Said,
    decide,
    decide_all,
    decision_about,
    withdraw,
)
from tresse.datasets.deciding import accepted_claims, pairs_of, standing
from tresse.datasets.models import Dataset, Decision, ReviewItem
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
LINK, APART = Decision.LINK, Decision.APART


@pytest.fixture
def people():
    """A dataset of contacts that was never built."""
    return Dataset.objects.create(name="people", entity="contacts")


@pytest.fixture
def say(people, ada):
    """Decides on two records of it."""

    def made(kind, a, b, reason="as the file says"):
        return decide(people, kind, a, b, actor=ada, reason=reason)

    return made


def test_a_decision_has_author_reason_and_time_and_is_in_the_audit_log(say, ada):
    """D60, DG8."""
    made = say(LINK, "pos/A", "crm/2")

    assert (made.kind, made.a, made.b) == (LINK, "crm/2", "pos/A")
    assert (made.author_id, made.reason) == (ada.user_id, "as the file says")
    entry = AuditEntry.objects.get(action="decision.add")
    assert (entry.target, entry.after["a"], entry.after["reason"]) == (
        "people",
        "crm/2",
        "as the file says",
    )


def test_the_same_decision_again_is_the_one_that_stands(say):
    """DG8: said in any order."""
    assert say(LINK, "a/1", "a/2").pk == say(LINK, "a/2", "a/1").pk


def test_a_contradiction_names_who_decided_and_when(say):
    """D61: the sentence of the specification."""
    say(APART, "pos/A", "crm/2")

    with pytest.raises(TresseError) as refused:
        say(LINK, "crm/2", "pos/A")

    assert refused.value.code == "decision_conflict"
    day = refused.value.details["day"]
    assert str(refused.value) == (
        f"crm/2 and pos/A are marked as different people by Ada on {day}. Withdraw that first."
    )


def test_links_lead_on_so_their_ends_cannot_be_different(say):
    """D61: A is B and B is C, so A and C are not different."""
    say(LINK, "s/A", "s/B")
    say(LINK, "s/B", "s/C")

    with pytest.raises(TresseError) as refused:
        say(APART, "s/C", "s/A")

    assert refused.value.code == "decision_conflict"
    assert "the same by 2 decisions: s/A = s/B, s/B = s/C" in str(refused.value)


def test_links_lead_on_so_one_more_must_not_tie_what_is_different(say):
    """D61: A is B, C is D, A and D are different: B and C cannot be one."""
    say(LINK, "s/A", "s/B")
    say(LINK, "s/C", "s/D")
    say(APART, "s/A", "s/D")

    with pytest.raises(TresseError) as refused:
        say(LINK, "s/B", "s/C")

    assert refused.value.code == "decision_conflict"
    assert "decisions tie them to s/A and s/D" in str(refused.value)


def test_several_at_once_are_checked_against_each_other_and_all_or_none(people, ada):
    """D61."""
    said = [Said(LINK, "s/A", "s/B"), Said(LINK, "s/B", "s/C"), Said(APART, "s/A", "s/C")]

    with pytest.raises(TresseError):
        decide_all(people, said, actor=ada, reason="x")

    assert not standing(people).exists()


def test_a_withdrawn_decision_binds_nobody(say, people, ada):
    """D60: what was decided in the review is open again."""
    made = say(APART, "s/A", "s/B")
    item = ReviewItem.objects.create(
        dataset=people, kind="refused", signature="x", state="different", decision=made
    )

    withdraw(decision_about(people, APART, "s/B", "s/A"), actor=ada)

    item.refresh_from_db()
    assert (item.state, item.decision) == ("open", None)
    assert AuditEntry.objects.filter(action="decision.withdraw").count() == 1
    assert say(LINK, "s/A", "s/B").pk
    with pytest.raises(TresseError) as refused:
        withdraw(made, actor=ada)
    assert refused.value.code == "wrong_state"
    with pytest.raises(TresseError) as refused:
        decision_about(people, APART, "s/A", "s/B")
    assert str(refused.value) == "No decision stands about s/A and s/B in people."


def test_builds_read_pairs_and_accepted_claims(say, people):
    """DG8, DG13."""
    say(LINK, "s/B", "s/A")
    say(Decision.CLAIM, "web/9", "")

    assert pairs_of(people, LINK) == [("s/A", "s/B")]
    assert accepted_claims(people) == ["web/9"]


@pytest.mark.parametrize(
    ("kind", "a", "b", "reason", "words"),
    [
        ("same", "s/A", "s/B", "x", 'not "same"'),
        (LINK, "s/A", "B", "x", "a record as source/key"),
        (LINK, "s/A", "s/A", "x", "s/A is named twice"),
        (LINK, "s/A", "s/B", " ", "needs a reason"),
        (LINK, "s/A", "s/B", "x" * 2_001, "at most 2000 characters"),
    ],
    ids=str,
)
def test_refusals_say_what_would_be_right(say, kind, a, b, reason, words):
    """D60."""
    with pytest.raises(TresseError) as refused:
        say(kind, a, b, reason)

    assert refused.value.code == "wrong_value"
    assert words in str(refused.value)


def test_deciding_needs_a_right(people, mia):
    """D60."""
    with pytest.raises(TresseError) as refused:
        decide(people, LINK, "s/A", "s/B", actor=mia, reason="x")

    assert refused.value.code == "not_permitted"


def test_two_hundred_records_cost_a_fixed_number_of_statements(
    people, ada, django_assert_max_num_queries
):
    """A chain of links is read by its front, not record by record."""
    chain = [Said(LINK, f"s/{n:03}", "s/hub") for n in range(200)]
    decide_all(people, chain, actor=ada, reason="x")

    with django_assert_max_num_queries(15):
        decide(people, LINK, "s/000", "s/new", actor=ada, reason="x")
