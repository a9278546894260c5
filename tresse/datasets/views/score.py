"""The page of one score: how it is spread, what it is made of, how people move (SC73)."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.definition import Window
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.scores.base import Score, columns_of
from tresse.datasets.scores.distribution import moving_column
from tresse.datasets.scores.library import Available, InUse, run_facts, uses_of
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import group_label
from tresse.datasets.scores.settings import settings_of, window_of
from tresse.datasets.views.computed import waiting_of
from tresse.datasets.views.computed_words import where_words, window_words
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import mapped_of
from tresse.datasets.views.score_fields import fields_of
from tresse.datasets.views.score_form import item_of, score_label
from tresse.datasets.views.score_shown import (
    RFM,
    drifts,
    facts_shown,
    moved,
    notes,
    segments,
    since_of,
    spread,
)
from tresse.datasets.views.scores import output_words
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import day

MOST_WORDS = 120
"Characters of a table that the list of settings shows."


@require_safe
def score_page(request: SignedIn, name: str, key: str) -> HttpResponse:
    """One use of a score; before its first build only what it is."""
    dataset = dataset_of(request, name)
    item = item_of(dataset, key)
    score, version = SCORES[item["score"]], dataset.version
    fields = Available(dataset)
    here = f"{address_of(dataset)}scores/{key}/"
    context: dict[str, Any] = {
        **frame(request, dataset, "scores"),
        "key": key,
        "score_address": here,
        "label": score_label(score),
        "prefix": item.get("prefix", ""),
        "group": group_label(score.group),
        "formula": score.formula,
        "formula_words": gettext(score.meaning),
        "source": score.source,
        "is_frozen": bool(item.get("freeze")),
        "settings": list(_settings(score, item, fields)),
        "inputs": list(_inputs(score, fields)),
        "waiting": [each for each in waiting_of(dataset) if each == key],
        "outputs": [
            {
                "column": column,
                "label": gettext(output.label),
                "about": output_words(output),
                "address": f"?column={column}",
            }
            for column, output in columns_of(score, str(item.get("prefix", "")))
        ],
    }
    use = _made(version, key)
    if version is not None and use is not None:
        context |= _worked_out(request, dataset, version, use)
    return page(request, "score.html", context)


def _made(version: DatasetVersion | None, key: str) -> InUse | None:
    """The use as the published version has it; None before its first build."""
    uses = uses_of(version) if version is not None else []
    return next((each for each in uses if each.key == key), None)


def _worked_out(
    request: SignedIn, dataset: Dataset, version: DatasetVersion, use: InUse
) -> dict[str, Any]:
    """What a build made of it."""
    names = [column.name for column, _ in use.columns]
    wanted = request.GET.get("column", "")
    chosen = wanted if wanted in names else moving_column(version, use.key).name
    run = run_facts(version, use.key)
    since = since_of(request.GET.get("since", ""), version)
    with engine() as session:
        context: dict[str, Any] = {
            "is_made": True,
            "chosen": chosen,
            "spread": spread(session, dataset, version, chosen),
            "moved": moved(session, dataset, version, use.key, since),
        }
        if use.score.name == RFM:
            context["rfm"] = segments(session, dataset, version, use)
    return context | {
        "run": run,
        "t0": day(run.as_of),
        "zone": run.zone,
        "run_facts": facts_shown(run),
        "notes": list(notes(run.facts)) if use.score.name == RFM else [],
        "drifts": drifts(run),
        "has_cuts": "cut_points" in run.facts,
        "may_freeze": bool(run.facts),
        "versions": list(
            dataset.versions.filter(number__lt=version.number)
            .order_by("-number")
            .values_list("number", flat=True)[:30]
        ),
    }


def _settings(score: Score, item: Mapping[str, Any], fields: Available) -> Iterator[dict[str, Any]]:
    """Settings in words; those that are not as by default are marked."""
    said = item.get("settings", {})
    for each in fields_of(settings_of(score), said):
        name = str(each["name"]).removeprefix("s_")
        yield {"label": each["label"], "text": _setting(each, said), "is_said": name in said}
    of = fields.dataset_of(score.over)
    row = Dataset.objects.select_related("version__dataset").filter(name=of).first()
    words = where_words(item.get("where"), row)
    yield {
        "label": gettext("Which rows"),
        "text": words or gettext("All of them"),
        "is_said": bool(words),
    }


def _setting(field: Mapping[str, Any], said: Mapping[str, Any]) -> str:
    value = field["value"]
    if field["kind"] == "window":
        return _window(said.get(str(field["name"]).removeprefix("s_"), value))
    if field["kind"] == "choice":
        return str(dict(field["choices"]).get(value, value))
    if field["kind"] == "flag":
        return gettext("yes") if value else gettext("no")
    if field["kind"] == "share":
        return f"{value} %"
    text = str(value).replace("\n", " · ")
    return (text if len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…") or "–"


def _window(value: Any) -> str:
    try:
        window = window_of(value or None)
    except TresseError:
        return str(value)
    return window_words(replace(window, on="")) if window != Window() else gettext("All of them")


def _inputs(score: Score, fields: Available) -> Iterator[dict[str, Any]]:
    """Semantic fields that it reads, and which column of which dataset holds each."""
    known: dict[str, dict[str, str]] = {}
    for need in score.needs:
        of = fields.dataset_of(need.entity)
        if of is not None and of not in known:
            known[of] = _held(of)
        for name in (*need.fields, *need.any_of):
            column = known.get(of or "", {}).get(name, "")
            yield {
                "field": name,
                "entity": need.entity,
                "dataset": of or "",
                "column": column,
                "is_one_of": name in need.any_of,
                "address": f"/datasets/{of}/columns/" if of else "",
            }


def _held(name: str) -> dict[str, str]:
    """Columns of a dataset by their semantic fields."""
    row = Dataset.objects.select_related("version", "rules").get(name=name)
    plan = mapped_of(row).plan
    shown = (*plan.shown,) if plan is not None else ()
    found = {each.semantic: each.name for each in shown if each.semantic}
    if row.version is not None:
        for each in plan_of(row.version).shown:
            if each.semantic:
                found.setdefault(each.semantic, each.name)
    return found
