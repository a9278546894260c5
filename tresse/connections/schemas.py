"""What the API of webhooks takes and gives."""

from datetime import datetime
from typing import Any, ClassVar

from ninja import Schema

from tresse.kernel.marks import N_
from tresse.objects.schemas import Body


class WebhookChange(Body):
    """What can be said about a webhook at any time; `state`: active or paused."""

    sort: ClassVar[str] = N_("a webhook")
    url: str | None = None
    label: str | None = None
    events: list[str] | None = None
    objects: list[str] | None = None
    leaves_out_quiet: bool | None = None
    state: str | None = None


class WebhookIn(WebhookChange):
    """A webhook to make."""

    name: str = ""
    url: str


class WebhookOut(Schema):
    """A webhook; `secret` only when it was just made or changed."""

    name: str
    label: str
    url: str
    events: list[str]
    objects: list[str]
    leaves_out_quiet: bool
    state: str
    waiting: int
    failed: int
    last_good_at: datetime | None
    secret: str | None = None


class DeliveryOut(Schema):
    """A message: its state (waiting, done, failed), tries, and what came back last."""

    message: str
    events: int
    state: str
    tries: int
    status: int
    error: str
    created_at: datetime
    next_at: datetime | None
    ended_at: datetime | None
    body: Any = None
