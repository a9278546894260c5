"""Rows that another room hands over in place of a file: planned and written by the same engine.

Nobody answers columns here and nothing is guessed: properties are named, texts are canonical (dates
ISO, decimal point, times with a zone), and a row that cannot be taken whole is refused.
"""

import contextlib
import shutil
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from tresse.accounts import queries as accounts
from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.readings import people, reading_for
from tresse.records.writing import take_ids
from tresse.transfers.counters import Counters
from tresse.transfers.files import Chunk
from tresse.transfers.filling import new_options, wanted_of
from tresse.transfers.findings import Finding
from tresse.transfers.layout import Layout, layout_of
from tresse.transfers.mapping import (
    Answer,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    KeyColumn,
    PropertyColumn,
)
from tresse.transfers.options import NewOptions
from tresse.transfers.plan.make import Laid, Planning, lay
from tresse.transfers.refusals import CELL, LINK, ROW
from tresse.transfers.run.chunks import Beside, Running, run_plan
from tresse.transfers.run.drift import watermark
from tresse.transfers.settings import Settings
from tresse.transfers.stage import Stage
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told
from tresse.transfers.typed import NO_KEY, Typed, Typing

FORM = ColumnForm(date_order="ymd", decimal_sign=".", zone="UTC")


@dataclass(frozen=True)
class Form:
    """What the cells of a row are, in this order: the id of its record, `written`, `keys`, `links`.

    `written`: properties whose values are written.
    `keys`: properties that find the record of a row without an id, in order. `links`: sides whose
    cells hold the id of a record to link.
    """

    object: ObjectDef
    model: DataModel
    written: tuple[str, ...]
    keys: tuple[str, ...] = ()
    links: tuple[Side, ...] = ()
    erases: bool = True
    "Whether an empty cell that is not `absent` empties; else no cell does."

    @property
    def width(self) -> int:
        """Number of cells of a row."""
        return 1 + len(self.written) + len(self.keys) + len(self.links)

    def layout(self, actor: Actor) -> Layout:
        """As the engine of imports sees the rows."""
        answers: list[Answer] = [IdColumn()]
        answers += [PropertyColumn(name) for name in self.written]
        answers += [KeyColumn(name) for name in self.keys]
        answers += [
            AssociationColumn(
                side,
                key="id",
                many=False,
                missing="finding",
                # Where a record can have one alone, the new one takes the place of the old.
                existing="replace" if side.most == 1 else "keep",
            )
            for side in self.links
        ]
        names = ["id", *self.written, *self.keys, *(side.association.name for side in self.links)]
        account, users = accounts.account(), people()
        readings = {
            place: reading_for(
                self.object.property(name),
                self.object,
                actor=actor,
                form=FORM,
                account=account,
                users=users,
            )
            for place, name in enumerate(names)
            if 0 < place <= len(self.written) + len(self.keys)
        }
        return layout_of(
            [ColumnAnswer(at, names[at], answer) for at, answer in enumerate(answers)],
            model=self.model,
            object=self.object,
            settings=Settings(
                erase_empty=self.erases,
                bad_cell="refuse",
                links="associate",
            ),
            match=["id", *self.keys],
            readings=readings,
        )


class Handed:
    """Chunks of texts, typed as they are asked for."""

    def __init__(self, layout: Layout, chunks: Iterable[Chunk]) -> None:
        self.options: NewOptions = new_options(layout.settings)
        # Rows without a key are told apart all the same: their cells need not be compared.
        self._typing = Typing(replace(wanted_of(layout), mapped=()), self.options)
        self._chunks = chunks

    def __iter__(self) -> Iterator[Typed]:
        for chunk in self._chunks:
            found = self._typing.typed(chunk)
            if found.digests is not None:
                # Two rows that say the same are two all the same: whoever hands over tells apart.
                found.digests = [
                    None if each is None else f"line {line}"
                    for each, line in zip(found.digests, found.lines, strict=True)
                ]
                found.hashes[NO_KEY] = array("q", map(hash, found.lines))
            yield found


class Faults(Told):
    """Findings kept by line: why a row is refused. Nothing is written into an import."""

    def __init__(self) -> None:
        super().__init__(0, "run", is_silent=True)
        self.by_line: dict[int, Finding] = {}

    def add(self, finding: Finding) -> None:
        """Keep the first finding of a line that costs its row something."""
        super().add(finding)
        if finding.level in (ROW, CELL, LINK):
            self.by_line.setdefault(finding.line, finding)

    def flush(self) -> None:
        """Nothing waits."""


@dataclass
class HandedPlan:
    """Rows planned in a stage: what each means. Open until `close`."""

    form: Form
    layout: Layout
    stage: Stage
    actor: Actor
    faults: Faults
    laid: Laid
    seen: int | None
    "Last event that the plan has seen."
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def staged(self) -> Staged:
        """The stage tables."""
        return self.laid.staged

    def close(self) -> None:
        """Drop the stage."""
        self._stack.close()
        self.stage.remove()
        shutil.rmtree(self.stage.folder, ignore_errors=True)


def planned(  # what is handed over, and who is asked on the way
    form: Form,
    chunks: Callable[[Stage, Layout], Iterable[Chunk]],
    *,
    name: str,
    folder: Path,
    actor: Actor,
    seen: Callable[[int], None],
    matched: Callable[[Staged, Faults], None],
) -> HandedPlan:
    """Plan rows; the stage alone is written.

    Args:
        form: What their cells are.
        chunks: The rows, lines ascending over all chunks; may fill tables of its own in the stage.
        name: Of the stage; a stage of that name that was left behind goes.
        folder: Where it may stand.
        actor: In whose name.
        seen: Hears of rows read, and may stop the work by raising.
        matched: Is called when every row has its record; may refuse rows (`refuse`).
    """
    layout, faults = form.layout(actor), Faults()
    stage = Stage(name, folder)
    stage.remove()
    folder.mkdir(parents=True, exist_ok=True)
    stack = contextlib.ExitStack()
    mark = watermark()
    try:
        stack.enter_context(stage.attached())
        laid = lay(
            Planning(
                layout=layout,
                file=None,
                form=None,
                stage=stage,
                told=faults,
                actor=actor,
                key_readings={},
                seen=seen,
                reading=Handed(layout, chunks(stage, layout)),
                matched=lambda staged: matched(staged, faults),
            )
        )
    except BaseException:
        stack.close()
        stage.remove()
        raise
    return HandedPlan(form, layout, stage, actor, faults, laid, mark, stack)


def write(
    plan: HandedPlan,
    *,
    change_set: int,
    at: datetime,
    origin: str,
    also: Sequence[Beside],
    save: Callable[[int, Counters], None],
    pause: Callable[[], None],
) -> Counters:
    """Write a plan, chunk by chunk, each one transaction with what stands beside it.

    Args:
        plan: What `planned` answered.
        change_set: Under which everything is kept.
        at: The instant of the writing.
        origin: What new records say they come from: a source of C25.
        also: What else is written with each chunk, in its transaction.
        save: Is called last in it with the last line and the counters.
        pause: Is asked between chunks and may stop the work by raising.
    """
    new = plan.laid.new
    return run_plan(
        Running(
            layout=plan.layout,
            staged=plan.staged,
            told=plan.faults,
            actor=plan.actor,
            at=at,
            change_set=change_set,
            first_id=take_ids(new) if new else 0,
            cursor=0,
            seen=plan.seen,
            counters=Counters(),
            save=save,
            pause=pause,
            finish=lambda: None,
            origin=origin,
            also=also,
        )
    )
