"""Explanations as programs get them: over REST, as JSON of commands (D62)."""

from typing import Any

from tresse.datasets.explaining.cluster import Member
from tresse.datasets.explaining.explain import Explanation
from tresse.datasets.explaining.ties import Edge
from tresse.datasets.explaining.two import Two
from tresse.datasets.explaining.values import Value
from tresse.datasets.models import Decision


def explanation_told(found: Explanation) -> dict[str, Any]:
    """A golden record with members, edges, refused attachments and values."""
    return {
        "id": found.id,
        "version": found.version.number,
        "rules": found.rules,
        "members": [member_told(each) for each in found.members],
        "edges": [edge_told(each, found.rules) for each in found.edges],
        "refused": [
            {
                "record": each.record,
                "key": list(each.columns),
                "value": each.value,
                "guard": each.guard,
                "message": each.words,
                "other": each.other,
                "other_id": each.other_id,
            }
            for each in found.refused
        ],
        "kept_back": [
            {
                "guard": each.guard,
                "key": list(each.columns),
                "value": each.value,
                "message": each.words,
            }
            for each in found.kept_back
        ],
        "values": [value_told(each) for each in found.values],
        "decisions": [decision_told(each) for each in found.decisions],
    }


def member_told(member: Member) -> dict[str, Any]:
    """A record of a source, with its values as the dataset's columns have them."""
    return {
        "record": member.name,
        "source": member.source,
        "record_key": member.key,
        "first_seen_at": member.first_seen,
        "modified_at": member.modified_at,
        "values": dict(member.values),
    }


def edge_told(edge: Edge, rules: int | None) -> dict[str, Any]:
    """What makes two records one: a key value, or a decision."""
    return {
        "a": edge.a.name,
        "b": edge.b.name,
        "key": list(edge.columns),
        "value": edge.value,
        "strength": edge.strength,
        "rules": rules,
        "decision": edge.decision.pk if edge.decision else None,
        "a_values": {name: edge.a.values.get(name) for name in edge.columns},
        "b_values": {name: edge.b.values.get(name) for name in edge.columns},
    }


def value_told(value: Value) -> dict[str, Any]:
    """A value with who won, and the values that lost."""
    return {
        "column": value.column,
        "value": value.value,
        "source": value.source,
        "record_key": value.record_key,
        "updated_at": value.updated_at,
        "method": value.method,
        "group": value.group or None,
        "candidates": value.candidates,
        "distinct": value.distinct,
        "lost": [
            {
                "value": each.value,
                "source": each.member.source,
                "record_key": each.member.key,
                "updated_at": each.member.modified_at,
            }
            for each in value.lost
        ],
    }


def two_told(found: Two) -> dict[str, Any]:
    """Why two records are one, or apart."""
    rules = found.version.rules.number if found.version.rules else None
    return {
        "is_one": found.is_one,
        "ids": [found.left.id, found.right.id],
        "path": [edge_told(each, rules) for each in found.path],
        "reasons": [
            {
                "guard": each.guard or None,
                "message": each.words,
                "key": list(each.columns),
                "value": each.value,
                "decision": each.decision.pk if each.decision else None,
            }
            for each in found.reasons
        ],
    }


def decision_told(row: Decision) -> dict[str, Any]:
    """A decision, standing or withdrawn."""
    return {
        "id": row.pk,
        "kind": row.kind,
        "a": row.a,
        "b": row.b,
        "reason": row.reason,
        "group": str(row.group) if row.group else None,
        "author": row.author.email if row.author else None,
        "at": row.created_at,
        "withdrawn_at": row.withdrawn_at,
    }
