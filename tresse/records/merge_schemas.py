"""What the API of merging takes."""

from typing import Any, ClassVar

from pydantic import Field

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body
from tresse.records.schemas import Number


class MergeIn(Body):
    """Records to merge into a survivor."""

    sort: ClassVar[str] = N_("a merge")
    survivor: Number
    ids: list[Number] = []
    choices: dict[str, Number] = {}
    links: dict[str, list[Number]] = {}


class UnmergeIn(Body):
    """A merge to take apart: the survivor, or a record that went into it."""

    sort: ClassVar[str] = N_("a merge")
    id: Number
    dry_run: bool = False


class OtherValueIn(Body):
    """A further value of a property."""

    sort: ClassVar[str] = N_("an other value")
    name: str = Field(alias="property")
    value: Any


class NotDuplicatesIn(Body):
    """Records of which no two are the same."""

    sort: ClassVar[str] = N_("a group of duplicates")
    ids: list[Number] = []


class PurgeIn(Body):
    """Records in the bin to delete for good, and how many there are."""

    sort: ClassVar[str] = N_("a deletion")
    ids: list[Number] = []
    number: Number
