"""The backend class Django looks for."""

import sqlite3
import time
from typing import Any

from django.db.backends.sqlite3 import base

from tresse.engine.sqlite import register

POLL_SECONDS = 0.002


class DatabaseWrapper(base.DatabaseWrapper):
    """SQLite with the functions that our constructs render, and with short turns for writers."""

    transaction_mode: str | None  # set by Django from the options; its stubs leave it out

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        register(connection)
        return connection

    def _start_transaction_under_autocommit(self) -> None:
        """Begin; where another writes, ask for the lock every 2 ms, as long as the timeout says.

        SQLite itself soon asks only every 100 ms, and so misses the short pauses of a bulk job for
        seconds: measured, chunks of 0.2 s with pauses of 5 ms kept others waiting for up to 3 s,
        asked every 2 ms for 0.2 s.
        """
        timeout = self.connection.execute("PRAGMA busy_timeout").fetchone()[0]
        self.connection.execute("PRAGMA busy_timeout = 0")
        try:
            with self.wrap_database_errors:
                self._begin(time.monotonic() + timeout / 1000)
        finally:
            self.connection.execute(f"PRAGMA busy_timeout = {timeout}")

    def _begin(self, end: float) -> None:
        while True:
            try:
                self.connection.execute(f"BEGIN {self.transaction_mode or ''}")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                    raise
                time.sleep(POLL_SECONDS)
            else:
                return
