"""What a run found, in sentences (S112), its progress, and the bars of the last runs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import said
from tresse.jobs.facts import seconds_left, share_of
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.sources.definition import FILE_MODES
from tresse.sources.extraction.counting import EMPTIED
from tresse.sources.models import SourceFile, SourceRun
from tresse.sources.refused import GONE
from tresse.sources.rules import RULES
from tresse.sources.shown import mode_label
from tresse.web.templatetags.numbers import number

SHOWN_RUNS = 30
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?")
HEIGHT, STEP = 100, 10
"Of the drawing of runs, in its own units."
LIST_LIMIT = 3
FILE_STATES: dict[str, tuple[str, str]] = {
    "taken": (N_("Taken"), "info"),
    "read": (N_("Read"), "ok"),
    "same_content": (N_("Known already"), "grey"),
    "refused": (N_("Refused"), "bad"),
}
AFTERWARDS = {
    "left": N_("left where it is"),
    "moved": N_("moved to done/"),
    "deleted": N_("deleted"),
    "failed": N_("could not be moved away"),
    GONE: N_("no longer there"),
}
REFUSING = (
    "file_refused",
    "file_is_damaged",
    "file_is_empty",
    "file_is_encrypted",
    "file_too_large",
    "header_missing",
    "header_repeated",
    "path_needed",
    "path_not_found",
    "too_many_columns",
    "unsupported_file_type",
)
"Codes of files that a run refused as a whole; each file says its own reason on the run's page."
WARNINGS = {
    EMPTIED: N_(
        "Cells of columns none of whose cells could be read: these columns are empty now. Look at "
        "their types and decimal signs, then read everything again."
    ),
    "key_null": N_("Without a key: rejected."),
    "further_key_repeated": N_("Share a further key with another row. They stay."),
    "cursor_null": N_("Without a cursor: read again each time."),
    "future_date": N_("Changed in the future: the time of this run stands instead."),
    "nul_removed": N_("Characters that no database can hold were taken out."),
    "rounded": N_("More than six places after the point: rounded."),
    "not_finite": N_("Infinite, or no number at all: empty now."),
    "time_gap": N_(
        "Times that do not exist, as clocks went forward: the next moment stands instead."
    ),
    "time_overlap": N_("Times that occur twice, as clocks went back: the first one stands."),
    "time_dropped": N_("Dates with a time of day: it was dropped."),
    "places_cut": N_("Times with fractions of a microsecond: they were cut off."),
    **dict.fromkeys(
        (rule.code for rule in RULES if rule.code),
        N_("Cells that a rule could not read: empty now; the cell is kept beside."),
    ),
    "time_went_back": N_("An older time of change than before."),
    "column_new": N_("New columns at the source: they are offered under Columns."),
    "total_moved": N_("Rows that came or went while the source was read."),
    "could_not_parse_number": N_(
        "No number, or too large a one: the cell is empty now, its row stays."
    ),
    "could_not_parse_boolean": N_("Neither yes nor no: the cell is empty now, its row stays."),
    "could_not_parse_date": N_("No date: the cell is empty now, its row stays."),
    "could_not_parse_json": N_("No list or JSON: the cell is empty now, its row stays."),
    "afterwards_failed": N_("Files that could not be moved away. They are not read twice."),
    **dict.fromkeys(REFUSING, N_("Files that were refused. The others went on.")),
    "header_mismatch": N_("Files that lack a column that is read. The others went on."),
    "column_absent": N_("Columns that nothing in a JSON file has: empty on all of its rows."),
    "same_content": N_("Files that hold the same as one that was read already."),
    "file_undated": N_("Files that match, but what should be their date is none. Not read."),
    "file_unmarked": N_("Files that wait for their marker, NAME.done."),
    "file_unsettled": N_("Files that are still being written. They are read in the next run."),
    "lines_not_readable": N_("Lines whose cells cannot be told apart. They stay rejected."),
    "older_than_known": N_("Rows older than what was known of their key. The known ones stay."),
    "not_carried": N_("Rows without the new key, or that share it. They stay in the last version."),
    "deletes_put_off": N_(
        "Rows that seem to be gone. They stay, as a line that could not be read may be theirs."
    ),
    "cursor_went_back": N_("The cursor went back at the source: a backup may have been restored."),
    "column_type_changed": N_("Columns that have another type at the source now."),
    "erased": N_("Rows of people who were erased. Neither row nor value is kept."),
}
"Warnings of a run that have a sentence of their own; others are shown by their code."


@dataclass(frozen=True, slots=True)
class Count:
    """One figure of a run, of whatever sort, with its sentence."""

    number: int
    words: str
    is_bad: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """What was noticed, how often, where and for example what."""

    number: int
    words: str
    columns: str = ""
    examples: str = ""


def counts_of(run: SourceRun, address: str) -> list[Count]:
    """Every count with its sentence; a count of nothing that nobody asked for is left out.

    Args:
        run: An ended run.
        address: Of its source, with a slash at its end.
    """
    if run.started_at is None:
        return []
    found = [Count(run.read, _read_words(run))]
    if run.is_first and run.new:
        found.append(Count(run.new, first_words(run)))
    else:
        found.append(Count(run.new, _plural(NEW, run.new)))
        found.append(Count(run.changed, _plural(CHANGED, run.changed)))
        found.append(Count(run.unchanged, _plural(UNCHANGED, run.unchanged)))
    there = f"{address}rejected/?run={run.pk}" if run.rejected else ""
    found.append(Count(run.rejected, _plural(REJECTED, run.rejected), bool(run.rejected), there))
    if run.superseded:
        found.append(Count(run.superseded, _plural(SUPERSEDED, run.superseded)))
    if run.deleted:
        found.append(Count(run.deleted, _plural(DELETED, run.deleted)))
    return found


NEW = (
    N_("row is new: its key was not there before."),
    N_("rows are new: their keys were not there before."),
)
CHANGED = (
    N_("row has other values than in the version before."),
    N_("rows have other values than in the version before."),
)
UNCHANGED = (
    N_("row came again as it was. It keeps the time when it was read first."),
    N_("rows came again as they were. They keep the time when they were read first."),
)
REJECTED = (
    N_("row could not be read. It is kept aside, with why."),
    N_("rows could not be read. They are kept aside, each with why."),
)
SUPERSEDED = (
    N_("row has a key that came once more. The newer row stays."),
    N_("rows have keys that came once more. The newest row of each stays."),
)
DELETED = (
    N_("row is gone at the source. It is marked as deleted and stays."),
    N_("rows are gone at the source. They are marked as deleted and stay."),
)


def _plural(forms: tuple[str, str], count: int) -> str:
    # Both stand in the catalogues as texts of their own, where `ngettext` finds no pair.
    return gettext(forms[0] if count == 1 else forms[1])


def first_words(run: SourceRun) -> str:
    """Why all rows of a first run are new (S112)."""
    if run.new == 1:
        return gettext("The one row is new because this source had not been read before.")
    text = gettext("All {number} rows are new because this source had not been read before.")
    return text.format(number=number(run.new))


def _read_words(run: SourceRun) -> str:
    if run.mode == "rejections":
        return ngettext("rejected row was read again.", "rejected rows were read again.", run.read)
    if run.mode in FILE_MODES and not run.files:
        return gettext("rows were read: no new file was there.")
    if run.files:
        text = ngettext("row was read, from {files}.", "rows were read, from {files}.", run.read)
        files = ngettext("{n} file", "{n} files", run.files).format(n=number(run.files))
        return text.format(files=files)
    if run.mode == "incremental" and run.cursor_from is not None and not run.is_full:
        text = ngettext(
            "row was read: what changed since {cursor}.",
            "rows were read: what changed since {cursor}.",
            run.read,
        )
        return text.format(cursor=cursor_words(run.cursor_from))
    return ngettext("row was read: all there is.", "rows were read: all there is.", run.read)


def cursor_words(cursor: Any) -> str:
    """A cursor as people read it."""
    value = cursor.get("value", cursor) if isinstance(cursor, Mapping) else cursor
    return instant_words(str(value))


def instant_words(text: str) -> str:
    """A moment as people read it: `2026-03-01 10:00:00`; any other text as it is."""
    if not INSTANT.fullmatch(text):
        return text
    return re.sub(r"(\.0+)?(Z|\+00:00)?$", "", text).replace("T", " ")


def title_of(run: SourceRun) -> str:
    """How a run ended, as a heading."""
    if run.state == "published" and run.number:
        text = gettext("Version {n} is published")
        return text.format(n=number(run.number))
    return {
        "published": gettext("A new version is published"),
        "unchanged": gettext("Nothing is new; the version before stays"),
        "held": gettext("This reading waits for you"),
        "failed": gettext("This reading failed; the version before stays"),
        "cancelled": gettext("This reading was cancelled; the version before stays"),
        "skipped": gettext("This reading was skipped"),
    }.get(run.state, "")


def why_of(run: SourceRun) -> str:
    """Why a run is held, failed or was skipped, in the language of the person."""
    return said(run.message, run.details) if run.message else ""


def by_of(run: SourceRun) -> str:
    """Who or what started a run."""
    if run.cause == "schedule":
        return gettext("its times")
    if run.cause == "after":
        return gettext("after {source}").format(source=run.cause_name)
    if run.author is not None:
        return str(run.author)
    return "Tresse"


def took(seconds: float | None) -> str:
    """How long it took: "0.4 s", "12 s", "3 min"."""
    if seconds is None:
        return ""
    if seconds < 10:
        return gettext("{n} s").format(n=number(round(seconds, 1), 1))
    if seconds < 120:
        return gettext("{n} s").format(n=number(round(seconds)))
    return gettext("{n} min").format(n=number(round(seconds / 60)))


def size(count: int | None) -> str:
    """Bytes in the unit that fits; a KB is 1,000 bytes."""
    if count is None:
        return ""
    for unit, one in (("GB", 1e9), ("MB", 1e6), ("KB", 1e3)):
        if count >= one:
            return f"{number(round(count / one, 1), 1)} {unit}"
    return f"{number(count)} B"


def about_of(run: SourceRun) -> list[str]:
    """A few words below the outcome: who, how, how long."""
    return [text for text in (by_of(run), mode_label(run), took(run.seconds)) if text]


def facts_of(run: SourceRun) -> list[tuple[str, str]]:
    """What else is recorded of a run (S111), as label and value."""
    facts = [
        (gettext("Started by"), by_of(run)),
        (gettext("Read"), mode_label(run)),
        (gettext("Version"), number(run.number) if run.number else "–"),
        (gettext("Cursor from"), cursor_words(run.cursor_from) if run.cursor_from else ""),
        (gettext("Cursor to"), cursor_words(run.cursor_to) if run.cursor_to else ""),
        (gettext("Transferred"), size(run.bytes) if run.bytes else ""),
        (gettext("Took"), took(run.seconds)),
        (gettext("Most memory"), size(run.peak_bytes) if run.peak_bytes else ""),
    ]
    return [(label, value) for label, value in facts if value]


def warnings_of(run: SourceRun) -> list[Warned]:
    """What was noticed: columns that hold nothing now, then most frequent first."""
    found: list[Warned] = []
    urgent: list[Warned] = []
    for code, given in run.warnings.items():
        facts: Mapping[str, Any] = given if isinstance(given, Mapping) else {"count": given}
        columns: Mapping[str, int] = facts.get("columns") or {}
        examples: Sequence[Any] = facts.get("examples") or ()
        (urgent if code == EMPTIED else found).append(
            Warned(
                number=int(facts.get("count") or 0),
                words=gettext(WARNINGS[code]) if code in WARNINGS else code,
                columns=", ".join(list(columns)[: 2 * LIST_LIMIT]),
                examples=" · ".join(map(str, examples[:LIST_LIMIT])),
            )
        )
    return [*urgent, *sorted(found, key=lambda each: -each.number)]


def progress_of(run: SourceRun) -> dict[str, Any]:
    """How far a live run is (S113): rows, bytes and an estimate."""
    job = run.job
    done, total = (job.done, job.total) if job else (0, None)
    share = share_of(job) if job else None
    if run.state == "queued":
        words = gettext("It starts in a moment.")
    elif total:
        text = gettext("{done} of about {total} rows")
        words = text.format(done=number(done), total=number(total))
    elif done:
        words = ngettext("{n} row", "{n} rows", done).format(n=number(done))
    else:
        words = gettext("The other side is asked.")
    left = seconds_left(job) if job else None
    facts = [
        (gettext("Rows a second"), _pace(run, done)),
        (gettext("Time left"), took(left) or "–"),
    ]
    if run.bytes:
        facts.append((gettext("Transferred"), size(run.bytes)))
    return {
        "words": words,
        "percent": round(share * 100) if share is not None else None,
        "facts": facts,
        "is_cancelling": bool(job and job.cancel_asked),
    }


def _pace(run: SourceRun, done: int) -> str:
    seconds = (now() - run.started_at).total_seconds() if run.started_at else 0
    return number(round(done / seconds)) if done and seconds > 1 else "–"


def files_shown(files: Sequence[SourceFile]) -> list[dict[str, Any]]:
    """Files of a run with their state in words."""
    found = []
    for row in files:
        label, tone = FILE_STATES.get(row.state, (row.state, "grey"))
        why = said(row.message, row.details) if row.message else ""
        if row.state == "same_content" and row.same_as and not why:
            why = gettext("It holds the same as {file}.").format(file=row.same_as.path)
        after = gettext(AFTERWARDS[row.afterwards]) if row.afterwards in AFTERWARDS else ""
        shown = {"row": row, "state": gettext(label), "tone": tone, "why": why}
        shown |= {"afterwards": after, "size": size(row.size)}
        found.append(shown)
    return found


def log_of(run: SourceRun) -> list[tuple[str, str]]:
    """Lines of the log: time of day in UTC and text."""
    return [(clock_words(at), text) for at, text in run.log]


def clock_words(at: Any) -> str:
    """The time of day of a line in a log, in UTC."""
    try:
        return datetime.fromisoformat(str(at)).strftime("%H:%M:%S")
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class Bar:
    """One run of the drawing: three parts from the bottom up, in units of the drawing."""

    x: int
    new: int
    new_y: int
    other: int
    other_y: int
    bad: int
    bad_y: int


def chart_of(runs: Sequence[SourceRun]) -> dict[str, Any]:
    """Bars of the runs that read anything, oldest first: new and changed, unchanged, rejected."""
    read = [run for run in reversed(runs) if run.started_at and run.read][-SHOWN_RUNS:]
    most = max((run.read for run in read), default=0)
    if not most:
        return {}
    bars = [_bar(run, index, most) for index, run in enumerate(read)]
    rows, fresh = sum(run.read for run in read), sum(run.new + run.changed for run in read)
    text = gettext(
        "{rows} rows were read, {fresh} of them new or changed, {rejected} rejected; "
        "{most} at most in one run."
    )
    words = text.format(
        rows=number(rows),
        fresh=number(fresh),
        rejected=number(sum(run.rejected for run in read)),
        most=number(most),
    )
    return {"bars": bars, "width": max(len(bars), SHOWN_RUNS) * STEP, "words": words}


def _bar(run: SourceRun, index: int, most: int) -> Bar:
    fresh = _height(run.new + run.changed, most)
    other = _height(run.unchanged + run.superseded, most)
    bad = _height(run.rejected, most)
    return Bar(
        x=index * STEP,
        new=fresh,
        new_y=HEIGHT - fresh,
        other=other,
        other_y=HEIGHT - fresh - other,
        bad=bad,
        bad_y=max(HEIGHT - fresh - other - bad, 0),
    )


def _height(count: int, most: int) -> int:
    """At least one unit for what there is, so that it is seen."""
    return max(round(count / most * (HEIGHT - 4)), 1) if count else 0
