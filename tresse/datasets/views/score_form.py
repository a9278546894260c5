"""A use of a score: its rows, its settings, its names; tried before it is kept (SC3, SC4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.changes.scores import key_said, recut_score, stop_score, use_score
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE
from tresse.datasets.scores.base import Score, columns_of
from tresse.datasets.scores.library import Available
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import group_label
from tresse.datasets.scores.settings import settings_of
from tresse.datasets.stored import facts_of
from tresse.datasets.views.computed import SCORES as KEY
from tresse.datasets.views.computed_preview import preview_context
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.score_fields import fields_of, settings_sent
from tresse.datasets.views.scores import ways_of
from tresse.datasets.views.where_form import Where, where_of
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest

FURTHER = ("table", "words")
"Kinds of settings that few people touch: folded."


@dataclass(frozen=True, slots=True)
class Form:
    """What is typed about a use."""

    score: Score
    item: dict[str, Any]
    "As a definition has it."
    where: Where


def item_of(dataset: Dataset, key: str) -> dict[str, Any]:
    """A use as the definition has it.

    Raises:
        TresseError: `unknown_name`.
    """
    items = {key_said(each): each for each in facts_of(dataset).get(KEY, ())}
    if key not in items:
        sort = gettext("score of {name}").format(name=dataset.name)
        raise UNKNOWN_NAME(sort=sort, name=key, nearest=nearest(key, items))
    return dict(items[key])


def score_new(request: SignedIn, name: str, score: str) -> HttpResponse:
    """Use a score of the library."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    return _form_page(request, dataset, SCORES[score], None)


def score_settings(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Change the settings of a use."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    there = item_of(dataset, key)
    return _form_page(request, dataset, SCORES[there["score"]], there)


def _form_page(
    request: SignedIn, dataset: Dataset, score: Score, there: Mapping[str, Any] | None
) -> HttpResponse:
    fields = Available(dataset)
    form = _form(request, dataset, score, there, fields)
    sentence = ""
    if request.method == "POST" and request.POST.get("save") and not form.where.is_edit:
        try:
            _save(request, dataset, form, is_new=there is None)
        except TresseError as error:
            sentence = message(error)
        else:
            messages.success(request, gettext("{name} is saved.").format(name=score_label(score)))
            return redirect(f"{address_of(dataset)}scores/{key_said(form.item)}/")
    context = {
        **frame(request, dataset, "scores"),
        **_context(dataset, form, there),
        "missing": ways_of(score, fields) if there is None else [],
        "sentence": sentence,
    }
    if request.method == "POST" and not sentence and not form.where.is_edit:
        context |= preview_context(dataset, form.item, KEY, request.actor)
    return page(request, "score_form.html", context, is_refused=bool(sentence))


@require_POST
def score_preview(request: SignedIn, name: str, score: str) -> HttpResponse:
    """How the values would be spread, and those of a few people, as a fragment beside the form."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    key = request.GET.get("key", "")
    there = item_of(dataset, key) if key else None
    form = _form(request, dataset, SCORES[score], there, Available(dataset))
    context: dict[str, Any] = {"is_incomplete": form.where.is_incomplete}
    if not form.where.is_incomplete:
        context = preview_context(dataset, form.item, KEY, request.actor)
    return page(request, "_score_preview.html", context)


@require_POST
def score_drop(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Use a score no more; refused while something is made of its columns (D121)."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    try:
        stop_score(dataset, key, actor=request.actor)
    except TresseError as error:
        messages.error(request, message(error))
        return redirect(f"{address_of(dataset)}scores/{key}/")
    messages.success(request, gettext("{name} is removed.").format(name=key))
    return redirect(f"{address_of(dataset)}scores/")


@require_POST
def score_recut(request: SignedIn, name: str, key: str) -> HttpResponse:
    """Have the next build cut frozen cut-points anew (SC18)."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    recut_score(dataset, key, actor=request.actor)
    messages.success(request, gettext("The next build cuts them anew; then they stay again."))
    return redirect(f"{address_of(dataset)}scores/{key}/")


def _save(request: SignedIn, dataset: Dataset, form: Form, *, is_new: bool) -> None:
    if not is_new:
        use_score(dataset, form.item, actor=request.actor)
        return
    # Not `use_score`: it would change the use that is called so already; this refuses it.
    uses = [*facts_of(dataset).get(KEY, ()), form.item]
    change_dataset(dataset, merged(dataset, {KEY: uses}), actor=request.actor)


def _form(
    request: SignedIn,
    dataset: Dataset,
    score: Score,
    there: Mapping[str, Any] | None,
    fields: Available,
) -> Form:
    of = fields.dataset_of(score.over)
    other = Dataset.objects.select_related("version__dataset").filter(name=of).first()
    item: dict[str, Any] = dict(there or {"score": score.name, "prefix": _prefix(dataset, score)})
    if request.method == "POST":
        given = request.POST
        item = {
            "score": score.name,
            "settings": settings_sent(settings_of(score), given),
            "prefix": there.get("prefix", "") if there else given.get("prefix", "").strip(),
            "freeze": given.get("freeze") == "1" and ((there or {}).get("freeze") or True),
        }
    where = where_of(request, other, (there or {}).get("where"))
    item["where"] = where.value
    item = {key: value for key, value in item.items() if value not in (None, "", {}, False)}
    return Form(score, item, where)


def _prefix(dataset: Dataset, score: Score) -> str:
    """Nothing for the first use of a score, else a prefix that is free."""
    keys = [key_said(each) for each in facts_of(dataset).get(KEY, ())]
    if score.name not in keys:
        return ""
    at = 2
    while f"other{at}_{score.name}" in keys:
        at += 1
    return f"other{at}_"


def score_label(score: Score) -> str:
    """The name of a score as people read it."""
    return gettext(score.label)


def _context(dataset: Dataset, form: Form, there: Mapping[str, Any] | None) -> dict[str, Any]:
    score, item, here = form.score, form.item, f"{address_of(dataset)}scores/"
    key = key_said(there) if there else ""
    query = f"?key={key}" if key else ""
    said = item.get("settings", {})
    fields = fields_of(settings_of(score), said)
    return {
        "item": item,
        "key": key,
        "is_new": there is None,
        "label": score_label(score),
        "group": group_label(score.group),
        "formula": score.formula,
        "source": score.source,
        "preview_address": f"{here}new/{score.name}/preview/{query}",
        "back_address": f"{here}{key}/" if key else here,
        "fields": [each for each in fields if each["kind"] not in FURTHER],
        "further": [each for each in fields if each["kind"] in FURTHER],
        "further_said": any(str(e["name"])[2:] in said for e in fields if e["kind"] in FURTHER),
        "where": form.where,
        "where_label": gettext("Which rows of {rows} count").format(
            rows=form.where.rows or score.over
        ),
        "columns": [name for name, _ in columns_of(score, str(item.get("prefix", "")))],
    }
