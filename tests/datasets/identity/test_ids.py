"""Ids that stay: homes, aliases, changes (DG14, D55 to D59)."""

import hashlib
import random
from dataclasses import replace

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.datasets.identity.worlds import Answer, Record, World, answer, record, rid

FEW = World(
    [
        record("crm/a1", 1, email="a@x.fr"),
        *(record(f"web/b{n}", 1 + n, email="b@x.fr") for n in range(1, 6)),
    ],
    keys=[("email",)],
)


def made(dataset: str, source: str, key: str, counter: int = 0) -> str:
    text = f"{dataset}\x1f{counter}\x1f{source}\x1f{key}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def test_an_id_is_made_of_the_dataset_and_the_founding_record(duck):
    """D55: the founding record is the first by D42."""
    found = answer(duck, FEW)

    assert found.ids["crm/a1"] == made("contacts", "crm", "a1")
    assert found.ids["web/b5"] == found.ids["web/b1"] == made("contacts", "web", "b1")
    assert answer(duck, replace(FEW, name="shops")).ids["crm/a1"] == made("shops", "crm", "a1")
    assert set(found.homes) == {each.rid for each in FEW.records}
    assert (found.aliases, found.changes) == ({}, [])


def test_ids_come_back_when_a_link_is_withdrawn(duck):
    """D56, D58, D59: the example, step by step."""
    first = answer(duck, FEW)
    one, two = first.ids["crm/a1"], first.ids["web/b1"]

    linked = replace(FEW, links=[("crm/a1", "web/b1")])
    second = answer(duck, linked, first, 2, cause="decision")

    assert set(second.ids.values()) == {one}
    assert second.aliases == {two: one}
    assert second.changes == [(two, one, "merged", 2, "decision")]
    assert second.homes == first.homes

    third = answer(duck, FEW, second, 3, cause="decision")

    assert third.ids == first.ids
    assert third.aliases == {}
    assert third.changes == [*second.changes, (one, two, "revived", 3, "decision")]


def test_a_part_set_apart_gets_a_new_id_and_loses_it_again(duck):
    """D55, D56, D59, D63: a taken id is not given twice; withdrawing brings back every byte."""
    names = ["web/b1", "web/b2", "web/b3"]
    world = World([record(name, n, email="b@x.fr") for n, name in enumerate(names)], [("email",)])
    first = answer(duck, world)
    whole = first.ids["web/b1"]

    # The first record holds the value, so those it is set apart from are tied by a link.
    apart = replace(world, aparts=[(names[0], names[1])], links=[(names[1], names[2])])
    split = answer(duck, apart, first, 2)

    part = made("contacts", "web", "b1", 1)
    assert split.ids == {"web/b1": part, "web/b2": whole, "web/b3": whole}
    assert split.changes == [(whole, part, "split", 2, "data")]
    assert split.homes[rid("web/b1")][:2] == (part, 2)

    again = answer(duck, world, split, 3)

    assert again.ids == first.ids
    assert again.aliases == {part: whole}
    assert again.changes == [*split.changes, (part, whole, "merged", 3, "data")]

    # Set apart once more, it is who it was.
    more = answer(duck, apart, again, 4)
    assert more.ids == split.ids
    assert more.changes[-1] == (whole, part, "revived", 4, "data")


def test_a_record_that_was_gone_comes_back_as_who_it_was(duck):
    """D56: homes of vanished records are kept."""
    first = answer(duck, FEW)
    gone = answer(duck, replace(FEW, records=FEW.records[1:]), first, 2)
    assert "crm/a1" not in gone.ids
    assert gone.homes == first.homes

    back = answer(duck, FEW, gone, 3)

    assert back.ids == first.ids
    assert back.changes == []


def test_an_alias_leads_on_when_its_target_is_absorbed(duck):
    """D56, D59: also the alias of an id whose records are all gone."""
    world = World([record(f"crm/{n}", n, email=f"{n}@x.fr") for n in range(4)], keys=[("email",)])
    first = answer(duck, world)
    ids = [first.ids[f"crm/{n}"] for n in range(4)]
    link = ("crm/1", "crm/2")
    second = answer(duck, replace(world, links=[link]), first, 2)
    assert second.aliases == {ids[2]: ids[1]}

    fewer = replace(world, records=[world.records[0], world.records[1], world.records[3]])
    third = answer(duck, replace(fewer, links=[("crm/0", "crm/1")]), second, 3)

    assert third.aliases == {ids[1]: ids[0], ids[2]: ids[0]}
    assert third.changes[-1] == (ids[1], ids[0], "merged", 3, "data")
    assert third.ids["crm/3"] == ids[3]


def test_the_oldest_id_is_the_one_that_was_made_first(duck):
    """D56 step 2: by the version that made it, whatever the age of its records."""
    late = World([record("crm/b", 50, email="b@x.fr")], keys=[("email",)])
    first = answer(duck, late)
    both = replace(late, records=[*late.records, record("crm/a", 1, email="a@x.fr")])
    second = answer(duck, both, first, 2)

    third = answer(duck, replace(both, links=[("crm/a", "crm/b")]), second, 3)

    assert set(third.ids.values()) == {first.ids["crm/b"]}


def test_a_torn_id_goes_with_most_records_then_with_the_earliest(duck):
    """D56 step 1."""
    names = [f"crm/{n}" for n in range(4)]
    world = World([record(name, n, email="x@x.fr") for n, name in enumerate(names)], [("email",)])
    first = answer(duck, world)
    whole = first.ids["crm/0"]

    halves = replace(
        world, records=[record(n, d, email=f"{d // 2}@x.fr") for d, n in enumerate(names)]
    )
    assert answer(duck, halves, first, 2).ids["crm/1"] == whole

    most = replace(
        world, records=[record(n, d, email=f"{min(d, 1)}@x.fr") for d, n in enumerate(names)]
    )
    found = answer(duck, most, first, 2)
    assert found.ids["crm/1"] == whole
    assert found.ids["crm/0"] == made("contacts", "crm", "0", 1)


def _steps(engine, worlds: list[World]) -> list[Answer]:
    found: list[Answer] = []
    for number, world in enumerate(worlds, start=1):
        found.append(answer(engine, world, found[-1] if found else None, number))
    return found


@settings(deadline=None, max_examples=4)  # each is a history of up to 13 builds
@given(st.data())
def test_any_merges_undone_in_any_order_give_back_all_ids(duck, data):
    """D58: by links, each a build of its own, withdrawn in another order."""
    dice = data.draw(st.randoms(use_true_random=False))
    names = [f"crm/{n}" for n in range(12)]
    world = World(
        [record(name, dice.randrange(9), email=f"{dice.randrange(7)}@x.fr") for name in names],
        keys=[("email",)],
    )
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names))
    links = data.draw(st.lists(pair, min_size=1, max_size=6, unique=True))
    undone = data.draw(st.permutations(links))
    histories = [links[:n] for n in range(len(links) + 1)]
    histories += [undone[n:] for n in range(1, len(undone) + 1)]

    found = _steps(duck, [replace(world, links=each) for each in histories])

    assert found[-1].ids == found[0].ids
    assert found[-1].homes == found[0].homes
    assert found[-1].aliases == {}


@settings(deadline=None, max_examples=4)  # each is a history of 5 builds
@given(st.data())
def test_stricter_rules_and_decisions_taken_back_give_back_all_ids(duck, data):
    """D56, D63, D66: split in any way and put together again, every id is what it was."""
    dice = data.draw(st.randoms(use_true_random=False))
    names = [f"web/{n}" for n in range(14)]
    records = [
        record(name, dice.randrange(9), email=f"{dice.randrange(6)}", phone=f"{dice.randrange(8)}")
        for name in names
    ]
    world = World(records, keys=[("email",), ("phone",)])
    pair = st.tuples(st.sampled_from(names), st.sampled_from(names))
    aparts = data.draw(st.lists(pair, min_size=1, max_size=4))
    stricter = replace(world, keys=[("email",)])
    middle = [replace(world, aparts=aparts), stricter, replace(stricter, aparts=aparts)]

    found = _steps(duck, [world, *dice.sample(middle, 2), world, world])

    assert found[3].ids == found[0].ids
    assert found[4].ids == found[0].ids
    assert found[4].changes == found[3].changes


def test_placing_what_was_touched_gives_what_placing_everything_gives(duck):
    """D56, D81: over histories in which records come, go, return and are linked."""
    dice = random.Random(11)  # noqa: S311
    names = [f"pos/{n}" for n in range(24)]
    for _ in range(2):
        before: Answer | None = None
        held: dict[str, Record | None] = {}
        for number in range(1, 6):
            for n, name in enumerate(names):
                if number == 1 or dice.random() < 0.2:
                    mail, phone = f"{dice.randrange(16)}", f"{dice.randrange(30)}"
                    is_there = dice.random() < 0.8
                    held[name] = record(name, n, email=mail, phone=phone) if is_there else None
            links = [tuple(dice.sample(names, 2)) for _ in range(dice.randrange(3))]
            records = [each for each in held.values() if each is not None]
            world = World(records, [("email",), ("phone",)], links=links)
            after = answer(duck, world, before, number)
            if before is not None:
                whole = answer(duck, world, _without_labels(duck, before), number)
                for part in ("ids", "homes", "aliases", "changes"):
                    assert getattr(after, part) == getattr(whole, part)
            before = after


def _without_labels(engine, before: Answer) -> Answer:
    """A version whose clusters have no numbers: every cluster counts as changed."""
    members = before.tables.members
    nothing = sa.cast(sa.null(), sa.BigInteger()).label("label")
    kept = engine.keep("unlabelled", sa.select(members.c.rid, members.c.id, nothing))
    return replace(before, tables=replace(before.tables, members=kept))


def test_every_change_of_an_id_is_told(duck):
    """D59: who follows the rows from build to build knows the id of every record that stayed."""
    dice = random.Random(3)  # noqa: S311
    names = [f"pos/{n}" for n in range(30)]
    before: Answer | None = None
    for number in range(1, 9):
        records = [
            record(name, n, email=f"{dice.randrange(12)}", phone=f"{dice.randrange(25)}")
            for n, name in enumerate(names)
            if dice.random() < 0.8
        ]
        after = answer(duck, World(records, [("email",), ("phone",)]), before, number)
        if before is not None:
            told = {(old, new) for old, new, _, version, _ in after.changes if version == number}
            gone = set(before.ids.values()) - set(after.ids.values())
            new = set(after.ids.values()) - set(before.ids.values())
            for name, old in before.ids.items():
                now = after.ids.get(name)
                if now is not None and now != old and (old in gone or now in new):
                    assert any(old == a or now == b for a, b in told)
            assert {id_ for id_ in gone if id_ in after.aliases} <= {old for old, _ in told}
        assert set(after.aliases.values()).isdisjoint(after.aliases)
        before = after
