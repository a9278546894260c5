"""What matching has to tell, in sentences with names of records."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows as read
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.records.refusals import (
    AMBIGUOUS_MATCH,
    ANOTHER_RECORD,
    DUPLICATE_VALUE,
    RECORD_IN_BIN,
    RECORD_NOT_FOUND,
    WRONG_OBJECT,
)
from tresse.records.title import title_of
from tresse.records.visibility import reach, visible
from tresse.transfers.decide import MOST_IDS, NEW, Note
from tresse.transfers.findings import Finding, of_error
from tresse.transfers.layout import Layout
from tresse.transfers.refusals import (
    CREATE_ONLY_IMPORT,
    DUPLICATE_ROW,
    KEYS_DISAGREE,
    NOTICE,
    POSSIBLE_DUPLICATE,
    ROW,
    UPDATE_ONLY_IMPORT,
)

PIECE = 500


class Notes:
    """Turns notes of matching into findings."""

    def __init__(self, layout: Layout, actor: Actor) -> None:
        self._layout, self._actor = layout, actor
        self._object = layout.object
        self._titles: dict[int, str] = {}
        self._elsewhere: dict[int, str] = {}
        self._leads: Mapping[int, int] = {}
        self._values: Mapping[tuple[int, int], Any] = {}

    def findings(
        self, notes: Sequence[Note], values: Mapping[tuple[int, int], Any], leads: Mapping[int, int]
    ) -> list[Finding]:
        """Findings of notes.

        Args:
            notes: What matching noted.
            values: (line, key number) → value of the key.
            leads: Number of a new record → the line that makes it.
        """
        if not notes:
            return []
        refs = {ref for note in notes for ref in note.refs if ref < NEW}
        self._titles = titles(self._object, refs, self._actor)
        missing = {note.refs[0] for note in notes if note.sort == "no_such_id"}
        self._elsewhere = objects_of(self._layout.model, missing, self._actor) if missing else {}
        self._leads, self._values = leads, values
        return [self._finding(note, values) for note in notes]

    def _finding(self, note: Note, values: Mapping[tuple[int, int], Any]) -> Finding:
        level = NOTICE if note.sort in ("possible_duplicate", "duplicate_row") else ROW
        error = self._error(note, values)
        column, value = self._place(note, values)
        one = note.refs[0] if len(note.refs) == 1 and note.refs[0] in self._titles else None
        return of_error(error, note.line, level=level, column=column, value=value)._replace(
            record_id=one
        )

    def _place(
        self, note: Note, values: Mapping[tuple[int, int], Any]
    ) -> tuple[tuple[str, int] | None, str]:
        if note.key is not None:
            value = values.get((note.line, note.key))
            return self._layout.keys[note.key].positions[0], "" if value is None else str(value)
        if note.sort in ("no_such_id", "in_bin") and self._layout.id_position is not None:
            position = self._layout.id_position
            return (self._layout.answers[position].header, position + 1), str(note.refs[0])
        return None, ""

    def _error(self, note: Note, values: Mapping[tuple[int, int], Any]) -> TresseError:
        here = shown_label(self._object).lower()
        label = self._layout.keys[note.key].label if note.key is not None else ""
        value = values.get((note.line, note.key)) if note.key is not None else None
        first = self._shown(note.refs[0]) if note.refs else ""
        match note.sort:
            case "no_such_id":
                found = self._elsewhere.get(note.refs[0])
                if found:
                    return WRONG_OBJECT(id=note.refs[0], object=found, wanted=here)
                return RECORD_NOT_FOUND(object=here, id=note.refs[0])
            case "in_bin":
                return RECORD_IN_BIN(record=first, id=note.refs[0])
            case "duplicate_value":
                return DUPLICATE_VALUE(name=label, value=value, holder=first)
            case "ambiguous":
                return AMBIGUOUS_MATCH(
                    name=label,
                    value=value,
                    number=len(note.refs),
                    objects=shown_plural(self._object).lower(),
                    ids=[self._number(ref) for ref in note.refs[:MOST_IDS]],
                )
            case "keys_disagree":
                other = self._layout.keys[note.other_key or 0].label
                return KEYS_DISAGREE(
                    key=label,
                    record=self._number(note.refs[0]),
                    other_key=other,
                    other_record=self._number(note.refs[1]),
                )
            case "held_otherwise":
                other = self._layout.keys[note.other_key or 0].label
                return KEYS_DISAGREE(
                    key=label,
                    record=self._number(note.refs[0]),
                    other_key=other,
                    other_record=gettext("no record"),
                )
            case _:
                return self._plain_error(note, label, first)

    def _plain_error(self, note: Note, label: str, first: str) -> TresseError:
        here = shown_label(self._object).lower()
        match note.sort:
            case "possible_duplicate":
                return POSSIBLE_DUPLICATE(record=first, key=label)
            case "duplicate_row":
                return DUPLICATE_ROW(line=self._leads.get(note.refs[0], 0))
            case "create_only":
                return CREATE_ONLY_IMPORT(record=first)
            case "update_only":
                labels = [key.label for key in self._layout.keys if key.decides]
                return UPDATE_ONLY_IMPORT(object=here, key=" / ".join(labels) or "id")
            case "nobody":
                return RECORD_NOT_FOUND(object=here, id=self._first_value(note.line))
            case "may_not_create":
                return _as_error(
                    refused(self._actor, "create", self._object.name, shown_plural(self._object))
                )
            case _:
                return _as_error(
                    refused(self._actor, "edit", self._object.name, shown_plural(self._object))
                )

    def _first_value(self, line: int) -> Any:
        """The first key of a row that is filled."""
        for key in self._layout.keys:
            value = self._values.get((line, key.number))
            if value is not None:
                return value
        return ""

    def _shown(self, ref: int) -> str:
        """A record as people know it, if the person may."""
        if ref > NEW:
            return gettext("line {line}").format(line=self._leads.get(ref, 0))
        if ref in self._titles:
            return f"{self._titles[ref]} ({ref})"
        return gettext(ANOTHER_RECORD).format(object=shown_label(self._object).lower())

    def _number(self, ref: int) -> str:
        return self._shown(ref) if ref > NEW or ref not in self._titles else str(ref)


def _as_error(error: Exception) -> TresseError:
    if not isinstance(error, TresseError):
        raise error
    return error


def titles(object: ObjectDef, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Titles of records by id, of those the person may see; those in the bin too."""
    table, found = object.table, {}
    wanted = sorted(ids)
    for start in range(0, len(wanted), PIECE):
        statement = sa.select(table.c.id, title_of(object, table)).where(
            table.c.id.in_(wanted[start : start + PIECE]), reach(object, actor, table)
        )
        found.update(dict(read(statement)))
    return found


def objects_of(model: DataModel, ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Label, in lower case, of the object type that each id in sight belongs to."""
    found: dict[int, str] = {}
    wanted = sorted(ids)
    for each in model.objects:
        if each.id < 0:
            continue  # a kind of activity, which has ids of its own
        table = each.table
        for start in range(0, len(wanted), PIECE):
            statement = sa.select(table.c.id).where(
                table.c.id.in_(wanted[start : start + PIECE]), visible(each, actor, table)
            )
            found.update((id, shown_label(each).lower()) for (id,) in read(statement))
    return found
