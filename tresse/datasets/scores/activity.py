"""Rows that came to people, changed, or went from one version to another: own deeds (SC16).

A row that stands in both versions and moved with a record of its person is not theirs to have done:
it keeps the owner of before until step 4.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.world import Cell, Lead, Side, World
from tresse.datasets.scores.past import Stand
from tresse.engine import columns as do
from tresse.engine.base import Engine

Value = sa.ColumnElement[Any]
MOST_LISTED = 20
"Of a person, in the reasons of one change (SC16)."
CAME, CHANGED, WENT = "came", "changed", "went"
KINDS = (CAME, CHANGED, WENT)
Path = tuple[Lead, ...]
"Relations from rows to the dataset of the people; the last one leads to it."


@dataclass(frozen=True, slots=True)
class Between:
    """Two stands of one dataset, and the people that matter."""

    engine: Engine
    before: Stand
    after: Stand
    dataset: str
    people: sa.FromClause
    "`id`."
    begin: str
    "Begins the names of steps."


class Activity:
    """What rows of related datasets did, by person."""

    def __init__(self, between: Between) -> None:
        self.between, self.engine = between, between.engine
        self._rows: dict[str, sa.TableClause] = {}
        self._listed: dict[tuple[str, ...], sa.TableClause | None] = {}

    # Whose a row was before records moved

    @cached_property
    def owners(self) -> dict[str, sa.TableClause]:
        """By dataset `id owner`: rows of the later version as records of before would own them.

        Empty if no row moved with a record: then steps 3 and 4 are one.
        """
        world = self._world(self.between.after)
        leads = list(world.leads_to(self.between.dataset))
        if not any(self._number_moved((lead,)) for lead in leads):
            return {}
        return {lead.of: self._owned(lead) for lead in leads}

    def _owned(self, lead: Lead) -> sa.TableClause:
        rows = self._judged((lead,))
        owner = sa.case((rows.c.is_moved, rows.c.was), else_=rows.c["is"]).label("owner")
        statement = sa.select(rows.c.id, owner).where(rows.c.is_after)
        return self.engine.keep(self._step(f"owners_{lead.of}"), statement)

    def _judged(self, path: Path) -> sa.Subquery:
        """As `_found`, with `is_moved`: a record took the row from one owner to the other."""
        found, moved = self._found(path), self._moved
        if moved is None:
            return sa.select(*found.c, sa.false().label("is_moved")).subquery("judged")
        is_pair = sa.and_(moved.c.was == found.c.was, moved.c["is"] == found.c["is"])
        joined = found.outerjoin(moved, is_pair)
        is_moved = moved.c.was.is_not(None).label("is_moved")
        return sa.select(*found.c, is_moved).select_from(joined).subquery("judged")

    def _number_moved(self, path: Path) -> int:
        if self._moved is None:
            return 0
        rows = self._judged(path)
        return int(
            self.engine.scalar(sa.select(sa.func.count()).select_from(rows).where(rows.c.is_moved))
            or 0
        )

    @cached_property
    def _moved(self) -> Any:
        """Pairs of golden ids between which a record moved: `was`, `is`; None: there are none."""
        pairs = [
            sa.select(found.c.was, found.c["is"])
            .where(found.c.was != found.c["is"], found.c.is_before, found.c.is_after)
            .distinct()
            for found in (
                self._found((lead,))
                for lead in self._world(self.between.after).leads_to(self.between.dataset)
            )
        ]
        if not pairs:
            return None
        statement = sa.union(*pairs) if pairs[1:] else pairs[0]
        asked = self.engine.keep(self._step("pairs"), statement)
        if not self.engine.scalar(sa.select(sa.func.count()).select_from(asked)):
            return None
        then, now = (
            self._side(stand, self.between.dataset).tables.members.alias(name)
            for stand, name in ((self.between.before, "then"), (self.between.after, "now"))
        )
        went = (
            sa.select(asked.c.was, asked.c["is"])
            .select_from(
                asked.join(then, then.c.id == asked.c.was).join(
                    now, sa.and_(now.c.rid == then.c.rid, now.c.id == asked.c["is"])
                )
            )
            .distinct()
        )
        return self.engine.keep(self._step("moved"), went)

    # What came, changed, went

    def listed(self, entities: Iterable[str]) -> sa.TableClause | None:
        """`id`, `rows` (JSON without its brackets), of people with deeds among some entities.

        At most `MOST_LISTED` of a person, as `dataset/id`. None: none of these entities is there.
        """
        paths = tuple(self._paths(entities))
        key = tuple(_name(path) for path in paths)
        if key not in self._listed:
            self._listed[key] = self._lists(paths, len(self._listed)) if paths else None
        return self._listed[key]

    def _paths(self, entities: Iterable[str]) -> Iterable[Path]:
        world = self._world(self.between.after)
        for entity in dict.fromkeys(entities):
            direct = world.related(self.between.dataset, entity)
            if direct is not None:
                yield (direct,)
                continue
            for lead in world.leads_to(self.between.dataset):
                further = world.related(lead.of, entity)
                if further is not None:
                    yield (further, lead)
                    break

    def _lists(self, paths: Sequence[Path], number: int) -> sa.TableClause:
        parts = [part for path in paths for part in self._deeds(path)]
        every = sa.union_all(*parts).subquery("deeds")
        place = sa.func.row_number().over(
            partition_by=every.c.id, order_by=(every.c.rank, every.c.ref)
        )
        ranked = sa.select(every.c.id, every.c.rank, every.c.ref, place.label("place")).subquery()
        texts: list[Any] = []
        for rank, kind in enumerate(KINDS):
            refs = do.gathered(sa.case((ranked.c.rank == rank, ranked.c.ref)))
            text = do.text_of(refs)
            texts.append(
                sa.case((text.is_not(None), do.joined("", sa.literal(f',"{kind}":'), text)))
            )
        people = self.between.people
        statement = (
            sa.select(ranked.c.id, do.joined("", sa.literal(""), *texts).label("rows"))
            .where(ranked.c.place <= MOST_LISTED, ranked.c.id.in_(sa.select(people.c.id)))
            .group_by(ranked.c.id)
        )
        return self.engine.keep(self._step(f"deeds_{number}"), statement)

    def _deeds(self, path: Path) -> Iterable[sa.Select[Any]]:
        rows = self._judged(path)
        stays = sa.and_(rows.c.is_before, rows.c.is_after)
        is_others = sa.and_(
            stays, sa.not_(rows.c.is_moved), rows.c.was.is_distinct_from(rows.c["is"])
        )
        came = sa.and_(rows.c.is_after, sa.or_(sa.not_(rows.c.is_before), is_others))
        changed = sa.and_(stays, sa.not_(is_others), rows.c.is_other)
        went = sa.and_(rows.c.is_before, sa.or_(sa.not_(rows.c.is_after), is_others))
        ways = ((rows.c["is"], came), (rows.c.was, changed), (rows.c.was, went))
        ref = do.joined("/", sa.literal(path[0].of), rows.c.id)
        for rank, (owner, condition) in enumerate(ways):
            yield sa.select(
                owner.label("id"),
                sa.literal(rank, sa.BigInteger()).label("rank"),
                ref.label("ref"),
            ).where(condition, owner.is_not(None))

    # Rows of both versions side by side

    def _found(self, path: Path) -> sa.TableClause:
        """Rows that people own, before or after.

        `id`, `was`, `is` (owners, NULL of nobody), `is_before`, `is_after`, `is_other` (what they
        say differs).
        """
        name = _name(path)
        if name in self._rows:
            return self._rows[name]
        fields = self._fields(path)
        stands = (("then", self.between.before, 0), ("now", self.between.after, 1))
        then, now = (
            self._of(stand, path, [pair[at] for pair in fields]).subquery(label)
            for label, stand, at in stands
        )
        people = sa.select(self.between.people.c.id)
        asked = sa.union(
            *(sa.select(rows.c.id).where(rows.c.owner.in_(people)) for rows in (then, now))
        )
        ids = self.engine.keep(self._step(f"touched_{name}"), asked)
        joined = ids.outerjoin(then, then.c.id == ids.c.id).outerjoin(now, now.c.id == ids.c.id)
        differs = [then.c[f"x{at}"].is_distinct_from(now.c[f"x{at}"]) for at in range(len(fields))]
        statement = sa.select(
            ids.c.id,
            then.c.owner.label("was"),
            now.c.owner.label("is"),
            then.c.id.is_not(None).label("is_before"),
            now.c.id.is_not(None).label("is_after"),
            sa.or_(sa.false(), *differs).label("is_other"),
        ).select_from(joined)
        self._rows[name] = self.engine.keep(self._step(f"rows_{name}"), statement)
        return self._rows[name]

    def _fields(self, path: Path) -> list[tuple[Cell, Cell]]:
        """Columns of both versions by semantic field, of one type: what rows are compared by."""
        then, now = (stand.side(path[0].of) for stand in (self.between.before, self.between.after))
        if then is None or now is None:
            return []
        cells = sorted(
            (each for each in now.cells.values() if each.semantic), key=lambda each: each.semantic
        )
        pairs = [(then.with_field(each.semantic), each) for each in cells]
        return [(old, new) for old, new in pairs if old is not None and old.type == new.type]

    def _of(self, stand: Stand, path: Path, cells: Sequence[Cell]) -> sa.Select[Any]:
        """`id`, `owner`, `x<n>` of the rows of one version, at the end of a path."""
        sides = [stand.side(lead.of) for lead in path]
        if any(
            side is None or lead.column not in side.cells
            for side, lead in zip(sides, path, strict=True)
        ):
            empty: list[Any] = [sa.cast(sa.null(), sa.Text()).label(n) for n in ("id", "owner")]
            empty += [
                sa.cast(sa.null(), each.core).label(f"x{at}") for at, each in enumerate(cells)
            ]
            return sa.select(*empty).where(sa.false())
        rows = [side.rows.alias(f"step_{at}") for at, side in enumerate(sides) if side]
        joined: Any = rows[0]
        for at, further in enumerate(rows[1:]):
            joined = joined.join(further, further.c.id == rows[at].c[path[at].column])
        return sa.select(
            rows[0].c.id,
            rows[-1].c[path[-1].column].label("owner"),
            *(rows[0].c[each.column].label(f"x{at}") for at, each in enumerate(cells)),
        ).select_from(joined)

    def _world(self, stand: Stand) -> World:
        if stand.world is None:
            raise AssertionError
        return stand.world

    def _side(self, stand: Stand, name: str) -> Side:
        return self._world(stand).sides[name]

    def _step(self, name: str) -> str:
        return f"{self.between.begin}_{name}"


def _name(path: Path) -> str:
    return "_".join(f"{lead.of}_{lead.relation.name}" for lead in path)
