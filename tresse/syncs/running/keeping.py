"""What is kept of rows that could not be sent: by run, and by sync until they can (Y37, Y40)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from tresse.syncs.models import SyncFault, SyncRow, SyncRun

PIECE = 500
_PLAIN = (str, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not sent, and why; the sentence in English, with braces."""

    key: str
    golden_id: str
    sort: str
    status: str
    code: str
    message: str
    details: Mapping[str, Any] = field(default_factory=dict)
    field: str = ""
    tries: int = 1

    @property
    def plain_details(self) -> dict[str, Any]:
        """As JSON keeps them."""
        return {name: _plain(value) for name, value in self.details.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, _PLAIN) else str(value)


def keep_faults(run: SyncRun, faults: Sequence[Fault], *, at: datetime) -> None:
    """Keep rows of a run that were not sent, in the caller's transaction or one of its own.

    Tried again by a run that was broken off, they count once.
    """
    if run.is_preview:
        return
    for start in range(0, len(faults), PIECE):
        with transaction.atomic():
            _keep(run, faults[start : start + PIECE], at)


def _keep(run: SyncRun, faults: Sequence[Fault], at: datetime) -> None:
    ids = [each.golden_id for each in faults]
    known = {
        (each.golden_id, each.key): each
        for each in SyncFault.objects.filter(sync_id=run.sync_id, golden_id__in=ids)
    }
    fresh, again, listed = [], [], []
    for each in faults:
        row = known.get((each.golden_id, each.key))
        tries = 1
        if row is not None and row.given_up_at is not None:
            # What it failed with stays to be read.
            row.run_id = run.pk
            again.append(row)
            listed.append(_listed(run, each, row.tries, at))
            continue
        if row is None:
            row = SyncFault(
                sync_id=run.sync_id, key=each.key, golden_id=each.golden_id, first_at=at
            )
            fresh.append(row)
        else:
            tries = row.tries + (row.run_id != run.pk)
            again.append(row)
        row.run_id, row.sort, row.status, row.code = run.pk, each.sort, each.status, each.code
        row.field, row.message, row.details = each.field, each.message, each.plain_details
        row.tries, row.last_at = tries, at
        listed.append(_listed(run, each, tries, at))
    SyncFault.objects.bulk_create(fresh)
    SyncFault.objects.bulk_update(
        again,
        ["run", "sort", "status", "code", "field", "message", "details", "tries", "last_at"],
    )
    SyncRow.objects.bulk_create(listed)


def _listed(run: SyncRun, fault: Fault, tries: int, at: datetime) -> SyncRow:
    return SyncRow(
        sync_id=run.sync_id,
        run_id=run.pk,
        key=fault.key,
        golden_id=fault.golden_id,
        sort=fault.sort,
        status=fault.status,
        code=fault.code,
        field=fault.field,
        message=fault.message,
        details=json.dumps(fault.plain_details, ensure_ascii=False),
        tries=tries,
        at=at,
    )


def forget_attempt(run: SyncRun) -> None:
    """Forget what an attempt that was broken off said of rows that it did not send."""
    SyncRow.objects.filter(run=run).exclude(status="sent").delete()


def settle_faults(run: SyncRun) -> None:
    """Rows that no longer fail, as they went or are as they were, are no fault any more."""
    SyncFault.objects.filter(sync_id=run.sync_id).exclude(run_id=run.pk).delete()
