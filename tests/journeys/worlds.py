"""A small world of records, each with a word of its own, and what one person of it may see."""

import functools
from dataclasses import dataclass, field

from hypothesis import strategies as st

from tresse.objects.described import data_model
from tresse.records.changes import (
    add_other_value,
    create_record,
    delete_records,
    link_records,
    log_activity,
    merge_records,
)
from tresse.records.changes.duplicates import find_duplicates
from tresse.records.changes.views import add_view
from tresse.segments.changes import add_list, add_members, add_segment

NAMES = ("contact", "company", "deal", "task")
OWNERS = ("ada", "own", "nobody")
PAIRS = (
    *(("contact", "company"), ("deal", "contact"), ("deal", "company")),
    *(("task", "contact"), ("task", "deal"), ("task", "company")),
)
FULL = {"property": "created_at", "operator": "is_not_empty"}
"A filter that every record matches."


@dataclass(frozen=True)
class Plan:
    """Drawn: objects with owners, which pairs are linked, noted, merged, in the bin."""

    records: tuple[tuple[str, str], ...]
    links: tuple[tuple[int, int], ...]
    notes: tuple[tuple[int, int], ...]
    merges: tuple[tuple[int, int], ...]
    binned: frozenset[int]
    listed: frozenset[int]
    is_unowned_hidden: bool


CROWD = Plan(
    records=(
        ("contact", "own"),
        ("contact", "ada"),
        ("contact", "nobody"),
        ("company", "ada"),
        ("deal", "own"),
        ("deal", "ada"),
        ("task", "ada"),
        ("contact", "ada"),
        ("company", "own"),
    ),
    links=((0, 3), (4, 1), (4, 3), (6, 0), (5, 0), (0, 8), (7, 8)),
    notes=((0, 1), (4, 5), (0, 3)),
    merges=((1, 7),),
    binned=frozenset((2,)),
    listed=frozenset((0, 1, 3, 4, 5)),
    is_unowned_hidden=False,
)
"Something of everybody's beside everything."


def plans():
    """Worlds of four to nine records."""
    at = st.integers(0, 8)
    pairs = functools.partial(st.lists, st.tuples(at, at))
    return st.builds(
        Plan,
        st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from(OWNERS)), min_size=4, max_size=9
        ).map(tuple),
        pairs(max_size=8).map(tuple),
        pairs(max_size=3).map(tuple),
        pairs(max_size=2).map(tuple),
        st.frozensets(at, max_size=2),
        st.frozensets(at, max_size=5),
        st.booleans(),
    )


@dataclass
class Thing:
    """A record of the world."""

    object_name: str
    owner: str
    word: str
    id: int = 0
    amount: int = 0
    is_binned: bool = False
    survivor: "Thing | None" = None


@dataclass
class World:
    """What stands there, and what the person with `own` may see of it."""

    is_unowned_hidden: bool
    things: list[Thing] = field(default_factory=list)
    links: set[tuple[int, int]] = field(default_factory=set)
    "Ids of linked records, as they are after merges."
    listed: set[int] = field(default_factory=set)

    def is_reached(self, thing):
        """Whether it is theirs, or nobody's where that is for everyone."""
        return thing.owner == "own" or (thing.owner == "nobody" and not self.is_unowned_hidden)

    def is_seen(self, thing):
        """Whether they see the record itself."""
        return self.is_reached(thing) and not thing.is_binned and thing.survivor is None

    def seen(self, object_name):
        """Records of an object in sight."""
        return [
            each for each in self.things if each.object_name == object_name and self.is_seen(each)
        ]

    @property
    def hidden(self):
        """Records they may not reach, in the bin or not; what went into another is that one."""
        return [each for each in self.things if not self._may_know(each)]

    def _may_know(self, thing):
        while thing.survivor is not None:
            thing = thing.survivor
        return self.is_reached(thing)


VALUES = {
    "contact": lambda word, _: {
        "last_name": word,
        "first_name": "Same",
        "email": f"{word}@example.com",
        "phone": "+33123456789",
        "job_title": f"{word} chief",
    },
    "company": lambda word, _: {"name": word, "domain": f"{word}.example", "city": word},
    "deal": lambda word, amount: {"name": word, "amount": amount, "description": f"{word} roof"},
    "task": lambda word, _: {"title": word, "due_at": "2026-03-09T10:00Z"},
}


def letters(number):
    """A word nobody writes by chance."""
    return "qz" + "".join("bcdfghjklm"[int(digit)] for digit in f"{number:03}") + "xv"


def build(plan, ada, own):
    """Make the world, as Ada."""
    model, world = data_model(), World(plan.is_unowned_hidden)
    emails = {"ada": ada.email, "own": own.email, "nobody": None}
    for number, (name, owner) in enumerate(plan.records):
        thing = Thing(name, owner, letters(number), amount=1_000 + 7 * 10**number)
        values = VALUES[name](thing.word, thing.amount) | {"owner": emails[owner]}
        thing.id = create_record(model, model.object(name), values=values, actor=ada)
        world.things.append(thing)
        if name == "contact":
            second = f"{thing.word}@second.example"
            object_ = model.object(name)
            add_other_value(model, object_, thing.id, name="email", value=second, actor=ada)
    _connect(plan, world, model, ada)
    _merge(plan, world, model, ada)
    _keep(plan, world, model, ada)
    for number in plan.binned:
        thing = _at(world, number)
        if thing and thing.survivor is None and not thing.is_binned:
            delete_records(model, model.object(thing.object_name), [thing.id], actor=ada)
            thing.is_binned = True
    for name in ("contact", "company"):
        find_duplicates(model, model.object(name))
    return world


def _at(world, number):
    return world.things[number] if number < len(world.things) else None


def _pairs(drawn, world):
    for one, two in drawn:
        pair = (_at(world, one), _at(world, two))
        if all(pair) and one != two:
            yield pair


def _connect(plan, world, model, ada):
    for one, two in _pairs(plan.links, world):
        for here, there in ((one, two), (two, one)):
            if (here.object_name, there.object_name) in PAIRS:
                side = model.default_side(here.object_name, there.object_name)
                link_records(model, side, [(here.id, there.id)], actor=ada)
                world.links |= {(here.id, there.id), (there.id, here.id)}
    for one, two in _pairs(plan.notes, world):
        about = [(model.object(each.object_name), each.id) for each in (one, two)]
        log_activity(model, "note", about, fields={"text": "A plain note"}, actor=ada)


def _merge(plan, world, model, ada):
    for one, two in _pairs(plan.merges, world):
        if one.object_name == two.object_name == "contact" and not (one.survivor or two.survivor):
            merge_records(model, model.object("contact"), one.id, [two.id], actor=ada)
            two.survivor = one
            world.links = {
                tuple(one.id if id == two.id else id for id in pair) for pair in world.links
            }


def _keep(plan, world, model, ada):
    facts = {"sharing": "everyone", "model": model, "actor": ada}
    for name in ("contact", "company", "deal"):
        row = add_list(base=name, name=f"list_{name}", label=f"List {name}", **facts)
        on = [
            each
            for number in plan.listed
            if (each := _at(world, number)) and each.object_name == name and not each.survivor
        ]
        add_members(row, [each.id for each in on], model=model, actor=ada)
        world.listed |= {each.id for each in on}
        add_segment(base=name, filter=FULL, name=f"seg_{name}", label=f"Seg {name}", **facts)
        linked = {"linked": "contact"} if name != "contact" else {"linked": "company"}
        add_view(
            model,
            model.object(name),
            label="Linked ones",
            name=f"linked_{name}",
            sharing="everyone",
            filter=linked,
            actor=ada,
        )
