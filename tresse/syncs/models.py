"""Syncs, what their destinations have taken, their runs and the rows that could not be sent."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tresse.jobs.models import LIVE as LIVE
from tresse.jobs.models import Run
from tresse.kernel.clock import now

STATES = ("draft", "active", "paused", "broken")
"Of a sync (Y4)."
STOPPED = ("paused", "broken")
ENDED = ("done", "partial", "held", "cancelled", "failed")
RUN_STATES = (*LIVE, *ENDED)
"Of a run (Y41)."
COUNTERS = ("added", "changed", "removed", "unchanged", "refused", "failed", "retried")
"What `sync` answers (Y61)."
ADDED, CHANGED, REMOVED = "added", "changed", "removed"
TAKEN_OVER = ("taken_over", "not_found")
"Facts of a run that took what is there as sent (Y12)."
SENT, REFUSED, FAILED = "sent", "refused", "failed"
"Status of a row: acknowledged; refused before sending (Y23); refused by the destination."


class Sync(models.Model):
    """Rows of a dataset sent to one destination (Y1)."""

    name = models.CharField(max_length=60, unique=True)
    "Stands in addresses and commands; never changes."
    dataset = models.ForeignKey("datasets.Dataset", models.PROTECT, related_name="syncs")
    kind = models.CharField(max_length=20)
    "Of its destination: a name of `destinations.DESTINATIONS`."
    target = models.CharField(max_length=200)
    "What it writes there, such as the name of an object type; syncs of one share its fields (Y2)."
    definition = models.JSONField(default=dict)
    "As `config` prints it, without `state`."
    state = models.CharField(max_length=10, default="draft")
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    "Why it is paused or broken."
    since = models.PositiveIntegerField(null=True)
    "Version of the dataset that was published when it was switched on first; 0: none was."
    has_sent = models.BooleanField(default=False)
    "Whether a run of it has ended that wrote: its next one is not the first."
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    schedule = models.ForeignKey("jobs.Schedule", models.SET_NULL, null=True, related_name="+")
    last_run = models.ForeignKey("SyncRun", models.SET_NULL, null=True, related_name="+")
    told = models.CharField(max_length=40, blank=True)
    "State its owner was last told of."
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class SyncState(models.Model):
    """What the destination has acknowledged of a row (Y20)."""

    pk = models.CompositePrimaryKey("sync_id", "key")
    sync = models.ForeignKey(Sync, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=600)
    golden_id = models.CharField(max_length=64)
    remote = models.CharField(max_length=200, blank=True)
    "Id of the row at the destination."
    hash = models.CharField(max_length=64)
    "Of the values (Y21)."
    asked = models.CharField(max_length=64)
    "Of the row that was asked for when it was settled last: nulls that are not sent, too."
    values = models.TextField(default="{}")
    "JSON: field to canonical text; fields that are null are left out."
    kept = models.PositiveIntegerField(null=True)
    "Version at which a field was left, as the destination had a newer one: looked at anew later."
    number = models.PositiveIntegerField()
    "Version of the dataset."
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["sync", "golden_id"], name="sync_state_of_golden")]

    def __str__(self) -> str:
        return f"{self.sync_id}, {self.key}"


class SyncRun(Run):
    """One sending of a sync (Y60); with `is_preview` one that only says what would be sent.

    Its `arguments`: `{keys: […]}` only these rows; `{take_over: true}` (Y12).
    """

    sync = models.ForeignKey(Sync, models.CASCADE, related_name="runs")
    is_preview = models.BooleanField(default=False)
    is_first = models.BooleanField(default=False)
    "Nothing had been sent before."
    mode = models.CharField(max_length=20)
    cause = models.CharField(max_length=12, default="person")
    "`person schedule build system`."
    confirmed = models.JSONField(default=list)
    "Brakes that a person let pass for this version (Y45)."
    rows = models.BigIntegerField(default=0)
    "Of the dataset, after the filter."
    added = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    retried = models.BigIntegerField(default=0)
    facts = models.JSONField(default=dict)
    "Further counts: `to_remove kept_newer merged_since outside …`, and what a brake says."
    calls = models.BigIntegerField(default=0)
    "Writing calls; of the CRM: transactions."
    bytes = models.BigIntegerField(default=0)
    change_set_id = models.BigIntegerField(null=True)
    "Under which the CRM keeps what it wrote."
    examples = models.JSONField(default=dict)
    "Of a preview: rows by class, each with before and after by field."
    seconds = models.FloatField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sync"],
                condition=Q(state__in=LIVE, is_preview=False),
                name="sync_one_live_run",
            ),
        ]
        indexes = [
            models.Index(fields=["sync", "-id"], name="run_of_sync"),
            models.Index(fields=["requested_at"], name="sync_run_age"),
        ]

    def __str__(self) -> str:
        return f"{self.sync_id}, {self.pk}: {self.state}"


class SyncRow(models.Model):
    """What became of a row in a run; unchanged rows are counted, not listed (Y60)."""

    sync = models.ForeignKey(Sync, models.CASCADE, related_name="+", db_index=False)
    run = models.ForeignKey(SyncRun, models.CASCADE, related_name="sent_rows", db_index=False)
    key = models.CharField(max_length=600)
    golden_id = models.CharField(max_length=64)
    sort = models.CharField(max_length=8)
    "`added changed removed`."
    status = models.CharField(max_length=8)
    "`sent refused failed`."
    remote = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=60, blank=True)
    field = models.CharField(max_length=120, blank=True)
    message = models.TextField(blank=True)
    details = models.TextField(default="{}")
    "JSON, fills the braces of the message."
    tries = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["run", "status", "id"], name="sync_row_of_run")]

    def __str__(self) -> str:
        return f"{self.run_id}, {self.key}: {self.status}"


class SyncFault(models.Model):
    """A row that could not be sent, until it can (Y37, Y40); one per row of a sync."""

    sync = models.ForeignKey(Sync, models.CASCADE, related_name="faults")
    run = models.ForeignKey(SyncRun, models.SET_NULL, null=True, related_name="+")
    "The last that tried."
    key = models.CharField(max_length=600)
    "Empty: the row has none."
    golden_id = models.CharField(max_length=64)
    sort = models.CharField(max_length=8)
    status = models.CharField(max_length=8)
    code = models.CharField(max_length=60)
    field = models.CharField(max_length=120, blank=True)
    message = models.TextField(blank=True)
    "English sentence with braces, filled by `details` when read; the destination's own words."
    details = models.JSONField(default=dict)
    tries = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    given_up_at = models.DateTimeField(null=True)
    given_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["sync", "golden_id", "key"], name="sync_fault_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sync_id}, {self.key}: {self.code}"
