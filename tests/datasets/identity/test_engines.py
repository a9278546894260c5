"""Identity is the same on DuckDB and Spark: clusters, guards, ids and what changed of them."""

from dataclasses import replace

import pytest

from tests.datasets.identity.test_clusters import large_world
from tests.datasets.identity.worlds import Answer, World, answer
from tests.engines import copied

pytestmark = pytest.mark.spark
RECORDS = 220


def history() -> list[World]:
    """Links come, and others go; records change their e-mail, come and go."""
    world = large_world(RECORDS)
    records = world.records
    names = [each.name for each in records]
    later = [*zip(names[::20], names[10::20], strict=False)]
    moved = [
        replace(each, values={**each.values, "email": f"e{n % 90}"}) if n % 9 == 0 else each
        for n, each in enumerate(records[5:])
    ]
    return [
        replace(world, records=records[:-5]),
        replace(world, records=records[:-5], links=[*world.links, *later]),
        replace(world, records=[*records[:2], *moved], links=[*world.links[:6], *later[4:]]),
    ]


def after(engine, world: World, before: Answer) -> Answer:
    return answer(engine, world, before, number=3, cause="decision")


def test_the_same_records_are_one_and_keep_their_ids(duck, spark):
    """D42, D43, D55, D56, D58, D59, D60, DG3, DG4, DG5, DG6, DG8, DG9, DG10, DG11, DG14.

    The third build of a history; the two before it are worked out once.
    """
    one, two, three = history()
    before = answer(duck, two, answer(duck, one), number=2)
    lent = {
        name: copied(getattr(before.tables, name), duck, spark, f"before_{name}")
        for name in ("members", "attachments", "homes", "aliases", "id_changes")
    }

    wanted = after(duck, three, before)
    found = after(spark, three, replace(before, tables=replace(before.tables, **lent)))

    for name in ("ids", "refused", "accepted", "homes", "aliases", "changes"):
        assert getattr(found, name) == getattr(wanted, name), name
    assert list(found.tables.reviews) == list(wanted.tables.reviews)
    guards = {guard for guard, _ in wanted.refused.values()}
    assert guards == {"DG3", "DG6", "DG8", "DG9", "DG11"}
    assert {sort for _, _, sort, number, _ in wanted.changes if number == 3} == {
        "merged", "split", "revived"
    }  # fmt: skip
    assert {each.kind for each in wanted.tables.reviews} == {"refused", "oversize"}
