"""The fields of a window of time, as aggregates and scores have it (D112)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.views.computed_words import PERIODS, UNITS
from tresse.kernel.marks import N_

ALL, LAST, BETWEEN, THIS, PREVIOUS = "all", "last", "between", "this", "previous"
SORTS = {
    ALL: N_("All of them"),
    LAST: N_("The last …"),
    BETWEEN: N_("Between two days"),
    THIS: N_("The period that goes on"),
    PREVIOUS: N_("The period before"),
}
FIRST_NUMBER, FIRST_UNIT = "12", "months"


def window_sent(given: Mapping[str, Any], name: str = "window") -> Any:
    """The window as a definition writes it; None: all rows up to the moment of the build.

    What was typed is taken as it is: whoever reads the definition refuses it in words.
    """

    def field(part: str) -> str:
        return str(given.get(f"{name}_{part}", "")).strip()

    sort = field("sort")
    found: dict[str, Any] = {}
    if sort == LAST:
        found = {"last": f"{field('number') or FIRST_NUMBER} {field('unit') or FIRST_UNIT}"}
    elif sort == BETWEEN:
        found = {key: field(key) for key in ("from", "to") if field(key)}
    elif sort in (THIS, PREVIOUS):
        found = {sort: field("period") or "month"}
    if field("on"):
        found["on"] = field("on")
    return found or None


def window_fields(
    window: Any, *, name: str = "window", dated: Sequence[str] = (), label: str = ""
) -> dict[str, Any]:
    """What the template of a window shows.

    Args:
        window: As `window_sent` gives it, or as a text such as `24 months` or `all`.
        name: Begins the names of the fields.
        dated: Columns of time that it may go by; empty: nobody may choose.
        label: Of the whole.
    """
    known = {LAST: window} if isinstance(window, str) else dict(window or {})
    if known.get(LAST) == ALL:
        known = {}
    sort = next((each for each in (LAST, THIS, PREVIOUS) if known.get(each)), ALL)
    if known.get("from") or known.get("to"):
        sort = BETWEEN
    many, _, unit = str(known.get(LAST) or f"{FIRST_NUMBER} {FIRST_UNIT}").partition(" ")
    unit = f"{unit.removesuffix('s')}s"
    return {
        "name": name,
        "label": label or gettext("In which time"),
        "sort": sort,
        "sorts": [(value, gettext(text)) for value, text in SORTS.items()],
        "number": many,
        "unit": unit,
        "units": [(value, gettext(text)) for value, text in UNITS.items()],
        "start": str(known.get("from") or ""),
        "end": str(known.get("to") or ""),
        "period": str(known.get(THIS) or known.get(PREVIOUS) or "month"),
        "periods": [(value, gettext(text)) for value, text in PERIODS.items()],
        "on": str(known.get("on") or ""),
        "dated": dated,
    }
