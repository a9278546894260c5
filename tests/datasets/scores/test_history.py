"""How values of scores changed, with reasons, a row each (SC15)."""

import json
import os
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.worlds import built, fed, golden
from tests.datasets.computed.shops import ORDERS, PEOPLE, change, order, person, shop, sold
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes.settings import change_settings
from tresse.datasets.builds.tables import folder_of, tables_of
from tresse.datasets.layout import Worked
from tresse.datasets.queries import published
from tresse.datasets.scores.history import carry, is_change
from tresse.datasets.scores.library import drift_of, run_facts
from tresse.datasets.scores.timeline import score_entries
from tresse.sources.types import TYPES
from tresse.sources.versions import engine

USES = [
    {"score": "orders_count"},
    {"score": "revenue_total"},
    {"score": "days_since_last_order"},
    {"score": "customer_status"},
]


def changes(dataset):
    """Rows of the published version by name of the person and column, in the order of versions."""
    dataset.refresh_from_db()
    names = {each["_id"]: each["first_name"] for each in golden(dataset)}
    with engine() as session:
        table = tables_of(session, dataset.version).changes
        rows = session.rows(sa.select(*table.c).order_by(table.c.version, table.c.id, table.c.name))
    found = {}
    for id_, score, name, old, new, version, at, reasons in rows:
        facts = (old, new, version, [each["reason"] for each in json.loads(reasons)])
        found.setdefault((names.get(id_), name), []).append(facts)
        assert score == name
        assert at.tzinfo is not None
    return found


def timeline(dataset, name):
    """What the page of a golden record tells of its scores."""
    [id_] = [each["_id"] for each in golden(dataset) if each["first_name"] == name]
    with engine() as session:
        return list(score_entries(session, published(dataset), id_))


def test_values_that_differ_are_written_with_reasons():
    """SC15: `_id, score, old, new, version, at, reasons`; of whom nothing changed, nothing."""
    whole, _ = shop(scores=USES)
    built(whole)
    assert changes(whole) == {}

    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])
    built(whole)

    own = ["own_activity"]
    assert changes(whole) == {
        ("Bob", "orders_count"): [("1", "2", 2, own)],
        ("Bob", "revenue_total"): [("20", "110", 2, own)],
        ("Bob", "days_since_last_order"): [("15", "2", 2, own)],
        ("Bob", "customer_status"): [("one_time", "repeat", 2, own)],
    }
    [entry] = timeline(whole, "Bob")
    assert entry.text == "Customer status went from One-time customer to Repeat customer"
    assert entry.about == "Own activity: One-time customer → Repeat customer"
    assert timeline(whole, "Ada") == []


def test_people_who_are_new_or_gone_have_no_history():
    """SC15: only a value that stood in the version before can have changed; nor has a column."""
    whole, _ = shop(scores=USES[:1])
    built(whole)
    fed("crm", [PEOPLE[0], person("9", "new@x.fr", "New")])
    sold([*ORDERS, order(5, "new@x.fr", 18, 90)])
    change(whole, scores=USES)

    built(whole)

    assert len(golden(whole)) == 2
    assert changes(whole) == {}


def test_a_number_must_move_by_a_share_of_its_range():
    """SC15: 1 % of the spread of the base, which the setting `history_share` widens."""
    whole, _ = shop(scores=USES[1:2])
    sold([*ORDERS, order(5, "eve@x.fr", 3, 1000), order(6, "bob@x.fr", 3, 10)])
    built(whole)

    sold([*ORDERS, order(5, "eve@x.fr", 3, 1009), order(6, "bob@x.fr", 3, 25)])
    built(whole)
    assert set(changes(whole)) == {("Bob", "revenue_total")}

    change_settings({"history_share": 0.5}, actor=SYSTEM)
    sold([*ORDERS, order(5, "eve@x.fr", 3, 2000), order(6, "bob@x.fr", 3, 90)])
    built(whole)
    assert [len(each) for each in changes(whole).values()] == [1, 1]


def test_time_moves_those_who_did_nothing():
    """SC15, SC16: a later moment of the same orders."""
    whole, shopping = shop(scores=USES)
    built(whole)

    for each in (whole, shopping):
        change(each, as_of="2026-03-27")
    built(whole)

    assert changes(whole) == {
        ("Ada", "days_since_last_order"): [("10", "17", 2, ["time_passed"])],
        ("Bob", "days_since_last_order"): [("15", "22", 2, ["time_passed"])],
    }


def test_earlier_versions_keep_their_files():
    """SC15: a file per version, linked into later ones; nothing is written twice."""
    whole, _ = shop(scores=USES[:1])
    built(whole)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])
    built(whole)
    second = folder_of(whole.version)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90), order(6, "bob@x.fr", 18, 90)])
    built(whole)

    files = {each.name: each for each in (folder_of(whole.version) / "changes").iterdir()}

    assert sorted(files) == ["part-000002.parquet", "part-000003.parquet"]
    assert os.path.samefile(
        files["part-000002.parquet"], second / "changes" / "part-000002.parquet"
    )
    assert changes(whole) == {
        ("Bob", "orders_count"): [
            ("1", "2", 2, ["own_activity"]),
            ("2", "3", 3, ["own_activity"]),
        ]
    }


def test_rows_are_dropped_after_two_years(tmp_path):
    """SC15: kept 24 months."""
    whole, _ = shop(scores=USES[:1])
    built(whole)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])
    built(whole)
    folder = folder_of(whole.version) / "changes"

    carry(folder, tmp_path / "young", datetime(2028, 3, 20, tzinfo=UTC))
    carry(folder, tmp_path / "old", datetime(2028, 3, 21, tzinfo=UTC))

    assert [each.name for each in (tmp_path / "young").iterdir()] == ["part-000002.parquet"]
    assert list((tmp_path / "old").iterdir()) == []


@pytest.mark.parametrize(
    ("type_", "old", "new", "span", "told"),
    [
        ("text", "a", "b", None, True),
        ("text", "a", "a", None, False),
        ("text", None, "a", None, True),
        ("boolean", True, False, None, True),
        ("integer", 4, 5, 4.0, True),
        ("integer", 400, 404, 400.0, False),
        ("integer", 400, 405, 400.0, True),
        ("number", 0.5, None, 1.0, True),
        ("number", None, 0.5, 1.0, True),
        ("number", None, None, 1.0, None),
        ("number", 0.5, 0.505, 1.0, False),
        ("number", 0.5, 0.48, 1.0, True),
        ("decimal", 5, 6, None, True),
    ],
)
def test_what_counts_as_a_change(duck, type_, old, new, span, told):
    """SC15: categories, texts and booleans always; numbers by more than 1 % of their range."""
    worked = Worked("score", type_, "score", 0)
    core = TYPES[type_].column
    then, now = (
        sa.cast(sa.null() if each is None else sa.literal(each, core), core) for each in (old, new)
    )

    found = duck.scalar(sa.select(is_change(then, now, worked, span, 0.01)))

    assert bool(found) is bool(told)


def test_frozen_cut_points_stay_until_their_rule_changes():
    """SC18: kept with those of today beside them; other settings cut anew."""
    frozen = {"score": "rfm", "freeze": True}
    whole, _ = shop(scores=[frozen])
    built(whole)
    first = cut_points(whole)

    sold([*ORDERS, order(5, "eve@x.fr", 19, 500), order(6, "bob@x.fr", 18, 90)])
    built(whole)
    run = run_facts(published(whole), "rfm")

    assert cut_points(whole) == first
    assert run.is_frozen
    assert run.today["cut_points"] != first
    drifted = drift_of(run)
    assert drifted
    assert {each.name.split(".")[0] for each in drifted} == {"cut_points"}
    assert all(each.frozen != each.today for each in drifted)

    change(whole, scores=[{**frozen, "settings": {"window": "12 months"}}])
    built(whole)

    assert cut_points(whole) == run.today["cut_points"]
    assert drift_of(run_facts(published(whole), "rfm")) == []


def cut_points(dataset):
    return published(dataset).facts["rfm"]["cut_points"]
