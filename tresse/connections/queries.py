"""Reads of webhooks, of what is on its way to them, and of connections."""

from django.db.models import Count, Q, QuerySet

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.connections.models import Connection, Delivery, Webhook
from tresse.kernel.errors import UNKNOWN_NAME, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable

SEEING = ("connections.manage", "datasets.manage", "datasets.read")
"Rights that let a person see which connections there are."


def webhooks(actor: Actor) -> QuerySet[Webhook]:
    """All webhooks by label, with the numbers of messages that wait and that were given up.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, "connections.manage")
    return Webhook.objects.annotate(
        waiting=Count("deliveries", filter=Q(deliveries__state=Delivery.WAITING)),
        failed=Count("deliveries", filter=Q(deliveries__state=Delivery.FAILED)),
    ).order_by("label", "pk")


def webhook_named(name: str, actor: Actor) -> Webhook:
    """One webhook.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    found = webhooks(actor).filter(name=name).first()
    if found is None:
        known = Webhook.objects.values_list("name", flat=True)
        raise UNKNOWN_NAME(sort="webhook", name=name, nearest=nearest(name, known))
    return found


def deliveries_of(webhook: Webhook, *, state: str = "") -> QuerySet[Delivery]:
    """Its messages, of one state or of all."""
    found = webhook.deliveries.all()
    return found.filter(state=state) if state else found


def allows_private() -> bool:
    """Whether an administrator lets calls go to private addresses."""
    return bool(account().values["private_addresses"])


def connections(actor: Actor) -> QuerySet[Connection]:
    """All connections by name, those that are built in first.

    Raises:
        TresseError: `not_permitted`; `connections.manage`, `datasets.manage` or `datasets.read` do.
    """
    _require_sight(actor)
    return Connection.objects.order_by("-is_builtin", "name")


def connection_named(name: str, actor: Actor) -> Connection:
    """One connection; its secrets are sealed.

    Raises:
        TresseError: `not_permitted`, `unknown_name`.
    """
    found = connections(actor).filter(name=name).first() if is_storable(name) else None
    if found is None:
        known = Connection.objects.values_list("name", flat=True)
        raise UNKNOWN_NAME(sort=N_("connection"), name=name, nearest=nearest(name, known))
    return found


def _require_sight(actor: Actor) -> None:
    if not any(actor.has(right) for right in SEEING):
        require_right(actor, "connections.manage")
