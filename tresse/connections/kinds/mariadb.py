"""MariaDB and MySQL, which speak one protocol."""

from contextlib import AbstractContextManager

from tresse.connections.databases.database import Database, fields
from tresse.connections.databases.mysql import DISABLED, PREFERRED, REQUIRED, session
from tresse.connections.databases.session import Session
from tresse.connections.kinds.base import Opened
from tresse.kernel.marks import N_


class MariaDB(Database):
    """Tables, views and queries of a MariaDB database."""

    name = "mariadb"
    label = "MariaDB"
    fields = fields(
        3306,
        (DISABLED, PREFERRED, REQUIRED),
        PREFERRED,
        N_("preferred: if the server's certificate can be verified. required: else not at all."),
    )
    # Only a temporary one, and without the right to drop others.
    drop_trial = "DROP TEMPORARY TABLE tresse_check"

    def session(self, opened: Opened, *, writes: bool = False) -> AbstractContextManager[Session]:
        """A session of PyMySQL."""
        return session(opened, writes=writes)


class MySQL(MariaDB):
    """Tables, views and queries of a MySQL database."""

    name = "mysql"
    label = "MySQL"
