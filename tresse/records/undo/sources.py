"""What may be named to be taken back: bulk edits here, imports by the room above."""

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_NAME
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.bulk_edits import bulk_edit_of, undoable_of
from tresse.records.models import BulkEdit
from tresse.records.undo.undoable import UNDO_SOURCES, Undoable, UndoSource


def _bulk(id: int, actor: Actor) -> Undoable | None:
    row = BulkEdit.objects.filter(pk=id).first()
    if row is None:
        return None
    object = data_model().object(row.object_name)
    return undoable_of(bulk_edit_of(object, id, actor), object)


def _change(id: int, actor: Actor) -> Undoable | None:  # noqa: ARG001  asked for rights later
    return Undoable(id, f"change:{id}")


SOURCES = (UndoSource("bulk", _bulk), UndoSource("change", _change, is_bare=False))


def undoable_named(text: str, actor: Actor) -> Undoable:
    """What an id means: `12` (an import, else a bulk edit), `bulk:12`, `change:88`.

    Raises:
        TresseError: `unknown_name`.
    """
    sort, _, number = text.rpartition(":")
    if number.isdecimal() and len(number) < 19 and (not sort or sort in UNDO_SOURCES):
        named = [UNDO_SOURCES[sort]] if sort else [e for e in UNDO_SOURCES if e.is_bare]
        for source in named:
            if found := source.find(int(number), actor):
                return found
    raise UNKNOWN_NAME(sort=N_("import or bulk change"), name=text, nearest=None)
