"""Health of a version that is not published yet (D88, DG16): figures, bands, what holds it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Plan, Planned
from tresse.datasets.merging.methods.base import Value
from tresse.engine.base import Engine
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.sources.semantics import PHONES

COUNT, PERCENT, POINTS = "count", "percent", "points"
FEWEST = 200
"Golden records below which nothing is held."
Tables = Mapping[str, sa.FromClause]
"By names of `layout.TABLES`."


@dataclass(frozen=True, slots=True)
class Kind:
    """A check as the reference and pages tell it. A band begins at its figure."""

    name: str
    label: str
    about: str
    unit: str
    look: float | None
    bad: float | None
    can_hold: bool = False

    def band(self, value: float | None) -> str:
        """`ok look bad`; a value that there is none of is `ok`."""
        if value is None:
            return "ok"
        if self.bad is not None and value >= self.bad:
            return "bad"
        return "look" if self.look is not None and value >= self.look else "ok"


CHECKS: Registry[Kind] = Registry(
    N_("health check"),
    (
        Kind(
            "golden_records",
            N_("Fewer golden records than in the last version"),
            N_("How many golden records fewer there are, in percent of those of the last version."),
            *(PERCENT, 5, 20),
            can_hold=True,
        ),
        Kind(
            "largest_cluster",
            N_("Records of the largest golden record"),
            N_("Many records in one: a value that many people share may have tied them."),
            *(COUNT, 25, 200),
        ),
        Kind(
            "first_names",
            N_("More than 3 first names"),
            N_("Golden records whose records have more than 3 first names, compared folded."),
            *(PERCENT, 0.011, 0.1),
        ),
        Kind(
            "last_names",
            N_("More than 3 last names"),
            N_("Golden records whose records have more than 3 last names, compared folded."),
            *(PERCENT, 0.011, 0.1),
        ),
        Kind(
            "postal_codes",
            N_("More than 5 postal codes"),
            N_("Golden records whose records have more than 5 postal codes."),
            *(PERCENT, 0.011, 0.1),
        ),
        Kind(
            "name_and_phone",
            N_("Same name and phone"),
            N_("Golden records that share folded name and phone with another: too little merging."),
            *(PERCENT, 0.5, 5),
        ),
        Kind(
            "name_and_email",
            N_("Same name and e-mail"),
            N_(
                "Golden records that share folded name and e-mail with another: too little merging."
            ),
            *(PERCENT, 0.5, 5),
        ),
        Kind(
            "changed_ids",
            N_("Records whose golden record is another one"),
            N_("Records of this and the last version whose golden id changed."),
            *(PERCENT, 0.5, 5),
            can_hold=True,
        ),
        Kind(
            "nulls",
            N_("Empty values"),
            N_("Share of golden records without a value, by column; of the emptiest column."),
            *(PERCENT, None, None),
        ),
        Kind(
            "changed_nulls",
            N_("Change of empty values"),
            N_("By how many points a column is emptier or fuller than in the last version."),
            *(POINTS, 5, 20),
            can_hold=True,
        ),
        Kind(
            "refused",
            N_("More refused attachments than in the last version"),
            N_("By how many percent more attachments were refused by guards."),
            *(PERCENT, 20, 100),
        ),
        Kind(
            "blocked",
            N_("More blocked records than in the last version"),
            N_("By how many percent more records carry a value that guards dropped."),
            *(PERCENT, 20, 100),
        ),
        Kind(
            "unexplained",
            N_("Same key value, not one golden record"),
            N_(
                "Values of keys of one column on two golden records and more, though no guard "
                "dropped them and no refusal explains it."
            ),
            *(COUNT, None, 1),
            can_hold=True,
        ),
        Kind(
            "relations",
            N_("Unresolved relations"),
            N_("Golden records with a value that should lead to another dataset and does not."),
            *(PERCENT, 2, 20),
        ),
    ),
)


@dataclass(frozen=True, slots=True)
class Check:
    """What was measured; `asdict` is how a version keeps it."""

    name: str
    value: float | None
    "In the unit of its kind; None where there is nothing to compare with."
    band: str
    holds: bool
    "A person must let the version through."
    columns: dict[str, float | None] = field(default_factory=dict)
    "Columns (or relations) it is about, with their values."
    count: int | None = None
    "The plain figure, which the next version is compared with."

    def said(self) -> dict[str, Any]:
        """JSON."""
        return asdict(self)


def measured(
    engine: Engine,
    plan: Plan,
    tables: Tables,
    *,
    members_before: sa.FromClause | None = None,
    last: Sequence[Mapping[str, Any]] = (),
    relations: Iterable[Mapping[str, Any]] = (),
    figures: "Figures | None" = None,
) -> list[Check]:
    """All checks that apply to a dataset, in the order of `CHECKS`.

    Args:
        engine: Holds the tables.
        plan: Of the version. Checks of names, phones and e-mails go by semantic fields.
        tables: `records members attachments guards golden values` of the version.
        members_before: Of the last version; None: there is none.
        last: Checks of the last version, as it keeps them (`Check.said`).
        relations: Counts as `mapping.related` gives them.
        figures: What is counted; None: counted of the tables.
    """
    found = figures or Figures(engine, plan, tables)
    known = {str(each["name"]): each for each in last}
    rows = found.rows
    nulls = found.nulls()
    values: dict[str, tuple[float | None, dict[str, float | None], int | None]] = {
        "golden_records": (_fewer(rows, _count(known, "golden_records")), {}, rows),
        "largest_cluster": (float(found.largest), {}, found.largest),
        "nulls": (max(nulls.values(), default=None), dict(nulls), None),
    }
    for name, semantic, most in (
        ("first_names", "first_name", 3),
        ("last_names", "last_name", 3),
        ("postal_codes", "postal_code", 5),
    ):
        if (planned := plan.with_field(semantic)) is not None:
            number = found.with_more(planned, most)
            values[name] = (_share(number, rows), {planned.column.name: None}, number)
    for name, fields in (("name_and_phone", PHONES), ("name_and_email", ("email",))):
        shared = found.sharing_names(fields)
        if shared is not None:
            number, columns = shared
            values[name] = (_share(number, rows), dict.fromkeys(columns), number)
    if members_before is not None:
        number, records = found.changed_ids(members_before)
        values["changed_ids"] = (_share(number, records), {}, number)
    changes = _changes(nulls, known.get("nulls"))
    if changes:
        values["changed_nulls"] = (max(map(abs, changes.values())), dict(changes), None)
    if plan.definition.identity.keys:
        refused, blocked = found.refused(), found.blocked()
        values["refused"] = (_more(refused, _count(known, "refused")), {}, refused)
        values["blocked"] = (_more(blocked, _count(known, "blocked")), {}, blocked)
        number, by_column = found.unexplained()
        values["unexplained"] = (float(number), by_column, number)
    unresolved = {str(each["name"]): _unresolved(each) for each in relations}
    if unresolved:
        values["relations"] = (max(unresolved.values()), dict(unresolved), None)
    return [_check(kind, *values[kind.name], rows) for kind in CHECKS if kind.name in values]


def _check(
    kind: Kind,
    value: float | None,
    columns: dict[str, float | None],
    count: int | None,
    rows: int,
) -> Check:
    rounded = None if value is None else round(value, 4)
    band = kind.band(value)
    holds = kind.can_hold and band == "bad" and rows >= FEWEST
    told = {name: None if each is None else round(each, 4) for name, each in columns.items()}
    return Check(kind.name, rounded, band, holds, told, count)


def _count(known: Mapping[str, Mapping[str, Any]], name: str) -> int | None:
    count = known.get(name, {}).get("count")
    return None if count is None else int(count)


def _share(number: int, of: int) -> float:
    return 100 * number / of if of else 0.0


def _fewer(now: int, last: int | None) -> float | None:
    if last is None:
        return None
    return max(0.0, _share(last - now, last))


def _more(now: int, last: int | None) -> float | None:
    """In percent of what there was; of nothing as if there had been one."""
    return None if last is None else max(0.0, 100 * (now - last) / max(last, 1))


def _changes(nulls: Mapping[str, float], last: Mapping[str, Any] | None) -> dict[str, float]:
    """Points by column of both versions."""
    before = (last or {}).get("columns") or {}
    return {name: nulls[name] - float(before[name]) for name in nulls if name in before}


def _unresolved(counts: Mapping[str, Any]) -> float:
    """In percent of golden records that hold something to lead by."""
    lost = int(counts.get("unmatched", 0)) + int(counts.get("blocked", 0))
    return _share(lost, lost + int(counts.get("resolved", 0)))


class Figures:
    """Statements over the tables of a version; each answers numbers."""

    def __init__(self, engine: Engine, plan: Plan, tables: Tables) -> None:
        self.engine, self.plan, self.tables = engine, plan, tables
        golden = tables["golden"]
        number, largest = sa.func.count(), sa.func.max(golden.c.members)
        row = engine.rows(sa.select(number, largest).select_from(golden))[0]
        self.rows, self.largest = int(row[0]), int(row[1] or 0)

    def nulls(self) -> dict[str, float]:
        """Percent of golden records without a value, by column."""
        golden = self.tables["golden"]
        if not self.plan.columns:
            return {}
        cells = [sa.func.count(golden.c[each.name]) for each in self.plan.columns]
        filled = self.engine.rows(sa.select(*cells))[0]
        return {
            each.column.name: _share(self.rows - int(number), self.rows)
            for each, number in zip(self.plan.columns, filled, strict=True)
        }

    def with_more(self, planned: Planned, most: int) -> int:
        """Golden records with more than `most` distinct values, compared by match value."""
        records, members, values = (self.tables[each] for each in ("records", "members", "values"))
        # Values that differ as they stand are at least as many as those that are compared.
        some = sa.select(values.c.id).where(values.c[f"d{planned.number}"] > most)
        value = self._compared(records, planned)
        many = (
            sa.select(members.c.id)
            .join_from(members, records, records.c.rid == members.c.rid)
            .where(members.c.id.in_(some))
            .group_by(members.c.id)
            .having(sa.func.count(sa.distinct(value)) > most)
        )
        return self._number(many)

    def _compared(self, records: sa.FromClause, planned: Planned) -> Value:
        return records.c[planned.match if planned.match in records.c else planned.name]

    def sharing_names(self, fields: Sequence[str]) -> tuple[int, list[str]] | None:
        """Golden records that share names and a value of one of these fields with another.

        None where names or the fields are not compared. Values that guards dropped count not.
        """
        records = self.tables["records"]
        names = [self.plan.with_field(each) for each in ("first_name", "last_name")]
        known = [each for each in names if each is not None and each.match in records.c]
        others = [self.plan.with_field(each) for each in fields]
        found = [each for each in others if each is not None and each.match in records.c]
        if len(known) < len(names) or not found:
            return None
        ids = [self._alike((*known, each)) for each in found]
        number = self._number(sa.union(*ids) if len(ids) > 1 else ids[0])
        return number, [each.column.name for each in (*known, *found)]

    def _alike(self, columns: Sequence[Planned]) -> sa.Select[Any]:
        """Ids of golden records whose values of all these columns are another one's, too."""
        values, records = (self.tables[each] for each in ("values", "records"))
        source: Any = values
        cells: list[Value] = []
        for each in columns:
            # The record that the value is of has it as it is compared.
            own = records.alias(f"of_{each.name}")
            source = source.join(own, own.c.rid == values.c[f"r{each.number}"])
            cells.append(own.c[each.match].label(each.match))
        told = sa.and_(
            *(cell.is_not(None) for cell in cells), self._is_usable(columns[-1], cells[-1])
        )
        rows = sa.select(values.c.id, *cells).select_from(source).where(told).subquery("rows")
        number = sa.func.count().over(partition_by=[rows.c[each.match] for each in columns])
        counted = sa.select(rows.c.id, number.label("number")).subquery("counted")
        return sa.select(counted.c.id).where(counted.c.number > 1)

    def _is_usable(self, planned: Planned, value: Value) -> Value:
        guards = self.tables["guards"]
        is_own = guards.c["columns"] == planned.column.name
        return value.not_in(sa.select(guards.c.value).where(is_own, guards.c.value.is_not(None)))

    def changed_ids(self, before: sa.FromClause) -> tuple[int, int]:
        """Records whose golden id is another one, and records of both versions."""
        here, there = self.tables["members"].alias("here"), before.alias("there")
        changed = sa.func.count(sa.case((here.c.id != there.c.id, 1)))
        both = sa.select(changed, sa.func.count()).join_from(here, there, here.c.rid == there.c.rid)
        row = self.engine.rows(both)[0]
        return int(row[0]), int(row[1])

    def refused(self) -> int:
        """Attachments that were refused."""
        attachments = self.tables["attachments"]
        refused = sa.not_(attachments.c.is_accepted)
        return self._scalar(sa.select(sa.func.count()).select_from(attachments).where(refused))

    def blocked(self) -> int:
        """Records that carry a value that guards dropped, one for each such value."""
        return self._scalar(sa.select(sa.func.sum(self.tables["guards"].c.records)))

    def unexplained(self) -> tuple[int, dict[str, float | None]]:
        """Values of keys of one column on more than one golden record, with none refused."""
        identity = self.plan.definition.identity
        single = {
            strength: key.columns[0]
            for strength, key in enumerate(identity.keys)
            if len(key.columns) == 1
        }
        if not single:
            return 0, {}
        attachments, members = self.tables["attachments"], self.tables["members"]
        found = (
            sa.select(attachments.c.strength)
            .join_from(attachments, members, members.c.rid == attachments.c.rid)
            .where(attachments.c.is_accepted, attachments.c.strength.in_(list(single)))
            .group_by(attachments.c.strength, attachments.c.value)
            .having(sa.func.min(members.c.label) != sa.func.max(members.c.label))
            .subquery("torn")
        )
        number = sa.select(found.c.strength, sa.func.count()).group_by(found.c.strength)
        torn = {single[int(strength)]: float(n) for strength, n in self.engine.rows(number)}
        return int(sum(torn.values())), dict(torn)

    def _number(self, ids: sa.SelectBase) -> int:
        return self._scalar(sa.select(sa.func.count()).select_from(ids.subquery("ids")))

    def _scalar(self, statement: sa.SelectBase) -> int:
        return int(self.engine.scalar(statement) or 0)
