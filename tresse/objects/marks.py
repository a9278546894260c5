"""Marks that triggers leave beside the definitions, so that a process may keep what it has read.

Every change of a definition, whoever makes it, replaces the marks by one with a random number. So
two states of the definitions never have the same marks, not even after a rollback. On PostgreSQL
marks of changes that are not committed yet are passed over: no change waits for another.
"""

from collections.abc import Iterator
from typing import Any

from django.db import connection

TABLE = "objects_mark"
TABLES = ("objecttype", "property", "option", "associationtype", "pipeline", "stage")
"What is told of, without `objects_`."
EVENTS = ("INSERT", "UPDATE", "DELETE")
LARGEST = 1 << 40
"Of a number: the sum of all that are ever there at once stays a 64-bit integer."
FUNCTION = f"""
CREATE OR REPLACE FUNCTION objects_leave_mark() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  DELETE FROM {TABLE} WHERE id IN (SELECT id FROM {TABLE} FOR UPDATE SKIP LOCKED);
  INSERT INTO {TABLE} (number) VALUES ((random() * {LARGEST})::bigint);
  RETURN NULL;
END $$"""  # noqa: S608  our own names
Mark = tuple[int, int]


def read() -> Mark | None:
    """Number and sum of the marks; None if there is none, so that nothing may be kept."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), sum(number) FROM {TABLE}")  # noqa: S608  our own name
        number, total = cursor.fetchone()
    return (int(number), int(total)) if number else None


def create(_apps: Any, schema_editor: Any) -> None:
    """Make the triggers; a step of a migration."""
    for statement in _statements(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def drop(_apps: Any, schema_editor: Any) -> None:
    """Take them away, for the way back."""
    if schema_editor.connection.vendor == "sqlite":
        for table in TABLES:
            for event in EVENTS:
                schema_editor.execute(f"DROP TRIGGER IF EXISTS {name(table, event)}")
    else:
        schema_editor.execute("DROP FUNCTION IF EXISTS objects_leave_mark() CASCADE")


def name(table: str, event: str) -> str:
    """Of a trigger on SQLite, which has one per event."""
    return f"objects_{table}_{event.lower()}_mark"


def _statements(vendor: str) -> Iterator[str]:
    if vendor == "sqlite":
        for table in TABLES:
            for event in EVENTS:
                yield f"""
                    CREATE TRIGGER {name(table, event)} AFTER {event} ON objects_{table} BEGIN
                    DELETE FROM {TABLE};
                    INSERT INTO {TABLE} (number) VALUES (abs(random() % {LARGEST}));
                    END"""  # noqa: S608  our own names
        return
    yield FUNCTION
    for table in TABLES:
        yield f"""
            CREATE TRIGGER objects_{table}_mark
            AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON objects_{table}
            FOR EACH STATEMENT EXECUTE FUNCTION objects_leave_mark()"""
