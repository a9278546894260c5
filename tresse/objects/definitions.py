"""Definitions as YAML: `apply` makes them so, `config` prints them (`cli.md` 3, C5a)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import (
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    UNKNOWN_REFERENCE,
    WRONG_VALUE,
    TresseError,
    nearest,
)
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects import models, shipped
from tresse.objects.calculated import SORTS
from tresse.objects.changes import (
    add_association_type,
    add_object_type,
    add_pipeline,
    add_property,
    archive_association_type,
    archive_object_type,
    archive_property,
    change_association_type,
    change_layout,
    change_object_type,
    change_pipeline,
    change_property,
    unarchive_association_type,
    unarchive_object_type,
    unarchive_property,
)
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import data_model
from tresse.objects.facts import (
    association_facts,
    layout_facts,
    object_facts,
    pipeline_facts,
    property_facts,
)
from tresse.objects.making import english

# fmt: off
OBJECT_KEYS = (
    "name", "label", "plural", "icon", "colour", "title", "subtitle", "search", "has_pipelines",
    "has_activities", "position", "archived",
)
# fmt: on
# fmt: off
PROPERTY_KEYS = (
    "object", "name", "label", "kind", "group", "description", "required", "unique", "match_key",
    "indexed", "read_only", "default", "rules", "settings", "options", "position", "archived",
    "formula", "between", "rollup", "lookup",
)
# fmt: on
OPTION_KEYS = ("name", "label", "aliases", "colour", "archived")
# fmt: off
ASSOCIATION_KEYS = (
    "name", "from", "to", "forward_label", "inverse_label", "max_forward", "max_inverse",
    "symmetric", "parent", "is_default", "is_primary", "is_part", "shares_timeline", "position",
    "archived",
)
# fmt: on
PIPELINE_KEYS = ("object", "name", "label", "position", "stages")
LAYOUT_KEYS = ("object", "groups", "cards", "hidden")
GROUP_KEYS = ("label", "properties")
STAGE_KEYS = ("name", "label", "probability", "kind", "required")
FIXED = ("name", "object", "from", "to", "parent", "symmetric", "is_part", "is_primary", "archived")
Item = Mapping[str, Any]


def apply_file(data: Any, actor: Actor, *, dry_run: bool = False) -> dict[str, list[str]]:
    """Make all definitions of a file so, or none of them.

    Everything is written and checked in one transaction, which is taken back where anything is
    refused, and with `dry_run` in any case.

    Args:
        data: The content of the YAML file: kinds to lists of items, `settings` to one mapping.
        actor: Needs the rights of the kinds.
        dry_run: Say what would change, write nothing.

    Returns:
        `created`, `changed` and `unchanged`: `kind name` of each item.

    Raises:
        TresseError: `unknown_key`, `unknown_reference`, and all refusals of the changes; the
            details say the `place` in the file.
    """
    if not isinstance(data, Mapping):
        raise WRONG_VALUE(name=gettext("The file"), wanted=gettext("keys"), value=f'"{data}"')
    known = [kind.name for kind in DEFINITIONS]
    for name in data:
        if name not in known:
            near = nearest(str(name), known)
            raise UNKNOWN_KEY(name=name, sort=gettext("the file"), nearest=near, known=known)
    result: dict[str, list[str]] = {"created": [], "changed": [], "unchanged": []}
    with transaction.atomic():
        for kind in in_order():
            items = list(_items(kind, data.get(kind.name)))
            for place, item in items:
                outcome = _written(kind, place, item, actor)
                result[outcome].append(f"{kind.name} {_called(item)}".rstrip())
            if kind.check is not None:
                kind.check([item for _, item in items])
        _check_named_properties(data)
        transaction.set_rollback(dry_run)
    return result


def in_order() -> list[DefinitionKind]:
    """All kinds, each after those it depends on."""
    left = {kind.name: kind for kind in DEFINITIONS}
    ordered: list[DefinitionKind] = []
    while left:
        ready = [
            kind for kind in left.values() if not any(name in left for name in kind.depends_on)
        ]
        for kind in ready:
            ordered.append(left.pop(kind.name))
    return ordered


def _items(kind: DefinitionKind, given: Any) -> Iterator[tuple[str, Item]]:
    if given is None:
        return
    if isinstance(given, Mapping) and isinstance(kind.read(), Mapping):
        yield kind.name, given
        return
    if not isinstance(given, list):
        raise WRONG_VALUE(name=kind.name, wanted=gettext("a list"), value=f'"{given}"')
    for number, item in enumerate(given, 1):
        place = f"{kind.name} {number}"
        if not isinstance(item, Mapping):
            raise WRONG_VALUE(name=place, wanted=gettext("keys"), value=f'"{item}"')
        yield place, item


def _written(kind: DefinitionKind, place: str, item: Item, actor: Actor) -> Outcome:
    try:
        return kind.write(item, actor, False)
    except TresseError as error:
        error.details.setdefault("place", place)
        raise


def _called(item: Item) -> str:
    """How an item is named: by its own words, else by what its kind says of it.

    A property is `contact.age`, a score `contacts: web_rfm`, a rate `GBP 2026-03-10`.
    """
    if item.get("dataset") and item.get("score"):
        return f"{item['dataset']}: {item.get('prefix') or ''}{item['score']}"
    if item.get("currency") and item.get("date"):
        return f"{item['currency']} {item['date']}"
    parts = [str(item[key]) for key in ("object", "name") if item.get(key)]
    return ".".join(parts)


def _check_named_properties(data: Item) -> None:
    """Refuse titles and search properties that no part of the file made (`unknown_reference`)."""
    names = {item.get("name") for item in data.get("objects") or ()}
    for here in data_model().objects:
        if here.name not in names:
            continue
        for name in (here.title, here.subtitle, *here.search):
            if name and not here.has(name):
                known = [prop.name for prop in here.properties]
                sort = gettext("property of {object}").format(object=here.label)
                raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=nearest(name, known))


def _object(name: Any) -> models.ObjectType:
    found = models.ObjectType.objects.filter(name=name).first()
    if found is None:
        known = models.ObjectType.objects.values_list("name", flat=True)
        sort = gettext("object type")
        raise UNKNOWN_REFERENCE(sort=sort, name=name, nearest=nearest(str(name), known))
    return found


def _needed(item: Item, key: str) -> Any:
    if not item.get(key):
        raise WRONG_VALUE(name=key, wanted=gettext("a value"), value="")
    return item[key]


def _differing(item: Item, facts: Item) -> dict[str, Any]:
    for key in FIXED[2:-1]:
        if item.get(key) is not None and item[key] != facts.get(key):
            raise WRONG_VALUE(name=key, wanted=f'"{facts.get(key)}"', value=f'"{item[key]}"')
    return {
        key: value for key, value in item.items() if key not in FIXED and facts.get(key) != value
    }


def _archived(item: Item, is_archived: bool) -> bool | None:
    wanted = item.get("archived")
    return None if wanted is None or bool(wanted) == is_archived else bool(wanted)


def read_objects() -> list[dict[str, Any]]:
    """All object types."""
    rows = models.ObjectType.objects.order_by("position", "id")
    return [_short(object_facts(row), {"archived": False}) for row in rows]


def write_object(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Make an object type so."""
    check_keys(item, OBJECT_KEYS, gettext("an object type"))
    may_edit(actor)
    row = models.ObjectType.objects.filter(name=_needed(item, "name")).first()
    if row is None:
        facts = {key: value for key, value in item.items() if key != "archived"}
        facts.setdefault("label", str(item["name"]).replace("_", " ").capitalize())
        row = add_object_type(**facts, actor=actor, is_partial=True)
        outcome: Outcome = "created"
    else:
        wanted = _differing(item, object_facts(row))
        if wanted:
            change_object_type(row, actor=actor, is_partial=True, **wanted)
        outcome = "changed" if wanted else "unchanged"
    archived = _archived(item, row.is_archived)
    if archived is not None:
        (archive_object_type if archived else unarchive_object_type)(row, actor=actor)
    return outcome if archived is None or outcome == "created" else "changed"


def read_properties() -> list[dict[str, Any]]:
    """Properties, but for common ones and option lists that are as they were shipped."""
    found = []
    rows = models.Property.objects.select_related("object_type")
    shared = {facts["name"]: facts for facts in shipped.common()}
    lists = {
        (facts["name"], prop["name"]): shipped.options(prop)
        for facts in shipped.objects()
        for prop in facts["properties"]
        if prop.get("options")
    }
    for row in rows.order_by("object_type__position", "object_type_id", "position", "id"):
        common = shared.get(row.name) if row.is_builtin else None
        if common and row.label == english(common["label"]) and not row.is_archived:
            continue
        facts = property_facts(row)
        defaults = {"options": _plain(lists.get((row.object_type.name, row.name), ()))}
        found.append(_short(facts, {**PROPERTY_DEFAULTS, **defaults}))
    return found


PROPERTY_DEFAULTS: Mapping[str, Any] = {
    "group": "",
    "description": "",
    "required": False,
    "unique": False,
    "match_key": False,
    "indexed": False,
    "read_only": False,
    "default": "",
    "rules": [],
    "settings": {},
    "archived": False,
}


def _plain(options: Any) -> list[dict[str, Any]]:
    return [{**option, "archived": False} for option in options]


def _short(facts: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: value for key, value in facts.items() if key not in defaults or value != defaults[key]
    }


def write_property(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Make a property so; options that the file does not name stay."""
    check_keys(item, PROPERTY_KEYS, gettext("a property"))
    for option in item.get("options") or ():
        check_keys(option, OPTION_KEYS, gettext("an option"))
    may_edit(actor)
    object_type = _object(_needed(item, "object"))
    name = _needed(item, "name")
    row = object_type.properties.select_related("object_type").filter(name=name).first()
    if row is None:
        facts = {key: value for key, value in item.items() if key not in {"object", "archived"}}
        facts.setdefault("label", str(name).replace("_", " ").capitalize())
        facts.setdefault("kind", "" if any(sort in facts for sort in SORTS) else "text")
        row = add_property(object_type, **facts, actor=actor)
        outcome: Outcome = "created"
    else:
        facts = property_facts(row)
        wanted = _differing(item, facts)
        if "options" in wanted and _agree(wanted["options"], facts.get("options", ())):
            del wanted["options"]
        if wanted.get("read_only") == row.is_read_only:
            # Of what the product sets, as REST answers it.
            del wanted["read_only"]
        if wanted:
            change_property(row, actor=actor, **wanted)
        outcome = "changed" if wanted else "unchanged"
    archived = _archived(item, row.is_archived)
    if archived is not None:
        (archive_property if archived else unarchive_property)(row, actor=actor)
    return outcome if archived is None or outcome == "created" else "changed"


def _agree(wanted: Sequence[Item], there: Sequence[Item]) -> bool:
    """Whether the options or stages that a file names are there, as it says and in its order."""
    has = {each["name"]: each for each in there}
    names = [each.get("name") for each in wanted]
    if set(has) <= set(names) and names != list(has):
        return False
    return all(
        has.get(str(each.get("name")), {}).get(key) == value
        for each in wanted
        for key, value in each.items()
    )


def read_association_types() -> list[dict[str, Any]]:
    """All association types, link labels after their relations."""
    rows = models.AssociationType.objects.select_related("from_object", "to_object", "parent")
    facts = [association_facts(row) for row in rows.order_by("position", "id")]
    facts.sort(key=lambda each: each["parent"] is not None)
    return [_short(each, ASSOCIATION_DEFAULTS) for each in facts]


ASSOCIATION_DEFAULTS: Mapping[str, Any] = {
    "max_forward": None,
    "max_inverse": None,
    "symmetric": False,
    "parent": None,
    "is_default": False,
    "is_primary": False,
    "is_part": False,
    "shares_timeline": True,
    "archived": False,
}


def write_association_type(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Make an association type or link label so."""
    check_keys(item, ASSOCIATION_KEYS, gettext("an association type"))
    may_edit(actor)
    rows = models.AssociationType.objects.select_related("from_object", "to_object", "parent")
    row = rows.filter(name=_needed(item, "name")).first()
    if row is None:
        row = _new_association(item, actor)
        outcome: Outcome = "created"
    else:
        wanted = _differing(item, association_facts(row))
        if wanted:
            change_association_type(row, actor=actor, **wanted)
        outcome = "changed" if wanted else "unchanged"
    archived = _archived(item, row.is_archived)
    if archived is not None:
        (archive_association_type if archived else unarchive_association_type)(row, actor=actor)
    return outcome if archived is None or outcome == "created" else "changed"


def _new_association(item: Item, actor: Actor) -> models.AssociationType:
    parent = None
    if item.get("parent"):
        parent = models.AssociationType.objects.filter(name=item["parent"]).first()
        if parent is None:
            sort = gettext("association type")
            raise UNKNOWN_REFERENCE(sort=sort, name=item["parent"])
    ends = (
        (parent.from_object, parent.to_object)
        if parent and "from" not in item
        else (_object(_needed(item, "from")), _object(_needed(item, "to")))
    )
    facts = {
        key: value for key, value in item.items() if key not in {"from", "to", "parent", "archived"}
    }
    facts.setdefault("forward_label", ends[1].label)
    if parent is None:
        facts.setdefault("inverse_label", ends[0].label if ends[0] != ends[1] else "")
    return add_association_type(
        from_object=ends[0], to_object=ends[1], parent=parent, actor=actor, **facts
    )


def read_pipelines() -> list[dict[str, Any]]:
    """All pipelines with their stages."""
    rows = models.Pipeline.objects.select_related("object_type")
    return [pipeline_facts(row) for row in rows.order_by("object_type__position", "position", "id")]


def write_pipeline(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Make a pipeline so; stages that the file does not name stay."""
    check_keys(item, PIPELINE_KEYS, gettext("a pipeline"))
    for stage in item.get("stages") or ():
        check_keys(stage, STAGE_KEYS, gettext("a stage"))
    may_edit(actor)
    object_type = _object(_needed(item, "object"))
    name = _needed(item, "name")
    row = object_type.pipelines.select_related("object_type").filter(name=name).first()
    if row is None:
        add_pipeline(
            object_type,
            name=name,
            label=item.get("label") or str(name).replace("_", " ").capitalize(),
            stages=item.get("stages") or (),
            position=item.get("position"),
            actor=actor,
        )
        return "created"
    facts = pipeline_facts(row)
    wanted = _differing(item, facts)
    if "stages" in wanted and _agree(wanted["stages"], facts["stages"]):
        del wanted["stages"]
    if not wanted:
        return "unchanged"
    change_pipeline(row, actor=actor, **wanted)
    return "changed"


def read_layouts() -> list[dict[str, Any]]:
    """Layouts of record pages that somebody changed (C97)."""
    rows = models.ObjectType.objects.exclude(layout={}).order_by("position", "id")
    return [layout_facts(row) for row in rows]


def write_layout(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001
    """Lay a record page out so."""
    check_keys(item, LAYOUT_KEYS, gettext("a layout"))
    for group in item.get("groups") or ():
        check_keys(group, GROUP_KEYS, gettext("a group"))
    may_edit(actor)
    row = _object(_needed(item, "object"))
    was = layout_facts(row)
    wanted = {key: value for key, value in item.items() if key != "object" and value is not None}
    change_layout(row, actor=actor, **wanted)
    return "unchanged" if layout_facts(row) == was else "changed"


DEFINITIONS: Registry[DefinitionKind] = Registry(
    N_("kind of definition"),
    (
        DefinitionKind("objects", (), read_objects, write_object),
        DefinitionKind("properties", ("objects",), read_properties, write_property),
        DefinitionKind(
            "association_types", ("objects",), read_association_types, write_association_type
        ),
        DefinitionKind("pipelines", ("objects", "properties"), read_pipelines, write_pipeline),
        DefinitionKind("layouts", ("properties", "association_types"), read_layouts, write_layout),
    ),
)


def config(kind: str = "", name: str = "") -> dict[str, Any]:
    """Definitions as `apply_file` reads them: all, those of a kind, or those of one name.

    Raises:
        TresseError: `unknown_name`.
    """
    chosen = [DEFINITIONS[kind]] if kind else in_order()
    found = {each.name: each.read() for each in chosen}
    if not name:
        return {key: value for key, value in found.items() if value}
    items = found[kind]
    chosen_items: list[Any] | dict[str, Any]
    if isinstance(items, list):
        chosen_items = [item for item in items if name in {item.get("name"), _called(item)}]
        known = [str(item.get("name") or _called(item)) for item in items]
    else:
        chosen_items = {key: value for key, value in items.items() if key == name}
        known = list(items)
    if not chosen_items:
        raise UNKNOWN_NAME(sort=kind, name=name, nearest=nearest(name, known))
    return {kind: chosen_items}
