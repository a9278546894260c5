"""Filters of 100 conditions: check, compile to a Core condition, and write as a statement (G80).

CPU time, so that others at work do not count. Floor: as many plain comparisons, as one
hand-written Core expression, written as a statement.
"""

import statistics
import time
from typing import Any

import sqlalchemy as sa
from django.db import connection

from bench.measured import as_a_server, peak_mib
from tresse.accounts.queries import account, first_administrator
from tresse.engine.statements import DIALECTS
from tresse.filters import checked, condition
from tresse.objects.described import data_model

ROWS = 100
RUNS = 50
CONDITIONS = (
    {"property": "city", "operator": "contains", "value": "ly"},
    {"property": "last_name", "operator": "is", "value": "Nowak"},
    {"property": "country", "operator": "is_any_of", "value": ["fr", "be", "pl"]},
    {"property": "birthday", "operator": "in_last", "value": "90 days"},
    {"property": "created_at", "operator": "after", "value": {"today": "-30 days"}},
    {"property": "activity_count", "operator": "at_least", "value": 3},
    {"property": "email", "operator": "is_not_empty"},
    {"property": "owner", "operator": "is", "value": "me"},
    {"property": "phone", "operator": "starts_with", "value": "+33"},
    {
        "linked": "deal",
        "by": ["deal_contact"],
        "filter": {"property": "amount", "operator": "more_than", "value": 5000},
    },
)


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand; `rows` is the number of conditions, at most 100."""
    model, actor, settings = data_model(), first_administrator(), account()
    contact = model.object("contact")
    # A linked condition counts with the one in it.
    filter_: dict[str, Any] = {"all": _conditions(rows)}
    as_a_server()
    dialect = DIALECTS[connection.vendor]
    checks, compiles, writes, floors = [], [], [], []
    for _ in range(RUNS):
        began = time.process_time()
        good = checked(filter_, contact, model=model, actor=actor, account=settings)
        checks.append(time.process_time() - began)
        began = time.process_time()
        where = condition(good, contact.table, model=model, actor=actor, account=settings)
        compiles.append(time.process_time() - began)
        began = time.process_time()
        sa.select(contact.table.c.id).where(where).compile(dialect=dialect)
        writes.append(time.process_time() - began)
        floors.append(_floor(contact.table, rows, dialect))
    return {
        "name": "filters",
        "database": connection.vendor,
        "conditions": rows,
        "check_ms": _median(checks),
        "compile_ms": _median(compiles),
        "write_ms": _median(writes),
        "floor_ms": _median(floors),
        "peak_mib": peak_mib(),
    }


def _conditions(number: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    left = number
    while left > 0:
        node = CONDITIONS[len(found) % len(CONDITIONS)]
        if "filter" in node and left < 2:
            node = CONDITIONS[0]
        left -= 2 if "filter" in node else 1
        found.append(node)
    return found


def _floor(table: Any, rows: int, dialect: Any) -> float:
    began = time.process_time()
    parts = [table.c.id > at for at in range(rows)]
    sa.select(table.c.id).where(sa.and_(*parts)).compile(dialect=dialect)
    return time.process_time() - began


def _median(seconds: list[float]) -> float:
    return round(statistics.median(seconds) * 1000, 2)
