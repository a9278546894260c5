"""What waits for a person, kept from build to build, and answered (D60, D50)."""

import pytest

from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.changes.lifts import lift, withdraw_lift
from tresse.datasets.changes.reviews import decide_review, decide_reviews, reopen_review
from tresse.datasets.deciding import lifts_of, standing
from tresse.datasets.models import Dataset, Decision, ReviewItem
from tresse.datasets.reviewing import (
    Found,
    keep_found,
    open_counts,
    review_numbered,
    reviews,
)
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
REFUSED = Found("refused", "crm/1", "crm/2", facts={"guard": "DG3", "value": "jane@x.fr"})
CLAIM = Found("claim", "web/9", "crm/1", facts={"column": "email"})
LARGE = Found("oversize", golden_id="g1", facts={"sizes": [30]})


@pytest.fixture
def people():
    """A dataset of contacts that was never built."""
    return Dataset.objects.create(name="people", entity="contacts")


def states(dataset):
    """State of each kind of item."""
    return dict(reviews(dataset, state="all").values_list("kind", "state"))


def test_the_next_build_finds_the_same_item_again(people):
    """D60: nobody is asked twice; what is gone is gone, and may come back."""
    assert keep_found(people, [REFUSED, CLAIM, LARGE], number=1) == 3
    assert open_counts(people) == {"oversize": 1, "refused": 1, "claim": 1, "suggestion": 0}

    turned = Found("refused", "crm/2", "crm/1", facts={"guard": "DG9"})
    assert keep_found(people, [turned, CLAIM], number=2) == 0
    assert states(people) == {"refused": "open", "claim": "open", "oversize": "gone"}
    item = reviews(people, kind="refused").get()
    assert (item.first_number, item.last_number, item.facts) == (1, 2, {"guard": "DG9"})

    keep_found(people, [LARGE], number=3)
    assert states(people) == {"refused": "gone", "claim": "gone", "oversize": "open"}


def test_suggestions_stay_when_a_build_finds_none(people):
    """D64: a build looks for other things."""
    seen = Found("suggestion", "crm/1", "web/7", score=0.97)
    keep_found(people, [seen], number=1, kinds=["suggestion"])

    keep_found(people, [], number=2)

    assert open_counts(people)["suggestion"] == 1


@pytest.mark.parametrize(
    ("found", "answer", "kind"),
    [
        (REFUSED, "same", Decision.LINK),
        (REFUSED, "different", Decision.APART),
        (CLAIM, "same", Decision.CLAIM),
        (CLAIM, "different", Decision.APART),
        (LARGE, "same", None),
        (REFUSED, "later", None),
    ],
    ids=lambda value: getattr(value, "kind", str(value)),
)
def test_an_answer_is_a_decision(people, ada, found, answer, kind):
    """D60, DG13: same person, different people, later."""
    keep_found(people, [found], number=1)

    item = decide_review(reviews(people).get(), answer, actor=ada)

    assert item.state == answer
    assert (item.decision.kind if item.decision else None) == kind
    assert standing(people).count() == (kind is not None)
    keep_found(people, [found], number=2)
    assert reviews(people, state=answer).count() == 1


def test_an_answer_that_contradicts_a_decision_changes_nothing(people, ada):
    """D61: all of the answers or none."""
    other = Found("refused", "crm/5", "crm/6")
    keep_found(people, [REFUSED, other], number=1)
    decide(people, Decision.APART, "crm/1", "crm/2", actor=ada, reason="twins")

    with pytest.raises(TresseError) as refused:
        decide_reviews(people, reviews(people), "same", actor=ada)

    assert refused.value.code == "decision_conflict"
    assert set(states(people).values()) == {"open"}
    assert standing(people).count() == 1


def test_a_withdrawn_answer_is_open_again(people, ada):
    """D60."""
    keep_found(people, [REFUSED], number=1)
    item = decide_review(reviews(people).get(), "same", actor=ada)
    with pytest.raises(TresseError) as refused:
        decide_review(item, "different", actor=ada)
    assert str(refused.value) == "This was decided already: same."
    with pytest.raises(TresseError):
        reopen_review(item, actor=ada)

    withdraw(standing(people).get(), actor=ada)

    assert states(people) == {"refused": "open"}


def test_what_was_put_aside_or_found_right_can_be_opened_again(people, ada):
    """D60."""
    keep_found(people, [LARGE], number=1)
    item = decide_review(reviews(people).get(), "same", actor=ada)

    assert reopen_review(item, actor=ada).state == "open"


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        ("different", "review_needs_parts", "g1 has 30 records. Say which of them"),
        ("yes", "wrong_value", 'not "yes"'),
    ],
)
def test_refusals_of_answers(people, ada, answer, code, words):
    """D60, D63: of a large golden record, one says who is somebody else."""
    keep_found(people, [LARGE], number=1)

    with pytest.raises(TresseError) as refused:
        decide_review(reviews(people).get(), answer, actor=ada)

    assert refused.value.code == code
    assert words in str(refused.value)


def test_unknown_items_and_filters_are_refused(people, ada, mia):
    """D60."""
    with pytest.raises(TresseError, match=r'There is no review of people "7"'):
        review_numbered(people, 7)
    with pytest.raises(TresseError, match=r'state needs one of open, same.*, not "done"'):
        reviews(people, state="done")
    with pytest.raises(TresseError, match=r'kind needs one of oversize.*, not "pairs"'):
        reviews(people, kind="pairs")
    with pytest.raises(TresseError) as refused:
        decide_reviews(people, [], "same", actor=mia)
    assert refused.value.code == "not_permitted"
    assert decide_reviews(people, [], "same", actor=ada) == []


def test_many_items_are_kept_in_a_few_statements(people, django_assert_max_num_queries):
    """A build may refuse thousands of attachments."""
    many = [Found("refused", f"crm/{n}", f"web/{n}") for n in range(3_000)]

    with django_assert_max_num_queries(60):
        keep_found(people, many, number=1)
    with django_assert_max_num_queries(60):
        keep_found(people, many[:2_000], number=2)

    assert ReviewItem.objects.filter(state="open").count() == 2_000


def test_a_guard_is_lifted_per_value_and_acts_again(people, ada):
    """D50: with author and reason, once per value."""
    made = lift(people, "email", "info@shop.fr", actor=ada, reason="one family")
    assert lift(people, "email", "info@shop.fr", actor=ada).pk == made.pk
    assert [(row.column, row.value, str(row.author)) for row in lifts_of(people)] == [
        ("email", "info@shop.fr", "Ada")
    ]

    withdraw_lift(people, "email", "info@shop.fr", actor=ada)

    assert not lifts_of(people).exists()
    with pytest.raises(TresseError, match=r'No guard is lifted for "info@shop.fr" in email'):
        withdraw_lift(people, "email", "info@shop.fr", actor=ada)
    with pytest.raises(TresseError) as refused:
        lift(people, "email", "", actor=ada)
    assert refused.value.code == "wrong_value"
