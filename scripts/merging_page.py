"""The generated reference pages of merging: methods, and health checks of a version."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from scripts.markdown import filled, table

ORDER = """Of several records that do equally well, first the source decides, in the order of the
dataset, then the newest `modified_at`, then the name of the source, then the record key. Where
*ties* says the latest, it is first the newest `modified_at`, then the others. So the result never
depends on the order of rows, on the engine or on the day. No time of a record counts as later than
the moment a build is for."""
CONSENTS = """A consent is a column of one of the fields `email_ sms_ phone_ post_ push_ tracking_`
+ `consent`. The columns of `…_consent_at` and `…_consent_proof` of the same channel follow it,
whatever their own method. Without a time a statement has that of its record. A text that is none of
the four states counts as `unknown`; of booleans, true is `subscribed` and false is
`unsubscribed`."""
BANDS = """A band begins at its figure. *Holds* marks checks that hold a version back when they are
bad: nothing is published before a person decides. With fewer than 200 golden records nothing is
held. Checks that compare with the last version are left out of the first one; of relations and
names those are made that the dataset has columns for. Match values are compared, so `Ann` and `ANN`
are one first name, and values that guards dropped count for nothing."""
HEADS = {
    "merge-methods.md": (
        "Merge methods",
        """How one value is chosen of the records that are one. In a definition a column says
        `merge: latest`, which is the default, or a method with its setting: `{source_priority:
        [crm_contacts, shop_customers]}`, `{earliest: {by: ordered_at}}`. How
        values are merged, with an example, is in
        [how-values-are-merged.md](../explanation/how-values-are-merged.md).""",
    ),
    "health-checks.md": (
        "Health checks",
        """What is measured before a version of a dataset is published. Each check has a value, a
        band and the values of the last versions.""",
    ),
}
"Title and first paragraph of each page."
TIES = {
    "latest": "source",
    "latest_record": "source",
    "earliest": "source",
    "source_priority": "latest",
    "most_frequent": "latest",
    "longest": "latest",
    "shortest": "latest",
    "min": "source",
    "max": "source",
    "consent": "source",
}
"What decides between equals."
SETTINGS = {"earliest": "`by`: a column of time", "source_priority": "names of sources"}


def methods_page() -> Iterator[str]:
    """All methods: what they do, take and give."""
    methods = import_module("tresse.datasets.merging.methods")
    layout = import_module("tresse.datasets.layout")
    everything = methods.METHODS["latest"].takes

    def row(each: Any) -> tuple[str, ...]:
        takes = "all" if each.takes == everything else ", ".join(sorted(each.takes))
        if layout.result_type(each.name, "text") != "text":
            takes += " → list"
        return (
            f"`{each.name}`",
            each.does,
            SETTINGS.get(each.name, "–"),
            takes,
            each.nulls,
            TIES.get(each.name, "–"),
            "yes" if each.for_groups else "–",
        )

    heads = ("method", "does", "setting", "takes", "empty values are", "ties", "groups")
    yield from table(*heads, rows=map(row, methods.METHODS))
    yield from ("", *filled(ORDER), "", *filled(CONSENTS))


def checks_page() -> Iterator[str]:
    """All checks with their bands."""
    health = import_module("tresse.datasets.merging.health")
    units = {health.COUNT: "", health.PERCENT: " %", health.POINTS: " points"}

    def figure(value: float | None, unit: str) -> str:
        return "–" if value is None else f"{value:g}{units[unit]}"

    rows = (
        (
            f"`{each.name}`",
            each.about,
            figure(each.look, each.unit),
            figure(each.bad, each.unit),
            "yes" if each.can_hold else "–",
        )
        for each in health.CHECKS
    )
    yield from table("check", "is", "worth a look", "bad", "holds", rows=rows)
    yield from ("", *filled(BANDS))
