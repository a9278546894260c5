"""Runs in chunks of one row: what waits, what is cancelled between, what others do meanwhile."""

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, links, numbers
from tresse.jobs.models import Notification
from tresse.jobs.work import Work
from tresse.objects.database import rows
from tresse.records.changes import delete_records
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY, LINK
from tresse.transfers import changes
from tresse.transfers.run import chunks

WAITING = (
    "E-mail,City,Associated Company,Associated Contact\n"
    "a@ex.org,X,41,b@ex.org\n"
    "c@ex.org,Y,42;43,a@ex.org;new@ex.org\n"
    "b@ex.org,Z,,c@ex.org\n"
    "anna@ex.org,Q,41,b@ex.org\n"
)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    for name in ("MOST_ROWS", "FIRST_ROWS", "FEWEST_ROWS"):
        monkeypatch.setattr(chunks, name, 1)


def dangling(house):
    """Ends of links that are no record."""
    model, lost = house.model, []
    for each in model.associations:
        for object_name, column in (
            (each.from_object, LINK.c.from_id),
            (each.to_object, LINK.c.to_id),
        ):
            table = model.object(object_name).table
            statement = sa.select(LINK.c.from_id, LINK.c.to_id).where(
                LINK.c.association_id == each.id, ~sa.exists().where(table.c.id == column)
            )
            lost += [(each.name, *pair) for pair in rows(statement)]
    return sorted(set(lost))


def between(monkeypatch, act, *, after):
    """Do something when so many chunks were written."""
    done, save = [], Work.save

    def saving(work, *args, **named):
        save(work, *args, **named)
        done.append(1)

    pause = Work.check_cancelled

    def pausing(work):
        if len(done) == after:
            done.append(1)
            act(work)
        pause(work)

    monkeypatch.setattr(Work, "save", saving)
    monkeypatch.setattr(Work, "check_cancelled", pausing)


def told(house):
    """All that a run leaves but times, to be compared."""
    return {
        "contacts": sorted(house.values("contact", "email", "city", "owner").items()),
        "companies": sorted(house.values("company", "name").items()),
        "links": sorted(rows(sa.select(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id))),
        "history": sorted(
            map(
                str,
                rows(
                    sa.select(
                        HISTORY.c.record_id, HISTORY.c.property_id, HISTORY.c.old, HISTORY.c.new
                    )
                ),
            )
        ),
        "events": sorted(
            map(
                str,
                rows(
                    sa.select(
                        EVENT.c.name, EVENT.c.record_id, EVENT.c.other_id, EVENT.c.association_id
                    )
                ),
            )
        ),
        "change sets": len(rows(sa.select(CHANGE_SET.c.id).where(CHANGE_SET.c.source == "import"))),
        "notifications": Notification.objects.filter(kind="import").count(),
    }


def test_pairs_wait_for_records_made_further_down(world):
    """T65: also those of T50; one row after the other gives what one chunk gives."""
    row = world.load("contacts", WAITING, missing="create")
    assert row.state == "done", row.error
    assert numbers(row) == {"rows": 4, "created": 3, "updated": 1}
    assert dangling(world) == []
    assert row.counters["through"] == {"contact": {"created": 1, "updated": 0}}


@pytest.mark.parametrize("after", [1, 2, 3])
def test_cancelled_between_chunks_and_resumed(world, monkeypatch, after):
    """T67, T66: what was written stays, no link hangs in the air, and the end is the same."""

    def cancel(work):
        work.cancel_asked.set()

    row = world.check("contacts", WAITING, missing="create")
    with monkeypatch.context() as patch:
        between(patch, cancel, after=after)
        row = world.run(row)
    assert row.state == "cancelled"
    assert row.counters["rows"] == after
    assert dangling(world) == []

    row, job = changes.resume_import(row, actor=world.ada)
    row = world._done(row, job)
    assert row.state == "done"
    assert row.counters == row.planned
    assert dangling(world) == []
    found = told(world)
    assert found["change sets"] == 1
    assert len(found["links"]) == len(set(found["links"]))


@pytest.mark.parametrize("after", [1, 2, 3])
def test_somebody_makes_the_records_meanwhile(world, monkeypatch, after):
    """T68: never doubled, nothing dangling, each row once in the counters."""

    def make(work):  # noqa: ARG001
        for mail in ("b@ex.org", "c@ex.org", "new@ex.org"):
            if mail not in world.values("contact", "email").values():
                world.make("contact", email=mail)

    row = world.check("contacts", WAITING, missing="create")
    between(monkeypatch, make, after=after)
    row = world.run(row)
    assert row.state == "done", row.error
    mails = [each for each in world.values("contact", "email").values() if each]
    assert sorted(mails) == sorted(set(mails))
    assert dangling(world) == []
    asked = dict.fromkeys(("asked",), 0) | links(row)
    assert asked["asked"] == row.planned["pairs"]["contact-company"]["asked"] + sum(
        pair["asked"] for kind, pair in row.planned["pairs"].items() if kind != "contact-company"
    )


def test_somebody_deletes_records_meanwhile(world, monkeypatch):
    """T63, T65: rows by id fail, pairs to the bin fail, all else is done."""

    def delete(work):  # noqa: ARG001
        delete_records(world.model, world.model.object("contact"), [52], actor=world.ada)
        delete_records(world.model, world.model.object("company"), [42], actor=world.ada)

    content = "ID,City,Associated Company\n51,A,41\n52,B,41\n53,C,42;43\n"
    row = world.check("contacts", content)
    between(monkeypatch, delete, after=1)
    row = world.run(row)
    assert numbers(row) == {"rows": 3, "updated": 2, "failed": 1}
    assert world.links("contact", "company") == [(51, 41), (53, 43)]
    assert links(row) == {"asked": 4, "created": 2, "failed": 1, "not_tried": 1}
    assert [code for _, code in codes(row)] == ["record_in_bin", "record_in_bin"]


def test_all_or_nothing_is_one_transaction(world, monkeypatch):
    """T65: cancelled in the middle, nothing is written."""

    def cancel(work):
        work.cancel_asked.set()

    before = told(world)
    row = world.check("contacts", WAITING, missing="create", all_or_nothing=True)
    with monkeypatch.context() as patch:
        between(patch, cancel, after=2)
        row = world.run(row)
    assert row.state == "cancelled"
    after = told(world)
    assert {k: v for k, v in after.items() if k not in ("change sets", "notifications")} == {
        k: v for k, v in before.items() if k not in ("change sets", "notifications")
    }
    row, job = changes.resume_import(row, actor=world.ada)
    row = world._done(row, job)
    assert row.state == "done"
    assert row.counters == row.planned


def test_a_record_made_by_a_column_further_down_is_waited_for(world, monkeypatch):
    """T65, T47: two columns name the missing record, the second one on an earlier row."""

    def cancel(work):
        work.cancel_asked.set()

    content = (
        "Name,Associated Contact,Decision maker\nOne,,new@ex.org\nTwo,51,\nThree,new@ex.org,\n"
    )
    row = world.check("deals", content, missing="create")
    with monkeypatch.context() as patch:
        between(patch, cancel, after=1)
        row = world.run(row)
    assert dangling(world) == []
    row, job = changes.resume_import(row, actor=world.ada)
    row = world._done(row, job)
    assert row.counters == row.planned
    assert row.counters["through"] == {"contact": {"created": 1, "updated": 0}}
    assert dangling(world) == []
    assert len(world.labelled("decision_maker")) == 1
    assert len(world.links("deal", "contact")) == 3
