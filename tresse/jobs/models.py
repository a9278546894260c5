"""Tables of background work: jobs, schedules, and what people are told."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from tresse.kernel.clock import now

LIVE = ("queued", "running")
ENDED = ("done", "partial", "held", "failed", "cancelled", "skipped")
STATES = (*LIVE, *ENDED)


class Job(models.Model):
    """One piece of background work: what to do, how far it is, and how it ended.

    A running job belongs to one attempt of one worker until its lease ends; every write of that
    worker names the attempt, so a worker that lost its lease can commit nothing.
    """

    kind = models.CharField(max_length=60)
    state = models.CharField(max_length=10, default="queued")
    "One of `STATES`."
    arguments = models.JSONField(default=dict)
    target = models.CharField(max_length=300, blank=True)
    "What the work is about, in the words of people: a file, an object, a segment."
    link = models.CharField(max_length=500, blank=True)
    "Page of the target or of the report."
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    "NULL: the system itself, which may everything; so a person with jobs is never deleted."
    token = models.ForeignKey("accounts.Token", models.PROTECT, null=True, related_name="+")
    "The token it came through: the work may no more than that (C112)."
    source = models.CharField(max_length=20, default="system")
    "The door it came through, as `accounts.Actor.source`."
    key = models.CharField(max_length=200, null=True)  # noqa: DJ001  NULL: any number may live
    "Of the live jobs, one per key."
    cursor = models.JSONField(null=True)
    "Where the work goes on; written in the transaction of the work it stands for."
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    done_at_start = models.BigIntegerField(default=0)
    "`done` when this attempt began, so that the seconds left count only its own work."
    log = models.JSONField(default=list)
    "The last lines, each `[instant, text]`."
    result = models.JSONField(null=True)
    error = models.TextField(blank=True)
    error_code = models.CharField(max_length=60, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    "Grows with every claim, never falls."
    crashes = models.PositiveIntegerField(default=0)
    "Attempts in a row that ended without progress and without an answer."
    run_at = models.DateTimeField()
    "Not before."
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=120, blank=True)
    cancel_asked = models.BooleanField(default=False)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(state__in=LIVE, key__isnull=False),
                name="job_one_live_per_key",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "run_at", "id"], condition=Q(state__in=LIVE), name="job_live"
            ),
            models.Index(fields=["author", "-id"], name="job_of_author"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @property
    def is_live(self) -> bool:
        """Whether it waits or runs."""
        return self.state in LIVE


class Schedule(models.Model):
    """Work that is enqueued again and again: every so many seconds, or at cron-like times."""

    name = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=60)
    arguments = models.JSONField(default=dict)
    target = models.CharField(max_length=300, blank=True)
    every_seconds = models.PositiveIntegerField(null=True)
    cron = models.CharField(max_length=120, blank=True)
    "Five fields (minute, hour, day, month, weekday); read in `zone`. Empty: `every_seconds`."
    zone = models.CharField(max_length=60, default="UTC")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    next_at = models.DateTimeField(null=True)
    "NULL: paused."

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(every_seconds__gt=0, cron="")
                | Q(every_seconds__isnull=True) & ~Q(cron=""),
                name="schedule_every_or_cron",
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="schedule_due")]

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """Something a person is told: one per cause."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    sentence = models.TextField(blank=True)
    link = models.CharField(max_length=500, blank=True)
    cause = models.CharField(max_length=200)
    "What happened, as `job:12:1`; the same cause tells the same person once."
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "cause"], name="notification_one_per_cause"),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], name="notification_of_user"),
            models.Index(
                fields=["user"], condition=Q(read_at__isnull=True), name="notification_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class NotificationChoice(models.Model):
    """Whether notifications of a kind also come by e-mail; without a row they do not (C118)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=60)
    email = models.CharField(max_length=10)
    "`none`, `at_once` or `daily`."

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="choice_one_per_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.email}"


class MailCopy(models.Model):
    """A notification that also goes by e-mail: written with it, sent by a worker (the outbox)."""

    notification = models.OneToOneField(Notification, models.CASCADE, related_name="copy")
    is_daily = models.BooleanField()
    "One of a summary, rather than a mail of its own."
    due_at = models.DateTimeField()
    "Not before; while it is being sent, when another worker may try."
    sent_at = models.DateTimeField(null=True)
    "NULL: it waits. Also set when there is nothing to send any more."
    attempts = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True)
    "What the mail server said last."

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(sent_at__isnull=True), name="mail_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.notification}: {self.sent_at or self.due_at}"


class Run(models.Model):
    """What a job did for a thing of a higher room: a reading, a build, a sending.

    The job goes with time, the run stays. `jobs.runs` ends it.
    """

    state = models.CharField(max_length=10, default="queued")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    job = models.ForeignKey("jobs.Job", models.SET_NULL, null=True, related_name="+")
    arguments = models.JSONField(default=dict)
    "What else was asked for."
    definition = models.JSONField(default=dict)
    "Of the thing when the run began."
    number = models.PositiveIntegerField(null=True)
    "Number of the version that it made, or took; stays when the version is removed."
    log = models.JSONField(default=list)
    "Lines, each `[instant, text]`."
    code = models.CharField(max_length=60, blank=True)
    "Why it is held, failed or was skipped."
    message = models.TextField(blank=True)
    "The sentence with names in braces, as `kernel.errors`; `details` fill them."
    details = models.JSONField(default=dict)
    requested_at = models.DateTimeField(default=now)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    @property
    def is_live(self) -> bool:
        """Whether it waits or goes on."""
        return self.state in LIVE
