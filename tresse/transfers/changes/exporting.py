"""Exports: asked for, and written by a job (T80)."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings as django_settings
from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.transfers.export import Asked, Exporting
from tresse.transfers.models import Export


def add_export(
    object_name: str, *, file_name: str, asked: Mapping[str, Any], actor: Actor
) -> tuple[Export, Job]:
    """Have records written to a file.

    Args:
        object_name: Singular or plural.
        file_name: What the person calls the file.
        asked: `columns`, `filter`, `with_links`, `form`, `keys` (`export.Asked`).
        actor: Needs `export` on the object.

    Raises:
        TresseError: `unknown_object`, `not_permitted`, `unknown_reference`, `wrong_value`, what a
            filter is refused with.
    """
    model = data_model()
    object = model.object(object_name)
    require(actor, "export", object.name, shown_plural(object))
    Exporting(model, object, Asked(**asked), actor)
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
            link=f"/exports/{row.pk}/download/",
        )
        row.job_id = job.pk
        row.save(update_fields=["job_id"])
        audit.log(
            actor,
            "export.run",
            f"{object.name}: {row.file_name}",
            after={"export": row.pk, "filter": json.dumps(asked.get("filter"))},
        )
    return row, job


def path_of(export_id: int) -> Path:
    """The file of an export."""
    return Path(django_settings.HOME) / "exports" / str(export_id) / "file.csv"


def export(work: Work) -> Export:
    """Write an export; begun anew if it was broken off."""
    row = Export.objects.get(pk=work.arguments["export_id"])
    began = time.monotonic()
    model = data_model()
    made = Exporting(model, model.object(row.object_name), Asked(**row.settings), work.actor)
    path = path_of(row.pk)
    path.parent.mkdir(parents=True, exist_ok=True)

    def seen(number: int) -> None:
        work.tell(done=number)
        work.check_cancelled()

    row.rows, row.columns = made.write(path, seen=seen)
    row.size_bytes, row.seconds = path.stat().st_size, time.monotonic() - began
    row.save(update_fields=["rows", "columns", "size_bytes", "seconds"])
    with transaction.atomic():
        audit.log(work.actor, "export.done", row.file_name, after={"rows": row.rows})
    return row


def end_export(job: Job) -> None:
    """State of the export after its job, in the transaction that ends it."""
    row = Export.objects.filter(job_id=job.pk).first()
    if row is not None:
        row.state = job.state if job.state in ("done", "cancelled") else "failed"
        row.finished_at = now()
        row.save(update_fields=["state", "finished_at"])
