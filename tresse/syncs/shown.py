"""Words and tones in which pages show syncs: states, modes, classes."""

from collections.abc import Mapping

from django.utils.translation import gettext

from tresse.kernel.marks import N_
from tresse.syncs.definition import SyncDefinition
from tresse.syncs.models import Sync, SyncRun

STATES: Mapping[str, tuple[str, str]] = {
    "draft": (N_("Draft"), "grey"),
    "active": (N_("Active"), "ok"),
    "paused": (N_("Paused"), "warn"),
    "broken": (N_("Broken"), "bad"),
}
"Of a sync (Y4): label and tone."
RUN_STATES: Mapping[str, tuple[str, str]] = {
    "queued": (N_("Waiting"), "info"),
    "running": (N_("Is being sent"), "info"),
    "done": (N_("Done"), "ok"),
    "partial": (N_("Partly"), "warn"),
    "held": (N_("Waits for you"), "warn"),
    "cancelled": (N_("Cancelled"), "grey"),
    "failed": (N_("Failed"), "bad"),
}
"Of a run (Y41)."
MODES: Mapping[str, tuple[str, str]] = {
    "new_only": (
        N_("New rows only"),
        N_("Rows that appear from now on, and their later changes. What is there stays as it is."),
    ),
    "new_and_existing": (
        N_("New and existing rows"),
        N_("All rows and their changes. Rows that go from the dataset stay at the destination."),
    ),
    "mirror": (
        N_("Mirror"),
        N_("All rows and their changes; rows that go from the dataset go there, too."),
    ),
}
AUTOMATIONS: Mapping[str, str] = {
    "after_first": N_("from the second run on"),
    "always": N_("from the first run on"),
    "never": N_("never"),
}
CLASSES: Mapping[str, str] = {
    "added": N_("Added"),
    "changed": N_("Changed"),
    "removed": N_("Removed"),
    "refused": N_("Refused"),
    "failed": N_("Failed"),
}
TONES: Mapping[str, str] = {
    "added": "ok",
    "changed": "info",
    "removed": "grey",
    "refused": "warn",
    "failed": "bad",
}
REMOVALS: Mapping[str, str] = {
    "delete": N_("are deleted"),
    "empty": N_("lose the values that were sent"),
    "set": N_("get values that say so"),
}


def sync_state(sync: Sync) -> tuple[str, str]:
    """Label and tone of a sync; of an active one that waits, those of its last run."""
    last = sync.last_run
    if sync.state == "active" and last is not None and last.state in ("held", "failed", "running"):
        return run_state(last)
    label, tone = STATES[sync.state]
    return gettext(label), tone


def run_state(run: SyncRun) -> tuple[str, str]:
    """Label and tone of a run's state."""
    label, tone = RUN_STATES[run.state]
    return gettext(label), tone


def mode_label(mode: str) -> str:
    """A mode in words."""
    return gettext(MODES[mode][0]) if mode in MODES else mode


def times_words(definition: SyncDefinition) -> str:
    """When a sync is sent, in words."""
    if definition.is_after_build:
        return gettext("after each build of the dataset")
    if definition.schedule.cron:
        return definition.schedule.cron
    return gettext("only when asked")
