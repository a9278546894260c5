"""Runs of syncs as people ask for them: send, look first, confirm, cancel, go on, try again."""

from collections.abc import Iterable

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.permission import require_right
from tresse.jobs import changes as jobs
from tresse.jobs.models import Job
from tresse.jobs.work import Work
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError, nearest
from tresse.syncs.limits import AT_ONCE
from tresse.syncs.models import LIVE, Sync, SyncFault, SyncRun
from tresse.syncs.queries import MANAGE, READ, held_run, runs_of
from tresse.syncs.refusals import (
    FAULT_UNKNOWN,
    HELD_OTHERWISE,
    HELD_OUTDATED,
    NEVER_BUILT,
    NOT_ACTIVE,
    NOTHING_FAILED,
    NOTHING_FAILED_SO,
    NOTHING_HELD,
    REASON_MISSING,
    RUN_BROKEN,
    RUN_GOING_ON,
    RUN_STATE,
)
from tresse.syncs.running.run import carry_out, note
from tresse.syncs.running.sending import HERE
from tresse.syncs.stored import definition_of

KIND = "sync"
PREVIEW = "sync_preview"
MOST_TRIED = 10_000
"Rows that are tried again by hand at once."


def start(
    sync: Sync,
    *,
    actor: Actor,
    cause: str = "person",
    keys: Iterable[str] = (),
    take_over: bool = False,
) -> tuple[SyncRun, Job]:
    """Send what differs, as a job. A request while a run waits joins it (Y42).

    Asked for by a build while a run goes on, the sync is sent once more at its end.

    Args:
        sync: What to send.
        actor: Needs `syncs.manage`.
        cause: What starts it: `person schedule build system`.
        keys: Golden ids of the rows that are sent; empty: all.
        take_over: Send nothing, but take what is there already as sent (Y12).

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it is not active, or the dataset was never
            built), `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        if row.state != "active":
            raise NOT_ACTIVE(sync=row.name, state=row.state)
        if row.dataset.version_id is None:
            raise NEVER_BUILT(dataset=row.dataset.name)
        wanted, live = list(keys), live_run(row)
        if live is not None:
            return _joined(live, is_part=bool(wanted) or take_over, cause=cause)
        _outdate(row)
        arguments = {"keys": wanted} if wanted else {"take_over": True} if take_over else {}
        run = SyncRun.objects.create(
            sync=row,
            mode=definition_of(row).mode,
            is_first=not row.has_sent,
            cause=cause,
            author_id=actor.user_id,
            arguments=arguments,
        )
        return run, _enqueue(run, actor, KIND)


def asked(
    sync: Sync, *, actor: Actor, goes_on: bool, confirmed: int | None, take_over: bool
) -> tuple[SyncRun, Job]:
    """Send, go on, or confirm the version that is held, as programs and commands ask.

    Raises:
        TresseError: `wrong_state`, `held_outdated`; as `start`.
    """
    if confirmed is not None:
        held = held_of(sync)
        if held.number != confirmed:
            raise HELD_OTHERWISE(run=held.pk, sync=sync.name, version=held.number, given=confirmed)
        return confirm(held, actor=actor)
    if goes_on:
        last = runs_of(sync).first()
        if last is None:
            raise RUN_STATE(run="–", sync=sync.name, state="–", wanted=("cancelled", "failed"))
        return resume(last, actor=actor)
    return start(sync, actor=actor, take_over=take_over)


def live_run(sync: Sync) -> SyncRun | None:
    """The run of a locked sync that waits or goes on; one that was lost is ended first."""
    found = sync.runs.filter(state__in=LIVE, is_preview=False).select_related("job", "sync")
    live = found.first()
    if live is None or (live.job is not None and live.job.is_live):
        return live
    # Its job ended without telling it, by a bug; it must not block its sync for ever.
    lost = RUN_BROKEN()
    live.state, live.ended_at = "failed", now()
    live.code, live.message = lost.code, lost.template
    live.save()
    return None


def _joined(run: SyncRun, *, is_part: bool, cause: str) -> tuple[SyncRun, Job]:
    job = run.job
    if job is None:
        raise AssertionError
    if is_part or (run.arguments.get("keys") and cause == "person"):
        raise RUN_GOING_ON(run=run.pk, sync=run.sync.name)
    if cause == "build" and run.state == "running":
        run.arguments = {**run.arguments, "again": True}
        run.save(update_fields=["arguments"])
    return run, job


def _outdate(sync: Sync) -> None:
    """What was held waits no longer: what is sent now says anew what is to be decided."""
    for run in sync.runs.filter(state="held", is_preview=False):
        run.state, run.facts = "cancelled", {**run.facts, "replaced": True}
        run.save(update_fields=["state", "facts"])


def _enqueue(run: SyncRun, actor: Actor, kind: str) -> Job:
    sync = run.sync
    job = jobs.enqueue(
        kind,
        arguments={"sync_id": sync.pk, "run_id": run.pk},
        actor=actor,
        target=sync.name,
        link=page_of(run),
        unique=f"{kind}:{sync.pk}:{run.pk}",
    )
    run.job = job
    run.save(update_fields=["job"])
    if not run.is_preview:
        Sync.objects.filter(pk=sync.pk).update(last_run=run)
    return job


def page_of(run: SyncRun) -> str:
    """The page of a run, from the root of the site."""
    end = "preview/" if run.is_preview else f"runs/{run.pk}/"
    return f"/syncs/{run.sync.name}/{end}"


def preview(sync: Sync, *, actor: Actor) -> SyncRun:
    """Work out what a run would do; nothing is written (Y30).

    Of small datasets it is done when this answers, of others by a job. The one before goes.

    Raises:
        TresseError: `not_permitted`, `wrong_state` (the dataset was never built); what a run
            refuses.
    """
    require_right(actor, READ)
    version = sync.dataset.version
    if version is None:
        raise NEVER_BUILT(dataset=sync.dataset.name)
    with transaction.atomic():
        row = Sync.objects.select_for_update().get(pk=sync.pk)
        row.runs.filter(is_preview=True).exclude(state__in=LIVE).delete()
        run = SyncRun.objects.create(
            sync=row,
            is_preview=True,
            mode=definition_of(row).mode,
            author_id=actor.user_id,
        )
        if version.rows > AT_ONCE:
            _enqueue(run, actor, PREVIEW)
            return run
    try:
        carry_out(run, HERE)
    except TresseError as error:
        run.state, run.ended_at = "failed", now()
        note(run, error.code, error.template, error.details)
        run.save()
        raise
    return run


def confirm(run: SyncRun, *, actor: Actor) -> tuple[SyncRun, Job]:
    """Let a run that is held through its brake, for the version it was held on (Y45).

    Raises:
        TresseError: `not_permitted`, `wrong_state`, `held_outdated`, `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        sync = Sync.objects.select_for_update().get(pk=run.sync_id)
        run = SyncRun.objects.select_related("sync").get(pk=run.pk)
        _require_state(run, ("held",))
        if live := live_run(sync):
            raise RUN_GOING_ON(run=live.pk, sync=sync.name)
        version = sync.dataset.version
        if version is None or version.number != run.number:
            raise HELD_OUTDATED(run=run.pk, sync=sync.name, version=run.number)
        audit.log(actor, "sync_run.confirm", sync.name, after={"run": run.pk, "code": run.code})
        run.confirmed = [*run.confirmed, run.code]
        _go_on(run)
        return run, _enqueue(run, actor, KIND)


def held_of(sync: Sync) -> SyncRun:
    """The run of a sync that waits for a decision.

    Raises:
        TresseError: `wrong_state`; there is none.
    """
    found = held_run(sync)
    if found is None:
        raise NOTHING_HELD(sync=sync.name)
    return found


def resume(run: SyncRun, *, actor: Actor) -> tuple[SyncRun, Job]:
    """Go on with a run that was cancelled or failed: what was sent stands, the rest is compared.

    Raises:
        TresseError: `not_permitted`, `wrong_state`, `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        sync = Sync.objects.select_for_update().get(pk=run.sync_id)
        run = SyncRun.objects.select_related("sync").get(pk=run.pk)
        _require_state(run, ("cancelled", "failed"))
        if sync.state != "active":
            raise NOT_ACTIVE(sync=sync.name, state=sync.state)
        if live := live_run(sync):
            raise RUN_GOING_ON(run=live.pk, sync=sync.name)
        audit.log(actor, "sync_run.resume", sync.name, after={"run": run.pk})
        _go_on(run)
        return run, _enqueue(run, actor, KIND)


def _go_on(run: SyncRun) -> None:
    run.state, run.ended_at = "queued", None
    run.code, run.message, run.details = "", "", {}
    # The job before is done with; its key may not be taken by it.
    run.job = None
    run.save()


def cancel(run: SyncRun, *, actor: Actor) -> SyncRun:
    """Stop a run within one batch; what was sent stands. One that is held is dropped.

    Raises:
        TresseError: `not_permitted`, `wrong_state` (it has ended).
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        run = SyncRun.objects.select_for_update(of=("self",)).select_related("sync").get(pk=run.pk)
        _require_state(run, (*LIVE, "held"))
        if run.state == "held":
            run.state = "cancelled"
            run.save(update_fields=["state"])
        elif run.job_id is not None:
            # Whoever may manage syncs may also stop a run that somebody else began.
            jobs.cancel(run.job_id, actor=SYSTEM)
        audit.log(actor, "sync_run.cancel", run.sync.name, after={"run": run.pk})
    run.refresh_from_db()
    return run


def retry(
    sync: Sync, *, actor: Actor, keys: Iterable[str] = (), code: str = ""
) -> tuple[SyncRun, Job]:
    """Try rows now that could not be sent; those that were given up count again.

    Args:
        sync: The sync.
        actor: Needs `syncs.manage`.
        keys: Of the rows; empty: all that are open, of the code if one is named.
        code: Only rows that failed so.

    Raises:
        TresseError: As `start`; `unknown_name` (a key of no failed row), `wrong_state` (no row is
            to be tried).
    """
    require_right(actor, MANAGE)
    wanted = list(keys)
    found = sync.faults.all()
    if wanted:
        found = found.filter(key__in=wanted)
        _require_known(sync, wanted, found.values_list("key", flat=True))
    else:
        found = found.filter(given_up_at=None)
    if code:
        found = found.filter(code=code)
    ids = list(found.values_list("golden_id", flat=True)[:MOST_TRIED])
    if not ids:
        # Without keys a run would send all that differs.
        if code:
            raise NOTHING_FAILED_SO(sync=sync.name, code=code)
        raise NOTHING_FAILED(sync=sync.name)
    with transaction.atomic():
        found.filter(given_up_at__isnull=False).update(
            given_up_at=None, given_up_by=None, reason=""
        )
        audit.log(actor, "sync.retry", sync.name, after={"rows": len(ids)})
        return start(sync, actor=actor, keys=ids)


def give_up(sync: Sync, keys: Iterable[str], *, reason: str, actor: Actor) -> int:
    """Try rows no more, until a person says so; answers how many.

    Raises:
        TresseError: `not_permitted`, `wrong_value` (no reason), `unknown_name`.
    """
    require_right(actor, MANAGE)
    wanted = list(keys)
    if not reason.strip():
        raise REASON_MISSING()
    with transaction.atomic():
        found = sync.faults.filter(key__in=wanted)
        _require_known(sync, wanted, found.values_list("key", flat=True))
        number = found.update(
            given_up_at=now(), given_up_by_id=actor.user_id, reason=reason.strip()[:1_000]
        )
        audit.log(actor, "sync.give_up", sync.name, after={"keys": wanted[:100], "reason": reason})
    return number


def _require_known(sync: Sync, wanted: Iterable[str], known: Iterable[str]) -> None:
    there = set(known)
    for key in wanted:
        if key not in there:
            some = SyncFault.objects.filter(sync=sync).values_list("key", flat=True)[:1_000]
            raise FAULT_UNKNOWN(sync=sync.name, key=key, nearest=nearest(key, some))


def send_due(work: Work) -> dict[str, int] | None:
    """Ask for a run of the sync whose time has come; one that goes on is joined."""
    sync = Sync.objects.select_related("dataset").filter(pk=work.arguments["sync_id"]).first()
    if sync is None or sync.state != "active" or sync.dataset.version_id is None:
        return None
    run, job = start(sync, actor=SYSTEM, cause="schedule")
    return {"run": run.pk, "job": job.pk}


def _require_state(run: SyncRun, wanted: tuple[str, ...]) -> None:
    if run.state not in wanted:
        raise RUN_STATE(run=run.pk, sync=run.sync.name, state=run.state, wanted=wanted)
