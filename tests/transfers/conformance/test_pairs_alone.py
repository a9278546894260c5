"""Files of pairs alone, and of keys for a list: only links, only members (T54, T55)."""

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, links, numbers
from tresse.objects.database import rows
from tresse.records.changes.undo import Undoable, undo
from tresse.records.tables import EVENT, HISTORY, LINK
from tresse.segments.changes import add_list, add_members
from tresse.segments.tables import LIST_MEMBER

BY_EMAIL = (
    "E-mail,Associated Company,Associated Company Label\n"
    "ANNA@ex.org,41;42,\n"
    "bob@ex.org,41,Primary company\n"
    "nobody@ex.org,41,\n"
)
BY_NAME = "Name,Associated Contact\nACME,anna@ex.org\nbeta,52\n"
BY_ID = "ID,Associated Company\n51,41\n52,\n"


def untouched(house):
    """Everything but links, events and what imports write of themselves."""
    found = house.everything(but=("event", "link", "change_set", "jobs_job"))
    return {
        name: lines
        for name, lines in found.items()
        if name.startswith("object_") or name in ("history", "activity", "activity_record")
    }


@pytest.mark.parametrize(
    ("object_name", "content", "made", "skipped"),
    [("contacts", BY_EMAIL, 3, 1), ("companies", BY_NAME, 2, 0), ("contacts", BY_ID, 1, 0)],
)
def test_a_file_of_pairs_changes_no_value(world, object_name, content, made, skipped):
    """T32, T54: however the key is spelt, no record is made or changed, no history written."""
    before = untouched(world)

    row = world.load(object_name, content, mode="update")

    assert untouched(world) == before
    assert row.plan_facts["is_only_links"]
    assert links(row)["created"] == made
    assert numbers(row).get("skipped", 0) == skipped
    assert numbers(row)["unchanged"] == numbers(row)["rows"] - skipped
    assert rows(
        sa.select(EVENT.c.name).where(EVENT.c.change_set_id == row.change_set_id).distinct()
    ) == [("record_linked",)]


def test_a_file_with_values_is_no_file_of_pairs(world):
    """T28: the name of a company found by its id or another key is written."""
    row = world.load("companies", "ID,Name,Associated Contact\n41,ACME,51\n", mode="update")
    assert not row.plan_facts["is_only_links"]
    assert world.values("company", "name")[41] == "ACME"
    row = world.load(
        "contacts", "External ID,E-mail,Associated Company\nx-51,A@ex.org,41\n", mode="update"
    )
    assert world.values("contact", "email")[51] == "a@ex.org"


LABELS = (
    "E-mail,Associated Company,Associated Company Label\n"
    "anna@ex.org,41,Former company\n"
    "anna@ex.org,42,\n"
    "bob@ex.org,41;42;43,\n"
    "cleo@ex.org,43,Primary company\n"
)


@pytest.mark.parametrize("mode", ["upsert", "update"])
def test_associated_then_dissociated_is_the_first_state(world, mode):
    """T91 e, T55, T58: an m–n file with labels; links and labels are as before, twice over."""
    first = rows(sa.select(LINK))
    before = untouched(world)
    row = world.load("contacts", LABELS, mode=mode)
    assert codes(row) == []
    assert links(row) == {"asked": 6, "created": 6}
    assert len(rows(sa.select(LINK))) > 6

    row = world.load("contacts", LABELS, links="dissociate", mode=mode)

    assert links(row) == {"asked": 6, "removed": 6}
    assert rows(sa.select(LINK)) == first
    assert untouched(world) == before
    row = world.load("contacts", LABELS, links="dissociate", mode=mode)
    assert links(row) == {"asked": 6, "missing": 6}
    assert row.plan_facts["is_only_links"]


def test_keys_with_a_list_put_those_found_on_it(world):
    """T6, T71: nothing else changes; undo takes out exactly those that it put in."""
    vip = add_list(base="contact", name="vip", model=world.model, actor=world.ada)
    add_members(vip, [52], model=world.model, actor=world.ada)
    before = untouched(world)
    content = "E-mail\nANNA@ex.org\nbob@ex.org\nnobody@ex.org\nanna@ex.org\n"

    row = world.load("contacts", content, mode="update", to_list="vip")

    assert untouched(world) == before
    assert numbers(row) == {"rows": 4, "unchanged": 2, "repeated": 1, "skipped": 1}
    assert on_list() == [51, 52]
    undo(Undoable(row.change_set_id, "x.csv"), actor=world.ada)
    assert on_list() == [52]
    assert rows(sa.select(HISTORY.c.id).where(HISTORY.c.change_set_id == row.change_set_id)) == []


def on_list():
    return sorted(id_ for (id_,) in rows(sa.select(LIST_MEMBER.c.record_id)))
