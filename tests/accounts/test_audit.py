"""The audit log can only be added to: C115."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from tresse.accounts import audit, triggers
from tresse.accounts.models import AuditEntry
from tresse.kernel.clock import at, now

CHANGE = "UPDATE accounts_auditentry SET target = 'other'"
DELETE = "DELETE FROM accounts_auditentry"


@pytest.fixture
def entry(admin):
    return audit.log(admin, "test.do", "Something", after={"a": 1})


def test_the_code_neither_changes_nor_deletes_entries(entry):
    """C115"""
    entry.target = "other"
    for act in (
        entry.save,
        entry.delete,
        AuditEntry.objects.all().delete,
        lambda: AuditEntry.objects.update(target="other"),
    ):
        with pytest.raises(TypeError, match="neither changed nor deleted"):
            act()


@pytest.fixture
def as_installed():
    """Tests on SQLite run without this trigger, see `django_db_setup`."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(triggers.SQLITE["audit_kept"])


@pytest.mark.usefixtures("entry", "as_installed")
@pytest.mark.parametrize("statement", [CHANGE, DELETE], ids=["change", "delete"])
def test_the_database_neither_changes_nor_deletes_entries(statement):
    """C115"""
    with (
        pytest.raises(DatabaseError, match="neither changed nor deleted"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert AuditEntry.objects.filter(target="Something").count() == 1


@pytest.mark.usefixtures("as_installed")
def test_old_entries_age_out(admin):
    """C115: kept 24 months"""
    for months in (1, 23, 25, 40):
        with at(now() - timedelta(days=30.5 * months)):
            audit.log(admin, "test.do", f"{months} months ago")

    audit.forget_old()
    kept = AuditEntry.objects.filter(action="test.do").values_list("target", flat=True)
    assert set(kept) == {"1 months ago", "23 months ago"}


def test_both_databases_have_both_triggers():
    """C115"""
    for statements in (triggers.SQLITE, triggers.POSTGRESQL):
        assert {"audit_fixed", "audit_kept"} <= set(statements)
