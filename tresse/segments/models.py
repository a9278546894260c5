"""Lists, segments and their sizes day by day. Who is in them: `tables.py`."""

from django.db import models

from tresse.kernel.clock import now


class Collection(models.Model):
    """What a list and a segment have in common: a name, whose it is, what it is made of."""

    name = models.CharField(max_length=60, unique=True)
    "Stands in filters and addresses; never changes."
    label = models.CharField(max_length=100)
    base = models.CharField(max_length=80)
    """Key of what it is made of (`bases`): name of an object type; of a segment also
    `dataset:NAME`."""
    folder = models.CharField(max_length=100, blank=True)
    description = models.TextField(blank=True)
    owner = models.ForeignKey("accounts.User", models.SET_NULL, null=True, related_name="+")
    "None: made by a file of definitions, or the person is gone."
    sharing = models.CharField(max_length=8, default="private")
    "`private`, `team` or `everyone`."
    team = models.ForeignKey("accounts.Team", models.SET_NULL, null=True, related_name="+")
    "Who sees it if it is shared with a team; None once the team is gone: its owner alone."
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.label


class List(Collection):
    """Records that somebody or something put together (G45)."""


class Segment(Collection):
    """The records that a filter means at any moment (G50)."""

    filter = models.JSONField(default=dict)
    keeps_size = models.BooleanField(default=False)
    "Whether its size is kept day by day (G58)."
    watched_since = models.DateTimeField(null=True)
    "Since when its members are stored (G52); None: it is only its filter."


class SegmentSize(models.Model):
    """How large a segment was at the end of a day, and how many came and went on it (G58)."""

    segment = models.ForeignKey(Segment, models.CASCADE, related_name="sizes")
    day = models.DateField()
    size = models.BigIntegerField()
    entered = models.BigIntegerField()
    left = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["segment", "day"], name="one_size_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.segment_id}, {self.day}"
