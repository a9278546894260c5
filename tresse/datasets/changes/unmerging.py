"""Taking a golden record apart (D63): what would come of it, and the decisions that do it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.changes.decisions import MANAGE, Said, decide_all, told
from tresse.datasets.deciding import ties_around
from tresse.datasets.deciding_refusals import (
    NOT_MEMBERS,
    NOTHING_APART,
    TIED_BY_DECISION,
    TOO_MANY_PARTS,
)
from tresse.datasets.explaining.cluster import Cluster, cluster_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import golden_id
from tresse.datasets.models import Dataset, DatasetVersion, Decision
from tresse.datasets.outlook import Outlook, outlook
from tresse.datasets.queries import published
from tresse.engine.base import Engine

MOST_DECISIONS = 10_000
"Of one unmerge: each record set apart is decided against each that stays."
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Unmerging:
    """A golden record to be taken apart, checked."""

    dataset: Dataset
    version: DatasetVersion
    id: str
    apart: tuple[str, ...]
    "Records to set apart, `source/key`."
    kept: tuple[str, ...]
    "All others."

    @property
    def said(self) -> list[Said]:
        """The must-not-links: each record set apart against each that stays."""
        return [Said(Decision.APART, one, other) for one in self.apart for other in self.kept]


def unmerging(
    engine: Engine, dataset: Dataset, key: str, records: Sequence[str], *, actor: Actor
) -> Unmerging:
    """Check what somebody wants to take apart; nothing is written.

    Args:
        engine: Reads the published version.
        dataset: Whose golden record.
        key: A key of it, as `explain` takes it.
        records: `source/key` of the records to set apart, not all of them.
        actor: Needs `datasets.manage`.

    Raises:
        TresseError: `not_permitted`, `not_built`, `unknown_record`, `several_records`,
            `wrong_value`, `too_many_decisions`, `decision_conflict` (a must-link ties one of them
            to one that stays).
    """
    require_right(actor, MANAGE)
    version = published(dataset)
    tables, salt = tables_of(engine, version), salt_of(version)
    id_ = golden_id(tables, key, salt=salt, dataset=dataset.name)
    cluster = cluster_of(tables, id_, salt=salt)
    apart, kept = _parted(cluster, key, records)
    number = len(apart) * len(kept)
    if number > MOST_DECISIONS:
        raise TOO_MANY_PARTS(
            apart=len(apart), members=len(cluster.members), number=number, most=MOST_DECISIONS
        )
    _check_ties(dataset, apart, kept)
    return Unmerging(dataset, version, id_, apart, kept)


def _parted(
    cluster: Cluster, key: str, records: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    members = [each.name for each in cluster.members]
    apart = tuple(dict.fromkeys(each.strip() for each in records))
    shown = [*members[:SHOWN], *(["…"] if len(members) > SHOWN else [])]
    unknown = [each for each in apart if each not in members]
    if unknown:
        raise NOT_MEMBERS(records=unknown, name=key, members=shown)
    kept = tuple(each for each in members if each not in apart)
    if not apart or not kept:
        raise NOTHING_APART(name=key, members=shown)
    return apart, kept


def _check_ties(dataset: Dataset, apart: Sequence[str], kept: Sequence[str]) -> None:
    """Refuse to part what a decision ties, by the decision that does it."""
    ties, stays = ties_around(dataset, apart), set(kept)
    for one in apart:
        for other in sorted(ties.with_one(one) & stays):
            for each in ties.path(one, other):
                if (each.a in stays) != (each.b in stays):
                    raise TIED_BY_DECISION(**told(each))


def preview(engine: Engine, wanted: Unmerging) -> Outlook:
    """What would come of it: parts with their ids and golden records; nothing is written."""
    pairs = [(each.a, each.b) for each in wanted.said]
    records = (*wanted.apart, *wanted.kept)
    return outlook(engine, wanted.version, records, aparts=pairs)


def unmerge(wanted: Unmerging, *, actor: Actor, reason: str = "") -> list[Decision]:
    """Write the must-not-links, and have the component built anew.

    Sources are not touched: withdrawing one of the decisions withdraws all of them, and brings
    rows and ids back as they were.

    Raises:
        TresseError: As `decide_all`.
    """
    return decide_all(
        wanted.dataset,
        wanted.said,
        actor=actor,
        reason=reason.strip() or gettext("Taken apart."),
        group=uuid4(),
    )
