"""Taking back what a change set did to lists (G46, T71)."""

import pytest
import sqlalchemy as sa

from tests.segments.conftest import happened
from tresse.objects.database import scalar
from tresse.records.changes.undo import Undoable, check_undo, undo
from tresse.records.selection import Selection
from tresse.records.tables import CHANGE_SET
from tresse.segments.changes import add_members, fill_list, remove_members


@pytest.fixture
def last():
    """The last change set."""
    return lambda: Undoable(scalar(sa.select(sa.func.max(CHANGE_SET.c.id))), "a change")


def test_who_was_put_on_a_list_is_taken_off(model, ada, vip, make, last, ids_of):
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")
    add_members(vip, [anna], model=model, actor=ada)
    fill_list(vip, Selection(is_all=True), model=model, actor=ada)

    row = undo(last(), actor=ada)

    assert (row.state, row.reversed) == ("done", 1)
    assert ids_of({"list": "vip"}) == [anna]
    assert happened("list_removed") == [("list_removed", bob)]


def test_who_was_taken_off_a_list_comes_back(model, ada, vip, make, last, ids_of):
    anna = make("contact", first_name="Anna")
    add_members(vip, [anna], model=model, actor=ada)
    remove_members(vip, [anna], model=model, actor=ada)

    undo(last(), actor=ada)

    assert ids_of({"list": "vip"}) == [anna]


def test_what_was_changed_since_stays(model, ada, vip, make, last, ids_of):
    """T72"""
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")
    add_members(vip, [anna, bob], model=model, actor=ada)
    first = last()
    remove_members(vip, [anna, bob], model=model, actor=ada)
    add_members(vip, [bob], model=model, actor=ada)

    checked = check_undo(first, actor=ada)

    assert (checked.reversed, checked.kept, checked.failed) == (0, 2, 0)
    assert undo(first, actor=ada).state == "partial"
    assert ids_of({"list": "vip"}) == [bob]
