"""Long chains, where components take most rounds and D42 most steps (D132)."""

import time
from itertools import pairwise

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.datasets.identity.worlds import World
from tresse.datasets import layout
from tresse.datasets.definition import Guard, Limit
from tresse.datasets.identity import resolve
from tresse.datasets.identity.components import components

LONG = 100_000


def chain(engine, world: World, number: int, name: str):
    """Records and attachments of a chain, each record sharing one e-mail with the next."""
    rids = [(n * 0x9E3779B97F4A7C15) % (1 << 60) for n in range(number)]
    at = pa.array([1_760_000_000_000_000 + n for n in range(number)], pa.timestamp("us", "UTC"))
    records = pa.RecordBatch.from_pydict(
        {
            "rid": rids,
            "source": ["crm"] * number,
            "key": [str(n) for n in range(number)],
            "priority": [0] * number,
            "first_seen": at,
            "modified_at": at,
            "trusted": [True] * number,
            "m0": [f"{n // 2}@x.fr" for n in range(number)],
            "m1": [f"+{(n + 1) // 2}" for n in range(number)],
        }
    )
    ties = pa.RecordBatch.from_pydict(
        {
            "rid": rids + rids,
            "strength": [0] * number + [1] * number,
            "value": records["m0"].to_pylist() + records["m1"].to_pylist(),
        }
    )
    return (
        engine.load(f"{name}_records", [records], layout.record_columns(world.plan)),
        engine.load(f"{name}_ties", [ties], layout.ATTACHMENTS[:3]),
    )


@pytest.mark.parametrize(("cap", "clusters"), [(200, 500), (LONG, 1)])
def test_a_long_chain_ends(duck, cap, clusters):
    """D132, D44, DG6: 100,000 records, under the cap one by one, without it at one go."""
    world = World(
        [],
        keys=[("email",), ("phone",)],
        limits=[Limit("email", LONG), Limit("phone", LONG)],
        guard=Guard(cap=cap),
    )
    records, ties = chain(duck, world, LONG, "chain")

    begun = time.monotonic()
    found = resolve(duck, world.plan, records, ties, name="of_chain")
    seconds = time.monotonic() - begun

    assert duck.scalar(sa.select(sa.func.count(found.members.c.id.distinct()))) == clusters
    assert seconds < 60


NUMBER = 1_000
ORDERS = {
    "rising": list(range(NUMBER)),
    "to and fro": [n // 2 if n % 2 else NUMBER - 1 - n // 2 for n in range(NUMBER)],
}


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_chains_of_numbers_that_are_no_hashes_need_few_rounds(duck, order, monkeypatch):
    """The bound that `components` states."""
    v, w = zip(*(sorted(ends, reverse=True) for ends in pairwise(order)), strict=True)
    batch = pa.RecordBatch.from_pydict({"v": list(v), "w": list(w)})
    columns = [sa.column("v", layout.RID), sa.column("w", layout.RID)]
    edges = duck.load("chain_edges", [batch], columns)
    steps, keep = [], duck.keep

    def noted(name, wanted):
        steps.append(name)
        return keep(name, wanted)

    monkeypatch.setattr(duck, "keep", noted)

    found = components(duck, sa.select(*edges.c), name="of_chain")

    assert dict(duck.rows(sa.select(*found.c))) == dict.fromkeys(range(1, NUMBER), 0)
    assert steps.count("of_chain_hooked") <= 6
