"""PostgreSQL, and what speaks its protocol."""

from contextlib import AbstractContextManager

from tresse.connections.databases.database import Database, fields
from tresse.connections.databases.postgresql import DISABLE, PREFER, REQUIRE, session
from tresse.connections.databases.session import Session
from tresse.connections.kinds.base import Field, Opened
from tresse.kernel.marks import N_


class PostgreSQL(Database):
    """Tables, views and queries of a PostgreSQL database."""

    name = "postgresql"
    label = "PostgreSQL"
    fields = fields(
        5432,
        (DISABLE, PREFER, REQUIRE),
        PREFER,
        N_("prefer: if the server's certificate can be verified. require: else not at all."),
        Field("schema", N_("Schema"), "", help=N_("Empty: all of them.")),
    )

    def session(self, opened: Opened, *, writes: bool = False) -> AbstractContextManager[Session]:
        """A session of psycopg."""
        return session(opened, writes=writes)
