"""Checks of databases: what is seen, and a sentence for each cause of failure (S20 to S22)."""

import os
import shutil
import socket
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from tests.connections.servers import ROOT, Authority, free_port, run
from tests.databases import ON_EACH, Server, opened, started
from tresse.connections.changes.checks import failed
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Limits, Request
from tresse.kernel.errors import TresseError

QUICK = Limits(connect_seconds=1, read_seconds=1)
RULES = """
local all all trust
hostssl all only_tls 127.0.0.1/32 scram-sha-256
hostnossl all only_tls 127.0.0.1/32 reject
host all tresse 127.0.0.1/32 trust
host all all 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def strict_postgresql(tmp_path_factory):
    """A PostgreSQL that asks for passwords and speaks TLS by a private authority; its `ca`."""
    port = "54331"
    folder = Path(f"/var/tmp/tresse-postgres-{port}")  # noqa: S108  as the script has it
    if os.getuid():
        folder = tmp_path_factory.mktemp("postgres")
    there = {"TRESSE_POSTGRES_PORT": port, "TRESSE_POSTGRES_DIR": str(folder)}
    started("postgres.sh", **there)
    data = folder / "data"
    made = Authority(tmp_path_factory.mktemp("authority"))
    both = made.file.read_text()
    for name, text in (("server.crt", both), ("server.key", both), ("pg_hba.conf", RULES)):
        file = data / name
        file.write_text(text)
        file.chmod(0o600)
        shutil.chown(file, data.stat().st_uid, data.stat().st_gid)
    server = Server("postgresql", "127.0.0.1", int(port), "tresse", "tresse", "")
    server.run(
        "ALTER SYSTEM SET ssl = on",
        "SELECT pg_reload_conf()",
        "SELECT pg_sleep(0.3)",
        "DO $$ BEGIN CREATE ROLE reader LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object "
        "THEN NULL; END $$",
        "DO $$ BEGIN CREATE ROLE only_tls LOGIN PASSWORD 'right'; EXCEPTION WHEN duplicate_object "
        "THEN NULL; END $$",
        "DROP TABLE IF EXISTS secret_table",
        "CREATE TABLE secret_table (id int, name text)",
    )
    yield server, made.ca
    run(ROOT / "scripts/postgres.sh", "stop", **there)


def refusal(there):
    with pytest.raises(TresseError) as refused:
        KINDS[there.kind].check(there)
    return refused.value


@ON_EACH
def test_a_check_says_what_it_sees(shop):
    """S20: product, tables and rows, in one sentence."""
    shop.run("CREATE TABLE IF NOT EXISTS seen_by_check (id int PRIMARY KEY)")

    seen = KINDS[shop.kind].check(opened(shop))

    assert seen.ok
    product = {"postgresql": "PostgreSQL 1", "mariadb": "MariaDB 1"}[shop.kind]
    assert str(seen.message).startswith(product)
    assert any(table.name.endswith("seen_by_check") for table in seen.tables)


@ON_EACH
def test_checks_writing_by_a_table_that_is_gone_again(shop):
    """S21: one temporary table, made and removed."""
    seen = KINDS[shop.kind].check_writing(opened(shop))

    assert seen.ok
    assert "temporary table" in str(seen.message)


@ON_EACH
def test_a_check_never_writes(shop):
    """S8: what was there before a check is there after it, and nothing else."""
    before = KINDS[shop.kind].tables(opened(shop))

    KINDS[shop.kind].check(opened(shop))

    after = KINDS[shop.kind].tables(opened(shop))
    assert [table.name for table in after] == [table.name for table in before]


@ON_EACH
@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ({"host": "no-such-host.invalid"}, "host_not_found", 'No server is named "no-such-host'),
        ({"host": ""}, "host_not_found", "No server"),
        ({"port": 1}, "connection_refused", "takes no connection on port 1."),
        ({"database": "no_such"}, "database_missing", 'no database "no_such"'),
    ],
    ids=["host", "empty", "port", "database"],
)
def test_each_cause_has_a_code_and_a_sentence(shop, more, code, words):
    """S22: host, port and database."""
    error = refusal(opened(shop, limits=QUICK, **more))

    assert error.code == code
    assert words in error.message


@ON_EACH
def test_private_addresses_follow_the_setting(shop):
    """W4: what is private is refused before anything is sent, unless an administrator allows it."""
    error = refusal(replace(opened(shop), allows_private=False))

    assert error.code == "private_address"
    assert "127.0.0.1" in error.message


@ON_EACH
def test_a_server_that_says_nothing_is_a_timeout(shop):
    """S22: `timeout`, within the time of the settings."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        error = refusal(opened(shop, limits=QUICK, port=silent.getsockname()[1]))

    assert error.code == "timeout"
    assert "within 1 seconds" in error.message


@ON_EACH
def test_another_server_is_told_of_by_its_words(shop):
    """S22: `answer_unreadable` shows the first 200 characters."""
    said = b"HTTP/1.1 400 Bad Request\r\nServer: of the web\r\n\r\n" + b"x" * 500
    with socket.socket() as web:
        web.bind(("127.0.0.1", 0))
        web.listen()
        answering = threading.Thread(target=_answer, args=(web, said), daemon=True)
        answering.start()

        error = refusal(opened(shop, limits=QUICK, port=web.getsockname()[1]))
        web.shutdown(socket.SHUT_RDWR)

    assert error.code == "answer_unreadable"
    assert "HTTP/1.1 400 Bad Request" in error.message
    assert len(error.details["answer"]) <= 200


def _answer(web, said):
    while True:
        try:
            link, _ = web.accept()
            with link:
                link.settimeout(3)
                link.recv(100)
                link.sendall(said)
        except TimeoutError:
            continue
        except OSError:
            return


def test_a_wrong_password_is_told_of(strict_postgresql):
    """S22: `login_refused`; the sentence holds no password."""
    server, _ = strict_postgresql
    there = opened(server, user="reader", secrets={"password": "wrong-marker"})

    error = refusal(there)

    assert error.code == "login_refused"
    assert '"reader"' in error.message
    assert "wrong-marker" not in str(error.details) + error.message
    assert refusal(opened(server, user="reader", secrets={})).code == "login_refused"
    assert refusal(opened(server, user="nobody_known")).code == "login_refused"


def test_a_wrong_password_of_mariadb_is_told_of(mariadb_server):
    """S22: `login_refused`."""
    error = refusal(opened(mariadb_server, secrets={"password": "wrong-marker"}))
    preferred = opened(mariadb_server, ssl="preferred", secrets={"password": "wrong"})

    assert error.code == refusal(preferred).code == "login_refused"
    assert "wrong-marker" not in str(error.details) + error.message


def test_a_missing_permission_names_the_table(strict_postgresql):
    """S22: `permission_missing` names the table, at the check and when it is read."""
    server, _ = strict_postgresql
    there = opened(server, user="reader", secrets={"password": "right"})

    error = refusal(there)
    assert error.code == "permission_missing"
    assert "public.secret_table" in error.message
    with pytest.raises(TresseError) as refused:
        list(KINDS["postgresql"].read(there, Request(query="SELECT id FROM secret_table")))
    assert refused.value.code == "permission_missing"
    assert "secret_table" in refused.value.message


def test_a_missing_permission_of_mariadb_names_the_table(mariadb_server):
    """S22: `permission_missing`; columns that may be read are listed."""
    database = mariadb_server.database
    mariadb_server.run(
        "CREATE TABLE IF NOT EXISTS closed (id int, name varchar(9))",
        "CREATE TABLE IF NOT EXISTS half_open (id int, name varchar(9))",
        "CREATE USER IF NOT EXISTS reader@'127.0.0.1' IDENTIFIED BY 'right'",
        f"GRANT SELECT (id) ON {database}.half_open TO reader@'127.0.0.1'",
    )
    there = opened(mariadb_server, user="reader", secrets={"password": "right"})

    seen = {table.name: table for table in KINDS["mariadb"].tables(there)}
    assert [column.name for column in seen["half_open"].columns] == ["id"]
    with pytest.raises(TresseError) as refused:
        list(KINDS["mariadb"].read(there, Request(query="SELECT id FROM closed")))
    assert refused.value.code == "permission_missing"
    assert '"closed"' in refused.value.message


def test_certificates_are_verified(strict_postgresql, tmp_path):
    """S6: a private authority is refused until it is given as `ca`; no switch turns this off."""
    server, ca = strict_postgresql
    strict = {"ssl": "require", "user": "only_tls", "folder": tmp_path, "host": "127.0.0.1"}
    secrets = {"password": "right"}

    error = refusal(opened(server, secrets=secrets, **strict))
    assert error.code == "tls_failed"
    assert "certificate" in error.message

    with pytest.raises(TresseError) as refused:
        KINDS["postgresql"].check(opened(server, secrets=secrets, ca=ca, **strict))
    assert refused.value.code == "permission_missing"  # it is in

    # The server lets this user in by TLS alone: what keeps us from it is the reason.
    error = refusal(opened(server, secrets=secrets, **{**strict, "ssl": "prefer"}))
    assert error.code == "tls_failed"


def test_prefers_encryption_and_says_where_there_is_none(strict_postgresql, tmp_path):
    """S6: with `prefer`, a certificate nobody can verify means no encryption, and a warning."""
    server, ca = strict_postgresql

    seen = KINDS["postgresql"].check(opened(server, ssl="prefer", folder=tmp_path))
    assert "is not encrypted" in str(seen.warnings[0])

    there = opened(server, ssl="prefer", ca=ca, folder=tmp_path)
    assert not KINDS["postgresql"].check(there).warnings
    query = "SELECT ssl AS is_encrypted FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
    [batch] = KINDS["postgresql"].read(there, Request(query=query))
    assert batch.to_pylist() == [{"is_encrypted": True}]


def test_certificates_of_mariadb_are_verified(mariadb_server, tmp_path):
    """S6: as for PostgreSQL."""
    port = mariadb_server.port
    ca = next(
        (
            path.read_text()
            for path in (
                Path(f"/var/tmp/tresse-mariadb-{port}/ca.pem"),  # noqa: S108
                Path(".cache/mariadb/ca.pem"),
            )
            if path.is_file()
        ),
        None,
    )
    error = refusal(opened(mariadb_server, ssl="required", folder=tmp_path))
    assert error.code == "tls_failed"

    seen = KINDS["mariadb"].check(opened(mariadb_server, ssl="preferred", folder=tmp_path))
    assert "is not encrypted" in str(seen.warnings[0])

    there = opened(mariadb_server, ssl="required", ca=ca, folder=tmp_path)
    assert not KINDS["mariadb"].check(there).warnings
    query = (
        "SELECT variable_value AS cipher FROM information_schema.session_status "
        "WHERE variable_name = 'Ssl_cipher'"
    )
    [batch] = KINDS["mariadb"].read(there, Request(query=query))
    assert batch.to_pylist()[0]["cipher"]


def test_a_full_server_is_told_of(strict_postgresql):
    """S22: `remote_rate_limit`, where a user has all of its connections."""
    server, _ = strict_postgresql
    server.run("ALTER ROLE reader CONNECTION LIMIT 0")
    try:
        error = refusal(opened(server, user="reader", secrets={"password": "right"}))
    finally:
        server.run("ALTER ROLE reader CONNECTION LIMIT -1")

    assert error.code == "remote_rate_limit"


def test_a_refusal_becomes_what_was_seen(postgresql_server):
    """S20: the answer of a check that failed has `ok`, `code` and the sentence."""
    seen = failed(refusal(opened(postgresql_server, port=free_port())))

    assert not seen.ok
    assert seen.code == "connection_refused"
    assert "takes no connection" in str(seen.message)
