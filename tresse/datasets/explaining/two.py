"""Two records: the path that makes them one, or what keeps them apart (D62)."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext

from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.deciding import ties_around
from tresse.datasets.explaining.cluster import Attachment, Cluster, cluster_of
from tresse.datasets.explaining.explain import refused_in, salt_of
from tresse.datasets.explaining.finding import golden_id, record_id
from tresse.datasets.explaining.guarded import kept_back, values_in
from tresse.datasets.explaining.saying import NOTHING_SHARED
from tresse.datasets.explaining.ties import Edge, path_between
from tresse.datasets.matching.rules import key_sets
from tresse.datasets.models import DatasetVersion, Decision
from tresse.engine.base import Engine
from tresse.kernel.marks import N_
from tresse.web.templatetags.numbers import day

DECIDED = N_("{left} and {right} were decided to be different by {author} on {day}: {reason}")


@dataclass(frozen=True, slots=True)
class Apart:
    """One reason why two golden records are not one."""

    guard: str
    "DG1 DG2 DG2b DG3 DG6 DG7 DG8 DG9 DG11 DG13; empty: no value in common."
    words: str
    columns: tuple[str, ...] = ()
    value: str = ""
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class Two:
    """What two keys have to do with each other."""

    version: DatasetVersion
    left: Cluster
    right: Cluster
    "The same golden record, if they are one."
    path: tuple[Edge, ...]
    "From the record of one to that of the other; empty if they are apart, or the same record."
    reasons: tuple[Apart, ...]
    "Why they are apart, the strongest first; never empty if they are."

    @property
    def is_one(self) -> bool:
        """Whether they are of one golden record."""
        return self.left.id == self.right.id


def explain_two(engine: Engine, version: DatasetVersion, left: str, right: str) -> Two:
    """Say why two records, or golden records, are one, or why they are not.

    Args:
        engine: Reads the version.
        version: With its dataset.
        left: A key as `explain` takes it; a path begins at that record if it names one, else at
            the founding record.
        right: Likewise.

    Raises:
        TresseError: `unknown_record`, `several_records`.
    """
    tables, salt = tables_of(engine, version), salt_of(version)
    name = version.dataset.name
    ids = [golden_id(tables, key, salt=salt, dataset=name) for key in (left, right)]
    one = cluster_of(tables, ids[0], salt=salt)
    other = one if ids[1] == ids[0] else cluster_of(tables, ids[1], salt=salt)
    if one is other:
        ends = [_end(tables, one, key, salt) for key in (left, right)]
        ties = ties_around(version.dataset, [each.name for each in one.members])
        links = {each.pk: each for by in ties.links.values() for each in by.values()}
        devices = {each.strength for each in key_sets(tables.plan) if each.is_device}
        path = path_between(one, *ends, links=links.values(), devices=devices)
        return Two(version, one, other, tuple(path), ())
    return Two(version, one, other, (), tuple(_reasons(tables, version, one, other)))


def _end(tables: Tables, cluster: Cluster, key: str, salt: int) -> int:
    found = record_id(tables, key.strip(), salt=salt)
    return found[0] if found else cluster.members[0].rid


def _reasons(
    tables: Tables, version: DatasetVersion, left: Cluster, right: Cluster
) -> Iterator[Apart]:
    found = [
        *_decided(version, left, right),
        *_refused(tables, left, right),
        *_guarded(tables, left, right),
    ]
    yield from found
    if not found:
        yield Apart("", gettext(NOTHING_SHARED))


def _decided(version: DatasetVersion, left: Cluster, right: Cluster) -> Iterator[Apart]:
    names = [{each.name for each in cluster.members} for cluster in (left, right)]
    ties = ties_around(version.dataset, names[0] | names[1])
    against = ties.between(*names)
    if against is not None:
        author = against.author.name or against.author.email if against.author else ""
        words = gettext(DECIDED).format(
            left=against.a,
            right=against.b,
            author=author or gettext("somebody who is gone"),
            day=day(against.created_at),
            reason=against.reason or "–",
        )
        yield Apart("DG8", words, decision=against)


def _refused(tables: Tables, left: Cluster, right: Cluster) -> Iterator[Apart]:
    """Attachments of one that were refused and that the other has, or that name the other."""
    for own, other in ((left, right), (right, left)):
        held = {each.node for each in other.attachments if each.is_accepted}
        rids = {each.rid for each in other.members}
        meant = [
            each
            for each in own.attachments
            if not each.is_accepted and (each.node in held or _names(each, rids))
        ]
        for each in refused_in(tables, own.members, meant):
            yield Apart(each.guard, each.words, each.columns, each.value)


def _names(attachment: Attachment, rids: set[int]) -> bool:
    return any(int(rid) in rids for rid in attachment.detail.get("sides", ()))


def _guarded(tables: Tables, left: Cluster, right: Cluster) -> Iterator[Apart]:
    """Values that both have and that tie nothing, with the guard that keeps them back."""
    for each in kept_back(tables, values_in(tables, left) & values_in(tables, right)):
        yield Apart(each.guard, each.words, each.columns, each.value)
