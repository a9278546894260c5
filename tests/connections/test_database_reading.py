"""How databases are read: order, pages, overlap, one state, queries, and what goes wrong."""

import contextlib
import socket
import threading
import time
from collections.abc import Generator

import pyarrow as pa
import pytest

from tests.connections.servers import Line
from tests.databases import ON_EACH, opened
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Limits, Request
from tresse.kernel.errors import TresseError


def read(server, request, **more):
    """All rows as tuples."""
    batches = list(KINDS[server.kind].read(opened(server, **more), request))
    return [tuple(row.values()) for row in pa.Table.from_batches(batches).to_pylist()]


def refusal(server, request, **more):
    with pytest.raises(TresseError) as refused:
        read(server, request, **more)
    return refused.value


def filled(server, table, rows, columns="id int PRIMARY KEY, at timestamp NULL, name varchar(40)"):
    values = ", ".join(
        "(" + ", ".join("NULL" if v is None else f"'{v}'" for v in row) + ")" for row in rows
    )
    server.run(
        f"DROP TABLE IF EXISTS {table}",
        f"CREATE TABLE {table} ({columns})",
        f"INSERT INTO {table} VALUES {values}",  # noqa: S608  of this test
    )


@ON_EACH
def test_pages_lose_no_row_of_one_cursor_value(shop):
    """S74: 10,001 rows with one and the same cursor value and pages of 1,000 give 10,001 rows."""
    same = "2026-01-01 10:00:00"
    filled(shop, "pages", [(number, same, "a") for number in range(10_001)])

    rows = read(
        shop, Request(table="pages", columns=("id",), cursor="at", key=("id",), page_rows=1_000)
    )

    assert rows == [(number,) for number in range(10_001)]


@ON_EACH
def test_reads_from_the_overlap_on_and_rows_without_cursor_always(shop):
    """S76, S77: rows from `since` on, and first those whose cursor is null."""
    filled(
        shop,
        "overlap",
        [
            (1, "2026-01-01 09:39:00", "early"),
            (2, "2026-01-01 09:40:00", "late commit"),
            (3, "2026-01-01 10:05:00", "new"),
            (4, None, "no date"),
        ],
    )
    since = "2026-01-01 09:40:00"

    rows = read(
        shop, Request(table="overlap", columns=("id",), cursor="at", key=("id",), since=since)
    )
    assert rows == [(4,), (2,), (3,)]

    request = Request(
        table="overlap", columns=("id",), cursor="at", since=since, null_cursor=False, until=since
    )
    assert read(shop, request) == [(2,)]


@ON_EACH
def test_goes_on_behind_the_last_row(shop):
    """S74, S94: a read that broke off goes on at `(cursor, key)`."""
    filled(shop, "goes_on", [(n, f"2026-01-01 10:00:0{n // 2}", "a") for n in range(8)])

    request = Request(table="goes_on", columns=("at", "id"), cursor="at", key=("id",), limit=3)
    cut = read(shop, request)

    rest = read(
        shop,
        Request(table="goes_on", columns=("at", "id"), cursor="at", key=("id",), after=cut[-1]),
    )

    assert [row[1] for row in (*cut, *rest)] == list(range(8))


@ON_EACH
def test_orders_and_pages_by_a_key_of_texts(shop):
    """S74: without a cursor, the key alone; text keys are compared as the server orders them."""
    names = ["b", "A", "é", "a b", "Z", "it's", "back\\slash", "100%"]
    filled(shop, "texts", [(name.replace("'", "''"),) for name in names], "name varchar(20)")
    if shop.kind == "mariadb":
        shop.run("UPDATE texts SET name = 'back\\\\slash' WHERE name LIKE 'back%'")

    rows = read(shop, Request(table="texts", key=("name",), page_rows=2))

    assert sorted(name for (name,) in rows) == sorted(names)


@ON_EACH
def test_one_run_sees_one_state(shop):
    """S78: a row that is added while others are read is not of this run."""
    filled(shop, "state", [(n, "2026-01-01 10:00:00", "a") for n in range(3_000)])
    request = Request(table="state", columns=("id",), key=("id",), page_rows=1_000)
    batches = KINDS[shop.kind].read(opened(shop), request)

    first = next(batches)
    shop.run("INSERT INTO state VALUES (5000, NULL, 'late')", "DELETE FROM state WHERE id = 2999")
    rest = list(batches)

    ids = [row["id"] for batch in (first, *rest) for row in batch.to_pylist()]
    assert ids == list(range(3_000))


@ON_EACH
def test_reading_twice_gives_the_same(shop):
    """S8: reading twice gives the same rows."""
    filled(shop, "twice", [(n, "2026-01-01 10:00:00", f"n{n}") for n in range(500)])
    request = Request(table="twice", key=("id",), is_ordered=True)

    assert read(shop, request) == read(shop, request)


@ON_EACH
def test_an_end_before_the_last_row_ends_the_statement(shop):
    """S6: who stops reading holds no connection."""
    filled(shop, "many", [(n, None, "x" * 40) for n in range(20_000)])
    batches = KINDS[shop.kind].read(opened(shop), Request(table="many", page_rows=0))
    assert isinstance(batches, Generator)
    next(batches)

    begin = time.monotonic()
    batches.close()

    assert time.monotonic() - begin < 3


@ON_EACH
def test_reads_a_query(shop):
    """S79: one SELECT, with columns described before it is run."""
    filled(shop, "sold", [(n, None, f"p{n % 3}") for n in range(9)])
    query = "SELECT name, count(*) AS number FROM sold WHERE name <> ':x%s' GROUP BY name; -- all"

    assert read(shop, Request(query=query, key=("name",), is_ordered=True)) == [
        ("p0", 3),
        ("p1", 3),
        ("p2", 3),
    ]
    found = KINDS[shop.kind].describe(opened(shop), Request(query=query))
    assert [(column.name, column.proposed) for column in found] == [
        ("name", "text"),
        ("number", "integer"),
    ]


@ON_EACH
@pytest.mark.parametrize(
    "query",
    [
        "",
        "DROP TABLE sold",
        "SELECT 1; DROP TABLE sold",
        "INSERT INTO sold VALUES (1)",
        "SELECT * FROM sold FOR UPDATE",
        "SELECT 1 AS a, 2 AS a",
        "SELECT FROM WHERE",
        "SELECT no_such_column FROM sold",
        "CALL something()",
        "SELECT * FROM (SELECT 1) x) y; --",
    ],
)
def test_refuses_what_is_not_one_select(shop, query):
    """S79: anything else is refused, before it is run."""
    filled(shop, "sold", [(1, None, "p")])

    assert refusal(shop, Request(query=query) if query else Request(query=" ")).code in {
        "query_refused",
        "column_missing",
    }
    assert shop.run("SELECT count(*) FROM sold") == [(1,)]


def test_a_query_changes_nothing_by_a_function(postgresql_server):
    """S79: a query is run in a transaction that only reads."""
    postgresql_server.run(
        "DROP TABLE IF EXISTS touched",
        "CREATE TABLE touched (n int)",
        "CREATE OR REPLACE FUNCTION touch() RETURNS int LANGUAGE sql "
        "AS 'INSERT INTO touched VALUES (1) RETURNING n'",
    )

    error = refusal(postgresql_server, Request(query="SELECT touch() AS n"))

    assert error.code == "query_refused"
    assert "read-only" in error.message
    assert postgresql_server.run("SELECT count(*) FROM touched") == [(0,)]


@pytest.mark.parametrize(
    ("shop", "query"),
    [("postgresql", "SELECT pg_sleep(30)"), ("mariadb", "SELECT sleep(30) AS s, 1 AS n")],
    indirect=["shop"],
)
def test_a_query_has_its_time(shop, query):
    """S79: the statement time limit ends a query, and says so."""
    begin = time.monotonic()

    error = refusal(shop, Request(query=query), limits=Limits(statement_seconds=0.5))

    assert error.code == "timeout"
    assert time.monotonic() - begin < 10


@ON_EACH
def test_names_what_is_missing(shop):
    """S51: a table or column that is not there, with a near name."""
    filled(shop, "customers", [(1, None, "a")])

    error = refusal(shop, Request(table="customer"))
    assert error.code == "table_missing"
    assert "customers" in error.message
    error = refusal(shop, Request(table="customers", columns=("id", "nam")))
    assert error.code == "column_missing"
    assert 'Did you mean "name"?' in error.message
    assert refusal(shop, Request(table="customers", cursor="changed")).code == "column_missing"
    assert refusal(shop, Request(entity="orders")).code == "reads_none"


@ON_EACH
def test_a_connection_that_is_cut_is_told_of(shop):
    """S94: a server that ends the connection half-way is `connection_lost`, worth another try."""
    filled(shop, "cut", [(n, None, "x" * 40) for n in range(60_000)])
    batches = KINDS[shop.kind].read(opened(shop), Request(table="cut", key=("id",), page_rows=500))
    next(batches)

    if shop.kind == "postgresql":
        shop.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name = 'tresse' AND datname = current_database()"
        )
    else:
        found = shop.run(
            "SELECT id FROM information_schema.processlist WHERE db = database() "
            "AND id <> connection_id()"
        )
        for (number,) in found:
            shop.run(f"KILL {number}")

    with pytest.raises(TresseError) as refused:
        list(batches)
    assert refused.value.code == "connection_lost"


@ON_EACH
def test_a_line_that_is_cut_in_the_middle_of_a_row_is_told_of(shop):
    """S94, S125: half a row is no row; what came before it has arrived."""
    filled(shop, "torn", [(n, None, "x" * 40) for n in range(60_000)])
    line = Line(shop.port, cuts=[1_500_000] * 4)
    there = opened(shop, port=line.port)

    arrived: list[pa.RecordBatch] = []
    error: TresseError | None = None
    try:
        for batch in KINDS[shop.kind].read(there, Request(table="torn", columns=("id", "name"))):
            arrived.append(batch)
    except TresseError as refused:
        error = refused
    line.close()

    assert error is not None
    assert error.code == "connection_lost"
    assert {name for batch in arrived for name in batch.column("name").to_pylist()} <= {"x" * 40}


@ON_EACH
def test_a_server_that_falls_silent_is_a_timeout(shop):
    """S6: 60 s between two bytes; here one."""
    filled(shop, "silent", [(n, None, "x" * 40) for n in range(200_000)])
    line = Stalled(shop.port, after=1_500_000)
    there = opened(shop, port=line.port, limits=Limits(read_seconds=1, statement_seconds=1))
    begin = time.monotonic()

    with pytest.raises(TresseError) as refused:
        list(KINDS[shop.kind].read(there, Request(table="silent")))
    line.close()

    assert refused.value.code == "timeout"
    assert time.monotonic() - begin < 20


class Stalled(Line):
    """A line that carries nothing more from the server after so many bytes, and stays open."""

    def __init__(self, port, after):
        self._left, self._kept = after, []
        super().__init__(port)

    def _take(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listens.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
                self._kept += [near, far]
                threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
                threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source, target, counts):
        with contextlib.suppress(OSError):
            left = self._left
            while data := source.recv(65536):
                left -= len(data) if counts else 0
                if left <= 0:
                    return
                target.sendall(data)

    def close(self):
        super().close()
        for each in self._kept:
            each.close()


@ON_EACH
def test_no_more_than_four_connections_to_a_host(shop, tmp_path):
    """S6: a fifth read waits until one of four has ended."""
    filled(shop, "four", [(n, None, "x" * 40) for n in range(9)])
    kind, request = KINDS[shop.kind], Request(table="four")
    there = opened(shop, folder=tmp_path, limits=Limits(slot_seconds=0.3))
    held = [kind.read(there, request) for _ in range(4)]
    ends = [each.close for each in held if isinstance(each, Generator)]
    for each in held:
        next(each)

    with pytest.raises(TresseError) as refused:
        list(kind.read(there, request))
    assert refused.value.code == "remote_rate_limit"

    ended = threading.Timer(0.1, ends[0])
    ended.start()
    assert sum(batch.num_rows for batch in kind.read(there, request)) == 9
    ended.join()
    for end in ends:
        end()


@ON_EACH
def test_lists_tables_and_views(shop):
    """S20: names, kinds, keys and columns; rows as the server guesses them."""
    shop.run("DROP VIEW IF EXISTS seen_view")
    filled(
        shop,
        "seen",
        [(1, 2, "a")],
        "a int, b int NOT NULL, c varchar(9), PRIMARY KEY (b, a)",
    )
    shop.run("CREATE VIEW seen_view AS SELECT a FROM seen")
    prefix = "public." if shop.kind == "postgresql" else ""

    found = {table.name: table for table in KINDS[shop.kind].tables(opened(shop))}

    table = found[f"{prefix}seen"]
    assert (table.kind, table.key) == ("table", ("b", "a"))
    assert [column.name for column in table.columns] == ["a", "b", "c"]
    assert [column.is_nullable for column in table.columns] == [False, False, True]
    assert found[f"{prefix}seen_view"].kind == "view"
    shop.run("DROP VIEW seen_view")
