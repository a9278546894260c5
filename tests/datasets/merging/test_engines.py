"""Merging is the same on DuckDB and Spark: all cases of the tests beside this one, in one merge.

What each case should give is in those tests; `test_methods.py` tries every method on Spark.
"""

from dataclasses import asdict

import pytest
import sqlalchemy as sa

from tests.datasets.merging import test_consents, test_example, test_finishing, test_groups
from tests.datasets.merging.test_health import KEYS, Version, crowd, person
from tests.datasets.merging.worlds import AS_OF, World, column, planned, record
from tests.engines import copied
from tresse.datasets import layout
from tresse.datasets.definition import Group, Merge
from tresse.datasets.merging import merge
from tresse.datasets.merging.health import CHECKS, measured
from tresse.datasets.merging.merge import Merged

pytestmark = pytest.mark.spark

GROUPS = [
    *((method, ()) for method, _ in test_groups.PICKED[1:]),
    (Merge(), ("street", "city")),
]
"Method and required columns; that of the example picks the latest."
FILLED = {type_: (fill, value) for type_, fill, value in reversed(test_finishing.FILLS)}


def numbered(group: int) -> dict[str, str]:
    """Columns of test_groups under the names of a group here."""
    return {part: f"{part}_{group}" for part in test_groups.PARTS}


def plan_of_all():
    """The example of D76, and what each test asks for, side by side."""
    groups = [
        Group(
            f"address_{n}",
            tuple(numbered(n).values()),
            method,
            tuple(numbered(n).get(each, each) for each in requires),
        )
        for n, (method, requires) in enumerate(GROUPS)
    ]
    example = test_example.people().definition
    return planned(
        *example.columns,
        *(column(each) for group in groups for each in group.columns),
        *(column(f"sms_consent{part}", *how, semantic=f"sms_consent{part}") for part, how in SMS),
        *(
            column(f"push_consent{part}", *how, semantic=f"push_consent{part}")
            for part, how in PUSH
        ),
        column("name"),
        *(
            column(name, name, fill=FILLED.get(name, (None, None))[0])
            for name in test_finishing.TYPES
        ),
        column("tags", merge_="union", fill=["none"]),
        column("of_latest", merge_="latest_record", fill="bronze"),
        column("newsletter", merge_="consent"),
        groups=[*example.groups, *groups],
    )


SMS = (("", ("text", "consent")), ("_at", ("datetime",)), ("_proof", ("text",)))
PUSH = (("", ("boolean", "consent")), ("_at", ("date",)), ("_proof", ("boolean",)))
PLAN = plan_of_all()
NAMES = {"email_consent_at": "said_at", "email_consent_proof": "proof"}
"Of the example."


def clusters():
    """Records of each case, by its name."""
    found = {f"consent {name}": rows for name, (rows, _) in test_consents.CASES.items()}
    found["channels"] = test_consents.CHANNELS_APART
    for is_proven in (True, False, None):
        found[f"days {is_proven}"] = test_consents.of_days(is_proven, "push")
    for proof in (None, "double opt-in"):
        found[f"example {proof}"] = list(test_example.rows(proof))
    found["groups"] = [
        replace_values(row, {new: row["values"].get(old) for n in range(len(GROUPS))
                             for old, new in numbered(n).items()} | {"name": name})
        for row, name in zip(test_groups.ROWS, ("Ada", None, "Bob", None), strict=True)
    ]  # fmt: skip
    found["group without"] = [record("crm/1", {"zip_4": "75001", "city_4": "Paris"})]
    found["group alone"] = [record("web/1", {"street_0": "2 av B"}, created=2, modified=3)]
    found["pins"] = [record("crm/1", {"text": "A", "name": "x"}), record("web/1", {"text": "B"})]
    found["fills"] = [record("crm/1", {"name": "A", "of_latest": "gold"}, modified=1)]
    found["fills"].append(record("web/1", modified=2))
    found["no fills"] = [record("web/2", {name: value for name, (_, value) in FILLED.items()})]
    found["newsletter"] = [
        record("crm/1", {"newsletter": "subscribed"}, modified=2),
        record("web/1", {"newsletter": "unsubscribed"}, modified=1),
    ]
    found["changed"] = [record("crm/1", {"name": "B", "tags": "x"})]
    found["led elsewhere"] = [record("crm/1", {"name": "B"})]
    return found


def replace_values(row, values):
    return {**row, "values": values}


def built(engine, cases, number, *, leads, before=None):
    """Merge the cases; golden records, provenance, and the tables."""
    world = World(engine, PLAN, f"every_{number}")
    rows = [
        {**row, "key": f"{case}-{row['key']}",
         "values": {NAMES.get(name, name): value for name, value in row["values"].items()}}
        for case, those in cases.items() for row in those
    ]  # fmt: skip
    records = world.records(rows)
    members = world.members(
        {case: [f"{row['source']}/{case}-{row['key']}" for row in those]
         for case, those in cases.items()}
    )  # fmt: skip
    pins = [("pins", name, text) for name, (text, _) in test_finishing.TYPES.items()]
    columns = [sa.column("id", sa.Text()), sa.column("order_id", sa.Text())]
    related = world.load("leads", columns, [{"id": a, "order_id": b} for a, b in leads.items()])
    found = merge(
        engine,
        PLAN,
        records,
        members,
        as_of=AS_OF,
        number=number,
        before=before,
        pins=world.pins(*pins, ("fills", "json", None)),
        relations=["order"],
        related=related,
        name=f"every_merge_{number}",
    )
    return world.golden(found), world.values(found), found


def test_the_same_golden_records(duck, spark):
    """D4, D18, D31, D70 to D76: what each case gives, where it is from, and when it changed."""
    cases = clusters()
    was = {name: rows for name, rows in cases.items() if name != "fills"} | {
        "changed": [record("crm/1", {"name": "A", "tags": "x"})],
        "gone": [record("crm/1", {"name": "A"})],
    }
    *_, before = built(duck, was, 1, leads={"led elsewhere": "o1"})
    lent = Merged(
        *(
            copied(each, duck, spark, f"b_{n}")
            for n, each in enumerate((before.golden, before.values))
        )
    )

    wanted = built(duck, cases, 2, leads={"led elsewhere": "o2"}, before=before)
    found = built(spark, cases, 2, leads={"led elsewhere": "o2"}, before=lent)

    for id_, row in wanted[0].items():
        assert found[0][id_] == row, id_
        assert found[1][id_] == wanted[1][id_], id_
    assert found[:2] == wanted[:2]
    golden, values = wanted[:2]
    for name, (_, winner) in test_consents.CASES.items():
        wins = values[f"consent {name}"]["email_consent"][0]
        assert wins == (winner and winner.replace("/", f"/consent {name}-"))
    for n, (_, winner) in enumerate(test_groups.PICKED[1:]):
        assert values["groups"][f"street_{n}"][0] == winner.replace("/", "/groups-")
    assert golden["groups"]["street_4"] == "1 rue A"
    assert golden["group without"]["city_4"] is None
    assert [golden[f"days {proof}"]["push_consent"] for proof in (True, False, None)] == [
        True, False, False
    ]  # fmt: skip
    assert {name: golden["pins"][name] for name in test_finishing.TYPES} == {
        name: value for name, (_, value) in test_finishing.TYPES.items()
    }
    for name, (_, value) in FILLED.items():
        assert golden["fills"][name] == golden["no fills"][name] == value
    assert (golden["fills"]["json"], golden["fills"]["of_latest"]) == (None, "bronze")
    changed = {id_ for id_, row in golden.items() if row["changed_in"] == 2}
    assert changed == {"changed", "fills", "led elsewhere"}


SAME = {"first_name": "Ann", "last_name": "Lee", "phone": "+33611111111", "email": "ann@x.fr"}
CROWD = [
    *crowd(230),
    person("x", email="a1@x.fr"),
    *(person(f"s{n}", **SAME) for n in range(2)),
    *(person(f"n{n}", first_name=name, last_name=name, zip=f"7500{n}")
      for n, name in enumerate(("Ann", "ANN", "Bob", "Anna", "Annie", "Ana", "Eve"))),
]  # fmt: skip


def test_the_same_health(duck, spark):
    """D88, D18, DG16: every check, of one version in which each finds something."""
    together = {"p": [f"crm/n{n}" for n in range(7)], "q": [f"crm/{n}" for n in range(200, 230)]}
    alone = [f"crm/{row['key']}" for row in CROWD]
    alone = [each for each in alone if each not in {*together["p"], *together["q"]}]
    version = Version(
        duck,
        CROWD,
        together | {key: [key] for key in alone},
        refused=[("crm/5", "a5@x.fr")],
        guards=[("DG1", "phone", "0", 4)],
    )
    rids = version.world.rids
    was = [{"rid": rids[key], "id": "old" if rids[key] <= 20 else key} for key in alone]
    version.tables["before"] = version.world.load("before", layout.MEMBERS, was)
    lent = {name: copied(each, duck, spark, name) for name, each in version.tables.items()}
    last = [
        {"name": "golden_records", "count": 300},
        {"name": "nulls", "columns": {"phone": 40, "email": 0}},
        {"name": "refused", "count": 10},
        {"name": "blocked", "count": 2},
    ]
    relations = [{"name": "order", "resolved": 9, "unmatched": 1, "blocked": 1, "empty": 5}]

    def checks(engine, tables):
        rest = {name: each for name, each in tables.items() if name != "before"}
        found = measured(
            engine,
            version.plan,
            rest,
            members_before=tables["before"],
            last=last,
            relations=relations,
        )
        return [asdict(each) for each in found]

    wanted = checks(duck, version.tables)

    assert checks(spark, lent) == wanted
    assert version.plan.definition.identity == KEYS
    assert {each["name"] for each in wanted} == {each.name for each in CHECKS}
    quiet = {each["name"] for each in wanted if not (each["value"] or each["count"])}
    assert quiet == set()
