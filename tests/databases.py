"""Real database servers on loopback, started by the project's scripts, and connections to them.

A test that names `postgresql_server` or `mariadb_server` is skipped with the reason where the
server cannot be had. Each test run has a database of its own there, which is dropped at the end.
"""

import os
import subprocess
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pymysql
import pytest

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Limits, Opened

ROOT = Path(__file__).parents[1]
USUAL = Limits()


def started(script, **variables):
    """The address that a script prints; the test is skipped where it cannot."""
    made = subprocess.run(  # noqa: S603  our own scripts
        [ROOT / "scripts" / script],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.skip(made.stderr.strip().splitlines()[-1] if made.stderr.strip() else script)
    return made.stdout.strip().splitlines()[-1]


@dataclass(frozen=True)
class Server:
    """A database of a server, and how it is reached."""

    kind: str
    host: str
    port: int
    database: str
    user: str
    password: str

    def run(self, *statements):
        """Run statements there, each committed; answers the rows of the last one."""
        found = []
        with closing(self.link()) as link, closing(link.cursor()) as cursor:
            for statement in statements:
                cursor.execute(statement)
                found = list(cursor.fetchall()) if cursor.description else []
        return found

    def link(self):
        """A connection of the bare driver."""
        if self.kind == "postgresql":
            return psycopg.connect(
                host=self.host,
                port=self.port,
                dbname=self.database,
                user=self.user,
                password=self.password,
                autocommit=True,
            )
        return pymysql.connect(
            host=self.host,
            port=self.port,
            database=self.database,
            user=self.user,
            password=self.password,
            autocommit=True,
        )

    @property
    def settings(self):
        """Settings of a connection to it."""
        return {
            "host": self.host,
            "port": self.port,
            "database": self.database,
            "user": self.user,
            "ssl": "disable" if self.kind == "postgresql" else "disabled",
        }

    @property
    def secrets(self):
        """Secrets of a connection to it."""
        return {"password": self.password}


def opened(server, *, limits=USUAL, folder=None, secrets=None, kind="", **settings):
    """A connection as its kind gets it."""
    kind = kind or server.kind
    fields = {each.name: each.default for each in KINDS[kind].fields}
    return Opened(
        name="shop",
        kind=kind,
        settings={**fields, **server.settings, **settings},
        secrets=server.secrets if secrets is None else secrets,
        allows_private=True,
        folder=folder,
        limits=limits,
    )


def _server(kind, url):
    parts = urlsplit(url)
    return Server(
        kind,
        parts.hostname,
        parts.port,
        parts.path.strip("/"),
        parts.username,
        parts.password or "",
    )


def _own(server):
    """A database of this test run's own."""
    name = f"shop_{os.getpid()}"
    server.run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}")
    return Server(server.kind, server.host, server.port, name, server.user, server.password)


@pytest.fixture(scope="session")
def postgresql_server():
    """An empty database of a PostgreSQL server."""
    whole = _server("postgresql", started("postgres.sh"))
    yield _own(whole)
    with suppress(psycopg.Error):
        whole.run(f"DROP DATABASE IF EXISTS shop_{os.getpid()} WITH (FORCE)")


@pytest.fixture(scope="session")
def mariadb_server():
    """An empty database of a MariaDB server."""
    whole = _server("mariadb", started("mariadb.sh"))
    yield _own(whole)
    with suppress(pymysql.MySQLError):
        whole.run(f"DROP DATABASE IF EXISTS shop_{os.getpid()}")


@pytest.fixture
def shop(request):
    """The server that a test is run on: parametrise it indirectly by `ON_EACH`."""
    return request.getfixturevalue(f"{request.param}_server")


ON_EACH = pytest.mark.parametrize("shop", ["postgresql", "mariadb"], indirect=True)
