"""Words and tones in which pages show sources: states, entities, types, freshness."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.kernel.marks import N_
from tresse.sources.definition import READS
from tresse.sources.extraction.counting import EMPTIED
from tresse.sources.models import Source, SourceRun
from tresse.sources.types import TYPES
from tresse.web.templatetags.numbers import number

STATES: dict[str, tuple[str, str]] = {
    "queued": (N_("Waiting"), "info"),
    "running": (N_("Is being read"), "info"),
    "published": (N_("Published"), "ok"),
    "unchanged": (N_("Nothing new"), "ok"),
    "held": (N_("Waits for you"), "warn"),
    "failed": (N_("Failed"), "bad"),
    "cancelled": (N_("Cancelled"), "grey"),
    "skipped": (N_("Skipped"), "grey"),
}
"Of a run (S113): label and tone."
OTHER_STATES: dict[str, tuple[str, str]] = {
    "unreviewed": (N_("To be reviewed"), "warn"),
    "disabled": (N_("Switched off"), "grey"),
    "never": (N_("Never read"), "grey"),
}
"Of a source, whatever its runs."
MODES = {
    "snapshot": N_("everything"),
    "incremental": N_("new and changed"),
    "once": N_("once"),
    "each": N_("new files"),
    "rejections": N_("rejected rows again"),
}
ENTITIES: dict[str, tuple[str, str, str]] = {
    "contacts": (N_("Contacts"), "users", "violet"),
    "companies": (N_("Companies"), "building-2", "info"),
    "deals": (N_("Deals"), "handshake", "teal"),
    "products": (N_("Products"), "package", "orange"),
    "orders": (N_("Orders"), "shopping-cart", "pink"),
    "order_items": (N_("Lines of orders"), "receipt", "pink"),
    "stores": (N_("Stores"), "store", "teal"),
    "consents": (N_("Consents"), "badge-check", "ok"),
    "subscriptions": (N_("Subscriptions"), "mail", "info"),
    "carts": (N_("Carts"), "shopping-bag", "orange"),
    "loyalty": (N_("Loyalty"), "gift", "warn"),
    "reviews": (N_("Reviews"), "star", "warn"),
    "tickets": (N_("Tickets"), "ticket", "orange"),
    "email_events": (N_("E-mail events"), "mail-open", "info"),
    "events": (N_("Events"), "activity", "violet"),
}
"Label, icon and hue of the entities of S32; others are shown by their name."
LONGEST_READ = 80
DAYS_IN_WORDS, DAYS_OF_YEAR = 548, 365.25
"Beyond a year and a half an age is said in years."
DAY, WEEK = timedelta(days=1), timedelta(days=7)


def entity_label(name: str) -> str:
    """What rows are, in words."""
    return gettext(ENTITIES[name][0]) if name in ENTITIES else name


def entity_look(name: str) -> tuple[str, str]:
    """Icon and hue."""
    return ENTITIES[name][1:] if name in ENTITIES else ("database", "grey")


def entity_choices() -> list[tuple[str, str]]:
    """All entities of S32 with their labels."""
    return [(name, entity_label(name)) for name in ENTITIES]


def state_choices() -> list[tuple[str, str]]:
    """What the catalogue is filtered by."""
    return [(name, gettext(label)) for name, (label, _) in {**STATES, **OTHER_STATES}.items()]


def run_state(run: SourceRun) -> tuple[str, str]:
    """Label and tone of a run's state; of one that emptied a column the tone is a warning."""
    label, tone = STATES[run.state]
    return gettext(label), "warn" if tone == "ok" and EMPTIED in run.warnings else tone


def source_state(source: Source) -> tuple[str, str]:
    """Label and tone of a source: what hinders it first, else its last run.

    Args:
        source: As `queries.sources` gives it.
    """
    run = source.last_run
    if not source.is_reviewed:
        label, tone = OTHER_STATES["unreviewed"]
    elif not source.is_enabled:
        label, tone = OTHER_STATES["disabled"]
    elif run is None:
        label, tone = OTHER_STATES["never"]
    elif run.state in ("published", "unchanged") and source.open_refused:
        count = source.open_refused
        text = ngettext("{n} file refused", "{n} files refused", count)
        return text.format(n=number(count)), "warn"
    elif run.state in ("published", "unchanged") and _is_emptied(source, run):
        label, tone = N_("Worth a look"), "warn"
    elif run.state in ("published", "unchanged"):
        label, tone = N_("Healthy"), "ok"
    else:
        label, tone = STATES[run.state]
    return gettext(label), tone


def _is_emptied(source: Source, run: SourceRun) -> bool:
    """Whether a column holds nothing, by the last run or, where it was nothing new, its version."""
    made = source.version.run if source.version and run.state == "unchanged" else None
    return any(each is not None and EMPTIED in each.warnings for each in (run, made))


def read_words(read: Mapping[str, Any]) -> str:
    """What is read, from a stored definition: a catalogue need not parse hundreds of them."""
    text = " ".join(str(next((read[name] for name in READS if name in read), "")).split())
    return text if len(text) <= LONGEST_READ else f"{text[: LONGEST_READ - 1]}…"


def mode_label(run: SourceRun) -> str:
    """How a run read, in words."""
    if run.is_full:
        return gettext("everything again")
    return gettext(MODES.get(run.mode, run.mode))


def type_choices() -> list[tuple[str, str]]:
    """Types of S52 with their labels."""
    return [(each.name, gettext(each.label)) for each in TYPES]


def age(span: timedelta | None) -> str:
    """A span in its largest unit: "3 hours", as "3 hours ago" says it."""
    if span is None:
        return ""
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return gettext("just now")
    if minutes < 60:
        return ngettext("{n} minute ago", "{n} minutes ago", minutes).format(n=minutes)
    hours = minutes // 60
    if hours < 48:
        return ngettext("{n} hour ago", "{n} hours ago", hours).format(n=hours)
    days = hours // 24
    if days < DAYS_IN_WORDS:
        return ngettext("{n} day ago", "{n} days ago", days).format(n=number(days))
    years = round(days / DAYS_OF_YEAR)
    return ngettext("{n} year ago", "{n} years ago", years).format(n=number(years))


def freshness_tone(span: timedelta | None) -> str:
    """How fresh that is: `new` within a day, `old` within a week, else `stale`."""
    if span is None:
        return ""
    return "new" if span <= DAY else "old" if span <= WEEK else "stale"
