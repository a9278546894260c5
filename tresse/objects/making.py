"""Writes definitions as rows, and the tables they describe: the common ground of every change.

Nothing here asks for permission or checks a name; `changes` and `defaults` do.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tresse.kernel.text import normal
from tresse.objects import models, shipped, words
from tresse.objects.calculated import is_at_read
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.kinds import KINDS, PropertyKind
from tresse.objects.tables import COMMON, create_table

FLAGS = {
    "required": "is_required",
    "unique": "is_unique",
    "match_key": "is_match_key",
    "indexed": "is_indexed",
    "read_only": "is_read_only",
    "fixed": "is_fixed",
}
OWN_COLUMN = {"id", *COMMON}


def stores_normal(kind: PropertyKind, *, is_compared: bool) -> bool:
    """Whether the normal form is kept beside the value: for texts that are looked up by it."""
    return kind.has_normal and is_compared


def is_compared(prop: models.Property, object_type: models.ObjectType) -> bool:
    """Whether values of a property are looked up: unique, match key, indexed, title or searched."""
    return (
        prop.is_unique
        or prop.is_match_key
        or prop.is_indexed
        or prop.name == object_type.title
        or prop.name in object_type.search
    )


def english(label: str | Sequence[str]) -> str:
    """The label that a definition stores, of a shipped triple or of what a person typed."""
    return label if isinstance(label, str) else label[0]


def make_properties(
    object_type: models.ObjectType, facts: Iterable[Mapping[str, Any]], *, is_builtin: bool
) -> list[models.Property]:
    """Write properties and their options; the table is not touched.

    Args:
        object_type: Whose properties they are.
        facts: The keys of C9 and of `data/objects.yaml`.
        is_builtin: Whether they come with the product.
    """
    facts = list(facts)
    rows = [_property(object_type, each, is_builtin=is_builtin) for each in facts]
    models.Property.objects.bulk_create(rows)
    options: list[models.Option] = []
    for row, each in zip(rows, facts, strict=True):
        if not is_at_read(row.settings):
            row.column = row.name if row.name in OWN_COLUMN else f"p_{row.id}"
        options.extend(
            models.Option(property=row, position=position, **option)
            for position, option in enumerate(shipped.options(each) if each.get("options") else ())
        )
    models.Property.objects.bulk_update(rows, ["column"])
    models.Option.objects.bulk_create(options)
    return rows


def _property(
    object_type: models.ObjectType, facts: Mapping[str, Any], *, is_builtin: bool
) -> models.Property:
    label = english(facts["label"])
    settings = dict(facts.get("settings", {}))
    if facts.get("derived"):
        settings["derived"] = facts["derived"]
    row = models.Property(
        object_type=object_type,
        name=facts["name"],
        label=label,
        label_key=normal(label),
        group=facts.get("group", ""),
        description=facts.get("description", ""),
        kind=facts["kind"],
        settings=settings,
        rules=list(facts.get("rules", ())),
        default=facts.get("default", ""),
        position=facts["position"],
        is_builtin=is_builtin,
        **{column: bool(facts.get(key)) for key, column in FLAGS.items()},
    )
    row.has_normal = not is_at_read(settings) and stores_normal(
        KINDS[row.kind], is_compared=is_compared(row, object_type)
    )
    return row


def make_object(
    facts: Mapping[str, Any],
    properties: Iterable[Mapping[str, Any]],
    *,
    position: int,
    is_builtin: bool,
) -> models.ObjectType:
    """Write an object type with its properties and the common ones; its table comes after."""
    object_type = models.ObjectType.objects.create(
        name=facts["name"],
        label=english(facts["label"]),
        plural=english(facts["plural"]),
        icon=facts.get("icon") or "circle-dot",
        colour=facts.get("colour") or "grey",
        title=facts.get("title", "name"),
        subtitle=facts.get("subtitle", ""),
        search=list(facts["search"]),
        has_pipelines=bool(facts.get("has_pipelines", False)),
        has_activities=bool(facts.get("has_activities", True)),
        position=position,
        is_builtin=is_builtin,
    )
    own = [{**each, "position": number} for number, each in enumerate(properties)]
    make_properties(object_type, own, is_builtin=is_builtin)
    system = shipped.group("system")
    shared = [
        {**each, "group": system, "position": 1000 + number}
        for number, each in enumerate(shipped.common())
    ]
    make_properties(object_type, shared, is_builtin=True)
    return object_type


def make_association(
    facts: Mapping[str, Any],
    objects: Mapping[str, models.ObjectType],
    *,
    position: int,
    is_builtin: bool,
) -> models.AssociationType:
    """Write an association type or link label, of facts as in `data/associations.yaml`."""
    parent = None
    if facts.get("parent"):
        parent = models.AssociationType.objects.get(name=facts["parent"])
    forward, inverse = facts.get("most", (None, None))
    label = english(facts["forward"])
    return models.AssociationType.objects.create(
        name=facts["name"],
        from_object=parent.from_object if parent else objects[facts["from"]],
        to_object=parent.to_object if parent else objects[facts["to"]],
        forward_label=label,
        inverse_label=english(facts.get("inverse", label)),
        max_forward=forward,
        max_inverse=inverse,
        is_symmetric=bool(facts.get("symmetric")),
        parent=parent,
        is_default=bool(facts.get("default")),
        is_primary=bool(facts.get("primary")),
        is_part=bool(facts.get("part")),
        shares_timeline=bool(facts.get("shares_timeline", True)),
        position=position,
        is_builtin=is_builtin,
    )


def task_facts(object_type: models.ObjectType, task: models.ObjectType) -> Mapping[str, Any]:
    """The association type that lets tasks be linked to records of an object type (C45)."""
    return {
        "name": f"task_{object_type.name}"[:60],
        "from": task.name,
        "to": object_type.name,
        "forward": object_type.label,
        "inverse": task.label,
        "default": True,
    }


def make_pipeline(
    object_type: models.ObjectType, facts: Mapping[str, Any], *, position: int
) -> models.Pipeline:
    """Write a pipeline with its stages in order."""
    pipeline = models.Pipeline.objects.create(
        object_type=object_type,
        name=facts["name"],
        label=english(facts["label"]),
        position=position,
    )
    models.Stage.objects.bulk_create(
        models.Stage(
            pipeline=pipeline,
            name=stage["name"],
            label=english(stage["label"]),
            position=number,
            probability=stage.get("probability", 0),
            kind=stage.get("kind", "open"),
            required=list(stage.get("required", ())),
        )
        for number, stage in enumerate(facts["stages"])
    )
    return pipeline


def make_table(object_type: models.ObjectType) -> ObjectDef:
    """Make the table of an object type that has just been written."""
    described = data_model().object_by_id(object_type.id)
    create_table(described.id, described.properties)
    words.settle(described)
    return described
