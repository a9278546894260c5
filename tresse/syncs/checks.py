"""What of a definition is judged against its dataset and its destination (Y2, Y3).

A sync that is a draft is checked as well, so that nothing is found out only when it is switched on;
overlaps with other syncs are asked for then (`check_overlap`).
"""

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.computed.graph import items_of
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.golden_filter import SYSTEM_TYPES, ids_where
from tresse.datasets.layout import Plan, golden_columns
from tresse.datasets.mapping.feeds import feeds_of
from tresse.datasets.mapping.planning import mapped
from tresse.datasets.models import Dataset
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.stored import definition_of
from tresse.kernel.errors import UNKNOWN_REFERENCE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.segments.definitions import names_in
from tresse.segments.models import Segment
from tresse.syncs.computed import worked_before_build
from tresse.syncs.definition import ID, Mapped, SyncDefinition
from tresse.syncs.destinations import destination_of
from tresse.syncs.destinations.base import Column, Destination, Field
from tresse.syncs.models import Sync
from tresse.syncs.parsing import parsed
from tresse.syncs.refusals import (
    CONSENT_FIELD,
    DATASET_COLUMN,
    FIELD_REQUIRED,
    FIELD_TAKEN,
    FIELD_UNKNOWN,
    FOREIGN_KEY,
    LINK_TYPE,
    RELATION_UNKNOWN,
    SEGMENT_UNKNOWN,
    TYPE_MISMATCH,
)

A_DATASET = N_("dataset")
CONSENT = "_consent"


def dataset_of(definition: SyncDefinition) -> Dataset:
    """The dataset that is sent.

    Raises:
        TresseError: `unknown_reference`.
    """
    found = Dataset.objects.select_related("version").filter(name=definition.dataset).first()
    if found is None:
        near = nearest(definition.dataset, Dataset.objects.values_list("name", flat=True))
        raise UNKNOWN_REFERENCE(sort=gettext(A_DATASET), name=definition.dataset, nearest=near)
    return found


def planned_of(dataset: Dataset) -> tuple[Plan, tuple[str, ...]]:
    """The columns of a dataset as it is published, else as its next build would have them."""
    if dataset.version is not None:
        return plan_of(dataset.version), relations_of(dataset.version)
    definition: DatasetDefinition = definition_of(dataset)
    plan = mapped(definition, feeds_of(definition), is_partial=True).plan
    if any(items_of(definition)):
        plan = replace(plan, computed=worked_before_build(definition.name))
    return plan, tuple(each.name for each in definition.relations)


def columns_of(dataset: Dataset) -> dict[str, Column]:
    """Columns that a sync may send, by name: the dataset's own, then those of every dataset."""
    plan, relations = planned_of(dataset)
    own = {each.name: Column(each.name, each.type, each.semantic) for each in plan.shown}
    own |= {f"{name}_id": Column(f"{name}_id", "text") for name in relations}
    return own | {name: Column(name, type_) for name, type_ in SYSTEM_TYPES.items()}


def check_sync(definition: SyncDefinition) -> tuple[Dataset, Destination, str]:
    """Check a definition; answers the dataset, the kind of destination, and its target.

    Raises:
        TresseError: `unknown_reference`, `field_unknown`, `field_required`, `type_mismatch`,
            `consent_field`, `wrong_value`; what filters are refused for.
    """
    dataset = dataset_of(definition)
    destination = destination_of(definition.to)
    target = destination.target(definition.to)
    columns = columns_of(dataset)
    fields = {each.name: each for each in destination.fields(target)}
    label = destination.target_label(target)
    for each in (*definition.key, *definition.match, *definition.columns):
        if each.column in columns or dataset.version is not None:
            # Of a dataset that was never built the rest is judged when it is sent.
            _check_mapped(definition, each, columns, fields, label=label)
        elif each.field not in fields:
            raise _unknown(definition, each.field, fields, label)
    for each in (*definition.key, *definition.match):
        if not fields[each.field].is_key:
            raise FOREIGN_KEY(sync=definition.name, field=each.field)
    for name in definition.removed.values:
        if name not in fields:
            raise _unknown(definition, name, fields, label)
    _check_links(definition, dataset, destination, target, label=label)
    _check_required(definition, fields, label)
    check_filter(definition, dataset)
    return dataset, destination, target


def _check_mapped(
    definition: SyncDefinition,
    each: Mapped,
    columns: Mapping[str, Column],
    fields: Mapping[str, Field],
    *,
    label: str,
) -> None:
    column = columns.get(each.column)
    if column is None:
        near = nearest(each.column, columns)
        raise DATASET_COLUMN(
            sync=definition.name, dataset=definition.dataset, name=each.column, nearest=near
        )
    field = fields.get(each.field)
    if field is None:
        raise _unknown(definition, each.field, fields, label)
    if column.type and column.type not in field.takes:
        raise TYPE_MISMATCH(
            sync=definition.name,
            column=column.name,
            type=column.type,
            field=field.name,
            kind=gettext(field.kind_label),
            takes=", ".join(field.takes),
        )
    if field.is_consent and not column.semantic.endswith(CONSENT):
        raise CONSENT_FIELD(sync=definition.name, field=field.name)


def _unknown(
    definition: SyncDefinition, name: str, fields: Mapping[str, Field], label: str
) -> TresseError:
    near = nearest(name, fields)
    return FIELD_UNKNOWN(sync=definition.name, target=label, name=name, nearest=near)


def _check_links(
    definition: SyncDefinition,
    dataset: Dataset,
    destination: Destination,
    target: str,
    *,
    label: str,
) -> None:
    relations = {each.name for each in definition_of(dataset).relations}
    types = {each.name for each in destination.links(target)}
    for link in definition.links:
        if link.relation not in relations:
            near = nearest(link.relation, relations)
            raise RELATION_UNKNOWN(
                sync=definition.name, dataset=dataset.name, name=link.relation, nearest=near
            )
        if link.type not in types:
            near = nearest(link.type, types)
            raise LINK_TYPE(sync=definition.name, target=label, name=link.type, nearest=near)


def _check_required(definition: SyncDefinition, fields: Mapping[str, Field], label: str) -> None:
    sent = {each.field for each in (*definition.key, *definition.columns)}
    for field in fields.values():
        if field.is_required and field.name not in sent:
            raise FIELD_REQUIRED(sync=definition.name, target=label, name=field.name)


def check_filter(definition: SyncDefinition, dataset: Dataset) -> None:
    """Refuse a filter that means nothing over the dataset.

    Raises:
        TresseError: What filters are refused for: `unknown_reference`, `wrong_base` of segments.
    """
    if definition.filter in (None, {}, []):
        return
    if dataset.version is None:
        # What it means is judged when it is sent; whether its segments are there, now.
        _check_segments(definition, dataset)
        return
    plan, relations = planned_of(dataset)
    golden = sa.table("golden", *golden_columns(plan, relations))
    ids_where(definition.filter, plan, golden, relations)


def _check_segments(definition: SyncDefinition, dataset: Dataset) -> None:
    known = Segment.objects.filter(base=f"{PREFIX}{dataset.name}").values_list("name", flat=True)
    for name in sorted(names_in(definition.filter, "segment") - set(known)):
        raise SEGMENT_UNKNOWN(sync=definition.name, name=name, dataset=dataset.name)


def check_overlap(sync: Sync, definition: SyncDefinition) -> None:
    """Refuse fields that another active sync writes (Y2); keys may be the same.

    Raises:
        TresseError: `field_taken`.
    """
    others = Sync.objects.filter(kind=sync.kind, target=sync.target).exclude(pk=sync.pk)
    for other in others.exclude(state="draft").order_by("name"):
        theirs = set(parsed(other.definition).written)
        for name in definition.written:
            if name in theirs:
                label = destination_of(definition.to).target_label(sync.target)
                raise FIELD_TAKEN(sync=sync.name, name=name, target=label, other=other.name)


def proposed(dataset: Dataset, destination: Destination, target: str) -> list[tuple[Field, str]]:
    """Fields with the column that is proposed for each: by semantic field, then by name."""
    columns = columns_of(dataset)
    by_semantic = {each.semantic: each.name for each in columns.values() if each.semantic}
    found, used = [], set()
    for field in destination.fields(target):
        names = [by_semantic[each] for each in field.semantic if each in by_semantic]
        names += [field.name] if field.name in columns else []
        fits = [
            name
            for name in names
            if columns[name].type in field.takes and name not in used and name != ID
        ]
        if fits and (not field.is_consent or columns[fits[0]].semantic.endswith(CONSENT)):
            used.add(fits[0])
            found.append((field, fits[0]))
    return found
