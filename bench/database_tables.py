"""A shop's table of 12 columns on real servers, and ways to read all of it and keep nothing.

`fill` makes it; `READERS` are the libraries that were compared (decision 0017) and the bare driver.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pymysql
from pymysql.cursors import SSCursor

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Opened, Request

ROOT = Path(__file__).parents[1]
TABLE = "bench_orders"
SCRIPTS = {"postgresql": "postgres.sh", "mariadb": "mariadb.sh"}
# fmt: off
COLUMNS = (
    "id", "customer_id", "number", "status", "amount", "discount", "weight", "is_paid",
    "ordered_on", "updated_at", "email", "note",
)
# fmt: on
TYPES = {
    "postgresql": "id bigint PRIMARY KEY, customer_id int, number varchar(20), status varchar(12), "
    "amount numeric(12,2), discount numeric(6,4), weight double precision, is_paid boolean, "
    "ordered_on date, updated_at timestamptz, email varchar(80), note text",
    "mariadb": "id bigint PRIMARY KEY, customer_id int, number varchar(20), status varchar(12), "
    "amount decimal(12,2), discount decimal(6,4), weight double, is_paid boolean, "
    "ordered_on date, updated_at timestamp NULL, email varchar(80), note text",
}
ROWS = {
    "postgresql": "INSERT INTO {table} SELECT n, n % 50000, 'ORD-' || lpad(n::text, 9, '0'), "
    "(ARRAY['paid','open','sent','refunded'])[1 + n % 4], n % 100000 / 100.0, n % 97 / 1000.0, "
    "n / 7.0, n % 3 = 0, date '2020-01-01' + n % 2000, "
    "timestamptz '2024-01-01 00:00+00' + n * interval '31 seconds', "
    "'client' || n % 50000 || '@example.fr', CASE WHEN n % 5 = 0 THEN NULL ELSE 'Livraison n° ' || "
    "n || ', près du marché' END FROM generate_series({first}, {last}) AS n",
    "mariadb": "INSERT INTO {table} SELECT seq, seq % 50000, CONCAT('ORD-', LPAD(seq, 9, '0')), "
    "ELT(1 + seq % 4, 'paid', 'open', 'sent', 'refunded'), seq % 100000 / 100.0, "
    "seq % 97 / 1000.0, seq / 7e0, seq % 3 = 0, DATE_ADD('2020-01-01', INTERVAL seq % 2000 DAY), "
    "'2024-01-01' + INTERVAL (seq * 31) SECOND, CONCAT('client', seq % 50000, '@example.fr'), "
    "IF(seq % 5 = 0, NULL, CONCAT('Livraison n° ', seq, ', près du marché')) "
    "FROM seq_{first}_to_{last}",
}
INDEX = "CREATE INDEX {table}_updated ON {table} (updated_at, id)"


class Place:
    """A server that the project's script starts."""

    def __init__(self, kind: str) -> None:
        made = subprocess.run(  # noqa: S603  our own script
            [ROOT / "scripts" / SCRIPTS[kind]], capture_output=True, text=True, check=True
        )
        self.kind, self.url = kind, made.stdout.split()[-1]
        parts = urlsplit(self.url)
        self.facts: dict[str, Any] = {
            "host": parts.hostname,
            "port": parts.port,
            "database": parts.path.strip("/"),
            "user": parts.username,
        }
        self.password = parts.password or ""

    def link(self) -> Any:
        """A connection of the bare driver."""
        if self.kind == "postgresql":
            return psycopg.connect(self.url, autocommit=True)
        return pymysql.connect(
            **self.facts, password=self.password, autocommit=True, charset="utf8mb4"
        )

    def opened(self) -> Opened:
        """As the kind of connection gets it."""
        fields = {field.name: field.default for field in KINDS[self.kind].fields}
        off = "disable" if self.kind == "postgresql" else "disabled"
        settings = {**fields, **self.facts, "ssl": off}
        secrets = {"password": self.password}
        return Opened("bench", self.kind, settings, secrets, allows_private=True)


def fill(place: Place, rows: int, table: str = TABLE) -> None:
    """Make the table with so many rows and an index on `(updated_at, id)`; kept if it has them."""
    with place.link() as link, link.cursor() as cursor:
        try:
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  our own name
            if cursor.fetchone()[0] == rows:
                return
        except (psycopg.Error, pymysql.MySQLError):
            pass
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
        cursor.execute(f"CREATE TABLE {table} ({TYPES[place.kind]})")
        for first in range(1, rows + 1, 1_000_000):
            last = min(rows, first + 999_999)
            cursor.execute(ROWS[place.kind].format(table=table, first=first, last=last))
        cursor.execute(INDEX.format(table=table))
        cursor.execute(f"ANALYZE {'' if place.kind == 'postgresql' else 'TABLE '}{table}")


def ours(place: Place, table: str = TABLE) -> int:
    """The kind of connection, as runs of sources read with it."""
    batches = KINDS[place.kind].read(place.opened(), Request(table=table, columns=COLUMNS))
    return sum(batch.num_rows for batch in batches)


def bare(place: Place, table: str = TABLE) -> int:
    """The bare driver, streaming, every value as it comes."""
    number = 0
    text = f"SELECT {', '.join(COLUMNS)} FROM {table}"  # noqa: S608  our own names
    with place.link() as link:
        if place.kind == "postgresql":
            link.autocommit = False
            cursor = link.cursor(name="bench")
            cursor.itersize = 10_000
        else:
            cursor = link.cursor(SSCursor)
        cursor.execute(text)
        for _ in cursor:
            number += 1
        cursor.close()
    return number


READERS: dict[str, Callable[..., int]] = {"ours": ours, "bare driver": bare}
