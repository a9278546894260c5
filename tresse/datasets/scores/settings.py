"""Settings of uses of scores: checked against what the score says, and completed by defaults."""

import math
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.definition import ScoreUse, Window
from tresse.datasets.parsing_computed import plain, score_window
from tresse.datasets.scores.base import Need, Score, Setting
from tresse.datasets.scores.registry import SCORES
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.given import Given

STATUSES = Setting(
    "statuses",
    "words",
    N_("Statuses of orders that count"),
    (),
    hint=N_(
        "Empty: paid, completed, complete, processing, shipped, delivered, fulfilled and closed."
    ),
)
"Of every score that is made of orders (SC5)."
OVER_ORDERS = ("orders", "order_items")
OF_PRODUCTS = ("name", "category", "brand", "cost")
"Fields of a line that its product may tell (`reading.lines`)."
OWN = "contacts"
"The entity by which a need means the dataset that has the score."
MOST_WORDS, LONGEST_WORD = 1_000, 200
WANTED: Mapping[tuple[bool, bool, bool], str] = {
    (True, True, True): N_("a whole number from {low} to {high}"),
    (True, True, False): N_("a whole number of at least {low}"),
    (True, False, True): N_("a whole number of at most {high}"),
    (True, False, False): N_("a whole number"),
    (False, True, True): N_("a number from {low} to {high}"),
    (False, True, False): N_("a number of at least {low}"),
    (False, False, True): N_("a number of at most {high}"),
    (False, False, False): N_("a number"),
}
"By whether it is whole, and has a least and a greatest value."


def settings_of(score: Score) -> tuple[Setting, ...]:
    """All settings that a use of a score may say, in the order forms have them."""
    is_over_orders = any(each.entity in OVER_ORDERS for each in score.needs)
    return (*score.settings, STATUSES) if is_over_orders else score.settings


def checked_settings(use: ScoreUse, *, name: str = "") -> dict[str, Any]:
    """The settings of a use, complete.

    Args:
        use: Of a score of the library.
        name: What says it, as sentences show it: the name of the dataset.

    Raises:
        TresseError: `unknown_name` (score), `unknown_key`, `wrong_value`; what the score refuses
            its settings for: `thresholds_order`, `cells_missing`, `cells_twice`.
    """
    score = SCORES[use.score]
    known = {each.name: each for each in settings_of(score)}
    given = Given(use.settings, name or use.score, use.key if name else "")
    given.check(known, gettext("the settings of a score"))
    settings = {
        each.name: _read(given, each) if given.has(each.name) else each.default
        for each in known.values()
    }
    try:
        score.check(settings)
    except TresseError as error:
        error.details.setdefault("score", use.key)
        raise
    return settings


def window_of(value: Any) -> Window:
    """The window that a checked setting says; all of time if it says nothing.

    Raises:
        TresseError: `wrong_value`.
    """
    return Window() if value is None else score_window(Given({}, "window"), "", value)


def missing_fields(
    score: Score, known: Mapping[str, Collection[str] | None]
) -> list[tuple[str, str]]:
    """Semantic fields that a score lacks, as entity and field (SC2); empty: it can be used.

    Of fields, or needs, of which one is enough the first is named.

    Args:
        score: Of the library.
        known: Fields by entity, `contacts` for the dataset itself; None: not known yet, and not
            missed. An entity that is not in it has none.
    """
    return [
        (need.entity, name)
        for need in unmet(score, known)
        for name in _missing(need, known.get(need.entity, ()))
    ]


def unmet(score: Score, known: Mapping[str, Collection[str] | None]) -> list[Need]:
    """Needs of a score that are not met; of those of which one is enough, the first if none is.

    Args:
        score: Of the library.
        known: As `missing_fields` takes it.
    """
    lacking = [
        need
        for need in score.needs
        if need.entity not in known or _missing(need, known[need.entity])
    ]
    alternatives = [need for need in score.needs if need.is_alternative]
    is_met = any(need not in lacking for need in alternatives)
    return [
        need
        for need in lacking
        if not need.is_alternative or (not is_met and need == alternatives[0])
    ]


def fields_of_lines(
    own: Collection[str] | None, of_products: Collection[str] | None
) -> set[str] | None:
    """Semantic fields that lines have with what the products they lead to tell of them.

    Args:
        own: Of the dataset of the lines; None: not known yet.
        of_products: Of the dataset of the products, likewise.
    """
    if own is None or of_products is None:
        return None
    return {*own, "product", *(name for name in OF_PRODUCTS if name in of_products)}


def _missing(need: Need, fields: Collection[str] | None) -> list[str]:
    if fields is None:
        return []
    found = [name for name in need.fields if name not in fields]
    if need.any_of and not any(name in fields for name in need.any_of):
        found.append(need.any_of[0])
    return found


def _read(given: Given, setting: Setting) -> Any:
    """A value as its kind takes it.

    Raises:
        TresseError: `wrong_value`.
    """
    key = setting.name
    value = given.values[key]
    match setting.kind:
        case "whole":
            return _number(given, setting, is_whole=True)
        case "number":
            return _number(given, setting)
        case "share":
            return _number(given, setting, low=0, high=1)
        case "choice":
            return given.choice(key, [name for name, _ in setting.choices])
        case "flag":
            return given.truth(key, False)
        case "words":
            return _words(given, setting)
        case "window":
            score_window(given, key, value)
            return value
        case "money_list":
            return _amounts(given, setting)
    if not isinstance(value, Mapping | list):
        raise given.refuse(key, gettext("a list or keys with values"), value)
    return plain(given, key, value)


def _number(
    given: Given,
    setting: Setting,
    *,
    is_whole: bool = False,
    low: float | None = None,
    high: float | None = None,
) -> int | float:
    value = given.values[setting.name]
    low = setting.low if setting.low is not None else low
    high = setting.high if setting.high is not None else high
    fits = _is_number(value) and (not is_whole or value == int(value))
    if fits and (low is None or value >= low) and (high is None or value <= high):
        return int(value) if is_whole else value
    raise given.refuse(setting.name, _wanted(is_whole, low, high), value)


def _wanted(is_whole: bool, low: float | None, high: float | None) -> str:
    """The numbers that fit, in words."""
    wanted = gettext(WANTED[is_whole, low is not None, high is not None])
    return wanted.format(low=f"{low or 0:,}", high=f"{high or 0:,}")


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _words(given: Given, setting: Setting) -> list[str]:
    value = given.values[setting.name]
    words = [value] if isinstance(value, str) else value
    fits = isinstance(words, list | tuple) and len(words) <= MOST_WORDS
    if fits and all(_is_word(each) for each in words):
        return list(dict.fromkeys(each.strip() for each in words))
    raise given.refuse(setting.name, gettext("a list of texts"), value)


def _is_word(value: Any) -> bool:
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_WORD:
        return False
    return is_storable(value)


def _amounts(given: Given, setting: Setting) -> list[int | float]:
    value = given.values[setting.name]
    fits = isinstance(value, list | tuple) and len(value) <= MOST_WORDS
    if fits and all(_is_number(each) for each in value):
        return list(value)
    raise given.refuse(setting.name, gettext("a list of amounts, such as [50, 200]"), value)
