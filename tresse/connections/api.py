"""Webhooks over REST."""

import json
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from tresse.accounts.paging import page_of
from tresse.accounts.requests import SignedIn, parameters_of
from tresse.connections import schemas as shape
from tresse.connections.changes import (
    add_webhook,
    change_webhook,
    delete_webhook,
    new_secret_for,
    retry,
    send_test,
)
from tresse.connections.changes.webhooks import facts_of
from tresse.connections.models import Delivery, Webhook
from tresse.connections.queries import deliveries_of, webhook_named, webhooks
from tresse.objects.described import data_model

router = Router(tags=["Webhooks"])
A_PAGE = 50


@router.get("/webhooks", response=list[shape.WebhookOut], summary="Webhooks")
def webhook_list(request: SignedIn) -> Any:
    """All webhooks with the numbers of messages that wait or were given up."""
    return [_shown(row) for row in webhooks(request.actor)]


@router.post("/webhooks", response={201: shape.WebhookOut}, summary="Make a webhook")
def webhook_add(request: SignedIn, body: shape.WebhookIn) -> Status[Any]:
    """Make a webhook; its secret is in this answer alone."""
    row, secret = add_webhook(model=data_model(), actor=request.actor, **body.given())
    return Status(201, _read(request, row.name) | {"secret": secret})


@router.get("/webhooks/{name}", response=shape.WebhookOut, summary="One webhook")
def webhook_show(request: SignedIn, name: str) -> Any:
    """A webhook, without its secret."""
    return _read(request, name)


@router.patch("/webhooks/{name}", response=shape.WebhookOut, summary="Change a webhook")
def webhook_change(request: SignedIn, name: str, body: shape.WebhookChange) -> Any:
    """Change what is named; `state` active or paused."""
    row = webhook_named(name, request.actor)
    change_webhook(row, model=data_model(), actor=request.actor, **body.given())
    return _read(request, name)


@router.delete("/webhooks/{name}", response={204: None}, summary="Delete a webhook")
def webhook_delete(request: SignedIn, name: str) -> Status[None]:
    """Delete a webhook with the messages that wait for it."""
    delete_webhook(webhook_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.post("/webhooks/{name}/secret", response=shape.WebhookOut, summary="Another secret")
def webhook_secret(request: SignedIn, name: str) -> Any:
    """Another secret, in this answer alone; the former one signs too for a day."""
    secret = new_secret_for(webhook_named(name, request.actor), actor=request.actor)
    return _read(request, name) | {"secret": secret}


@router.post("/webhooks/{name}/test", response=shape.DeliveryOut, summary="Send a test")
def webhook_test(request: SignedIn, name: str) -> Any:
    """Send a message without events now, and say what came back."""
    return _told(send_test(webhook_named(name, request.actor), actor=request.actor))


@router.post("/webhooks/{name}/retry", summary="Send again")
def webhook_retry(request: SignedIn, name: str) -> dict[str, int]:
    """Send again, now, what waits or was given up."""
    return {"waiting": retry(webhook_named(name, request.actor), actor=request.actor)}


@router.get("/webhooks/{name}/deliveries", summary="Messages to a webhook")
def webhook_deliveries(request: SignedIn, name: str) -> dict[str, Any]:
    """Messages, the latest first: `state`, `cursor`."""
    given = parameters_of(request, ("state", "cursor"))
    found = deliveries_of(webhook_named(name, request.actor), state=given.get("state", ""))
    rows, following = page_of(found, cursor=given.get("cursor"), limit=A_PAGE)
    return {"items": [_told(row) for row in rows], "next": following}


def _read(request: HttpRequest, name: str) -> dict[str, Any]:
    return _shown(webhook_named(name, request.actor))  # type: ignore[attr-defined]


def _shown(row: Webhook) -> dict[str, Any]:
    return facts_of(row) | {
        "waiting": getattr(row, "waiting", 0),
        "failed": getattr(row, "failed", 0),
        "last_good_at": row.last_good_at,
    }


def _told(row: Delivery) -> dict[str, Any]:
    return {
        "message": row.message,
        "events": row.number,
        "state": row.state,
        "tries": row.tries,
        "status": row.status,
        "error": row.error,
        "created_at": row.created_at,
        "next_at": row.next_at,
        "ended_at": row.ended_at,
        "body": json.loads(row.body),
    }
