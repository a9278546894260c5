"""What identity answers, and what it is told of the version before."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa


class Before(Protocol):
    """Tables of the version before, columns by `layout` (`builds.tables.Tables` is one)."""

    @property
    def members(self) -> sa.TableClause:
        """`layout.MEMBERS`."""

    @property
    def homes(self) -> sa.TableClause:
        """`layout.HOMES`."""

    @property
    def aliases(self) -> sa.TableClause:
        """`layout.ALIASES`."""

    @property
    def id_changes(self) -> sa.TableClause:
        """`layout.ID_CHANGES`."""


@dataclass(frozen=True, slots=True)
class Review:
    """Something that a person should look at (D60)."""

    kind: str
    "`oversize`: a cluster over the soft size (DG6). `refused`: an attachment (DG3, DG9, DG11)."
    a: int
    "Rid: the first record of the cluster by D42; the record whose attachment is refused."
    b: int | None = None
    "Rid: the record that holds the value already. None: `oversize`."
    id: str = ""
    "Golden id of the cluster of `a`."
    constraint: str = ""
    "DG3 DG6 DG9 DG11."
    strength: int | None = None
    "Place of the key set whose value would join them."
    value: str = ""
    "That value, as `attachments` has it."
    detail: str = ""
    "JSON, as in `attachments`; of `oversize` empty."
    sizes: tuple[int, ...] = ()
    "Records of the cluster, or of both sides when it was refused; linked ones count as one."


@dataclass(frozen=True, slots=True)
class Resolved:
    """Which records are one, and why; tables of the engine that were kept, columns by `layout`."""

    members: sa.TableClause
    "A row per record."
    attachments: sa.TableClause
    "A row per attachment given."
    homes: sa.TableClause
    "A row per record that is or was."
    aliases: sa.TableClause
    id_changes: sa.TableClause
    "Those of the version before, and new ones."
    reviews: Iterable[Review]
    "Read from the engine whenever iterated, so while it is open: by kind, then constraint."
