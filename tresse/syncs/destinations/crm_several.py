"""Rows of people who have several records in the CRM: a unique value stays where it is (Y50).

The oldest record is written. What another one of the same person holds alone, such as an e-mail,
cannot be written beside it: it is left until the two are merged, as is proposed.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import sqlalchemy as sa

from tresse.kernel.text import normal
from tresse.objects.described import ObjectDef
from tresse.syncs.destinations.crm_people import members_sent
from tresse.syncs.destinations.crm_taking import Values

if TYPE_CHECKING:
    from tresse.syncs.running.sending import Row, Sending


class Several:
    """The further records of the CRM of rows that have some."""

    def __init__(self, sending: "Sending", object: ObjectDef) -> None:
        written = [each.field for each in sending.shape.mapped]
        self._sending = sending
        self._unique = [name for name in written if object.property(name).is_unique]
        self._values = Values(object, self._unique)
        self._others = _others(sending, object) if self._unique else {}

    def spare(self, rows: Sequence["Row"]) -> None:
        """Take unique values out of rows that another record of the same person holds."""
        concerned = [row for row in rows if row.id in self._others]
        if not concerned:
            return
        held = self._values.of([id for row in concerned for id in self._others[row.id]])
        for row in concerned:
            self._spare(row, held)

    def _spare(self, row: "Row", held: Mapping[int, Mapping[str, str]]) -> None:
        for name in self._unique:
            text = row.changes.get(name)
            if text is None:
                continue
            theirs = {normal(held.get(id, {}).get(name, "")) for id in self._others[row.id]}
            if normal(text) not in theirs:
                continue
            del row.changes[name]
            row.values.pop(name, None)
            if name in row.before:
                row.values[name] = row.before[name]
            row.hash = self._sending.hash_of(row.values)
            row.left += 1


def _others(sending: "Sending", object: ObjectDef) -> dict[str, list[int]]:
    """Records of rows to send, but for the oldest."""
    engine, todo = sending.engine, sending.difference.todo
    members = members_sent(sending, object)
    is_sent = sa.exists().where(todo.c.id == members.c.id).correlate(members)
    statement = sa.select(members.c.id, members.c.record).where(members.c.place > 1, is_sent)
    found: dict[str, list[int]] = {}
    for id, record in engine.rows(statement.order_by(members.c.id, members.c.place)):
        found.setdefault(id, []).append(record)
    return found
