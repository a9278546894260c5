"""Messages to webhooks: gathered from the events, sent, tried again, given up."""

import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from tresse.accounts.actor import Actor
from tresse.accounts.models import User
from tresse.accounts.permission import require_right
from tresse.connections.calling import Answer, post
from tresse.connections.models import Delivery, Webhook
from tresse.connections.payload import bodies
from tresse.connections.queries import allows_private
from tresse.connections.secrets import unseal
from tresse.connections.signing import signed_headers
from tresse.jobs.changes import notify
from tresse.kernel.clock import now
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.following import span_after

# Seconds from one try to the next; after the last one the message is given up (28 hours in all).
PAUSES = (5, 60, 300, 1_800, 7_200, 18_000, 36_000, 36_000)
AT_ONCE = 8
HELD = timedelta(minutes=2)
KEPT = timedelta(days=30)
GONE = 410
GIVEN_UP = N_("A webhook gets no answer")
GIVEN_UP_SENTENCE = N_(
    "{label} did not take a message with {number} events: {error}. It can be sent again."
)
SWITCHED_OFF = N_("A webhook is switched off")
SWITCHED_OFF_SENTENCE = N_("{label} answered that it is gone (410). Nothing more is sent to it.")


def gather() -> bool:
    """Turn new events into messages of active webhooks; answers whether there were any events.

    A webhook's position and its messages are written in one transaction: killed at any moment, no
    event is told twice or left out.
    """
    found = False
    for id, position in Webhook.objects.filter(state=Webhook.ACTIVE).values_list("pk", "position"):
        if span_after(position) is not None:
            found = _gather(id) or found
    return found


@transaction.atomic
def _gather(id: int) -> bool:
    row = Webhook.objects.select_for_update().filter(pk=id, state=Webhook.ACTIVE).first()
    span = span_after(row.position) if row else None
    if row is None or span is None:
        return False
    for body, number in bodies(span, row, data_model()):
        _new_message(row, body, number)
    row.position = span.end
    row.save(update_fields=["position"])
    return True


def _new_message(
    row: Webhook, body: str, number: int, *, held: timedelta | None = None
) -> Delivery:
    at = now()
    return Delivery.objects.create(
        webhook=row,
        message=f"msg_{secrets.token_hex(12)}",
        body=body,
        number=number,
        created_at=at,
        next_at=at,
        held_until=at + held if held else None,
    )


def deliver() -> int:
    """Send what is due, a few messages at once; answers how many were tried.

    A message whose sender was killed is sent again under the same id.
    """
    due = _claimed()
    if not due:
        return 0
    private = allows_private()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        calls = [(each, _signed(each)) for each in due]
        answers = list(pool.map(lambda call: _answer(*call, allows_private=private), calls))
    for delivery, answer in zip(due, answers, strict=True):
        _settle(delivery, answer)
    return len(due)


def _signed(delivery: Delivery) -> Mapping[str, str] | Answer:
    """Headers to send it with; what cannot be signed counts as no answer and holds up no other."""
    try:
        return _headers(delivery)
    except TresseError as error:
        return Answer(0, error=error.message)


def _answer(
    delivery: Delivery, signed: Mapping[str, str] | Answer, *, allows_private: bool
) -> Answer:
    if isinstance(signed, Answer):
        return signed
    try:
        return post(delivery.webhook.url, delivery.body, signed, allows_private=allows_private)
    except TresseError as error:
        return Answer(0, error=error.message)


@transaction.atomic
def _claimed() -> list[Delivery]:
    at = now()
    due = (
        Delivery.objects.filter(state=Delivery.WAITING, next_at__lte=at)
        .filter(Q(held_until=None) | Q(held_until__lt=at))
        .exclude(webhook__state=Webhook.PAUSED)
        .order_by("next_at", "pk")
    )
    skips = connection.features.has_select_for_update_skip_locked
    found = list(due.select_for_update(skip_locked=skips, of=("self",) if skips else ())[:AT_ONCE])
    ids = [each.pk for each in found]
    Delivery.objects.filter(pk__in=ids).update(held_until=at + HELD)
    return list(
        Delivery.objects.filter(pk__in=ids).select_related("webhook").order_by("next_at", "pk")
    )


def _headers(delivery: Delivery) -> Mapping[str, str]:
    row, at = delivery.webhook, now()
    sealed = [row.secret]
    if row.former_secret and row.former_until and row.former_until > at:
        sealed.append(row.former_secret)
    return signed_headers(
        [unseal(each) for each in sealed],
        message=delivery.message,
        timestamp=int(at.timestamp()),
        body=delivery.body,
    )


@transaction.atomic
def _settle(delivery: Delivery, answer: Answer, *, is_last: bool = False) -> None:
    at = now()
    delivery.tries += 1
    delivery.status = answer.status
    delivery.error = "" if answer.is_good else (answer.error or answer.body)[:500]
    delivery.held_until = None
    if answer.is_good:
        delivery.state, delivery.ended_at, delivery.next_at = Delivery.DONE, at, None
        Webhook.objects.filter(pk=delivery.webhook_id).update(last_good_at=at)
    elif answer.status == GONE or is_last or delivery.tries > len(PAUSES):
        delivery.state, delivery.ended_at, delivery.next_at = Delivery.FAILED, at, None
        if answer.status == GONE or not is_last:
            _tell(delivery, is_gone=answer.status == GONE)
    else:
        delivery.next_at = at + timedelta(seconds=PAUSES[delivery.tries - 1])
    delivery.save()


def _tell(delivery: Delivery, *, is_gone: bool) -> None:
    """Tell whoever made the webhook; switch it off if it says that it is gone."""
    row = delivery.webhook
    if is_gone:
        Webhook.objects.filter(pk=row.pk).update(state=Webhook.BROKEN)
    author = User.objects.filter(pk=row.author_id or 0).first()
    if author is None:
        return
    with override(author.language):
        title, sentence = (
            (SWITCHED_OFF, SWITCHED_OFF_SENTENCE) if is_gone else (GIVEN_UP, GIVEN_UP_SENTENCE)
        )
        shown = delivery.error or str(delivery.status)
        notify(
            author.pk,
            "webhook",
            title=gettext(title),
            sentence=gettext(sentence).format(label=row.label, number=delivery.number, error=shown),
            link=f"/settings/webhooks/{row.name}/",
            cause=f"webhook:{row.pk}:gone" if is_gone else f"webhook:{delivery.message}",
        )


@transaction.atomic
def retry(row: Webhook, *, actor: Actor) -> int:
    """Send again, now, whatever of a webhook waits or was given up; answers how many."""
    require_right(actor, "connections.manage")
    unsent = row.deliveries.filter(state__in=(Delivery.WAITING, Delivery.FAILED))
    return unsent.update(state=Delivery.WAITING, tries=0, next_at=now(), ended_at=None)


def send_test(row: Webhook, *, actor: Actor) -> Delivery:
    """Send a message without events now; answers it with what came back."""
    require_right(actor, "connections.manage")
    body = json.dumps({"webhook": row.name, "test": True, "events": []})
    delivery = _new_message(row, body, 0, held=HELD)
    answer = _answer(delivery, _signed(delivery), allows_private=allows_private())
    _settle(delivery, answer, is_last=True)
    return delivery


def forget_old() -> int:
    """Delete messages that ended more than 30 days ago; answers how many."""
    return Delivery.objects.filter(ended_at__lt=now() - KEPT).delete()[0]
