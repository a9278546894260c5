"""Notes, calls, e-mails and meetings imported (T2)."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, links, numbers
from tresse.kernel.errors import TresseError
from tresse.objects.database import execute, rows
from tresse.records.changes import delete_activity, edit_activity, log_activity
from tresse.records.changes.undo import Undoable, undo
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD, EVENT
from tresse.records.timeline import Wanted, timeline
from tresse.segments.changes import add_list
from tresse.transfers.activities import importable, is_activity

CALLS = (
    "External id,When,Text,Direction,Outcome,Duration in seconds,Author,Associated Contact,"
    "Associated Company\n"
    "c-1,2026-03-01 14:05,Asked for a quote,Incoming,interested,95,ada@example.com,"
    "anna@ex.org; 52,41\n"
    "c-2,2026-03-02,Busy,,,,,cleo@ex.org,\n"
)


def activities():
    """Kind, time, author, external id and fields of all activities, oldest id first."""
    table = ACTIVITY.c
    columns = (table.kind, table.at, table.author_id, table.external_id, table.fields)
    statement = sa.select(*columns).where(table.deleted_at.is_(None)).order_by(table.id)
    return [(*facts, json.loads(text)) for *facts, text in rows(statement)]


def about():
    """External id of the activity, and record."""
    table, record = ACTIVITY.c, ACTIVITY_RECORD.c
    statement = sa.select(table.external_id, record.record_id).join_from(
        ACTIVITY, ACTIVITY_RECORD, record.activity_id == table.id
    )
    return sorted(rows(statement), key=str)


def test_makes_calls_with_fields_time_author_and_records(start):
    """T2: notes, calls, e-mails and meetings are imported."""
    row = start.load("calls", CALLS)

    assert (numbers(row), codes(row)) == ({"rows": 2, "created": 2}, [])
    assert links(row) == {"asked": 4, "created": 4}
    first, second = activities()
    assert first[0] == "call"
    assert first[1] == datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
    assert first[2:4] == (start.ada.user_id, "c-1")
    assert first[4] == {
        "text": "Asked for a quote",
        "direction": "incoming",
        "channel": "phone",
        "outcome": "interested",
        "duration_seconds": 95,
    }
    assert second[4] == {"text": "Busy", "direction": "outgoing", "channel": "phone"}
    assert about() == [("c-1", 41), ("c-1", 51), ("c-1", 52), ("c-2", 53)]
    assert set(start.values("contact", "activity_count").values()) == {1}
    assert start.links("contact", "company") == []


def test_stands_on_the_timelines_and_is_found_by_its_words(start):
    """T2, C77: where it happened, found by words, told as an event."""
    start.load("calls", CALLS)
    model = start.model

    found = timeline(model, model.object("contact"), 51, start.ada, wanted=Wanted(kinds=("call",)))
    assert [each.fields["text"] for each in found.entries] == ["Asked for a quote"]
    for words, number in (("quote", 1), ("nothing", 0)):
        asked = Wanted(words=words)
        found = timeline(model, model.object("company"), 41, start.ada, wanted=asked)
        assert len(found.entries) == number
    told = rows(sa.select(EVENT.c.record_id, EVENT.c.data).where(EVENT.c.name == "activity_logged"))
    assert sorted(id_ for id_, _ in told) == [41, 51, 52, 53]
    assert {json.loads(data)["kind"] for _, data in told} == {"call"}


def test_the_same_file_again_changes_nothing(start):
    """T2, T91 b: found by their external id."""
    start.load("calls", CALLS)
    before = activities(), about()

    row = start.load("calls", CALLS)

    assert numbers(row) == {"rows": 2, "unchanged": 2}
    assert links(row) == {"asked": 4, "existing": 4}
    assert (activities(), about()) == before


def test_changes_those_whose_external_id_is_found(start):
    """T2, T35, C70: empty cells change nothing; the former text is kept; more records are added."""
    start.load("calls", CALLS)

    row = start.load(
        "calls",
        "External id,When,Text,Outcome,Associated Contact,Associated Deal\n"
        "c-1,2026-03-03,Wants two,,anna@ex.org,61\nc-2,,Busy,,,\n",
    )

    assert numbers(row) == {"rows": 2, "updated": 1, "unchanged": 1}
    assert links(row) == {"asked": 2, "created": 1, "existing": 1}
    assert row.plan_facts["changes"][0]["new"] == "2026-03-03T00:00:00+00:00"
    fields = activities()[0][4]
    assert (fields["text"], fields["outcome"]) == ("Wants two", "interested")
    assert fields["earlier"][0]["fields"]["text"] == "Asked for a quote"
    assert ("c-1", 61) in about()
    assert {
        at
        for (at,) in rows(sa.select(ACTIVITY_RECORD.c.at).where(ACTIVITY_RECORD.c.record_id == 51))
    } == {activities()[0][1]}


def test_empties_fields_when_asked(start):
    """T35: with `erase_empty`, empty cells of columns that stand for fields."""
    start.load("calls", CALLS)
    row = start.load("calls", "External id,Outcome,Associated Contact\nc-1,,51\n", erase_empty=True)
    assert numbers(row) == {"rows": 1, "updated": 1}
    assert "outcome" not in activities()[0][4]


def test_modes(start):
    """T2, T32: create only skips what it finds, update only what it does not."""
    start.load("notes", "External id,Text,Associated Contact\nn-1,One,51\n")
    content = "External id,Text,Associated Contact\nn-1,Other,51\nn-2,Two,51\n"

    row = start.load("notes", content, mode="create")
    assert (numbers(row), codes(row)) == (
        {"rows": 2, "created": 1, "skipped": 1},
        [(2, "create_only_import")],
    )
    row = start.load("notes", content.replace("n-2", "n-3"), mode="update")
    assert (numbers(row), codes(row)) == (
        {"rows": 2, "updated": 1, "skipped": 1},
        [(3, "update_only_import")],
    )


def test_needs_a_record_and_something_said(start):
    """T2, T46, T76: each row is told of; its pairs are counted once."""
    row = start.load(
        "notes",
        "Text,Associated Contact,Associated Company\n"
        "Good,anna@ex.org,\n"
        "About nobody,,\n"
        "About a stranger,nobody@ex.org,\n"
        ",bob@ex.org,41\n"
        "Half,nobody@ex.org,41\n",
    )
    assert codes(row, "row", "link") == [
        (3, "missing_required_property"),
        (4, "association_record_not_found"),
        (4, "missing_required_property"),
        (5, "missing_required_property"),
        (6, "association_record_not_found"),
    ]
    assert numbers(row) == {"rows": 5, "created": 2, "failed": 3}
    assert links(row) == {"asked": 6, "created": 2, "failed": 2, "not_tried": 2}
    assert [text["text"] for *_, text in activities()] == ["Good", "Half"]


def test_a_file_without_relation_makes_nothing(start):
    """T2: at least one association column says what they are about."""
    row = start.load("notes", "Text\nAlone\n")
    assert codes(row, "row") == [(2, "missing_required_property")]
    assert activities() == []


def test_equal_rows_are_one_and_repeated_ones_are_about_all(start):
    """T33: without key equal in every cell; with a key of several rows."""
    row = start.load(
        "notes",
        "External id,Text,Associated Contact\n,Twice,51\n,Twice,51\nn,More,51\nn,,52\n",
    )
    assert numbers(row) == {"rows": 4, "created": 2, "repeated": 2}
    assert about() == [("n", 51), ("n", 52), (None, 51)]


def test_cells_that_are_no_values_are_left_out(start):
    """T36, T37, T38: an author nobody knows, a direction that is none, a number that is none."""
    row = start.load(
        "calls",
        "Text,Author,Direction,Duration in seconds,Associated Contact\n"
        "Hi,nobody@ex.org,sideways,long,51\n",
    )
    assert [code for _, code in codes(row, "cell")] == [
        "could_not_find_user",
        "invalid_option",
        "could_not_parse_number",
    ]
    [(_, _, author, _, fields)] = activities()
    assert author == start.ada.user_id
    assert fields == {"text": "Hi", "direction": "outgoing", "channel": "phone"}


@pytest.mark.parametrize(
    ("kind", "header", "cells", "fields"),
    [
        ("notes", "Texte,Contact associé", "Bonjour,51", {"text": "Bonjour"}),
        ("notes", "Tekst,Powiązany kontakt", "Witaj,51", {"text": "Witaj"}),
        (
            "calls",
            "Texte,Sens,Contact associé",
            "Bonjour,Entrant,51",
            {"text": "Bonjour", "direction": "incoming", "channel": "phone"},
        ),
        (
            "meetings",
            "Text,Starts,Ends,Place,Attendees,Associated Contact",
            "Plan,2026-03-01 10:00,2026-03-01 11:00,Lyon,Ann; Bo,51",
            {
                "text": "Plan",
                "starts_at": "2026-03-01T10:00:00+00:00",
                "ends_at": "2026-03-01T11:00:00+00:00",
                "place": "Lyon",
                "attendees": ["Ann", "Bo"],
            },
        ),
    ],
)
def test_headers_of_all_languages_are_known(start, kind, header, cells, fields):
    """T20, T42: names, labels and relations in English, French and Polish."""
    row = start.load(kind, f"{header}\n{cells}\n")
    assert codes(row, "row", "cell", "link") == []
    assert activities()[0][4] == fields
    assert about() == [(None, 51)]


def test_a_meeting_stands_where_it_begins(start):
    """C69a: a meeting that is to come stands where it was written, not above the present."""
    content = "External id,Text,Starts,Associated Contact\nm,Past,2026-03-01 10:00,51\n"
    content += "n,To come,2099-03-01 10:00,51\n"
    start.load("meetings", content)
    first, second = (at for _, at, *_ in activities())
    assert first == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert second < datetime(2099, 1, 1, tzinfo=UTC)
    assert numbers(start.load("meetings", content)) == {"rows": 2, "unchanged": 2}


def test_an_email_is_also_about_those_it_is_from_and_to(start):
    """C71, T2: contacts by their addresses, without a relation in the row."""
    row = start.load(
        "emails",
        "Subject,Text,From,To,Copy to,Associated Deal\n"
        "Offer,See below,ada@example.com,Anna@ex.org; who@ex.org,bob@ex.org,61\n"
        "Alone,Hello,cleo@ex.org,,,\n"
        "Nobody,Hello,who@ex.org,,,\n",
    )
    assert numbers(row) == {"rows": 3, "created": 2, "failed": 1}
    assert sorted(id_ for _, id_ in about()) == [51, 52, 53, 61]
    assert activities()[0][4]["to"] == ["Anna@ex.org", "who@ex.org"]


def test_makes_the_contact_it_is_about_when_asked(start):
    """T47: records made through the relation, with ids of their own."""
    row = start.load(
        "notes", "Text,Associated Contact\nHi,new@ex.org\nHo,new@ex.org\n", missing="create"
    )
    assert numbers(row) == {"rows": 2, "created": 2}
    assert row.counters["through"] == {"contact": {"created": 1, "updated": 0}}
    new = next(id_ for id_, email in start.values("contact", "email").items() if email[:3] == "new")
    assert [id_ for _, id_ in about()] == [new, new]
    assert start.values("contact", "activity_count")[new] == 2


def test_an_external_id_belongs_to_one_activity(start):
    """T2, C18: whatever its kind, and also to one that was deleted."""
    model, contact = start.model, start.model.object("contact")
    for kind, key in (("call", "a"), ("note", "b")):
        id_ = log_activity(
            model, kind, [(contact, 51)], fields={"text": "x"}, actor=start.ada, external_id=key
        )
    delete_activity(model, id_, actor=start.ada)

    row = start.load("notes", "External id,Text,Associated Contact\na,A,51\nb,B,51\nc,C,51\n")

    assert codes(row, "row") == [(2, "duplicate_value"), (3, "duplicate_value")]
    assert links(row) == {"asked": 3, "created": 1, "not_tried": 2}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"links": "dissociate"}, "wrong_value"),
        ({"existing": "replace"}, "wrong_value"),
        ({"unknown_options": "add"}, "wrong_value"),
        ({"match": ["text"]}, "wrong_value"),
        ({"to_list": "vip"}, "wrong_base"),
        ({"mapping": {"X": {"new": {"label": "X", "kind": "text"}}}}, "wrong_value"),
    ],
)
def test_refuses_what_makes_no_sense_for_activities(start, asked, code):
    """T2, T56: what an activity is about is not taken away by a file, and so on, in words."""
    add_list(base="contact", name="vip", model=start.model, actor=start.ada)
    with pytest.raises(TresseError) as refused:
        start.check("notes", "External id,Text,X,Associated Contact\na,A,x,51\n", **asked)
    assert refused.value.code == code
    assert "{" not in refused.value.message


def test_undo_takes_off_what_was_made_and_keeps_what_was_edited(start):
    """T71, T72: then the same file can be imported again."""
    row = start.load("calls", CALLS)
    second = ACTIVITY.c.external_id == "c-2"
    execute(ACTIVITY.update().where(second).values(edited_at=ACTIVITY.c.at))

    done = undo(Undoable(row.change_set_id, "calls.csv"), actor=start.ada)

    assert (done.reversed, done.kept) == (3, 1)
    assert about() == [("c-2", 53)]
    assert start.values("contact", "activity_count") == {51: 0, 52: 0, 53: 1}
    assert len(activities()) == 1
    row = start.load("calls", CALLS)
    assert numbers(row) == {"rows": 2, "created": 1, "unchanged": 1}


def test_undo_gives_changed_fields_back(start):
    """T71, T73, C70: fields and time as before, the imported ones kept; later edits stay."""
    start.load("calls", CALLS)
    before = [(at, {**fields}) for _, at, _, _, fields in activities()]
    content = CALLS.replace("Asked for a quote", "Wants two").replace("Busy", "No answer")
    row = start.load("calls", content.replace("2026-03-01 14:05", "2026-03-05 08:00"))
    assert numbers(row) == {"rows": 2, "updated": 2}
    [second] = [
        id_ for id_, key in rows(sa.select(ACTIVITY.c.id, ACTIVITY.c.external_id)) if key == "c-2"
    ]
    edit_activity(start.model, second, fields={"text": "By hand"}, actor=start.ada)

    done = undo(Undoable(row.change_set_id, "calls.csv"), actor=start.ada)

    assert (done.reversed, done.kept, done.failed) == (1, 1, 0)
    first, other = activities()
    said = {name: value for name, value in first[4].items() if name != "earlier"}
    assert (first[1], said) == before[0]
    assert [each["fields"]["text"] for each in first[4]["earlier"]] == [
        "Asked for a quote",
        "Wants two",
    ]
    assert other[4]["text"] == "By hand"
    shown = timeline(start.model, start.model.object("contact"), 51, start.ada)
    assert first[1] in [entry.at for entry in shown.entries]


def test_says_who_may_import_which_kinds(start):
    """T3a: the wizard's choice of objects."""
    found = [each.name for each in importable(start.model, start.ada) if is_activity(each)]
    assert found == ["note", "call", "email", "meeting"]
