"""The backend class Django looks for."""

from typing import Any

from django.db.backends.sqlite3 import base

from tresse.engine.sqlite import register


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite with the functions that our constructs render."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        register(connection)
        return connection
