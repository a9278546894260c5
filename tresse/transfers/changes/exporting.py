"""Exports: asked for, written by a job, kept for 30 days (T80)."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from django.conf import settings as django_settings
from django.db import transaction
from django.utils.translation import ngettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.transfers.exporting import Exporting, read_asked
from tresse.transfers.models import Export
from tresse.transfers.settings import require_storable

KEPT = timedelta(days=30)
"How long the link of an export is valid (T80)."
LIST = "/exports/"


def add_export(
    object_name: str, *, file_name: str, asked: Mapping[str, Any], actor: Actor
) -> tuple[Export, Job]:
    """Have records written to a file.

    Args:
        object_name: Singular or plural.
        file_name: What the person calls the file.
        asked: Fields of `exporting.Asked`.
        actor: Needs `export` on the object.

    Raises:
        TresseError: `unknown_object`, `not_permitted`, `unknown_reference`, `unknown_key`,
            `wrong_value`, `does_not_fit_format`, what a filter is refused with.
    """
    model = data_model()
    object = model.object(object_name)
    require(actor, "export", object.name, shown_plural(object))
    require_storable(file=file_name, asked=asked)
    Exporting(model, object, read_asked(asked), actor).check_fit()
    with transaction.atomic():
        row = Export.objects.create(
            object_name=object.name,
            settings=dict(asked),
            file_name=file_name[:255],
            author_id=actor.user_id,
            created_at=now(),
        )
        job = jobs.enqueue(
            "export",
            arguments={"export_id": row.pk},
            actor=actor,
            target=row.file_name,
            link=LIST,
        )
        row.job_id = job.pk
        row.save(update_fields=["job_id"])
        log_run(row, actor)
    return row, job


def log_run(row: Export, actor: Actor) -> None:
    """Say in the audit log what is exported, in the caller's transaction."""
    said = {name: row.settings.get(name) for name in ("view", "segment", "list", "words")}
    audit.log(
        actor,
        "export.run",
        f"{row.object_name}: {row.file_name}",
        after={
            "export": row.pk,
            "filter": json.dumps(row.settings.get("filter")),
            **{name: text for name, text in said.items() if text},
        },
    )


def path_of(export_id: int) -> Path:
    """The file of an export."""
    return Path(django_settings.HOME) / "exports" / str(export_id) / "file"


def export(work: Work) -> Export:
    """Write an export; begun anew if it was broken off."""
    row = Export.objects.get(pk=work.arguments["export_id"])
    write_export(row, work)
    return row


def write_export(
    row: Export,
    work: Work,
    *,
    among: sa.Select[Any] | None = None,
    begun: Callable[[], None] = lambda: None,
) -> None:
    """Write the file of an export and tell its size.

    Args:
        row: The export.
        work: The job that writes it, with the rights of its author.
        among: Ids; records that are not among them are left out.
        begun: Called in the state of the data that is read.

    Raises:
        TresseError: As `add_export`: rights and definitions may have changed.
    """
    began = time.monotonic()
    Export.objects.filter(pk=row.pk).update(state="running")
    model = data_model()
    object = model.object(row.object_name)
    require(work.actor, "export", object.name, shown_plural(object))
    made = Exporting(model, object, read_asked(row.settings), work.actor)
    if among is not None:
        made.narrow(among)
    path = path_of(row.pk)
    path.parent.mkdir(parents=True, exist_ok=True)
    work.tell(total=made.number())

    def seen(number: int) -> None:
        work.tell(done=number)
        work.check_cancelled()

    # Under its name stands a whole file or none.
    part = path.with_suffix(".part")
    row.rows, row.columns = made.write(part, seen=seen, begun=begun)
    part.replace(path)
    row.size_bytes, row.seconds = path.stat().st_size, time.monotonic() - began
    row.save(update_fields=["rows", "columns", "size_bytes", "seconds"])
    with transaction.atomic():
        audit.log(work.actor, "export.done", row.file_name, after={"rows": row.rows})


def ending(row: Export) -> str:
    """What its author is told: how many rows there are, and until when."""
    text = ngettext("{number} row.", "{number} rows.", row.rows)
    return text.format(number=f"{row.rows:,}")


def end_export(job: Job) -> Export | None:
    """State of the export after its job, in the transaction that ends it."""
    row = Export.objects.filter(job_id=job.pk).first()
    if row is None:
        return None
    row.state = job.state if job.state in ("done", "cancelled") else "failed"
    row.finished_at = now()
    row.expires_at = row.finished_at + KEPT
    row.save(update_fields=["state", "finished_at", "expires_at"])
    # Before its end there is nothing to download.
    job.link = f"{LIST}{row.pk}/download/" if row.state == "done" else LIST
    job.save(update_fields=["link"])
    return row


def clear_exports() -> dict[str, int]:
    """Remove files whose link is no longer valid, and those of exports that are no more."""
    home = Path(django_settings.HOME) / "exports"
    folders = [each for each in home.iterdir() if each.name.isdecimal()] if home.exists() else []
    kept = set(Export.objects.exclude(expires_at__lt=now()).values_list("pk", flat=True).iterator())
    old = [each for each in folders if int(each.name) not in kept]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return {"files": len(old)}
