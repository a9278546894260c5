"""Triggers that keep the audit log as it was written, whoever connects to the database (C115).

Entries of the last twelve months, the shortest time an account may keep them, cannot be deleted;
older ones can, because the log ages out.
"""

from typing import Any

TABLE = "accounts_auditentry"
REASON = "Audit entries can be neither changed nor deleted."

SQLITE = {
    "audit_fixed": f"""
        CREATE TRIGGER audit_fixed BEFORE UPDATE ON {TABLE}
        BEGIN SELECT RAISE(ABORT, '{REASON}'); END""",
    "audit_kept": f"""
        CREATE TRIGGER audit_kept BEFORE DELETE ON {TABLE}
        WHEN OLD.at > datetime('now', '-12 months')
        BEGIN SELECT RAISE(ABORT, '{REASON}'); END""",
}
POSTGRESQL = {
    "audit_refuse": f"""
        CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{REASON}'; END $$""",
    "audit_fixed": f"""
        CREATE TRIGGER audit_fixed BEFORE UPDATE ON {TABLE}
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()""",
    "audit_kept": f"""
        CREATE TRIGGER audit_kept BEFORE DELETE ON {TABLE} FOR EACH ROW
        WHEN (OLD.at > now() - interval '12 months') EXECUTE FUNCTION audit_refuse()""",
}


def create(_apps: Any, schema_editor: Any) -> None:
    """Make the triggers; a step of the room's first migration."""
    vendor = schema_editor.connection.vendor
    for statement in (SQLITE if vendor == "sqlite" else POSTGRESQL).values():
        schema_editor.execute(statement)


def drop(_apps: Any, schema_editor: Any) -> None:
    """Take them away, for the way back."""
    for name in ("audit_fixed", "audit_kept"):
        on = "" if schema_editor.connection.vendor == "sqlite" else f" ON {TABLE}"
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")
