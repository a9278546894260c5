"""What waits for a person's decision (D60): kept from what builds and suggestions find."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext

from tresse.datasets.models import Dataset, ReviewItem
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, TresseError

KINDS = ("oversize", "refused", "claim", "suggestion")
STATES = ("open", "same", "different", "later", "gone")
FOUND_BY_BUILDS = ("oversize", "refused", "claim")
MOST_OF_A_KIND = 10_000
"Of one build; all refusals stand in the attachments of its version."
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """Something to be looked at. Of `oversize`: `golden_id`; of a claim: `a`, and `b` if known."""

    kind: str
    a: str = ""
    b: str = ""
    "Records as `source/key`."
    golden_id: str = ""
    score: float | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    "JSON: guard, key set, value, sides, sizes, weights."

    @property
    def signature(self) -> str:
        """The same of every build that finds it: the pair in any order, or the golden record."""
        about = [self.golden_id] if self.kind == "oversize" else sorted((self.a, self.b))
        if self.kind == "claim":
            about = [self.a]
        return hashlib.sha256(json.dumps([self.kind, *about]).encode()).hexdigest()


def keep_found(
    dataset: Dataset,
    found: Iterable[Found],
    *,
    number: int,
    kinds: Sequence[str] = FOUND_BY_BUILDS,
) -> int:
    """Keep what was found, in the caller's transaction.

    What is there already keeps its state, so that nobody is asked twice; what was gone is open
    again. Open items of these kinds that were not found this time are gone. Of a kind at most
    `MOST_OF_A_KIND` are kept, the first ones.

    Args:
        dataset: Whose records.
        found: In the order of their weight.
        number: The version that found them.
        kinds: What was looked for.

    Returns:
        How many were new.
    """
    by_signature: dict[str, Found] = {}
    counts = dict.fromkeys(kinds, 0)
    for each in found:
        if counts[each.kind] < MOST_OF_A_KIND and each.signature not in by_signature:
            counts[each.kind] += 1
            by_signature[each.signature] = each
    rows = ReviewItem.objects.filter(dataset=dataset, kind__in=kinds)
    there = dict(rows.values_list("signature", "state"))
    new = [
        _item(dataset, each, number)
        for signature, each in by_signature.items()
        if signature not in there
    ]
    known = [
        _item(dataset, each, number)
        for signature, each in by_signature.items()
        if signature in there
    ]
    ReviewItem.objects.bulk_create(new, batch_size=_AT_ONCE)
    ReviewItem.objects.bulk_create(
        known,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["dataset", "signature"],
        update_fields=["a", "b", "golden_id", "score", "facts", "last_number"],
    )
    back = [signature for signature in by_signature if there.get(signature) == "gone"]
    for start in range(0, len(back), _AT_ONCE):
        rows.filter(signature__in=back[start : start + _AT_ONCE]).update(state="open")
    rows.filter(~Q(last_number=number), state="open").update(state="gone")
    return len(new)


def _item(dataset: Dataset, found: Found, number: int) -> ReviewItem:
    return ReviewItem(
        dataset=dataset,
        kind=found.kind,
        signature=found.signature,
        a=found.a,
        b=found.b,
        golden_id=found.golden_id,
        score=found.score,
        facts=dict(found.facts),
        first_number=number,
        last_number=number,
    )


def reviews(dataset: Dataset, *, state: str = "open", kind: str = "") -> QuerySet[ReviewItem]:
    """What is to be looked at, latest first; a state of `all` gives every state.

    Raises:
        TresseError: `wrong_value`.
    """
    for name, value, known in (("state", state, (*STATES, "all")), ("kind", kind, KINDS)):
        if value and value not in known:
            wanted = gettext("one of {known}").format(known=", ".join(known))
            raise WRONG_VALUE(name=name, wanted=wanted, value=f'"{value}"')
    rows = ReviewItem.objects.filter(dataset=dataset).select_related("decision__author", "dataset")
    if state != "all":
        rows = rows.filter(state=state)
    if kind:
        rows = rows.filter(kind=kind)
    return rows.order_by("-id")


def open_counts(dataset: Dataset) -> dict[str, int]:
    """How many of each kind are open, every kind named."""
    found = ReviewItem.objects.filter(dataset=dataset, state="open").order_by().values("kind")
    counts = {each["kind"]: each["n"] for each in found.annotate(n=Count("pk"))}
    return {kind: counts.get(kind, 0) for kind in KINDS}


def review_numbered(dataset: Dataset, number: int) -> ReviewItem:
    """One item.

    Raises:
        TresseError: `unknown_name`.
    """
    found = None
    if 0 < number < 2**63:
        found = reviews(dataset, state="all").filter(pk=number).first()
    if found is None:
        raise _unknown(dataset, number)
    return found


def several(dataset: Dataset, numbers: Iterable[int]) -> list[ReviewItem]:
    """Items by their numbers, each once.

    Raises:
        TresseError: `unknown_name`.
    """
    wanted = sorted(set(numbers))
    found: dict[int, ReviewItem] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        some = [number for number in wanted[start : start + _AT_ONCE] if 0 < number < 2**63]
        found |= {item.pk: item for item in reviews(dataset, state="all").filter(pk__in=some)}
    for number in wanted:
        if number not in found:
            raise _unknown(dataset, number)
    return list(found.values())


def _unknown(dataset: Dataset, number: int) -> TresseError:
    sort = gettext("review of {name}").format(name=dataset.name)
    return UNKNOWN_NAME(sort=sort, name=number)
