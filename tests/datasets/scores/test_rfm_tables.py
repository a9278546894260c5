"""Segments of RFM: every cell in exactly one (SC35 to SC37), and the grid that pages draw."""

import pytest

from tests.datasets.scores.worlds import order, worked, world
from tresse.datasets.definition import ScoreUse
from tresse.datasets.scores import rfm_grid
from tresse.datasets.scores.members.rfm_tables import (
    FXM,
    LAST,
    PRESETS,
    F,
    Segment,
    table_of,
)
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db
DEFAULT = """
    new_customers potential_loyalists potential_loyalists champions champions
    promising potential_loyalists potential_loyalists loyal_customers loyal_customers
    about_to_sleep about_to_sleep need_attention loyal_customers loyal_customers
    hibernating hibernating at_risk at_risk cant_lose_them
    lost lost at_risk at_risk cant_lose_them
"""
SEXTILE = """
    recent recent potential_loyalist loyal champions champions
    recent recent potential_loyalist loyal champions champions
    promising promising needs_attention loyal loyal loyal
    about_to_sleep hibernating needs_attention loyal loyal loyal
    lost hibernating at_risk at_risk cant_lose_them cant_lose_them
    lost lost at_risk at_risk cant_lose_them cant_lose_them
"""
"The tables of SC35 and SC36, the highest R first."
HALVES = [{"name": "Warm", "r": "2", "f": "1-2"}, {"name": "Cold", "r": 1, "f": [1, 2]}]


def refused(**settings):
    with pytest.raises(TresseError) as caught:
        table_of(settings)
    return caught.value


@pytest.mark.parametrize(("preset", "text"), [("default", DEFAULT), ("sextile", SEXTILE)])
def test_shipped_tables_are_those_of_the_specification(preset, text):
    """SC35, SC36."""
    rows = [line.split() for line in text.strip().splitlines()]

    shown = rfm_grid.grid({"preset": preset})

    assert [[cell.segment.name for cell in row] for row in shown] == rows
    assert [row[0].r for row in shown] == list(range(len(rows), 0, -1))


@pytest.mark.parametrize("preset", PRESETS)
def test_every_cell_of_a_shipped_table_is_in_exactly_one_segment(preset):
    """SC35, SC36: by enumeration, of the ranges as they are said."""
    said = PRESETS[preset]
    scores = range(1, said.bins + 1)
    own = [{"name": name, "r": r, said.axis: other} for name, r, other in said.ranges]

    def holders(r, other):
        def has(text, score):
            ends = [int(each) for each in text.split("-")]
            return ends[0] <= score <= ends[-1]

        return [each for each in own if has(each["r"], r) and has(each[said.axis], other)]

    assert all(len(holders(r, other)) == 1 for r in scores for other in scores)
    assert {each["name"] for each in own} == {each.name for each in said.segments}
    assert len(table_of({"preset": preset}).cells) == said.bins**2


@pytest.mark.parametrize("bins", range(2, 11))
@pytest.mark.parametrize("axis", [F, FXM])
def test_own_tables_of_every_size_have_each_cell_once(bins, axis):
    """SC37: n from 2 to 10, over R × F and R × FxM."""
    entries = [
        {"name": f"R {score}", "r": score, axis: f"1-{bins}"} for score in range(1, bins + 1)
    ]

    found = table_of({"bins": bins, "segments": entries})

    assert found.axis == axis
    assert len(found.cells) == bins * bins
    assert all(name == f"R {r}" for (r, _), name in found.cells.items())


def test_own_tables_name_ranges_or_cells_and_a_segment_several_times():
    """SC37."""
    entries = [
        {"name": "Stars", "cells": [[2, 2]]},
        {"name": "Rest", "r": 2, "f": 1},
        {"name": "Rest", "r": "1", "f": "1–2"},
    ]

    found = table_of({"bins": 2, "segments": entries})

    assert found.cells == {(2, 1): "Rest", (2, 2): "Stars", (1, 1): "Rest", (1, 2): "Rest"}
    assert found.segments == (
        Segment("Stars", "Stars", "ok"),
        Segment("Rest", "Rest", "teal"),
        LAST,
    )


def test_cells_alone_are_of_the_axis_of_the_preset():
    """SC37."""
    cells = [[r, other] for r in (1, 2) for other in (1, 2)]

    found = table_of({"preset": "sextile", "bins": 2, "segments": [{"name": "A", "cells": cells}]})

    assert found.axis == FXM


def test_a_hole_is_refused_and_named():
    """SC37: `cells_missing`."""
    error = refused(bins=2, segments=[HALVES[0], {"name": "Cold", "r": 1, "f": 2}])

    assert (error.code, error.status) == ("cells_missing", 422)
    assert str(error) == "R 1, F 1 has no segment. Each cell needs exactly one."


def test_several_holes_are_named_from_high_to_low():
    """SC37: `cells_missing`."""
    error = refused(bins=3, segments=[{"name": "Cold", "r": 1, "fxm": "1-3"}])

    assert str(error) == (
        "6 cells have no segment: R 3, FxM 1; R 3, FxM 2; R 3, FxM 3; R 2, FxM 1; R 2, FxM 2; "
        "R 2, FxM 3. Each cell needs exactly one."
    )


def test_a_long_list_of_holes_is_cut():
    """SC37: the sentence stays readable."""
    error = refused(segments=[{"name": "Cold", "r": 1, "f": "1-5"}])

    assert str(error).startswith("20 cells have no segment: R 5, F 1; ")
    assert "; …. " in str(error)


def test_an_overlap_is_refused_with_its_segments():
    """SC37: `cells_twice`."""
    error = refused(bins=2, segments=[*HALVES, {"name": "Best", "r": 2, "f": 2}])

    assert (error.code, error.status) == ("cells_twice", 422)
    assert str(error) == (
        "Several segments have the same cell: R 2, F 2 (Warm, Best). Each cell needs exactly one."
    )


def test_a_preset_is_made_for_its_number_of_scores():
    """SC35, SC36."""
    assert str(refused(bins=7)) == (
        "The segments default are made for 5 scores, not 7. Give segments of your own, or take 5 "
        "scores."
    )
    assert refused(preset="sextile", bins=5).code == "wrong_value"
    assert table_of({"bins": 5}).bins == 5


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("Stars", "Each segment of RFM needs a name of at most 60 characters."),
        ({"r": 1, "f": 1}, "Each segment of RFM needs a name of at most 60 characters."),
        ({"name": "Prospect", "r": 1, "f": 1}, "Prospect are those without an order."),
        ({"name": "A", "r": 1}, "The segment A needs r and f, or cells"),
        ({"name": "A", "r": 1, "f": 1, "m": 1}, "The segment A needs r and f, or cells"),
        ({"name": "A", "r": "0-2", "f": 1}, "The segment A has 0-2 for R."),
        ({"name": "A", "r": "2-1", "f": 1}, "The segment A has 2-1 for R."),
        ({"name": "A", "r": 1, "f": "-"}, "The segment A has - for F."),
        ({"name": "A", "r": 1, "f": True}, "The segment A has True for F."),
        ({"name": "A", "r": 1, "f": 1.5}, "The segment A has 1.5 for F."),
        ({"name": "A", "r": 1, "f": "1" * 30}, "The segment A has 1111"),
        ({"name": "A", "r": 1, "f": [1, 2, 2]}, "The segment A has [1, 2, 2] for F."),
        ({"name": "A", "cells": [[3, 1]]}, "The segment A has [3, 1] among its cells."),
        ({"name": "A", "cells": [1]}, "The segment A has 1 among its cells."),
        ({"name": "A", "cells": []}, "The segment A has [] among its cells."),
    ],
)
def test_what_is_no_segment_is_refused_in_words(entry, words):
    """SC37."""
    error = refused(bins=2, segments=[*HALVES, entry])

    assert error.code == "wrong_value"
    assert str(error).startswith(words)


def test_a_table_has_one_axis():
    """SC37."""
    error = refused(bins=2, segments=[HALVES[0], {"name": "Cold", "r": 1, "fxm": "1-2"}])

    assert "not of both" in str(error)


@pytest.mark.parametrize("said", ["Stars", {"name": "A"}, 7])
def test_a_table_is_a_list(said):
    """SC37."""
    assert "are a list" in str(refused(segments=said))


def test_segments_come_in_their_order_with_prospects_last():
    """SC73: data for pages."""
    names = [each.name for each in rfm_grid.segments_in_order({})]

    assert names[0] == "champions"
    assert names[-1] == "prospect"
    assert rfm_grid.axis_of({}) == "F"
    assert rfm_grid.axis_of({"preset": "sextile"}) == "FxM"


@pytest.mark.parametrize("preset", PRESETS)
def test_people_are_counted_by_cell_and_by_segment(any_engine, preset):
    """SC73: what the grid and the map of segments show adds up to everybody."""
    orders = [
        order(f"p{person}", f"2026-{1 + person % 3:02}-{1 + person:02}", 10 + person)
        for person in range(20)
        for _ in range(1 + person % 4)
    ]
    small = world(any_engine, people=["x", "y"], orders=orders)
    settings = {"preset": preset}
    use = ScoreUse("rfm", settings)
    columns = worked(use)
    table = small.sheet(use).scored(columns).table
    named = {each.name: each.column for each in columns}

    cells = rfm_grid.people_by_cell(any_engine, table, named, settings)
    groups = rfm_grid.people_by_segment(any_engine, table, named, settings)

    assert sum(cells.values()) == 20
    shown = rfm_grid.grid(settings, cells)
    assert sum(cell.people for row in shown for cell in row) == 20
    counts = {each.segment.name: each.people for each in groups}
    assert counts["prospect"] == 2
    found = [row["rfm_segment"] for row in small.used(use).values()]
    assert counts == {name: found.count(name) for name in counts}
    assert sum(each.share for each in groups) == pytest.approx(1)
    for name in counts:
        drawn = sum(c.people for row in shown for c in row if c.segment.name == name)
        assert name == "prospect" or drawn == counts[name]
