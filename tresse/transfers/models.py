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
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.file_name} ({self.pk})"


class ImportTemplate(models.Model):
    """Mapping and settings kept under a name (T88)."""

    name = models.CharField(max_length=100, unique=True)
    content = models.JSONField(default=dict)
    "As a mapping file has it (T88a)."
    author = models.ForeignKey(
        django_settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return self.name
