"""The datasets of the demo built, and the one customer sent back into the CRM, for real."""

from collections.abc import Callable
from pathlib import Path

import yaml

from tresse.accounts.actor import Actor
from tresse.datasets.changes.builds import build, publish_held
from tresse.datasets.models import Dataset
from tresse.jobs.worker import run_here
from tresse.objects.definitions import apply_file
from tresse.sources.changes.runs import extract
from tresse.sources.models import Source
from tresse.syncs.changes.runs import start
from tresse.syncs.models import Sync, SyncRun

Say = Callable[[str], None]


def unify(folder: Path, actor: Actor, say: Say) -> int:
    """Read what was not read yet, build the datasets together, send their syncs.

    Answers how many datasets there are.

    Args:
        folder: Of the demo's files.
        actor: In whose name.
        say: Told one line per step.
    """
    for source in Source.objects.filter(version=None, is_reviewed=True).order_by("pk"):
        run_here(extract(source, actor=actor)[1])
    wanted = list(Dataset.objects.filter(version=None).order_by("pk"))
    if wanted:
        _build(wanted, actor, say)
    text = (folder / "retail" / "syncs.yaml").read_text(encoding="utf-8")
    apply_file(yaml.safe_load(text), actor=actor, dry_run=False)
    for sync in Sync.objects.filter(state="active").order_by("pk"):
        _send(sync, actor, say)
    if wanted:
        # What was sent comes back as records of the CRM: many columns of people are filled at once.
        _build(wanted, actor, say)
    return Dataset.objects.count()


def _build(datasets: list[Dataset], actor: Actor, say: Say) -> None:
    """Build datasets together, and let through what waits for a person to look at it."""
    builds, job = build(datasets, actor=actor)
    run_here(job)
    for each in builds:
        each.refresh_from_db()
    if any(each.state == "held" for each in builds):
        _, job = publish_held(next(each for each in builds if each.state == "held"), actor=actor)
        run_here(job)
    for each in builds:
        each.refresh_from_db()
        say(
            f"{each.dataset.name}: {each.state}, {each.source_rows} records, "
            f"{each.records} golden records."
        )


def _send(sync: Sync, actor: Actor, say: Say) -> None:
    if sync.dataset.version_id is None:
        return
    run, job = start(sync, actor=actor)
    run_here(job)
    row = SyncRun.objects.get(pk=run.pk)
    say(
        f"{sync.name}: {row.state}, {row.added} added, {row.changed} changed, "
        f"{row.unchanged} unchanged, {row.refused} refused, {row.failed} failed."
    )
