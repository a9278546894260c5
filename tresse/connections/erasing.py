"""Messages to other programs that tell of a person (D91)."""

from tresse.connections.models import Delivery
from tresse.kernel.marks import N_
from tresse.records.erasing import dropping, holding

PLACES = (
    dropping(
        "webhook_messages",
        N_("Messages of webhooks"),
        lambda person: holding(Delivery.objects.all(), ("body", "error"), person),
    ),
)
