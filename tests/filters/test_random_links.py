"""Random filters over links and activities, beside a plain reading of section 4 (G36)."""

import json
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from tests.filters.test_random import PARIS, holds
from tests.objects.plainly import passes
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import Setting
from tresse.filters import checked, condition
from tresse.kernel import clock
from tresse.objects import database
from tresse.objects.kinds import Moment
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD

NOWS = [datetime(2026, 3, 29, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)]
CONTACTS, DEALS = range(1, 16), range(101, 121)
AMOUNTS = [None, Decimal(0), Decimal(5), Decimal("5.5"), Decimal(1000)]
CITIES = [None, "Lyon", " łódź", "été"]
SIDES = ("deal_contact", "decision_maker")
COUNTS = ("at_least", "at_most", "exactly", "between", "none")


@pytest.fixture
def world(put, link, request):
    """Contacts, deals, links by two relations, and activities; as plain data."""
    now = request.getfixturevalue("now")
    drawn = random.Random(now.isoformat())  # noqa: S311  for a test
    contacts: dict[int, Any] = {id: {"id": id, "city": drawn.choice(CITIES)} for id in CONTACTS}
    for id, row in contacts.items():
        put("contact", id, city=row["city"])
    deals: dict[int, Any] = {id: {"id": id, "amount": drawn.choice(AMOUNTS)} for id in DEALS}
    binned = set(drawn.sample(list(DEALS), 3))
    for id, row in deals.items():
        put("deal", id, amount=row["amount"], deleted_at=now if id in binned else None)
    links = set()
    for _ in range(50):
        pair = (drawn.choice(SIDES), drawn.choice(list(DEALS)), drawn.choice(list(CONTACTS)))
        if pair not in links:
            links.add(pair)
            link(*pair)
    activities = [draw_activity(drawn, number, now) for number in range(1, 41)]
    for each in activities:
        write(each)
    seen = {key: row for key, row in deals.items() if key not in binned}
    return drawn, contacts, {"deals": seen, "links": links, "activities": activities}


def draw_activity(drawn, number, now):
    hours = drawn.choice([-800, -49, -25, -24, -1, 0, 1, 23])
    fields = {"direction": drawn.choice(["incoming", "outgoing"])}
    if drawn.random() < 0.5:
        fields["duration_seconds"] = drawn.choice([0, 40, 600])
    return {
        "id": number,
        "about": drawn.choice(list(CONTACTS)),
        "kind": drawn.choice(["call", "email"]),
        "at": now + timedelta(hours=hours),
        "fields": fields,
        "is_deleted": drawn.random() < 0.1,
    }


def write(each):
    database.execute(
        sa.insert(ACTIVITY).values(
            id=each["id"],
            kind=each["kind"],
            at=each["at"],
            change_set_id=1,
            fields=json.dumps(each["fields"]),
            deleted_at=each["at"] if each["is_deleted"] else None,
        )
    )
    about = {"record_id": each["about"], "activity_id": each["id"], "object_id": 1}
    database.execute(sa.insert(ACTIVITY_RECORD).values(**about, at=each["at"]))


def draw_count(drawn):
    operator = drawn.choice(COUNTS)
    if operator == "none":
        return {"operator": operator}
    low = drawn.randint(0, 3)
    value = [low, low + drawn.randint(0, 2)] if operator == "between" else low
    return {"operator": operator, "value": value}


def draw_amount(drawn):
    operator = drawn.choice(["is", "is_not", "at_least", "less_than", "is_empty"])
    node = {"property": "amount", "operator": operator}
    return node if operator == "is_empty" else {**node, "value": drawn.choice([0, 5, 5.5, 7])}


def draw_field(drawn):
    if drawn.random() < 0.5:
        return {"field": "direction", "operator": "is", "value": "incoming"}
    operator = drawn.choice(["at_least", "is_not", "is_empty"])
    node = {"field": "duration_seconds", "operator": operator}
    return node if operator == "is_empty" else {**node, "value": drawn.choice([0, 40, 41])}


def draw(drawn, now, levels=3):
    sort = drawn.choice(["linked", "activity", "city", "all", "any", "not"])
    if levels > 1 and sort in {"all", "any"}:
        return {sort: [draw(drawn, now, levels - 1) for _ in range(drawn.randint(1, 3))]}
    if levels > 1 and sort == "not":
        return {"not": draw(drawn, now, levels - 1)}
    node = {}
    if sort == "activity":
        node["activity"] = drawn.choice(["call", ["call", "email"]])
        if drawn.random() < 0.5:
            last = f"{drawn.choice([1, 2, 30])} {drawn.choice(['days', 'weeks', 'hours'])}"
            node["in"] = drawn.choice([{"last": last}, {"this": "month"}, {"previous": "day"}])
        if drawn.random() < 0.5 and node["activity"] == "call":
            node["filter"] = draw_field(drawn)
        return {**node, **draw_count(drawn)}
    if sort == "city":
        return {"property": "city", "operator": "is_not", "value": "Łódź"}
    node["linked"] = "deal"
    if drawn.random() < 0.7:
        node["by"] = drawn.choice([[SIDES[0]], [SIDES[1]], list(SIDES)])
    if drawn.random() < 0.7:
        inner = [draw_amount(drawn) for _ in range(drawn.randint(1, 2))]
        node["filter"] = drawn.choice([inner, {"any": inner}, {"not": inner[0]}])
    return {**node, **draw_count(drawn)}


def counted(node, number):
    operator, value = node["operator"], node.get("value")
    if operator == "between":
        return value[0] <= number <= value[1]
    return {
        "at_least": lambda: number >= value,
        "at_most": lambda: number <= value,
        "exactly": lambda: number == value,
        "none": lambda: number == 0,
    }[operator]()


def plainly(node, row, world, moment):
    """Whether a contact passes, counted one by one."""
    for sort, join in (("all", all), ("any", any)):
        if sort in node:
            return join(plainly(each, row, world, moment) for each in node[sort])
    if "not" in node:
        return not plainly(node["not"], row, world, moment)
    if "linked" in node:
        # Without `by` it is any relation, link labels apart: these come with their relation.
        by = node.get("by", [SIDES[0]])
        others = {
            deal for side, deal, contact in world["links"] if side in by and contact == row["id"]
        }
        found = [world["deals"][id] for id in others if id in world["deals"]]
        inner = node.get("filter", {"all": []})
        return counted(node, sum(holds(inner, each, moment) for each in found))
    if "activity" in node:
        return counted(node, sum(happened(node, row, each, moment) for each in world["activities"]))
    return holds(node, row, moment)


def happened(node, row, each, moment):
    kinds = node["activity"] if isinstance(node["activity"], list) else [node["activity"]]
    if each["is_deleted"] or each["about"] != row["id"] or each["kind"] not in kinds:
        return False
    for key, value in node.get("in", {}).items():
        operator = "in_last" if key == "last" else "in_period"
        asked = value if key == "last" else f"{key} {value}"
        if not passes(each["at"], operator, asked, moment):
            return False
    asked = node.get("filter")
    if asked is None:
        return True
    value = each["fields"].get(asked["field"])
    return passes(value, asked["operator"], asked.get("value"), moment)


@pytest.mark.parametrize("now", NOWS, ids=str)
def test_random_filters_over_links_find_what_a_plain_reading_finds(model, world, now):
    """G36, G21, G22, G23, G25: counts, filters inside, windows, the bin; on both databases."""
    Setting.objects.update_or_create(name="zone", defaults={"value": "Europe/Paris"})
    drawn, contacts, rest = world
    contact, moment = model.object("contact"), Moment(now, PARIS)

    with clock.at(now):
        for _ in range(80):
            node = draw(drawn, now)
            good = checked(node, contact, model=model, actor=SYSTEM)
            where = condition(good, contact.table, model=model, actor=SYSTEM)
            got = {id for (id,) in database.rows(sa.select(contact.table.c.id).where(where))}
            wanted = {id for id, row in contacts.items() if plainly(node, row, rest, moment)}
            assert got == wanted, node
