"""Why a person has a value of a score, and why it changed: figures, orders and steps in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.golden_rows import golden_page
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.naming import short_id, title_columns, title_of
from tresse.datasets.queries import published
from tresse.datasets.scores.base import MONEY, Output
from tresse.datasets.scores.distribution import moving_column
from tresse.datasets.scores.explaining import Explained, Steps, explained, why_changed
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.saying import reason_label, reason_words, typed, value_shown
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.score_form import item_of, score_label
from tresse.engine.base import Engine
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number

FOUND, MOST_DEEDS = 8, 10
"People that a search offers; rows that came, changed or went."
NET = Output("net", "decimal", "", unit=MONEY)
ICONS = {
    "rule_changed": "sliders-horizontal",
    "time_passed": "clock",
    "own_activity": "shopping-cart",
    "identity_changed": "merge",
    "others_moved": "users",
    "unknown": "circle-help",
}


@require_safe
def score_why(request: SignedIn, name: str, key: str) -> HttpResponse:
    """One person: `person` is an id or what a search of golden records takes; `since` a version."""
    dataset = dataset_of(request, name)
    item = item_of(dataset, key)
    version = published(dataset)
    text = request.GET.get("person", "").strip()
    since = request.GET.get("since", "")
    here = f"{address_of(dataset)}scores/{key}/"
    context: dict[str, Any] = {
        "person": text,
        "key": key,
        "score_address": here,
        "label": score_label(SCORES[item["score"]]),
        "since": int(since) if since.isdecimal() else None,
        "versions": list(
            dataset.versions.filter(number__lt=version.number)
            .order_by("-number")
            .values_list("number", flat=True)[:30]
        ),
    }
    if text:
        with engine() as session:
            context |= _answer(session, dataset, version, key, text, context["since"])
    if is_fragment(request) and request.GET.get("words"):
        return page(request, "_score_words.html", context)
    if is_fragment(request):
        return page(request, "_score_why.html", context)
    return page(request, "score_why.html", {**frame(request, dataset, "scores"), **context})


def _answer(
    session: Engine,
    dataset: Dataset,
    version: DatasetVersion,
    key: str,
    text: str,
    since: int | None,
) -> dict[str, Any]:
    plan = plan_of(version)
    found = golden_page(session, version, title_columns(plan), text=text, limit=FOUND)
    people = [(str(row["_id"]), title_of(plan, row)) for row in found.rows]
    if len(people) != 1:
        return {"people": people, "nobody": not people}
    [(id_, title)] = people
    answer: dict[str, Any] = {
        "id": id_,
        "title": title,
        "golden_address": f"{address_of(dataset)}rows/{id_}/",
    }
    try:
        answer["why"] = why_shown(explained(session, dataset, key, id_))
        if since is not None:
            changed = why_changed(session, dataset, key, id_, since)
            main = moving_column(version, key).name
            answer["changed"] = [steps_shown(each, main) for each in changed]
    except TresseError as error:
        answer["sentence"] = message(error)
    return answer


def why_shown(found: Explained) -> dict[str, Any]:
    """The sum in words, its figures, the orders that it was done with."""
    named = {each.name for each in found.in_use.score.parts}
    figures = [
        {
            "label": gettext(each.output.label),
            "text": value_shown(each.value, each.output),
            "is_part": each.name in named,
        }
        for each in (*found.parts, *found.outputs)
    ]
    ignored = sum(1 for each in found.orders if each.cause)
    counted = len(found.orders) - ignored
    words = ngettext("{n} order counts", "{n} orders count", counted).format(n=number(counted))
    return {
        "words": found.words,
        "figures": figures,
        "adds_up": found.in_use.score.adds_up,
        "orders": [
            {
                "key": each.key,
                "at": each.at,
                "net": value_shown(each.net, NET),
                "words": each.words,
            }
            for each in found.orders
        ],
        "orders_words": words,
    }


def steps_shown(found: Steps, main: str) -> dict[str, Any]:
    """How a value came from one version to another; steps that move nothing are named (SC17).

    Args:
        found: The steps.
        main: Column whose steps are open at once: people look for it first.
    """

    def label(text: str | None) -> str:
        return value_shown(typed(text, found.column.type), found.output) or gettext("nothing")

    return {
        "column": found.column.name,
        "label": gettext(found.output.label) if found.output else found.column.name,
        "old": label(found.old),
        "new": label(found.new),
        "is_same": found.old == found.new,
        "since": found.since,
        "version": found.version,
        "is_open": found.column.name == main,
        "still": ", ".join(reason_label(e.reason) for e in found.steps if not e.moves),
        "steps": [
            {
                "icon": ICONS.get(each.reason, "circle"),
                "label": reason_label(each.reason),
                "words": reason_words(each.reason),
                "before": label(each.before),
                "after": label(each.after),
                "deeds": list(_deeds(each.deeds)),
            }
            for each in found.steps
            if each.moves
        ],
    }


def _deeds(deeds: Mapping[str, list[str]]) -> Iterator[dict[str, Any]]:
    """What came, changed and went, each row with its address."""
    labels = {
        "came": gettext("New"),
        "changed": gettext("Changed"),
        "went": gettext("Gone"),
    }
    for name, rows in deeds.items():
        for row in rows[:MOST_DEEDS]:
            dataset, _, key = row.partition("/")
            yield {
                "label": labels.get(name, name),
                "text": f"{dataset} {short_id(key)}",
                "address": f"/datasets/{dataset}/rows/{key}/" if name != "went" else "",
            }
