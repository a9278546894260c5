"""What a run did, in sentences: one for each count (Y62)."""

from typing import Any

from django.utils.translation import gettext

from tresse.accounts.answers import said
from tresse.jobs.facts import share_of
from tresse.kernel.marks import N_
from tresse.sources.reported import Count, clock_words, took
from tresse.syncs.models import SyncRun
from tresse.syncs.shown import mode_label
from tresse.web.templatetags.numbers import number

ONE_MANY = {
    "added": (
        N_("row is new there: nothing had been sent for it before."),
        N_("rows are new there: nothing had been sent for them before."),
    ),
    "changed": (
        N_("row has other values in mapped columns than were sent last."),
        N_("rows have other values in mapped columns than were sent last."),
    ),
    "removed": (
        N_("row is no longer in the dataset, so it was removed there."),
        N_("rows are no longer in the dataset, so they were removed there."),
    ),
    "unchanged": (
        N_("row is there as it should be. It was not sent."),
        N_("rows are there as they should be. They were not sent."),
    ),
    "refused": (
        N_("row was refused before sending, for what it holds."),
        N_("rows were refused before sending, for what they hold."),
    ),
    "failed": (
        N_("row was not taken by the destination. The next run tries it again."),
        N_("rows were not taken by the destination. The next run tries them again."),
    ),
    "retried": (
        N_("of these had failed before and was tried again."),
        N_("of these had failed before and were tried again."),
    ),
}
PREVIEWED = {
    "added": (N_("row would be added."), N_("rows would be added.")),
    "changed": (N_("row would be changed."), N_("rows would be changed.")),
    "removed": (N_("row would be removed."), N_("rows would be removed.")),
    "unchanged": (
        N_("row is there as it should be."),
        N_("rows are there as they should be."),
    ),
    "refused": (N_("row would be refused."), N_("rows would be refused.")),
    "failed": (
        N_("row would not be taken by the destination."),
        N_("rows would not be taken by the destination."),
    ),
    "retried": (N_("of these failed before."), N_("of these failed before.")),
}
FIRST = N_("of {total} rows are added because this sync has sent nothing before.")
FIRST_PREVIEWED = N_("of {total} rows would be added because this sync has sent nothing before.")
NOTHING = N_(
    "rows were sent, as the {number} changed rows changed only in columns that are not mapped."  # noqa: RUF027
)
FACTS = {
    "kept_newer": (
        N_("field was left: somebody changed it in the CRM since it was read for the dataset."),
        N_("fields were left: somebody changed them in the CRM since they were read."),
    ),
    "left_to_merge": (
        N_("field was left: another record of the same person in the CRM has its value."),
        N_("fields were left: other records of the same people in the CRM have their values."),
    ),
    "merged_since": (
        N_("row at the destination belongs to somebody merged since."),
        N_("rows at the destination belong to people merged since."),
    ),
    "proposed": (
        N_("record of the CRM is of somebody with several."),
        N_("records of the CRM are of people with several."),
    ),
    "merged_records": (
        N_("record of the CRM was merged into an older one of the same person."),
        N_("records of the CRM were merged into older ones of the same person."),
    ),
    "waiting": (
        N_("row differs and waits for you."),
        N_("rows differ and wait for you."),
    ),
    "to_remove": (
        N_("row would be removed; it waits for you."),
        N_("rows would be removed; they wait for you."),
    ),
    "not_removed": (
        N_("row could not be removed."),
        N_("rows could not be removed."),
    ),
    "older": (
        N_("row of the dataset was there before the sync was switched on. It is left alone."),
        N_("rows of the dataset were there before the sync was switched on. They are left alone."),
    ),
    "taken_over": (
        N_("row was found there and taken as sent. Nothing was written."),
        N_("rows were found there and taken as sent. Nothing was written."),
    ),
    "not_found": (
        N_("row was not found there. The next run adds it."),
        N_("rows were not found there. The next run adds them."),
    ),
    "taken_back": (
        N_("change of this run was taken back since."),
        N_("changes of this run were taken back since."),
    ),
}
BAD = ("refused", "failed", "not_removed")


def counts_of(run: SyncRun, address: str, proposals: str = "") -> list[Count]:
    """Every count with its sentence; a count of nothing that nobody asked for is left out.

    Args:
        run: An ended run.
        address: Its page.
        proposals: The page where merges are proposed.
    """
    words = PREVIEWED if run.is_preview else ONE_MANY
    found: list[Count] = []
    is_taking = bool(run.arguments.get("take_over"))
    for name in ("added", "changed", "removed", "unchanged", "refused", "failed", "retried"):
        n = getattr(run, name)
        if is_taking or (not n and name in ("removed", "retried")):
            continue
        text = _plural(words[name], n)
        if name == "added" and n and run.is_first:
            first = FIRST_PREVIEWED if run.is_preview else FIRST
            text = gettext(first).format(total=number(run.rows))
        if name == "changed" and not n and not run.added and run.facts.get("changed_here"):
            text = gettext(NOTHING).format(number=number(run.facts["changed_here"]))
        listed = n and name not in ("unchanged", "retried")
        link = f"{address}?show={name}" if listed and not run.is_preview else ""
        found.append(Count(n, text, name in BAD and n > 0, link))
    for name, both in FACTS.items():
        if n := int(run.facts.get(name) or 0):
            link = proposals if name == "proposed" else ""
            found.append(Count(n, _plural(both, n), name in BAD, link))
    return found


def _plural(both: tuple[str, str], n: int) -> str:
    # Both stand in the catalogues as texts of their own, where `ngettext` finds no pair.
    return gettext(both[0] if n == 1 else both[1])


def title_of(run: SyncRun) -> str:
    """The outcome in one line."""
    if run.is_preview and run.state in ("done", "partial"):
        return gettext("Nothing was sent. A run would do this")
    if run.arguments.get("take_over") and run.state == "done":
        return gettext("What was found there is taken as sent")
    if run.facts.get("replaced"):
        return gettext("A later run took its place")
    return {
        "done": gettext("Everything is as it should be"),
        "partial": gettext("Some rows were not sent"),
        "held": gettext("This run waits for you"),
        "failed": gettext("This run failed; what was sent before stands"),
        "cancelled": gettext("This run was cancelled; what was sent stands"),
    }.get(run.state, "")


def why_of(run: SyncRun) -> str:
    """Why a run is held or failed, in the language of the person."""
    return said(run.message, run.details) if run.message else ""


def brakes_of(run: SyncRun) -> list[str]:
    """Brakes that would stop a run, as a preview found them (Y31)."""
    return [said(each["message"], each["details"]) for each in run.facts.get("brakes", ())]


def by_of(run: SyncRun) -> str:
    """Who or what started a run."""
    if run.cause == "schedule":
        return gettext("its times")
    if run.cause == "build":
        return gettext("a build of the dataset")
    return str(run.author) if run.author is not None else "Tresse"


def about_of(run: SyncRun) -> list[str]:
    """A few words below the outcome: who, of which version, how long."""
    version = gettext("version {n}").format(n=number(run.number)) if run.number else ""
    return [text for text in (by_of(run), version, took(run.seconds)) if text]


def facts_of(run: SyncRun) -> list[tuple[str, str]]:
    """What else is recorded of a run, as label and value."""
    facts = [
        (gettext("Started by"), by_of(run)),
        (gettext("Mode"), mode_label(run.mode)),
        (gettext("Version of the dataset"), number(run.number) if run.number else ""),
        (gettext("Rows wanted"), number(run.rows)),
        (gettext("Writing calls"), number(run.calls)),
        (gettext("Took"), took(run.seconds)),
    ]
    return [(label, value) for label, value in facts if value]


def progress_of(run: SyncRun) -> dict[str, Any]:
    """How far a run is, for its card."""
    job = run.job
    if job is None or run.state == "queued":
        return {"words": gettext("Waits for a worker"), "percent": None, "is_cancelling": False}
    words = gettext("Compares what is there with what should be")
    if job.total:
        words = gettext("{done} of {total} rows").format(
            done=number(job.done), total=number(job.total)
        )
    share = share_of(job)
    return {
        "words": words,
        "percent": None if share is None else round(share * 100),
        "is_cancelling": job.cancel_asked,
    }


def log_of(run: SyncRun) -> list[tuple[str, str]]:
    """Lines of the log: time of day in UTC and text."""
    return [(clock_words(at), text) for at, text in run.log]
