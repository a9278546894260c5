"""Conditions on activities: their fields, their windows, their words (G2, C69)."""

import json
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from django.utils import translation

from tresse.accounts.actor import SYSTEM
from tresse.filters import checked, words
from tresse.objects import database
from tresse.records.activities import ACTIVITY_KINDS
from tresse.records.activity_fields import CHOICES, LABELS
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD

MARCH = datetime(2026, 3, 5, 10, tzinfo=UTC)


@pytest.fixture
def log():
    """Writes an activity of a contact as it is stored."""

    def write(id, record, kind, **fields):
        row = {"id": id, "kind": kind, "at": MARCH, "change_set_id": 1}
        text = json.dumps(fields, ensure_ascii=False)
        database.execute(sa.insert(ACTIVITY).values(**row, fields=text))
        about = {"record_id": record, "at": MARCH, "activity_id": id, "object_id": 1}
        database.execute(sa.insert(ACTIVITY_RECORD).values(about))

    return write


@pytest.fixture
def calls(put, log):
    """Contact 1: two calls; 2: a call and a meeting; 3: an e-mail; 4: nothing."""
    for id in (1, 2, 3, 4):
        put("contact", id)
    log(1, 1, "call", text="Łódź 'x'", direction="incoming", outcome="Connected")
    log(2, 1, "call", direction="outgoing", duration_seconds=40)
    log(3, 2, "call", direction="incoming", duration_seconds=600)
    log(4, 2, "meeting", starts_at="2026-03-10T01:30:00+02:00", place="Lyon")
    log(5, 3, "email", to=["ann@x.org", "bob@x.org"], subject="100 %", direction="outgoing")


def field(name, operator, *value):
    return {"field": name, "operator": operator, **({"value": value[0]} if value else {})}


@pytest.mark.usefixtures("calls")
@pytest.mark.parametrize(
    ("kind", "filter", "found"),
    [
        ("call", field("direction", "is", "incoming"), [1, 2]),
        ("call", field("direction", "is_none_of", ["incoming"]), [1]),
        ("call", field("duration_seconds", "at_least", 40), [1, 2]),
        ("call", field("duration_seconds", "less_than", 41), [1]),
        ("call", field("duration_seconds", "is_empty"), [1]),
        ("call", field("outcome", "is", "connected"), [1]),
        ("call", field("text", "contains", "łódź '"), [1]),
        ("call", {"not": field("outcome", "is_not_empty")}, [1, 2]),
        ("meeting", field("starts_at", "on", "2026-03-09"), [2]),
        ("meeting", field("starts_at", "before", "2026-03-09T23:31Z"), [2]),
        ("meeting", field("starts_at", "after", "2026-03-09T23:30Z"), []),
        ("meeting", field("ends_at", "is_empty"), [2]),
        ("email", field("to", "contains", "BOB@x.org"), [3]),
        ("email", field("subject", "is", "100 %"), [3]),
        (["call", "email"], field("direction", "is", "outgoing"), [1, 3]),
        (
            "call",
            [field("direction", "is", "incoming"), field("duration_seconds", "more_than", 60)],
            [2],
        ),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_activities_are_counted_by_their_fields(ids, kind, filter, found):
    """G2, G23: all conditions hold for the same activity; the other records are the rest."""
    node = {"activity": kind, "filter": filter}
    assert ids(node) == found
    assert ids({**node, "operator": "none"}) == [id for id in (1, 2, 3, 4) if id not in found]


@pytest.mark.usefixtures("calls")
def test_counts_take_only_what_passes(ids):
    """G7."""
    node = {"activity": "call", "filter": field("direction", "is_not_empty"), "value": 2}
    assert ids(node) == [1]
    assert ids({**node, "operator": "exactly", "value": 1}) == [2]
    assert ids({"linked": "contact", "filter": node}, "company") == []


@pytest.mark.parametrize(
    ("filter", "faults_"),
    [
        (field("direktion", "is", "incoming"), [("filter", "unknown_property")]),
        (field("direction", "is", "up"), [("filter", "wrong_value")]),
        (field("direction", "contains", "in"), [("filter", "unknown_operator")]),
        (field("starts_at", "on", "today"), [("filter", "unknown_property")]),
        ([{"property": "city", "operator": "is_empty"}], [("filter[0]", "bad_filter")]),
        ({"any": [{"linked": "deal"}]}, [("filter.any[0]", "bad_filter")]),
        ({"activity": "call"}, [("filter", "bad_filter")]),
        (field("company.name", "is_empty"), [("filter", "association_type_not_found")]),
        (None, [("filter", "bad_filter")]),
    ],
    ids=lambda value: json.dumps(value)[:50],
)
def test_only_fields_of_the_kinds_are_asked(faults, filter, faults_):
    """G2, G81c: and a field stands nowhere else."""
    assert faults({"activity": "call", "filter": filter}) == faults_
    assert faults(field("direction", "is", "incoming")) == [("", "bad_filter")]


def test_the_sentence_has_the_fields(model):
    """G40."""
    node = {
        "activity": "call",
        "filter": field("direction", "is", "incoming"),
        "in": {"last": "14 days"},
    }
    with translation.override("en"):
        good = checked(node, model.object("contact"), model=model, actor=SYSTEM)
        assert words(good) == (
            "has at least 1 activities (call) in the last 14 days where (Direction is incoming)"
        )


def test_every_field_has_a_label():
    """C69: and each of its choices."""
    for kind in ACTIVITY_KINDS:
        for name, form in kind.fields.items():
            assert name in LABELS
            assert isinstance(form, str) or set(form) <= set(CHOICES)
