"""Values of PostgreSQL, MariaDB and MySQL arrive exactly."""

import datetime as dt
import math

import pyarrow as pa
import pytest

from tests.databases import ON_EACH, opened
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Request
from tresse.kernel.errors import TresseError

UTC = dt.UTC


def read(server, request, **more):
    """All rows as dictionaries, and the schema."""
    batches = list(KINDS[more.get("kind") or server.kind].read(opened(server, **more), request))
    table = pa.Table.from_batches(batches)
    return table.to_pylist(), table.schema


def columns(server, table):
    found = KINDS[server.kind].describe(opened(server), Request(table=table))
    return {column.name: column.proposed for column in found}


@pytest.fixture(scope="module")
def all_types(postgresql_server):
    """One table of PostgreSQL with a column of each sort."""
    postgresql_server.run(
        "DROP TABLE IF EXISTS all_types",
        "DROP TYPE IF EXISTS mood",
        "DROP DOMAIN IF EXISTS amount",
        "CREATE TYPE mood AS ENUM ('sad', 'glad')",
        "CREATE DOMAIN amount AS numeric(12,2)",
        """CREATE TABLE all_types (
            id bigint PRIMARY KEY, small smallint, exact numeric, money_ money, price amount,
            whole numeric(12,0), single real, double_ double precision, yes boolean, day date,
            local_ timestamp, instant timestamptz, name text, fixed char(5), mood_ mood,
            tags text[], numbers int[], grid int[], doc jsonb, uid uuid, span interval,
            clock time, flags bit(5), address inet, raw bytea
        )""",
        """INSERT INTO all_types VALUES (
            9223372036854775807, -32768, 12345678901234567890.123456789, 1234.56, -0.05, 7, 0.1,
            0.30000000000000004, true, '2024-02-29', '2026-03-29 02:30:00.123456',
            '2026-03-29 02:30:00.000001+02', E'Zoë 🦊\n"quoted", \\\\N', 'ab', 'glad',
            ARRAY['a,b', 'c"d', NULL, 'é'], '{1,2}', '{{1,2},{3,4}}', '{"a": [1, 2.50]}',
            '0b5f6b1c-5d3a-4a0e-9a8e-2f1f0a3f7c11', '1 mon 2 days 03:04:05', '23:59:59.5',
            B'10101', '10.0.0.1/8', '\\xdeadbeef'
        )""",
        "INSERT INTO all_types (id) VALUES (1)",
        """INSERT INTO all_types (id, exact, single, double_, name, tags, fixed)
            VALUES (2, 'NaN', 'NaN', '-Infinity', '', '{}', '')""",
    )
    return postgresql_server


def test_values_of_postgresql_arrive_exactly(all_types):
    """S78, W4: decimals, zones, booleans, NULL, NaN, emoji, arrays and enums, digit for digit."""
    names = [name for name in columns(all_types, "all_types") if name != "raw"]
    rows, schema = read(all_types, Request(table="all_types", columns=tuple(names), key=("id",)))
    big = next(row for row in rows if row["id"] == 9223372036854775807)

    assert schema.field("exact").type == pa.string()
    assert schema.field("instant").type == pa.timestamp("us", "UTC")
    assert schema.field("local_").type == pa.timestamp("us")
    assert big == {
        "id": 9223372036854775807,
        "small": -32768,
        "exact": "12345678901234567890.123456789",
        "money_": "1234.56",
        "price": "-0.05",
        "whole": "7",
        "single": 0.1,
        "double_": 0.30000000000000004,
        "yes": True,
        "day": dt.date(2024, 2, 29),
        "local_": dt.datetime(2026, 3, 29, 2, 30, 0, 123456),  # noqa: DTZ001  naive, as there
        "instant": dt.datetime(2026, 3, 29, 0, 30, 0, 1, tzinfo=UTC),
        "name": 'Zoë 🦊\n"quoted", \\N',
        "fixed": "ab   ",
        "mood_": "glad",
        "tags": '["a,b","c\\"d",null,"é"]',
        "numbers": '["1","2"]',
        "grid": '[["1","2"],["3","4"]]',
        "doc": '{"a": [1, 2.50]}',
        "uid": "0b5f6b1c-5d3a-4a0e-9a8e-2f1f0a3f7c11",
        "span": "P1M2DT3H4M5S",
        "clock": "23:59:59.5",
        "flags": "10101",
        "address": "10.0.0.1/8",
    }


def test_null_is_no_empty_text_and_nan_is_no_null(all_types):
    """S55: what the server has as NULL, empty and not a number stay three things."""
    wanted = ("id", "name", "exact", "single", "double_", "tags")
    rows, _ = read(all_types, Request(table="all_types", columns=wanted, key=("id",)))
    by_id = {row["id"]: row for row in rows}

    assert [by_id[1][name] for name in wanted[1:]] == [None] * 5
    assert by_id[2]["name"] == ""
    assert by_id[2]["exact"] == "NaN"
    assert math.isnan(by_id[2]["single"])
    assert by_id[2]["double_"] == -math.inf
    assert by_id[2]["tags"] == "[]"


def test_proposes_types_of_the_servers_own(all_types):
    """S53: from the types of the database."""
    found = columns(all_types, "all_types")

    assert found == {
        **dict.fromkeys(("id", "small", "whole"), "integer"),
        **dict.fromkeys(("exact", "money_", "price"), "decimal"),
        **dict.fromkeys(("single", "double_"), "number"),
        "yes": "boolean",
        "day": "date",
        **dict.fromkeys(("local_", "instant"), "datetime"),
        **dict.fromkeys(("tags", "numbers", "grid"), "list"),
        "doc": "json",
        **dict.fromkeys(
            ("name", "fixed", "mood_", "uid", "span", "clock", "flags", "address"), "text"
        ),
        "raw": "",
    }


def test_refuses_a_type_that_is_not_read_by_name(all_types):
    """W4: a type that cannot be read is refused by name; unasked for, it is left out."""
    with pytest.raises(TresseError) as refused:
        read(all_types, Request(table="all_types", columns=("id", "raw")))
    assert refused.value.code == "type_not_readable"
    assert '"raw" is of the type bytea' in refused.value.message

    rows, _ = read(all_types, Request(table="all_types", limit=1))
    assert "raw" not in rows[0]


def test_dates_beyond_the_calendar_come_as_text(postgresql_server):
    """S101: infinity and years before Christ are not lost, and not taken for a date."""
    postgresql_server.run(
        "DROP TABLE IF EXISTS odd_dates",
        "CREATE TABLE odd_dates (id int PRIMARY KEY, day date, at timestamptz, good date)",
        """INSERT INTO odd_dates VALUES (1, 'infinity', '0044-03-15 12:00 BC', '2026-01-01'),
            (2, '2026-01-02', '2026-01-02 03:04:05+00', '9999-12-31')""",
    )

    rows, schema = read(postgresql_server, Request(table="odd_dates", key=("id",), is_ordered=True))

    assert rows[0]["day"] == "infinity"
    assert rows[0]["at"].endswith("BC")
    assert rows[1]["day"] == "2026-01-02"
    assert schema.field("good").type == pa.date32()


@pytest.fixture(scope="module")
def mariadb_types(mariadb_server):
    """One table of MariaDB with a column of each sort."""
    mariadb_server.run(
        "SET SESSION sql_mode = ''",
        "DROP TABLE IF EXISTS all_types",
    )
    link = mariadb_server.link()
    with link, link.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = '', time_zone = '+02:00', NAMES utf8mb4")
        cursor.execute(
            """CREATE TABLE all_types (
                id bigint unsigned PRIMARY KEY, small smallint, flag boolean, exact decimal(30,9),
                whole decimal(12,0), single float, double_ double, one bit(1), bits bit(64),
                day date, local_ datetime(6), instant timestamp(6) NULL, clock time(1), year_ year,
                name varchar(200) CHARACTER SET utf8mb4, latin varchar(20) CHARACTER SET latin1,
                mood enum('sad', 'glad'), many set('a', 'b', 'c'), doc json, uid uuid, raw blob,
                tag varbinary(4)
            )"""
        )
        cursor.execute(
            "INSERT INTO all_types VALUES (18446744073709551615, -32768, true, %s, 7,"
            " 16777217.25, 0.30000000000000004, 1, 18446744073709551615, '2024-02-29',"
            " '2026-03-29 02:30:00.123456', '2026-03-29 02:30:00.000001', '-838:59:59.0', 2026,"
            " %s, 'Zoë €', 'glad', 'a,c', '{\"a\": [1, 2.50]}',"
            " '0b5f6b1c-5d3a-4a0e-9a8e-2f1f0a3f7c11', x'deadbeef', x'00')",
            ["123456789012345678901.123456789", 'Zoë 🦊\n"quoted", \\N\0end'],
        )
        cursor.execute("INSERT INTO all_types (id, name) VALUES (1, ''), (2, NULL)")
    return mariadb_server


@pytest.mark.parametrize("kind", ["mariadb", "mysql"])
def test_values_of_mariadb_arrive_exactly(mariadb_types, kind):
    """S78, W4: decimals, unsigned and bits, zones, 0x00, emoji and enums, digit for digit."""
    names = [name for name in columns(mariadb_types, "all_types") if name not in {"raw", "tag"}]
    request = Request(table="all_types", columns=tuple(names), key=("id",), is_ordered=True)
    rows, schema = read(mariadb_types, request, kind=kind)

    assert schema.field("id").type == pa.string()
    assert schema.field("instant").type == pa.timestamp("us", "UTC")
    assert rows[2] == {
        "id": "18446744073709551615",
        "small": -32768,
        "flag": 1,
        "exact": "123456789012345678901.123456789",
        "whole": "7",
        "single": 16777218.0,
        "double_": 0.30000000000000004,
        "one": 1,
        "bits": "18446744073709551615",
        "day": dt.date(2024, 2, 29),
        "local_": dt.datetime(2026, 3, 29, 2, 30, 0, 123456),  # noqa: DTZ001  naive, as there
        "instant": dt.datetime(2026, 3, 29, 0, 30, 0, 1, tzinfo=UTC),
        "clock": "-838:59:59.0",
        "year_": 2026,
        "name": 'Zoë 🦊\n"quoted", \\N\0end',
        "latin": "Zoë €",
        "mood": "glad",
        "many": "a,c",
        "doc": '{"a": [1, 2.50]}',
        "uid": "0b5f6b1c-5d3a-4a0e-9a8e-2f1f0a3f7c11",
    }
    assert rows[0]["name"] == ""
    assert rows[1]["name"] is None


def test_proposes_types_of_mariadbs_own(mariadb_types):
    """S53: from the types of the database; a tinyint(1) is what BOOLEAN stands for."""
    found = columns(mariadb_types, "all_types")

    assert found["id"] == found["small"] == found["whole"] == found["bits"] == "integer"
    assert found["flag"] == found["one"] == "boolean"
    assert found["exact"] == "decimal"
    assert found["raw"] == found["tag"] == ""


def test_dates_that_no_calendar_has_come_as_text(mariadb_server):
    """S101: zero dates are not lost, and not taken for NULL."""
    link = mariadb_server.link()
    with link, link.cursor() as cursor:
        cursor.execute("SET SESSION sql_mode = 'ALLOW_INVALID_DATES'")
        cursor.execute("DROP TABLE IF EXISTS odd_dates")
        cursor.execute("CREATE TABLE odd_dates (id int PRIMARY KEY, day date, at datetime, b date)")
        cursor.execute(
            "INSERT INTO odd_dates VALUES (1, '0000-00-00', '2026-02-00', '2026-01-01'),"
            " (2, '2026-02-31', NULL, NULL)"
        )

    rows, schema = read(mariadb_server, Request(table="odd_dates", key=("id",), is_ordered=True))

    assert [row["day"] for row in rows] == ["0000-00-00", "2026-02-31"]
    assert rows[0]["at"] == "2026-02-00 00:00:00"
    assert schema.field("b").type == pa.date32()


def test_rows_longer_than_a_packet_arrive_whole(mariadb_server):
    """W4: a text of 20 MB, which takes two packets of the protocol, and rows behind it."""
    mariadb_server.run(
        "SET GLOBAL max_allowed_packet = 64 * 1024 * 1024",
        "DROP TABLE IF EXISTS long_rows",
        "CREATE TABLE long_rows (id int PRIMARY KEY, body longtext)",
        "INSERT INTO long_rows VALUES (1, 'a'), (3, 'c')",
    )
    mariadb_server.run("INSERT INTO long_rows VALUES (2, REPEAT('é', 10 * 1024 * 1024))")

    rows, _ = read(mariadb_server, Request(table="long_rows", key=("id",), is_ordered=True))

    assert [len(row["body"]) for row in rows] == [1, 10 * 1024 * 1024, 1]


@ON_EACH
def test_reads_a_table_of_no_rows_with_its_schema(shop):
    shop.run("DROP TABLE IF EXISTS nothing", "CREATE TABLE nothing (id int, name varchar(9))")

    rows, schema = read(shop, Request(table="nothing"))

    assert rows == []
    assert schema == pa.schema([("id", pa.int64()), ("name", pa.string())])


@ON_EACH
def test_names_are_taken_as_they_are(shop):
    """W4: quotes, blanks, capitals, percent signs, colons and letters of all sorts in names."""
    names = ['Prix "TTC" %', "the:colon", "select", "Zażółć", "back`tick"]
    quote = '"' if shop.kind == "postgresql" else "`"
    quoted = [f"{quote}{name.replace(quote, quote * 2)}{quote}" for name in names]
    table = f"{quote}Orders; DROP TABLE x %s{quote}"
    shop.run(
        f"DROP TABLE IF EXISTS {table}",
        f"CREATE TABLE {table} ({', '.join(f'{each} varchar(50)' for each in quoted)})",
        f"INSERT INTO {table} VALUES ('a', 'b', 'c', 'd', 'e')",  # noqa: S608  of this test
    )

    rows, _ = read(shop, Request(table="Orders; DROP TABLE x %s"))

    assert rows == [dict(zip(names, "abcde", strict=True))]
