"""Static tables of this room: saved views, bulk edits, undo. Records live in described tables."""

from django.db import models

from tresse.kernel.clock import now


class View(models.Model):
    """A filter, columns and an order of one object type under a name (C84).

    Read through `records.views_saved`, written by `records.changes.views`. The views "All" and
    "Mine" are no rows: every object type has them.
    """

    object_type = models.ForeignKey("objects.ObjectType", models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    "Unique in its object type, whoever owns it: it stands in addresses."
    label = models.CharField(max_length=100)
    owner = models.ForeignKey("accounts.User", models.CASCADE, null=True, related_name="+")
    "None: made by a file of definitions."
    sharing = models.CharField(max_length=8, default="private")
    "`private`, `team` or `everyone`."
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    "Who sees it if it is shared with a team; None once the team is gone: its owner alone."
    filter = models.JSONField(null=True)
    "In the filter language; None: every record."
    columns = models.JSONField(default=list)
    "Names of columns after the title, in order (`records.columns`); empty: as shipped."
    widths = models.JSONField(default=dict)
    "Name of a column (`*`: the title) → pixels; others are as wide as their content."
    sort = models.JSONField(default=list)
    "Up to three property names, `-` before one for descending."
    layout = models.CharField(max_length=8, default="table")
    "`table` or `board`."
    layout_settings = models.JSONField(default=dict)
    "Of a board: `pipeline`."
    position = models.PositiveIntegerField(default=0)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["object_type", "name"], name="view_name_per_type"),
        ]

    def __str__(self) -> str:
        return self.label


class BulkEdit(models.Model):
    """One change of many records at once (C56): what was asked, and what became of it.

    The records it means stand in `bulk_item` until they are done with; those refused stay there.
    """

    object_name = models.CharField(max_length=60)
    settings = models.JSONField()
    "What to do (`records.bulk.asked`)."
    selection = models.JSONField()
    "Which records (`records.selection`)."
    number = models.BigIntegerField()
    "How many records the person confirmed."
    state = models.CharField(max_length=10, default="queued")
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    job_id = models.BigIntegerField(null=True)
    "NULL: it was done at once."
    change_set_id = models.BigIntegerField(null=True, unique=True)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["author", "-id"], name="bulk_edit_of_author")]

    def __str__(self) -> str:
        return f"{self.object_name} {self.pk}"


class Undo(models.Model):
    """A change set taken back, or being taken back (T71): one per change set."""

    change_set_id = models.BigIntegerField(unique=True)
    own_change_set_id = models.BigIntegerField(null=True)
    "Of the reversals themselves."
    target = models.CharField(max_length=300)
    "What is taken back, in words of people."
    additions = models.JSONField(default=dict)
    "Definitions that were added: `options` as [property id, name], `properties` as ids."
    state = models.CharField(max_length=10, default="queued")
    author = models.ForeignKey("accounts.User", models.PROTECT, null=True, related_name="+")
    job_id = models.BigIntegerField(null=True)
    reversed = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0)
    links_removed = models.BigIntegerField(default=0)
    links_restored = models.BigIntegerField(default=0)
    created_at = models.DateTimeField(default=now)
    finished_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.target


class Follower(models.Model):
    """How far the event rows are read for something that follows them (`records.following`)."""

    name = models.CharField(max_length=60, unique=True)
    position = models.BigIntegerField()

    def __str__(self) -> str:
        return self.name
