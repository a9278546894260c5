"""Background work on identity: rules tried out over all records (D66), suggestions (D64)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from tresse.datasets.builds.trial import trial
from tresse.datasets.changes.rules import PREVIEW, keep_preview
from tresse.datasets.changes.suggestions import SUGGEST
from tresse.datasets.models import Dataset, RuleVersion
from tresse.datasets.queries import published
from tresse.datasets.suggestions.looking import keep, look
from tresse.engine.base import Stopped
from tresse.jobs.kinds import JobKind
from tresse.jobs.work import Cancelled, LeaseLost, Work
from tresse.jobs.work import Stopped as WorkStopped
from tresse.kernel.marks import N_
from tresse.sources.versions import engine, lent


def run_preview(work: Work) -> Mapping[str, Any]:
    """Work out what other rules would change; answers the counts."""
    rules = RuleVersion.objects.select_related("dataset__version", "dataset__rules").get(
        pk=work.arguments["rules_id"]
    )
    version = published(rules.dataset)
    version.dataset = rules.dataset

    def say(words: str) -> None:
        work.log(words)
        work.check_cancelled()

    with engine(cancelled=lambda: is_stopped(work)) as session:
        try:
            found = trial(session, version, rules, say=say)
        except Stopped:
            work.check_cancelled()
            raise
    is_kept = keep_preview(rules.pk, rules.content, found)
    counts = {name: found[name]["count"] for name in ("merges", "splits", "ids")}
    return {"rules": rules.number, "golden": found["golden"], "kept": is_kept, **counts}


def is_stopped(work: Work) -> bool:
    """Whether the running statement is to end."""
    try:
        work.check_cancelled()
    except (Cancelled, WorkStopped, LeaseLost):
        return True
    return False


def run_suggest(work: Work) -> Mapping[str, Any]:
    """Look for likely duplicates of a dataset; answers how many pairs there were, how many new."""
    dataset = Dataset.objects.select_related("version").get(pk=work.arguments["dataset_id"])
    version = published(dataset)
    version.dataset = dataset

    def say(words: str) -> None:
        work.log(words)
        work.check_cancelled()

    threshold = float(work.arguments["threshold"])
    stopped = partial(is_stopped, work)
    with engine(cancelled=stopped) as session:
        try:
            found = look(session, partial(lent, stopped), version, threshold=threshold, say=say)
        except Stopped:
            work.check_cancelled()
            raise
    new = keep(version, found)
    return {"pairs": found.pairs, "found": len(found.found), "new": new, "rules": found.rules}


KINDS = (
    JobKind(PREVIEW, N_("Preview of rules"), run_preview),
    JobKind(SUGGEST, N_("Look for suggestions"), run_suggest),
)
