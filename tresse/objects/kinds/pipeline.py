"""Pipelines and their stages."""

from typing import Any

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.kernel.text import clean, normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.operators import CHOICE
from tresse.objects.kinds.reading import Reading, Unreadable


class Pipeline(PropertyKind):
    """One pipeline of the object, stored by id."""

    name = "pipeline"
    label = N_("Pipeline")
    icon = "workflow"
    column = sa.BigInteger()
    refusals = ("unknown_pipeline",)
    wanted = N_("one of its pipelines")
    operators = CHOICE

    def parse(self, text: str, reading: Reading) -> int:
        """Read a name or a label."""
        found = reading.pipelines.get(normal(text))
        if found is None:
            known = [label for _, label in reading.pipeline_labels.values()]
            raise Unreadable("unknown_pipeline", pipeline=text, known=known)
        return found

    def format(self, value: int, reading: Reading) -> str:
        """Its label."""
        return reading.pipeline_labels[value][1]

    def to_json(self, value: int, reading: Reading) -> str:
        """Its name."""
        return reading.pipeline_labels[value][0]


class Stage(PropertyKind):
    """One stage of the record's pipeline, stored by id."""

    name = "stage"
    label = N_("Stage")
    icon = "flag"
    column = sa.BigInteger()
    refusals = ("stage_not_in_pipeline",)
    wanted = N_("one of its stages")
    operators = CHOICE

    def parse(self, text: str, reading: Reading) -> int:
        """Read a name or a label in `reading.pipeline`, else in the first pipeline that has it."""
        key = normal(text)
        searched = [reading.pipeline] if reading.pipeline else list(reading.pipeline_labels)
        for pipeline in searched:
            if found := reading.stages.get(pipeline, {}).get(key):
                return found
        raise Unreadable("stage_not_in_pipeline", stage=text, **self._places(searched, reading))

    def _places(self, searched: list[int], reading: Reading) -> dict[str, Any]:
        labels = [reading.pipeline_labels[each][1] for each in searched]
        inside = {stage for each in searched for stage in reading.stages.get(each, {}).values()}
        # In the order of the pipeline, which `stage_labels` has and `stages` has not.
        stages = dict.fromkeys(
            label for stage, (_name, label) in reading.stage_labels.items() if stage in inside
        )
        return {"pipeline": labels, "stages": list(stages)}

    def meant(self, value: Any, reading: Reading) -> list[int]:
        """The stages of that name in every pipeline."""
        key = normal(clean(str(value)))
        return [names[key] for names in reading.stages.values() if key in names]

    def format(self, value: int, reading: Reading) -> str:
        """Its label."""
        return reading.stage_labels[value][1]

    def to_json(self, value: int, reading: Reading) -> str:
        """Its name."""
        return reading.stage_labels[value][0]
