"""Why values of scores changed: a chain of partial results, each changing one thing (SC16).

| stage | settings and code | t0 | inputs | records of a person | facts of the base |
|---|---|---|---|---|---|
| 0 | before | before | before | before | before |
| 1 | now | before | before | before | before |
| 2 | now | now | before | before | before |
| 3 | now | now | now | before | before |
| 4 | now | now | now | now | before |
| 5 | now | now | now | now | now |

Stages 0 and 5 are stored values; 1 to 4 are worked out, of the people asked for alone, and only of
uses that they may change: 1 of those whose rule changed, 2 of those with time in them, 3 if records
moved at all. Where a rule changed, the facts of before are worked out anew by the rule of now, over
the base of before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import ScoreUse
from tresse.datasets.layout import Worked
from tresse.datasets.scores.activity import Activity, Between
from tresse.datasets.scores.base import Facts
from tresse.datasets.scores.evaluate import Sheet, used
from tresse.datasets.scores.past import Stand
from tresse.datasets.scores.runs import is_same_run, money_of
from tresse.engine import columns as do
from tresse.engine.base import Engine
from tresse.engine.refusals import DISK_FULL, MEMORY_EXHAUSTED
from tresse.kernel.errors import TresseError
from tresse.sources.canonical import canonical_value

Value = sa.ColumnElement[Any]
RULE_CHANGED, TIME_PASSED, OWN_ACTIVITY, IDENTITY_CHANGED, OTHERS_MOVED = REASONS = (
    "rule_changed",
    "time_passed",
    "own_activity",
    "identity_changed",
    "others_moved",
)
"Reasons in the order of the steps that give them."
UNKNOWN = "unknown"
"What the old value was worked out of is not kept any more, or lacks what the rule of now names."
STAGES = len(REASONS) + 1
FATAL = (MEMORY_EXHAUSTED.code, DISK_FULL.code)
"What ends a build, whatever it was doing."


@dataclass(frozen=True, slots=True)
class Followed:
    """A column of both stands whose values are followed from stage to stage."""

    key: str
    "Of the use."
    output: str
    "As the score names it."
    before: Worked
    after: Worked

    @property
    def name(self) -> str:
        """Of the column."""
        return self.after.name


def followed(before: Stand, after: Stand) -> tuple[Followed, ...]:
    """Columns that scores give in both stands, of one type, in the order of those of now."""
    then = {(each.of, each.name): each for each in before.columns}
    found = []
    for use in after.uses:
        own = [each for each in after.columns if each.of == use.key]
        for worked, output in zip(own, used(use).score.outputs, strict=True):
            known = then.get((use.key, worked.name))
            if known is not None and known.type == worked.type:
                found.append(Followed(use.key, output.name, known, worked))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Stage:
    """Values worked out anew of some uses; those of others are as in the stage before."""

    table: Any
    "`id`, and a column per `Worked.column` of now; None: it changes nothing."
    keys: frozenset[str] = frozenset()


class Chain:
    """The stages of some columns for some people."""

    def __init__(
        self,
        engine: Engine,
        before: Stand,
        after: Stand,
        columns: Sequence[Followed],
        *,
        dataset: str,
        people: sa.FromClause,
        begin: str = "chain",
    ) -> None:
        """See the class.

        Args:
            engine: Keeps the steps, whose names begin with `begin`.
            before: What stood.
            after: What stands now; its world must be there.
            columns: Of `followed`.
            dataset: Name of the dataset that has the scores.
            people: `id` of those wanted, in both stands.
            begin: See `engine`.
        """
        self.engine, self.before, self.after = engine, before, after
        self.columns, self.dataset, self.people = tuple(columns), dataset, people
        self.begin = begin
        self.activity = Activity(Between(engine, before, after, dataset, people, begin))
        keys = dict.fromkeys(each.key for each in self.columns)
        self.uses = [use for use in after.uses if use.key in keys]

    @cached_property
    def stages(self) -> sa.TableClause:
        """`id`, and per column and stage that is there `v<column>_<stage>`: its value.

        Without the world of before only stages 0 and 5 are there.
        """
        then, now = self.before.values, self.after.values
        joined: Any = self.people.join(then, then.c.id == self.people.c.id)
        joined = joined.join(now, now.c.id == self.people.c.id)
        stages = self.worked or []
        for stage in stages:
            if stage.table is not None:
                joined = joined.outerjoin(stage.table, stage.table.c.id == self.people.c.id)
        cells: list[Value] = []
        for at, each in enumerate(self.columns):
            values = [then.c[each.before.column]]
            for stage in stages:
                is_worked = stage.table is not None and each.key in stage.keys
                values.append(stage.table.c[each.after.column] if is_worked else values[-1])
            values.append(now.c[each.after.column])
            cells += [
                sa.type_coerce(value, each.after.core).label(f"v{at}_{stage}")
                for stage, value in zip(self.numbers, values, strict=True)
            ]
        return self._keep("stages", sa.select(self.people.c.id, *cells).select_from(joined))

    def texts(self, at: int, *, moved: sa.TableClause | None = None) -> sa.Subquery:
        """`id`, and per stage `t<stage>`: canonical texts of a column; `rows`: deeds (`Activity`).

        Args:
            at: Place of the column.
            moved: `id`, `m<at>`: only of those of whom it is true; None: of all people.
        """
        stages, listed = self.stages, self.deeds(self.columns[at].key)
        column = self.columns[at].after
        joined: Any = stages
        if moved is not None:
            joined = joined.join(moved, moved.c.id == stages.c.id)
        rows: Value = sa.cast(sa.null(), sa.Text())
        if listed is not None:
            joined, rows = joined.outerjoin(listed, listed.c.id == stages.c.id), listed.c.rows
        cells: list[Value] = [
            sa.type_coerce(
                canonical_value(stages.c[f"v{at}_{stage}"], column.type), sa.Text()
            ).label(f"t{stage}")
            for stage in self.numbers
        ]
        statement = sa.select(stages.c.id, *cells, rows.label("rows")).select_from(joined)
        if moved is not None:
            statement = statement.where(moved.c[f"m{at}"])
        return statement.subquery(f"texts_{at}")

    @property
    def is_known(self) -> bool:
        """Whether what the old values were worked out of can still be read."""
        return self.worked is not None

    @property
    def numbers(self) -> range:
        """Of the stages that are there."""
        return range(STAGES) if self.is_known else range(0, STAGES, STAGES - 1)

    # Stages 1 to 4

    @cached_property
    def worked(self) -> list["Stage"] | None:
        """Stages 1 to 4, each of those uses alone whose values it may change; None: not known."""
        before, after = self.before.world, self.after.world
        if before is None or after is None:
            return None
        try:
            return self._worked(before, after)
        except TresseError as error:
            if error.code in FATAL:
                raise
            # The rule of now names what was not there before, such as a new column in `where`.
            return None

    def _worked(self, before: World, after: World) -> list["Stage"]:
        side, here = before.sides[self.dataset], after.sides[self.dataset]
        base = Sheet(before, side, self.uses, name=f"{self.begin}_base")
        others = self._others(base)
        facts = self._facts(base, others)
        later = replace(before, as_of=after.as_of, kept={})
        has_passed = before.as_of != after.as_of
        timed = [each for each in self.uses if has_passed and used(each).score.has_time]
        owners = self.activity.owners

        def worked(number: int, world: World, side: Side, uses: list[ScoreUse]) -> Stage:
            if not uses:
                return Stage(None)
            sheet = Sheet(
                *(world, side, uses),
                people=self.people,
                owners=owners if number == 3 else None,
                name=f"{self.begin}_{number}",
            )
            keys = frozenset(each.key for each in uses)
            columns = [each for each in self.after.columns if each.of in keys]
            return Stage(sheet.scored(columns, facts, base=base).table, keys)

        last = worked(4, after, here, self.uses)
        again = None if last.table is None else last.table.alias(f"{last.table.name}_again")
        return [
            worked(1, before, side, others),
            worked(2, later, side, timed),
            worked(3, after, here, self.uses) if owners else Stage(again, last.keys),
            last,
        ]

    def _others(self, base: Sheet) -> list[ScoreUse]:
        """Uses whose rule is another than before."""
        then, money = self.before.by_key, money_of(base.world.currency)
        return [
            each.use
            for each in base.uses
            if each.use.key not in then
            or not is_same_run(then[each.use.key], each, self.before.runs, money)
        ]

    def _facts(self, base: Sheet, others: Iterable[ScoreUse]) -> dict[str, Facts]:
        """Facts of the base of before, by the rule of now."""
        changed = {each.key for each in others}
        return {
            each.use.key: base.facts_of(each)
            if each.use.key in changed
            else self.before.facts_of(each.use.key)
            for each in base.uses
        }

    # Reasons

    def reasons(self, texts: sa.FromClause) -> Value:
        """JSON of the reasons of a column, over its `texts`: `[{reason, before, after, …}]`."""
        names = REASONS if self.is_known else (UNKNOWN,)
        parts = []
        for name, (one, other) in zip(names, pairwise(self.numbers), strict=True):
            before, after = texts.c[f"t{one}"], texts.c[f"t{other}"]
            deeds = [sa.func.coalesce(texts.c.rows, "")] if name == OWN_ACTIVITY else []
            text = do.joined(
                "",
                sa.literal(f'{{"reason":"{name}","before":'),
                quoted(before),
                sa.literal(',"after":'),
                quoted(after),
                *deeds,
                sa.literal("}"),
            )
            parts.append(sa.case((before.is_distinct_from(after), text)))
        return do.joined("", sa.literal("["), do.joined(",", *parts), sa.literal("]"))

    def deeds(self, key: str) -> sa.TableClause | None:
        """What people did that a use of a score reads; None: it reads nothing of them."""
        if not self.is_known:
            return None
        return self.activity.listed(entities_of(key, self.uses))

    def _keep(self, name: str, statement: sa.SelectBase) -> sa.TableClause:
        return self.engine.keep(f"{self.begin}_{name}", statement)


def entities_of(key: str, uses: Iterable[ScoreUse]) -> tuple[str, ...]:
    """Entities of related rows that a use of a score reads."""
    use = next(each for each in uses if each.key == key)
    needs = used(use).score.needs
    return tuple(dict.fromkeys(each.entity for each in needs if each.entity != "contacts"))


def quoted(text: Value) -> Value:
    """A text as JSON; `null` for NULL."""
    within = do.replaced(do.text_of(do.list_of(text)), r"^\[|\]$", "")
    return sa.case((text.is_(None), "null"), else_=within)
