"""Stages and pipelines of rows (T40, C49)."""

import pytest

from tests.transfers.imports.house import codes, numbers
from tresse.objects.changes import add_pipeline
from tresse.objects.models import ObjectType, Pipeline


@pytest.fixture
def rentals(world):
    """A second pipeline of deals, with a stage of its own and one called as one of the first."""
    deal = ObjectType.objects.get(name="deal")
    add_pipeline(
        deal,
        name="rentals",
        label="Rentals",
        stages=[
            {"name": "asked", "label": "Asked", "kind": "open"},
            {"name": "won", "label": "Won", "kind": "won"},
            {"name": "lost", "label": "Lost", "kind": "lost"},
        ],
        actor=world.ada,
    )
    yield world
    Pipeline.objects.filter(name="rentals").delete()


def stages_of(house):
    stages = house.model.object("deal").stages
    return {
        id_: None if each is None else stages[each].name
        for id_, each in house.values("deal", "stage").items()
    }


def test_a_stage_is_read_in_the_pipeline_of_the_row(rentals):
    """T40"""
    row = rentals.load("deals", "Name,Pipeline,Stage\nA,Rentals,Asked\nB,Sales,Asked\nC,,Won\n")
    assert codes(row, "cell", "row") == [(3, "stage_not_in_pipeline")]
    assert numbers(row) == {"rows": 3, "created": 3}
    assert list(stages_of(rentals).values())[2:] == ["asked", "new", "won"]


def test_a_stage_is_read_in_the_pipeline_of_the_record(rentals):
    """T40: not in the default one."""
    row = rentals.load("deals", "Deal ID,Pipeline\n61,Rentals\n")
    assert stages_of(rentals)[61] in ("asked", "new"), codes(row)
    row = rentals.load("deals", "Deal ID,Stage\n61,Asked\n")
    assert codes(row) == []
    assert stages_of(rentals)[61] == "asked"


def test_a_stage_of_another_pipeline_than_the_records_is_left_out(rentals):
    """T40: the record stays in its pipeline."""
    rentals.load("deals", "Deal ID,Pipeline,Stage\n61,Rentals,Asked\n")
    row = rentals.load("deals", "Deal ID,Stage\n61,Qualifying\n")
    assert codes(row) == [(2, "stage_not_in_pipeline")]
    assert stages_of(rentals)[61] == "asked"


def test_a_repeated_row_gives_the_stage_in_the_records_pipeline(rentals):
    """T40, T33"""
    rentals.load("deals", "Deal ID,Pipeline,Stage\n61,Rentals,Asked\n")
    rentals.load("deals", "Deal ID,Stage\n61,\n61,Won\n")
    pipelines = rentals.model.object("deal").stages
    stage = rentals.values("deal", "stage")[61]
    assert pipelines[stage].name == "won"
    assert pipelines[stage].pipeline_id == rentals.values("deal", "pipeline")[61]
