"""An import puts the records of its file on a list (T6 `to_list`, G46, T71)."""

import pytest
import sqlalchemy as sa

from tresse.kernel.errors import TresseError
from tresse.objects.database import rows, scalar
from tresse.records.changes.undo import Undoable, undo
from tresse.records.tables import EVENT
from tresse.segments.changes import add_list, add_members
from tresse.segments.tables import LIST_MEMBER

FILE = "E-mail,First name\nanna@ex.org,Anna\ndan@ex.org,Dan\ndan@ex.org,Danny\nx,X\n"


@pytest.fixture
def vip(start):
    """A list with Bob on it."""
    row = add_list(base="contact", name="vip", model=start.model, actor=start.ada)
    add_members(row, [52], model=start.model, actor=start.ada)
    return row


def on_list():
    return {id for (id,) in rows(sa.select(LIST_MEMBER.c.record_id))}


def times_told():
    told = sa.select(sa.func.count()).where(EVENT.c.name == "list_added")
    return scalar(told.select_from(EVENT))


@pytest.mark.usefixtures("vip")
def test_every_record_joins_once_and_an_undo_takes_them_out(start):
    row = start.load("contacts", FILE, to_list="vip")

    joined = on_list()
    assert {51, 52} < joined
    assert len(joined) == row.counters["created"] + 2
    assert times_told() == len(joined)

    start.load("contacts", FILE, to_list="vip")
    assert (on_list(), times_told()) == (joined, len(joined))

    undo(Undoable(row.change_set_id, "people.csv"), actor=start.ada)
    assert 51 not in on_list()
    assert 52 in on_list()


@pytest.mark.usefixtures("vip")
def test_refuses_a_list_that_the_file_cannot_fill(start):
    add_list(base="company", name="firms", model=start.model, actor=start.ada)

    for name, code in (("vpi", "unknown_reference"), ("firms", "wrong_base")):
        with pytest.raises(TresseError) as error:
            start.add("contacts", FILE, to_list=name)
        assert error.value.code == code
