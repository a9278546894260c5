"""Pages of record tables keep room, so that a change needs no new entry in the indexes."""

import pytest
from django.db import connection

from tresse.objects.described import data_model
from tresse.objects.tables import FILL


@pytest.mark.django_db
def test_tables_of_records_are_not_filled_to_the_brim():
    if connection.vendor != "postgresql":
        pytest.skip("pages of SQLite are filled by its trees")
    table = data_model().object("contact").table.name
    with connection.cursor() as cursor:
        cursor.execute("SELECT reloptions FROM pg_class WHERE relname = %s", [table])
        assert cursor.fetchone() == ([f"fillfactor={FILL}"],)
