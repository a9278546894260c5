"""Webhooks, the messages on their way to them, and connections."""

from django.db import models


class Webhook(models.Model):
    """An address that is told of events.

    `events`: names, empty for all. `objects`: names of object types, empty for all. `secret` and
    `former_secret` are sealed (`secrets.py`); the former one signs too until `former_until`.
    `position`: what it has been told of, as `records.following` counts.
    """

    ACTIVE, PAUSED, BROKEN = "active", "paused", "broken"
    STATES = ((ACTIVE, ACTIVE), (PAUSED, PAUSED), (BROKEN, BROKEN))

    name = models.CharField(max_length=60, unique=True)
    label = models.CharField(max_length=100)
    url = models.CharField(max_length=2048)
    events = models.JSONField(default=list)
    object_names = models.JSONField(default=list)
    leaves_out_quiet = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=STATES, default=ACTIVE)
    secret = models.TextField()
    former_secret = models.TextField(default="")
    former_until = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    author_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    last_good_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.label


class Delivery(models.Model):
    """One message: a batch of events, tried until it is taken or given up.

    `body`: JSON as it is sent, the same on every try. `next_at`: when it is due; `held_until`: a
    process is sending it and has until then.
    """

    WAITING, DONE, FAILED = "waiting", "done", "failed"
    STATES = ((WAITING, WAITING), (DONE, DONE), (FAILED, FAILED))

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    message = models.CharField(max_length=40, unique=True)
    body = models.TextField()
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=STATES, default=WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    status = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(default="")
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(fields=("state", "next_at"), name="delivery_due"),
            models.Index(fields=("webhook", "-id"), name="delivery_of_webhook"),
        )

    def __str__(self) -> str:
        return self.message


class Connection(models.Model):
    """Something outside that sources read and syncs write (S1), or a part of ourselves.

    `settings`: what differs from the kind's defaults, by name. `secrets`: by name, either `${NAME}`
    or a sealed text (`secrets.py`). `owner_id`: whom its daily check tells. Of the last check:
    `checked_at`, `is_good` (null: never checked), `code`, `said` (`template`, `details` of the
    sentence), `failing_since`, and whether that was told (`is_told`). `offered_key`: the host key
    of an SFTP server that a person has yet to accept.
    """

    name = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    secrets = models.JSONField(default=dict)
    is_enabled = models.BooleanField(default=True)
    is_builtin = models.BooleanField(default=False)
    owner_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    is_good = models.BooleanField(null=True)
    code = models.CharField(max_length=60, default="")
    said = models.JSONField(default=dict)
    failing_since = models.DateTimeField(null=True)
    is_told = models.BooleanField(default=False)
    offered_key = models.TextField(default="")

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        # Sealed or not, secrets have no place in a log.
        return f"<Connection {self.name}: {self.kind}>"
