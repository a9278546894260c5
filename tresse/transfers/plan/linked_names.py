"""Names beside the keys of association cells, held against the records that the keys find (T25)."""

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.text import normal
from tresse.objects.labels import shown_label
from tresse.records.title import title_of
from tresse.transfers.decide import NEW
from tresse.transfers.findings import of_error
from tresse.transfers.layout import Layout, Relation
from tresse.transfers.refusals import NAME_DISAGREES, NOTICE
from tresse.transfers.stage import Ready
from tresse.transfers.staged import Staged
from tresse.transfers.told import Told


def check_linked_names(layout: Layout, staged: Staged, told: Told, actor: Actor) -> None:
    """Tell where a row calls the one record that a cell names otherwise than the house does."""
    for relation in layout.relations:
        if relation.name_position is not None:
            _check(relation, layout, staged, told, actor=actor)


def _check(relation: Relation, layout: Layout, staged: Staged, told: Told, *, actor: Actor) -> None:
    rows, named, record = staged.rows, staged.named, relation.other.table.alias("r")
    alone = (
        sa.select(named.c.line, sa.func.min(named.c.ref).label("ref"))
        .where(named.c.relation == relation.number)
        .group_by(named.c.line)
        .having(sa.func.count() == 1)
        .subquery()
    )
    title, text = title_of(relation.other, record, actor), rows.c[relation.name_text]
    statement = (
        sa.select(alone.c.line, alone.c.ref, title, text)
        .join_from(alone, rows, rows.c.line == alone.c.line)
        .join(record, record.c.id == alone.c.ref)
        .where(alone.c.ref < NEW, text.is_not(None), title != text)
        .order_by(alone.c.line)
    )
    position = relation.name_position or 0
    place = (layout.answers[position].header, position + 1)
    for line, ref, name, given in Ready(statement).rows():
        if normal(name) != normal(given):
            here = shown_label(relation.other)
            error = NAME_DISAGREES(object=here, id=ref, name=name, value=given)
            found = of_error(error, line, level=NOTICE, column=place, value=given)
            told.add(found._replace(record_id=ref))
