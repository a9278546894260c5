"""Answers to what builds and suggestions found: same person, different people, later (D60)."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.changes.decisions import MANAGE, Said, decide_all
from tresse.datasets.deciding_refusals import NEEDS_PARTS, REVIEW_DECIDED
from tresse.datasets.models import Dataset, Decision, ReviewItem
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE

SAME, DIFFERENT, LATER = "same", "different", "later"
ANSWERS = (SAME, DIFFERENT, LATER)
UNDECIDED = ("open", LATER)


def decide_review(item: ReviewItem, answer: str, *, actor: Actor, reason: str = "") -> ReviewItem:
    """Answer one item. See `decide_reviews`."""
    [row] = decide_reviews(item.dataset, [item], answer, actor=actor, reason=reason)
    return row


def decide_reviews(
    dataset: Dataset,
    items: Iterable[ReviewItem],
    answer: str,
    *,
    actor: Actor,
    reason: str = "",
) -> list[ReviewItem]:
    """Give several items one answer, all or none; one build follows for all of them.

    Of two records, *same* is a must-link and *different* a must-not-link. Of a claim, *same*
    accepts it. Of an oversize golden record, *same* says that it is right as it is; that some of
    its records are somebody else is said by unmerging them. *Later* puts an item aside.

    Args:
        dataset: Whose items.
        items: Open ones, or put aside.
        answer: One of `ANSWERS`.
        actor: Needs `datasets.manage`.
        reason: Of the decisions.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `wrong_state` (one is decided already),
            `review_needs_parts`, `decision_conflict`.
    """
    require_right(actor, MANAGE)
    if answer not in ANSWERS:
        wanted = gettext("one of {known}").format(known=", ".join(ANSWERS))
        raise WRONG_VALUE(name="answer", wanted=wanted, value=f'"{answer}"')
    ids = sorted({each.pk for each in items})
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        rows = list(ReviewItem.objects.filter(dataset=dataset, pk__in=ids).order_by("pk"))
        for row in rows:
            if row.state not in UNDECIDED:
                raise REVIEW_DECIDED(state=row.state, review=row.pk)
        said = {row.pk: _said(row, answer) for row in rows}
        reason = reason.strip() or gettext("Decided in the review.")
        wanted_said = [each for each in said.values() if each is not None]
        made: Sequence[Decision] = ()
        if wanted_said:
            made = decide_all(dataset, wanted_said, actor=actor, reason=reason)
        by_said = {each.ordered: one for each, one in zip(wanted_said, made, strict=True)}
        moment = None if answer == LATER else now()
        for row in rows:
            about = said[row.pk]
            row.state, row.decided_at = answer, moment
            row.decision = by_said[about.ordered] if about else None
        ReviewItem.objects.bulk_update(rows, ["state", "decided_at", "decision"], batch_size=500)
    return rows


def reopen_review(item: ReviewItem, *, actor: Actor) -> ReviewItem:
    """Open an item again that was put aside or answered without a decision.

    Raises:
        TresseError: `not_permitted`, `wrong_state` (withdraw its decision instead).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = ReviewItem.objects.select_for_update().get(pk=item.pk)
        if row.decision_id is not None:
            raise REVIEW_DECIDED(state=row.state, review=row.pk)
        row.state, row.decided_at = "open", None
        row.save(update_fields=["state", "decided_at"])
    return row


def _said(row: ReviewItem, answer: str) -> Said | None:
    """The decision that an answer is; None where it is none."""
    if answer == LATER:
        return None
    if row.kind == "oversize":
        if answer == DIFFERENT:
            sizes = row.facts.get("sizes") or ["?"]
            raise NEEDS_PARTS(name=row.golden_id, number=sizes[0], review=row.pk)
        return None
    if row.kind == "claim" and answer == SAME:
        return Said(Decision.CLAIM, row.a)
    if not row.b:
        return None
    return Said(Decision.LINK if answer == SAME else Decision.APART, row.a, row.b)
