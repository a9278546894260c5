"""A look for suggestions over a version (D64): pairs counted, scored, and kept for the review."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext

from tresse.datasets.builds.found import names_of_records
from tresse.datasets.builds.marks import Marked, marks_of
from tresse.datasets.builds.tables import Tables, tables_of
from tresse.datasets.comparisons import COMPARISONS
from tresse.datasets.explaining.cluster import in_lists, is_one_of
from tresse.datasets.explaining.explain import salt_of
from tresse.datasets.models import Dataset, DatasetVersion, ReviewItem
from tresse.datasets.records_named import ids_by_name
from tresse.datasets.reviewing import Found, keep_found
from tresse.datasets.suggestions.blocking import (
    MOST_PAIRS,
    Blocking,
    Counted,
    counted,
    rules_for,
    taken,
)
from tresse.datasets.suggestions.model import Lent, Scored, scored
from tresse.datasets.suggestions.prepared import names_in, prepared
from tresse.datasets.suggestions.refusals import NOTHING_TO_COMPARE, TOO_MANY_PAIRS
from tresse.engine.base import Engine
from tresse.engine.relations import schema
from tresse.kernel.marks import N_

KIND = "suggestion"
MOST = 10_000
"Suggestions of one look; the likeliest."
STEPS = {
    "count": N_("Pairs are counted."),
    "learn": N_("Weights are learned."),
    "score": N_("Pairs are scored."),
}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look found."""

    pairs: int
    "That were compared."
    found: list[Found]
    rules: dict[str, int]
    "Pairs by blocking rule."


def look(
    engine: Engine,
    lent: Lent,
    version: DatasetVersion,
    *,
    threshold: float,
    say: Callable[[str], None],
) -> Looked:
    """Look for golden records that are likely one. Nothing is written.

    Args:
        engine: Reads the version.
        lent: Opens a DuckDB for Splink.
        version: With its dataset.
        threshold: Least probability, 0.5 to 1.
        say: Told what is being done, for people.

    Raises:
        TresseError: `nothing_to_compare`, `too_many_pairs`, `suggestions_missing`.
    """
    tables, name = tables_of(engine, version), version.dataset.name
    say(gettext(STEPS["count"]))
    table = engine.keep("suggest_prepared", prepared(tables))
    rules = rules_for(names_in(table.c))
    if not any(rule.is_needed for rule in rules):
        raise NOTHING_TO_COMPARE(dataset=name)
    counts = taken(counted(engine, table, rules))
    number = sum(each.pairs for each in counts)
    _check(name, number, counts)
    found: list[Scored] = []
    if number:
        with lent() as connection:
            found = scored(
                connection,
                engine.batches(sa.select(table)),
                schema(table.c),
                [each.rule for each in counts],
                threshold=threshold,
                say=lambda step: say(gettext(STEPS[step])),
            )
    best = _best(tables, version, found)
    return Looked(
        number,
        list(_told(engine, tables, best, [each.rule for each in counts])),
        {each.rule.name: each.pairs for each in counts},
    )


def _check(dataset: str, number: int, counts: Iterable[Counted]) -> None:
    if number > MOST_PAIRS:
        worst = max(counts, key=lambda each: each.pairs)
        raise TOO_MANY_PAIRS(
            dataset=dataset,
            number=number,
            most=MOST_PAIRS,
            rule=gettext(worst.rule.label),
            of_rule=f"{worst.pairs:,}",
            records=f"{worst.largest:,}",
        )


@dataclass(frozen=True, slots=True)
class _Pair:
    scored: Scored
    ids: tuple[str, str]


def _best(tables: Tables, version: DatasetVersion, found: Iterable[Scored]) -> list[_Pair]:
    """The likeliest pair of records of each two golden records that nobody decided to be two."""
    rows = list(found)
    homes = _homes(tables, sorted({rid for each in rows for rid in (each.a, each.b)}))
    apart = _decided(tables, version)
    best: dict[tuple[str, str], _Pair] = {}
    for each in rows:
        one, other = sorted((homes[each.a], homes[each.b]))
        if one != other and (one, other) not in apart and (one, other) not in best:
            best[one, other] = _Pair(each, (one, other))
    return list(best.values())[:MOST]


def _homes(tables: Tables, rids: Iterable[int]) -> dict[int, str]:
    members = tables.members
    wanted = sa.select(members.c.rid, members.c.id)
    return {
        int(rid): str(id_)
        for some in in_lists(rids)
        for rid, id_ in tables.engine.rows(wanted.where(is_one_of(members.c.rid, some)))
    }


def _decided(tables: Tables, version: DatasetVersion) -> set[tuple[str, str]]:
    """Golden records that a must-not-link keeps apart, both ids in order."""
    marked = Marked(tables.engine, marks_of(version.dataset), tables.records, salt_of(version))
    aparts = marked.aparts
    if aparts is None:
        return set()
    one, other = tables.members.alias("one"), tables.members.alias("other")
    rows = aparts.join(one, one.c.rid == aparts.c.a).join(other, other.c.rid == aparts.c.b)
    found = tables.engine.rows(
        sa.select(one.c.id, other.c.id.label("other")).select_from(rows).distinct()
    )
    return {(min(pair), max(pair)) for pair in found}


def _told(
    engine: Engine, tables: Tables, pairs: list[_Pair], rules: Iterable[Blocking]
) -> Iterator[Found]:
    rids = {rid for each in pairs for rid in (each.scored.a, each.scored.b)}
    names = names_of_records(engine, tables.records, rids) if rids else {}
    labels = {rule.name: rule.label for rule in rules}
    for each in pairs:
        a, b = sorted((names[each.scored.a], names[each.scored.b]))
        yield Found(
            kind=KIND,
            a=a,
            b=b,
            score=each.scored.probability,
            facts={
                "ids": list(each.ids),
                "rule": each.scored.rule,
                "rule_label": labels[each.scored.rule],
                "weight": each.scored.weight,
                "levels": [_level(name, *facts) for name, facts in each.scored.levels.items()],
            },
        )


def _level(name: str, label: str | None, weight: float) -> dict[str, Any]:
    """`level` None: they differ. Labels are marked for translation."""
    return {
        "comparison": name,
        "label": COMPARISONS[name].label,
        "level": label,
        "weight": weight,
    }


def keep(version: DatasetVersion, looked: Looked) -> int:
    """Keep what was found for the review; answers how many are new. Older ones are gone."""
    with transaction.atomic():
        dataset = Dataset.objects.select_for_update().get(pk=version.dataset_id)
        return keep_found(dataset, looked.found, number=version.number, kinds=(KIND,))


def has_suggestions(version: DatasetVersion) -> bool:
    """Whether suggestions are open."""
    return _open(version).exists()


def settle(engine: Engine, version: DatasetVersion) -> int:
    """Mark open suggestions as gone whose records became one, or are no more; answers how many."""
    items = _open(version)
    pairs = list(items.values_list("pk", "a", "b"))
    names = sorted({name for _, a, b in pairs for name in (a, b)})
    ids = ids_by_name(tables_of(engine, version), names, salt_of(version))
    gone = [pk for pk, a, b in pairs if a not in ids or b not in ids or ids[a] == ids[b]]
    return sum(items.filter(pk__in=some).update(state="gone") for some in in_lists(gone))


def _open(version: DatasetVersion) -> QuerySet[ReviewItem]:
    return ReviewItem.objects.filter(dataset_id=version.dataset_id, kind=KIND, state="open")
