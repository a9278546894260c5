"""What the API of definitions takes and gives: the keys of C3, C9, C34 and C47."""

from typing import Any, ClassVar

from ninja import Schema
from pydantic import ConfigDict, Field, model_validator

from tresse.kernel.definitions import check_keys
from tresse.kernel.marks import N_


class Body(Schema):
    """What a request sends: a field that is not named here is refused with `unknown_key` (C123)."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    sort: ClassVar[str] = N_("the body")

    @model_validator(mode="before")
    @classmethod
    def only_known(cls, data: Any) -> Any:
        """Refuse unknown keys with the nearest known one."""
        given = getattr(data, "_obj", data)
        if isinstance(given, dict):
            allowed = [field.alias or name for name, field in cls.model_fields.items()]
            check_keys(given, allowed, cls.sort)
        return data

    def given(self) -> dict[str, Any]:
        """Only the fields that were sent."""
        return self.model_dump(exclude_unset=True)


class OptionIn(Body):
    """An option; without a name it gets one made from its label."""

    sort: ClassVar[str] = N_("an option")
    name: str = ""
    label: str = ""
    aliases: list[str] = []
    colour: str = ""
    archived: bool = False


class PropertyFields(Body):
    """What can be said about a property at any time."""

    sort: ClassVar[str] = N_("a property")
    label: str | None = None
    group: str | None = None
    description: str | None = None
    required: bool | None = None
    unique: bool | None = None
    match_key: bool | None = None
    read_only: bool | None = None
    indexed: bool | None = None
    default: str | None = None
    rules: list[dict[str, Any]] | None = None
    settings: dict[str, Any] | None = None
    options: list[OptionIn] | None = None
    position: int | None = None
    formula: str | None = None
    between: dict[str, Any] | None = None
    rollup: dict[str, Any] | None = None
    lookup: dict[str, Any] | None = None


class PropertyIn(PropertyFields):
    """A property to add; a calculated one needs no kind: it has that of its result."""

    name: str
    label: str | None = None
    kind: str = ""


class PropertyChange(PropertyFields):
    """A change of a property; `kind` may only be what it is."""

    kind: str | None = None
    archived: bool | None = None


class OptionOut(Schema):
    """An option as it is stored."""

    name: str
    label: str
    aliases: list[str]
    colour: str
    archived: bool


class PropertyOut(Schema):
    """A property as it is stored; `read_only` ones are set by the product, or by syncs alone."""

    object: str
    name: str
    label: str
    kind: str
    group: str
    description: str
    required: bool
    unique: bool
    match_key: bool
    indexed: bool
    read_only: bool
    built_in: bool
    default: str
    rules: list[dict[str, Any]]
    settings: dict[str, Any]
    position: int
    archived: bool
    options: list[OptionOut] | None = None
    formula: str | None = None
    between: dict[str, Any] | None = None
    rollup: dict[str, Any] | None = None
    lookup: dict[str, Any] | None = None


class ObjectFields(Body):
    """What can be said about an object type at any time."""

    sort: ClassVar[str] = N_("an object type")
    label: str | None = None
    plural: str | None = None
    icon: str | None = None
    colour: str | None = None
    title: str | None = None
    subtitle: str | None = None
    search: list[str] | None = None
    has_pipelines: bool | None = None
    has_activities: bool | None = None
    position: int | None = None


class ObjectIn(ObjectFields):
    """An object type to add: with `name` and `label`, or from a `template`."""

    name: str | None = None
    template: str | None = None
    properties: list[PropertyIn] = []


class ObjectChange(ObjectFields):
    """A change of an object type."""

    archived: bool | None = None


class ObjectOut(Schema):
    """An object type as it is stored."""

    name: str
    label: str
    plural: str
    icon: str
    colour: str
    title: str
    subtitle: str
    search: list[str]
    has_pipelines: bool
    has_activities: bool
    position: int
    archived: bool
    built_in: bool


class AssociationFields(Body):
    """What can be said about a relation at any time. A limit of null is no limit."""

    sort: ClassVar[str] = N_("an association type")
    forward_label: str | None = None
    inverse_label: str | None = None
    max_forward: int | None = None
    max_inverse: int | None = None
    is_default: bool | None = None
    shares_timeline: bool | None = None
    position: int | None = None


class AssociationIn(AssociationFields):
    """A relation to add from the object of the address to another; with `parent`, a link label."""

    name: str
    to: str | None = None
    forward_label: str | None = None
    symmetric: bool = False
    parent: str | None = None
    is_primary: bool = False
    is_part: bool = False


class AssociationChange(AssociationFields):
    """A change of a relation."""

    archived: bool | None = None


class AssociationOut(Schema):
    """A relation as it is stored."""

    name: str
    from_: str = Field(alias="from")
    to: str
    forward_label: str
    inverse_label: str
    max_forward: int | None
    max_inverse: int | None
    symmetric: bool
    parent: str | None
    is_default: bool
    is_primary: bool
    is_part: bool
    shares_timeline: bool
    archived: bool
    built_in: bool


class StageIn(Body):
    """A stage, in its place in the list."""

    sort: ClassVar[str] = N_("a stage")
    name: str
    label: str | None = None
    probability: int | None = None
    kind: str | None = None
    required: list[str] | None = None


class PipelineIn(Body):
    """A pipeline to add."""

    sort: ClassVar[str] = N_("a pipeline")
    name: str
    label: str | None = None
    position: int | None = None
    stages: list[StageIn]


class PipelineChange(Body):
    """A change of a pipeline; stages are changed or added by name."""

    sort: ClassVar[str] = N_("a pipeline")
    label: str | None = None
    position: int | None = None
    stages: list[StageIn] | None = None


class StageOut(Schema):
    """A stage as it is stored."""

    name: str
    label: str
    probability: int
    kind: str
    required: list[str]


class PipelineOut(Schema):
    """A pipeline with its stages in order."""

    object: str
    name: str
    label: str
    position: int
    stages: list[StageOut]


class Deletion(Body):
    """Proof that deleting for good is meant."""

    sort: ClassVar[str] = N_("a deletion")
    label: str = ""
    "The label of what is deleted, typed."


class PipelineDeletion(Body):
    """Where the records of a deleted pipeline go."""

    sort: ClassVar[str] = N_("a deletion")
    into: str | None = None
    moves: dict[str, str] = {}


class StageDeletion(Body):
    """Where the records of a deleted stage go."""

    sort: ClassVar[str] = N_("a deletion")
    replace_with: str | None = None


class OptionDeletion(StageDeletion):
    """What the records of a deleted option get; `empty` to take it from them."""

    empty: bool = False


class GroupIn(Body):
    """A group of properties; an empty label is Other."""

    sort: ClassVar[str] = N_("a group")
    label: str = ""
    properties: list[str] = []


class LayoutChange(Body):
    """A change of a layout; cards are named `relation:forward` or `relation:inverse`."""

    sort: ClassVar[str] = N_("a layout")
    groups: list[GroupIn] | None = None
    cards: list[str] | None = None
    hidden: list[str] | None = None


class LayoutOut(Schema):
    """A layout as it is stored."""

    object: str
    groups: list[GroupIn]
    cards: list[str]
    hidden: list[str]
