"""Values of scores, groups, reasons and causes as people of the active language read them."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.queries import account
from tresse.datasets.cells import shown
from tresse.datasets.scores.base import Output
from tresse.kernel.marks import N_
from tresse.web.templatetags.numbers import number, percent

GROUPS: Mapping[str, str] = {
    "value": N_("Value"),
    "rhythm": N_("Rhythm"),
    "rfm": N_("RFM"),
    "engagement": N_("Engagement"),
    "promotion": N_("Promotions"),
    "basket": N_("Baskets"),
    "preference": N_("Preferences"),
    "loyalty": N_("Loyalty"),
    "future": N_("Churn and lifetime value"),
}
"Labels of `base.GROUPS`."
NOTHING = N_("nothing")
NOTHING_COUNTS = N_("Nothing of theirs counts for it.")
REASONS: Mapping[str, tuple[str, str]] = {
    "rule_changed": (N_("The rule changed"), N_("Settings or formula of the score are others.")),
    "time_passed": (N_("Time passed"), N_("The same orders and events, seen from a later day.")),
    "own_activity": (
        N_("Own activity"),
        N_("Orders or events of theirs came, changed or went."),
    ),
    "identity_changed": (
        N_("Identity changed"),
        N_("Records joined or left the golden record, with what belongs to them."),
    ),
    "others_moved": (
        N_("Others moved"),
        N_("Cut-points, medians or parameters of the whole base are others."),
    ),
    "unknown": (
        N_("Not known any more"),
        N_("What the old value was worked out of cannot be read any more."),
    ),
}
"Reasons of changes (SC16): label, and a sentence."
MONEY_PLACES, PLACES = 2, 3
SHARE_DIGITS = 1
NUMBERS = ("integer", "decimal", "number")
DAYS = "days"
"The unit whose values sentences tell with their word."


def group_label(name: str) -> str:
    """A group of the library."""
    return gettext(GROUPS.get(name, name))


def reason_label(name: str) -> str:
    """A reason in two words."""
    return gettext(REASONS[name][0]) if name in REASONS else name


def reason_words(name: str) -> str:
    """A reason as a sentence."""
    return gettext(REASONS[name][1]) if name in REASONS else ""


def value_shown(value: Any, output: Output | None = None) -> str | None:
    """A value of a score; None for nothing.

    Args:
        value: As the engine gives it.
        output: What it is; None: of some score that is no more.
    """
    if value is None or output is None:
        return shown(value)
    if output.choices:
        labels = dict(output.choices)
        if isinstance(value, list | tuple):
            return ", ".join(gettext(labels.get(str(each), str(each))) for each in value) or None
        return gettext(labels.get(str(value), str(value)))
    if output.unit == "money" and not isinstance(value, bool):
        amount = number(Decimal(value).quantize(Decimal("0.01")), MONEY_PLACES)
        return f"{amount} {account().currency}"
    if output.unit == "share" and output.type in NUMBERS:
        whole = round(float(value) * 100, SHARE_DIGITS)
        return percent(float(value), 0 if whole == int(whole) else SHARE_DIGITS)
    if isinstance(value, float):
        rounded = round(value, PLACES)
        return shown(int(rounded) if rounded == int(rounded) else rounded)
    return shown(value)


def sum_told(told: str, outputs: Iterable[Output], values: Mapping[str, Any]) -> str:
    """The sum of a score done in words (SC9).

    Args:
        told: `Score.told`.
        outputs: Outputs and parts of the score.
        values: By their names.
    """
    outputs = list(outputs)
    if all(values.get(each.name) in (None, 0, [], "") for each in outputs):
        return gettext(NOTHING_COUNTS)
    nothing = gettext(NOTHING)
    facts = {each.name: _told(values.get(each.name), each) or nothing for each in outputs}
    return gettext(told).format_map(_Facts(facts, nothing))


def _told(value: Any, output: Output) -> str | None:
    """A value as sentences have it: days with their word, those of a delay as late or early."""
    if value is None or output.unit != DAYS:
        return value_shown(value, output)
    amount = abs(value) if output.is_delay else value
    # Of broken numbers every language has the plural that it has of several.
    count = int(amount) if amount == int(amount) else 2
    if not output.is_delay:
        words = ngettext("{days} day", "{days} days", count)
    elif value < 0:
        words = ngettext("{days} day early", "{days} days early", count)
    else:
        words = ngettext("{days} day late", "{days} days late", count)
    return words.format(days=value_shown(amount, output))


class _Facts(dict[str, str]):
    """What stands in braces; what is not told reads as nothing."""

    def __init__(self, facts: Mapping[str, str], nothing: str) -> None:
        super().__init__(facts)
        self.nothing = nothing

    def __missing__(self, key: str) -> str:
        return self.nothing


def typed(text: str | None, type_: str) -> Any:
    """A canonical text as a value of a type of S52; None for None."""
    if text is None:
        return None
    match type_:
        case "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "number":
            return float(text)
        case "boolean":
            return text == "true"
        case "date":
            return date.fromisoformat(text)
        case "datetime":
            return datetime.fromisoformat(text)
        case "list" | "json":
            return json.loads(text)
    return text
