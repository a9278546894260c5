"""How a run begins: what it is to read, by which definition, and whether it may."""

from dataclasses import dataclass, replace

from django.db import transaction

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Kind, Opened
from tresse.connections.opening import opened
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.sources.definition import SourceDefinition
from tresse.sources.detection import detect, settled
from tresse.sources.extraction.layout import RESERVED
from tresse.sources.extraction.refusals import (
    ALREADY_READ,
    CONNECTION_DISABLED,
    SOURCE_DISABLED,
)
from tresse.sources.models import Source, SourceRun
from tresse.sources.saying import column_said
from tresse.sources.stored import definition_of, facts_of, resolved_of


@dataclass(slots=True)
class Begun:
    """A run that goes on: its rows of the database, its definition, its connection."""

    run: SourceRun
    source: Source
    definition: SourceDefinition
    kind: Kind
    opened: Opened

    @property
    def is_whole(self) -> bool:
        """Whether everything there is will be read: what is absent then is gone."""
        if self.definition.read.is_files:
            return self.definition.read.file_holds == "all"
        return self.run.is_full or self.definition.extract.mode == "snapshot"


LOOK_SECONDS = 600.0
"A run that has to find types out itself looks longer than a page does (S53)."
REJECTIONS = "rejections"
"Mode of a run that reads rejected rows again (S105)."


class Skipped(Exception):  # noqa: N818  not an error: there is nothing to do
    """The run has nothing to do; `reason` says why."""

    def __init__(self, reason: TresseError) -> None:
        super().__init__(reason.message)
        self.reason = reason


def begin(work: Work) -> Begun:
    """Mark the run as running, with the definition it goes by.

    Raises:
        Skipped: The source or its connection is switched off, or was read once and for all (S7,
            S82).
        TresseError: `secret_missing`, `secret_unreadable`.
    """
    with transaction.atomic():
        # Whoever asks for the same source meanwhile finds the run waiting, or going on.
        source_id = work.arguments["source_id"]
        source = Source.objects.select_for_update(of=("self",)).get(pk=source_id)
        run = SourceRun.objects.get(pk=work.arguments["run_id"])
        run.source = source
        _require_wanted(run, source)
        if run.started_at is None:
            run.started_at = now()
            run.is_first = source.version_id is None
            if run.mode != REJECTIONS:
                run.is_full = run.is_full or source.needs_full
                run.cursor_from = None if run.is_full else source.cursor
            run.definition = facts_of(source)
        run.state = "running"
        run.arguments = {**run.arguments, "base": source.version_id}
        run.save()
    definition = _with_types(source, work)
    return Begun(run, source, definition, KINDS[source.connection.kind], opened(source.connection))


def _with_types(source: Source, work: Work) -> SourceDefinition:
    """The definition with all columns and their types: detected now, if that was never done."""
    definition = resolved_of(source)
    if definition.columns and all(column.type for column in definition.columns):
        return without_reserved(definition)
    found = detect(
        source.connection, definition.read, actor=work.actor, seconds=LOOK_SECONDS, fresh=True
    )
    columns = settled(definition_of(source), found.proposals)
    source.detected_columns = [column_said(column) for column in columns]
    source.seen_columns = [dict(each) for each in found.seen]
    source.save(update_fields=["detected_columns", "seen_columns"])
    return without_reserved(resolved_of(source))


def without_reserved(definition: SourceDefinition) -> SourceDefinition:
    """The definition without columns that have the names of ours: they cannot be kept."""
    columns = definition.columns or ()
    return replace(definition, columns=tuple(c for c in columns if c.name.lower() not in RESERVED))


def _require_wanted(run: SourceRun, source: Source) -> None:
    if not source.is_enabled:
        raise Skipped(SOURCE_DISABLED(source=source.name))
    if not source.connection.is_enabled:
        name = source.connection.name
        raise Skipped(CONNECTION_DISABLED(connection=name, source=source.name))
    if (
        run.mode == "once"
        and source.version_id is not None
        and not (run.is_full or source.needs_full or run.arguments.get("refused"))
    ):
        raise Skipped(ALREADY_READ(source=source.name))
