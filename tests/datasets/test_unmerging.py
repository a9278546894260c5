"""Taking golden records apart, and back: parts, ids and rows (D63, D58)."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, clusters, fed, golden
from tests.datasets.builds.worlds import people as dataset_of
from tresse.accounts.actor import SYSTEM
from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.changes.unmerging import preview, unmerge, unmerging
from tresse.datasets.deciding import standing
from tresse.datasets.models import Decision
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine

WORLD = {
    "crm": [
        ("1", 1, "C1", "ada@x.fr", "+33611111111"),
        ("2", 4, "C2", "ada@x.fr", "+33622222222"),
        ("3", 9, None, "cy@x.fr", None),
    ],
    "web": [("7", 2, None, "ada@x.fr", "+33611111111"), ("8", 7, None, "cy@x.fr", "+33633333333")],
    "pos": [("A", 3, None, None, "+33611111111"), ("B", 5, None, None, "+33622222222")],
}


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """Three people over three sources, built."""
    for name, rows in WORLD.items():
        fed(name, rows)
    dataset = dataset_of()
    assert built(dataset).state == "published"
    return dataset


def rows_of(dataset):
    """All golden records, but for the version that changed them last: it moves with each change."""
    return [{k: v for k, v in row.items() if k != "_changed_in"} for row in golden(dataset)]


def take_apart(dataset, key, records):
    """Preview and do it; answers both."""
    with engine() as session:
        wanted = unmerging(session, dataset, key, records, actor=SYSTEM)
        seen = preview(session, wanted)
    return seen, unmerge(wanted, actor=SYSTEM)


def test_the_preview_is_what_the_build_makes(people):
    """D63: parts, ids and golden rows; then the component is built anew."""
    before = {row["_id"] for row in rows_of(people)}

    seen, decisions = take_apart(people, "ada@x.fr", ["web/7"])
    run = built(people)

    assert (run.cause, run.state) == ("decision", "published")
    assert [each.records for each in seen.parts] == [("crm/1", "pos/A"), ("web/7",)]
    assert [each.is_new for each in seen.parts] == [False, True]
    assert seen.is_whole
    made = {tuple(row["_keys"]): row for row in rows_of(people)}
    for part in seen.parts:
        row = made[part.records]
        assert part.id == row["_id"]
        assert {k: v for k, v in part.golden.items() if k != "_changed_in"} == row
    assert before < {row["_id"] for row in rows_of(people)}
    assert {(each.a, each.b) for each in decisions} == {("crm/1", "web/7"), ("pos/A", "web/7")}
    assert len({each.group for each in decisions}) == 1


def test_who_is_set_apart_may_join_others_it_was_kept_from(people):
    """D63, D42: without crm/1 in the way, web/7 may be of crm/2, whose e-mail it shares."""
    decide(people, Decision.APART, "crm/1", "web/7", actor=SYSTEM, reason="x")
    with engine() as session:
        wanted = unmerging(session, people, "crm/1", ["crm/1"], actor=SYSTEM)
        seen = preview(session, wanted)
    unmerge(wanted, actor=SYSTEM)
    built(people)

    assert sorted(each.records for each in seen.parts) == sorted(
        tuple(keys) for keys in clusters(people) if {"crm/1", "web/7", "pos/A"} & set(keys)
    )


@given(
    cut=st.sampled_from(
        [
            ("crm/1", ["crm/1"]),
            ("crm/1", ["web/7", "pos/A"]),
            ("crm/2", ["pos/B"]),
            ("web/8", ["crm/3"]),
        ]
    )
)
@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_withdrawing_restores_rows_and_ids_byte_for_byte(people, cut):
    """D63, D58: sources are never touched, so all is as it was."""
    before = rows_of(people)

    _, decisions = take_apart(people, *cut)
    built(people)
    assert rows_of(people) != before
    assert withdraw(decisions[-1], actor=SYSTEM) == list(
        Decision.objects.filter(group=decisions[0].group).order_by("id")
    )
    built(people)

    assert rows_of(people) == before
    assert not standing(people).exists()


def test_what_cannot_be_taken_apart_is_refused(people, mia):
    """D63, D61."""
    decide(people, Decision.LINK, "pos/A", "web/7", actor=SYSTEM, reason="x")

    def refused(key, *records, actor=SYSTEM):
        with engine() as session, pytest.raises(TresseError) as found:
            unmerging(session, people, key, records, actor=actor)
        return found.value

    assert refused("crm/1", "web/7", actor=mia).code == "not_permitted"
    assert refused("crm/99", "web/7").code == "unknown_record"
    error = refused("crm/1", "web/8")
    assert error.code == "unknown_record"
    assert str(error) == "web/8 are no records of crm/1. It has crm/1, web/7, pos/A."
    for records in ([], ["crm/1", "web/7", "pos/A"]):
        assert "Name records of crm/1 to set apart, but not all" in str(refused("crm/1", *records))
    error = refused("crm/1", "web/7")
    assert error.code == "decision_conflict"
    assert "pos/A and web/7 are marked as the same by" in str(error)
    assert "or set both apart" in str(error)
