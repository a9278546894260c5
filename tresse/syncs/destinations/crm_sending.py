"""Rows sent into the CRM: staged and planned by the engine of imports, written in chunks."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.objects.database import rows as read
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.records.tables import EVENT
from tresse.syncs.definition import link_field
from tresse.syncs.destinations.base import Counted, Held
from tresse.syncs.destinations.crm_afterwards import follow
from tresse.syncs.destinations.crm_newer import EXTERNAL_ID, Judging, refuse_empty, undone_sets
from tresse.syncs.destinations.crm_people import members_sent, read_at
from tresse.syncs.destinations.crm_removing import remove
from tresse.syncs.destinations.crm_settling import (
    SYNC,
    Settling,
    Unlinked,
    change_set_of,
    folder_of,
    outcomes_of,
    staged_columns,
    writer,
)
from tresse.syncs.destinations.crm_several import Several
from tresse.syncs.destinations.crm_taken import refuse_taken
from tresse.syncs.destinations.crm_taking import take_over
from tresse.syncs.models import CHANGED, TAKEN_OVER
from tresse.syncs.refusals import EMPTIED_BRAKE, EMPTIED_FORESEEN
from tresse.transfers.files import Chunk
from tresse.transfers.handed import Faults, Form, planned, write
from tresse.transfers.layout import Layout
from tresse.transfers.stage import Ready, Stage, pieces
from tresse.transfers.staged import Staged

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Row, Sending

LISTS, NUMBERS = ("options",), ("decimal", "money")
EXPONENT = re.compile(r"-?\d(?:\.\d+)?e[+-]\d+")
"A canonical double that is very large or small (Y21)."
JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
"Made once: each call of `json.dumps` with such settings makes an encoder."


@dataclass
class Target:
    """The object type that is written, and how rows become its cells."""

    sending: "Sending"
    model: DataModel
    object: ObjectDef
    form: Form
    gives_id: bool
    "Whether new records get the golden id as their external id (Y50)."
    undone: list[int]
    "Change sets by which runs of the sync were taken back."

    @classmethod
    def of(cls, sending: "Sending") -> "Target":
        """That of a run."""
        model = data_model()
        definition = sending.definition
        object = model.object(sending.sync.target)
        written = [each.field for each in sending.shape.mapped]
        gives_id = EXTERNAL_ID not in written and _is_free(object)
        sides = {side.association.name: side for side in model.sides(object.name)}
        form = Form(
            object,
            model,
            tuple([*written, EXTERNAL_ID] if gives_id else written),
            tuple(each.field for each in definition.match),
            tuple(sides[each.type] for each in definition.links),
            erases=bool(sending.shape.erased - {link_field(e.type) for e in definition.links}),
        )
        return cls(sending, model, object, form, gives_id, undone_sets(sending.sync.pk))

    def chunk(self, rows: Sequence["Row"], first: int) -> Chunk:
        """Rows as cells, line `first` and the following. Only what changed is in them (Y24)."""
        known, undone = self._there(rows), self._undone(rows)
        ids = [self._record(row, known, undone) for row in rows]
        # What is made anew, as its record is gone for good, gets all of its values.
        sent: list[Mapping[str, str | None]] = [
            row.changes if id or not row.before else {**row.values, **row.changes}
            for row, id in zip(rows, ids, strict=True)
        ]
        columns: list[list[str]] = [ids]
        absent: dict[int, list[int]] = {}
        for each in self.sending.shape.mapped:
            name, kind = each.field, self.object.property(each.field).kind.name
            cells = [cell.get(name) or "" for cell in sent]
            if kind in LISTS:
                cells = [_parts(cell) for cell in cells]
            elif kind in NUMBERS:
                cells = [_plain(cell) for cell in cells]
            if self.form.erases:
                absent[len(columns)] = [at for at, cell in enumerate(sent) if name not in cell]
            columns.append(cells)
        everywhere = list(range(len(rows))) if self.form.erases else []
        if self.gives_id:
            absent[len(columns)] = everywhere
            columns.append(["" if id else row.id for row, id in zip(rows, ids, strict=True)])
        for number in range(len(self.form.keys)):
            # Whose record is known is not looked for.
            columns.append(
                ["" if id else row.matches[number] or "" for row, id in zip(rows, ids, strict=True)]
            )
        for link in self.sending.definition.links:
            name = link_field(link.type)
            columns.append([cell.get(name) or "" for cell in sent])
        lines = list(range(first, first + len(rows)))
        return Chunk(columns, lines=lines, absent=absent)

    def _record(self, row: "Row", known: set[int], undone: set[int]) -> str:
        """The record that a row is known to mean: the one written before, else a member."""
        member = row.extra[0] if row.extra else None
        if row.remote and int(row.remote) in known:
            return row.remote
        return "" if member is None or member in undone else str(member)

    def _undone(self, rows: Sequence["Row"]) -> set[int]:
        """Members that the sync made itself, and that are in the bin as that was taken back.

        The dataset has read them before: they are made anew, as rows that were never sent are.
        """
        if not self.undone:
            return set()
        table, ids = self.object.table, [row.extra[0] for row in rows if row.extra and row.extra[0]]
        statement = (
            sa.select(EVENT.c.record_id)
            .join_from(EVENT, table, table.c.id == EVENT.c.record_id)
            .where(
                EVENT.c.change_set_id.in_(self.undone),
                EVENT.c.name == "record_deleted",
                table.c.deleted_at.is_not(None),
            )
        )
        return {
            id for few in pieces(ids) for (id,) in read(statement.where(EVENT.c.record_id.in_(few)))
        }

    def _there(self, rows: Sequence["Row"]) -> set[int]:
        """Records that were written before and are still there, in the bin or merged too."""
        table = self.object.table
        ids = [int(row.remote) for row in rows if row.remote.isdecimal()]
        return {
            id
            for few in pieces(ids)
            for (id,) in read(sa.select(table.c.id).where(table.c.id.in_(few)))
        }


def _is_free(object: ObjectDef) -> bool:
    if not object.has(EXTERNAL_ID):
        return False
    prop = object.property(EXTERNAL_ID)
    return bool(prop.column) and not prop.is_read_only and not prop.is_archived


def _parts(text: str) -> str:
    """A canonical list as the parts of a cell; other texts as they are."""
    if not text.startswith("["):
        return text
    return ";".join(str(each) for each in json.loads(text) if each is not None)


def _plain(text: str) -> str:
    """A canonical number without an exponent, which cells do not have."""
    return f"{Decimal(text):f}" if EXPONENT.fullmatch(text) else text


def send(sending: "Sending") -> Counted:
    """Plan everything, ask the brakes, write, remove.

    Raises:
        Held: A brake stops the run, or its removals.
    """
    counted = Counted()
    if sending.run.arguments.get("take_over"):
        counted.facts = dict.fromkeys(TAKEN_OVER, 0)
    target = Target.of(sending)
    if sending.difference.added + sending.difference.changed:
        _send_rows(target, counted)
    if not sending.run.arguments.get("take_over"):
        remove(sending, target.model, target.object, counted)
        follow(sending, target.model, target.object, counted)
    return counted


def _send_rows(target: Target, counted: Counted) -> None:
    sending = target.sending
    chosen = _with_members(sending, target.object)
    judging = Judging(
        target.object,
        target.form,
        read_at=read_at(sending.version, target.object),
        sync_id=sending.sync.pk,
        gives_id=target.gives_id,
    )
    rows = Rows(target, chosen)

    def judge(staged: Staged, faults: Faults) -> None:
        refuse_empty(target.form, rows.loaded, staged, faults)
        refuse_taken(sending, target.form, rows.loaded, staged, faults)
        judging.judge(staged, faults)

    plan = planned(
        target.form,
        rows.chunks,
        name=f"sync_{sending.run.pk}",
        folder=folder_of(sending.run.pk),
        actor=writer(),
        seen=lambda _: sending.pause(),
        matched=judge,
    )
    try:
        if sending.run.arguments.get("take_over"):
            fields = [each.field for each in sending.shape.mapped]
            taken = take_over(sending, plan, rows.loaded, fields)
            differing = sending.difference.added + sending.difference.changed
            counted.facts |= {"taken_over": taken, "not_found": differing - taken}
            return
        _fit_state(sending, judging, rows.loaded)
        if brake := sending.emptied_too_many():
            _hold(sending, brake, counted)
        outcomes_of(plan)
        settling = Settling(plan, rows.loaded, sending, counted, rows.unlinked)
        if sending.is_preview:
            settling.foretell()
            return
        if not settling.writes:
            settling.refuse()
            return
        write(
            plan,
            change_set=change_set_of(sending),
            at=sending.at,
            origin=SYNC,
            also=(settling,),
            save=settling.save,
            pause=sending.pause,
        )
    finally:
        plan.close()


def _with_members(sending: "Sending", object: ObjectDef) -> sa.TableClause:
    """The step `todo` with the oldest record of the CRM among the members of each row."""
    todo = sending.difference.todo
    members = members_sent(sending, object)
    oldest = sa.select(members.c.id, members.c.record).where(members.c.place == 1).subquery()
    known = sa.case(
        (sa.func.coalesce(todo.c.remote, "") != "", 1), (oldest.c.record > 0, 2), else_=3
    )
    statement = sa.select(
        *todo.c, oldest.c.record.label("member"), sa.cast(known, sa.BigInteger()).label("rank")
    ).select_from(todo.outerjoin(oldest, oldest.c.id == todo.c.id))
    return sending.engine.keep("todo_crm", statement)


class Rows:
    """Reads the rows that differ into the stage; of each line, what the state is to keep."""

    def __init__(self, target: Target, chosen: sa.TableClause) -> None:
        self._target, self._chosen = target, chosen
        self.loaded: sa.Table
        "The stage table `synced`."
        self._several = Several(target.sending, target.object)
        self.unlinked: list[Unlinked] = []
        "Links that rows no longer ask for (Y50)."

    def chunks(self, stage: Stage, layout: Layout) -> Iterable[Chunk]:  # noqa: ARG002
        """The rows as cells."""
        self.loaded = stage.table("synced", *staged_columns())
        stage.create(self.loaded, keyed_later=(self.loaded,))
        yield from self._all(stage)
        stage.key(self.loaded)
        stage.settled(self.loaded)

    def _all(self, stage: Stage) -> Iterator[Chunk]:
        sending, line = self._target.sending, 1
        for batch in sending.rows(self._chosen, extra=("member",), order=("rank",)):
            if not batch:
                continue
            self._several.spare(batch)
            stage.load(self.loaded, _columns(batch, line))
            self._note_unlinked(batch, line)
            for row in batch:
                sending.example(row)
            yield self._target.chunk(batch, line)
            line += len(batch)

    def _note_unlinked(self, batch: Sequence["Row"], first: int) -> None:
        for side in self._target.form.links:
            name = link_field(side.association.name)
            for place, row in enumerate(batch):
                other = row.before.get(name, "")
                if row.sort == CHANGED and name in row.changes and other.isdecimal():
                    self.unlinked.append(Unlinked(first + place, side, int(other)))


def _columns(batch: Sequence["Row"], first: int) -> Mapping[str, list[Any]]:
    return {
        "line": list(range(first, first + len(batch))),
        "key": [row.key for row in batch],
        "old_key": [row.old_key for row in batch],
        "golden_id": [row.id for row in batch],
        "sort": [row.sort for row in batch],
        "hash": [row.hash for row in batch],
        "asked": [row.asked for row in batch],
        "values": [JSON(row.values) for row in batch],
        "before": [JSON(row.before) if row.before else None for row in batch],
        "tries": [row.tries for row in batch],
        "retried": [int(row.is_retried) for row in batch],
        "kept": [0] * len(batch),
        "left": [row.left for row in batch],
    }


def _fit_state(sending: "Sending", judging: Judging, loaded: sa.Table) -> None:
    """Fields that are left, as the CRM has a newer value, are not acknowledged (Y46)."""
    from_line = judging.left
    for lines in pieces(sorted(from_line)):
        found = Ready(
            sa.select(loaded.c.line, loaded.c["values"], loaded.c.before).where(
                loaded.c.line.in_(lines)
            )
        ).rows()
        for line, values, before in found:
            kept, known = json.loads(values), json.loads(before or "{}")
            for name in from_line[line]:
                kept.pop(name, None)
                if name in known:
                    kept[name] = known[name]
            changed = {
                "values": json.dumps(kept, ensure_ascii=False),
                "hash": sending.hash_of(kept),
                "kept": len(from_line[line]),
            }
            Ready(loaded.update().where(loaded.c.line == line).values(changed)).run()


def _hold(sending: "Sending", brake: tuple[str, int], counted: Counted) -> None:
    name, number = brake
    details = {
        "field": name,
        "number": number,
        "of": sending.difference.acknowledged,
        "share": f"{sending.definition.brakes.emptied:g}",
    }
    if sending.is_preview:
        counted.facts["brakes"] = [
            *counted.facts.get("brakes", []),
            {
                "code": EMPTIED_FORESEEN.code,
                "message": EMPTIED_FORESEEN.sentence,
                "details": details,
            },
        ]
        return
    raise Held(EMPTIED_BRAKE.code, EMPTIED_BRAKE.sentence, details, counted, is_before=True)
