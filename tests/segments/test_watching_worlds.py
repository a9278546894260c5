"""Stored members equal the filter read afresh, whatever happens to records (G55)."""

import sqlalchemy as sa
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.segments.conftest import FRENCH
from tresse.objects.database import rows
from tresse.records.changes import (
    create_record,
    delete_records,
    link_records,
    restore_records,
    unlink_records,
    update_record,
)
from tresse.records.tables import EVENT
from tresse.segments.changes import (
    add_list,
    add_members,
    add_segment,
    compare,
)
from tresse.segments.models import List

MOVES = ("segment_entered", "segment_left")

WORLD = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "create",
                "france",
                "poland",
                "bin",
                "back",
                "link",
                "unlink",
                "list",
                "industry",
                "follow",
            ]
        ),
        st.integers(0, 3),
    ),
    max_size=14,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(acts=WORLD)
def test_stored_members_equal_the_filter_read_afresh(model, ada, watch, side, acts, ids_of):
    """G55: random changes, zero difference"""
    with transaction.atomic():
        rows_ = _segments(model, ada)
        watch.seen = watch.last()
        watch.follow()
        world = World(model, ada, side)
        for act, which in acts:
            watch.follow() if act == "follow" else world.do(act, which)
        watch.follow()
        for row in rows_:
            assert watch.stored(row) == ids_of({"segment": row.name})
        assert compare(mend=False) == {}
        _check_turns()
        transaction.set_rollback(True)


def _segments(model, ada):
    big = {"property": "name", "operator": "starts_with", "value": "Big"}
    asked = {
        "s_french": FRENCH,
        "s_not": {"not": FRENCH},
        "s_linked": {"linked": "company", "filter": big},
        "s_alone": {"linked": "company", "operator": "none"},
        "s_listed": {"all": [{"list": "l"}, {"segment": "s_french", "operator": "is_not_in"}]},
    }
    add_list(base="contact", name="l", model=model, actor=ada)
    return [
        add_segment(
            base="contact", name=name, filter=filter, keeps_size=True, model=model, actor=ada
        )
        for name, filter in asked.items()
    ]


class World:
    """A few contacts and two companies that random acts change; acts that cannot be are left."""

    def __init__(self, model, ada, side):
        self.model, self.ada = model, ada
        self.contact, self.company = model.object("contact"), model.object("company")
        self.side = side("contact", "company")
        self.people, self.binned = [], set()
        self.firms = [self._made(self.company, name=name) for name in ("Big One", "Small")]

    def _made(self, object, **values):
        return create_record(self.model, object, values=values, actor=self.ada)

    def do(self, act, which):
        if act == "create":
            self.people.append(self._made(self.contact, first_name="A", country="FR"))
            return
        if act == "industry":
            name = "Big again" if which % 2 else "Little"
            self._set(self.company, self.firms[which % 2], name=name)
            return
        if not self.people:
            return
        id = self.people[which % len(self.people)]
        if act == "back":
            if id in self.binned:
                restore_records(self.model, self.contact, [id], actor=self.ada)
                self.binned.discard(id)
        elif id not in self.binned:
            getattr(self, act)(id, which)

    def _set(self, object, id, **values):
        update_record(self.model, object, id, values=values, actor=self.ada)

    def france(self, id, _which):
        self._set(self.contact, id, country="FR")

    def poland(self, id, _which):
        self._set(self.contact, id, country="PL")

    def bin(self, id, _which):
        delete_records(self.model, self.contact, [id], actor=self.ada)
        self.binned.add(id)

    def link(self, id, which):
        pair = [(id, self.firms[which % 2])]
        link_records(self.model, self.side, pair, actor=self.ada, mode="replace")

    def unlink(self, id, which):
        pair = [(id, self.firms[which % 2])]
        unlink_records(self.model, self.side, pair, actor=self.ada)

    def list(self, id, _which):
        row = List.objects.get(name="l")
        add_members(row, [id], model=self.model, actor=self.ada)


def _check_turns():
    """Events of one record and segment take turns: in, out, in."""
    statement = sa.select(EVENT.c.record_id, EVENT.c.data, EVENT.c.name)
    statement = statement.where(EVENT.c.name.in_(MOVES)).order_by(EVENT.c.id)
    last: dict[tuple[int, str], str] = {}
    for record, data, name in rows(statement):
        assert last.get((record, data)) != name
        last[(record, data)] = name
