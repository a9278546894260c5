"""What a person should look at (D60): clusters over the soft size, refused attachments."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import sqlalchemy as sa

from tresse.datasets.identity.constraints import SIZE
from tresse.datasets.identity.outcome import Review
from tresse.engine.base import Engine


@dataclass(frozen=True, slots=True)
class Reviews:
    """Reviews as they are read from the engine; may be iterated again while it is open."""

    engine: Engine
    members: sa.TableClause
    oversize: sa.TableClause | None
    "`rid, n`: first record of each cluster over the soft size, and its nodes."
    turns: sa.TableClause | None
    refused: sa.TableClause | None
    "Of `guarded.Guarded`; None where nothing was refused."
    links: tuple[Review, ...] = ()
    "Must-links that others contradict."

    def __iter__(self) -> Iterator[Review]:
        yield from self.links
        if self.oversize is not None:
            for rid, id_, n in self._rows(_oversize(self.oversize, self.members)):
                yield Review("oversize", a=rid, id=id_, constraint=SIZE, sizes=(n,))
        if self.refused is not None and self.turns is not None:
            for row in self._rows(_refused(self.refused, self.turns, self.members)):
                reason, a, b, id_, strength, value, detail = row
                yield Review(
                    "refused",
                    a=a,
                    b=b,
                    id=id_,
                    constraint=reason,
                    strength=strength,
                    value=value,
                    detail=detail,
                    sizes=tuple(orjson.loads(detail).get("sizes", ())),
                )

    def _rows(self, statement: sa.Select[Any]) -> Iterator[tuple[Any, ...]]:
        for batch in self.engine.batches(statement):
            yield from zip(*(column.to_pylist() for column in batch.columns), strict=True)


def _oversize(oversize: sa.TableClause, members: sa.TableClause) -> sa.Select[Any]:
    return (
        sa.select(oversize.c.rid, members.c.id, oversize.c.n)
        .join_from(oversize, members, members.c.rid == oversize.c.rid)
        .order_by(oversize.c.n.desc(), oversize.c.rid)
    )


def _refused(
    refused: sa.TableClause, turns: sa.TableClause, members: sa.TableClause
) -> sa.Select[Any]:
    same = sa.and_(turns.c.component == refused.c.component, turns.c.turn == refused.c.turn)
    return (
        sa.select(
            refused.c.reason,
            refused.c.a,
            refused.c.b,
            members.c.id,
            turns.c.strength,
            turns.c.value,
            refused.c.detail,
        )
        .join_from(refused, turns, same)
        .join(members, members.c.rid == refused.c.a)
        .where(refused.c.is_reviewed)
        .order_by(refused.c.reason, refused.c.component, refused.c.turn)
    )
