"""Sources, the versions and runs of them, the files they read, and the rows they refused."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce

from tresse.jobs.models import LIVE as LIVE
from tresse.jobs.models import Run
from tresse.kernel.clock import now

ENDED = ("published", "unchanged", "held", "failed", "cancelled", "skipped")
STATES = (*LIVE, *ENDED)
"Of a run (S113). `held` has ended but waits for a person; it becomes `published` or `cancelled`."
COUNTERS = ("read", "new", "changed", "unchanged", "rejected", "superseded", "deleted")
"`read = new + changed + unchanged + rejected + superseded` (S73)."


class Source(models.Model):
    """One table, query or family of files of a connection, and how it is read (S30)."""

    name = models.CharField(max_length=60, unique=True)
    "Stands in files, addresses and commands; never changes."
    connection = models.ForeignKey("connections.Connection", models.PROTECT, related_name="sources")
    entity = models.CharField(max_length=60)
    "One of `definition.ENTITIES` or a name of one's own (S32)."
    definition = models.JSONField(default=dict)
    "As `config` prints it, with its name, without what goes without saying: `definition.py`."
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    "Who is told of its runs. None: made by a file of definitions, or the person is gone."
    is_enabled = models.BooleanField(default=True)
    is_reviewed = models.BooleanField(default=False)
    "A person looked at its types, or wrote them in a file (S53). Until then nothing is read."
    needs_full = models.BooleanField(default=False)
    "The next run reads everything again: key, columns or connection changed (S45)."
    version = models.ForeignKey("SourceVersion", models.SET_NULL, null=True, related_name="+")
    "The published one: this row is what publishes it (S71)."
    last_number = models.PositiveIntegerField(default=0)
    "Highest number ever given to a version; numbers are not used twice."
    last_run = models.ForeignKey("SourceRun", models.SET_NULL, null=True, related_name="+")
    cursor = models.JSONField(null=True)
    "Where the next incremental run goes on; written with `version`, never earlier (S75)."
    schedule = models.ForeignKey("jobs.Schedule", models.SET_NULL, null=True, related_name="+")
    "Of a source with a cron line (S114)."
    after = models.ForeignKey("self", models.SET_NULL, null=True, related_name="followers")
    "Of a source that is read when another one was (S114)."
    detected_columns = models.JSONField(default=list)
    "As columns of a definition: for those it leaves out or leaves without a type (S31, S53)."
    seen_columns = models.JSONField(default=list)
    "Columns the source had when it was last read, as `[{name, type}]` (S51)."
    offered_columns = models.JSONField(default=list)
    "Names of later columns that a person was shown and did not take; not offered again (S51)."
    told = models.CharField(max_length=40, blank=True)
    "State its owner was last told of, so that each change is one message (S116)."
    revision = models.PositiveIntegerField(default=1)
    "Grows with every change of the definition."
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    open_rejected: int
    "Rejected rows that are open; of a source that `queries.sources` gave."
    open_refused: int
    "Files that are refused; likewise."

    def __str__(self) -> str:
        return self.name


class SourceVersion(models.Model):
    """All rows of a source as one run left them: an immutable folder of the warehouse (S71)."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    run = models.ForeignKey("SourceRun", models.SET_NULL, null=True, related_name="+")
    rows = models.BigIntegerField()
    deleted = models.BigIntegerField(default=0)
    "Of the rows, those with `_deleted_at`."
    bytes = models.BigIntegerField()
    columns = models.JSONField(default=list)
    "As stored, in order, without bookkeeping columns: `[{name, type}]`, types of S52."
    record_key = models.JSONField(default=list)
    "Columns that `_key` is made of."
    newest_modified_at = models.DateTimeField(null=True)
    "Of its rows; None where they have none (S36)."
    definition = models.JSONField(default=dict)
    "By which it was read."
    erasures = models.JSONField(default=list)
    "`[{erasure, at, rows}]`: files were written anew without a person, under this number."
    created_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="source_version_number"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}, {self.number}"


class SourceRun(Run):
    """One reading of a source (S111). Kept 400 days.

    Its `arguments` of mode `rejections`: which run and file.
    """

    source = models.ForeignKey(Source, models.CASCADE, related_name="runs")
    mode = models.CharField(max_length=12)
    "How it read: `snapshot incremental once each`, or `rejections` (S105)."
    is_full = models.BooleanField(default=False)
    "Everything was asked for (S70)."
    is_confirmed = models.BooleanField(default=False)
    "A person let it through its guards (S80, S104)."
    is_first = models.BooleanField(default=False)
    "The source had no version before (S112)."
    cause = models.CharField(max_length=12, default="person")
    "What started it: `person schedule after system`."
    cause_name = models.CharField(max_length=120, blank=True)
    "Name of the source it came after."
    version = models.ForeignKey(SourceVersion, models.SET_NULL, null=True, related_name="+")
    "The one it published; of a run that is `held`: None."
    cursor_from = models.JSONField(null=True)
    cursor_to = models.JSONField(null=True)
    files = models.PositiveIntegerField(default=0)
    "Files it read."
    read = models.BigIntegerField(default=0)
    new = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    superseded = models.BigIntegerField(default=0)
    deleted = models.BigIntegerField(default=0)
    "Rows that this run marked as gone."
    bytes = models.BigIntegerField(default=0)
    "That came over the wire, or of the files, as far as known."
    seconds = models.FloatField(null=True)
    peak_bytes = models.BigIntegerField(null=True)
    "Most memory its process held."
    warnings = models.JSONField(default=dict)
    "By code: `{code: {count, columns: {name: count}, examples: [...]}}`; what applies."

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(state__in=LIVE), name="source_one_live_run"
            ),
        ]
        indexes = [
            models.Index(fields=["source", "-id"], name="source_run_of_source"),
            models.Index(fields=["requested_at"], name="source_run_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id}, {self.pk}: {self.state}"


class SourceFile(models.Model):
    """One file that a run took, known by its path and what is in it (S83)."""

    source = models.ForeignKey(Source, models.CASCADE, related_name="files")
    run = models.ForeignKey(SourceRun, models.SET_NULL, null=True, related_name="taken_files")
    position = models.PositiveIntegerField(default=0)
    "Its `_file` in the rows of that run."
    path = models.TextField()
    "Within the connection."
    size = models.BigIntegerField(default=0)
    modified_at = models.DateTimeField(null=True)
    file_date = models.DateTimeField(null=True)
    "From its name (S81)."
    sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, default="taken")
    "`taken` by a run not yet published; `read`; `same_content` (skipped); `refused` (S88, S91)."
    same_as = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    form = models.JSONField(default=dict)
    "Encoding, separator and header it was read with (S86 to S88)."
    lines = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    code = models.CharField(max_length=60, blank=True)
    message = models.TextField(blank=True)
    details = models.JSONField(default=dict)
    afterwards = models.CharField(max_length=8, blank=True)
    "What became of it (S85): `left moved deleted failed`, of a refused one `gone`; empty: not yet."
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(fields=["source", "sha256"], name="source_file_content"),
            models.Index(fields=["run", "position"], name="source_file_of_run"),
            models.Index(
                fields=["source"], condition=Q(state="refused"), name="source_file_refused"
            ),
        ]

    def __str__(self) -> str:
        return self.path


class Rejection(models.Model):
    """A row that was refused, as it came (S100). Kept 30 days."""

    OPEN, ENTERED, AGAIN, PASSED = "open", "entered", "again", "passed"

    source = models.ForeignKey(Source, models.CASCADE, related_name="rejections")
    run = models.ForeignKey(SourceRun, models.CASCADE, related_name="rejections")
    file = models.ForeignKey(SourceFile, models.SET_NULL, null=True, related_name="+")
    "None: of a database."
    line = models.BigIntegerField(null=True)
    "Line of the file, counted from 1; number of the row of a database."
    key = models.TextField(blank=True)
    "As far as it could be formed."
    column = models.TextField(blank=True)
    value = models.TextField(blank=True)
    "Of the column, shortened."
    code = models.CharField(max_length=60)
    message = models.TextField(blank=True)
    "The sentence with names in braces; `details` fill them."
    details = models.JSONField(default=dict)
    raw = models.TextField(blank=True)
    "The row: a JSON object of its cells by column, or the line of the file as it stands."
    state = models.CharField(max_length=8, default=OPEN)
    "`open`; read again and `entered`, refused `again`, or `passed` by a newer row (S105)."
    created_at = models.DateTimeField(default=now)

    class Meta:
        indexes = [
            models.Index(
                "source",
                F("run").desc(),
                Coalesce("file", Value(0)),
                Coalesce("line", Value(0)),
                "id",
                name="rejection_in_order",
            ),
            models.Index(fields=["source"], condition=Q(state="open"), name="rejection_open"),
            models.Index(fields=["run", "code"], name="rejection_of_run"),
            models.Index(fields=["created_at"], name="rejection_age"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id}, {self.line}: {self.code}"
