"""Tables of real servers, read into versions: values arrive exactly, changes are found."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.databases import ON_EACH, mariadb_server, postgresql_server, shop  # noqa: F401
from tests.sources.extraction.conftest import counts, read, stored
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.connections.changes import add_connection
from tresse.objects.described import data_model
from tresse.records.changes import create_record, delete_records
from tresse.sources.changes.sources import add_source
from tresse.sources.models import Source

pytestmark = pytest.mark.django_db
TABLE = {
    "postgresql": "id bigint PRIMARY KEY, name text, price numeric(20,6), paid boolean, "
    "ordered_on date, updated_at timestamptz, local_at timestamp, ratio double precision",
    "mariadb": "id bigint PRIMARY KEY, name text, price decimal(20,6), paid boolean, "
    "ordered_on date, updated_at timestamp(6) NULL, local_at datetime(6), ratio double",
}
COLUMNS = {
    "id": "integer",
    "name": "text",
    "price": "decimal",
    "paid": "boolean",
    "ordered_on": "date",
    "updated_at": "datetime",
    "local_at": "datetime",
    "ratio": "number",
}
# fmt: off
ROWS = (
    "(1, 'Zoé 😀 \\\\ ''x''', 12345678901234.123456, true, '2026-03-01', "
    "'2026-03-01 10:00:00.123456', '2026-03-29 02:30:00', 0.1)",
    "(2, '', -0.000001, false, '1900-01-01', '2026-03-01 10:00:01', '2026-10-25 02:30:00', NULL)",
    "(3, NULL, NULL, NULL, NULL, NULL, NULL, 1e300)",
)
# fmt: on


def customers(shop, **facts):  # noqa: F811
    """A source of the table `orders` of a server."""
    change_settings({"private_addresses": True}, actor=SYSTEM)
    add_connection(
        name="shop_db",
        kind=shop.kind,
        settings=shop.settings,
        secrets=shop.secrets if shop.password else {},
        actor=SYSTEM,
    )
    shop.run("DROP TABLE IF EXISTS orders", f"CREATE TABLE orders ({TABLE[shop.kind]})")
    columns = [{"name": name, "type": type_} for name, type_ in COLUMNS.items()]
    columns[6]["zone"] = "Europe/Paris"
    item = {
        "name": "orders",
        "connection": "shop_db",
        "entity": "orders",
        "record_key": ["id"],
        "read": {"table": "public.orders" if shop.kind == "postgresql" else "orders"},
        "columns": columns,
        "modified_at": "updated_at",
    }
    return add_source({**item, **facts}, actor=SYSTEM)


def insert(shop, *rows):  # noqa: F811
    shop.run(*(f"INSERT INTO orders VALUES {row}" for row in rows))  # noqa: S608  of this test


@ON_EACH
def test_values_arrive_exactly_and_reading_twice_gives_the_same(shop):  # noqa: F811
    """S8: reading twice gives the same rows; S52, S56: values as they are, local times by zone."""
    source = customers(shop)
    insert(shop, *ROWS)

    first, second = read(source), read(source)

    assert (counts(first), first.state) == ({"read": 3, "new": 3}, "published"), first.details
    assert (counts(second), second.state) == ({"read": 3, "unchanged": 3}, "unchanged")
    rows = stored(source)
    assert rows["1"]["name"].startswith("Zoé 😀")
    assert rows["1"]["price"] == Decimal("12345678901234.123456")
    assert rows["2"]["price"] == Decimal("-0.000001")
    assert (rows["1"]["paid"], rows["2"]["paid"], rows["3"]["paid"]) == (True, False, None)
    assert rows["2"]["ordered_on"] == date(1900, 1, 1)
    assert rows["1"]["updated_at"] == datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert rows["1"]["local_at"] == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    assert rows["2"]["local_at"] == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert (rows["1"]["ratio"], rows["3"]["ratio"]) == (0.1, 1e300)


@ON_EACH
def test_a_cursor_finds_what_changed(shop):  # noqa: F811
    """S76, S77, S123: an incremental reading reads what changed, and rows without cursor."""
    extract = {"mode": "incremental", "cursor": "updated_at", "overlap": "0"}
    source = customers(shop, extract=extract)
    insert(shop, *ROWS)
    read(source)
    nothing = read(source)
    shop.run("UPDATE orders SET price = 7, updated_at = '2026-03-02 10:00:00' WHERE id = 1")
    insert(shop, "(4, 'new', 1, true, '2026-03-01', '2026-03-02 11:00:00', NULL, NULL)")

    run = read(source)

    assert (nothing.state, counts(nothing)) == ("unchanged", {"read": 2, "unchanged": 2})
    assert counts(run) == {"read": 4, "new": 1, "changed": 1, "unchanged": 2}
    assert run.warnings["cursor_null"]["count"] == 1
    assert stored(source)["1"]["price"] == 7
    assert len(stored(source)) == 4
    cursor = Source.objects.get().cursor
    assert cursor is not None
    assert cursor["value"].startswith("2026-03-02T11:00:00")


@ON_EACH
def test_a_server_that_changes_its_table(shop):  # noqa: F811
    """S51: a dropped column refuses the run, an added one is told; the old version stays."""
    source = customers(shop)
    insert(shop, *ROWS)
    read(source)
    shop.run("ALTER TABLE orders ADD COLUMN city varchar(20)")
    added = read(source)
    shop.run("ALTER TABLE orders DROP COLUMN name")

    gone = read(source)

    assert added.warnings["column_new"]["examples"] == ["city"]
    assert (gone.state, gone.code) == ("failed", "column_missing")
    assert len(stored(source)) == 3


@ON_EACH
def test_a_query_is_read_like_a_table(shop):  # noqa: F811
    """S79: one SELECT statement; anything else is refused."""
    query = "SELECT id, name FROM orders WHERE id > 1"
    source = customers(
        shop,
        read={"query": query},
        columns=[{"name": "id", "type": "integer"}, {"name": "name", "type": "text"}],
        modified_at=None,
    )
    insert(shop, *ROWS)

    run = read(source)

    assert (run.state, counts(run)) == ("published", {"read": 2, "new": 2})
    assert list(stored(source)) == ["2", "3"]


@pytest.mark.django_db(transaction=True)
def test_records_of_the_installation_are_a_source():
    """S96, S97: changes by the sequence of the journal; deleted records come as `_deleted_at`."""
    model = data_model()
    contact = model.object("contact")
    ada = create_record(model, contact, values={"first_name": "Ada"}, actor=SYSTEM)
    create_record(model, contact, values={"first_name": "Bo"}, actor=SYSTEM)
    source = add_source(
        {
            "name": "people",
            "connection": "crm",
            "entity": "contacts",
            "record_key": ["id"],
            "read": {"table": "contacts"},
            "columns": [
                {"name": "id", "type": "integer"},
                {"name": "first_name", "type": "text"},
                {"name": "_sequence", "type": "integer"},
            ],
            "extract": {"mode": "incremental", "cursor": "_sequence"},
        },
        actor=SYSTEM,
    )
    first, nothing = read(source), read(source)
    delete_records(model, contact, [ada], actor=SYSTEM)

    run = read(source)

    assert counts(first) == {"read": 2, "new": 2}
    assert (nothing.state, nothing.read) == ("unchanged", 0)
    assert counts(run) == {"read": 1, "changed": 1, "deleted": 1}
    rows = stored(source)
    assert rows[str(ada)]["_deleted_at"] is not None
