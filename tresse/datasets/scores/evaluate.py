"""Scores of one dataset worked out together: one profile, their facts, their values (SC9, SC10)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from tresse.datasets.computed.world import Side, World
from tresse.datasets.definition import ScoreUse
from tresse.datasets.layout import Worked
from tresse.datasets.scores.base import Facts, Row, Score, Scored
from tresse.datasets.scores.inputs import PAID, Inputs, Restriction
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import settings_of

Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Used:
    """A use of a score with everything it takes: its settings completed by their defaults."""

    use: ScoreUse
    score: Score
    settings: Mapping[str, Any]

    @property
    def restriction(self) -> Restriction:
        """What of the orders counts for it."""
        statuses = tuple(self.settings.get("statuses") or PAID)
        return Restriction(self.use.where, statuses, self.score.over)


def used(use: ScoreUse) -> Used:
    """A use of a score, complete.

    Raises:
        TresseError: `unknown_name`.
    """
    score = SCORES[use.score]
    defaults = {each.name: each.default for each in settings_of(score)}
    return Used(use, score, {**defaults, **use.settings})


class Sheet:
    """Scores of one dataset over one world, ready to be asked for facts and values.

    Several sheets of the same uses over other people, days or inputs make the chain of reasons.
    """

    def __init__(
        self,
        world: World,
        side: Side,
        uses: Iterable[ScoreUse],
        *,
        people: sa.FromClause | None = None,
        owners: Mapping[str, sa.FromClause] | None = None,
        name: str = "",
    ) -> None:
        """See the class; `people`, `owners` and `name` as `Inputs` has them."""
        self.world, self.side = world, side
        self.uses = [used(each) for each in uses]
        self.name = name
        self._more: dict[str, Any] = {"people": people, "owners": owners, "name": name}
        self._answers = 0
        self._inputs: dict[str, Inputs] = {}
        self._profiles: dict[str, tuple[sa.TableClause, dict[str, dict[str, str]]]] = {}

    def inputs_of(self, each: Used) -> Inputs:
        """The tables of a use; shared by all uses under the same restriction."""
        key = each.restriction.key
        if key not in self._inputs:
            group = [one for one in self.uses if one.restriction.key == key]
            needs = [need for one in group for need in one.score.needs if need.entity == "orders"]
            fields = {field for need in needs for field in (*need.fields, *need.any_of)}
            self._inputs[key] = Inputs(
                self.world, self.side, each.restriction, fields=fields, **self._more
            )
        return self._inputs[key]

    def facts_of(self, each: Used) -> Facts:
        """What of the whole base its values depend on; the sheet must be of all people."""
        return each.score.facts(self.inputs_of(each), each.settings, self._row(each, {}))

    def values_of(
        self, each: Used, facts: Facts, base: "Sheet | None" = None
    ) -> tuple[sa.FromClause, Mapping[str, Value]]:
        """Rows by person, and every output and part as an expression over them.

        Args:
            each: One of `uses`.
            facts: Its facts.
            base: The sheet that the facts are of; None: this one.
        """
        inputs = self.inputs_of(each)
        source = base or self
        made = each.score.tables(
            inputs, each.settings, facts, self._row(each, {}), source.inputs_of(each)
        )
        tables = {name: _unnamed(table) for name, table in made.items()}
        row = self._row(each, tables)
        joined: Any = row.table
        for table in tables.values():
            joined = joined.outerjoin(table, table.c.id == row.table.c.id)
        return joined, each.score.values(inputs, each.settings, facts, row)

    def scored(
        self,
        columns: Sequence[Worked],
        facts: Mapping[str, Facts] | None = None,
        before: Mapping[str, Facts] | None = None,
        base: "Sheet | None" = None,
    ) -> Scored:
        """All outputs as one kept table, with the facts by key of use.

        Args:
            columns: The outputs as the plan numbers them, in the order of uses.
            facts: Given ones, by key of use (frozen ones too); others are worked out.
            before: Those of the version before, by key of use.
            base: The sheet that the given facts are of; None: this one.
        """
        known: dict[str, Facts] = {}
        steps: list[sa.TableClause] = []
        for group in self._by_profile().values():
            tables: list[Any] = []
            cells: list[Value] = []
            for each in group:
                key = each.use.key
                then = (before or {}).get(key) or {}
                given = (facts or {}).get(key)
                known[key] = given or each.score.settled(self.facts_of(each), then)
                source, values = self.values_of(each, known[key], base)
                tables.append(source)
                own = [worked for worked in columns if worked.of == key]
                for worked, output in zip(own, each.score.outputs, strict=True):
                    cells.append(
                        sa.type_coerce(values[output.name], worked.core).label(worked.column)
                    )
            steps.append(self._one(group[0], tables, cells))
        return Scored(self._together(steps, columns), known)

    def _by_profile(self) -> dict[str, list[Used]]:
        found: dict[str, list[Used]] = {}
        for each in self.uses:
            found.setdefault(each.restriction.key, []).append(each)
        return found

    def _one(self, first: Used, sources: Sequence[Any], cells: Sequence[Value]) -> sa.TableClause:
        """One table of all scores over one profile: the profile stands in each of the joins."""
        profile, _ = self._profile(first)
        joined: Any = profile
        # Scores may share a table.
        tables = {table.name: table for source in sources for table in _joined_to(source, profile)}
        for table in tables.values():
            joined = joined.outerjoin(table, table.c.id == profile.c.id)
        statement = sa.select(profile.c.id, *cells).select_from(joined)
        return self._kept(first, "scores", statement)

    def _together(
        self, steps: Sequence[sa.TableClause], columns: Sequence[Worked]
    ) -> sa.TableClause:
        if len(steps) == 1:
            return steps[0]
        people: Any = steps[0]
        joined = people
        for step in steps[1:]:
            joined = joined.outerjoin(step, step.c.id == people.c.id)
        every = {cell.name: cell for step in steps for cell in step.c if cell.name != "id"}
        cells = [every[worked.column] for worked in columns]
        statement = sa.select(people.c.id, *cells).select_from(joined)
        return self._kept(self.uses[0], "all_scores", statement)

    def _kept(self, first: Used, name: str, statement: sa.SelectBase) -> sa.TableClause:
        """A step of an answer: a sheet may be asked several times, with other facts."""
        self._answers += 1
        step = f"{self.inputs_of(first).name}_{name}_{self._answers}"
        return self.world.engine.keep(step, statement)

    def forget(self) -> None:
        """Free what was worked out on the way; what `scored` answered stays."""
        for inputs in self._inputs.values():
            inputs.forget()
        self._inputs, self._profiles = {}, {}

    # The profile

    def _row(self, each: Used, tables: Mapping[str, sa.FromClause]) -> Row:
        profile, names = self._profile(each)
        return Row(profile, names[each.use.key], tables)

    def _profile(self, each: Used) -> tuple[sa.TableClause, dict[str, dict[str, str]]]:
        """`id`, and a column per measure of all scores under one restriction.

        Measures of different scores that are the same expression are one column.
        """
        key = each.restriction.key
        if key in self._profiles:
            return self._profiles[key]
        inputs = self.inputs_of(each)
        group = [one for one in self.uses if one.restriction.key == key]
        names: dict[str, dict[str, str]] = {one.use.key: {} for one in group}
        wanted: dict[str, dict[str, Value]] = {}
        known: dict[tuple[str, str], str] = {}
        for one in group:
            for table, measures in one.score.measures(inputs, one.settings).items():
                for name, expression in measures.items():
                    same = (table, _shape(expression))
                    column = known.setdefault(same, f"m{len(known)}")
                    wanted.setdefault(table, {})[column] = expression
                    names[one.use.key][name] = column
        people: Any = inputs.people
        joined, cells = people, []
        for table, measures in wanted.items():
            rows = inputs.table(table)
            grouped = inputs.keep(
                f"profile_{table}",
                sa.select(
                    rows.c.id,
                    *(
                        sa.type_coerce(expression, expression.type).label(column)
                        for column, expression in measures.items()
                    ),
                ).group_by(rows.c.id),
            )
            joined = joined.outerjoin(grouped, grouped.c.id == people.c.id)
            cells += [grouped.c[column] for column in measures]
        statement = sa.select(*people.c, *cells).select_from(joined)
        self._profiles[key] = (inputs.keep("profile", statement), names)
        return self._profiles[key]


def _shape(expression: Value) -> Any:
    """What tells expressions apart, their values too."""
    key = expression._generate_cache_key()
    if key is None:
        return id(expression)
    return key.key, tuple(repr(each.value) for each in key.bindparams)


def _unnamed(table: sa.FromClause) -> sa.FromClause:
    """A step as it is; others without their name, which another use may give to its own."""
    if isinstance(table, sa.Subquery):
        return table.element.subquery()
    return table.element if isinstance(table, sa.Alias) else table


def _joined_to(source: Any, profile: sa.FromClause) -> list[Any]:
    """The tables that were joined to the profile."""
    found: list[Any] = []
    while isinstance(source, sa.Join):
        found.append(source.right)
        source = source.left
    return [each for each in reversed(found) if each is not profile]
