"""What follows the merge: pins, fills, the version of the last change, parts of a dataset."""

from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.datasets.merging.worlds import AS_OF, World, column, merged, planned, record
from tests.examples import examples
from tresse.datasets.merging import merge

TYPES = {
    "text": ("Ada", "Ada"),
    "integer": ("12", 12),
    "decimal": ("12.5", Decimal("12.5")),
    "number": ("0.25", 0.25),
    "boolean": ("true", True),
    "date": ("2026-03-01", date(2026, 3, 1)),
    "datetime": ("2026-03-01T10:00:00.000000Z", datetime(2026, 3, 1, 10, tzinfo=UTC)),
    "list": ('["a", "b"]', ["a", "b"]),
    "json": ('{"a": 1}', '{"a": 1}'),
}


def test_a_pin_beats_every_method(duck):
    """D74: of any type; it is of no record, and counts stay."""
    plan = planned(*(column(name, name) for name in TYPES), column("other"))
    rows = [record("crm/1", {"text": "A", "other": "x"}), record("web/1", {"text": "B"})]
    pins = [("p", name, text) for name, (text, _) in TYPES.items()]

    golden, values = merged(duck, plan, rows, pins=pins, name="pins")

    assert {name: golden["p"][name] for name in TYPES} == {
        name: value for name, (_, value) in TYPES.items()
    }
    assert golden["p"]["other"] == "x"
    assert values["p"]["text"] == (None, 2, 2)
    assert values["p"]["other"] == ("crm/1", 1, 1)


def test_a_pin_is_of_one_golden_record_and_may_be_empty(duck):
    """D74"""
    rows = [record("crm/1", {"name": "A"}), record("crm/2", {"name": "B"})]
    clusters = {"p": ["crm/1"], "q": ["crm/2"]}

    golden, values = merged(
        duck, planned(column("name", fill="?")), rows, clusters, pins=[("p", "name", None)]
    )

    assert (golden["p"]["name"], golden["q"]["name"]) == (None, "B")
    assert (values["p"]["name"], values["q"]["name"]) == ((None, 1, 1), ("crm/2", 1, 1))


def test_no_pins_change_nothing(duck):
    """D74"""
    rows = [record("crm/1", {"name": "A"})]

    assert merged(duck, planned(column("name")), rows, pins=[]) == merged(
        duck, planned(column("name")), rows
    )


FILLS = [
    ("text", "bronze", "bronze"),
    ("text", 7, "7"),
    ("integer", 0, 0),
    ("decimal", 1.5, Decimal("1.5")),
    ("number", 2, 2.0),
    ("boolean", False, False),
    ("date", "2026-01-01", date(2026, 1, 1)),
    ("list", ["a", "é"], ["a", "é"]),
]
"Type, what the definition fills with, and what stands there."


@pytest.mark.parametrize(("type_", "fill", "value"), FILLS)
def test_a_fill_stands_where_nothing_is_known(duck, type_, fill, value):
    """D31: after the merge, so that it never beats a real value; it is of no record."""
    plan = planned(column("tier", type_, fill=fill), column("name"))
    rows = [record("crm/1", {"name": "A"}), record("web/1"), record("web/2", {"tier": value})]

    golden, values = merged(duck, plan, rows, {"p": ["crm/1", "web/1"], "q": ["web/2"]})

    assert golden["p"]["tier"] == golden["q"]["tier"] == value
    assert (values["p"]["tier"], values["q"]["tier"]) == ((None, 0, 0), ("web/2", 1, 1))


def test_a_fill_follows_an_empty_latest_record(duck):
    """D31, D70"""
    plan = planned(column("tier", merge_="latest_record", fill="bronze"))
    rows = [record("crm/1", {"tier": "gold"}, modified=1), record("web/1", modified=2)]

    golden, values = merged(duck, plan, rows)

    assert golden["p"]["tier"] == "bronze"
    assert values["p"]["tier"] == (None, 1, 1)


def test_union_is_filled_with_a_list(duck):
    """D31"""
    plan = planned(column("tags", merge_="union", fill=["none"]))

    golden, _ = merged(duck, plan, [record("crm/1"), record("crm/2")])

    assert golden["p"]["tags"] == ["none"]


class Versions:
    """One dataset after the other, each built on the one before."""

    def __init__(self, engine, plan, name):
        self.world = World(engine, plan, name)
        self.engine, self.plan, self.name = engine, plan, name

    def build(self, rows, clusters, number, *, label, before=None, touched=None, **more):
        found = merge(
            self.engine,
            self.plan,
            self.world.records(rows),
            self.world.members(clusters),
            as_of=AS_OF,
            number=number,
            before=before,
            touched=None if touched is None else self.world.ids("touched", touched),
            name=f"{self.name}_{label}",
            **more,
        )
        return found, self.world.golden(found), self.world.values(found)


def test_changed_in_is_the_version_of_the_last_change(duck):
    """D4"""
    plan = planned(column("name"), column("tags", merge_="union"))
    versions = Versions(duck, plan, "changed")
    rows = [record("crm/1", {"name": "A", "tags": "x"}), record("crm/2", {"name": "B"})]
    clusters = {"p": ["crm/1"], "q": ["crm/2"]}
    first, golden, _ = versions.build(rows, clusters, 1, label="a")
    assert {id_: row["changed_in"] for id_, row in golden.items()} == {"p": 1, "q": 1}

    rows.append(record("crm/3", {"name": "C"}))
    rows[1] = record("crm/2", {"name": "B2"})
    second, golden, _ = versions.build(
        rows, clusters | {"r": ["crm/3"]}, 2, label="b", before=first
    )
    assert {id_: row["changed_in"] for id_, row in golden.items()} == {"p": 1, "q": 2, "r": 2}

    _, golden, _ = versions.build(rows, {"p": ["crm/1", "crm/3"]}, 3, label="c", before=second)
    assert golden["p"]["changed_in"] == 3


def test_changed_in_compares_columns_by_name(duck):
    """D4: one that is new, gone, or of another type counts where it holds something."""
    rows = [record("crm/1", {"name": "A"}), record("crm/2", {"zip": "75001"}), record("crm/3")]
    clusters = {"p": ["crm/1"], "q": ["crm/2"], "r": ["crm/3"]}
    first, *_ = Versions(duck, planned(column("name"), column("zip")), "one").build(
        rows, clusters, 1, label="a"
    )
    old = planned(column("name"), column("zip"))
    other = planned(column("zip"), column("city"))
    moved = [replace_values(row, {"zip": row["values"].get("zip")}) for row in rows]

    _, golden, _ = Versions(duck, other, "two").build(
        moved, clusters, 2, label="b", before=first, before_plan=old
    )

    assert {id_: row["changed_in"] for id_, row in golden.items()} == {"p": 2, "q": 1, "r": 1}


def replace_values(row, values):
    return {**row, "values": values}


def test_relations_stand_beside_the_columns_and_count_as_changes(duck):
    """D4, D18"""
    plan = planned(column("name"))
    versions = Versions(duck, plan, "relations")
    rows = [record("crm/1", {"name": "A"}), record("crm/2", {"name": "B"})]
    clusters = {"p": ["crm/1"], "q": ["crm/2"]}
    leads = [sa.column("id", sa.Text()), sa.column("order_id", sa.Text())]

    def led(*ids):
        found = [{"id": id_, "order_id": each} for id_, each in zip("pq", ids, strict=False)]
        return {"relations": ["order"], "related": versions.world.load("leads", leads, found)}

    first, golden, _ = versions.build(rows, clusters, 1, label="a", **led("o1"))
    assert (golden["p"]["order_id"], golden["q"]["order_id"]) == ("o1", None)

    _, golden, _ = versions.build(rows, clusters, 2, label="b", before=first, **led("o1", "o2"))
    assert {id_: row["changed_in"] for id_, row in golden.items()} == {"p": 1, "q": 2}
    assert golden["q"]["order_id"] == "o2"

    _, golden, _ = versions.build(rows, clusters, 2, label="c", before=first)
    assert golden["p"]["changed_in"] == 2
    assert "order_id" not in golden["p"]


def test_relations_without_a_table_are_empty(duck):
    """D18"""
    golden, _ = merged(duck, planned(column("name")), [record("crm/1")], relations=["order"])

    assert golden["p"]["order_id"] is None


PLAN = planned(
    column("name"),
    column("longest", merge_="longest"),
    column("all", merge_="union"),
    column("points", "number", "sum"),
)
CELLS = st.fixed_dictionaries(
    {
        "name": st.sampled_from([None, "a", "b"]),
        "longest": st.sampled_from([None, "a", "bb"]),
        "all": st.sampled_from([None, "x", "y"]),
        "points": st.sampled_from([None, 1.0, 0.1]),
    }
)


@st.composite
def histories(draw):
    """Two states of records and clusters."""
    states = []
    for _ in range(2):
        keys = [f"crm/{n}" for n in range(draw(st.integers(1, 12)))]
        rows = [record(key, draw(CELLS), modified=draw(st.integers(0, 2))) for key in keys]
        owners = [f"p{draw(st.integers(0, 5))}" for _ in keys]
        clusters: dict[str, list[str]] = {}
        for key, owner in zip(keys, owners, strict=True):
            clusters.setdefault(owner, []).append(key)
        states.append((rows, clusters))
    return states


@given(histories(), st.sets(st.sampled_from([f"p{n}" for n in range(6)])))
@examples(12)
def test_a_part_worked_out_is_equal_to_the_whole(duck, history, more):
    """D81, D82: of golden ids, those touched are worked out and all others copied."""
    (rows, clusters), (rows_after, clusters_after) = history
    versions = Versions(duck, PLAN, "parts")
    first, *_ = versions.build(rows, clusters, 1, label="first")

    _, *whole = versions.build(rows_after, clusters_after, 2, label="whole", before=first)
    touched = touched_by(history) | more
    _, *part = versions.build(
        rows_after, clusters_after, 2, label="part", before=first, touched=touched
    )

    assert part == whole


def touched_by(history):
    """Ids of which a record is new, changed, gone, or of another id than before."""
    cells = [
        {
            key: (id_, by_key[key])
            for by_key in [{f"crm/{row['key']}": row for row in rows}]
            for id_, keys in clusters.items()
            for key in keys
        }
        for rows, clusters in history
    ]
    before, after = cells
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return {known[key][0] for known in cells for key in changed if key in known}


def test_steps_in_between_are_dropped(duck):
    """Golden records and values are all that stays in the engine."""
    merged(duck, PLAN, [record("crm/1"), record("crm/2")], name="dropped")

    found = duck.rows(
        sa.select(sa.column("table_name", sa.Text()))
        .select_from(sa.table("tables", schema="information_schema"))
        .where(sa.column("table_name", sa.Text()).like("dropped_merging%"))
    )
    assert {name for (name,) in found} == {"dropped_merging_golden", "dropped_merging_values"}


def test_tables_may_be_kept_elsewhere(duck):
    """`keep` is told `golden` and `values`, and answers the tables."""
    world = World(duck, PLAN, "elsewhere")
    records = world.records([record("crm/1", {"name": "A"})])
    told = []

    def keep(table, statement):
        told.append(table)
        return duck.keep(f"elsewhere_own_{table}", statement)

    found = merge(
        duck, PLAN, records, world.members({"p": ["crm/1"]}), as_of=AS_OF, number=1, keep=keep
    )

    assert told == ["golden", "values"]
    assert world.golden(found)["p"]["name"] == "A"


def test_an_empty_dataset_gives_empty_tables(duck):
    """D4"""
    world = World(duck, PLAN, "empty")

    found = merge(duck, PLAN, world.records([]), world.members({}), as_of=AS_OF, number=1)

    assert (world.golden(found), world.values(found)) == ({}, {})


@pytest.mark.parametrize("cells", [1, 40])
def test_large_worlds_are_worked_on_in_parts(duck, monkeypatch, cells):
    """The same golden records, whatever the number of parts."""
    rows = [record(f"crm/{n}", {"name": f"a{n % 7}", "points": 0.1 * n}) for n in range(60)]
    keys = [f"crm/{n}" for n in range(60)]
    clusters = {f"p{n}": keys[n * 4 : n * 4 + 4] for n in range(8)} | {"q": keys[32:46]}
    clusters |= {f"r{n}": keys[46 + n * 2 : 48 + n * 2] for n in range(7)}
    whole = merged(duck, PLAN, rows, clusters, name="whole")

    # The package has a function of that name, too.
    module = import_module("tresse.datasets.merging.merge")
    monkeypatch.setattr(module, "CELLS", cells * 9)
    parts = merged(duck, PLAN, rows, clusters, name="in_parts")

    assert parts == whole
    assert len(parts[0]) == 16
    assert whole[0]["q"]["members"] == 14
