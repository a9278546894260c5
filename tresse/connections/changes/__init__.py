"""Every change of webhooks, of what is on its way to them, and of connections."""

from tresse.connections.changes.checks import (
    check_connection,
    check_settings,
    check_used,
    check_writing,
)
from tresse.connections.changes.connections import (
    accept_host_key,
    add_connection,
    change_connection,
    enable_connection,
    remove_connection,
)
from tresse.connections.changes.deliveries import (
    deliver,
    forget_old,
    gather,
    retry,
    send_test,
)
from tresse.connections.changes.webhooks import (
    add_webhook,
    change_webhook,
    delete_webhook,
    new_secret_for,
)

__all__ = [
    "accept_host_key",
    "add_connection",
    "add_webhook",
    "change_connection",
    "change_webhook",
    "check_connection",
    "check_settings",
    "check_used",
    "check_writing",
    "delete_webhook",
    "deliver",
    "enable_connection",
    "forget_old",
    "gather",
    "new_secret_for",
    "remove_connection",
    "retry",
    "send_test",
]
