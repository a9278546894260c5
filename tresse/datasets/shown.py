"""Words and tones in which pages show datasets: states, bands, methods, guards, decisions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.models import Dataset, DatasetBuild, Decision
from tresse.kernel.marks import N_
from tresse.sources.shown import entity_look

STATES: dict[str, tuple[str, str]] = {
    "queued": (N_("Waiting"), "info"),
    "running": (N_("Is being built"), "info"),
    "published": (N_("Published"), "ok"),
    "unchanged": (N_("Nothing new"), "ok"),
    "held": (N_("Waits for you"), "warn"),
    "failed": (N_("Failed"), "bad"),
    "cancelled": (N_("Cancelled"), "grey"),
    "skipped": (N_("Skipped"), "grey"),
}
"Of a build: label and tone."
OTHER_STATES: dict[str, tuple[str, str]] = {
    "disabled": (N_("Switched off"), "grey"),
    "never": (N_("Never built"), "grey"),
}
"Of a dataset, whatever its builds."
BANDS: dict[str, tuple[str, str]] = {
    "ok": (N_("Good"), "ok"),
    "look": (N_("Worth a look"), "warn"),
    "bad": (N_("Bad"), "bad"),
}
"Of a health check (D88): label and tone; the worst counts for a version."
METHODS: dict[str, tuple[str, str]] = {
    "latest": (N_("latest"), N_("The value of the record that was changed last.")),
    "latest_record": (
        N_("latest record"),
        N_("What the record that was changed last has, even if that is nothing."),
    ),
    "earliest": (N_("earliest"), N_("The value of the oldest record.")),
    "source_priority": (
        N_("by source"),
        N_("The value of the first source in your order that has one."),
    ),
    "most_frequent": (N_("most frequent"), N_("The value that most records have.")),
    "longest": (N_("longest"), N_("The value with the most characters.")),
    "shortest": (N_("shortest"), N_("The value with the fewest characters.")),
    "min": (N_("least"), N_("The least value.")),
    "max": (N_("greatest"), N_("The greatest value.")),
    "sum": (N_("sum"), N_("All values added up.")),
    "union": (N_("all of them"), N_("A list of the different values.")),
    "any": (N_("yes if one is"), N_("Yes if any record says yes.")),
    "all": (N_("yes if all are"), N_("Yes if every record that knows it says yes.")),
    "consent": (
        N_("consent"),
        N_("Inside a source the latest statement; between sources the most restrictive one."),
    ),
}
"Merge methods (D70): label, and what it does."
GUARDS: dict[str, tuple[str, str]] = {
    "DG1": (N_("blocked"), N_("It stands on a list of values that tie nothing.")),
    "DG2": (N_("fanned out"), N_("It stands on records of too many different people.")),
    "DG2b": (N_("too frequent"), N_("It stands on more records than one person can have.")),
    "DG3": (N_("limit"), N_("One person would have too many different values of a column.")),
    "DG6": (N_("size"), N_("One golden record would have too many records.")),
    "DG7": (N_("direction"), N_("It meets too many different values of another column.")),
    "DG8": (N_("decision"), N_("A person said that these are different people.")),
    "DG9": (N_("separation"), N_("These records have different values of a column that parts.")),
    "DG11": (N_("device"), N_("A device never joins two people who are known.")),
    "DG13": (N_("claim"), N_("Its source is not trusted to say who somebody is.")),
}
"Guard rails (section 7 of the spec) as people read them: a word, and a sentence."
DECISIONS = {
    Decision.LINK: (N_("Same person"), "ok"),
    Decision.APART: (N_("Different people"), "bad"),
    Decision.CLAIM: (N_("Claim accepted"), "info"),
}
REVIEWS: dict[str, tuple[str, str]] = {
    "oversize": (N_("Many records"), "warn"),
    "refused": (N_("Kept apart by a rule"), "bad"),
    "claim": (N_("Claim"), "info"),
    "suggestion": (N_("Suggestion"), "violet"),
}
REVIEW_STATES = {
    "open": N_("To decide"),
    "later": N_("Later"),
    "same": N_("Same person"),
    "different": N_("Different people"),
    "gone": N_("Settled by itself"),
}
CHANGES = {
    "merged": N_("became one with"),
    "split": N_("was set apart from"),
    "revived": N_("came back from"),
}
"Of an id (D59)."


def build_state(build: DatasetBuild) -> tuple[str, str]:
    """Label and tone of a build's state."""
    label, tone = STATES[build.state]
    return gettext(label), tone


def dataset_state(dataset: Dataset) -> tuple[str, str]:
    """Label and tone of a dataset: what hinders it first, else its last build."""
    build = dataset.last_build
    if build is not None and (build.is_live or build.state in ("held", "failed")):
        label, tone = STATES[build.state]
    elif not dataset.is_enabled:
        label, tone = OTHER_STATES["disabled"]
    elif dataset.version is None:
        label, tone = OTHER_STATES["never"]
    else:
        label, tone = STATES["published"]
    return gettext(label), tone


def worst(checks: Iterable[Mapping[str, Any]]) -> str:
    """The worst band of some checks: `ok look bad`; empty if there are none."""
    bands = [str(each.get("band", "ok")) for each in checks]
    return max(bands, key=list(BANDS).index) if bands else ""


def band_shown(band: str) -> tuple[str, str]:
    """Label and tone of a band; nothing for none."""
    if band not in BANDS:
        return "", ""
    label, tone = BANDS[band]
    return gettext(label), tone


def method_label(name: str) -> str:
    """A merge method in a word or two."""
    return gettext(METHODS[name][0]) if name in METHODS else name


def method_choices() -> list[tuple[str, str]]:
    """All merge methods with their labels."""
    return [(name, gettext(label)) for name, (label, _) in METHODS.items()]


def guard_label(guard: str) -> str:
    """A guard rail in a word."""
    return gettext(GUARDS[guard][0]) if guard in GUARDS else guard


def guard_words(guard: str) -> str:
    """A guard rail as a sentence."""
    return gettext(GUARDS[guard][1]) if guard in GUARDS else ""


def key_label(columns: Sequence[str]) -> str:
    """A key set in words: `last_name + birth_date`."""
    return " + ".join(columns)


def look_of(dataset: Dataset) -> tuple[str, str]:
    """Icon and hue of what its rows are."""
    return entity_look(dataset.entity)
