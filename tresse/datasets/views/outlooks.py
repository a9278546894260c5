"""What other rules would change, as pages show it (D66)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.datasets.naming import short_id
from tresse.web.templatetags.numbers import number

SHOWN = 8
"Examples of one sort."


def previewed(found: Mapping[str, Any]) -> dict[str, Any]:
    """A preview as `builds.trial` works it out: figures before and after, then examples."""
    golden, refused, blocked = (found.get(each, {}) for each in ("golden", "refused", "blocked"))
    return {
        "version": found.get("version"),
        "figures": [
            _both(gettext("Golden records"), golden),
            _both(gettext("Kept apart"), refused),
            _both(gettext("Blocked values"), blocked),
            _one(gettext("Would become one"), found.get("merges", {})),
            _one(gettext("Would be set apart"), found.get("splits", {})),
            _one(gettext("Changed ids"), found.get("ids", {})),
        ],
        "merges": [_merge(each) for each in _examples(found.get("merges", {}))],
        "splits": [_split(each) for each in _examples(found.get("splits", {}))],
        "values": list(_values(found.get("values", {}))),
    }


def _both(label: str, counts: Mapping[str, int]) -> dict[str, str]:
    before, after = int(counts.get("before", 0)), int(counts.get("after", 0))
    change = after - before
    words = gettext("as now") if not change else gettext("{n} now").format(n=number(before))
    sign = "+" if change > 0 else ""
    return {
        "label": label,
        "value": number(after),
        "words": words if not change else f"{words} ({sign}{number(change)})",
    }


def _one(label: str, found: Mapping[str, Any]) -> dict[str, str]:
    return {"label": label, "value": number(int(found.get("count", 0))), "words": ""}


def _examples(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(found.get("examples", ()))[:SHOWN]


def _merge(example: Mapping[str, Any]) -> dict[str, Any]:
    """Golden records of now that would be one."""
    parts = [str(each["id"]) for each in example.get("of", ())]
    count = int(example.get("parts", len(parts)))
    text = ngettext("{n} golden record would be one", "{n} golden records would be one", count)
    return {
        "words": text.format(n=number(count)),
        "records": number(int(example.get("records", 0))),
        "parts": [{"id": each, "label": short_id(each)} for each in parts],
    }


def _split(example: Mapping[str, Any]) -> dict[str, Any]:
    """A golden record of now that would be several, with some records of each."""
    id_ = str(example["id"])
    return {
        "id": id_,
        "label": short_id(id_),
        "records": number(int(example.get("records", 0))),
        "parts": [", ".join(each.get("keys", ())) for each in example.get("of", ())],
    }


def _values(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Columns whose values would be others, the most changed first."""
    for column, facts in sorted(found.items(), key=lambda each: -each[1]["count"]):
        yield {
            "column": column,
            "count": number(facts["count"]),
            "examples": [
                {
                    "id": each["id"],
                    "before": each["before"],
                    "after": each["after"],
                }
                for each in facts.get("examples", ())[:SHOWN]
            ],
        }
