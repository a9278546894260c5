"""What the API of records takes: bodies whose unknown fields and wrong types are refused (C123)."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body
from tresse.objects.tables import LARGEST_ID


def _no_flag(value: Any) -> Any:
    if isinstance(value, bool):
        message = "true and false are no numbers"
        raise ValueError(message)
    return value


Number = Annotated[int, BeforeValidator(_no_flag), Field(ge=-LARGEST_ID, le=LARGEST_ID)]
"A whole number that the database can hold, such as an id."


class LinkIn(Body):
    """A link of a new record: the association type, the other record, a link label."""

    sort: ClassVar[str] = N_("a link")
    type: str
    id: Number
    label: str | None = None


class RecordIn(Body):
    """A new record with its links."""

    sort: ClassVar[str] = N_("a record")
    properties: dict[str, Any] = {}
    links: list[LinkIn] = []


class RecordChange(Body):
    """Properties to change; `expected`: what some of them held when the caller read them."""

    sort: ClassVar[str] = N_("a record")
    properties: dict[str, Any] = {}
    expected: dict[str, Any] = {}


class SearchIn(Body):
    """Which records, in which order, with which properties."""

    sort: ClassVar[str] = N_("a search")
    filter: Any = None
    order: list[str] = Field([], alias="sort")
    properties: list[str] | None = None
    words: str = ""
    limit: Number = 50
    cursor: str | None = None
    count: bool = False


class BatchIn(Body):
    """Items of a batch; each is checked by itself (C121)."""

    sort: ClassVar[str] = N_("a batch")
    items: list[Any] = []
    all_or_nothing: bool = False


class UpsertIn(Body):
    """Records to make or change; each item is checked by itself (C121)."""

    sort: ClassVar[str] = N_("a batch")
    items: list[Any] = []
    by: list[str] | str = []
    all_or_nothing: bool = False


class LinksIn(Body):
    """Records to link with, or to unlink from."""

    sort: ClassVar[str] = N_("a link")
    ids: list[Number] = []
    label: str | None = None
    mode: Literal["add", "replace"] = "add"


class PairsIn(Body):
    """Pairs of one association type, seen from `object`."""

    sort: ClassVar[str] = N_("a batch of links")
    act: Literal["add", "remove"] = "add"
    object: str
    type: str
    pairs: list[tuple[Number, Number]] = []
    label: str | None = None


class AboutIn(Body):
    """A record that an activity is about."""

    sort: ClassVar[str] = N_("a record")
    object: str
    id: Number


class ActivityChange(Body):
    """Fields of an activity to change, or its time."""

    sort: ClassVar[str] = N_("an activity")
    fields: dict[str, Any] = {}
    at: AwareDatetime | None = None


class ActivityIn(ActivityChange):
    """An activity, and the records it is about."""

    kind: str = ""
    about: list[AboutIn] = []
    external_id: str | None = None
