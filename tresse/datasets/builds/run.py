"""Builds of datasets, as a job: work out, judge, publish together, tidy up (D80, D84).

Killed at any moment and started again it gives what an uninterrupted build gives: what a build is
made of is kept with it, a version aside that no row knows is made anew, and what follows
publication is done until it is done.
"""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.builds import afterwards, publishing
from tresse.datasets.builds.begin import Begun, address_of, begin
from tresse.datasets.builds.health import note_unhealthy
from tresse.datasets.builds.publishing import HELD, PUBLISHED, Version
from tresse.datasets.builds.tables import owner_of
from tresse.datasets.builds.taking import read_crm
from tresse.datasets.builds.working import STEPS, Outcome, Working
from tresse.datasets.computed.working import Computing, has_computed, part_of
from tresse.datasets.models import COUNTERS, DatasetBuild, DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.told_builds import answer
from tresse.engine.base import Engine
from tresse.engine.base import Stopped as EngineStopped
from tresse.jobs.runs import remember
from tresse.jobs.work import Work
from tresse.kernel.errors import TresseError
from tresse.sources.extraction.memory import Memory
from tresse.sources.extraction.rejecting import storable
from tresse.sources.versions import engine, house


def run(work: Work) -> dict[str, Any]:
    """Build datasets from where the job is; answers the counts of D130 of each."""
    with Memory() as memory:
        _run(work, memory)
    rows = list(_builds(work))
    afterwards.tidy_up(rows, work)
    states = {row.state for row in rows}
    work.finish("held" if "held" in states else "done")
    answers = [answer(row) for row in rows]
    return {**answers[0], "builds": answers}


def _builds(work: Work) -> list[DatasetBuild]:
    ids = work.arguments["build_ids"]
    found = DatasetBuild.objects.select_related("dataset__version").filter(pk__in=ids)
    return sorted(found, key=lambda each: ids.index(each.pk))


def _run(work: Work, memory: Memory) -> None:
    if isinstance(work.cursor, Mapping) and work.cursor.get("step") in (PUBLISHED, HELD):
        return
    rows = _builds(work)
    if all(row.is_confirmed and row.arguments.get("held") for row in rows):
        held = {row.pk: Version(**row.arguments["held"]) for row in rows}
        for row in rows:
            remember(row, base=row.arguments.get("base"))
        publishing.publish(held, (), work)
        return
    begun: list[Begun] = []
    try:
        if not any("inputs" in row.arguments for row in rows):
            read_crm([row.dataset for row in rows], work)
        begun = begin(work)
        _Building(begun, work, memory).go()
    except EngineStopped:
        # The engine stops when it is asked to; who asked says why.
        work.check_cancelled()
        raise
    except TresseError as error:
        for row in _builds(work):
            note(row, error)
        raise


def note(row: DatasetBuild, reason: TresseError) -> None:
    """Keep why a build is held or failed, in words that can be translated."""
    row.code, row.message = reason.code, reason.template
    row.details = storable(reason.details)
    row.save(update_fields=["code", "message", "details"])


def counts_of(version: DatasetVersion) -> dict[str, int]:
    """The counters of a version that stands, for a build that found nothing new."""
    counts = {name: getattr(version.build, name, 0) for name in COUNTERS}
    rows, source_rows = version.rows, version.source_rows
    return counts | {
        "records": rows,
        "source_rows": source_rows,
        "merged": source_rows - rows,
    }


class _Building:
    """The work of one attempt."""

    def __init__(self, begun: list[Begun], work: Work, memory: Memory) -> None:
        self.begun, self.work, self.memory = begun, work, memory
        self.outcomes: dict[str, Outcome] = {}

    def go(self) -> None:
        """Work out each dataset, judge all, publish all that is new in one transaction."""
        total = len(self.begun) * len(STEPS)
        self.work.tell(done=0, total=total)
        for each in self.begun:
            # What a killed attempt left: aside, or under a number that no row has yet.
            house().discard(Path(each.build.arguments.get("aside") or "/nonexistent"))
            house().remove(owner_of(each.dataset.pk), each.number)
        for each in self.begun:
            # An engine each: the steps of one dataset are of no use to the next.
            self._keep(each, Working.work_out)
        for each in self.begun:
            before = self.outcomes[each.dataset.name]
            if before.lacks:
                self._keep(each, partial(Working.lead, outcome=before))
        self._compute()
        self._end()

    def _keep(self, begun: Begun, do: Callable[[Working], Outcome]) -> None:
        made = {name: each.made for name, each in self.outcomes.items() if each.made}
        self._settle(begun)
        with self._engine(begun) as session:
            outcome = do(Working(session, begun, made, self._say))
        self.outcomes[begun.dataset.name] = outcome

    def _settle(self, begun: Begun) -> None:
        """Take the versions that stand of datasets in which nothing was new."""
        stand = {
            f"{PREFIX}{each.dataset.name}": each.base.number
            for each in self.begun
            if each.base is not None
            and (outcome := self.outcomes.get(each.dataset.name)) is not None
            and outcome.version is None
            and not outcome.lacks
        }
        begun.inputs |= {name: stand[name] for name in begun.inputs if name in stand}

    def _compute(self) -> None:
        """Work out the computed columns of all datasets, now that all golden records are there."""
        parts = [part_of(each, self.outcomes[each.dataset.name]) for each in self.begun]
        if not any(has_computed(each) for each in parts):
            return
        with self._engine(self.begun[0]) as session:
            found = Computing(session, parts, self._say).work_out()
        for each in self.begun:
            outcome, ended = self.outcomes[each.dataset.name], found[each.dataset.name]
            if outcome.version is None and ended.version is not None and each.base is not None:
                # The merged rows are as they were: so is what was counted of them.
                outcome.counts = counts_of(each.base)
                outcome.health = each.base.health
            if outcome.counts:
                changed = outcome.counts.get("changed_records", 0) + ended.changed
                outcome.counts = {**outcome.counts, "changed_records": changed}
            outcome.version = ended.version

    def _engine(self, begun: Begun) -> Engine:
        return engine(
            address=address_of(begun.build.engine),
            progress=None,
            cancelled=lambda: self.work.is_stopped,
        )

    def _say(self, begun: Begun, step: str) -> None:
        """Show which step begins."""
        words = gettext(STEPS[step])
        self.work.tell(done=self.begun.index(begun) * len(STEPS) + list(STEPS).index(step))
        self.work.log(f"{begun.dataset.name}: {words}" if len(self.begun) > 1 else words)
        self.work.check_cancelled()
        log = list(self.work.progress.log)
        DatasetBuild.objects.filter(pk=begun.build.pk).update(log=log)

    def _end(self) -> None:
        versions: dict[int, Version] = {}
        unchanged: list[int] = []
        reasons: dict[int, TresseError] = {}
        for each in self.begun:
            outcome = self.outcomes[each.dataset.name]
            self._measured(each, outcome)
            if outcome.version is None:
                unchanged.append(each.build.pk)
                continue
            versions[each.build.pk] = outcome.version
            why = outcome.suspicion
            if why is not None and not each.build.is_confirmed:
                reasons[each.build.pk] = why
            self._say(each, "publish")
        self.work.tell(done=len(self.begun) * len(STEPS))
        if reasons:
            publishing.hold(versions, unchanged, note_unhealthy(reasons), self.work)
        else:
            publishing.publish(versions, unchanged, self.work)

    def _measured(self, begun: Begun, outcome: Outcome) -> None:
        row, counts = begun.build, outcome.counts
        if outcome.version is None and begun.base is not None:
            counts = counts_of(begun.base)
        for name, number in counts.items():
            setattr(row, name, number)
        row.health, row.warnings = outcome.health, outcome.warnings
        row.peak_bytes = self.memory.peak
        row.log = list(self.work.progress.log)
        row.save()
