"""Splitting a list into parts, by share or by size, always the same way (G48)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.database import rows
from tresse.objects.described import DataModel
from tresse.records.visibility import visible
from tresse.records.writing import new_change_set
from tresse.segments.changes.lists import add_list
from tresse.segments.changes.members import CHUNK, put_on
from tresse.segments.models import List
from tresse.segments.refusals import SHARES_NOT_100
from tresse.segments.tables import LIST_MEMBER

FEWEST, MOST = 2, 10
PARTS = N_("2 to 10 parts")
A_SHARE = N_("whole percents from 1")
A_SIZE = N_("whole numbers from 1; one part may be left open for the rest")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a split: `share` in percent, or `size` in records; neither: what is left."""

    label: str
    share: int | None = None
    size: int | None = None


def share_of(key: str, record_id: int) -> float:
    """Where a record stands between 0 and 100, the same at each time (A59).

    `key` names the split, so that two splits of the same records do not go alike.
    """
    digest = hashlib.sha256(f"{key}:{record_id}".encode()).digest()
    return (int.from_bytes(digest[:8], "big") % 10_000) / 100


def split_list(
    row: List, parts: Sequence[Part], *, model: DataModel, actor: Actor
) -> list[tuple[List, int]]:
    """Make a list of each part of a list; answers them with their numbers of records.

    The list itself stays. By share, a record falls into the part that its hash says, so numbers
    come near the shares; by size they are exact, and the rest goes to the part left open.

    Args:
        row: The list.
        parts: All with a `share` (sum 100), or with a `size` but for one at most.
        model: The data model.
        actor: Owns the new lists.

    Raises:
        TresseError: `wrong_value`, `shares_not_100`, as `add_list`.
    """
    _check(parts)
    object = model.object(row.base)
    table = object.table
    members = (
        sa.select(table.c.id)
        .join(LIST_MEMBER, LIST_MEMBER.c.record_id == table.c.id)
        .where(LIST_MEMBER.c.list_id == row.pk, visible(object, actor, table))
        .order_by(table.c.id)
    )
    ids = [id for (id,) in rows(members)]
    by_part = _by_share(row.name, ids, parts) if parts[0].share else _by_size(row.name, ids, parts)
    made = []
    with transaction.atomic():
        change_set = new_change_set(actor, source="bulk_edit")
        for part, mine in zip(parts, by_part, strict=True):
            new = add_list(
                base=row.base, label=part.label, folder=row.folder, model=model, actor=actor
            )
            for start in range(0, len(mine), CHUNK):
                put_on(new, object, table.c.id.in_(mine[start : start + CHUNK]), change_set)
            made.append((new, len(mine)))
    return made


def _check(parts: Sequence[Part]) -> None:
    if not FEWEST <= len(parts) <= MOST:
        raise WRONG_VALUE(name="parts", wanted=gettext(PARTS), value=len(parts))
    shares = [part.share for part in parts if part.share is not None]
    if shares:
        if len(shares) < len(parts) or min(shares) < 1:
            raise WRONG_VALUE(name="share", wanted=gettext(A_SHARE), value=shares)
        if sum(shares) != 100:
            raise SHARES_NOT_100(number=sum(shares))
        return
    sizes = [part.size for part in parts if part.size is not None]
    if len(sizes) < len(parts) - 1 or any(size < 1 for size in sizes):
        raise WRONG_VALUE(name="size", wanted=gettext(A_SIZE), value=sizes)


def _by_share(key: str, ids: Sequence[int], parts: Sequence[Part]) -> list[list[int]]:
    found: list[list[int]] = [[] for _ in parts]
    ends, end = [], 0
    for part in parts:
        end += part.share or 0
        ends.append(end)
    for id in ids:
        place = share_of(key, id)
        found[next(at for at, end in enumerate(ends) if end > place)].append(id)
    return found


def _by_size(key: str, ids: Sequence[int], parts: Sequence[Part]) -> list[list[int]]:
    left = sorted(ids, key=lambda id: (share_of(key, id), id))
    found: list[list[int]] = [[] for _ in parts]
    for at, part in enumerate(parts):
        if part.size is not None:
            found[at], left = left[: part.size], left[part.size :]
    for at, part in enumerate(parts):
        if part.size is None:
            found[at] = left
    return found
