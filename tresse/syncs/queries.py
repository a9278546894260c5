"""Reads of syncs for all doors: syncs, their runs, rows and faults."""

from collections.abc import Iterable

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.syncs.limits import STUCK
from tresse.syncs.models import RUN_STATES, Sync, SyncFault, SyncRow, SyncRun

READ, MANAGE = "syncs.read", "syncs.manage"
MODEL = "model.edit"
"Needed to have fields made."
A_SYNC = N_('sync "{name}"')


def syncs(actor: Actor) -> QuerySet[Sync]:
    """All syncs by name, with what their list shows, in one statement.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, READ)
    open_faults = (
        SyncFault.objects.filter(sync_id=OuterRef("pk"), given_up_at=None)
        .order_by()
        .values("sync_id")
        .annotate(n=Count("pk"))
        .values("n")
    )
    found = Sync.objects.select_related("dataset__version", "last_run", "schedule", "owner")
    return found.annotate(
        open_faults=Coalesce(Subquery(open_faults, output_field=IntegerField()), 0)
    ).order_by("name")


def sync_named(name: str, actor: Actor) -> Sync:
    """One sync.

    Raises:
        TresseError: `not_permitted`, `unknown_name` with the nearest.
    """
    found = syncs(actor).filter(name=name).first()
    if found is None:
        known = Sync.objects.values_list("name", flat=True)
        raise UNKNOWN_NAME(sort=gettext("sync"), name=name, nearest=nearest(name, known))
    return found


def runs_of(sync: Sync, *, state: str = "") -> QuerySet[SyncRun]:
    """Runs of a sync, latest first, without previews; of one state or of all.

    Raises:
        TresseError: `wrong_value`.
    """
    found = sync.runs.filter(is_preview=False).select_related("sync", "author", "job")
    if state and state not in RUN_STATES:
        wanted = gettext("one of {known}").format(known=", ".join(RUN_STATES))
        raise WRONG_VALUE(name="state", wanted=wanted, value=f'"{state}"')
    found = found.order_by("-id")
    return found.filter(state=state) if state else found


def run_numbered(sync: Sync, number: int) -> SyncRun:
    """One run, or one preview, of a sync.

    Raises:
        TresseError: `unknown_name`.
    """
    fits = 0 < number < 2**63
    found = sync.runs.select_related("sync", "author", "job").filter(pk=number if fits else 0)
    row = found.first()
    if row is None:
        sort = gettext("run of {name}").format(name=sync.name)
        raise UNKNOWN_NAME(sort=sort, name=number, nearest=None)
    return row


def held_run(sync: Sync) -> SyncRun | None:
    """The newest run, if it waits for a decision."""
    found = runs_of(sync).first()
    return found if found is not None and found.state == "held" else None


def rows_of(
    run: SyncRun, *, status: str = "", sort: str = "", codes: Iterable[str] = ()
) -> QuerySet[SyncRow]:
    """Rows of a run: those that were sent, refused or failed."""
    found = SyncRow.objects.filter(run=run).order_by("id")
    if status:
        found = found.filter(status=status)
    if sort:
        found = found.filter(sort=sort)
    if wanted := list(codes):
        found = found.filter(code__in=wanted)
    return found


def faults_of(sync: Sync, *, which: str = "open") -> QuerySet[SyncFault]:
    """Rows that could not be sent: `open`, `stuck`, `given_up`; those that failed longest first."""
    found = sync.faults.select_related("given_up_by").order_by("status", "-tries", "id")
    chosen = {
        "open": Q(given_up_at=None),
        "stuck": Q(given_up_at=None, status="failed", tries__gte=STUCK),
        "given_up": Q(given_up_at__isnull=False),
    }
    if which not in chosen:
        wanted = gettext("one of {known}").format(known=", ".join(chosen))
        raise WRONG_VALUE(name="which", wanted=wanted, value=f'"{which}"')
    return found.filter(chosen[which])


def last_preview(sync: Sync) -> SyncRun | None:
    """The preview that was worked out last."""
    return sync.runs.filter(is_preview=True).select_related("sync", "job").order_by("-id").first()
