"""What the columns of a file mean to the engine: values, keys and relations, worked out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from tresse.engine.types import Instant, Text
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import AssociationDef, DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.reading import Reading
from tresse.objects.labels import shown_label
from tresse.objects.tables import ID
from tresse.transfers.mapping import (
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    PropertyColumn,
    ReadOnlyColumn,
)
from tresse.transfers.mapping.new_properties import new_column
from tresse.transfers.refusals import PROPERTY_MAPPED_TWICE
from tresse.transfers.settings import Settings

OWN_ID = "own_id"
FAULT = "fault"
NAME_TEXT = "name_text"
STAGE_TEXT = "stage_text"
"One of these a contact needs (C44)."


@dataclass(frozen=True)
class ValueColumn:
    """A column of the file with values of a property.

    `target`, `normal`: columns of the stage; those of a key that is not written begin with `k_`.
    `is_written`: False for a column that only finds the record.
    """

    position: int
    header: str
    prop: PropertyDef
    reading: Reading
    is_written: bool = True
    prefix: str = ""
    "Of the stage columns; those of linked records begin with `l`, the relation's number and `_`."
    is_new: bool = False
    "A property that the import makes (T23): it may not exist while the stage is filled."

    @property
    def place(self) -> tuple[str, int]:
        """Header and number, as findings name it."""
        return self.header, self.position + 1

    @property
    def target(self) -> str:
        """Column of the stage that holds the value."""
        return f"{'' if self.is_written else 'k_'}{self.prefix}{self._column}"

    @property
    def normal(self) -> str:
        """Column of the stage that is compared."""
        if self.is_new:
            return self.target
        return f"{'' if self.is_written else 'k_'}{self.prefix}{self.prop.normal_column}"

    @property
    def erased(self) -> str:
        """Column of the stage that says where a cell empties the value."""
        return f"x_{self._column}"

    @property
    def _column(self) -> str:
        return new_column(self.position) if self.is_new else self.prop.column

    def described(self) -> list[sa.Column[Any]]:
        """Columns of the stage for it."""
        columns: list[sa.Column[Any]] = [sa.Column(self.target, self.prop.kind.column)]
        if self.prop.has_normal:
            columns.append(sa.Column(self.normal, Text))
        return columns


@dataclass(frozen=True)
class Key:
    """A value, or several joined, that finds a record.

    `columns`: pairs of stage column and record column. `decides`: False for a unique property that
    is no key of this import; it only tells of values already taken.
    """

    number: int
    label: str
    columns: tuple[tuple[str, str], ...]
    positions: tuple[tuple[str, int], ...]
    is_unique: bool
    decides: bool = True


@dataclass(frozen=True)
class Relation:
    """A column of the file with keys of records to link.

    `number`: of the relation within the file. `label`: the link label the column is called after.
    `labels_position`: the column that holds link labels for its links. `linked`: columns with
    properties of the linked record (T26).
    """

    number: int
    position: int
    header: str
    side: Side
    other: ObjectDef
    is_associated: bool
    label: AssociationDef | None
    key: str | None
    many: bool
    missing: str
    existing: str
    labels_position: int | None = None
    name_position: int | None = None
    linked: tuple[ValueColumn, ...] = ()

    @property
    def name_text(self) -> str:
        """Column of the stage that holds the name beside its key (T25)."""
        return f"l{self.number}_name_text"

    @property
    def place(self) -> tuple[str, int]:
        """Header and number, as findings name it."""
        return self.header, self.position + 1


@dataclass(frozen=True)
class Layout:
    """The whole file, as the engine sees it."""

    model: DataModel
    object: ObjectDef
    settings: Settings
    answers: tuple[ColumnAnswer, ...]
    values: tuple[ValueColumn, ...]
    keys: tuple[Key, ...]
    relations: tuple[Relation, ...]
    id_position: int | None
    name_position: int | None
    created_at: ValueColumn | None

    @property
    def written(self) -> tuple[ValueColumn, ...]:
        """Columns whose values are written to records."""
        if self.settings.links == "dissociate":
            return ()
        return tuple(each for each in self.values if each.is_written)

    @property
    def is_only_links(self) -> bool:
        """Whether the file makes or takes links alone: no record is made, no value changed."""
        if not self.relations or self.settings.links == "ignore":
            return False
        if self.settings.links == "dissociate":
            return True
        makes = self.settings.mode != "update" or any(
            e.missing != "finding" for e in self.relations
        )
        return not makes and not self.written and self.created_at is None

    @property
    def stage_columns(self) -> list[sa.Column[Any]]:
        """Columns of the stage table of rows."""
        columns: list[sa.Column[Any]] = [
            sa.Column("line", ID, primary_key=True, autoincrement=False),
            sa.Column(FAULT, sa.SmallInteger()),
        ]
        if self.id_position is not None:
            columns.append(sa.Column(OWN_ID, sa.BigInteger()))
        if self.name_position is not None:
            columns.append(sa.Column(NAME_TEXT, Text))
        if self.created_at is not None:
            columns.append(sa.Column("created_at", Instant()))
        for each in self.values:
            columns.extend(each.described())
            if self.settings.erase_empty and each.is_written:
                columns.append(sa.Column(each.erased, sa.Boolean()))
        for relation in self.relations:
            if relation.name_position is not None:
                columns.append(sa.Column(relation.name_text, Text))
            for each in relation.linked:
                columns.extend(each.described())
        if any(each.prop.kind.name == "stage" for each in self.values):
            columns.append(sa.Column(STAGE_TEXT, Text))
        return columns

    @property
    def has_key(self) -> bool:
        """Whether any column tells which record a row means."""
        return self.id_position is not None or any(key.decides for key in self.keys)


def layout_of(
    answers: Sequence[ColumnAnswer],
    *,
    model: DataModel,
    object: ObjectDef,
    settings: Settings,
    match: Sequence[str],
    readings: Mapping[int, Reading],
) -> Layout:
    """Work out the layout of decided columns.

    Args:
        answers: One per column; none of them asks any more.
        model: The data model.
        object: What the rows are.
        settings: Of the import.
        match: Keys in order as the person gave them (`email`, `first_name+last_name`); empty: T27.
        readings: Position of a column with values to how its cells are read.

    Raises:
        TresseError: `property_mapped_twice`, `unknown_reference` (a key that is no column).
    """
    values = tuple(_values(answers, object, readings))
    ids = [each.position for each in answers if isinstance(each.answer, IdColumn)]
    names = {
        each.answer.column: each.position for each in answers if isinstance(each.answer, NameColumn)
    }
    created = [
        ValueColumn(
            each.position, each.header, object.property("created_at"), readings[each.position]
        )
        for each in answers
        if isinstance(each.answer, ReadOnlyColumn)
        and each.answer.property == "created_at"
        and each.position in readings
    ]
    id_position = ids[0] if ids else None
    if match and "id" not in match:
        id_position = None
    relations = tuple(_relations(answers, model, settings, names, readings=readings))
    keys = _keys(values, list(match))
    if settings.mode == "update" and id_position is None and (relations or settings.to_list):
        finding = [key for key in keys if key.decides]
        places = {place for key in finding for place in key.positions}
        if len(finding) == 1 and places == {each.place for each in values}:
            # Who is to be linked or put on a list is only found by the key, however it is spelt.
            values = tuple(replace(each, is_written=False) for each in values)
            keys = _keys(values, list(match))
    return Layout(
        model=model,
        object=object,
        settings=settings,
        answers=tuple(answers),
        values=values,
        keys=keys,
        relations=relations,
        id_position=id_position,
        name_position=names.get(ids[0]) if ids else None,
        created_at=created[0] if created else None,
    )


def _values(
    answers: Sequence[ColumnAnswer], object: ObjectDef, readings: Mapping[int, Reading]
) -> list[ValueColumn]:
    found: list[ValueColumn] = []
    for each in answers:
        if not isinstance(each.answer, PropertyColumn | KeyColumn):
            continue
        column = ValueColumn(
            each.position,
            each.header,
            object.property(each.answer.property),
            readings[each.position],
            is_written=isinstance(each.answer, PropertyColumn),
            is_new=isinstance(each.answer, PropertyColumn) and each.answer.is_new,
        )
        for other in found:
            if other.prop.name == column.prop.name and other.is_written == column.is_written:
                raise PROPERTY_MAPPED_TWICE(
                    column=other.header, other=column.header, property=shown_label(column.prop)
                )
        found.append(column)
    return found


def _keys(values: Sequence[ValueColumn], match: list[str]) -> tuple[Key, ...]:
    """Keys in the order of T27, or as given; then unique properties that decide nothing."""
    by_name = {each.prop.name: each for each in values}
    keys: list[tuple[tuple[ValueColumn, ...], bool]] = []
    if match:
        for name in match:
            if name == "id":
                continue
            parts = name.split("+")
            for part in parts:
                if part not in by_name:
                    near = nearest(part, by_name)
                    raise UNKNOWN_REFERENCE(sort=N_("column for the key"), name=part, nearest=near)
            keys.append((tuple(by_name[part] for part in parts), True))
    else:
        ranked = sorted(
            (each for each in values if each.prop.is_unique or each.prop.is_match_key),
            key=lambda each: (
                each.prop.name != "external_id",
                not each.prop.is_unique,
                each.prop.position,
            ),
        )
        keys = [((each,), True) for each in ranked]
    # A column that only finds may stand beside one that writes the same property.
    named = {columns[0].target for columns, _ in keys if len(columns) == 1}
    keys += [
        ((each,), False)
        for each in values
        if each.prop.is_unique and each.is_written and each.target not in named
    ]
    return tuple(
        Key(
            number,
            " + ".join(shown_label(each.prop) for each in columns),
            tuple((each.normal, each.prop.normal_column) for each in columns),
            tuple(each.place for each in columns),
            len(columns) == 1 and columns[0].prop.is_unique,
            decides,
        )
        for number, (columns, decides) in enumerate(keys)
    )


def _relations(
    answers: Sequence[ColumnAnswer],
    model: DataModel,
    settings: Settings,
    names: Mapping[int, int],
    *,
    readings: Mapping[int, Reading],
) -> list[Relation]:
    found: list[Relation] = []
    for each in answers:
        answer = each.answer
        if not isinstance(answer, AssociationColumn):
            continue
        other = model.object(answer.side.other)
        labels = [
            more.position
            for more in answers
            if isinstance(more.answer, LabelsColumn) and more.answer.column == each.position
        ]
        linked = [
            ValueColumn(
                more.position,
                more.header,
                other.property(more.answer.property),
                readings[more.position],
                prefix=f"l{len(found)}_",
            )
            for more in answers
            if isinstance(more.answer, LinkedColumn) and more.answer.column == each.position
        ]
        found.append(
            Relation(
                number=len(found),
                position=each.position,
                header=each.header,
                side=answer.side,
                other=other,
                is_associated=answer.form == "associated",
                label=model.association(answer.label) if answer.label else None,
                key=answer.key,
                many=answer.many and not linked,
                missing=answer.missing or settings.missing,
                existing=answer.existing or settings.existing,
                labels_position=labels[0] if labels else None,
                name_position=names.get(each.position),
                linked=tuple(linked),
            )
        )
    return found


def ignored(answers: Sequence[ColumnAnswer]) -> list[ColumnAnswer]:
    """Columns that are not imported and are told of."""
    return [
        each
        for each in answers
        if isinstance(each.answer, IgnoredColumn) and not each.answer.is_silent
    ]
