"""Scores and rates as `apply` and `config` have them (SC3, SC7).

A file may say the scores of a dataset in the dataset itself, or under `scores`, where `config`
prints them: what a dataset of a file does not say of its scores stays as it is.
"""

import math
import re
from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.changes.scores import key_said
from tresse.datasets.checks import check_computed
from tresse.datasets.models import Dataset, Rate
from tresse.datasets.parsing_computed import SCORE_KEYS
from tresse.datasets.scores.changes import set_rate
from tresse.datasets.scores.refusals import (
    DATASET_TWICE,
    RATE_CURRENCY,
    RATE_DATE,
    RATE_NUMBER,
)
from tresse.datasets.stored import facts_of
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.sources.given import shown

RATE_KEYS = ("currency", "date", "rate")
PLACES, DIGITS = 8, 18
"Of a rate, as `models.Rate` keeps it."
Item = Mapping[str, Any]
APPLIED: ContextVar[Sequence[Item]] = ContextVar("datasets_of_the_file", default=())
"""Datasets of the file that is being applied: their computed columns are looked at when its scores
are there too, as formulas may name what scores give."""
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_scores() -> list[dict[str, Any]]:
    """All uses of scores, by dataset."""
    rows = Dataset.objects.select_related("rules").order_by("name")
    return [{"dataset": row.name, **use} for row in rows for use in facts_of(row).get("scores", ())]


def write_score(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one use of a score so; others of its dataset stay.

    Raises:
        TresseError: `unknown_key`, `unknown_reference` (dataset); as `change_dataset`.
    """
    check_keys(item, ("dataset", *SCORE_KEYS), gettext("a score"))
    name = str(item.get("dataset"))
    row = Dataset.objects.select_related("rules").filter(name=name).first()
    if row is None:
        known = Dataset.objects.values_list("name", flat=True)
        near = nearest(name, known)
        raise UNKNOWN_REFERENCE(sort=gettext("dataset"), name=name, nearest=near)
    if any(each.get("name") == name and "scores" in each for each in APPLIED.get()):
        raise DATASET_TWICE(dataset=name)
    use = {key: value for key, value in item.items() if key != "dataset"}
    uses = {key_said(each): each for each in facts_of(row).get("scores", ())}
    is_there, before = key_said(use) in uses, row.revision
    uses[key_said(use)] = use
    changed = merged(row, {"scores": list(uses.values())})
    row = change_dataset(row, changed, actor=actor, in_file=True)
    if row.revision == before:
        return "unchanged"
    return "changed" if is_there else "created"


def check_scores(items: Sequence[Item]) -> None:
    """Check the computed columns of a file, once its datasets and scores are there.

    Raises:
        TresseError: As `checks.check_computed`.
    """
    datasets = [str(each.get("name")) for each in APPLIED.get()]
    APPLIED.set(())
    check_computed([*datasets, *(str(each.get("dataset")) for each in items)])


def read_rates() -> list[dict[str, Any]]:
    """All rates, by currency and day."""
    return [
        {"currency": row.currency, "date": row.date.isoformat(), "rate": _written(row.rate)}
        for row in Rate.objects.order_by("currency", "date")
    ]


def write_rate(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one rate so.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `not_permitted`.
    """
    check_keys(item, RATE_KEYS, gettext("a rate"))
    currency, day, rate = rate_given(item)
    is_there = Rate.objects.filter(currency=currency, date=day).exists()
    if not set_rate(currency, day, rate, actor=actor):
        return "unchanged"
    return "changed" if is_there else "created"


def rate_given(item: Item) -> tuple[str, date, Decimal]:
    """Currency, day and rate as a person wrote them.

    Raises:
        TresseError: `wrong_value`.
    """
    currency = item.get("currency")
    currency = currency.strip().upper() if isinstance(currency, str) else currency
    if not isinstance(currency, str) or not _CURRENCY.fullmatch(currency):
        raise RATE_CURRENCY(value=shown(item.get("currency")))
    day = _day(item.get("date"))
    if day is None:
        raise RATE_DATE(currency=currency, value=shown(item.get("date")))
    rate = _rate(item.get("rate"))
    if rate is None:
        value = shown(item.get("rate"))
        raise RATE_NUMBER(currency=currency, date=day.isoformat(), value=value)
    return currency, day, rate


def _day(value: Any) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value.strip()) if isinstance(value, str) else None
    except ValueError:
        return None


def _rate(value: Any) -> Decimal | None:
    """A number, or one as text; None if it is none that fits."""
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        return None
    try:
        rate = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    if not rate.is_finite() or rate <= 0 or rate.adjusted() >= DIGITS - PLACES:
        return None
    exact = rate.quantize(Decimal(1).scaleb(-PLACES)) if rate.adjusted() >= -PLACES else None
    return exact if exact == rate else None


def _written(rate: Decimal) -> float | str:
    """A number where it is read back as it is, else its digits as text."""
    number = float(rate)
    return number if Decimal(repr(number)) == rate else f"{rate.normalize():f}"


KINDS = (
    DefinitionKind("scores", ("datasets",), read_scores, write_score, check=check_scores),
    DefinitionKind("rates", (), read_rates, write_rate),
)
