"""Scheduled exports: kept, changed, paused, run with the rights of their owner (T87)."""

import re
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.queries import account, actor_of, user_with_id
from tresse.accounts.refusals import INVALID_EMAIL, NAME_TAKEN
from tresse.jobs import changes as jobs
from tresse.jobs.changes.schedules import next_time
from tresse.jobs.models import Job, Schedule
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import (
    NOT_PERMITTED,
    UNKNOWN_KEY,
    UNKNOWN_NAME,
    WRONG_VALUE,
    nearest,
)
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.kinds import KINDS, Reading, Unreadable
from tresse.objects.labels import shown_plural
from tresse.records.following import after, latest, touched
from tresse.transfers.changes.delivering import checked_connection, deliver
from tresse.transfers.changes.exporting import LIST, log_run, write_export
from tresse.transfers.exporting import Exporting, read_asked
from tresse.transfers.models import Export, ScheduledExport
from tresse.transfers.refusals import EXPORT_PAUSED
from tresse.transfers.settings import require_storable

MOST_FAILURES = 5
MOST_CHARACTERS = 100
MOST_ADDRESSES = 50
MOST_OF_FILE_NAME = 255
DATE = "{date}"
WHERE_TO = N_("a download, addresses or a connection")
NOT_YOURS = N_('The export "{name}" is of {person}; only they or an administrator may change it.')
FACTS = ("name", "asked", "only_changed", "cron", "zone", "to")
"What can be said about a scheduled export at any time."


@transaction.atomic
def add_scheduled_export(
    name: str, *, object_name: str, actor: Actor, **facts: Any
) -> ScheduledExport:
    """Have an object's records exported again and again.

    Args:
        name: At most 100 characters, unique in the house.
        object_name: Singular or plural.
        actor: Owns it: the export runs with their rights. Needs `export` on the object.
        facts: Of `FACTS`, see `change_scheduled_export`; `cron` and `to` are needed.

    Raises:
        TresseError: As `change_scheduled_export`; `unknown_object`, `name_taken`.
    """
    object = data_model().object(object_name)
    require(actor, "export", object.name, shown_plural(object))
    row = ScheduledExport(object_name=object.name, zone=account().zone)
    row.owner = user_with_id(actor.user_id or 0)
    given: dict[str, Any] = {"asked": {}, "cron": "", "to": None, **facts, "name": name}
    _fill(row, object, given, actor)
    _save(row)
    _schedule(row)
    audit.log(actor, "export_schedule.add", row.name, after=scheduled_facts(row))
    return row


@transaction.atomic
def change_scheduled_export(row: ScheduledExport, *, actor: Actor, **facts: Any) -> ScheduledExport:
    """Change what is said about a scheduled export, nothing else.

    Args:
        row: The scheduled export.
        actor: Its owner, or an administrator; it still runs with the rights of its owner.
        facts: `name`; `asked`, fields of `exporting.Asked`; `only_changed`; `cron`, five fields
            read in `zone`; `to`, `{"download": true}`, `{"email": [addresses]}` or
            `{"connection": name}` of a folder or file server, each with `file`, the name of the
            file, in which `{date}` is the day.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `unknown_key`, `unknown_reference` (a column,
            a connection), `invalid_email`, `name_taken`, what a filter is refused with.
    """
    require_open(row, actor)
    row = _locked(row)
    before = scheduled_facts(row)
    _fill(row, data_model().object(row.object_name), facts, actor_of(row.owner))
    if scheduled_facts(row) == before:
        return row
    _save(row)
    _schedule(row)
    was, is_now = audit.difference(before, scheduled_facts(row))
    audit.log(actor, "export_schedule.change", row.name, before=was, after=is_now)
    return row


@transaction.atomic
def pause_scheduled_export(row: ScheduledExport, *, actor: Actor) -> ScheduledExport:
    """Let it run no more until it is resumed.

    Raises:
        TresseError: `not_permitted`.
    """
    require_open(row, actor)
    if not row.is_paused:
        row.is_paused = True
        row.save(update_fields=["is_paused"])
        _schedule(row)
        audit.log(actor, "export_schedule.pause", row.name)
    return row


@transaction.atomic
def resume_scheduled_export(row: ScheduledExport, *, actor: Actor) -> ScheduledExport:
    """Let a paused one run again; its failures are forgotten.

    Raises:
        TresseError: `not_permitted`.
    """
    require_open(row, actor)
    if row.is_paused:
        row.is_paused, row.failures, row.error = False, 0, ""
        row.save(update_fields=["is_paused", "failures", "error"])
        _schedule(row)
        audit.log(actor, "export_schedule.resume", row.name)
    return row


@transaction.atomic
def remove_scheduled_export(row: ScheduledExport, *, actor: Actor) -> None:
    """Have it run no more for good; what it wrote stays as long as any export.

    Raises:
        TresseError: `not_permitted`.
    """
    require_open(row, actor)
    jobs.remove_schedule(schedule_name(row))
    audit.log(actor, "export_schedule.remove", row.name, before=scheduled_facts(row))
    row.delete()


def run_scheduled_export(row: ScheduledExport, *, actor: Actor) -> Job:
    """Run it now, also when it is paused; the job of a run that goes on is answered.

    Raises:
        TresseError: `not_permitted`.
    """
    require_open(row, actor)
    return jobs.enqueue(
        "export_scheduled",
        arguments={"schedule_id": row.pk},
        actor=actor_of(row.owner),
        target=row.name,
        link=f"{LIST}schedules/{row.pk}/",
        unique=f"schedule:{schedule_name(row)}",
    )


def schedule_name(row: ScheduledExport) -> str:
    """What the jobs call it."""
    return f"export:{row.pk}"


def is_open(row: ScheduledExport, actor: Actor) -> bool:
    """Whether a person may see and change it: its owner and administrators."""
    return actor.rights.is_administrator or row.owner_id == actor.user_id


def require_open(row: ScheduledExport, actor: Actor) -> None:
    """Refuse with `not_permitted` who may not change it."""
    if not is_open(row, actor):
        raise NOT_PERMITTED(
            sentence=gettext(NOT_YOURS).format(name=row.name, person=row.owner.email)
        )


def scheduled_facts(row: ScheduledExport) -> dict[str, Any]:
    """A scheduled export as `apply`, REST and the audit log say it."""
    return {
        "name": row.name,
        "object": row.object_name,
        **row.settings,
        "only_changed": row.only_changed,
        "schedule": {"cron": row.cron, "zone": row.zone},
        "to": {**row.goes_to, "file": row.file_name},
    }


def _locked(row: ScheduledExport) -> ScheduledExport:
    """As it is now: the end of a run writes to it, and somebody else may have removed it."""
    ScheduledExport.objects.select_for_update().filter(pk=row.pk).first()
    try:
        row.refresh_from_db()
    except ScheduledExport.DoesNotExist:
        raise UNKNOWN_NAME(sort=N_("scheduled export"), name=row.name, nearest=None) from None
    return row


def _fill(row: ScheduledExport, object: ObjectDef, facts: Mapping[str, Any], owner: Actor) -> None:
    require_storable(**facts)
    if "name" in facts:
        row.name = _checked_name(facts["name"])
    if "asked" in facts:
        asked = read_asked(facts["asked"])
        Exporting(data_model(), object, asked, owner)
        if row.settings != facts["asked"]:
            # Other records, other columns: the next file has all of them.
            row.settings, row.position = dict(facts["asked"]), None
    if "only_changed" in facts:
        row.only_changed = _checked_switch(facts["only_changed"])
    _fill_times(row, facts)
    if "to" in facts:
        row.goes_to, file_name = _checked_target(facts["to"], owner)
        row.file_name = file_name or row.file_name
    if not row.file_name:
        # Signs that folders of some system take for something else become a hyphen.
        stem = re.sub(r'[\\/:*?"<>|]+', "-", row.name)
        row.file_name = f"{stem}_{DATE}.{row.settings.get('format', 'csv')}"


def _fill_times(row: ScheduledExport, facts: Mapping[str, Any]) -> None:
    if facts.get("zone"):
        row.zone = _checked_zone(facts["zone"])
    if "cron" in facts:
        row.cron = " ".join(str(facts["cron"]).split())
    if "cron" in facts or "zone" in facts:
        next_time(after=now(), every_seconds=None, cron=row.cron, zone=row.zone)


def _checked_switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise WRONG_VALUE(name="only_changed", wanted=N_("yes or no"), value=value)
    return value


def _checked_name(name: Any) -> str:
    bare = " ".join(str(name or "").split())
    if not bare or len(bare) > MOST_CHARACTERS:
        raise WRONG_VALUE(name="name", wanted=gettext("1 to 100 characters"), value=f'"{name}"')
    return bare


def _checked_zone(zone: Any) -> str:
    try:
        return ZoneInfo(str(zone)).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise WRONG_VALUE(name="zone", wanted=N_("a time zone"), value=zone) from None


def _checked_target(given: Any, owner: Actor) -> tuple[dict[str, Any], str]:
    """Where the file goes, and what it is called; empty: as before."""
    if not isinstance(given, Mapping):
        raise WRONG_VALUE(name="to", wanted=WHERE_TO, value="" if given is None else given)
    known = ("download", "email", "connection", "file")
    for key in given:
        if key not in known:
            near = nearest(str(key), known)
            raise UNKNOWN_KEY(name=key, sort="to", nearest=near, known=list(known))
    file_name = str(given.get("file") or "").strip()[:MOST_OF_FILE_NAME]
    if "connection" in given:
        return {"connection": checked_connection(given["connection"], owner)}, file_name
    if "email" in given:
        return {"email": _checked_addresses(given["email"])}, file_name
    if given.get("download") is not True:
        raise WRONG_VALUE(name="to", wanted=WHERE_TO, value=dict(given))
    return {"download": True}, file_name


def _checked_addresses(given: Any) -> list[str]:
    addresses = [given] if isinstance(given, str) else given
    if not isinstance(addresses, list) or not 1 <= len(addresses) <= MOST_ADDRESSES:
        raise WRONG_VALUE(name="email", wanted=N_("1 to 50 addresses"), value=given)
    return list(dict.fromkeys(map(_checked_address, addresses)))


def _checked_address(text: Any) -> str:
    try:
        return str(KINDS["email"].parse(str(text).strip(), Reading()))
    except (Unreadable, IndexError):
        raise INVALID_EMAIL(value=text) from None


def _save(row: ScheduledExport) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("The list of scheduled exports"), name=row.name) from None


def _schedule(row: ScheduledExport) -> None:
    """Tell the jobs when it is due."""
    name = schedule_name(row)
    jobs.add_schedule(
        name,
        kind="export_scheduled",
        actor=actor_of(row.owner),
        arguments={"schedule_id": row.pk},
        target=row.name,
        cron=row.cron,
        zone=row.zone,
    )
    schedule = Schedule.objects.get(name=name)
    if row.is_paused:
        schedule.next_at = None
    elif schedule.next_at is None:
        schedule.next_at = next_time(after=now(), every_seconds=None, cron=row.cron, zone=row.zone)
    schedule.save(update_fields=["next_at"])


def export_scheduled(work: Work) -> tuple[Export, int] | None:
    """Write the file of a scheduled export; None if it was removed meanwhile.

    Answers the export, and the position among the events as of which its records were read.
    """
    schedule = ScheduledExport.objects.filter(pk=work.arguments["schedule_id"]).first()
    if schedule is None:
        work.finish("skipped")
        return None
    row, is_new = Export.objects.get_or_create(
        job_id=work.job_id,
        defaults={
            "object_name": schedule.object_name,
            "settings": schedule.settings,
            "file_name": _file_name(schedule),
            "author_id": schedule.owner_id,
            "schedule": schedule,
            "created_at": now(),
        },
    )
    if is_new:
        with transaction.atomic():
            log_run(row, work.actor)
    model = data_model()
    among = None
    if schedule.only_changed and schedule.position is not None:
        object_id = model.object(row.object_name).id
        among = touched(after(schedule.position), model, object_id)
    seen: list[int] = []
    write_export(row, work, among=among, begun=lambda: seen.append(latest()))
    deliver(schedule, row, work.actor)
    return row, seen[0]


def _file_name(schedule: ScheduledExport) -> str:
    day = now().astimezone(ZoneInfo(schedule.zone)).date()
    return schedule.file_name.replace(DATE, day.isoformat())[:MOST_OF_FILE_NAME]


def end_scheduled(job: Job, row: Export | None) -> None:
    """What became of a run, in the transaction that ends its job.

    A success goes to whom it may; a failure is told, and after five in a row it pauses.
    """
    schedule = (
        ScheduledExport.objects.select_for_update().filter(pk=job.arguments["schedule_id"]).first()
    )
    if schedule is None or job.state not in ("done", "failed"):
        return
    if job.state == "done":
        result = job.result or {}
        schedule.failures, schedule.error = 0, ""
        schedule.succeeded_at = row.created_at if row else now()
        if row is None or row.settings == schedule.settings:
            # Else it was changed meanwhile, and the next file has all records.
            schedule.position = result.get("position")
        if row is not None:
            _mail(schedule, row)
    else:
        schedule.failures += 1
        schedule.error = job.error
        job.link = f"{LIST}schedules/{schedule.pk}/"
        if schedule.failures >= MOST_FAILURES and not schedule.is_paused:
            _pause(schedule, job)
        job.save(update_fields=["link"])
    schedule.save()


def _pause(schedule: ScheduledExport, job: Job) -> None:
    schedule.is_paused = True
    Schedule.objects.filter(name=schedule_name(schedule)).update(next_at=None)
    paused = EXPORT_PAUSED(number=schedule.failures, reason=job.error)
    jobs.notify(
        schedule.owner_id,
        "export",
        title=gettext("Scheduled export paused: {name}").format(name=schedule.name),
        sentence=message(paused),
        link=job.link,
        cause=f"export_paused:{schedule.pk}:{job.pk}",
    )


def _mail(schedule: ScheduledExport, row: Export) -> None:
    for address in schedule.goes_to.get("email", []):
        jobs.enqueue(
            "export_mail",
            arguments={"export_id": row.pk, "address": address, "attempt": 1},
            actor=actor_of(schedule.owner),
            target=f"{row.file_name}: {address}",
            link=f"{LIST}schedules/{schedule.pk}/",
        )
