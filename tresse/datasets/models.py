"""Datasets, their builds and versions, and what people decided on them."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tresse.jobs.models import LIVE as LIVE
from tresse.jobs.models import Run
from tresse.kernel.clock import now

ENDED = ("published", "unchanged", "held", "failed", "cancelled", "skipped")
STATES = (*LIVE, *ENDED)
"Of a build, as of a run of a source (S113)."
COUNTERS = ("source_rows", "records", "merged", "blocked_values", "quarantined")
"`merged = source_rows - records` (D130)."


class Dataset(models.Model):
    """Unified rows of one entity, in numbered versions (D1)."""

    name = models.CharField(max_length=60, unique=True)
    "Stands in addresses and commands; never changes."
    entity = models.CharField(max_length=60)
    definition = models.JSONField(default=dict)
    "As `config` prints it, without `enabled`, and without the rules: those of `rules` count."
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    is_enabled = models.BooleanField(default=True)
    "Built by its schedule. A rollback switches it off (D85)."
    is_builtin = models.BooleanField(default=False)
    "There from the start (D1): may be changed, not removed."
    rules = models.ForeignKey("RuleVersion", models.SET_NULL, null=True, related_name="+")
    "The applied ones (D66)."
    needs_full = models.BooleanField(default=True)
    "The next build works everything out anew (D81)."
    version = models.ForeignKey("DatasetVersion", models.SET_NULL, null=True, related_name="+")
    "The published one: this row is what publishes it (D80)."
    last_number = models.PositiveIntegerField(default=0)
    "Highest number ever given to a version."
    last_build = models.ForeignKey("DatasetBuild", models.SET_NULL, null=True, related_name="+")
    schedule = models.ForeignKey("jobs.Schedule", models.SET_NULL, null=True, related_name="+")
    told = models.CharField(max_length=40, blank=True)
    "State its owner was last told of."
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    def __str__(self) -> str:
        return self.name


class RuleVersion(models.Model):
    """Identity, guard and merge settings of a dataset, numbered (D66)."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="rule_versions")
    number = models.PositiveIntegerField()
    content = models.JSONField(default=dict)
    "`{identity, columns: {name: {merge}}, groups}` as a definition has them."
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    "None: a draft; one per dataset."
    preview = models.JSONField(null=True)
    "What it would change, as it was last worked out: counts and examples."
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    "Of the preview, the last one."
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="rule_version_number"),
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(applied_at=None), name="rule_version_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}, {self.number}"


class DatasetVersion(models.Model):
    """What one build made: an immutable folder of the warehouse (D80)."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    build = models.ForeignKey("DatasetBuild", models.SET_NULL, null=True, related_name="+")
    rules = models.ForeignKey(RuleVersion, models.SET_NULL, null=True, related_name="+")
    rows = models.BigIntegerField()
    "Golden records."
    source_rows = models.BigIntegerField()
    "Records taken in."
    bytes = models.BigIntegerField()
    columns = models.JSONField(default=list)
    "In order, `[{name, type, semantic}]`: the first is `c0` of its tables."
    relations = models.JSONField(default=list)
    "`[{name, to, resolved, unmatched, blocked}]`."
    inputs = models.JSONField(default=dict)
    "Versions it was made of: `{source: number}`."
    as_of = models.DateTimeField()
    engine = models.CharField(max_length=10, default="duckdb")
    health = models.JSONField(default=list)
    "Checks of D88: `[{name, value, band, columns}]`."
    definition = models.JSONField(default=dict)
    "By which it was built, rules included."
    basis = models.JSONField(default=dict)
    "What else it depends on (`builds.basis`): zone, country, sources by priority, decisions, salt."
    computed = models.JSONField(default=list)
    "Computed columns in order, `[{name, type, sort, semantic, of}]`: the first is `f0`."
    facts = models.JSONField(default=dict)
    "Of the whole base, by key of a score's use: cut-points, medians, parameters, counts (SC9)."
    erasures = models.JSONField(default=list)
    "`[{erasure, at, rows}]`: files were written anew without a person, under this number (D91)."
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "number"], name="dataset_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}, {self.number}"


class DatasetBuild(Run):
    """One working-out of a dataset; its `definition` holds the rules too."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="builds")
    is_full = models.BooleanField(default=False)
    is_confirmed = models.BooleanField(default=False)
    "A person let it through its health checks (D88)."
    cause = models.CharField(max_length=12, default="person")
    "`person schedule after decision system`."
    cause_name = models.CharField(max_length=120, blank=True)
    rules = models.ForeignKey(RuleVersion, models.SET_NULL, null=True, related_name="+")
    engine = models.CharField(max_length=10, default="duckdb")
    version = models.ForeignKey(DatasetVersion, models.SET_NULL, null=True, related_name="+")
    as_of = models.DateTimeField(null=True)
    source_rows = models.BigIntegerField(default=0)
    records = models.BigIntegerField(default=0)
    merged = models.BigIntegerField(default=0)
    blocked_values = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    changed_records = models.BigIntegerField(default=0)
    "Golden records that are new, changed or gone since the version before."
    health = models.JSONField(default=list)
    warnings = models.JSONField(default=dict)
    "By code: `{code: {count, columns: {name: count}, examples: [...]}}`."
    seconds = models.FloatField(null=True)
    peak_bytes = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset"], condition=Q(state__in=LIVE), name="dataset_one_live_build"
            ),
        ]
        indexes = [
            models.Index(fields=["dataset", "-id"], name="build_of_dataset"),
            models.Index(fields=["requested_at"], name="build_age"),
        ]

    def __str__(self) -> str:
        return f"{self.dataset_id}, {self.pk}: {self.state}"


class Decision(models.Model):
    """What a person decided on two records, or on one (D60, DG8); no build overrides it."""

    LINK, APART, CLAIM = "must_link", "must_not_link", "accept_claim"

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=14)
    a = models.CharField(max_length=600)
    "A record as `source/key`, before `b` by code point."
    b = models.CharField(max_length=600, blank=True)
    "The other one; of an accepted claim: empty."
    reason = models.TextField(blank=True)
    group = models.UUIDField(null=True)
    "Of those that one unmerge wrote: they are withdrawn together (D63)."
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now)
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "kind", "a", "b"],
                condition=Q(withdrawn_at=None),
                name="decision_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["dataset", "a"], condition=Q(withdrawn_at=None), name="decision_standing"
            ),
            models.Index(
                fields=["dataset", "b"], condition=Q(withdrawn_at=None), name="decision_other_side"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.a} {self.b}"


class Lift(models.Model):
    """A guard that a person lifted for one value (D50)."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="lifts")
    column = models.CharField(max_length=120)
    value = models.TextField()
    "As match value."
    reason = models.TextField(blank=True)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now)
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.column}: {self.value}"


class Pin(models.Model):
    """A value that a person set on a golden record; it beats every method (D74)."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="pins")
    record = models.CharField(max_length=600)
    "Earliest record of the golden record when it was pinned, `source/key`: pins follow it."
    column = models.CharField(max_length=120)
    value = models.JSONField(null=True)
    "As canonical text (Y21), a list as a list."
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "record", "column"],
                condition=Q(removed_at=None),
                name="pin_one_per_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.record}, {self.column}"


class ReviewItem(models.Model):
    """Something a person should look at (D60): found by a build, kept until it is decided."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="reviews")
    kind = models.CharField(max_length=12)
    "`oversize refused claim suggestion`."
    signature = models.CharField(max_length=64)
    "SHA-256 of what it is about, so that the next build finds it again."
    a = models.CharField(max_length=600, blank=True)
    b = models.CharField(max_length=600, blank=True)
    "Records as `source/key`."
    golden_id = models.CharField(max_length=64, blank=True)
    score = models.FloatField(null=True)
    "Of a suggestion, 0 to 1."
    facts = models.JSONField(default=dict)
    "Guard, key set, value, sides, sizes, weights: what the page shows."
    state = models.CharField(max_length=10, default="open")
    "`open same different later gone`."
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, related_name="+")
    first_number = models.PositiveIntegerField(default=0)
    "Version that found it first, and last."
    last_number = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dataset", "signature"], name="review_item_once"),
        ]
        indexes = [
            models.Index(fields=["dataset", "state", "id"], name="review_open"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.a} {self.b}"


class Erasure(models.Model):
    """A person who was erased everywhere, and its certificate (D93); nothing of the person."""

    dataset = models.ForeignKey(Dataset, models.SET_NULL, null=True, related_name="+")
    "None: a record of the CRM that no dataset holds."
    state = models.CharField(max_length=10, default="queued")
    "`queued running done failed cancelled`."
    found = models.JSONField(default=dict)
    removed = models.JSONField(default=dict)
    "`{place: number}`."
    destinations = models.JSONField(default=list)
    "`[{name, answer}]`."
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    "The person came back: its tombstones hold nobody off any more."
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.pk}: {self.state}"


class Tombstone(models.Model):
    """A keyed hash of a record key, an e-mail or an id of somebody erased (D92)."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="tombstones")
    sort = models.CharField(max_length=40)
    "`record`, or the semantic field of the value."
    hash = models.CharField(max_length=64, db_index=True)
    lifted_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.sort} {self.hash[:8]}"


class Rate(models.Model):
    """What one unit of a currency is worth in that of the account, from a day on (SC7)."""

    currency = models.CharField(max_length=3)
    date = models.DateField()
    rate = models.DecimalField(max_digits=18, decimal_places=8)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["currency", "date"], name="rate_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.currency}, {self.date}: {self.rate}"
