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
from tresse.jobs.changes.leasing import is_lost
from tresse.jobs.models import Job
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import OBJECT_ARCHIVED
from tresse.segments.changes.members import check_list
from tresse.transfers.activities import acting, import_model
from tresse.transfers.changes.refused import REFUSED
from tresse.transfers.changes.undoing import cancel_undo, resume_undo
from tresse.transfers.keeping import require_file
from tresse.transfers.limits import most_megabytes
from tresse.transfers.models import Import
from tresse.transfers.prepare import (
    READING,
    answered,
    file_of,
    folder_of,
    form_kept,
    opened,
    prepared,
)
from tresse.transfers.refusals import FILE_TOO_LARGE, WRONG_STATE
from tresse.transfers.settings import read_settings, require_storable
from tresse.transfers.stage import Stage

BLOCK = 1 << 20
READ_AT_ONCE = 20 << 20
"Bytes of a file that a request reads whole, to refuse it by its dates and numbers."
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
    model = import_model(object_name)
    object = model.object(object_name)
    require(acting(actor, object, model), "import", object.name, shown_plural(object))
    if object.is_archived:
        raise OBJECT_ARCHIVED(name=shown_label(object))
    require_storable(
        file=file_name, settings=settings, mapping=mapping, match=match, reading=reading
    )
    _checked_settings(settings or {}, object.name, actor)
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


def _checked_settings(settings: Mapping[str, Any], object_name: str, actor: Actor) -> None:
    read = read_settings(settings)
    if read.fire_automations:
        require_right(actor, "automations.fire")
    if read.unknown_options == "add":
        require_right(actor, "model.edit")
    if read.to_list:
        check_list(read.to_list, object_name, model=import_model(object_name), actor=actor)


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
    digest, size, most = hashlib.sha256(), 0, most_megabytes()
    source = file.open("rb") if isinstance(file, Path) else file
    with source, target.open("wb") as out:
        while block := source.read(BLOCK):
            size += len(block)
            if size > most << 20:
                raise FILE_TOO_LARGE(file=row.file_name, size=f"> {most} MB", most=f"{most} MB")
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

    An answer or a choice of reading that is None is taken back.

    Raises:
        TresseError: `wrong_state`, `unknown_key`, `wrong_value`, `not_permitted`.
    """
    require_storable(settings=settings, mapping=mapping, match=match, reading=reading)
    row = _locked(row, actor, CHECKABLE)
    merged = {**row.settings, **(settings or {})}
    _checked_settings(merged, row.object_name, actor)
    _check_zone(reading or {})
    row.settings = merged
    row.mapping = _without_nones({**row.mapping, **(mapping or {})})
    row.match = list(match) if match is not None else row.match
    before, row.reading = row.reading, _without_nones({**row.reading, **(reading or {})})
    if any(before.get(name) != row.reading.get(name) for name in READING):
        row.form = {}
    row.column_forms, row.is_staged, row.state = {}, False, "draft"
    row.error_code, row.error = "", {}
    row.plan_facts.pop(REFUSED, None)
    row.save()
    return row


def _without_nones(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def read_import(row: Import, *, actor: Actor, reading: Mapping[str, Any] | None = None) -> Import:
    """Open the file of an import and keep how it is read; what was chosen before stays.

    The file is read outside of any transaction: a large one takes seconds.

    Raises:
        TresseError: A finding of level file; then nothing is changed. `wrong_state`.
    """
    _require_owner(row, actor)
    _require_state(row, CHECKABLE)
    chosen = _without_nones({**row.reading, **(reading or {})})
    _check_zone(chosen)
    kept, row.reading = row.reading, chosen
    try:
        form = opened(row, actor)
    finally:
        row.reading = kept
    with transaction.atomic():
        row = change_import(row, actor=actor, reading=reading)
        row.form = form_kept(form)
        row.save(update_fields=["form"])
    return row


@transaction.atomic
def turn_import(row: Import, *, object_name: str, actor: Actor) -> Import:
    """Import a file as another object; answers about its columns are forgotten (T22a).

    Raises:
        TresseError: `wrong_state`, `unknown_object`, `not_permitted`, `object_archived`.
    """
    row = _locked(row, actor, CHECKABLE)
    model = import_model(object_name)
    object = model.object(object_name)
    require(acting(actor, object, model), "import", object.name, shown_plural(object))
    if object.is_archived:
        raise OBJECT_ARCHIVED(name=shown_label(object))
    row.object_name, row.mapping, row.match, row.column_forms = object.name, {}, [], {}
    row.settings = {
        name: value for name, value in row.settings.items() if name not in ("to_list", "option_map")
    }
    row.is_staged, row.state, row.error_code, row.error = False, "draft", "", {}
    row.save()
    return row


def drop_import(row: Import, *, actor: Actor) -> None:
    """Throw away an import that was never run, with its file.

    Raises:
        TresseError: `wrong_state`, `not_permitted`.
    """
    with transaction.atomic():
        row = _locked(row, actor, CHECKABLE)
        if row.change_set_id is not None:
            raise WRONG_STATE(state=row.state, wanted="draft / checked")
        folder, stage = folder_of(row.pk), Stage(row.pk, folder_of(row.pk))
        row.delete()
    stage.remove()
    shutil.rmtree(folder, ignore_errors=True)


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
    row = _freed(row, actor)
    _require_state(row, states)
    _make_ready(row, actor)
    form, column_forms = row.form, row.column_forms
    with transaction.atomic():
        row = _locked(row, actor, states)
        row.form, row.column_forms = form, column_forms
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


def _freed(row: Import, actor: Actor) -> Import:
    """An import whose worker was killed during the check is a draft again."""
    job = Job.objects.filter(pk=row.job_id or 0, state="running").first()
    if row.state == "checking" and job is not None and is_lost(job):
        jobs.cancel(job.pk, actor=actor)
        row.refresh_from_db()
    return row


def _make_ready(row: Import, actor: Actor) -> None:
    """Refuse at once what cannot start; a large file is opened and read by the job."""
    model = import_model(row.object_name)
    object = model.object(row.object_name)
    require(acting(actor, object, model), "import", object.name, shown_plural(object))
    require_file(row)
    if row.size_bytes <= READ_AT_ONCE:
        prepared(row, actor=actor)
    else:
        answered(row, actor=actor)


def cancel_import(row: Import, *, actor: Actor) -> Import:
    """Stop after the chunk in hand (T67); what was written stays.

    Raises:
        TresseError: `wrong_state`, `not_permitted`.
    """
    if row.state == "undoing":
        cancel_undo(row, actor=actor)
        row.refresh_from_db()
        return row
    _require_owner(row, actor)
    _require_state(row, ("checking", "queued", "running"))
    if row.job_id is not None:
        jobs.cancel(row.job_id, actor=actor)
    row.refresh_from_db()
    return row


def resume_import(row: Import, *, actor: Actor) -> tuple[Import, Job]:
    """Go on with an import that was cancelled, failed, or whose worker was killed (T66, T67).

    Raises:
        TresseError: `wrong_state` (also while a worker has it), `not_permitted`, `link_expired`.
    """
    if row.state == "undoing":
        return resume_undo(row, actor=actor)
    _require_owner(row, actor)
    _require_state(row, RESUMABLE)
    require_file(row)
    job = Job.objects.filter(pk=row.job_id or 0).first()
    if job is None or job.kind != "import_run":
        # Outside of a transaction: the file is read again.
        return _restarted(row, job, actor)
    with transaction.atomic():
        if job.state != "queued":
            job = jobs.resume(job.pk, actor=actor)
        row.state, row.finished_at = "queued", None
        row.error_code, row.error = "", {}
        row.save(update_fields=["state", "finished_at", "error_code", "error"])
    return row, job


def _restarted(row: Import, job: Job | None, actor: Actor) -> tuple[Import, Job]:
    """Begin again what was asked: who had only a check made is not given a run (T61)."""
    if job is not None and job.state == "running" and not is_lost(job):
        raise WRONG_STATE(state=row.state, wanted="cancelled / failed")
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
