"""Pipelines: stages as rows, and where records go when one is deleted (C47, C50)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.forms import offer
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import name_from
from tresse.objects.described import ObjectDef, PipelineDef, StageDef
from tresse.objects.forms import BLANK, Choices
from tresse.objects.forms.options import moved
from tresse.objects.labels import shown_label

KIND_WORDS = {"open": N_("open"), "won": N_("won"), "lost": N_("lost"), "closed": N_("closed")}


def stage_kinds(here: ObjectDef) -> list[tuple[str, str]]:
    """Kinds that stages of an object type may be of, with their words."""
    names = ("open", "won", "lost") if here.name == "deal" else ("open", "closed")
    return [(name, KIND_WORDS[name]) for name in names]


class PipelineForm(forms.Form):
    """A pipeline; its stages are rows."""

    label = forms.CharField(label=_("Label"), max_length=100)


@dataclass(frozen=True, slots=True)
class StageRow:
    """One stage as its row shows it; without a name it is a new one."""

    name: str = ""
    label: str = ""
    probability: str = ""
    kind: str = "open"


def rows_of(pipeline: PipelineDef, here: ObjectDef) -> list[StageRow]:
    """Stages as rows."""
    return [
        StageRow(stage.name, shown_label(stage, here), str(stage.probability), stage.kind)
        for stage in pipeline.stages
    ]


def posted_rows(posted: Any) -> list[StageRow]:
    """Rows as the page sends them, moved where one of its arrows was pressed."""
    columns = [posted.getlist(f"stage-{key}") for key in ("name", "label", "probability", "kind")]
    return moved([StageRow(*texts) for texts in zip(*columns, strict=False)], posted)


def stage_facts(
    rows: Iterable[StageRow], here: ObjectDef, stored: PipelineDef | None = None
) -> list[dict[str, Any]]:
    """The stages of a pipeline as the change takes them, names made from new labels.

    Args:
        rows: In their order; a new row without a label is none.
        here: The object type.
        stored: The pipeline as it is: a label that was left as shown stays as it is stored.
    """
    there = {stage.name: stage for stage in stored.stages} if stored else {}
    names = {row.name for row in rows if row.name}
    found: list[dict[str, Any]] = []
    for row in rows:
        label = row.label.strip()
        if not (row.name or label):
            continue
        name = row.name or name_from(label, names)
        names.add(name)
        if name in there and label in {"", shown_label(there[name], here)}:
            label = there[name].label
        facts: dict[str, Any] = {"name": name, "label": label, "kind": row.kind}
        if row.probability.strip():
            facts["probability"] = _whole(row.probability.strip())
        found.append(facts)
    return found


def _whole(text: str) -> Any:
    try:
        return int(text.removesuffix("%").strip())
    except ValueError:
        return text


def _full_name(pipeline: PipelineDef, stage: StageDef, here: ObjectDef) -> str:
    return f"{shown_label(pipeline, here)}: {shown_label(stage, here)}"


class StageRemoval(forms.Form):
    """Where the records of a deleted stage go."""

    replace_with = forms.ChoiceField(label=_("Its records go to"), required=False)

    def __init__(self, *args: Any, goals: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "replace_with", [(BLANK, _("Choose …")), *goals])


class StageNeeds(forms.Form):
    """Properties a record needs to enter a stage."""

    required = forms.MultipleChoiceField(
        label=_("Required properties"),
        required=False,
        widget=forms.CheckboxSelectMultiple({"class": "check"}),
    )

    def __init__(self, *args: Any, here: ObjectDef, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        out = {"pipeline", "stage"}
        able = [prop for prop in here.active if not prop.is_read_only and prop.name not in out]
        offer(self, "required", [(prop.name, shown_label(prop)) for prop in able])


class PipelineRemoval(forms.Form):
    """Where the records of a deleted pipeline go: another pipeline, and a stage there for each."""

    into = forms.ChoiceField(label=_("Its records go to"), required=False)

    def __init__(
        self,
        *args: Any,
        pipeline: PipelineDef,
        here: ObjectDef,
        counts: dict[int, int],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        others = [each for each in here.pipelines if each.id != pipeline.id]
        self.stages = [stage for stage in pipeline.stages if counts.get(stage.id)]
        goals: Choices = [(each.name, shown_label(each, here)) for each in others]
        offer(self, "into", [(BLANK, _("Choose …")), *goals] if self.stages else [(BLANK, "–")])
        if not self.stages:
            del self.fields["into"]
        for stage in self.stages:
            name = f"move-{stage.name}"
            label = f"{shown_label(stage, here)} ({counts[stage.id]})"
            self.fields[name] = forms.ChoiceField(label=label, required=False)
            choices: Choices = [
                (
                    f"{each.name}.{goal.name}",
                    f"{shown_label(each, here)}: {shown_label(goal, here)}",
                )
                for each in others
                for goal in each.stages
            ]
            offer(self, name, [(BLANK, _("The stage of the same name")), *choices])

    @property
    def move_fields(self) -> list[forms.BoundField]:
        """Where the records of each stage go."""
        return [self[f"move-{stage.name}"] for stage in self.stages]

    def clean(self) -> dict[str, Any]:
        """All records go to one pipeline."""
        goals = (self.cleaned_data.get(f"move-{stage.name}", "") for stage in self.stages)
        named = {self.cleaned_data.get("into"), *(goal.partition(".")[0] for goal in goals)}
        if len(named - {"", None}) > 1:
            self.add_error(None, gettext("Send all records to stages of one pipeline."))
        return self.cleaned_data

    def facts(self) -> dict[str, Any]:
        """What the change takes."""
        into = self.cleaned_data.get("into") or None
        moves = {}
        for stage in self.stages:
            pipeline, _dot, goal = self.cleaned_data[f"move-{stage.name}"].partition(".")
            if goal:
                into = into or pipeline
                moves[stage.name] = goal
        return {"into": into, "moves": moves}
