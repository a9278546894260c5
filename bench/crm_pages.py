"""The pages of a CRM in use, over real HTTP: a server of its own process answers, one at a time.

1 M contacts, 200,000 companies, 300,000 deals and 5 M activities by default. Floor: the same server
answering a page that reads nothing of them.
"""

import http.client
import json
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode

from django.db import connection

from bench.filled import analyse, companies, contacts, deals, links, spread_activities
from bench.measured import peak_mib
from tresse.accounts.queries import first_administrator
from tresse.objects.described import DataModel, data_model
from tresse.records.changes.views import add_view

ROWS = 1_000_000
TIMES = 60
FLOOR = "floor"
EMAIL, PASSWORD = "bench@example.com", "a fresh database"
"As `config.benches` makes the administrator."
BAR = {"sqlite": 150, "postgresql": 100}


def run(rows: int = ROWS) -> dict[str, Any]:
    """Measure on the database at hand, which should be fresh.

    Returns:
        Fields of `tresse bench`; `pages`: per page `median_ms`, `p95_ms` and its size on the wire.
        `seconds` is the slowest p95.
    """
    began = time.perf_counter()
    ids = fill(data_model(), rows)
    filled = time.perf_counter() - began
    with _served() as port:
        pages = _measured(port, _addresses(ids))
    floor = pages.pop(FLOOR)["median_ms"]
    slowest = max(page["p95_ms"] for page in pages.values())
    return {
        "name": "crm",
        "database": connection.vendor,
        "rows": rows,
        "seconds": round(slowest / 1000, 4),
        "rows_per_second": round(1000 / slowest),
        "bar_ms": BAR[connection.vendor],
        "floor_ms": floor,
        "floor_ratio": round(slowest / floor, 1),
        "peak_mib": peak_mib(),
        "filled_seconds": round(filled, 1),
        "pages": pages,
    }


def fill(model: DataModel, rows: int) -> dict[str, range]:
    """Make the records; answers their ids by object type."""
    ids = {
        "contact": contacts(model, rows),
        "company": companies(model, rows // 5),
        "deal": deals(model, rows * 3 // 10),
    }
    pick = random.Random(4)  # noqa: S311  test data

    def pairs(here: str, there: str) -> Iterator[tuple[int, int]]:
        others = ids[there]
        return ((id, others[pick.randrange(len(others))]) for id in ids[here])

    for name, here, there in (
        ("contact_company", "contact", "company"),
        ("deal_company", "deal", "company"),
        ("deal_contact", "deal", "contact"),
    ):
        links(model, name, pairs(here, there))
    spread_activities({name: (model.object(name), each) for name, each in ids.items()}, rows * 5)
    _views(model)
    analyse()
    return ids


def _views(model: DataModel) -> None:
    mine = {"property": "owner", "operator": "is", "value": "me"}
    early = {"property": "last_name", "operator": "starts_with", "value": "Now"}
    for name, filter_, sort in (
        ("my_newest", mine, ["-created_at"]),
        ("my_names", mine, ["last_name"]),
        ("nowak", early, ["-created_at"]),
    ):
        add_view(
            model,
            model.object("contact"),
            name=name,
            label=name.replace("_", " ").title(),
            filter=filter_,
            sort=sort,
            actor=first_administrator(),
        )


def _addresses(ids: dict[str, range]) -> dict[str, list[str]]:
    """Page to addresses, visited in turn."""
    pick = random.Random(5)  # noqa: S311  test data
    some = {name: pick.sample(each, min(20, len(each))) for name, each in ids.items()}
    won = quote(json.dumps({"property": "stage", "operator": "is", "value": "won"}))
    return {
        FLOOR: ["/settings/profile/"],
        "index of contacts": ["/contacts/", "/contacts/?sort=last_name"],
        "saved view": [f"/contacts/?view={name}" for name in ("my_newest", "my_names", "nowak")],
        "index of companies": ["/companies/?sort=name"],
        "index of deals, filtered": [f"/deals/?filter={won}", "/deals/?view=mine"],
        "board": ["/deals/?layout=board"],
        "contact": [f"/contacts/{id}/" for id in some["contact"]],
        "company": [f"/companies/{id}/" for id in some["company"]],
        "deal": [f"/deals/{id}/" for id in some["deal"]],
        "search in an index": [f"/contacts/?q={each}" for each in ("nowak42", "zof+kow", "an")],
        "search everywhere": [f"/search/?q={each}" for each in ("nowak42", "ma", "roof+99")],
        "data model": ["/data-model/"],
    }


@contextmanager
def _served() -> Iterator[int]:
    """A server of its own on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "tresse", "serve", "--host", "127.0.0.1", "--port", str(port)]
    connection.close()
    with subprocess.Popen(command, stdout=sys.stderr) as server:  # noqa: S603  our own program
        try:
            _wait(port)
            yield port
        finally:
            server.terminate()


def _wait(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = "The server did not start."
    raise RuntimeError(message)


def _cookie(http_: http.client.HTTPConnection) -> str:
    """Sign in as people do; answers the cookies."""
    http_.request("GET", "/sign-in/")
    answer = http_.getresponse()
    page = answer.read().decode()
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    before = _cookies(answer)
    fields = {"csrfmiddlewaretoken": token, "email": EMAIL, "password": PASSWORD}
    headers = {"Cookie": before, "Content-Type": "application/x-www-form-urlencoded"}
    http_.request("POST", "/sign-in/", urlencode(fields), headers)
    answer = http_.getresponse()
    answer.read()
    return _cookies(answer)


def _cookies(answer: http.client.HTTPResponse) -> str:
    given = answer.headers.get_all("Set-Cookie") or []
    return "; ".join(each.split(";")[0] for each in given)


def _measured(port: int, pages: dict[str, list[str]]) -> dict[str, dict[str, float]]:
    """Each page so many times, all of them in turn, over one connection."""
    http_ = http.client.HTTPConnection("127.0.0.1", port)
    cookie = _cookie(http_)
    taken: dict[str, list[float]] = {name: [] for name in pages}
    sizes: dict[str, int] = {}
    for turn in range(-5, TIMES):
        for name, addresses in pages.items():
            began = time.perf_counter()
            http_.request(
                "GET",
                addresses[turn % len(addresses)],
                headers={"Cookie": cookie, "Accept-Encoding": "gzip"},
            )
            answer = http_.getresponse()
            size = len(answer.read())
            if answer.status != 200:
                message = f"{addresses[turn % len(addresses)]} answered {answer.status}"
                raise RuntimeError(message)
            if turn >= 0:
                taken[name].append((time.perf_counter() - began) * 1000)
                sizes[name] = size
    return {
        name: {
            "median_ms": round(statistics.median(times), 1),
            "p95_ms": round(sorted(times)[int(TIMES * 0.95)], 1),
            "bytes": sizes[name],
        }
        for name, times in taken.items()
    }
