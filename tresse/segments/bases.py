"""What segments are made of: records of an object type, or golden records of a dataset.

A segment keeps the key of its base: `contact`, `dataset:people`. Object types stand here; the room
of datasets hands its sort over (`config/members.py`), as this room knows nothing of it.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import sqlalchemy as sa
from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.filters.shape import Base
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.sight import readable_properties
from tresse.records.addresses import index_address, record_address
from tresse.records.answers import Shown
from tresse.records.bulk_actions import BULK_ACTIONS
from tresse.records.cells import Cells
from tresse.records.columns import SHIPPED_COLUMNS
from tresse.records.lists import listed
from tresse.records.queries import titles
from tresse.segments.models import List, Segment
from tresse.segments.tables import SEGMENT_MEMBER

MOST_COLUMNS = 4
NOT_BUILT = "not_built"
"The code of what has no rows yet."


@dataclass(frozen=True, slots=True)
class Member:
    """A row that a filter finds; `source`: as the room that owns it reads rows."""

    id: int | str
    title: str
    address: str
    values: Mapping[str, Any] = field(default_factory=dict)
    source: Any = None


@dataclass(frozen=True, slots=True)
class Members:
    """A page of rows; `count` up to 10,001, None if it was not asked for."""

    members: Sequence[Member]
    next: str | None
    previous: str | None
    count: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table of members; `cell` makes of a value what the template shows."""

    name: str
    label: str
    cell: Callable[[Any], Any]


class SegmentBase(ABC):
    """One thing that segments are made of."""

    sort: str
    "`object` or `dataset`."
    key: str
    "As `Segment.base` keeps it."
    label: str
    plural: str
    icon: str
    colour: str
    cell: str
    "The template of a cell."
    at_once = 200
    "Rows of a page at most."
    avatar = ""
    "The class of a member's picture."

    @property
    def inside(self) -> str:
        """The plural within a sentence."""
        return self.plural

    @abstractmethod
    def rows(self) -> Base:
        """What filters choose rows of.

        Raises:
            TresseError: `not_built`.
        """

    def planned(self) -> Base:
        """The same as it will be, so that a filter may be kept before its columns are there."""
        return self.rows()

    @abstractmethod
    def members(
        self,
        filter: Any,  # as doors call it
        actor: Actor,
        *,
        limit: int,
        cursor: str | None = None,
        sort: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        count: bool = False,
    ) -> Members:
        """A page of rows in sight that a filter finds; `columns` None: all that can be read.

        Raises:
            TresseError: What a filter is refused for; `not_built`.
        """

    @abstractmethod
    def columns(self, actor: Actor, asked: Sequence[str] = ()) -> Sequence[Column]:
        """Those that the table of members shows; what its filter asks for stands first."""

    @abstractmethod
    def answered(self, members: Sequence[Member], actor: Actor) -> Iterator[dict[str, Any]]:
        """Members as REST gives them: `id`, `title` and their values."""

    @abstractmethod
    def named(self, ids: Sequence[Any], actor: Actor) -> Mapping[Any, Member]:
        """Rows in sight by their ids, without values."""

    @abstractmethod
    def addresses(self, filter: str, actor: Actor) -> tuple[str, str]:
        """Where rows of a filter (JSON) are listed, and where exported; empty for who may not."""


class BaseSort(ABC):
    """One sort of bases. Its members are kept in `stays`, by `member`, the column of their ids."""

    name: str
    prefix: str
    "Of keys; empty: of object types."
    stays: sa.Table
    member: str

    @abstractmethod
    def find(self, name: str, model: DataModel) -> SegmentBase | None:
        """The base of a name, without the prefix; None if there is none."""

    @abstractmethod
    def offered(self, model: DataModel, actor: Actor) -> Sequence[SegmentBase]:
        """Bases that a person may make a segment of, as they are offered."""

    @abstractmethod
    def sees(self, name: str, actor: Actor) -> bool:
        """Whether a person sees rows of a base."""

    @abstractmethod
    def require(self, base: SegmentBase, actor: Actor) -> None:
        """Go on only if the person sees its rows.

        Raises:
            TresseError: `not_permitted`, in words.
        """


class ObjectBase(SegmentBase):
    """Records of an object type."""

    sort = "object"
    cell = "segments/_object_cell.html"

    def __init__(self, object: ObjectDef, model: DataModel) -> None:
        self.object, self.model = object, model
        self.key, self.label = object.name, shown_label(object)
        self.plural, self.icon, self.colour = shown_plural(object), object.icon, object.colour
        self.avatar = "" if object.name == "contact" else "avatar--sq"

    @property
    def inside(self) -> str:
        """Object types are called by common nouns."""
        return self.plural.lower()

    def rows(self) -> Base:
        """The object type."""
        return self.object

    def members(
        self,
        filter: Any,  # as doors call it
        actor: Actor,
        *,
        limit: int,
        cursor: str | None = None,
        sort: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        count: bool = False,
    ) -> Members:
        """Records, as `listed` gives them."""
        found = listed(
            self.model,
            self.object,
            actor=actor,
            filter=filter,
            limit=limit,
            cursor=cursor,
            sort=list(sort),
            columns=columns,
            count=count,
        )
        members = [
            Member(each.id, each.title, record_address(self.object, each.id), each.values, each)
            for each in found.records
        ]
        return Members(members, found.next, found.previous, found.count)

    def columns(self, actor: Actor, asked: Sequence[str] = ()) -> Sequence[Column]:
        """The first ones of the index page, or first properties of a type that people made."""
        readable = {prop.name: prop for prop in readable_properties(self.object, actor)}
        names = SHIPPED_COLUMNS.get(self.object.name, ())
        shipped = [readable[name] for name in names if name in readable]
        title = self.object.title
        own = [prop for prop in readable.values() if prop.name != title and not prop.is_fixed]
        first = [readable[name] for name in asked if name in readable and name != title]
        cells = Cells(self.object, actor)
        return [
            Column(prop.name, shown_label(prop), partial(cells.cell, prop))
            for prop in list({e.name: e for e in (*first, *(shipped or own))}.values())[
                :MOST_COLUMNS
            ]
        ]

    def answered(self, members: Sequence[Member], actor: Actor) -> Iterator[dict[str, Any]]:
        """Records with their readable properties."""
        shown = Shown(self.object, actor)
        return (shown.record(each.source) for each in members)

    def named(self, ids: Sequence[Any], actor: Actor) -> Mapping[Any, Member]:
        """Records with their titles."""
        found = titles(self.object, ids, actor)
        return {id: Member(id, text, record_address(self.object, id)) for id, text in found.items()}

    def addresses(self, filter: str, actor: Actor) -> tuple[str, str]:
        """The index page, and the dialog that exports all that it lists."""
        listing = f"{index_address(self.object)}?{urlencode({'filter': filter})}"
        if "export" not in BULK_ACTIONS or not BULK_ACTIONS["export"].may(actor, self.object):
            return listing, ""
        query = urlencode({"all": "1", "filter": filter})
        return listing, f"{BULK_ACTIONS['export'].address(self.object)}?{query}"


class ObjectTypes(BaseSort):
    """Object types, by their plain names."""

    name = "object"
    prefix = ""
    stays = SEGMENT_MEMBER
    member = "record_id"

    def find(self, name: str, model: DataModel) -> SegmentBase | None:
        """An object type, archived or not."""
        found = next((each for each in model.objects if each.name == name), None)
        return ObjectBase(found, model) if found is not None else None

    def offered(self, model: DataModel, actor: Actor) -> Sequence[SegmentBase]:
        """Those in use whose records the person sees."""
        return [
            ObjectBase(each, model)
            for each in model.objects
            if not each.is_archived and self.sees(each.name, actor)
        ]

    def sees(self, name: str, actor: Actor) -> bool:
        """Whether the person may view any of its records."""
        return actor.scope(name, "view") != "none"

    def require(self, base: SegmentBase, actor: Actor) -> None:
        """The right to view records."""
        require(actor, "view", base.key, base.plural)


SORTS: Registry[BaseSort] = Registry("sort of bases", (ObjectTypes(),))


def sort_of(key: str) -> tuple[BaseSort, str]:
    """The sort of a key, and the name in it."""
    for sort in SORTS:
        if sort.prefix and key.startswith(sort.prefix):
            return sort, key.removeprefix(sort.prefix)
    return SORTS["object"], key


def base_of(row: List | Segment, model: DataModel) -> SegmentBase:
    """What a list or segment is made of.

    Raises:
        TresseError: `unknown_reference`: it is gone.
    """
    sort, name = sort_of(row.base)
    found = sort.find(name, model)
    if found is None:
        raise UNKNOWN_REFERENCE(sort=gettext("object type or dataset"), name=row.base)
    return found


def base_named(text: Any, model: DataModel) -> SegmentBase:
    """The base that a file or a program names; a plain name means an object type first (G50).

    Raises:
        TresseError: `unknown_reference`, with the nearest.
    """
    sort, name = sort_of(str(text))
    for each in [sort] if sort.prefix else SORTS:
        found = each.find(name, model)
        if found is not None and not is_archived(found):
            return found
    known = [each.name for each in model.objects if not each.is_archived]
    what = gettext("object type or dataset")
    raise UNKNOWN_REFERENCE(sort=what, name=text, nearest=nearest(str(text), known), known=known)


def is_archived(base: SegmentBase) -> bool:
    """Whether nobody makes anything of it any more."""
    return isinstance(base, ObjectBase) and base.object.is_archived


def said(key: str) -> str:
    """The key as `config` prints it: plain where nothing else has that name."""
    sort, name = sort_of(key)
    if not sort.prefix:
        return key
    model = data_model()
    is_taken = any(each.find(name, model) for each in SORTS if each.name != sort.name)
    return key if is_taken else name


def called(base: Base, model: DataModel) -> str:
    """What rows of a filter are called in a sentence."""
    sort, name = sort_of(base.name)
    found = sort.find(name, model)
    return found.inside if found is not None else shown_plural(base).lower()
