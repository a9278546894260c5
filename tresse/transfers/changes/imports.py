"""Imports begun, checked, run, cancelled and resumed by people and programs."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require, require_right
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_REFERENCE, WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import OBJECT_ARCHIVED
from tresse.transfers.models import Import
from tresse.transfers.prepare import Prepared, file_of, folder_of, prepared
from tresse.transfers.refusals import FILE_TOO_LARGE, WRONG_STATE
from tresse.transfers.settings import read_settings

BLOCK = 1 << 20
MOST_BYTES = 512 << 20
CHECKABLE = ("draft", "checked", "failed")
RUNNABLE = ("draft", "checked")
RESUMABLE = ("cancelled", "failed", "running", "queued", "checking")


def add_import(
    object_name: str,
    *,
    file: Path | BinaryIO,
    file_name: str,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
    match: Sequence[str] = (),
    reading: Mapping[str, Any] | None = None,
) -> Import:
    """Take a file in, to be imported into an object type.

    Args:
        object_name: Singular or plural.
        file: Copied into the home.
        file_name: What the person calls it.
        actor: Needs `import` on the object.
        settings: By name (T6).
        mapping: Header to answer, as in a mapping file (T88a).
        match: Keys in order (T27).
        reading: Encoding, delimiter and the like, as in a mapping file.

    Raises:
        TresseError: `unknown_object`, `not_permitted`, `object_archived`, `unknown_key`,
            `wrong_value`, `file_too_large`.
    """
    object = data_model().object(object_name)
    require(actor, "import", object.name, shown_plural(object))
    if object.is_archived:
        raise OBJECT_ARCHIVED(name=shown_label(object))
    _checked_settings(settings or {}, actor)
    _check_zone(reading or {})
    row = Import.objects.create(
        object_name=object.name,
        file_name=file_name[:255],
        settings=dict(settings or {}),
        mapping=dict(mapping or {}),
        match=list(match),
        reading=dict(reading or {}),
        author_id=actor.user_id,
        created_at=now(),
    )
    try:
        _keep(row, file)
    except TresseError:
        shutil.rmtree(folder_of(row.pk), ignore_errors=True)
        row.delete()
        raise
    row.save(update_fields=["size_bytes", "sha256"])
    return row


def _checked_settings(settings: Mapping[str, Any], actor: Actor) -> None:
    read = read_settings(settings)
    if read.fire_automations:
        require_right(actor, "automations.fire")
    if read.unknown_options == "add":
        require_right(actor, "model.edit")
    if read.to_list:
        raise UNKNOWN_REFERENCE(sort=N_("list"), name=read.to_list, nearest=None)


def _check_zone(reading: Mapping[str, Any]) -> None:
    zone = reading.get("zone")
    try:
        if zone:
            ZoneInfo(str(zone))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wanted = "a time zone such as Europe/Paris"
        raise WRONG_VALUE(name="zone", wanted=wanted, value=zone) from None


def _keep(row: Import, file: Path | BinaryIO) -> None:
    """Copy the file in, with its size and digest."""
    target = file_of(row.pk)
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    source = file.open("rb") if isinstance(file, Path) else file
    with source, target.open("wb") as out:
        while block := source.read(BLOCK):
            size += len(block)
            if size > MOST_BYTES:
                raise FILE_TOO_LARGE(file=row.file_name, size="> 512 MB", most="512 MB")
            digest.update(block)
            out.write(block)
    row.size_bytes, row.sha256 = size, digest.hexdigest()


@transaction.atomic
def change_import(
    row: Import,
    *,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    mapping: Mapping[str, Any] | None = None,
    match: Sequence[str] | None = None,
    reading: Mapping[str, Any] | None = None,
) -> Import:
    """Change what was asked, before the run; a check made before holds no longer.

    Raises:
        TresseError: `wrong_state`, `unknown_key`, `wrong_value`, `not_permitted`.
    """
    row = _locked(row, actor, CHECKABLE)
    merged = {**row.settings, **(settings or {})}
    _checked_settings(merged, actor)
    _check_zone(reading or {})
    row.settings = merged
    row.mapping = {**row.mapping, **(mapping or {})}
    row.match = list(match) if match is not None else row.match
    row.reading = {**row.reading, **(reading or {})}
    row.form, row.column_forms, row.is_staged, row.state = {}, {}, False, "draft"
    row.save()
    return row


def check_import(row: Import, *, actor: Actor) -> tuple[Import, Job]:
    """Have an import checked (T60): what cannot start is refused at once, the rest is a job.

    Raises:
        TresseError: `wrong_state`, `not_permitted`, or a finding of level file or column.
    """
    return _enqueued(row, actor, CHECKABLE, state="checking", kind="import_check")


def run_import(row: Import, *, actor: Actor) -> tuple[Import, Job]:
    """Have an import run; one that was not checked is checked first (T63).

    Raises:
        TresseError: as `check_import`.
    """
    return _enqueued(row, actor, RUNNABLE, state="queued", kind="import_run")


def _enqueued(
    row: Import, actor: Actor, states: Sequence[str], *, state: str, kind: str
) -> tuple[Import, Job]:
    _require_state(row, states)
    ready = _ready(row, actor)
    with transaction.atomic():
        row = _locked(row, actor, states)
        row.form, row.column_forms = ready[0].form, ready[0].column_forms
        row.state, row.error_code, row.error = state, "", {}
        job = jobs.enqueue(
            kind,
            arguments={"import_id": row.pk},
            actor=actor,
            target=row.file_name,
            link=f"/imports/{row.pk}/",
            unique=f"import:{row.pk}",
        )
        row.job_id = job.pk
        row.save()
        audit.log(
            actor,
            f"import.{'run' if kind == 'import_run' else 'check'}",
            f"{row.object_name}: {row.file_name}",
            after={"import": row.pk, "settings": row.settings},
        )
    return row, job


def _ready(row: Import, actor: Actor) -> tuple[Import, Prepared]:
    object = data_model().object(row.object_name)
    require(actor, "import", object.name, shown_plural(object))
    return row, prepared(row, actor=actor)


def cancel_import(row: Import, *, actor: Actor) -> Import:
    """Stop after the chunk in hand (T67); what was written stays.

    Raises:
        TresseError: `wrong_state`, `not_permitted`.
    """
    _require_owner(row, actor)
    _require_state(row, ("checking", "queued", "running"))
    if row.job_id is not None:
        jobs.cancel(row.job_id, actor=actor)
    row.refresh_from_db()
    return row


def resume_import(row: Import, *, actor: Actor) -> tuple[Import, Job]:
    """Go on with an import that was cancelled, failed, or whose worker was killed (T66, T67).

    Raises:
        TresseError: `wrong_state` (also while a worker has it), `not_permitted`.
    """
    _require_owner(row, actor)
    _require_state(row, RESUMABLE)
    with transaction.atomic():
        job = Job.objects.filter(pk=row.job_id or 0).first()
        if job is None or job.kind != "import_run":
            return _restarted(row, job, actor)
        if job.state not in ("queued", "running") or job.state == "running":
            job = jobs.resume(job.pk, actor=actor)
        row.state, row.finished_at = "queued", None
        row.error_code, row.error = "", {}
        row.save(update_fields=["state", "finished_at", "error_code", "error"])
    return row, job


def _restarted(row: Import, job: Job | None, actor: Actor) -> tuple[Import, Job]:
    """Begin again what was asked: who had only a check made is not given a run (T61)."""
    row.state = "draft"
    row.save(update_fields=["state"])
    begin = check_import if job is not None and job.kind == "import_check" else run_import
    return begin(row, actor=actor)


def _require_owner(row: Import, actor: Actor) -> None:
    if row.author_id != actor.user_id:
        require_right(actor, "imports.undo_others")


def _require_state(row: Import, states: Sequence[str]) -> None:
    if row.state not in states:
        raise WRONG_STATE(state=row.state, wanted=" / ".join(states))


def _locked(row: Import, actor: Actor, states: Sequence[str]) -> Import:
    found = Import.objects.select_for_update().get(pk=row.pk)
    _require_owner(found, actor)
    _require_state(found, states)
    return found
