"""Files that were refused as a whole, and wait to be read after all (S83, S88, S91)."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet

from tresse.sources.models import SourceFile, SourceRun

GONE = "gone"
"What became of a refused file that is no longer among those of its source."


def open_refused(source: Any) -> QuerySet[SourceFile]:
    """Refusals whose path was neither read nor refused again since, and is still there.

    Args:
        source: The key of a source, or an `OuterRef` to it.
    """
    later = SourceFile.objects.filter(
        source_id=OuterRef("source_id"), path=OuterRef("path"), pk__gt=OuterRef("pk")
    ).exclude(state="taken")
    found = SourceFile.objects.filter(source_id=source, state="refused").exclude(afterwards=GONE)
    return found.filter(~Exists(later))


def refused_paths(source_id: int) -> list[str]:
    """Paths of the files that are refused, latest first."""
    return list(open_refused(source_id).order_by("-pk").values_list("path", flat=True))


@dataclass(frozen=True, slots=True)
class Again:
    """Paths that a run tries again; `archives`: of those, archives with a refused member."""

    paths: frozenset[str] = frozenset()
    archives: frozenset[str] = frozenset()


def tried_again(run: SourceRun) -> Again:
    """What a run tries again: what another definition refused, or all of it if a person asks."""
    shown = open_refused(run.source_id).annotate(by=F("run__definition")).only("path", "sha256")
    is_asked = bool(run.arguments.get("refused"))
    found = [each for each in shown if is_asked or each.by != run.definition]
    members = [each.path for each in found if not each.sha256]
    archives = frozenset(above for path in members for above in _above(path))
    return Again(frozenset(each.path for each in found) | archives, archives)


def known_of(run: SourceRun, again: Again) -> list[SourceFile]:
    """Files that a run need not bring here again, if path, size and time are the same (S83).

    A refused one is known while it would be refused again; one that was gone and is back is not.
    """
    known = SourceFile.objects.filter(source_id=run.source_id).exclude(state="taken")
    known = known.exclude(state="refused", afterwards=GONE)
    return [
        each for each in known.only("path", "size", "modified_at") if each.path not in again.paths
    ]


def note_gone(run: SourceRun, there: Collection[str]) -> None:
    """Note of refused files that they are no longer among those of the source.

    Args:
        run: That listed them.
        there: Paths of all files that match.
    """
    kept = set(there)
    refused = SourceFile.objects.filter(source_id=run.source_id, state="refused")
    left = refused.exclude(afterwards=GONE).values_list("pk", "path")
    gone = [pk for pk, path in left if not _is_in(kept, path)]
    if gone:
        SourceFile.objects.filter(pk__in=gone).update(afterwards=GONE)


def _is_in(kept: Collection[str], path: str) -> bool:
    """Whether a file is there, or the archive that it is a member of."""
    return path in kept or any(above in kept for above in _above(path))


def _above(path: str) -> Iterator[str]:
    """What a path may be within, from the inside out."""
    while path := path.rpartition("/")[0]:
        yield path
