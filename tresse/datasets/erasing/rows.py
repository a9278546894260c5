"""Rows of sources and datasets in this database that are about a person (D91)."""

import shutil
from typing import Any

from django.db.models import Q, QuerySet

from tresse.datasets.models import (
    LIVE,
    DatasetBuild,
    DatasetVersion,
    Decision,
    Lift,
    Pin,
    ReviewItem,
    RuleVersion,
)
from tresse.kernel.marks import N_
from tresse.records.erasing import Person, Place, dropping, holding, scrubbing
from tresse.sources.looking import root as looks
from tresse.sources.models import LIVE as READING
from tresse.sources.models import Rejection, SourceRun


def _either(found: QuerySet[Any], own: Q, fields: tuple[str, ...], person: Person) -> QuerySet[Any]:
    said = holding(found.all(), fields, person)
    return found.filter(Q(pk__in=said.values("pk")) | own)


def _rejections(person: Person) -> QuerySet[Any]:
    """Refused rows that hold an identifier, or are records of the person."""
    own = Q(pk__in=[])
    for each in person.keys:
        source, _, key = each.partition("/")
        own |= Q(source__name=source, key=key)
    fields = ("raw", "value", "key", "details")
    return _either(Rejection.objects.all(), own, fields, person)


def _pairs(person: Person) -> Q:
    return Q(a__in=person.keys) | Q(b__in=person.keys)


def _looks(person: Person) -> int:  # noqa: ARG001  what was looked at is kept for minutes
    return sum(1 for _ in looks().iterdir()) if looks().is_dir() else 0


def _drop_looks(person: Person) -> int:
    number = _looks(person)
    shutil.rmtree(looks(), ignore_errors=True)
    return number


PLACES = (
    dropping("rejected_rows", N_("Refused rows of sources"), _rejections),
    dropping(
        "review_items",
        N_("Items of the review"),
        lambda person: _either(
            ReviewItem.objects.all(),
            _pairs(person) | Q(golden_id__in=person.ids),
            ("facts", "a", "b"),
            person,
        ),
    ),
    dropping(
        "decisions",
        N_("Decisions on records"),
        lambda person: _either(Decision.objects.all(), _pairs(person), ("reason",), person),
    ),
    dropping(
        "pins",
        N_("Pinned values"),
        lambda person: _either(Pin.objects.all(), Q(record__in=person.keys), ("value",), person),
    ),
    dropping(
        "lifted_guards",
        N_("Guards that were lifted for a value"),
        lambda person: holding(Lift.objects.all(), ("value", "reason"), person),
    ),
    scrubbing(
        "builds",
        N_("Examples and logs of builds"),
        lambda: DatasetBuild.objects.exclude(state__in=LIVE),
        ("warnings", "log", "details", "message", "health"),
    ),
    scrubbing(
        "dataset_versions", N_("Examples of health checks"), DatasetVersion.objects.all, ("health",)
    ),
    scrubbing("rule_previews", N_("Previews of rules"), RuleVersion.objects.all, ("preview",)),
    scrubbing(
        "source_runs",
        N_("Examples and logs of readings"),
        lambda: SourceRun.objects.exclude(state__in=READING),
        ("warnings", "log", "details", "message"),
    ),
    Place("looks", N_("Rows that were looked at in passing"), _looks, _drop_looks),
)
