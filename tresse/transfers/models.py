"""Tables of imports and exports, and of what their reports say."""

from django.conf import settings as django_settings
from django.db import models

STATES = (
    "draft",
    "checking",
    "checked",
    "queued",
    "running",
    "done",
    "failed",
    "cancelled",
    "undoing",
    "undone",
)


class Import(models.Model):
    """One file read into one object type: what was asked, how far it is, what came of it."""

    object_name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="draft")
    "One of `STATES`."
    file_name = models.CharField(max_length=255)
    size_bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    settings = models.JSONField(default=dict)
    "By name, as T6 has them; `transfers.settings` reads them."
    mapping = models.JSONField(default=dict)
    "Header to answer, as a mapping file writes it (T88a); only what a person chose."
    match = models.JSONField(default=list)
    "Keys in order (T27); empty: those of the mapping."
    reading = models.JSONField(default=dict)
    "How the file is read, as a mapping file writes it."
    form = models.JSONField(default=dict)
    "How the file turned out to be read (`files.FileForm`); empty until it was opened."
    column_forms = models.JSONField(default=dict)
    "Position of a column to how its dates and numbers are written."
    planned = models.JSONField(default=dict)
    "Counters of the check (T76)."
    counters = models.JSONField(default=dict)
    "Counters of the run so far."
    plan_facts = models.JSONField(default=dict)
    "What the run needs of the plan: lines, new records, findings by code, samples."
    is_staged = models.BooleanField(default=False)
    "Whether the stage holds a whole plan."
    cursor = models.BigIntegerField(default=0)
    "Last line written."
    first_id = models.BigIntegerField(null=True)
    "First id of the block reserved for new records."
    change_set_id = models.BigIntegerField(null=True)
    watermark = models.BigIntegerField(null=True)
    "Last event the plan has seen; NULL: the run must match everything again."
    error_code = models.CharField(max_length=60, blank=True)
    error = models.JSONField(default=dict)
    "Sentence and details of what refused the check or the run."
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    job_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0)
    "Time spent writing, over all attempts."

    class Meta:
        indexes = [
            models.Index(fields=["sha256"], name="import_by_content"),
            models.Index(fields=["state", "-id"], name="import_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"


class ImportFinding(models.Model):
    """One line of an import's report. At most 100,000 are kept per code (T78)."""

    belongs_to = models.ForeignKey(Import, models.CASCADE, related_name="findings")
    phase = models.CharField(max_length=5)
    "`check` or `run`."
    level = models.CharField(max_length=6)
    line = models.BigIntegerField()
    code = models.CharField(max_length=60)
    template = models.TextField()
    "English sentence with braces; translated and filled in when read."
    details = models.JSONField(default=dict)
    column = models.TextField(blank=True)
    column_number = models.IntegerField(null=True)
    value = models.CharField(max_length=200, blank=True)
    hint = models.TextField(blank=True)
    sheet = models.CharField(max_length=255, blank=True)
    record_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["belongs_to", "line", "id"], name="finding_by_line"),
            models.Index(fields=["belongs_to", "code", "line"], name="finding_by_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code}, line {self.line}"


class ScheduledExport(models.Model):
    """An export that is written again and again, with the rights of its owner (T87)."""

    name = models.CharField(max_length=100, unique=True)
    object_name = models.CharField(max_length=60)
    settings = models.JSONField(default=dict)
    "What is written, as `exporting.Asked` has it."
    only_changed = models.BooleanField(default=False)
    "Only records changed since the last success."
    cron = models.CharField(max_length=100)
    zone = models.CharField(max_length=60, default="UTC")
    goes_to = models.JSONField(default=dict)
    """`{"download": true}`, `{"email": [addresses]}` or `{"connection": name}`."""
    file_name = models.CharField(max_length=255)
    "May hold `{date}`."
    owner = models.ForeignKey(django_settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    failures = models.IntegerField(default=0)
    "In a row; after 5 it pauses."
    is_paused = models.BooleanField(default=False)
    error = models.TextField(blank=True)
    "Of the last failure."
    succeeded_at = models.DateTimeField(null=True)
    "As of when the last success read its records."
    position = models.BigIntegerField(null=True)
    "The same among the events (`records.following`); NULL: every record has changed."

    def __str__(self) -> str:
        return self.name


class Export(models.Model):
    """One file written from the records of an object type."""

    object_name = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="queued")
    "`queued`, `running`, `done`, `failed`, `cancelled`."
    settings = models.JSONField(default=dict)
    file_name = models.CharField(max_length=255)
    rows = models.BigIntegerField(default=0)
    columns = models.JSONField(default=list)
    size_bytes = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    job_id = models.BigIntegerField(null=True)
    schedule = models.ForeignKey(ScheduledExport, models.SET_NULL, null=True, related_name="runs")
    "What asked for it, if nobody did by hand."
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    "When its file goes (T80)."

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"


class ImportTemplate(models.Model):
    """Mapping and settings kept under a name (T88)."""

    name = models.CharField(max_length=100, unique=True)
    object_name = models.CharField(max_length=60, blank=True)
    "What it imports; empty: whatever the import says."
    is_shared = models.BooleanField(default=False)
    "Whether others than its author may use it."
    content = models.JSONField(default=dict)
    "As a mapping file has it (T88a)."
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.name
