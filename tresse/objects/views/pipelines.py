"""Pipelines and stages: add, change, order, delete."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from tresse.accounts.requests import SignedIn
from tresse.objects.changes import (
    add_pipeline,
    change_pipeline,
    delete_pipeline,
    delete_stage,
    order_pipelines,
)
from tresse.objects.changes.checks import may_edit, name_from
from tresse.objects.counts import stage_counts
from tresse.objects.described import ObjectDef, PipelineDef, StageDef, data_model
from tresse.objects.forms import refusals_in
from tresse.objects.forms.options import is_move
from tresse.objects.forms.pipelines import (
    PipelineForm,
    PipelineRemoval,
    StageNeeds,
    StageRemoval,
    StageRow,
    posted_rows,
    rows_of,
    stage_facts,
    stage_kinds,
)
from tresse.objects.labels import shown_label
from tresse.objects.queries import object_type_named, pipeline_named, stage_named
from tresse.objects.sight import seen_object
from tresse.objects.views.answers import done, form_answer, named, object_to_change, posted_by, tabs


def object_pipelines(request: SignedIn, object_name: str) -> HttpResponse:
    """The pipelines of an object type, each with its stages; their order can be changed."""
    model = data_model()
    here = seen_object(request.actor, model, object_name)
    if request.method == "POST":
        may_edit(request.actor)
        names = request.POST.getlist("name")
        order_pipelines(
            object_type_named(here.name), names=_moved(request, names), actor=request.actor
        )
        return redirect("objects:object-pipelines", here.name)
    context = tabs(request, model, here, "pipelines") | {
        "pipelines": [
            {
                "name": each.name,
                "label": shown_label(each, here),
                "stages": [_shown(stage, here) for stage in each.stages],
            }
            for each in here.pipelines
        ],
    }
    return render(request, "objects/pipelines.html", context)


def _moved(request: SignedIn, names: list[str]) -> list[str]:
    for key, step in (("up", -1), ("down", 1)):
        if (name := request.POST.get(key)) in names:
            at = names.index(name)
            if 0 <= at + step < len(names):
                names[at], names[at + step] = names[at + step], names[at]
    return names


def _shown(stage: StageDef, here: ObjectDef) -> dict[str, Any]:
    return {
        "stage": stage,
        "label": shown_label(stage, here),
        "needs": [shown_label(here.property(name)) for name in stage.required if here.has(name)],
    }


def pipeline_new(request: SignedIn, object_name: str) -> HttpResponse:
    """Add a pipeline."""
    here = object_to_change(request, object_name)
    posted = posted_by(request)
    form = PipelineForm(posted)
    rows = posted_rows(posted) if posted else _first_stages(here)
    if posted and not is_move(posted) and form.is_valid():
        with refusals_in(form):
            label = form.cleaned_data["label"]
            add_pipeline(
                object_type_named(here.name),
                name=name_from(label, [each.name for each in here.pipelines]),
                label=label,
                stages=stage_facts(rows, here),
                actor=request.actor,
            )
            return redirect("objects:object-pipelines", here.name)
    return _pipeline(request, form, rows, here, title=gettext("New pipeline"))


def _first_stages(here: ObjectDef) -> list[StageRow]:
    ends = [StageRow("", gettext("Won"), "100", "won"), StageRow("", gettext("Lost"), "0", "lost")]
    if here.name != "deal":
        ends = [StageRow("", gettext("Closed"), "0", "closed")]
    return [StageRow("", gettext("New"), "10"), *ends]


def _pipeline(
    request: SignedIn, form: PipelineForm, rows: list[StageRow], here: ObjectDef, **context: Any
) -> HttpResponse:
    context |= named(here) | {
        "form": form,
        "rows": rows,
        "blank": StageRow(),
        "kinds": [(value, gettext(word)) for value, word in stage_kinds(here)],
    }
    status = 422 if form.errors else 200
    return render(request, "objects/pipeline.html", context, status=status)


def pipeline_edit(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Change a pipeline and its stages, in the order of their rows."""
    here = object_to_change(request, object_name)
    row = pipeline_named(object_type_named(here.name), name)
    stored = _named(here, name)
    posted = posted_by(request)
    shown = shown_label(stored, here)
    form = PipelineForm(posted, initial={"label": shown})
    rows = posted_rows(posted) if posted else rows_of(stored, here)
    if posted and not is_move(posted) and form.is_valid():
        with refusals_in(form):
            facts = stage_facts(rows, here, stored)
            given = form.cleaned_data["label"]
            label = row.label if given == shown else given
            change_pipeline(row, label=label, stages=facts, actor=request.actor)
            messages.success(request, gettext("{name} is saved.").format(name=given))
            return redirect("objects:pipeline", here.name, name)
    stages = {stage.name: _shown(stage, here) for stage in stored.stages}
    return _pipeline(request, form, rows, here, title=shown, pipeline=row, stages=stages)


def _named(here: ObjectDef, name: str) -> PipelineDef:
    return next(each for each in here.pipelines if each.name == name)


def pipeline_delete(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Ask where the records of a pipeline go, then delete it."""
    here = object_to_change(request, object_name)
    row = pipeline_named(object_type_named(here.name), name)
    counts = stage_counts(here)
    stored = _named(here, name)
    form = PipelineRemoval(posted_by(request), pipeline=stored, here=here, counts=counts)
    if form.is_valid():
        with refusals_in(form, "into"):
            delete_pipeline(row, actor=request.actor, **form.facts())
            messages.success(request, gettext("{name} is deleted.").format(name=row.label))
            return done(request, "objects:object-pipelines", here.name)
    context = named(here) | {
        "title": gettext("Delete the pipeline {label}").format(label=shown_label(stored, here)),
        "number": sum(counts.get(stage.id, 0) for stage in stored.stages),
        "is_deletion": True,
        "back": reverse("objects:object-pipelines", args=[here.name]),
    }
    return form_answer(request, form, template="objects/_removal.html", **context)


def stage_page(request: SignedIn, object_name: str, name: str, stage_name: str) -> HttpResponse:
    """Choose which properties a record needs to enter a stage."""
    here = object_to_change(request, object_name)
    row = pipeline_named(object_type_named(here.name), name)
    stage = stage_named(row, stage_name)
    form = StageNeeds(posted_by(request), here=here, initial={"required": stage.required})
    if form.is_valid():
        with refusals_in(form):
            facts = {"name": stage.name, **form.cleaned_data}
            change_pipeline(row, stages=[facts], actor=request.actor)
            return done(request, "objects:pipeline", here.name, name)
    context = named(here) | {
        "title": gettext("What {label} requires").format(label=stage.label),
        "back": reverse("objects:pipeline", args=[here.name, name]),
    }
    return form_answer(request, form, template="objects/_boxes.html", **context)


def stage_delete(request: SignedIn, object_name: str, name: str, stage_name: str) -> HttpResponse:
    """Ask where the records of a stage go, then take it out of its pipeline."""
    here = object_to_change(request, object_name)
    row = stage_named(pipeline_named(object_type_named(here.name), name), stage_name)
    others = [each for each in _named(here, name).stages if each.name != stage_name]
    number = stage_counts(here).get(row.pk, 0)
    goals = [(each.name, shown_label(each, here)) for each in others]
    form = StageRemoval(posted_by(request), goals=goals)
    if not number:
        del form.fields["replace_with"]
    if form.is_valid():
        with refusals_in(form):
            goal = form.cleaned_data.get("replace_with") or None
            delete_stage(row, replace_with=goal, actor=request.actor)
            return done(request, "objects:pipeline", here.name, name)
    context = named(here) | {
        "title": gettext("Delete the stage {label}").format(label=row.label),
        "number": number,
        "is_deletion": True,
        "back": reverse("objects:pipeline", args=[here.name, name]),
    }
    return form_answer(request, form, template="objects/_removal.html", **context)
