"""Definitions as plain data: what YAML, REST and the audit log say of them (C5a)."""

from typing import Any

from tresse.objects import models
from tresse.objects.calculated import SORTS, is_for_syncs


def object_facts(row: models.ObjectType) -> dict[str, Any]:
    """An object type, without its properties."""
    return {
        "name": row.name,
        "label": row.label,
        "plural": row.plural,
        "icon": row.icon,
        "colour": row.colour,
        "title": row.title,
        "subtitle": row.subtitle,
        "search": list(row.search),
        "has_pipelines": row.has_pipelines,
        "has_activities": row.has_activities,
        "position": row.position,
        "archived": row.is_archived,
    }


def property_facts(row: models.Property) -> dict[str, Any]:
    """A property, with its options."""
    facts: dict[str, Any] = {
        "object": row.object_type.name,
        "name": row.name,
        "label": row.label,
        "kind": row.kind,
        "group": row.group,
        "description": row.description,
        "required": row.is_required,
        "unique": row.is_unique,
        "match_key": row.is_match_key,
        "indexed": row.is_indexed,
        "read_only": is_for_syncs(row),
        "default": row.default,
        "rules": list(row.rules),
        "settings": {
            key: value for key, value in row.settings.items() if key not in {"derived", *SORTS}
        },
        "position": row.position,
        "archived": row.is_archived,
    }
    facts |= {sort: row.settings[sort] for sort in SORTS if sort in row.settings}
    if row.kind in {"option", "options"}:
        options = row.options.order_by("position", "id")
        facts["options"] = [option_facts(option) for option in options]
    return facts


def option_facts(row: models.Option) -> dict[str, Any]:
    """One option."""
    facts = {"name": row.name, "label": row.label, "aliases": list(row.aliases)}
    return {**facts, "colour": row.colour, "archived": row.is_archived}


def association_facts(row: models.AssociationType) -> dict[str, Any]:
    """An association type or link label."""
    return {
        "name": row.name,
        "from": row.from_object.name,
        "to": row.to_object.name,
        "forward_label": row.forward_label,
        "inverse_label": row.inverse_label,
        "max_forward": row.max_forward,
        "max_inverse": row.max_inverse,
        "symmetric": row.is_symmetric,
        "parent": row.parent.name if row.parent else None,
        "is_default": row.is_default,
        "is_primary": row.is_primary,
        "is_part": row.is_part,
        "shares_timeline": row.shares_timeline,
        "archived": row.is_archived,
    }


def pipeline_facts(row: models.Pipeline) -> dict[str, Any]:
    """A pipeline with its stages in order."""
    return {
        "object": row.object_type.name,
        "name": row.name,
        "label": row.label,
        "position": row.position,
        "stages": [stage_facts(stage) for stage in row.stages.order_by("position", "id")],
    }


def stage_facts(row: models.Stage) -> dict[str, Any]:
    """One stage."""
    return {
        "name": row.name,
        "label": row.label,
        "probability": row.probability,
        "kind": row.kind,
        "required": list(row.required),
    }


def layout_facts(row: models.ObjectType) -> dict[str, Any]:
    """The layout of the record page of an object type (C97)."""
    groups: dict[str, list[str]] = {name: [] for name in row.layout.get("groups", ())}
    for prop in row.properties.order_by("position", "id"):
        groups.setdefault(prop.group, []).append(prop.name)
    return {
        "object": row.name,
        "groups": [{"label": name, "properties": names} for name, names in groups.items()],
        "cards": list(row.layout.get("cards", ())),
        "hidden": list(row.layout.get("hidden", ())),
    }
