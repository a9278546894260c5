"""What the API of lists and segments takes and gives."""

from datetime import date, datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body
from tresse.records.schemas import Number


class ListFields(Body):
    """What can be said about a list at any time."""

    sort: ClassVar[str] = N_("a list")
    label: str | None = None
    folder: str | None = None
    description: str | None = None
    sharing: str | None = None
    team: str | None = None


class ListIn(ListFields):
    """A list to make; `filter`: of records that join it at once (uniting lists is one)."""

    name: str = ""
    base: str
    filter: Any = None


class ListChange(ListFields):
    """A change of a list; with `version` only if it is still the one that was read."""

    version: int | None = None


class SegmentFields(ListFields):
    """What can be said about a segment at any time."""

    sort: ClassVar[str] = N_("a segment")
    keeps_size: bool | None = None


class SegmentIn(SegmentFields):
    """A segment to make."""

    name: str = ""
    base: str
    filter: Any


class SegmentChange(SegmentFields):
    """A change of a segment.

    With `version` only if it is still the one that was read. `fire`: those whom a changed filter
    moves enter and leave with events. `dry_run`: only say what the changed filter would do.
    """

    filter: Any = None
    version: int | None = None
    fire: bool = False
    dry_run: bool = False


class MembersIn(Body):
    """Records to put on a list, or to take off."""

    sort: ClassVar[str] = N_("members")
    ids: list[Number]


class PartIn(Body):
    """A part of a split: `share` in percent, `size` in records, or neither for what is left."""

    sort: ClassVar[str] = N_("a part")
    label: str
    share: int | None = None
    size: int | None = None


class SplitIn(Body):
    """Parts of a list."""

    sort: ClassVar[str] = N_("a split")
    parts: list[PartIn]


class ListOut(Schema):
    """A list as it is stored; `owner` is an e-mail, null for one made by a file."""

    name: str
    label: str
    base: str
    folder: str
    description: str
    owner: str | None
    sharing: str
    team: str | None
    version: int
    updated_at: datetime


class SegmentOut(ListOut):
    """A segment as it is stored, with its filter in words; null if it cannot be read any more."""

    filter: Any
    words: str | None
    keeps_size: bool
    watched_since: datetime | None


class CountOut(Schema):
    """How many records in sight; 10,001 means more."""

    count: int


class SizeOut(Schema):
    """A segment at the end of a day, and how many came and went on it."""

    day: date
    size: int
    entered: int
    left: int
