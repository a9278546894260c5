"""Decisions on records (D60, D61, DG8): two are one, are different, or a claim is accepted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.changes.rebuilding import rebuild
from tresse.datasets.deciding import Ties, standing, ties_around
from tresse.datasets.deciding_refusals import (
    LED_APART,
    LED_ONE,
    MARKED_APART,
    MARKED_ONE,
    NOT_DECIDED,
    REASON_MISSING,
    SAME_RECORD,
    WITHDRAWN,
)
from tresse.datasets.models import Dataset, Decision, ReviewItem
from tresse.kernel.clock import now
from tresse.kernel.errors import TOO_LONG, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.web.templatetags.numbers import day

MANAGE = "datasets.manage"
KINDS = (Decision.LINK, Decision.APART)
"What is decided on two records."
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of two records, or of one (an accepted claim)."""

    kind: str
    a: str
    b: str = ""

    @property
    def ordered(self) -> "Said":
        """The same with the names in the order in which they are kept."""
        if self.kind == Decision.CLAIM or self.a <= self.b:
            return self
        return Said(self.kind, self.b, self.a)


def decide(
    dataset: Dataset, kind: str, a: str, b: str = "", *, actor: Actor, reason: str
) -> Decision:
    """Say that two records are one (`must_link`), or are not (`must_not_link`).

    The decision holds from the next build on, until it is withdrawn. One that stands already is
    answered as it is.

    Args:
        dataset: Whose records.
        kind: One of `KINDS`, or `accept_claim` of `a` alone (DG13).
        a: A record as `source/key`.
        b: The other one.
        actor: Needs `datasets.manage`.
        reason: Why, for others to follow; not empty.

    Raises:
        TresseError: `not_permitted`, `wrong_value` (kind, one record twice, no reason),
            `decision_conflict` with who decided the contrary.
    """
    if not reason.strip():
        raise REASON_MISSING()
    [made] = decide_all(dataset, [Said(kind, a, b)], actor=actor, reason=reason)
    return made


def decide_all(
    dataset: Dataset,
    said: Iterable[Said],
    *,
    actor: Actor,
    reason: str = "",
    group: UUID | None = None,
) -> list[Decision]:
    """Several decisions at once: all of them, or none. They are answered in their order.

    Args:
        dataset: Whose records.
        said: What is decided; later ones are checked against earlier ones too.
        actor: Needs `datasets.manage`.
        reason: Of all of them.
        group: Of those that are withdrawn together (D63).

    Raises:
        TresseError: As `decide`.
    """
    require_right(actor, MANAGE)
    wanted = [_checked(each) for each in said]
    if len(reason) > LONGEST_REASON:
        raise TOO_LONG(name="reason", most=LONGEST_REASON)
    with transaction.atomic():
        # One at a time: what two people say at once must not contradict each other.
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        ties = ties_around(dataset, {name for each in wanted for name in (each.a, each.b) if name})
        made = [
            _decided(dataset, ties, each, actor=actor, reason=reason.strip(), group=group)
            for each in wanted
        ]
        _log(actor, dataset, "decision.add", made)
        rebuild(dataset, actor)
    return made


def _checked(said: Said) -> Said:
    known = (*KINDS, Decision.CLAIM)
    if said.kind not in known:
        wanted = gettext("one of {known}").format(known=", ".join(known))
        raise WRONG_VALUE(name="kind", wanted=wanted, value=f'"{said.kind}"')
    is_pair = said.kind != Decision.CLAIM
    for name in (said.a, said.b) if is_pair else (said.a,):
        source, slash, key = name.partition("/")
        if not (source and slash and key):
            wanted = gettext("a record as source/key, such as shop_customers/7")
            raise WRONG_VALUE(name="record", wanted=wanted, value=f'"{name}"')
    if said.a == said.b:
        raise SAME_RECORD(name=said.a)
    return said.ordered


def _decided(
    dataset: Dataset, ties: Ties, said: Said, *, actor: Actor, reason: str, group: UUID | None
) -> Decision:
    there = standing(dataset).filter(kind=said.kind, a=said.a, b=said.b).first()
    if there is not None:
        return there
    if said.kind == Decision.LINK:
        check_link(dataset, ties, said.a, said.b)
    elif said.kind == Decision.APART:
        check_apart(ties, said.a, said.b)
    made = Decision.objects.create(
        dataset=dataset,
        kind=said.kind,
        a=said.a,
        b=said.b,
        reason=reason,
        group=group,
        author_id=actor.user_id,
    )
    if said.kind == Decision.LINK:
        ties.tie(made)
    elif said.kind == Decision.APART:
        ties.aparts.append(made)
    return made


def check_link(dataset: Dataset, ties: Ties, a: str, b: str) -> None:
    """Go on only if two records may be one (D61).

    Raises:
        TresseError: `decision_conflict`.
    """
    against = ties.between(ties.with_one(a), ties.with_one(b))
    if against is None:
        return
    facts = {**told(against), "things": things_of(dataset)}
    raise (MARKED_APART if {a, b} == {against.a, against.b} else LED_APART)(a=a, b=b, **facts)


def check_apart(ties: Ties, a: str, b: str) -> None:
    """Go on only if two records may be different (D61).

    Raises:
        TresseError: `decision_conflict`.
    """
    path = ties.path(a, b)
    if not path:
        return
    facts = told(path[0])
    if len(path) == 1:
        raise MARKED_ONE(a=a, b=b, **facts)
    steps = [f"{each.a} = {each.b}" for each in path]
    raise LED_ONE(a=a, b=b, path=steps, number=len(path), **facts)


def told(decision: Decision) -> dict[str, Any]:
    """Who decided what and when, as sentences of refusals say it."""
    author = decision.author.name or decision.author.email if decision.author else ""
    return {
        "left": decision.a,
        "right": decision.b,
        "author": author or gettext("somebody who is gone"),
        "day": day(decision.created_at),
        "decision": decision.pk,
    }


def things_of(dataset: Dataset) -> str:
    """What the golden records of a dataset are called in sentences."""
    return N_("people") if dataset.entity == "contacts" else N_("things")


def withdraw(decision: Decision, *, actor: Actor) -> list[Decision]:
    """Take a decision back, with all that one unmerge wrote (D63). What was found is open again.

    Answers:
        The decisions withdrawn.

    Raises:
        TresseError: `not_permitted`, `wrong_state` (withdrawn already).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=decision.dataset_id)
        row = Decision.objects.get(pk=decision.pk)
        if row.withdrawn_at is not None:
            raise WITHDRAWN(a=row.a, b=row.b)
        rows = [row]
        if row.group is not None:
            rows = list(standing(dataset).filter(group=row.group).order_by("id"))
        moment, ids = now(), [each.pk for each in rows]
        Decision.objects.filter(pk__in=ids).update(
            withdrawn_at=moment, withdrawn_by_id=actor.user_id
        )
        ReviewItem.objects.filter(dataset=dataset, decision__in=ids).update(
            state="open", decision=None, decided_at=None
        )
        _log(actor, dataset, "decision.withdraw", rows)
        rebuild(dataset, actor)
    for each in rows:
        each.withdrawn_at, each.withdrawn_by_id = moment, actor.user_id
    return rows


def decision_about(dataset: Dataset, kind: str, a: str, b: str = "") -> Decision:
    """The standing decision of a kind on two records, named in any order.

    Raises:
        TresseError: `wrong_value`, `unknown_name`.
    """
    said = _checked(Said(kind, a, b))
    found = standing(dataset).filter(kind=said.kind, a=said.a, b=said.b).first()
    if found is None:
        raise NOT_DECIDED(a=a, b=b, dataset=dataset.name)
    return found


def _log(actor: Actor, dataset: Dataset, action: str, rows: Sequence[Decision]) -> None:
    first = rows[0] if rows else None
    if first is None:
        return
    facts = {"kind": first.kind, "a": first.a, "b": first.b, "reason": first.reason}
    if len(rows) > 1:
        facts = {"number": str(len(rows)), **facts}
    audit.log(actor, action, dataset.name, after=facts)
