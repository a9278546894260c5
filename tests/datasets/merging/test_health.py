"""Health of versions (D88, DG16)."""

from dataclasses import replace

import pytest

from tests.datasets.merging.worlds import AS_OF, World, column, planned, record
from tresse.datasets import layout
from tresse.datasets.definition import Identity, KeySet
from tresse.datasets.merging import merge
from tresse.datasets.merging.health import CHECKS, FEWEST, Check, measured

KEYS = Identity(keys=(KeySet(("email",)), KeySet(("phone",))))


def people():
    plan = planned(
        *(column(name, semantic=name) for name in ("email", "phone", "first_name", "last_name")),
        column("zip", semantic="postal_code"),
    )
    return replace(plan, definition=replace(plan.definition, identity=KEYS))


def person(key: str, **values):
    """A record whose match values are its values in lower case."""
    row = record(f"crm/{key}", values)
    row["match"] = {name: value and value.lower() for name, value in values.items()}
    return row


class Version:
    """Tables of a version, merged from rows and clusters."""

    def __init__(self, engine, rows, clusters=None, *, refused=(), guards=(), plan=None) -> None:
        self.engine, self.plan = engine, plan or people()
        world = World(engine, self.plan, "health")
        records = world.records({**each, "own": self._matches(each)} for each in rows)
        members = world.members(clusters or {key: [key] for key in world.rids})
        merged = merge(engine, self.plan, records, members, as_of=AS_OF, number=1, name="health")
        tied = [
            {"rid": world.rids[f"crm/{each['key']}"], "strength": strength, "value": value,
             "is_accepted": (f"crm/{each['key']}", value) not in refused}
            for each in rows
            for strength, name in enumerate(("email", "phone"))
            if (value := each.get("match", {}).get(name))
        ]  # fmt: skip
        attachments = world.load("attachments", layout.ATTACHMENTS, tied)
        guarded = [
            {"guard": guard, "columns": name, "value": value, "records": number}
            for guard, name, value, number in guards
        ]
        self.tables = {
            "records": records,
            "members": members,
            "attachments": attachments,
            "guards": world.load("guards", layout.GUARDS, guarded),
            "golden": merged.golden,
            "values": merged.values,
        }
        self.world = world

    def _matches(self, row):
        return {
            self.plan.of(name).match: value
            for name, value in row.get("match", {}).items()
            if self.plan.of(name) in self.plan.matched
        }

    def checks(self, **more) -> dict[str, Check]:
        found = measured(self.engine, self.plan, self.tables, **more)
        return {each.name: each for each in found}


def crowd(number: int, **same):
    return [
        person(str(n), **{"email": f"a{n}@x.fr", "first_name": f"A{n}", **same})
        for n in range(number)
    ]


def test_a_healthy_version_is_good_throughout(duck):
    """D88"""
    version = Version(duck, crowd(3))

    checks = version.checks(members_before=version.tables["members"])

    assert {each.band for each in checks.values()} == {"ok"}
    assert not any(each.holds for each in checks.values())
    assert checks["golden_records"].count == 3
    assert checks["golden_records"].value is None
    assert checks["nulls"].columns["email"] == 0
    assert checks["nulls"].columns["phone"] == 100
    assert "relations" not in checks


@pytest.mark.parametrize(
    ("last", "value", "band"),
    [(210, 0, "ok"), (200, 0, "ok"), (222, 5.4054, "look"), (263, 20.1521, "bad")],
)
def test_fewer_golden_records_than_before(duck, last, value, band):
    """D88"""
    before = [{"name": "golden_records", "count": last, "value": None, "columns": {}}]

    check = Version(duck, crowd(210)).checks(last=before)["golden_records"]

    assert (check.value, check.band, check.holds) == (value, band, band == "bad")


def test_few_golden_records_hold_nothing(duck):
    """D88"""
    before = [{"name": "golden_records", "count": 1000, "value": None, "columns": {}}]

    check = Version(duck, crowd(FEWEST - 1)).checks(last=before)["golden_records"]

    assert (check.band, check.holds) == ("bad", False)


def test_the_largest_golden_record(duck):
    """D88"""
    rows = crowd(26)
    version = Version(duck, rows, {"p": [f"crm/{each['key']}" for each in rows]})

    check = version.checks()["largest_cluster"]

    assert (check.value, check.band, check.holds) == (26, "look", False)


def test_names_are_compared_folded(duck):
    """D88"""
    names = ["Ann", "ANN", "ann", "Anna", "Annie", "Ana"]
    rows = [person(str(n), first_name=name) for n, name in enumerate(names)]
    of_six = {"p": [f"crm/{n}" for n in range(6)]}
    of_five = {"p": [f"crm/{n}" for n in range(5)], "q": ["crm/5"]}

    four = Version(duck, rows, of_six).checks()["first_names"]
    three = Version(duck, rows, of_five).checks()["first_names"]

    assert (four.value, four.band, four.columns) == (100, "bad", {"first_name": None})
    assert three.band == "ok"


def test_postal_codes(duck):
    """D88"""
    rows = [person(str(n), zip=f"7500{n}") for n in range(6)]
    version = Version(duck, rows, {"p": [f"crm/{n}" for n in range(6)]})

    assert version.checks()["postal_codes"].value == 100


def test_golden_records_that_should_be_one(duck):
    """D88"""
    same = {"first_name": "Ann", "last_name": "Lee", "phone": "+33611111111"}
    rows = [person("1", **same), person("2", **same), person("3", **{**same, "last_name": "Li"})]
    rows += [person("4", first_name="ann", last_name="LEE", email="a@x.fr"), person("5")]

    checks = Version(duck, rows).checks()

    assert checks["name_and_phone"].count == 2
    assert checks["name_and_phone"].value == 40
    assert checks["name_and_email"].count == 0
    blocked = Version(duck, rows, guards=[("DG1", "phone", same["phone"], 3)])
    assert blocked.checks()["name_and_phone"].count == 0


def test_ids_that_changed(duck):
    """D88"""
    version = Version(duck, crowd(400))
    before = version.world.load(
        "before",
        layout.MEMBERS,
        [{"rid": rid, "id": "old" if rid <= 20 else f"crm/{rid - 1}"} for rid in range(1, 399)],
    )

    check = version.checks(members_before=before)["changed_ids"]

    assert (check.count, check.value, check.band, check.holds) == (20, 5.0251, "bad", True)


@pytest.mark.parametrize(("share", "band"), [(96, "ok"), (95, "look"), (80, "bad"), (40, "bad")])
def test_columns_that_were_emptied(duck, share, band):
    """D88"""
    last = [{"name": "nulls", "columns": {"phone": share, "email": 0, "gone": 1}}]

    check = Version(duck, crowd(200)).checks(last=last)["changed_nulls"]

    assert (check.value, check.band, check.holds) == (100 - share, band, band == "bad")
    assert check.columns == {"phone": 100 - share, "email": 0}


def test_refused_and_blocked_against_the_last_version(duck):
    """D88"""
    refused = [(f"crm/{n}", f"a{n}@x.fr") for n in range(12)]
    version = Version(duck, crowd(20), refused=refused, guards=[("DG1", "phone", "0", 4)])
    last = [{"name": "refused", "count": 10}, {"name": "blocked", "count": 2}]

    checks = version.checks(last=last)

    assert (checks["refused"].value, checks["refused"].band) == (20, "look")
    assert (checks["blocked"].value, checks["blocked"].band) == (100, "bad")
    assert (checks["refused"].count, checks["blocked"].count) == (12, 4)
    assert version.checks()["refused"].value is None


def test_a_key_value_on_two_golden_records_needs_a_reason(duck):
    """D88"""
    rows = [*crowd(200), person("x", email="a1@x.fr")]
    torn = Version(duck, rows).checks()["unexplained"]
    explained = Version(duck, rows, refused=[("crm/x", "a1@x.fr")]).checks()["unexplained"]

    assert (torn.value, torn.band, torn.holds, torn.columns) == (1, "bad", True, {"email": 1})
    assert (explained.value, explained.band) == (0, "ok")


def test_unresolved_relations(duck):
    """D88, D18"""
    names = ("name", "resolved", "unmatched", "blocked", "empty")
    counts = [
        dict(zip(names, each, strict=True))
        for each in (("order", 98, 1, 1, 50), ("store", 0, 0, 0, 9))
    ]

    check = Version(duck, crowd(2)).checks(relations=counts)["relations"]

    assert (check.value, check.band) == (2, "look")
    assert check.columns == {"order": 2, "store": 0}


def test_a_dataset_without_keys_has_fewer_checks(duck):
    """D88, D5"""
    plan = planned(column("email", semantic="email"))

    checks = Version(duck, crowd(1)[:0], plan=plan).checks()

    assert set(checks) == {"golden_records", "largest_cluster", "nulls"}
    assert checks["golden_records"].count == 0


def test_every_check_is_of_the_table():
    """D88: H are the checks that hold."""
    holding = {each.name for each in CHECKS if each.can_hold}

    assert holding == {"golden_records", "changed_ids", "changed_nulls", "unexplained"}
    assert all(each.look is None or each.bad is None or each.look < each.bad for each in CHECKS)


def test_checks_are_plain_json(duck):
    """D88"""
    [first, *_] = measured(duck, people(), Version(duck, crowd(1)).tables)

    assert first.said() == {
        "name": "golden_records",
        "value": None,
        "band": "ok",
        "holds": False,
        "columns": {},
        "count": 1,
    }
