"""Taking a change set back (T71 to T74): its own check first, then the reversal, at any size."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts import queries as accounts
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.models import User
from tresse.accounts.permission import require_right
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.marks import N_
from tresse.objects.database import first, scalar
from tresse.records.models import BulkEdit, Undo
from tresse.records.refusals import ALREADY_UNDONE, NO_CHANGE_SET, STILL_RUNNING, UNDO_EXPIRED
from tresse.records.tables import CHANGE_SET, EVENT, HISTORY
from tresse.records.undo.undoable import Undoable, tell
from tresse.records.undo.work import TakingBack, own_session

__all__ = ["Undoable", "check_undo", "go_on", "looked_at", "may_undo", "undo"]

AT_ONCE = 1_000
"The most events, or changed values, of a change set that is taken back while the person waits."
STALE = timedelta(minutes=10)
"How long a page may show the numbers of a check; the undo itself judges anew."
ENDED = N_("{reversed} taken back, {kept} kept because they were edited since, {failed} failed.")
LIVE = ("checking", "queued", "running")
DONE = ("done", "partial")


def check_undo(what: Undoable, *, actor: Actor) -> Undo:
    """Find out what taking a change set back would do; writes nothing but its own rows (T72).

    Small ones are checked when this answers (`checked`), others by a job (`checking`). Of an undo
    that was stopped half way, the numbers so far.

    Raises:
        TresseError: `record_not_found`, `not_permitted`, `undo_expired`, `already_undone`,
            `wrong_state`.
    """
    row = _begun(what, actor)
    if row.own_change_set_id is not None:
        return row
    return _go(what, "checking", "undo_check", actor)


def looked_at(what: Undoable, *, actor: Actor) -> Undo:
    """The undo as it stands, for a page: what is at work or was checked just now is not begun anew.

    Raises:
        TresseError: as `check_undo`, but for `wrong_state` of an undo at work.
    """
    row = Undo.objects.filter(change_set_id=what.change_set).first()
    if row is not None and row.state in LIVE and _is_live(row):
        _found(what, actor)
        return row
    is_new = row is not None and row.finished_at and now() - row.finished_at < STALE
    if row is not None and row.state == "checked" and is_new:
        return _begun(what, actor)
    return check_undo(what, actor=actor)


def undo(what: Undoable, *, actor: Actor) -> Undo:
    """Take a change set back: what was not edited since is as it was before.

    Small ones are undone when this answers, others by a job. One that was stopped goes on.

    Args:
        what: The change set.
        actor: Who wrote it, or who has the right `imports.undo_others`.

    Raises:
        TresseError: as `check_undo`.
    """
    row = _begun(what, actor)
    if row.own_change_set_id is not None and go_on(row, actor=actor) is not None:
        return row
    return _go(what, "queued", "undo", actor)


def go_on(row: Undo, *, actor: Actor) -> Job | None:
    """Put an undo that was cancelled, failed or killed back to work; None if it has no job.

    Raises:
        TresseError: `wrong_state`, `not_permitted`.
    """
    at, user_id = first(_facts(row.change_set_id)) or (None, None)
    if user_id != actor.user_id:
        require_right(actor, "imports.undo_others")
    job = Job.objects.filter(pk=row.job_id or 0, kind="undo").first()
    if at is None or job is None:
        return None
    with transaction.atomic():
        if job.state != "queued":
            job = jobs.resume(job.pk, actor=actor)
        row.state, row.finished_at = "queued", None
        row.save(update_fields=["state", "finished_at"])
        tell(row)
    return job


def may_undo(change_set: int, actor: Actor) -> str:
    """Empty if the person may take it back now, else why not: a code of `check_undo`."""
    found = first(_facts(change_set))
    if found is None:
        return "record_not_found"
    at, user_id = found
    if user_id != actor.user_id and not actor.has("imports.undo_others"):
        return "not_permitted"
    if now() > _end(at):
        return "undo_expired"
    done = Undo.objects.filter(change_set_id=change_set, state__in=DONE).exists()
    return "already_undone" if done else ""


def _facts(change_set: int) -> sa.Select[Any]:
    return sa.select(CHANGE_SET.c.at, CHANGE_SET.c.user_id).where(CHANGE_SET.c.id == change_set)


def _end(at: datetime) -> datetime:
    return at + timedelta(days=accounts.account().undo_days)


def _found(what: Undoable, actor: Actor) -> datetime:
    """When the change set was written, if the person may take it back."""
    found = first(_facts(what.change_set))
    if found is None:
        raise NO_CHANGE_SET(id=what.change_set)
    at, user_id = found
    if user_id != actor.user_id:
        require_right(actor, "imports.undo_others")
    return at  # type: ignore[no-any-return]


def _begun(what: Undoable, actor: Actor) -> Undo:
    """The undo of a change set, made at its first check; refused where it may not be."""
    at = _found(what, actor)
    row = Undo.objects.filter(change_set_id=what.change_set).first()
    if row is not None and row.state in DONE:
        person = User.objects.filter(pk=row.author_id or 0).first()
        raise ALREADY_UNDONE(date=_day(row.finished_at), person=person or "Tresse")
    if now() > _end(at) and (row is None or row.own_change_set_id is None):
        raise UNDO_EXPIRED(date=_day(_end(at)))
    if row is not None and row.state in LIVE and _is_live(row):
        raise STILL_RUNNING()
    if BulkEdit.objects.filter(
        change_set_id=what.change_set, state__in=("queued", "running")
    ).exists():
        raise STILL_RUNNING()
    return row or Undo(change_set_id=what.change_set)


def _locked(what: Undoable, actor: Actor) -> Undo:
    """The undo as it is now, refused again where somebody else was quicker."""
    Undo.objects.get_or_create(change_set_id=what.change_set)
    Undo.objects.select_for_update().get(change_set_id=what.change_set)
    return _begun(what, actor)


def _is_live(row: Undo) -> bool:
    return Job.objects.filter(pk=row.job_id or 0, state__in=("queued", "running")).exists()


def _day(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""


def _go(what: Undoable, state: str, kind: str, actor: Actor) -> Undo:
    with transaction.atomic():
        row = _locked(what, actor)
        row.target, row.author_id, row.state = what.target[:300], actor.user_id, state
        row.additions = {
            **row.additions,
            "options": list(what.options),
            "properties": list(what.properties),
        }
        row.save()
        if kind == "undo":
            audit.log(actor, "undo.run", what.target, after={"change_set": what.change_set})
        if _is_large(what.change_set):
            job = jobs.enqueue(
                kind,
                arguments={"undo_id": row.pk},
                actor=actor,
                target=what.target,
                link=what.link,
                unique=f"undo:{what.change_set}",
            )
            row.job_id = job.pk
            row.save(update_fields=["job_id"])
            tell(row)
            return row
        row.job_id = None
        row.save(update_fields=["job_id"])
        taking = TakingBack(row)
        taking.stage()
        if kind == "undo":
            taking.reverse(actor)
        else:
            taking.judge()
        settle(row, _end_state(row) if kind == "undo" else "checked", actor=actor)
    return row


def _is_large(change_set: int) -> bool:
    for log in (EVENT, HISTORY):
        some = sa.select(log.c.id).where(log.c.change_set_id == change_set).limit(AT_ONCE + 1)
        if int(scalar(sa.select(sa.func.count()).select_from(some.subquery()))) > AT_ONCE:
            return True
    return False


def _end_state(row: Undo) -> str:
    return "partial" if row.kept or row.failed else "done"


def run_check(work: Work) -> Mapping[str, Any]:
    """The check of an undo, as a job."""
    row = Undo.objects.get(pk=work.arguments["undo_id"])
    with own_session():
        taking = TakingBack(row, work)
        taking.stage()
        taking.judge()
    return {"undo_id": row.pk, **facts_of(row)}


def run_undo(work: Work) -> Mapping[str, Any]:
    """An undo as a job, from where it is."""
    row = Undo.objects.get(pk=work.arguments["undo_id"])
    row.state = "running"
    with transaction.atomic():
        row.save(update_fields=["state"])
        tell(row)
    with own_session():
        taking = TakingBack(row, work)
        taking.stage()
        taking.reverse(work.actor)
    work.finish(_end_state(row))
    facts = facts_of(row)
    sentence = gettext(ENDED).format(reversed=row.reversed, kept=row.kept, failed=row.failed)
    return {"undo_id": row.pk, **facts, "sentence": sentence}


def facts_of(row: Undo) -> dict[str, int]:
    """The numbers of an undo."""
    return {
        "reversed": row.reversed,
        "kept_because_edited": row.kept,
        "failed": row.failed,
        "links_removed": row.links_removed,
        "links_restored": row.links_restored,
    }


def end_undo(job: Job) -> None:
    """Bring an undo in line with how its job ended, in the transaction that ends it."""
    row = Undo.objects.get(pk=job.arguments["undo_id"])
    state = "checked" if job.kind == "undo_check" and job.state == "done" else job.state
    settle(row, state, actor=accounts.actor_of(job.author) if job.author else SYSTEM)


def settle(row: Undo, state: str, *, actor: Actor) -> None:
    """Write how an undo or its check ended."""
    row.state = state
    row.finished_at = now()
    row.save(update_fields=["state", "finished_at"])
    tell(row)
    if state in DONE:
        audit.log(actor, "undo.end", row.target, after=facts_of(row))
