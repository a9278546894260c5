"""Changes to pipelines and their stages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.kernel.errors import LIMIT_REACHED
from tresse.kernel.text import normal
from tresse.objects import models
from tresse.objects.changes.checks import check_active, checked_label, checked_name, may_edit
from tresse.objects.changes.options import in_place
from tresse.objects.changes.refusals import (
    BAD_DEAL_PIPELINE,
    BAD_PIPELINE,
    BAD_PROBABILITY,
    BAD_STAGE_NUMBER,
    LAST_PIPELINE,
    NAME_TAKEN,
    NEEDS_PIPELINES,
    STAGE_IN_USE,
)
from tresse.objects.counts import stage_counts
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.facts import pipeline_facts
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.making import make_pipeline
from tresse.objects.queries import pipeline_named, stage_named
from tresse.objects.uses import REWRITERS, Target, refuse_if_used

MOST_PIPELINES = 100
FEWEST_STAGES, MOST_STAGES = 2, 30
SURE = {"won": 100, "lost": 0, "closed": 0, "open": 0}
Facts = Mapping[str, Any]


def add_pipeline(
    object_type: models.ObjectType,
    *,
    name: str,
    label: str,
    stages: Sequence[Facts],
    actor: Actor,
    position: int | None = None,
) -> models.Pipeline:
    """Give an object type with pipelines one more (C47).

    Args:
        object_type: Gets the pipeline.
        name: Stored name; never changes.
        label: What people read.
        stages: In order: `name label probability kind required`.
        actor: Needs `model.edit`.
        position: Among the pipelines; the first one is the default.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `invalid_name`, `name_taken`,
            `wrong_value`, `bad_pipeline`, `unknown_property`, `limit_reached`.
    """
    may_edit(actor)
    check_active(object_type)
    here = data_model().object_by_id(object_type.id)
    if not here.has_pipelines:
        raise NEEDS_PIPELINES(object=shown_label(here), kind="pipeline")
    number = len(here.pipelines)
    if number >= MOST_PIPELINES:
        raise LIMIT_REACHED(name=shown_label(here), number=number, things=gettext("pipelines"))
    label = checked_label(label)
    _check_free(here, checked_name(name), label)
    filled = [_filled({}, stage) for stage in stages]
    check_stages(here, label, filled)
    facts = {"name": name, "label": label, "stages": filled}
    try:
        with transaction.atomic():
            place = number if position is None else position
            made = make_pipeline(object_type, facts, position=place)
            audit.log(actor, "pipeline.add", f"{here.name}.{name}", after=pipeline_facts(made))
    except IntegrityError:
        raise NAME_TAKEN(object=shown_label(here), name=name) from None
    return made


def _check_free(here: ObjectDef, name: str, label: str) -> None:
    for each in here.pipelines:
        if each.name == name:
            raise NAME_TAKEN(object=shown_label(here), name=name)
        if normal(each.label) == normal(label):
            raise NAME_TAKEN(object=shown_label(here), name=label)


def _filled(was: Facts, wanted: Facts) -> dict[str, Any]:
    """A stage as it will be: what is not named stays, or gets what its kind suggests."""
    name = checked_name(wanted.get("name", ""))
    kind = wanted.get("kind", was.get("kind", "open"))
    label = wanted.get("label") or was.get("label") or name.replace("_", " ").capitalize()
    return {
        "name": name,
        "label": checked_label(label),
        "kind": kind,
        "probability": wanted.get("probability", was.get("probability", SURE.get(kind, 0))),
        "required": list(wanted.get("required", was.get("required", ()))),
    }


def check_stages(here: ObjectDef, pipeline: str, stages: Sequence[Facts]) -> None:
    """Refuse stages that make no pipeline (C47).

    Raises:
        TresseError: `bad_pipeline`, `name_taken`, `unknown_property`.
    """
    if not FEWEST_STAGES <= len(stages) <= MOST_STAGES:
        raise BAD_STAGE_NUMBER(pipeline=pipeline, number=len(stages))
    kinds = Counter(stage["kind"] for stage in stages)
    if here.name == "deal":
        if kinds["won"] != 1 or kinds["lost"] != 1 or set(kinds) - {"open", "won", "lost"}:
            raise BAD_DEAL_PIPELINE()
    elif kinds["closed"] != 1 or set(kinds) - {"open", "closed"}:
        raise BAD_PIPELINE()
    _check_each(here, pipeline, stages)


def _check_each(here: ObjectDef, pipeline: str, stages: Sequence[Facts]) -> None:
    for field in ("name", "label"):
        texts = Counter(normal(stage[field]) for stage in stages)
        for stage in stages:
            if texts[normal(stage[field])] > 1:
                raise NAME_TAKEN(object=pipeline, name=stage[field])
    for stage in stages:
        chance = stage["probability"]
        if isinstance(chance, bool) or not isinstance(chance, int) or not 0 <= chance <= 100:
            raise BAD_PROBABILITY(stage=stage["label"], value=chance)
        for name in stage["required"]:
            here.property(name)


def change_pipeline(
    row: models.Pipeline,
    *,
    actor: Actor,
    label: str | None = None,
    position: int | None = None,
    stages: Sequence[Facts] | None = None,
) -> models.Pipeline:
    """Change a pipeline; stages are changed or added by name, none is taken away.

    A list that names them all gives their order; else new ones come last.

    Raises:
        TresseError: As `add_pipeline`.
    """
    may_edit(actor)
    check_active(row.object_type)
    was = pipeline_facts(row)
    here = data_model().object_by_id(row.object_type_id)
    if label is not None and label != row.label:
        _check_free(here, "", checked_label(label))
        row.label = checked_label(label)
    if position is not None:
        row.position = position
    there = {stage["name"]: stage for stage in was["stages"]}
    filled = [_filled(there.get(each.get("name", ""), {}), each) for each in stages or ()]
    wanted = in_place(there, {each["name"]: each for each in filled})
    check_stages(here, row.label, wanted)
    with transaction.atomic():
        row.save()
        _write_stages(row, wanted)
        before, after = audit.difference(was, pipeline_facts(row))
        if after:
            target = f"{here.name}.{row.name}"
            audit.log(actor, "pipeline.change", target, before=before, after=after)
    return row


def _write_stages(row: models.Pipeline, wanted: Sequence[Facts]) -> None:
    there = {stage.name: stage for stage in row.stages.all()}
    for position, facts in enumerate(wanted):
        stage = there.get(facts["name"]) or models.Stage(pipeline=row, name=facts["name"])
        for key in ("label", "kind", "probability", "required"):
            setattr(stage, key, facts[key])
        stage.position = position
        stage.save()


def order_pipelines(
    object_type: models.ObjectType, *, names: Sequence[str], actor: Actor
) -> list[str]:
    """Put the pipelines of an object type in order; the first one is the default (C48).

    Args:
        object_type: Whose pipelines they are.
        names: In order; those not named come after.
        actor: Needs `model.edit`.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `unknown_pipeline`.
    """
    may_edit(actor)
    check_active(object_type)
    there = list(object_type.pipelines.order_by("position", "id"))
    wanted = [pipeline_named(object_type, name).name for name in dict.fromkeys(names)]
    was = [row.name for row in there]
    order = [*wanted, *(name for name in was if name not in wanted)]
    for row in there:
        row.position = order.index(row.name)
    with transaction.atomic():
        models.Pipeline.objects.bulk_update(there, ["position"])
        if order != was:
            before, after = {"pipelines": was}, {"pipelines": order}
            audit.log(actor, "pipeline.order", object_type.name, before=before, after=after)
    return order


def delete_stage(stage: models.Stage, *, actor: Actor, replace_with: str | None = None) -> None:
    """Take a stage out of its pipeline; its records go to another stage of it (C50).

    Raises:
        TresseError: `not_permitted`, `object_archived`, `bad_pipeline`, `stage_in_use`,
            `stage_not_in_pipeline`, `in_use`.
    """
    may_edit(actor)
    row = stage.pipeline
    check_active(row.object_type)
    here = data_model().object_by_id(row.object_type_id)
    left = [each for each in pipeline_facts(row)["stages"] if each["name"] != stage.name]
    check_stages(here, row.label, left)
    refuse_if_used(Target("stage", f"{row.name}.{stage.name}", here.name), stage.label)
    goal = stage_named(row, replace_with) if replace_with else None
    with transaction.atomic():
        _move(here, stage, goal, actor)
        audit.log(
            actor,
            "stage.delete",
            f"{here.name}.{row.name}.{stage.name}",
            after={"replaced_by": replace_with},
        )
        stage.delete()


def _move(here: ObjectDef, stage: models.Stage, goal: models.Stage | None, actor: Actor) -> None:
    number = stage_counts(here).get(stage.id, 0)
    if not number:
        return
    if goal is None or goal.id == stage.id or not len(REWRITERS):
        raise STAGE_IN_USE(number=number, things=shown_plural(here), stage=stage.label)
    for rewriter in REWRITERS:
        rewriter.rewrite(here, here.property("stage"), stage.id, goal.id, actor)


def delete_pipeline(
    row: models.Pipeline,
    *,
    actor: Actor,
    into: str | None = None,
    moves: Mapping[str, str] | None = None,
) -> None:
    """Delete a pipeline; its records go to stages of another one, none is deleted (C50).

    Args:
        row: The pipeline; not the last one of its object.
        actor: Needs `model.edit`.
        into: Name of the pipeline that gets the records.
        moves: Stage here to stage there, by name; a stage not named goes to the one of its name.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `bad_pipeline`, `stage_in_use`,
            `unknown_pipeline`, `stage_not_in_pipeline`, `in_use`.
    """
    may_edit(actor)
    check_active(row.object_type)
    here = data_model().object_by_id(row.object_type_id)
    if len(here.pipelines) == 1:
        raise LAST_PIPELINE(object=shown_label(here), pipeline=row.label)
    refuse_if_used(Target("pipeline", row.name, here.name), row.label)
    goal = pipeline_named(row.object_type, into) if into else None
    with transaction.atomic():
        counts = stage_counts(here)
        for stage in row.stages.all():
            if counts.get(stage.id):
                name = (moves or {}).get(stage.name, stage.name)
                _move(here, stage, stage_named(goal, name) if goal else None, actor)
        if goal and any(counts.get(stage.id) for stage in row.stages.all()):
            for rewriter in REWRITERS:
                rewriter.rewrite(here, here.property("pipeline"), row.id, goal.id, actor)
        audit.log(actor, "pipeline.delete", f"{here.name}.{row.name}", before=pipeline_facts(row))
        row.delete()
