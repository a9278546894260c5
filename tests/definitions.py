"""The shipped definitions: made once for the test database, made anew after a test that empties it.

A test with `transaction=True` (or with `live_server`) empties Django's tables at its end; the
tables of records, which Django does not know, are then dropped and made again.
"""

import pytest
from django.db import connection, transaction

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.defaults import make_defaults as make_roles
from tresse.accounts.queries import actor_of
from tresse.connections.defaults import make_defaults as make_connections
from tresse.datasets.changes.defaults import make_defaults as make_datasets
from tresse.objects.defaults import make_defaults as make_objects
from tresse.objects.described import data_model
from tresse.objects.models import ObjectType
from tresse.records.merge_tables import MERGING
from tresse.records.tables import COUNTER, METADATA
from tresse.segments.golden_tables import METADATA as GOLDEN
from tresse.segments.tables import METADATA as SEGMENTS


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):  # noqa: ARG001  adds to the plugin's
    """The test database with roles and object types in it, where a test may empty the audit log.

    PostgreSQL empties tables by TRUNCATE, which the triggers of the log do not see; SQLite deletes.
    """
    with django_db_blocker.unblock():
        make_roles()
        make_objects()
        make_connections()
        make_datasets()
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("DROP TRIGGER audit_kept")


@pytest.fixture(autouse=True)
def definitions(request):
    """Definitions for tests that begin with an emptied database."""
    marker = request.node.get_closest_marker("django_db")
    by_name = {"transactional_db", "live_server"} & set(request.fixturenames)
    if by_name or (marker and marker.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
        if not ObjectType.objects.exists():
            make_anew()


def make_anew():
    """Drop the tables of records, empty those beside them, make all definitions."""
    with transaction.atomic(), connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        for name in names:
            if name.startswith("object_"):
                cursor.execute(f'DROP TABLE IF EXISTS "{name}"')
        for table in (
            *METADATA.sorted_tables,
            *MERGING.sorted_tables,
            *SEGMENTS.sorted_tables,
            *GOLDEN.sorted_tables,
        ):
            if table is not COUNTER:
                cursor.execute(f'DELETE FROM "{table.name}"')  # noqa: S608  our own names
    make_roles()
    make_objects()
    make_connections()
    make_datasets()


@pytest.fixture
def model(db):  # noqa: ARG001
    """The data model as it is now; call it again after a change of definitions."""
    return data_model()


@pytest.fixture
def quick_passwords(settings):
    """Argon2 takes its time on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def user_of(db, quick_passwords):  # noqa: ARG001
    """Makes a user with a role."""

    def make(name, role="member", **more):
        return add_user(
            email=f"{name.lower()}@example.com", name=name, role=role, actor=SYSTEM, **more
        )

    return make


@pytest.fixture
def ada(user_of):
    """An administrator at work."""
    return actor_of(user_of("Ada", "administrator"))


@pytest.fixture
def mia(user_of):
    """A member at work: edits own records, sees those of the team."""
    return actor_of(user_of("Mia"))


@pytest.fixture
def rea(user_of):
    """A reader at work: sees all, changes nothing."""
    return actor_of(user_of("Rea", "reader"))
