"""The connections that every installation has (S2, S2a)."""

from django.db import transaction

from tresse.connections.models import Connection
from tresse.kernel.clock import now

BUILT_IN = ("crm", "events")
DROP = "drop"


@transaction.atomic
def make_defaults() -> None:
    """Make what is missing of the built-in ones; `drop`, which can be removed, the first time."""
    there = set(Connection.objects.filter(is_builtin=True).values_list("name", flat=True))
    rows = [_row(name, name, is_builtin=True) for name in BUILT_IN if name not in there]
    if not there:
        rows.append(_row(DROP, DROP, is_builtin=False))
    Connection.objects.bulk_create(rows, ignore_conflicts=True)


def _row(name: str, kind: str, *, is_builtin: bool) -> Connection:
    at = now()
    return Connection(name=name, kind=kind, is_builtin=is_builtin, created_at=at, changed_at=at)
