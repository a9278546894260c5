"""Values that people set on golden records: they beat every merge method (D74)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from django.db import transaction
from django.db.models import QuerySet

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.changes.decisions import MANAGE
from tresse.datasets.changes.rebuilding import rebuild
from tresse.datasets.computed.refusals import READ_ONLY_COLUMN
from tresse.datasets.deciding_refusals import BAD_PIN, NOT_PINNED
from tresse.datasets.explaining.cluster import Cluster, cluster_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.explaining.finding import golden_id
from tresse.datasets.layout import Planned
from tresse.datasets.models import Dataset, Pin
from tresse.datasets.queries import published
from tresse.engine.base import Engine
from tresse.kernel.clock import now
from tresse.kernel.errors import TOO_LONG, UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.canonical import canonical_value
from tresse.sources.columns import Column, Defaults
from tresse.sources.types import typed

LONGEST = 10_000


def pin(
    engine: Engine, dataset: Dataset, key: str, column: str, value: Any, *, actor: Actor
) -> Pin:
    """Set a value of a golden record, from the next build on. One that is set already is replaced.

    It stays with the founding record of the golden record, wherever merges and splits take that.

    Args:
        engine: Reads the published version, and the value as the column's type.
        dataset: Whose golden record.
        key: A key of it, as `explain` takes it.
        column: Name of the column.
        value: A text as the column's type writes it, a number, boolean, list of texts; None pins
            that there is none.
        actor: Needs `datasets.manage`.

    Raises:
        TresseError: `not_permitted`, `not_built`, `unknown_record`, `several_records`,
            `unknown_name` (column), `read_only_property` (it is a computed one), `wrong_value` (it
            is not of the column's type).
    """
    require_right(actor, MANAGE)
    version = published(dataset)
    tables, salt = tables_of(engine, version), salt_of(version)
    known = [each.column.name for each in tables.plan.columns]
    if any(each.name == column for each in tables.plan.computed):
        raise READ_ONLY_COLUMN(column=column, dataset=dataset.name)
    if column not in known:
        raise UNKNOWN_NAME(sort=N_("column"), name=column, nearest=nearest(column, known))
    text = canonical_of(engine, tables.plan.of(column), value, zone=tables.plan.zone)
    id_ = golden_id(tables, key, salt=salt, dataset=dataset.name)
    cluster = cluster_of(tables, id_, salt=salt)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        standing = _pins(dataset, cluster, column)
        there = standing.first()
        if there is not None and there.value == text and len(standing) == 1:
            return there
        standing.update(removed_at=now())
        row = Pin.objects.create(
            dataset=dataset,
            record=cluster.members[0].name,
            column=column,
            value=text,
            author_id=actor.user_id,
        )
        audit.log(actor, "pin.add", dataset.name, after={"id": id_, "column": column})
        rebuild(dataset, actor)
    return row


def unpin(engine: Engine, dataset: Dataset, key: str, column: str, *, actor: Actor) -> None:
    """Let the merge method choose the value again.

    Raises:
        TresseError: `not_permitted`, `not_built`, `unknown_record`, `several_records`,
            `unknown_name` (it is not pinned).
    """
    require_right(actor, MANAGE)
    version = published(dataset)
    tables, salt = tables_of(engine, version), salt_of(version)
    id_ = golden_id(tables, key, salt=salt, dataset=dataset.name)
    cluster = cluster_of(tables, id_, salt=salt)
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=dataset.pk)
        if not _pins(dataset, cluster, column).update(removed_at=now()):
            raise NOT_PINNED(column=column, name=key)
        audit.log(actor, "pin.remove", dataset.name, before={"id": id_, "column": column})
        rebuild(dataset, actor)


def _pins(dataset: Dataset, cluster: Cluster, column: str) -> QuerySet[Pin]:
    names = [each.name for each in cluster.members]
    return Pin.objects.filter(dataset=dataset, record__in=names, column=column, removed_at=None)


def canonical_of(engine: Engine, planned: Planned, value: Any, *, zone: str) -> Any:
    """A value as it is pinned: canonical text (Y21), or a list of texts.

    Raises:
        TresseError: `wrong_value`.
    """
    if value is None or value == "":
        return None
    if planned.merged_type == "list":
        return _texts(planned, value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if len(text) > LONGEST:
        raise TOO_LONG(name=planned.column.name, most=LONGEST)
    if not is_storable(text) or isinstance(value, list | dict):
        raise _bad(planned, value)
    if planned.merged_type == "text":
        return text
    column = Column(name=planned.column.name, type=planned.merged_type)
    # As a column of one row: the reading of types is one for all.
    read = typed(sa.literal(text, sa.Text()), column, Defaults(zone=zone))
    found = engine.rows(sa.select(canonical_value(read.value, planned.merged_type)))
    if found[0][0] is None:
        raise _bad(planned, value)
    return str(found[0][0])


def _texts(planned: Planned, value: Any) -> Sequence[str]:
    texts = value if isinstance(value, list) else str(value).split(";")
    if not all(isinstance(each, str) and is_storable(each) for each in texts):
        raise _bad(planned, value)
    return [each.strip() for each in texts if each.strip()]


def _bad(planned: Planned, value: Any) -> Exception:
    shown = f'"{str(value)[:60]}"'
    return BAD_PIN(column=planned.column.name, type=planned.merged_type, value=shown)
