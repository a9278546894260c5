"""Pipelines and stages (C47 to C50)."""

import pytest
import sqlalchemy as sa

from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_pipeline,
    change_pipeline,
    delete_pipeline,
    delete_stage,
    pipelines,
)
from tresse.objects.database import execute
from tresse.objects.queries import object_type_named, pipeline_named, stage_named
from tresse.objects.uses import REWRITERS, Rewriter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
WON_LOST = [{"name": "won", "kind": "won"}, {"name": "lost", "kind": "lost"}]


@pytest.fixture
def deal():
    return object_type_named("deal")


@pytest.fixture
def renewals(admin, deal):
    stages = [{"name": "due"}, *WON_LOST]
    return add_pipeline(deal, name="renewals", label="Renewals", stages=stages, actor=admin)


def put(model, stage_id):
    deal = model().object("deal")
    values = {"id": 1, deal.property("stage").column: stage_id}
    execute(sa.insert(deal.table).values(values))


def test_ships_pipelines(model):
    """C48."""
    [sales] = model().object("deal").pipelines
    shown = [(stage.label, stage.probability) for stage in sales.stages]
    assert shown == [
        ("New", 10),
        ("Qualifying", 20),
        ("Demo scheduled", 40),
        ("Pending commitment", 60),
        ("In negotiation", 80),
        ("Won", 100),
        ("Lost", 0),
    ]
    [support] = model().object("ticket").pipelines
    labels = [stage.label for stage in support.stages]
    assert labels == ["New", "Waiting on us", "Waiting on contact", "Closed"]


@pytest.mark.usefixtures("renewals")
def test_an_object_may_have_several(model):
    """C47: won is sure, lost is not."""
    pipelines = model().object("deal").pipelines
    assert [each.name for each in pipelines] == ["sales", "renewals"]
    assert [stage.probability for stage in pipelines[1].stages] == [0, 100, 0]


@pytest.mark.parametrize(
    ("stages", "code", "sentence"),
    [
        (WON_LOST[:1], "bad_pipeline", "has 2 to 30 stages; X would have 1"),
        ([{"name": f"s{n}"} for n in range(31)], "bad_pipeline", "would have 31"),
        ([{"name": "a"}, WON_LOST[0]], "bad_pipeline", "has one won and one lost stage."),
        ([*WON_LOST, {"name": "x", "kind": "closed"}], "bad_pipeline", "one won and one lost"),
        ([*WON_LOST, {"name": "x", "label": "won"}], "name_taken", 'X already has "'),
        ([*WON_LOST, {"name": "x", "probability": 101}], "bad_pipeline", "goes from 0 to 100"),
        ([*WON_LOST, {"name": "x", "required": ["amont"]}], "unknown_property", '"amount"?'),
        ([*WON_LOST, {"name": "X"}], "invalid_name", "must begin with a letter"),
    ],
)
def test_refuses_stages_that_make_no_pipeline(admin, deal, stages, code, sentence):
    """C47, C129 bad_pipeline."""
    with pytest.raises(TresseError) as refusal:
        add_pipeline(deal, name="x", label="X", stages=stages, actor=admin)
    assert refusal.value.code == code
    assert sentence in refusal.value.message


def test_other_pipelines_have_one_closed_stage(admin):
    """C47."""
    with pytest.raises(TresseError, match="has one closed stage"):
        add_pipeline(object_type_named("ticket"), name="x", label="X", stages=WON_LOST, actor=admin)


def test_only_objects_with_pipelines_have_one(admin, contact):
    """C47."""
    with pytest.raises(TresseError, match="Contact has no pipelines"):
        add_pipeline(contact, name="x", label="X", stages=WON_LOST, actor=admin)


@pytest.mark.usefixtures("renewals")
def test_names_and_labels_are_taken_once(admin, deal):
    """C4, C129 name_taken."""
    for name, label in (("renewals", "X"), ("x", "renewals")):
        with pytest.raises(TresseError, match="Deal already has"):
            add_pipeline(deal, name=name, label=label, stages=WON_LOST, actor=admin)


def test_stages_are_changed_and_added_by_name(admin, renewals, model):
    """C47: none is taken away."""
    stages: list[dict[str, object]] = [
        {"name": "due", "label": "Falling due", "probability": 30},
        {"name": "late"},
    ]
    change_pipeline(renewals, label="Renewal", stages=stages, actor=admin)
    pipeline = model().object("deal").pipelines[1]
    shown = [(stage.name, stage.label, stage.probability) for stage in pipeline.stages]
    assert pipeline.label == "Renewal"
    assert shown[0] == ("due", "Falling due", 30)
    assert {name for name, _, _ in shown} == {"due", "late", "won", "lost"}


def test_a_stage_with_records_is_not_deleted_without_an_answer(admin, renewals, model, monkeypatch):
    """C50, C129 stage_in_use: no record is deleted with its stage."""
    stage = stage_named(renewals, "due")
    change_pipeline(renewals, stages=[{"name": "late"}], actor=admin)
    put(model, stage.id)
    with pytest.raises(TresseError) as refusal:
        delete_stage(stage, actor=admin)
    assert refusal.value.message == "1 Deals are in Due. Choose where they go."

    moved = []
    monkeypatch.setattr(REWRITERS, "_things", {})
    REWRITERS.extend([Rewriter("spy", lambda _o, _p, old, new, _a: moved.append((old, new)))])
    goal = stage_named(renewals, "late").id
    was = stage.id
    delete_stage(stage, replace_with="late", actor=admin)
    assert moved == [(was, goal)]


def test_deleting_a_pipeline_moves_its_records(admin, renewals, model, monkeypatch):
    """C50, C129 stage_in_use."""
    due = stage_named(renewals, "due").id
    put(model, due)
    with pytest.raises(TresseError, match="Choose where they go"):
        delete_pipeline(renewals, actor=admin)

    moved = []
    monkeypatch.setattr(REWRITERS, "_things", {})
    spy = Rewriter("spy", lambda _o, prop, old, new, _a: moved.append((prop.name, old, new)))
    REWRITERS.extend([spy])
    sales = pipeline_named(object_type_named("deal"), "sales")
    old = renewals.id
    delete_pipeline(renewals, into="sales", moves={"due": "new"}, actor=admin)
    new = stage_named(sales, "new").id
    assert moved == [("stage", due, new), ("pipeline", old, sales.id)]


def test_the_last_pipeline_stays(admin, deal):
    """C47."""
    with pytest.raises(TresseError, match="Sales is the last one") as refusal:
        delete_pipeline(pipeline_named(deal, "sales"), actor=admin)
    assert refusal.value.code == "bad_pipeline"


def test_won_and_lost_stages_stay(admin, deal):
    """C47."""
    stage = stage_named(pipeline_named(deal, "sales"), "won")
    with pytest.raises(TresseError, match="one won and one lost"):
        delete_stage(stage, actor=admin)


def test_needs_the_right(reader, deal):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        add_pipeline(deal, name="x", label="X", stages=WON_LOST, actor=reader)


def test_limits_the_number_of_pipelines(admin, deal, monkeypatch):
    """C47, C129 limit_reached."""
    monkeypatch.setattr(pipelines, "MOST_PIPELINES", 1)
    with pytest.raises(TresseError, match="Deal has 1 pipelines, the most allowed"):
        add_pipeline(deal, name="x", label="X", stages=WON_LOST, actor=admin)
