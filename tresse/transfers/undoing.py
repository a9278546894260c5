"""Reads about the undo of imports: may it be, what stays, what it does not reach (T71 to T74)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.connections.models import Delivery
from tresse.engine.stored import from_text
from tresse.jobs.models import Job
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.labels import shown_label
from tresse.objects.sight import readable_properties
from tresse.records.addresses import record_address
from tresse.records.cells import Cells
from tresse.records.changes.undo import may_undo
from tresse.records.models import Undo
from tresse.records.queries import titles
from tresse.records.undo.outcomes import CODES, KIND_WORDS, WORDS, Kind
from tresse.records.undo.shown import items_of, report_of
from tresse.records.undo.undoable import Undoable
from tresse.transfers.models import Import
from tresse.transfers.refusals import WRONG_STATE

UNDOABLE = ("done", "cancelled", "failed", "undoing", "undone")
TARGET = N_("Import of {file}")
LIVE = ("checking", "queued", "running")
GROUPS = ("reversed", "kept", "failed")
HEAD = ("item", "object", "id", "property", "relation", "other_id", "now", "before", "code")
"Columns of the lists that can be downloaded."


def undoable_import(row: Import) -> Undoable:
    """An import as something to take back, with the options and properties it added.

    Raises:
        TresseError: `wrong_state`; it has written nothing, or still runs.
    """
    if row.change_set_id is None or row.state not in UNDOABLE:
        raise WRONG_STATE(state=row.state, wanted=" / ".join(UNDOABLE[:3]))
    facts = row.plan_facts
    return Undoable(
        row.change_set_id,
        gettext(TARGET).format(file=row.file_name),
        f"/imports/{row.pk}/undo/",
        options=tuple((int(id), str(name)) for id, name in facts.get("made_options", ())),
        properties=tuple(int(id) for id in facts.get("made_properties", ())),
    )


def undo_of(row: Import) -> Undo | None:
    """Its undo, if one was begun or checked."""
    return Undo.objects.filter(change_set_id=row.change_set_id or 0).first()


def is_live(undo: Undo | None) -> bool:
    """Whether its check or the undo itself is at work."""
    return undo is not None and _job(undo) is not None


def _job(undo: Undo) -> Job | None:
    if undo.state not in LIVE:
        return None
    return Job.objects.filter(pk=undo.job_id or 0, state__in=("queued", "running")).first()


def why_not(row: Import, actor: Actor) -> str:
    """Empty if the person may undo it now, else the code of the refusal."""
    if row.change_set_id is None or row.state not in UNDOABLE or is_live(undo_of(row)):
        return "wrong_state"
    return may_undo(row.change_set_id, actor)


def webhooks_told(row: Import) -> int:
    """Messages that webhooks got about what the import changed: those stay (T74)."""
    if row.change_set_id is None or row.started_at is None:
        return 0
    found = Delivery.objects.filter(
        state=Delivery.DONE,
        created_at__gte=row.started_at,
        body__contains=f'"change_set": {row.change_set_id}, ',
    )
    return found.count()


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item of an undo as its page lists it; `address` is empty where the record is not in sight.

    `before`, `after`: the value before the import and the one it wrote.
    """

    title: str
    address: str
    sort: str
    what: str
    before: str
    after: str
    why: str


def item_lines(
    undo: Undo, group: str, *, model: DataModel, actor: Actor, limit: int
) -> list[ItemLine]:
    """The first items that stay as they are (`kept` or `failed`), with links to their records."""
    found = list(islice(items_of(undo, group), limit))
    named = _titles(found, model, actor)
    cells = {each["object"]: Cells(model.object(each["object"]), actor) for each in found}
    return [_line(item, model, cells[item["object"]], named) for item in found]


def _titles(
    items: Sequence[Mapping[str, Any]], model: DataModel, actor: Actor
) -> dict[tuple[str, int], str]:
    """Titles of records in sight, of links from both ends, by object name and id."""
    wanted: dict[str, set[int]] = {}
    for item in items:
        wanted.setdefault(item["object"], set()).add(item["id"])
        if item["relation"] and item["other_id"]:
            other = model.association(item["relation"]).to_object
            wanted.setdefault(other, set()).add(item["other_id"])
    return {
        (name, id): title
        for name, ids in wanted.items()
        for id, title in titles(model.object(name), ids, actor).items()
    }


def _line(
    item: Mapping[str, Any],
    model: DataModel,
    cells: Cells,
    named: Mapping[tuple[str, int], str],
) -> ItemLine:
    object = cells.object
    title = named.get((object.name, item["id"]))
    kind, code = Kind[item["item"].upper()], item["code"]
    outcome = next((each for each, name in CODES.items() if name == code), None)
    before, after = _values(item, cells)
    return ItemLine(
        title=title or str(item["id"]),
        address=record_address(object, item["id"]) if title is not None else "",
        sort=gettext(KIND_WORDS[kind]),
        what=_what(item, model, object, named),
        before=before,
        after=after,
        why=gettext(WORDS[outcome]) if outcome is not None else "",
    )


def _what(
    item: Mapping[str, Any],
    model: DataModel,
    object: ObjectDef,
    named: Mapping[tuple[str, int], str],
) -> str:
    if item["property"]:
        return shown_label(object.property(item["property"]))
    if not item["relation"]:
        return ""
    association = model.association(item["relation"])
    other = item["other_id"]
    title = named.get((association.to_object, other), str(other))
    return f"{shown_label(Side(association, forward=True))}: {title}"


def _values(item: Mapping[str, Any], cells: Cells) -> tuple[str, str]:
    """What stood there before and what the import wrote, as people read it; not unseen ones."""
    object = cells.object
    if not item["property"] or not object.has(item["property"]):
        return "", ""
    prop = object.property(item["property"])
    if prop not in readable_properties(object, cells.actor):
        return "", ""
    before, after = (_text(cells, prop, item[name]) for name in ("before", "now"))
    return before, after


def _text(cells: Cells, prop: PropertyDef, text: str | None) -> str:
    cell = cells.cell(prop, from_text(text, prop.kind.column))
    return str(cell.shown) if isinstance(cell.shown, str) else cell.text


def list_lines(row: Import, group: str, *, actor: Actor = SYSTEM) -> Iterator[Sequence[Any]]:
    """All items that were, or would be, `reversed`, `kept` or `failed`, as in `HEAD`."""
    undo = undo_of(row)
    for item in items_of(undo, group, actor=actor) if undo else ():
        yield ["" if item[name] is None else item[name] for name in HEAD]


def facts_of(row: Import, *, actor: Actor = SYSTEM) -> dict[str, Any]:
    """The undo of an import as programs are told: the fields of `tresse undo`, and its state."""
    undo = undo_of(row)
    told = {"webhooks": webhooks_told(row)}
    if undo is None:
        return {"import_id": row.pk, "import_state": row.state, "state": None, "not_undone": told}
    return {
        "import_id": row.pk,
        "import_state": row.state,
        "state": undo.state,
        "change_set": undo.own_change_set_id,
        "reversed_number": undo.reversed,
        "kept_number": undo.kept,
        "failed_number": undo.failed,
        **report_of(undo, actor=actor),
        "not_undone": told,
    }
