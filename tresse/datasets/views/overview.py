"""A dataset at a glance: its figures, its columns, its builds, what feeds it and what it feeds."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.queries import builds_of
from tresse.datasets.rule_versions import draft_of
from tresse.datasets.shown import look_of, method_label
from tresse.datasets.stored import definition_of
from tresse.datasets.uses import users_of
from tresse.datasets.views.builds import build_context, listed
from tresse.datasets.views.checks import unwell
from tresse.datasets.views.frame import address_of, band_of, dataset_of, frame, page
from tresse.datasets.views.mapped import Mapped, mapped_of
from tresse.sources.shown import entity_label, entity_look
from tresse.sources.views.overview import times_words
from tresse.web.templatetags.numbers import moment, number, percent

SHOWN_BUILDS, SHOWN_COLUMNS, SHOWN_CHECKS = 5, 60, 6


@require_safe
def dataset_page(request: SignedIn, name: str) -> HttpResponse:
    """The first tab."""
    dataset = dataset_of(request, name)
    mapped = mapped_of(dataset)
    builds = list(builds_of(dataset)[:SHOWN_BUILDS])
    band, band_tone = band_of(dataset)
    version = dataset.version
    context = {
        **frame(request, dataset),
        **(build_context(builds[0]) if builds else {}),
        "notes": list(_notes(dataset, mapped)),
        "figures": list(_figures(version)) if version else [],
        "columns": mapped.lines()[:SHOWN_COLUMNS],
        "builds": [listed(each, address_of(dataset)) for each in builds],
        "band": band,
        "band_tone": band_tone,
        "unwell": unwell(version.health)[:SHOWN_CHECKS] if version else [],
        "feeds": list(_feeds(mapped)),
        "related": list(_related(dataset)),
        "users": users_of(dataset),
        "facts": list(_facts(dataset)),
    }
    return page(request, "overview.html", context)


def _notes(dataset: Dataset, mapped: Mapped) -> Iterator[dict[str, str]]:
    """What one should look at, the most urgent first."""
    address = address_of(dataset)
    if mapped.sentence:
        yield _note("bad", mapped.sentence, f"{address}columns/", gettext("Columns"))
    unread = [each.name for each in mapped.feeds if not each.is_read]
    if unread:
        text = gettext("{sources} feeds it and was not read yet. It is left out until then.")
        if len(unread) > 1:
            text = gettext("{sources} feed it and were not read yet. They are left out until then.")
        yield _note("warn", text.format(sources=", ".join(unread)))
    if draft_of(dataset) is not None:
        text = gettext("A draft of its rules waits: see what it would change, then apply it.")
        yield _note("info", text, f"{address}identity/draft/", gettext("See the draft"))
    count = dataset.reviews.filter(state="open").count()
    if count:
        text = ngettext("{n} case waits for a decision.", "{n} cases wait for a decision.", count)
        yield _note("info", text.format(n=number(count)), f"{address}review/", gettext("Decide"))


def _note(tone: str, text: str, address: str = "", label: str = "") -> dict[str, str]:
    return {"tone": tone, "text": text, "address": address, "label": label}


def _figures(version: DatasetVersion) -> Iterator[dict[str, str]]:
    merged = version.source_rows - version.rows
    build = version.build
    sources = len(version.basis.get("sources", version.inputs))
    text = ngettext("of {n} source", "of {n} sources", sources)
    share = percent(merged / version.source_rows, 1) if version.source_rows else "–"
    yield {
        "label": gettext("Golden records"),
        "value": number(version.rows),
        "words": gettext("version {n}").format(n=version.number),
    }
    yield {
        "label": gettext("Records"),
        "value": number(version.source_rows),
        "words": text.format(n=number(sources)),
    }
    yield {
        "label": gettext("Joined"),
        "value": number(merged),
        "words": gettext("{share} of the records").format(share=share),
    }
    if build is not None:
        yield {
            "label": gettext("Kept apart"),
            "value": number(build.quarantined),
            "words": gettext("records that a limit keeps apart"),
        }


def _feeds(mapped: Mapped) -> Iterator[dict[str, Any]]:
    for feed in mapped.feeds:
        name = feed.name.removeprefix("dataset:")
        is_dataset = feed.golden is not None or name != feed.name
        icon, hue = ("database", "accent") if is_dataset else entity_look(feed.entity)
        words = gettext("not read yet")
        if feed.version is not None:
            count = feed.version.rows - feed.version.deleted
            words = ngettext("{n} row", "{n} rows", count).format(n=number(count))
        elif is_dataset:
            words = gettext("dataset")
        yield {
            "name": name,
            "address": f"/datasets/{name}/" if is_dataset else f"/sources/{name}/",
            "icon": icon,
            "hue": hue,
            "words": words,
        }


def _related(dataset: Dataset) -> Iterator[dict[str, Any]]:
    """Datasets it leads to, and those that lead to it."""
    others = {each.name: each for each in Dataset.objects.select_related("version")}
    for relation in dataset.definition.get("relations", ()):
        if relation["to"] in others:
            yield _related_line(
                others[relation["to"]],
                gettext("each row leads to one, by {name}").format(name=relation["name"]),
            )
    for other in others.values():
        for relation in other.definition.get("relations", ()):
            if relation["to"] == dataset.name:
                name = relation.get("inverse") or relation["name"]
                text = gettext("many of its rows lead here, as {name}")
                yield _related_line(other, text.format(name=name))


def _related_line(dataset: Dataset, words: str) -> dict[str, Any]:
    icon, hue = look_of(dataset)
    return {
        "name": dataset.name,
        "address": address_of(dataset),
        "icon": icon,
        "hue": hue,
        "words": words,
    }


def _facts(dataset: Dataset) -> Iterator[tuple[str, str]]:
    definition = definition_of(dataset)
    yield gettext("Rows are"), entity_label(dataset.entity)
    keys = [" + ".join(key.columns) for key in definition.identity.keys]
    yield gettext("Identity keys"), ", ".join(keys) or gettext("none: each record for itself")
    yield gettext("Built"), times_words(definition.schedule)
    if dataset.schedule and dataset.schedule.next_at and dataset.is_enabled:
        yield gettext("Next build"), moment(dataset.schedule.next_at)
    as_of = moment(definition.as_of) if definition.as_of else gettext("the moment of the build")
    yield gettext("As of"), as_of
    if dataset.rules:
        yield gettext("Rules"), gettext("version {n}").format(n=dataset.rules.number)
    methods = {each.merge.method for each in definition.columns} - {"latest"}
    others = ", ".join(sorted(method_label(each) for each in methods))
    yield gettext("Keeps"), gettext("latest") + (f", {others}" if others else "")
    if dataset.owner:
        yield gettext("Owner"), str(dataset.owner)
