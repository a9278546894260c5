"""The tab *Scores* of a dataset: those in use with how they are spread, then the library (SC73)."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.http import urlencode
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.definition import ScoreUse
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.scores.base import GROUPS, Output, Score, columns_of
from tresse.datasets.scores.distribution import distribution, moving_column
from tresse.datasets.scores.library import Available, InUse, missing_of, uses_of
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import group_label
from tresse.datasets.scores.settings import missing_fields, unmet
from tresse.datasets.stored import definition_of
from tresse.datasets.views.computed import waiting_of
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.score_links import bar_words
from tresse.datasets.views.score_pictures import spark
from tresse.engine.base import Engine
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number

ICONS = {
    "value": "banknote",
    "rhythm": "calendar-clock",
    "rfm": "grid-3x3",
    "engagement": "activity",
    "promotion": "percent",
    "basket": "shopping-cart",
    "preference": "heart",
    "loyalty": "trophy",
    "future": "trending-up",
}
SPARK_BARS = 16
NAMED = 5
"Values of a category that a line names."
BETWEEN: dict[str, str] = {
    "integer": N_("A whole number from {low} to {high}"),
    "number": N_("A number from {low} to {high}"),
    "decimal": N_("A number from {low} to {high}"),
}
PLAIN: dict[str, str] = {
    "integer": N_("A whole number"),
    "number": N_("A number"),
    "decimal": N_("A number"),
    "text": N_("A text"),
    "boolean": N_("Yes or no"),
    "date": N_("A day"),
    "datetime": N_("A day and time"),
    "list": N_("A list"),
}
UNITS: dict[str, str] = {
    "money": N_("An amount of money"),
    "share": N_("A share in percent"),
    "days": N_("A number of days"),
    "weeks": N_("A number of weeks"),
}


@require_safe
def dataset_scores(request: SignedIn, name: str) -> HttpResponse:
    """Scores in use, and the library by group; a search looks at names, formulas and outputs."""
    dataset = dataset_of(request, name)
    text = request.GET.get("q", "").strip()
    fields = Available(dataset)
    groups = list(_groups(dataset, fields, normal(text).split()))
    context = {
        **frame(request, dataset, "scores"),
        "groups": groups,
        "found_number": sum(len(each["lines"]) for each in groups),
        "library_number": len(SCORES),
        "q": text,
    }
    if is_fragment(request):
        return page(request, "_scores_library.html", context)
    context |= {"used": used_shown(dataset), "waiting": waiting_of(dataset)}
    return page(request, "scores.html", context)


def _groups(dataset: Dataset, fields: Available, words: list[str]) -> Iterator[dict[str, Any]]:
    uses = definition_of(dataset).scores
    for group in GROUPS:
        lines = [
            _line(dataset, score, fields, uses)
            for score in SCORES
            if score.group == group and all(each in _known(score) for each in words)
        ]
        if lines:
            yield {
                "name": group,
                "label": group_label(group),
                "icon": ICONS.get(group, "calculator"),
                "lines": lines,
            }


def _known(score: Score) -> str:
    """By which words a score is found."""
    outputs = (f"{each.name} {gettext(each.label)}" for each in score.outputs)
    parts = (score.name, gettext(score.label), group_label(score.group), score.source, *outputs)
    return normal(" ".join(parts))


def _line(
    dataset: Dataset, score: Score, fields: Available, uses: tuple[ScoreUse, ...]
) -> dict[str, Any]:
    here = address_of(dataset)
    return {
        "name": score.name,
        "label": gettext(score.label),
        "about": meaning(score),
        "formula": score.formula,
        "source": score.source,
        "used": [
            {"key": each.key, "address": f"{here}scores/{each.key}/"}
            for each in uses
            if each.score == score.name
        ],
        "missing": ways_of(score, fields),
        "add_address": f"{here}scores/new/{score.name}/",
    }


def ways_of(score: Score, fields: Available) -> list[tuple[str, str]]:
    """What a dataset lacks for a score: sentences (SC2), each with where it is mended."""
    return list(zip(missing_of(score, fields), _places_of(score, fields), strict=False))


def _places_of(score: Score, fields: Available) -> Iterator[str]:
    """Where to go for each sentence of `missing_of`, in its order."""
    datasets = {need.entity: fields.dataset_of(need.entity) for need in score.needs}
    known = {
        entity: fields.with_products(name) if entity == "order_items" else fields.of(name)
        for entity, name in datasets.items()
        if name is not None
    }
    for entity in dict.fromkeys(need.entity for need in unmet(score, known)):
        if entity not in known:
            yield f"/datasets/new/?{urlencode({'entity': entity})}"
    for entity, _ in missing_fields(score, known):
        if entity in known:
            yield f"/datasets/{datasets[entity]}/columns/"


def meaning(score: Score) -> str:
    """What a score gives, in one line."""
    if len(score.outputs) == 1:
        return output_words(score.outputs[0])
    return ", ".join(gettext(each.label) for each in score.outputs)


def output_words(output: Output) -> str:
    """Which values an output may have, in one line."""
    if output.choices:
        labels = [gettext(label) for _, label in output.choices[:NAMED]]
        more = ", …" if len(output.choices) > NAMED else ""
        return gettext("One of: {values}").format(values=", ".join(labels)) + more
    if output.unit in UNITS:
        return gettext(UNITS[output.unit])
    if output.type in BETWEEN and output.low is not None and output.high is not None:
        return gettext(BETWEEN[output.type]).format(
            low=number(output.low, _places(output.low)),
            high=number(output.high, _places(output.high)),
        )
    return gettext(PLAIN.get(output.type, "A text"))


def _places(value: float) -> int:
    return 0 if value == int(value) else 2


def used_shown(dataset: Dataset) -> list[dict[str, Any]]:
    """A card for each use that the definition has, with its spread where it was worked out."""
    version = dataset.version
    definition = definition_of(dataset)
    if not definition.scores:
        return []
    made = {each.key: each for each in uses_of(version)} if version else {}
    waiting = waiting_of(dataset, definition)
    here = address_of(dataset)
    found = []
    with engine() as session:
        for use in definition.scores:
            if use.score not in SCORES:
                continue
            score = SCORES[use.score]
            found.append(
                {
                    "key": use.key,
                    "label": gettext(score.label),
                    "prefix": use.prefix,
                    "columns": ", ".join(name for name, _ in columns_of(score, use.prefix)),
                    "icon": ICONS.get(score.group, "calculator"),
                    "is_frozen": use.is_frozen,
                    "is_doubtful": is_doubtful(version, use.key),
                    "is_waiting": use.key in waiting,
                    "address": f"{here}scores/{use.key}/",
                    **_spread(session, dataset, made.get(use.key)),
                }
            )
    return found


def is_doubtful(version: DatasetVersion | None, key: str) -> bool:
    """Whether the model of a score foretold the last weeks badly (SC65)."""
    facts = version.facts.get(key) if version is not None else None
    return bool(facts and facts.get("is_doubtful"))


def _spread(session: Engine, dataset: Dataset, use: InUse | None) -> dict[str, Any]:
    """The spark of a use, and what it says in words; nothing of one that no build has yet."""
    version = dataset.version
    if use is None or version is None:
        return {}
    column = moving_column(version, use.key)
    found = distribution(session, version, column.name, SPARK_BARS)
    top = max(found.bars, key=lambda each: each.count, default=None)
    words = ""
    if top is not None and top.count:
        text = gettext("{n} have {value}")
        words = text.format(n=number(top.count), value=bar_words(top, found.output))
    return {"spark": spark([each.count for each in found.bars]), "words": words}
