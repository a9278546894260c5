"""Bars of scores in words, and the golden records behind them as a page lists them."""

from typing import Any

from django.utils.http import urlencode

from tresse.datasets.models import Dataset
from tresse.datasets.scores.base import Output
from tresse.datasets.scores.distribution import Bar
from tresse.datasets.scores.saying import value_shown
from tresse.datasets.views.frame import address_of
from tresse.filters.texts import json_of


def rows_address(dataset: Dataset, filter: Any) -> str:  # as the page of golden records calls it
    """The golden records that a filter finds, as a page lists them."""
    return f"{address_of(dataset)}rows/?{urlencode({'filter': json_of(filter)})}"


def value_words(value: Any, output: Output | None) -> str:
    """A value without places where it has none; empty for nothing."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return value_shown(value, output) or ""


def bar_words(bar: Bar, output: Output | None) -> str:
    """A value, or a range of them."""
    if bar.is_range:
        return f"{value_words(bar.low, output)} – {value_words(bar.high, output)}"
    return value_words(bar.value, output) or bar.label
