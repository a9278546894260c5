"""Who alone may change stored members, and which records a batch of events touched."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from django.db import transaction

from tresse.objects.database import execute
from tresse.objects.described import DataModel
from tresse.records.following import Span, latest
from tresse.records.models import Follower
from tresse.records.tables import EVENT
from tresse.segments.tables import TOUCHED

NAME = "segments"
OURS = ("segment_entered", "segment_left")


@contextmanager
def holding() -> Iterator[Follower]:
    """A transaction that alone may change stored members; answers how far events are read.

    On SQLite a transaction holds the only write lock anyway.
    """
    with transaction.atomic():
        follower, _ = Follower.objects.select_for_update().get_or_create(
            name=NAME, defaults={"position": latest()}
        )
        yield follower


def note_touched(span: Span, model: DataModel) -> int:
    """Fill the stage with the records that the events of a span are about; answers how many."""
    execute(TOUCHED.delete())
    about = sa.and_(span.where, EVENT.c.name.not_in(OURS))
    own = sa.select(EVENT.c.object_id, EVENT.c.record_id, EVENT.c.change_set_id).where(about)
    ends = {each.id: model.object(each.to_object).id for each in model.associations}
    # Of a merge both records are of one object; of a link the other one is where the link leads.
    other_object = (
        sa.case(ends, value=EVENT.c.association_id, else_=EVENT.c.object_id)
        if ends
        else EVENT.c.object_id
    )
    other = sa.select(other_object, EVENT.c.other_id, EVENT.c.change_set_id).where(
        about, EVENT.c.other_id.is_not(None)
    )
    both = sa.union_all(own, other).subquery()
    columns = ["object_id", "record_id", "change_set_id"]
    object_id, record_id, change_set_id = both.c
    found = sa.select(object_id, record_id, sa.func.max(change_set_id)).group_by(
        object_id, record_id
    )
    return execute(TOUCHED.insert().from_select(columns, found))
