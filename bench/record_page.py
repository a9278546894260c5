"""The page of a record with 5,000 activities of its own and 5,000 of linked records.

Floor: the newest 50 activities by one bare statement. Measured is the whole view in the server.
"""

import statistics
import time
from typing import Any

import sqlalchemy as sa
from django.conf import settings
from django.db import connection
from django.test import Client

from bench.filled import activities, analyse, companies, contacts, links
from bench.measured import as_a_server, peak_mib
from tresse.accounts.models import User
from tresse.objects.database import rows as read
from tresse.objects.described import data_model
from tresse.records.tables import ACTIVITY_RECORD

ROWS = 1_000_000
ACTIVITIES = 5_000
TIMES = 40


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh; `rows` contacts stand beside."""
    model = data_model()
    people, firms = contacts(model, rows), companies(model, 100)
    heavy = people[0]
    links(model, "contact_company", ((heavy, firm) for firm in firms[:10]))
    activities(model.object("contact"), heavy, ACTIVITIES)
    for firm in firms[:10]:
        activities(model.object("company"), firm, ACTIVITIES // 10)
    analyse()
    as_a_server()
    settings.ALLOWED_HOSTS = ["*"]
    client = Client()
    client.force_login(User.objects.earliest("id"), backend=settings.AUTHENTICATION_BACKENDS[-1])
    page = _median(lambda: client.get(f"/contacts/{heavy}/"))
    newest = (
        sa.select(ACTIVITY_RECORD.c.activity_id)
        .where(ACTIVITY_RECORD.c.record_id == heavy)
        .order_by(ACTIVITY_RECORD.c.at.desc())
        .limit(50)
    )
    floor = _median(lambda: read(newest))
    return {
        "name": "record",
        "database": connection.vendor,
        "rows": ACTIVITIES * 2,
        "seconds": round(page / 1000, 4),
        "rows_per_second": round(50_000 / page),
        "median_ms": page,
        "floor_ms": floor,
        "floor_ratio": round(page / floor, 1),
        "peak_mib": peak_mib(),
    }


def _median(act: Any) -> float:
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return round(statistics.median(taken), 2)
