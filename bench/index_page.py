"""The first page of an index with a filter and a sort on indexed properties.

Floor: the same 50 rows by one bare statement over the same indexes. Measured is the whole view in
the server (middleware, rights, statements, template), without the network.
"""

import json
import statistics
import time
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from django.conf import settings
from django.db import connection
from django.test import Client

from bench.filled import analyse, contacts
from bench.measured import as_a_server, peak_mib
from tresse.accounts.models import User
from tresse.objects.database import rows as read
from tresse.objects.described import data_model

ROWS = 1_000_000
TIMES = 40
CASES = {
    "owner, newest first": ({"property": "owner", "operator": "is", "value": "me"}, "-created_at"),
    "owner, by last name": ({"property": "owner", "operator": "is", "value": "me"}, "last_name"),
    "last name begins, newest first": (
        {"property": "last_name", "operator": "starts_with", "value": "Now"},
        "-created_at",
    ),
    "no filter, by last name": (None, "last_name"),
}


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`; `median_ms` and `p95_ms` of server time for each case.
    """
    model = data_model()
    began = time.perf_counter()
    contacts(model, rows)
    analyse()
    as_a_server()
    filled = time.perf_counter() - began
    user = User.objects.earliest("id")
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    figures = {name: _times(client, *case) for name, case in CASES.items()}
    floor = _floor(model.object("contact"), user.pk)
    median = figures["owner, newest first"]["median_ms"]
    return {
        "name": "index",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(median / 1000, 4),
        "rows_per_second": round(50_000 / median),
        "floor_ms": floor,
        "floor_ratio": round(median / floor, 1),
        "peak_mib": peak_mib(),
        "filled_seconds": round(filled, 1),
        "cases": figures,
    }


def _times(client: Client, filter_: Any, sort: str) -> dict[str, float]:
    text = f"&filter={quote(json.dumps(filter_))}" if filter_ else ""
    address = f"/contacts/?sort={sort}{text}"
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = client.get(address)
        taken.append((time.perf_counter() - began) * 1000)
        if answer.status_code != 200:
            message = f"{address} answered {answer.status_code}"
            raise RuntimeError(message)
    taken.sort()
    return {
        "median_ms": round(statistics.median(taken), 1),
        "p95_ms": round(taken[int(TIMES * 0.95)], 1),
    }


def _floor(contact: Any, owner: int) -> float:
    table = contact.table
    statement = (
        sa.select(table)
        .where(table.c.owner == owner, table.c.deleted_at.is_(None))
        .order_by(table.c.created_at.desc(), table.c.id.desc())
        .limit(51)
    )
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        read(statement)
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 2)
