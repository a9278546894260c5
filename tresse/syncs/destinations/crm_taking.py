"""What is in the CRM already taken as sent, instead of being sent (Y12)."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from django.db import transaction

from tresse.accounts.actor import SYSTEM
from tresse.objects.database import rows as read
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.records.answers import Shown
from tresse.syncs.models import SyncState
from tresse.transfers import decide
from tresse.transfers.handed import HandedPlan
from tresse.transfers.stage import Ready, pieces

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Sending

CHUNK = 2_000


def take_over(sending: "Sending", plan: HandedPlan, loaded: sa.Table, fields: list[str]) -> int:
    """Begin the state with the values of the records that rows mean; answers how many.

    The next run compares with these: it sends what differs and nothing else.
    """
    table, taken = plan.staged.plan, 0
    statement = (
        sa.select(loaded.c.line, loaded.c.key, loaded.c.golden_id, table.c.ref)
        .join_from(loaded, table, table.c.line == loaded.c.line)
        .where(table.c.outcome == decide.FOUND)
        .order_by(loaded.c.line)
    )
    found = Ready(statement).rows()
    values = Values(plan.form.object, fields)
    for start in range(0, len(found), CHUNK):
        sending.pause()
        few = found[start : start + CHUNK]
        held = values.of([ref for *_, ref in few])
        fresh = []
        for _, key, golden_id, ref in few:
            texts = held.get(ref, {})
            fresh.append(
                SyncState(
                    sync_id=sending.sync.pk,
                    key=key,
                    golden_id=golden_id,
                    remote=str(ref),
                    hash=sending.hash_of(texts),
                    # Never that of a row: the next run looks at its values.
                    asked="",
                    values=json.dumps(texts, ensure_ascii=False),
                    number=sending.number,
                    at=sending.at,
                )
            )
        with transaction.atomic():
            SyncState.objects.filter(
                sync_id=sending.sync.pk, key__in=[each.key for each in fresh]
            ).delete()
            SyncState.objects.bulk_create(fresh)
        taken += len(fresh)
    return taken


class Values:
    """Values of records as canonical texts (Y21)."""

    def __init__(self, object: ObjectDef, fields: list[str]) -> None:
        self._table = object.table
        self._props = [object.property(name) for name in fields]
        self._shown = Shown(object, SYSTEM)

    def of(self, ids: list[int]) -> dict[int, dict[str, str]]:
        """By record; what is empty is left out."""
        columns = [self._table.c[prop.column] for prop in self._props]
        found: dict[int, dict[str, str]] = {}
        for few in pieces(ids):
            statement = sa.select(self._table.c.id, *columns).where(self._table.c.id.in_(few))
            for id, *values in read(statement):
                found[id] = {
                    prop.name: self._text(prop, value)
                    for prop, value in zip(self._props, values, strict=True)
                    if value is not None
                }
        return found

    def _text(self, prop: PropertyDef, value: Any) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, datetime):
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}Z"
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Decimal):
            text = f"{value:f}"
            return text.rstrip("0").rstrip(".") if "." in text else text
        plain = self._shown.value(prop, value)
        if isinstance(plain, list):
            return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return str(plain)
