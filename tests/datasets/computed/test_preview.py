"""What a computed column would give, before it is saved (D106)."""

import json
from dataclasses import asdict

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.worlds import built
from tests.datasets.computed.shops import AGGREGATES, change, shop
from tests.program import Program
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.datasets.changes.pins import pin
from tresse.datasets.computed import preview as previews
from tresse.datasets.computed.preview import preview
from tresse.datasets.models import DatasetVersion
from tresse.datasets.uses import users_of
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.segments.changes import add_segment
from tresse.sources.versions import engine

pytestmark = pytest.mark.django_db


@pytest.fixture
def whole():
    """People, built with their orders and two aggregates."""
    found, _ = shop(computed=[], scores=[])
    built(found)
    return found


def tried(dataset, sort, **item):
    found = preview(dataset, item, sort, actor=SYSTEM)
    assert json.loads(json.dumps(asdict(found))) == asdict(found)
    return found


def values(found, name):
    return {row["title"]: row["values"][name] for row in found.rows}


def test_a_formula_shows_rows_and_counts_of_null(whole):
    """D106: type, 100 rows, counts of null; nothing is saved."""
    found = tried(whole, "formula", name="mean", sql="spent / orders_number")

    assert (found.type, found.number, found.nulls, found.changed) == ("number", 3, 1, None)
    assert values(found, "mean") == {"Ada": 60.0, "Bob": 20.0, "Eve": None}
    assert [row["title"] for row in found.rows][-1] == "Eve"
    assert DatasetVersion.objects.filter(dataset=whole).count() == 1
    whole.refresh_from_db()
    assert "computed" not in whole.definition


def test_an_aggregate_is_worked_out_over_related_rows(whole):
    """D106, D110: over published versions, time as it stood in the build."""
    item = {"name": "late", "over": "orders", "do": "count", "window": {"last": "12 days"}}
    found = tried(whole, "aggregate", **item)

    assert found.columns == [{"name": "late", "type": "integer", "nulls": 0, "changed": None}]
    assert values(found, "late") == {"Ada": 1, "Bob": 0, "Eve": 0}


def test_editing_shows_how_many_rows_would_change(whole):
    """D106: against the column that it replaces, those that change first."""
    found = tried(whole, "aggregate", **AGGREGATES[1], where="amount < 50")

    assert (found.changed, found.nulls) == (1, 0)
    assert found.rows[0]["title"] == "Ada"
    assert (found.rows[0]["values"], found.rows[0]["before"]) == ({"spent": 40.0}, {"spent": 120.0})
    assert tried(whole, "aggregate", **AGGREGATES[1]).changed == 0


def test_another_type_is_a_change_of_all_values(whole):
    """D106: compared as they are written."""
    found = tried(whole, "formula", name="spent", sql="null")

    assert (found.type, found.changed, found.nulls) == ("text", 3, 3)


def test_a_score_shows_all_its_columns(whole):
    """D106, SC9: with what its base says now."""
    found = tried(whole, "score", score="days_since_last_order")

    assert values(found, "days_since_last_order") == {"Ada": 10, "Bob": 15, "Eve": None}
    rfm = tried(whole, "score", score="rfm", prefix="my_")
    assert len(rfm.columns) > 3
    assert set(rfm.rows[0]["values"]) == {each["name"] for each in rfm.columns}


def test_what_was_saved_but_not_built_is_worked_out_along(whole):
    """D120: a candidate may be made of columns that no version has yet."""
    change(whole, computed=[{"name": "double", "sql": "spent * 2"}])
    found = tried(whole, "formula", name="more", sql="double + 1")

    assert values(found, "more") == {"Ada": 241.0, "Bob": 41.0, "Eve": 1.0}


def test_a_formula_may_hold_aggregates(whole):
    """D110: `SUM(orders.amount) FILTER (WHERE …)`."""
    text = "SUM(orders.amount) FILTER (WHERE orders.amount > 50) + orders_number"
    found = tried(whole, "formula", name="mixed", sql=text)

    assert values(found, "mixed") == {"Ada": 82.0, "Bob": 1.0, "Eve": 0.0}


REFUSED = [
    ("formula", {"name": "x", "sql": "spnt + 1"}, "formula_column"),
    ("formula", {"name": "spent", "sql": "spent * 2"}, "formula_cycle"),
    ("formula", {"name": "email", "sql": "1"}, "column_repeated"),
    ("formula", {"name": "x", "sql": "1", "over": "orders"}, "unknown_key"),
    ("aggregate", {"name": "x", "over": "ordrs", "do": "count"}, "unknown_reference"),
    ("score", {"score": "margin_total"}, "field_missing"),
    ("score", {"score": "rfmm"}, "unknown_name"),
    ("rule", {"name": "x"}, "wrong_value"),
]


def test_a_preview_is_refused_as_saving_is(whole):
    """D106, SC2: in the same words."""
    for sort, item, code in REFUSED:
        with pytest.raises(TresseError) as found:
            preview(whole, item, sort, actor=SYSTEM)

        assert (item, found.value.code) == (item, code)


def test_a_dataset_that_was_never_built_has_no_preview():
    """D106: a preview is over published versions."""
    whole, _ = shop(computed=[], scores=[])
    with pytest.raises(TresseError) as found:
        preview(whole, {"name": "x", "sql": "1"}, "formula", actor=SYSTEM)

    assert found.value.code == "not_built"


def test_a_preview_over_rest(whole, client, ada):  # noqa: ARG001  a built dataset
    """D106, D130: `POST /datasets/{name}/columns/preview`, one candidate at a time."""
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    api = Program(client, secret)
    path = "/datasets/people/columns/preview"
    status, answer = api("POST", path, {"aggregate": {**AGGREGATES[0], "name": "n"}})

    assert status == 200
    assert (answer["type"], answer["number"], answer["nulls"], answer["changed"]) == (
        "integer", 3, 0, None,
    )  # fmt: skip
    assert sorted(row["values"]["n"] for row in answer["rows"]) == [0, 1, 2]
    assert api("POST", path, {})[1]["code"] == "wrong_value"
    item = {"name": "x", "sql": "spnt + 1"}
    status, answer = api("POST", path, {"formula": item})
    assert (status, answer["code"], answer["position"]) == (422, "formula_column", 1)


def test_computed_columns_are_read_only(whole):
    """D121: nobody pins what is worked out."""
    with engine() as session, pytest.raises(TresseError) as found:
        pin(session, whole, "ada@x.fr", "spent", "7", actor=SYSTEM)

    assert found.value.code == "read_only_property"


def test_a_segment_keeps_the_columns_that_it_names(whole):
    """D121: segments over a dataset are asked, too; and the dataset itself stays."""
    rich = {"property": "spent", "operator": "more_than", "value": 100}
    add_segment(
        base="dataset:people", filter=rich, name="rich", model=data_model(), actor=SYSTEM
    )  # fmt: skip
    with pytest.raises(TresseError) as found:
        change(whole, aggregates=AGGREGATES[:1])

    assert (found.value.code, found.value.message) == (
        "in_use",
        'The column "spent" of people is used by segment "Rich". Change these first.',
    )
    change(whole, aggregates=AGGREGATES[1:])
    assert 'segment "Rich"' in users_of(whole)


def test_a_preview_that_takes_too_long_is_stopped(whole, monkeypatch):
    """D105, D106: in words; nobody waits for a column that a build would work out."""
    monkeypatch.setattr(previews, "PREVIEW_SECONDS", -1)

    with pytest.raises(TresseError) as caught:
        preview(whole, {"name": "x", "sql": "upper(first_name)"}, "formula", actor=SYSTEM)

    assert caught.value.code == "preview_too_long"
    assert "was stopped after -1 seconds" in caught.value.message
