"""What the pages show of an import: its numbers in words, findings by code, what is asked."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.records.addresses import index_address, record_address
from tresse.records.duplicate_rules import RULES
from tresse.transfers import queries
from tresse.transfers.activities.described import is_activity
from tresse.transfers.code_labels import code_label
from tresse.transfers.counters import PAIRS as PAIR_COUNTS
from tresse.transfers.counters import ROWS, Counters
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.report import counters_of
from tresse.transfers.settings import read_settings
from tresse.transfers.told import MOST_KEPT
from tresse.web.templatetags.numbers import number as shown_number

STATES: Mapping[str, tuple[Any, str]] = {
    "draft": (_("Draft"), "grey"),
    "checking": (_("Checking"), "accent"),
    "checked": (_("Checked"), "accent"),
    "queued": (_("Waiting"), "grey"),
    "running": (_("Running"), "accent"),
    "done": (_("Done"), "ok"),
    "failed": (_("Failed"), "bad"),
    "cancelled": (_("Cancelled"), "warn"),
    "undoing": (_("Undoing"), "accent"),
    "undone": (_("Undone"), "grey"),
}
OUTCOMES: Mapping[str, Any] = {
    "created": _("Created"),
    "updated": _("Updated"),
    "unchanged": _("Unchanged"),
    "repeated": _("Repeated"),
    "skipped": _("Skipped"),
    "failed": _("Failed"),
}
PAIRS: Mapping[str, Any] = {
    "asked": _("Asked"),
    "created": _("Created"),
    "existing": _("Existing"),
    "removed": _("Removed"),
    "missing": _("Missing"),
    "failed": _("Failed"),
    "not_tried": _("Not tried"),
}
LEVELS: Mapping[str, tuple[Any, str]] = {
    "file": (_("File"), "bad"),
    "column": (_("Column"), "bad"),
    "row": (_("Row refused"), "bad"),
    "cell": (_("Cell left out"), "warn"),
    "link": (_("Link left out"), "warn"),
    "notice": (_("Notice"), "grey"),
}
ORDER = tuple(LEVELS)
FAULTS = ("row", "cell", "link")
LIVE = ("checking", "queued", "running", "undoing")
FIRST = 20
"Findings of one code that the check shows in place (T62)."
MOST_OPTIONS = 200
"Unknown options that can be answered one by one on the page."
SPLIT = 1_000
MINUTE = 60


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows with one outcome; `start` and `width` are its place in the bar, of 1,000."""

    name: str
    label: str
    number: int
    words: str
    start: int = 0
    width: int = 0


@dataclass(frozen=True, slots=True)
class CodeGroup:
    """Findings of one code: how many there are, and the first of them."""

    code: str
    label: str
    level: tuple[Any, str]
    number: int
    kept: int
    first: Sequence[Mapping[str, Any]]


def _in_words(name: str, number: int) -> str:
    words = {
        "created": ngettext("{number} created", "{number} created", number),
        "updated": ngettext("{number} updated", "{number} updated", number),
        "unchanged": ngettext("{number} unchanged", "{number} unchanged", number),
        "repeated": ngettext("{number} repeated", "{number} repeated", number),
        "skipped": ngettext("{number} skipped", "{number} skipped", number),
        "failed": ngettext("{number} failed", "{number} failed", number),
    }[name]
    return words.format(number=shown_number(number))


def outcomes_of(counters: Counters, *, total: int = 0) -> list[Outcome]:
    """What becomes of the rows, in the order of the report; `total` of them, where some wait."""
    found, start, whole = [], 0, max(total, counters.rows)
    for name in ROWS:
        number = getattr(counters, name)
        width = round(SPLIT * number / whole) if whole else 0
        width = max(width, 4) if number else 0
        label = str(OUTCOMES[name])
        found.append(Outcome(name, label, number, _in_words(name, number), start, width))
        start += width
    return found


def pairs_of(counters: Counters, model: DataModel) -> dict[str, Any]:
    """The table of pairs by kind; columns in which nothing stands are left out."""
    kinds = {kind: counts for kind, counts in counters.pairs.items() if counts["asked"]}
    names = [
        name
        for name in ("asked", *PAIR_COUNTS)
        if name == "asked" or any(counts[name] for counts in kinds.values())
    ]
    rows = [
        (
            " – ".join(shown_label(model.object(end)) for end in kind.split("-")),
            [(name, counts[name]) for name in names],
        )
        for kind, counts in kinds.items()
    ]
    total = [(name, counters.links[name]) for name in names] if len(rows) > 1 else []
    return {"pair_heads": [PAIRS[name] for name in names], "pairs": rows, "pair_total": total}


def writes_of(counters: Counters) -> int:
    """How many records and links a run writes."""
    through = sum(each["created"] + each["updated"] for each in counters.through.values())
    links = counters.links["created"] + counters.links["removed"] + counters.replaced_links
    return counters.created + counters.updated + through + links + counters.companies_by_domain


def writing_in_words(counters: Counters) -> list[str]:
    """What a run writes, in phrases."""
    links, found = counters.links, []
    through = [
        sum(each[name] for each in counters.through.values()) for name in ("created", "updated")
    ]
    phrases = (
        (
            counters.created + through[0],
            ngettext("{number} new record", "{number} new records", counters.created + through[0]),
        ),
        (
            counters.updated + through[1],
            ngettext(
                "{number} changed record", "{number} changed records", counters.updated + through[1]
            ),
        ),
        (
            links["created"],
            ngettext("{number} new link", "{number} new links", links["created"]),
        ),
        (
            links["removed"] + counters.replaced_links,
            ngettext(
                "{number} link removed",
                "{number} links removed",
                links["removed"] + counters.replaced_links,
            ),
        ),
    )
    for number, phrase in phrases:
        if number:
            found.append(phrase.format(number=shown_number(number)))
    return found


def faults_in_words(counters: Counters, row: Import) -> list[str]:
    """What is left out, in sentences; empty if nothing is."""
    found = []
    if counters.failed:
        found.append(
            ngettext(
                "{number} row cannot be imported.",
                "{number} rows cannot be imported.",
                counters.failed,
            ).format(number=shown_number(counters.failed))
        )
    if counters.cells_left_out:
        found.append(
            ngettext(
                "{number} cell is left out; its row is imported.",
                "{number} cells are left out; their rows are imported.",
                counters.cells_left_out,
            ).format(number=shown_number(counters.cells_left_out))
        )
    if counters.links["failed"]:
        found.append(
            ngettext(
                "{number} link cannot be made.",
                "{number} links cannot be made.",
                counters.links["failed"],
            ).format(number=shown_number(counters.links["failed"]))
        )
    if is_blocked(row):
        found.append(gettext("All or nothing was asked for: with findings nothing is written."))
    return found


def is_blocked(row: Import) -> bool:
    """Whether all or nothing was asked for, and the check found something above a notice."""
    return bool(row.plan_facts.get("faults")) and read_settings(row.settings).all_or_nothing


def shown_finding(finding: ImportFinding, object: ObjectDef) -> dict[str, Any]:
    """A finding as a table shows it."""
    return {
        "finding": finding,
        "message": queries.message_of(finding),
        "hint": gettext(finding.hint) if finding.hint else "",
        "level": LEVELS[finding.level],
        "label": code_label(finding.code),
        "record": _address(object, finding.record_id),
    }


def _address(object: ObjectDef, id: int | None) -> str:
    """Page of a record; empty where there is none, as of an activity."""
    return record_address(object, id) if id and not is_activity(object) else ""


def code_groups(row: Import, object: ObjectDef) -> list[CodeGroup]:
    """Findings by code, the gravest first, each with the first 20 (T62)."""
    found = []
    for code, number in queries.codes_of(row).items():
        first = list(queries.findings_of(row, code=code)[:FIRST])
        if not first:
            continue
        level = first[0].level
        shown = [shown_finding(each, object) for each in first]
        kept = min(number, MOST_KEPT)
        group = CodeGroup(code, code_label(code), LEVELS[level], number, kept, shown)
        found.append((ORDER.index(level), -number, code, group))
    return [group for *_, group in sorted(found, key=lambda each: each[:3])]


def unknown_options(row: Import, object: ObjectDef) -> dict[str, Any]:
    """Distinct unknown options with counts, and what may be answered (T37)."""
    settings = read_settings(row.settings)
    facts: Mapping[str, Mapping[str, int]] = row.plan_facts.get("unknown_options") or {}
    chosen = settings.option_map or {}
    lines: list[dict[str, Any]] = []
    for name in dict.fromkeys((*facts, *chosen)):
        if not object.has(name):
            continue
        prop = object.property(name)
        counts = {**dict.fromkeys(chosen.get(name, {}), None), **facts.get(name, {})}
        options = [
            (each.name, shown_label(each, prop)) for each in prop.options if not each.is_archived
        ]
        lines += [
            {
                "property": name,
                "label": shown_label(prop),
                "text": text,
                "count": count,
                "options": options,
                "chosen": chosen.get(name, {}).get(text, ""),
            }
            for text, count in sorted(counts.items(), key=lambda each: (-(each[1] or 0), each[0]))
        ]
    return {
        "options": lines[:MOST_OPTIONS],
        "options_more": max(0, len(lines) - MOST_OPTIONS),
        "options_answer": settings.unknown_options,
    }


def duplicates_of(row: Import, object: ObjectDef) -> dict[str, Any] | None:
    """Likely duplicates among new records, as the plan found them (T62)."""
    facts = row.plan_facts.get("duplicates")
    if not facts or not facts["number"]:
        return None
    shown = []
    for each in facts["first"]:
        reason, id = RULES[each["reason"]].reason, each["record_id"]
        shown.append({**each, "reason": gettext(reason), "address": _address(object, id)})
    return {**facts, "first": shown, "more": facts["number"] - len(shown)}


def drift_of(row: Import) -> list[tuple[str, int, int]]:
    """Outcomes whose numbers differ between check and run: label, checked, run (T63)."""
    if row.state not in ("done", "undoing", "undone") or not row.planned or not row.counters:
        return []
    planned, done = Counters.read(row.planned), counters_of(row)
    found = [(str(OUTCOMES[name]), getattr(planned, name), getattr(done, name)) for name in ROWS]
    found += [
        (gettext("Links: {what}").format(what=PAIRS[name]), planned.links[name], done.links[name])
        for name in PAIR_COUNTS
    ]
    return [each for each in found if each[1] != each[2]]


def created_address(row: Import, object: ObjectDef) -> str:
    """The index page of the records that the import made: their ids are one block."""
    new = int(row.plan_facts.get("new", 0))
    if row.first_id is None or not new or not counters_of(row).created or object.id < 0:
        return ""
    asked = {
        "property": "id",
        "operator": "between",
        "value": [row.first_id, row.first_id + new - 1],
    }
    return f"{index_address(object)}?{urlencode({'filter': json.dumps(asked)})}"


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast the work in hand goes: rows a second, and what is left in words."""

    rows: float
    left: str


def pace_of(row: Import, job: Job | None) -> Pace | None:
    """The pace of the work in hand; None if that cannot be said yet.

    A run without a check reads the file first: then only the time of writing counts.
    """
    if job is None or job.state != "running" or job.started_at is None:
        return None
    began = job.started_at
    if row.state == "running" and row.started_at is not None:
        began = max(began, row.started_at)
    seconds, done = (now() - began).total_seconds(), job.done - job.done_at_start
    if seconds < 1 or done <= 0:
        return None
    pace = done / seconds
    return Pace(pace, duration((job.total - job.done) / pace) if job.total else "")


def duration(seconds: float) -> str:
    """How long something takes, as people say it."""
    whole = max(round(seconds), 0)
    if whole < 2 * MINUTE:
        return ngettext("{n} second", "{n} seconds", whole).format(n=whole)
    minutes = round(whole / MINUTE)
    return ngettext("{n} minute", "{n} minutes", minutes).format(n=shown_number(minutes))


def through_of(counters: Counters, model: DataModel) -> list[tuple[str, int, int]]:
    """Records made and changed through links, by object."""
    return [
        (shown_label(model.object(name)), counts["created"], counts["updated"])
        for name, counts in counters.through.items()
    ]
