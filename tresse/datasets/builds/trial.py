"""Other rules tried out over all records, aside: what they would make of the golden records (D66).

The steps are those of a full build over the sources of the version that stands, so that nothing
but the rules differs. Nothing is written, nothing is published.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.accounts.queries import account
from tresse.datasets.builds.begin import Begun
from tresse.datasets.builds.differing import differs
from tresse.datasets.builds.marks import Marked, marks_of
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.builds.working import STEPS, Working
from tresse.datasets.layout import Plan
from tresse.datasets.matching.attaching import blocked_values
from tresse.datasets.merging.merge import merge
from tresse.datasets.models import DatasetBuild, DatasetVersion, RuleVersion
from tresse.datasets.stored import definition_of
from tresse.engine.base import Engine
from tresse.engine.columns import text_of

Tried = dict[str, sa.TableClause]
Facts = dict[str, Any]
EXAMPLES = 20
"The largest of each (D66)."
PIECES = 10
"Golden records, or records, that an example names."
COUNTED_COLUMNS = 40
"In one statement."


class Trial(Working):
    """A build that ends before anything is written."""

    def try_out(self) -> Tried:
        """All tables that depend on the rules, kept in the engine; relations are left out."""
        tables = {"records": self._records()}
        marked = Marked(self.engine, self.begun.marks, tables["records"], self.salt)
        attached = self._attached(tables["records"], marked)
        resolved = self._resolved(tables["records"], attached, marked)
        tables["guards"] = attached.guards
        tables |= {
            name: getattr(resolved, name) for name in ("members", "attachments", "id_changes")
        }
        self.say(self.begun, "merging")
        numbers = {each.column.name: each.number for each in self.plan.columns}
        merged = merge(
            self.engine,
            self.plan,
            tables["records"],
            tables["members"],
            pins=marked.pins(tables["members"], numbers),
            as_of=self.begun.as_of,
            number=self.begun.number,
        )
        return tables | {"golden": merged.golden}


def trial(
    engine: Engine, version: DatasetVersion, rules: RuleVersion, *, say: Callable[[str], None]
) -> Facts:
    """Work out what other rules would change, compared with a version that stands.

    Args:
        engine: Keeps the steps.
        version: With its dataset; its inputs are read again.
        rules: The other ones.
        say: Told what is being done, for people.

    Returns:
        JSON: `version, golden {before, after}, refused, blocked` likewise, `merges splits ids
        {count, examples}`, `values {column: {count, examples}}`; examples are the largest first.
    """
    begun = _begun(version, rules)
    work = Trial(engine, begun, {}, lambda _begun, step: say(gettext(STEPS[step])))
    after = work.try_out()
    before = tables_of(engine, version)
    say(gettext("Golden records are compared."))
    pairs = _pairs(engine, before.members, after["members"])
    return {
        "version": version.number,
        "golden": _both(engine, before.merged, after["golden"], _rows),
        "refused": _both(engine, before.attachments, after["attachments"], _refused),
        "blocked": _both(engine, before.guards, after["guards"], blocked_values),
        "merges": _merges(engine, pairs),
        "splits": _splits(engine, pairs, after),
        "ids": _ids(engine, after["id_changes"], begun.number),
        "values": _values(engine, before, work.plan, after["golden"]),
    }


def _begun(version: DatasetVersion, rules: RuleVersion) -> Begun:
    here, dataset = account(), version.dataset
    return Begun(
        build=DatasetBuild(dataset=dataset, is_full=True, as_of=version.as_of),
        dataset=dataset,
        definition=definition_of(dataset, rules),
        inputs=dict(version.inputs),
        as_of=version.as_of,
        number=version.number + 1,
        base=version,
        marks=marks_of(dataset),
        zone=here.zone,
        country=here.country,
    )


def _both(
    engine: Engine,
    before: sa.TableClause,
    after: sa.TableClause,
    counted: Callable[[sa.TableClause], sa.Select[Any]],
) -> Facts:
    numbers = [int(engine.scalar(counted(table)) or 0) for table in (before, after)]
    return {"before": numbers[0], "after": numbers[1]}


def _rows(table: sa.TableClause) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(table)


def _refused(attachments: sa.TableClause) -> sa.Select[Any]:
    return _rows(attachments).where(sa.not_(attachments.c.is_accepted))


def _pairs(engine: Engine, before: sa.TableClause, after: sa.TableClause) -> sa.TableClause:
    """`old, new, n`: how many records of a golden record are in which one by the other rules."""
    one, other = before.alias("one"), after.alias("other")
    return engine.keep(
        "trial_pairs",
        sa.select(
            one.c.id.label("old"),
            other.c.id.label("new"),
            sa.type_coerce(sa.func.count(), sa.BigInteger()).label("n"),
        )
        .join_from(one, other, one.c.rid == other.c.rid)
        .group_by(one.c.id, other.c.id),
    )


def _merges(engine: Engine, pairs: sa.TableClause) -> Facts:
    """Golden records that would be of several of now."""
    whole = _several(engine, pairs, pairs.c.new, "merges")
    ids = [id_ for id_, _ in _largest(engine, whole)]
    pieces: dict[str, list[Facts]] = {id_: [] for id_ in ids}
    found = sa.select(pairs.c.new, pairs.c.old, pairs.c.n).where(pairs.c.new.in_(ids))
    for new, old, n in engine.rows(found.order_by(pairs.c.n.desc(), pairs.c.old)) if ids else ():
        pieces[new].append({"id": old, "records": int(n)})
    return _told(engine, whole, pieces)


def _splits(engine: Engine, pairs: sa.TableClause, after: Tried) -> Facts:
    """Golden records of now that would be several, with some records of each."""
    whole = _several(engine, pairs, pairs.c.old, "splits")
    ids = [id_ for id_, _ in _largest(engine, whole)]
    pieces: dict[str, list[Facts]] = {id_: [] for id_ in ids}
    found = sa.select(pairs.c.old, pairs.c.new, pairs.c.n).where(pairs.c.old.in_(ids))
    rows = engine.rows(found.order_by(pairs.c.n.desc(), pairs.c.new)) if ids else []
    keys = _keys(engine, after["golden"], [new for _, new, _ in rows])
    for old, new, n in rows:
        pieces[old].append({"id": new, "records": int(n), "keys": keys.get(new, [])[:PIECES]})
    return _told(engine, whole, pieces)


def _several(
    engine: Engine, pairs: sa.TableClause, side: sa.ColumnElement[str], name: str
) -> sa.TableClause:
    """`id, parts, n`: golden records of one side that are several of the other."""
    parts = sa.type_coerce(sa.func.count(), sa.BigInteger()).label("parts")
    number = sa.cast(sa.func.sum(pairs.c.n), sa.BigInteger()).label("n")
    return engine.keep(
        f"trial_{name}",
        sa.select(side.label("id"), parts, number).group_by(side).having(sa.func.count() > 1),
    )


def _largest(engine: Engine, whole: sa.TableClause) -> list[tuple[str, int]]:
    wanted = sa.select(whole.c.id, whole.c.n).order_by(whole.c.n.desc(), whole.c.id)
    return [(str(id_), int(n)) for id_, n in engine.rows(wanted.limit(EXAMPLES))]


def _told(engine: Engine, whole: sa.TableClause, pieces: dict[str, list[Facts]]) -> Facts:
    number = int(engine.scalar(_rows(whole)) or 0)
    examples = [
        {"id": id_, "records": n, "parts": len(pieces[id_]), "of": pieces[id_][:PIECES]}
        for id_, n in _largest(engine, whole)
    ]
    return {"count": number, "examples": examples}


def _keys(engine: Engine, golden: sa.TableClause, ids: Sequence[str]) -> dict[str, list[str]]:
    if not ids:
        return {}
    found = sa.select(golden.c.id, golden.c["keys"]).where(golden.c.id.in_(sorted(set(ids))))
    return {str(id_): list(keys) for id_, keys in engine.rows(found)}


def _ids(engine: Engine, changes: sa.TableClause, number: int) -> Facts:
    """Ids that would change, by kind (D59)."""
    new = changes.c.version == number
    counted = sa.select(changes.c.kind, sa.func.count()).where(new).group_by(changes.c.kind)
    kinds = {str(kind): int(n) for kind, n in engine.rows(counted)}
    some = sa.select(changes.c.old, changes.c.new, changes.c.kind).where(new)
    rows = engine.rows(some.order_by(changes.c.kind, changes.c.old, changes.c.new).limit(EXAMPLES))
    return {
        "count": sum(kinds.values()),
        "kinds": dict(sorted(kinds.items())),
        "examples": [{"old": old, "new": new, "kind": kind} for old, new, kind in rows],
    }


def _values(engine: Engine, before: Tables, plan: Plan, after: sa.TableClause) -> Facts:
    """By column, golden records of now and then whose value would be another one."""
    one, other = before.merged.alias("one"), after.alias("other")
    rows = one.join(other, one.c.id == other.c.id)
    there = {each.column.name: each.name for each in before.plan.columns}
    cells = {
        each.column.name: _alike(one.c[there[each.column.name]], other.c[each.name])
        for each in plan.columns
        if each.column.name in there
    }
    found: Facts = {}
    for some in _parts(list(cells), COUNTED_COLUMNS):
        counts = [sa.func.sum(sa.case((differs(*cells[name]), 1), else_=0)) for name in some]
        numbers = engine.rows(sa.select(*counts).select_from(rows))[0]
        for name, number in zip(some, numbers, strict=True):
            if number:
                found[name] = {"count": int(number), "examples": []}
    for name, facts in found.items():
        was, would = cells[name]
        wanted = (
            sa.select(
                other.c.id, _text(was).label("was"), _text(would).label("would"), other.c.members
            )
            .select_from(rows)
            .where(differs(was, would))
            .order_by(other.c.members.desc(), other.c.id)
            .limit(EXAMPLES)
        )
        facts["examples"] = [
            {"id": id_, "before": was, "after": would, "records": int(members)}
            for id_, was, would, members in engine.rows(wanted)
        ]
    return found


def _alike(
    was: sa.ColumnElement[Any], would: sa.ColumnElement[Any]
) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """Two cells that can be compared: as texts, where methods give other types."""
    if type(was.type) is type(would.type) and not _is_list(was.type):
        return was, would
    return text_of(was), text_of(would)


def _is_list(type_: sa.types.TypeEngine[Any]) -> bool:
    return not isinstance(type_, sa.String | sa.Integer | sa.Numeric | sa.Boolean | sa.Date)


def _text(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(text_of(value), sa.Text())


def _parts(names: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]
