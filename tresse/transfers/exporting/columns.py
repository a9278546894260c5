"""The columns of an export: properties, then associations with link labels (T81, T82)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_
from tresse.objects.database import rows as read
from tresse.objects.database import vendor
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, Side
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.readings import people, reading_for
from tresse.objects.sight import readable_properties
from tresse.records.links import side_key
from tresse.records.tables import LINK
from tresse.transfers.exporting.asked import Asked
from tresse.transfers.exporting.texts import Cells, as_text, texts_of, typed_of
from tresse.transfers.mapping import vocabulary
from tresse.transfers.mapping.answers import AssociationColumn
from tresse.transfers.mapping.near import compared

ID = "ID"
FIRST = ("id", "external_id")
"Always written, in front (T81)."


@dataclass(frozen=True)
class Column:
    """A property column: its header, what is selected, and how that becomes cells."""

    prop: PropertyDef
    header: str
    value: sa.ColumnElement[Any]
    cells: Cells


@dataclass(frozen=True)
class LinkColumn:
    """An association column seen from the exported object; `key` names it."""

    header: str
    side: Side
    other: ObjectDef

    @property
    def key(self) -> str:
        """The association type, with its end."""
        return side_key(self.side)


class Headers:
    """Headers that an import of the file takes for what they are."""

    def __init__(self, model: DataModel, object: ObjectDef, actor: Actor) -> None:
        self._model, self._object = model, object
        self._known = vocabulary.vocabulary_of(object, model, actor)

    def of_property(self, prop: PropertyDef, *, by_name: bool) -> str:
        """Its label, or its name where the label means something else as well."""
        if by_name:
            return prop.name
        form = compared(prop.label)
        known = self._known
        is_other = form in known.ids or form in known.relations
        meaning = known.properties.get(form)
        meant = getattr(meaning.answer, "property", None) if meaning else None
        return prop.name if is_other or meant != prop.name else prop.label

    def of_side(self, side: Side) -> str:
        """Its full name, or one made of names where the full name means another relation."""
        full = self._model.full_name(side)
        meaning = self._known.relations.get(compared(full))
        meant = meaning.answer if meaning else None
        wanted = vocabulary.column_of(side, self._model)
        if isinstance(meant, AssociationColumn) and (meant.side, meant.label) == (
            wanted.side,
            wanted.label,
        ):
            return full
        return f"{self._object.name} > {side.association.name}"


def property_columns(
    model: DataModel,
    object: ObjectDef,
    names: Sequence[str] | None,
    asked: Asked,
    actor: Actor,
) -> list[Column]:
    """Id and external id first, then the properties of these names, or all (T81).

    Raises:
        TresseError: `unknown_reference`; one is not there, or out of the person's sight.
    """
    known = {prop.name: prop for prop in readable_properties(object, actor)}
    wanted = known if names is None else names
    chosen = dict.fromkeys([*(name for name in FIRST if name in known), *wanted])
    headers = Headers(model, object, actor)
    users, of_account = people(), account()
    form = ColumnForm(date_order="ymd", decimal_sign=asked.decimal, zone="UTC")
    columns = []
    for name in chosen:
        if name not in known:
            near = nearest(name, known)
            raise UNKNOWN_REFERENCE(sort=N_("column"), name=name, nearest=near)
        prop = known[name]
        value = object.table.c.id if name == "id" else value_of(prop, object, object.table, model)
        reading = reading_for(prop, object, actor=actor, form=form, account=of_account, users=users)
        if asked.is_lines:
            value = as_text(prop, value)
            cells = texts_of(prop, value, reading, guard=asked.guard, vendor=vendor())
        else:
            cells = typed_of(prop, value, reading, vendor=vendor())
        header = ID if name == "id" else headers.of_property(prop, by_name=asked.form == "names")
        columns.append(Column(prop, header, value, cells))
    return columns


def zone_of_account() -> ZoneInfo:
    """The zone in which an import reads instants of sheets."""
    return ZoneInfo(account().zone)


def offered_links(
    model: DataModel, object: ObjectDef, actor: Actor, *, brevo: bool = False
) -> list[LinkColumn]:
    """All association columns that the person could have, link labels too (T82)."""
    headers = Headers(model, object, actor)
    columns = []
    for side in model.sides(object.name, labels=not brevo):
        other = model.object(side.other)
        if other.is_archived or actor.scope(other.name, "view") == "none":
            continue
        if brevo and not side.association.is_default:
            continue
        header = f"Associated {other.label}" if brevo else headers.of_side(side)
        columns.append(LinkColumn(header, side, other))
    return columns


def link_columns(
    model: DataModel, object: ObjectDef, asked: Asked, actor: Actor
) -> list[LinkColumn]:
    """The association columns asked for, or those in use.

    Raises:
        TresseError: `unknown_reference`; one of `associations` is not there.
    """
    if not asked.with_links:
        return []
    offered = offered_links(model, object, actor, brevo=asked.form == "brevo")
    if asked.associations is None:
        used = associations_in_use(each.side.association.id for each in offered)
        return [each for each in offered if each.side.association.id in used]
    found: dict[str, LinkColumn] = {}
    for name in asked.associations:
        alike = [each for each in offered if name in (each.key, each.side.association.name)]
        if not alike:
            known = [each.key for each in offered]
            near = nearest(name, known)
            raise UNKNOWN_REFERENCE(sort=N_("relation"), name=name, nearest=near, known=known)
        found |= {each.key: each for each in alike}
    return [each for each in offered if each.key in found]


def associations_in_use(ids: Iterable[int]) -> set[int]:
    """Those of the association types that link anything."""
    return set(_used(dict.fromkeys(ids)))


def _used(ids: Iterable[int]) -> Iterator[int]:
    for id in ids:
        statement = sa.select(LINK.c.from_id).where(LINK.c.association_id == id).limit(1)
        if read(statement):
            yield id
