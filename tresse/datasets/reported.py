"""What a build did, in sentences; its progress, its warnings, its facts; checks of health."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext

from tresse.accounts.answers import said
from tresse.datasets.models import DatasetBuild
from tresse.jobs.facts import seconds_left, share_of
from tresse.kernel.marks import N_
from tresse.sources.reported import Count, Warned, clock_words, size, took
from tresse.sources.rules import RULES
from tresse.web.templatetags.numbers import moment, number

LIST_LIMIT = 3
STEPS = {
    "records": N_("Records are taken in"),
    "matching": N_("Key values are compared"),
    "identity": N_("Records are joined"),
    "merging": N_("Values are chosen"),
    "relations": N_("Relations are resolved"),
    "health": N_("Health is checked"),
    "publish": N_("The version is published"),
}
WARNINGS = {
    "key_not_normalised": N_(
        "Identity columns that neither source nor dataset cleans. They are compared clean all the "
        "same."
    ),
    "too_many_values": N_("Values that were cut: a list keeps 100."),
    "relation_unmatched": N_("Rows that lead to nothing on the other side."),
    "erased": N_("Records of people who were erased. They are left out."),
    **dict.fromkeys(
        (rule.code for rule in RULES if rule.code),
        N_("Values that a rule could not read: empty now."),
    ),
}
"Warnings of a build that have a sentence of their own; others are shown by their code."


def counts_of(build: DatasetBuild, address: str) -> list[Count]:
    """Every count of D130 with its sentence; none of a build that did not get that far.

    Args:
        build: An ended build, or one that is held.
        address: Of its dataset, with a slash at its end.
    """
    if not build.source_rows and not build.records:
        return []
    return [
        Count(
            build.source_rows,
            ngettext(
                "record was taken in from its sources.",
                "records were taken in from its sources.",
                build.source_rows,
            ),
        ),
        Count(
            build.records,
            ngettext("golden record came of them.", "golden records came of them.", build.records),
        ),
        Count(
            build.merged,
            ngettext(
                "record was joined to another one.",
                "records were joined to others.",
                build.merged,
            ),
        ),
        Count(
            build.changed_records,
            ngettext(
                "golden record is new, changed or gone since the version before.",
                "golden records are new, changed or gone since the version before.",
                build.changed_records,
            ),
        ),
        Count(
            build.blocked_values,
            ngettext(
                "value ties nothing, as a guard rail keeps it from that.",
                "values tie nothing, as a guard rail keeps them from that.",
                build.blocked_values,
            ),
            address=f"{address}identity/" if build.blocked_values else "",
        ),
        Count(
            build.quarantined,
            ngettext(
                "record was kept apart though it shares a value: a limit speaks against it.",
                "records were kept apart though they share a value: a limit speaks against it.",
                build.quarantined,
            ),
            address=f"{address}review/" if build.quarantined else "",
        ),
    ]


def title_of(build: DatasetBuild) -> str:
    """How a build ended, as a heading."""
    if build.state == "published" and build.number:
        return gettext("Version {n} is published").format(n=number(build.number))
    return {
        "published": gettext("A new version is published"),
        "unchanged": gettext("Nothing is new; the version before stays"),
        "held": gettext("This build waits for you"),
        "failed": gettext("This build failed; the version before stays"),
        "cancelled": gettext("This build was cancelled; the version before stays"),
        "skipped": gettext("This build was skipped"),
    }.get(build.state, "")


def why_of(build: DatasetBuild) -> str:
    """Why a build is held, failed or was skipped, in the language of the person."""
    return said(build.message, build.details) if build.message else ""


def by_of(build: DatasetBuild) -> str:
    """Who or what started a build."""
    if build.cause == "schedule":
        return gettext("its times")
    if build.cause == "after":
        return gettext("after {source}").format(source=build.cause_name)
    if build.cause == "decision":
        return gettext("a decision")
    if build.author is not None:
        return str(build.author)
    return "Tresse"


def how_of(build: DatasetBuild) -> str:
    """What was worked out: all, or what changed."""
    return gettext("everything anew") if build.is_full else gettext("what changed")


def about_of(build: DatasetBuild) -> list[str]:
    """A few words below the outcome: who, how, how long."""
    return [text for text in (by_of(build), how_of(build), took(build.seconds)) if text]


def facts_of(build: DatasetBuild) -> list[tuple[str, str]]:
    """What else is recorded of a build, as label and value."""
    facts = [
        (gettext("Started by"), by_of(build)),
        (gettext("Worked out"), how_of(build)),
        (gettext("Version"), number(build.number) if build.number else "–"),
        (gettext("As of"), moment(build.as_of)),
        (gettext("Rules"), number(build.rules.number) if build.rules else ""),
        (gettext("Engine"), "Spark" if build.engine == "spark" else "DuckDB"),
        (gettext("Took"), took(build.seconds)),
        (gettext("Most memory"), size(build.peak_bytes) if build.peak_bytes else ""),
    ]
    return [(label, value) for label, value in facts if value]


def log_of(build: DatasetBuild) -> list[tuple[str, str]]:
    """Lines of the log: time of day in UTC and text."""
    return [(clock_words(at), text) for at, text in build.log]


def warnings_of(build: DatasetBuild) -> list[Warned]:
    """What was noticed, most frequent first."""
    found = []
    for code, given in build.warnings.items():
        facts: Mapping[str, Any] = given if isinstance(given, Mapping) else {"count": given}
        columns: Mapping[str, int] = facts.get("columns") or {}
        examples: Sequence[Any] = facts.get("examples") or ()
        found.append(
            Warned(
                number=int(facts.get("count") or 0),
                words=gettext(WARNINGS[code]) if code in WARNINGS else code,
                columns=", ".join(list(columns)[: 2 * LIST_LIMIT]),
                examples=" · ".join(map(str, examples[:LIST_LIMIT])),
            )
        )
    return sorted(found, key=lambda each: -each.number)


def progress_of(build: DatasetBuild) -> dict[str, Any]:
    """How far a live build is."""
    job = build.job
    share = share_of(job) if job else None
    words = gettext("It starts in a moment.")
    if build.state == "running":
        words = str(build.log[-1][1]) if build.log else gettext("It is at work.")
    left = seconds_left(job) if job else None
    if left:
        words = gettext("{words} About {time} left.").format(words=words, time=took(left))
    return {
        "words": words,
        "percent": round(share * 100) if share is not None else None,
        "is_cancelling": bool(job and job.cancel_asked),
    }
