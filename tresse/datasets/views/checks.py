"""Health of a dataset (D88): each check with its value, its band, and how it was before."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn
from tresse.datasets.merging.health import CHECKS, COUNT, PERCENT, POINTS, Kind
from tresse.datasets.models import DatasetBuild
from tresse.datasets.queries import versions_of
from tresse.datasets.shown import BANDS, band_shown, worst
from tresse.datasets.views.frame import dataset_of, frame, page
from tresse.kernel.marks import N_
from tresse.web.templatetags.numbers import in_percent, number

LAST = 5
WIDTH, HEIGHT = 84, 22
"Of a drawing of values, in its own units."


@require_safe
def dataset_health(request: SignedIn, name: str) -> HttpResponse:
    """All checks of the published version."""
    dataset = dataset_of(request, name)
    context = frame(request, dataset, "health")
    version = dataset.version
    if version is not None:
        versions = list(versions_of(dataset).filter(number__lte=version.number)[:LAST])
        before = [each.health for each in versions]
        checks = [check_shown(each, before) for each in version.health]
        band, tone = band_shown(worst(version.health))
        context |= {"checks": checks, "band": band, "band_tone": tone}
    return page(request, "health.html", context)


def check_shown(
    check: Mapping[str, Any], before: Sequence[Sequence[Mapping[str, Any]]] = ()
) -> dict[str, Any]:
    """One check in words.

    Args:
        check: As a version keeps it.
        before: Checks of the last versions, latest first; that of `check` among them.
    """
    name = str(check.get("name", ""))
    kind = (
        CHECKS[name]
        if name in CHECKS
        else Kind(name, name.replace("_", " "), "", COUNT, None, None)
    )
    label, about, unit = kind.label, kind.about, kind.unit
    band, tone = band_shown(str(check.get("band", "ok")))
    values = [_value_of(health, name) for health in before][::-1]
    known = [each for each in values if each is not None]
    return {
        "name": name,
        "label": gettext(label),
        "about": gettext(about) if about else "",
        "value": value_words(check.get("value"), unit),
        "band": band,
        "tone": tone,
        "holds": bool(check.get("holds")),
        "bands": _bands(kind),
        "columns": _columns(check.get("columns"), unit),
        "before": [value_words(each, unit) for each in values],
        "spark": spark_of(known) if len(known) > 1 else {},
    }


def _bands(kind: Kind) -> str:
    """From where on a check is worth a look, and from where on it is bad."""
    found = []
    if kind.look is not None:
        found.append(gettext("worth a look from {n}").format(n=value_words(kind.look, kind.unit)))
    if kind.bad is not None:
        text = (
            gettext("bad from {n}, which holds a build")
            if kind.can_hold
            else gettext("bad from {n}")
        )
        found.append(text.format(n=value_words(kind.bad, kind.unit)))
    return ", ".join(found)


def _value_of(health: Sequence[Mapping[str, Any]], name: str) -> float | None:
    return next((each.get("value") for each in health if each.get("name") == name), None)


def value_words(value: float | None, unit: str) -> str:
    """A value of a check with its unit; a dash where there is none."""
    if value is None:
        return "–"
    if unit == PERCENT:
        places = _places(value)
        return in_percent(round(value, places), places)
    if unit == POINTS:
        return gettext("{n} points").format(n=number(round(value, 1), 1))
    return number(round(value, 2), 0 if value == int(value) else 2)


def _places(value: float) -> int:
    """As many places as a small share needs to be seen."""
    if value == int(value) or value >= 10:
        return 0
    return 1 if value >= 1 else 3 if value < 0.1 else 2


def _columns(columns: Any, unit: str) -> list[str]:
    """Columns that a check is about, the worst first, with their values where there are any."""
    if isinstance(columns, Mapping):
        ordered = sorted(columns.items(), key=lambda each: -abs(each[1] or 0))
        return [
            name if value is None else f"{name} {value_words(value, unit)}"
            for name, value in ordered
        ]
    return [str(each) for each in columns or ()]


def spark_of(values: Sequence[float]) -> dict[str, Any]:
    """A line through values from left to right, in units of the drawing."""
    low, high = min(values), max(values)
    span = (high - low) or 1
    step = WIDTH / (len(values) - 1)
    points = [
        (round(at * step, 1), round(HEIGHT - 2 - (each - low) / span * (HEIGHT - 4), 1))
        for at, each in enumerate(values)
    ]
    if high == low:
        points = [(x, HEIGHT / 2) for x, _ in points]
    return {
        "path": "M" + " L".join(f"{x} {y}" for x, y in points),
        "x": str(points[-1][0]),
        "y": str(points[-1][1]),
        "width": WIDTH,
        "height": HEIGHT,
    }


def unwell(checks: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Checks that are not good, the worst first."""
    order = list(BANDS)
    found = [each for each in checks if each.get("band", "ok") != "ok"]
    found.sort(key=lambda each: -order.index(str(each.get("band"))))
    return [check_shown(each) for each in found]


def held_by(build: DatasetBuild) -> list[str]:
    """Which checks hold a build, as sentences."""
    text = N_("{check}: {value}")
    return [
        gettext(text).format(check=each["label"], value=each["value"])
        for each in map(check_shown, build.health)
        if each["holds"]
    ]
