"""Lists and segments to test with."""

import pytest
import sqlalchemy as sa

from tests.records.conftest import make, noon, reader, side, visit  # noqa: F401  fixtures
from tresse.objects.database import rows, scalar
from tresse.records.following import Span
from tresse.records.lists import listed
from tresse.records.tables import EVENT
from tresse.segments.changes import add_list, add_segment
from tresse.segments.changes.watching import absorb, settle
from tresse.segments.events import holding
from tresse.segments.tables import SEGMENT_MEMBER

FRENCH = {"property": "country", "operator": "is_any_of", "value": ["fr"]}


@pytest.fixture
def vip(model, ada):
    return add_list(base="contact", name="vip", label="VIP", model=model, actor=ada)


@pytest.fixture
def french(model, ada):
    """A segment of contacts in France."""
    return add_segment(base="contact", name="french", filter=FRENCH, model=model, actor=ada)


@pytest.fixture
def ids_of(model, ada):
    """Ids of the contacts that a filter finds for Ada, rising."""

    def ids(filter, *, actor=ada, base="contact"):
        found = listed(model, model.object(base), actor=actor, filter=filter, limit=200)
        return sorted(record.id for record in found.records)

    return ids


class Watch:
    """Follows events as the worker does, whichever transaction the test is in."""

    def __init__(self):
        self.seen = self.last()

    def last(self):
        return scalar(sa.select(sa.func.coalesce(sa.func.max(EVENT.c.id), 0)))

    def follow(self):
        settle()
        with holding() as held:
            end = self.last()
            absorb(Span(sa.and_(EVENT.c.id > self.seen, EVENT.c.id <= end), end))
            self.seen = held.position = end
            held.save()

    def stored(self, segment):
        column = SEGMENT_MEMBER.c
        where = sa.and_(column.segment_id == segment.pk, column.left_at.is_(None))
        return sorted(id for (id,) in rows(sa.select(column.record_id).where(where)))


@pytest.fixture
def watch(model):  # noqa: ARG001  the database
    return Watch()


def happened(*names):
    """Names and records of events, in their order."""
    statement = sa.select(EVENT.c.name, EVENT.c.record_id).where(EVENT.c.name.in_(names))
    return rows(statement.order_by(EVENT.c.id))
