"""Connections: made, changed, switched off and removed, with secrets that appear nowhere."""

import json
import os
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from traceback import format_exception
from typing import Any

import pytest
from django.db import connection as database

from tests.connections.servers import free_port
from tests.records.conftest import NOW
from tresse.accounts.changes import change_settings
from tresse.accounts.models import AuditEntry
from tresse.connections import uses
from tresse.connections.changes import (
    accept_host_key,
    add_connection,
    change_connection,
    check_connection,
    check_settings,
    check_used,
    check_writing,
    checks,
    enable_connection,
    remove_connection,
)
from tresse.connections.defaults import make_defaults
from tresse.connections.definitions import check_secrets, read, write
from tresse.connections.facts import seen_as_data, shown
from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Request, Said, Seen
from tresse.connections.models import Connection
from tresse.connections.opening import opened
from tresse.connections.queries import connection_named, connections
from tresse.connections.uses import ConnectionUses
from tresse.jobs.models import Notification
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_

pytestmark = pytest.mark.django_db
MARKER = "s3cr3t-m4rk3r-0f-th1s-t3st"
SHOP = {"host": "db.shop.example", "database": "shop", "user": "reader"}
PARTLY = "a${ELSEWHERE}b"
OTHERS = [kind.name for kind in KINDS if not kind.is_builtin]


def refusal(function, *given, **more):
    with pytest.raises(TresseError) as refused:
        function(*given, **more)
    return refused.value


@pytest.fixture
def shop_db(ada):
    return add_connection(
        name="shop_db", kind="postgresql", settings=SHOP, secrets={"password": MARKER}, actor=ada
    )


@pytest.fixture
def in_use(monkeypatch):
    """Says that every connection is used by a source."""
    used = ConnectionUses("sources", lambda _row: ['source "orders"'])
    monkeypatch.setattr(uses, "USES", [used])


def settings_of(kind):
    """Settings that a kind takes, pointing at nothing."""
    known = {"host": "127.0.0.1", "port": free_port(), "url": "/nowhere/at/all"}
    return {
        field.name: known.get(field.name, "x" if field.is_required else None)
        for field in kind.fields
        if field.is_required or field.name in known
    }


def test_keeps_what_differs_from_the_defaults(ada):
    """S1, S2: name, kind, settings with their defaults, secrets."""
    row = add_connection(
        name="shop_db", kind="postgresql", settings={**SHOP, "port": "5432"}, actor=ada
    )

    assert row.settings == SHOP
    there = opened(row)
    assert there.settings["port"] == 5432
    assert there.settings["ssl"] == "prefer"
    assert there.limits.statement_seconds == 600


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"name": "Shop"}, "invalid_name", '"Shop"'),
        ({"name": "drop"}, "name_taken", '"drop"'),
        ({"kind": "postgres"}, "unknown_name", 'Did you mean "postgresql"?'),
        ({"kind": "crm"}, "connection_built_in", '"crm" is a part of Tresse.'),
        ({"settings": {**SHOP, "hots": "x"}}, "unknown_key", 'Did you mean "host"?'),
        ({"settings": {"host": "x"}}, "setting_missing", 'needs the setting "database"'),
        ({"settings": {**SHOP, "port": 70000}}, "wrong_value", "from 1 to 65535, not 70000"),
        ({"settings": {**SHOP, "port": True}}, "wrong_value", "not True"),
        ({"settings": {**SHOP, "ssl": "no"}}, "wrong_value", "disable, prefer, require, not no"),
        ({"settings": {**SHOP, "host": "a\nb"}}, "wrong_value", "one line"),
        ({"settings": {**SHOP, "host": ["a"]}}, "wrong_value", "a text"),
        ({"settings": {**SHOP, "host": "x" * 4001}}, "wrong_value", "at most 4000"),
        ({"settings": ["host"]}, "wrong_value", "a mapping"),
        ({"secrets": {"pasword": "x"}}, "unknown_key", 'Did you mean "password"?'),
        ({"secrets": {"password": ["x"]}}, "wrong_value", "password needs a text"),
        ({"secrets": {"password": "${TRESSE_SECRET_KEY}"}}, "secret_reserved", "TRESSE_SECRET_KEY"),
    ],
    ids=str,
)
def test_refuses_what_it_cannot_keep(ada, given, code, words):
    """S1, S2: each refusal names value, place and what would be right."""
    facts = {"name": "shop_db", "kind": "postgresql", "settings": SHOP, **given}

    error = refusal(add_connection, actor=ada, **facts)

    assert error.code == code
    assert words in error.message


def test_needs_the_right_to_manage_connections(mia, shop_db):
    """S4: making, changing or checking needs `connections.manage`."""
    function: Callable[..., object]
    given: Mapping[str, Any]
    for function, given in (
        (add_connection, {"name": "x", "kind": "mysql", "settings": SHOP}),
        (check_settings, {"kind": "mysql", "settings": SHOP}),
    ):
        assert refusal(function, actor=mia, **given).code == "not_permitted"
    for function, given in (
        (change_connection, {"settings": SHOP}),
        (enable_connection, {"enabled": False}),
        (remove_connection, {}),
        (check_connection, {}),
        (check_writing, {}),
        (accept_host_key, {}),
    ):
        assert refusal(function, shop_db, actor=mia, **given).code == "not_permitted"
    assert refusal(connections, mia).code == "not_permitted"


def test_is_built_in_from_the_start(ada):
    """S2a: `crm` and `events`, which cannot be removed, and `drop`, which can."""
    there = {row.name: row for row in connections(ada)}
    assert set(there) == {"crm", "events", "drop"}

    assert refusal(remove_connection, there["crm"], actor=ada).code == "connection_built_in"
    error = refusal(change_connection, there["crm"], settings={"a": 1}, actor=ada)
    assert error.code == "connection_built_in"
    remove_connection(there["drop"], actor=ada)
    make_defaults()
    assert [row.name for row in connections(ada)] == ["crm", "events"]


@pytest.mark.usefixtures("in_use")
def test_is_not_removed_while_used(shop_db, ada):
    """S7: `in_use`, with the list; it can be switched off."""
    error = refusal(remove_connection, shop_db, actor=ada)
    assert error.code == "in_use"
    assert 'source "orders"' in error.message

    enable_connection(shop_db, enabled=False, actor=ada)
    shop_db.refresh_from_db()
    error = refusal(opened, shop_db)
    assert error.code == "connection_off"
    assert '"shop_db" is switched off' in error.message
    enable_connection(shop_db, enabled=True, actor=ada)


def test_removes_one_that_nothing_uses(shop_db, ada):
    remove_connection(shop_db, actor=ada)

    error = refusal(connection_named, "shop_db", ada)
    assert error.code == "unknown_name"


@pytest.mark.parametrize("name", OTHERS)
def test_secrets_appear_nowhere(name, ada, settings, tmp_path, caplog):
    """S10: each secret of each kind is a marker; it is in no answer, error, log or stored text."""
    settings.HOME = tmp_path
    change_settings({"private_addresses": True}, actor=ada)
    kind = KINDS[name]
    secrets = {field.name: f"{MARKER}-{field.name}" for field in kind.secrets}
    if not secrets:
        pytest.skip("The kind has no secrets.")
    row = add_connection(
        name="marked", kind=name, settings=settings_of(kind), secrets=secrets, actor=ada
    )
    there = opened(row)
    assert there.secrets == secrets

    seen = check_connection(row, actor=ada)
    failed = refusal(lambda: _read(kind, there))

    row.refresh_from_db()
    told = json.dumps(
        [
            seen_as_data(seen),
            shown(row),
            read(),
            repr(row),
            repr(there),
            repr(seen),
            failed.message,
            failed.details,
            "".join(format_exception(failed)),
            list(AuditEntry.objects.values()),
        ],
        default=str,
    )
    assert MARKER not in told + caplog.text
    assert not _texts_with(MARKER)
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and MARKER in _text(file)]


def _read(kind, there):
    if "files" in kind.reads:
        return kind.listing(there)
    return list(kind.read(there, Request(table="orders")))


def _text(file):
    return file.read_bytes().decode("utf-8", "replace")


def _texts_with(marker):
    """Tables of ours that hold a text somewhere."""
    found = []
    with database.cursor() as cursor:
        for table in database.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  our own names
            if any(marker in str(row) for row in cursor.fetchall()):
                found.append(table)
    return found


def test_a_secret_may_stand_in_the_environment(ada, monkeypatch):
    """S11: `${NAME}` is read at each use and never stored; unset, it is missed by name."""
    row = add_connection(
        name="shop_db",
        kind="postgresql",
        settings=SHOP,
        secrets={"password": "${SHOP_DB_PASSWORD}"},
        actor=ada,
    )

    error = refusal(opened, row)
    assert error.code == "secret_missing"
    assert error.message == (
        "SHOP_DB_PASSWORD is not set. Put it in the environment of the server and of the workers."
    )
    monkeypatch.setenv("SHOP_DB_PASSWORD", MARKER)
    assert opened(row).secret("password") == MARKER
    assert not _texts_with(MARKER)
    assert check_connection(row, actor=ada).code  # nothing listens there
    assert not _texts_with(MARKER)


def test_answers_only_whether_a_secret_is_set(shop_db):
    """S12: the API answers `{"password": {"set": true}}`."""
    assert shown(shop_db)["secrets"] == {"password": {"set": True}}
    assert MARKER not in json.dumps(shown(shop_db), default=str)


def test_config_and_apply_change_nothing(shop_db, ada):
    """S12: `config` prints `(set)` or the `${NAME}`; read again, both leave the secret as it is."""
    add_connection(
        name="other",
        kind="mariadb",
        settings=SHOP,
        secrets={"password": "${SHOP_DB_PASSWORD}"},
        actor=ada,
    )
    printed = {item["name"]: item for item in read()}
    assert printed["shop_db"] == {
        "name": "shop_db",
        "kind": "postgresql",
        "settings": SHOP,
        "secrets": {"password": "(set)"},
    }
    assert printed["other"]["secrets"] == {"password": "${SHOP_DB_PASSWORD}"}

    assert [write(item, ada, False) for item in printed.values()] == ["unchanged"] * 3
    shop_db.refresh_from_db()
    assert opened(shop_db).secret("password") == MARKER


def test_apply_makes_and_changes(ada):
    """S31: connections by `apply`."""
    item = {"name": "shop_db", "kind": "postgresql", "settings": SHOP, "is_enabled": False}

    assert write(item, ada, False) == "created"
    assert write(item, ada, False) == "unchanged"
    assert not Connection.objects.get(name="shop_db").is_enabled
    assert write({**item, "secrets": {"password": "a"}}, ada, False) == "changed"
    assert write({**item, "settings": {**SHOP, "port": 5433}}, ada, False) == "changed"
    error = refusal(write, {**item, "kind": "mysql"}, ada, False)
    assert error.code == "kind_stays"
    assert refusal(write, {**item, "hosts": 1}, ada, False).code == "unknown_key"
    assert refusal(write, {**item, "name": ""}, ada, False).code == "wrong_value"
    assert refusal(write, {**item, "is_enabled": "no"}, ada, False).code == "wrong_value"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        (
            {"setings": {}},
            '"setings" is not a key of a connection (shop_db). Did you mean "settings"?',
        ),
        (
            {"settings": {**SHOP, "prot": 1}},
            '"prot" is not a key of the settings of a postgresql connection (shop_db). '
            'Did you mean "port"?',
        ),
        (
            {"settings": {**SHOP, "port": 0}},
            "shop_db: port needs a whole number from 1 to 65535, not 0.",
        ),
        (
            {"settings": {}},
            'A connection of the kind postgresql (shop_db) needs the setting "host".',
        ),
        ({"is_enabled": "no"}, "shop_db: is_enabled needs true or false, not no."),
        ({"kind": ""}, 'shop_db: kind needs a text, not "".'),
    ],
    ids=str,
)
def test_apply_names_the_connection_in_its_refusals(ada, changes, sentence):
    """S120: a file has many connections, so a refusal says which one it is about."""
    item = {"name": "shop_db", "kind": "postgresql", "settings": SHOP, **changes}

    assert refusal(write, item, ada, False).message == sentence


def test_doctor_lists_secrets_of_another_key(shop_db, settings, ada):
    """S13: `secret_unreadable` for those that need it; everything else goes on."""
    other = add_connection(name="other", kind="mysql", settings=SHOP, actor=ada)
    settings.SECRET_KEY = "another key than before"  # noqa: S105

    found = list(check_secrets(False))

    assert [problem.place for problem in found] == ["shop_db"]
    assert "secret_unreadable" in found[0].sentence
    assert '"password"' in found[0].sentence
    assert refusal(opened, shop_db).code == "secret_unreadable"
    assert opened(other).name == "other"
    assert check_connection(shop_db, actor=ada).code == "secret_unreadable"


def test_a_changed_secret_is_logged_without_its_value(shop_db, ada):
    """S14: who, when, which name; never the value."""
    change_connection(shop_db, secrets={"password": "another-value-1"}, actor=ada)

    entry = AuditEntry.objects.filter(action="connection.secret").latest("id")
    assert entry.target == "shop_db"
    assert entry.after == {"name": "password", "set": True}
    assert entry.user_id == ada.user_id
    change_connection(shop_db, secrets={"password": ""}, actor=ada)
    entry = AuditEntry.objects.filter(action="connection.secret").latest("id")
    assert entry.after == {"name": "password", "set": False}
    assert "another-value-1" not in str(list(AuditEntry.objects.values()))


def test_a_check_is_kept_and_forgotten_when_settings_change(shop_db, ada):
    """S20: the last check stands with the connection, until that is another one."""
    shop_db.settings = {**SHOP, "host": "no-such-host.invalid"}
    shop_db.save()

    seen = check_connection(shop_db, actor=ada)

    shop_db.refresh_from_db()
    assert (seen.ok, shop_db.is_good, shop_db.code) == (False, False, "host_not_found")
    assert shown(shop_db)["check"]["message"].startswith("No server is named")
    assert shop_db.failing_since == shop_db.checked_at
    changed = change_connection(shop_db, settings=SHOP, actor=ada)
    assert (changed.is_good, changed.code) == (None, "")


def test_settings_are_checked_before_they_are_kept(shop_db, ada):
    """S20: the form's *Check* asks with what is typed, and with the secrets that are kept."""
    change_settings({"private_addresses": True}, actor=ada)
    there = {**SHOP, "host": "127.0.0.1", "port": free_port()}

    seen = check_settings(kind="postgresql", settings=there, connection=shop_db, actor=ada)

    assert seen.code == "connection_refused"
    shop_db.refresh_from_db()
    assert shop_db.checked_at is None


def test_a_check_has_fifteen_seconds():
    """S21: who does not answer in time is a `timeout`."""
    error = refusal(checks.within, 0.05, lambda: time.sleep(1), "db.shop.example")

    assert error.code == "timeout"
    assert "db.shop.example did not answer within 0.05 seconds." in error.message


def test_writing_is_checked_apart(ada):
    """S21: *Check writing* is a separate action, of kinds that are written."""
    row = Connection.objects.get(name="crm")
    assert refusal(check_writing, row, actor=ada).code == "writes_none"


def answers(monkeypatch, *outcomes):
    """Checks find these, one after the other."""
    left = list(outcomes)
    monkeypatch.setattr(type(KINDS["postgresql"]), "check", lambda *_: left.pop(0))


@pytest.mark.usefixtures("in_use", "shop_db")
def test_the_owner_is_told_once_of_a_failure_and_of_its_end(ada, monkeypatch):
    """S25: daily, of connections in use; first failure and recovery are each told once."""
    bad = Seen(
        False, Said(N_('No server is named "{host}".'), {"host": "x"}), code="host_not_found"
    )
    good = Seen(True, Said("Well"))
    answers(monkeypatch, good, bad, bad, good, good, bad)
    told = []
    Connection.objects.filter(name="drop").delete()

    for day in range(6):
        with clock.at(NOW + timedelta(days=day)):
            check_used()
        told.append(Notification.objects.filter(kind="connection").count())

    assert told == [0, 1, 1, 2, 2, 3]
    first, second, _ = Notification.objects.filter(kind="connection").order_by("id")
    assert (first.user_id, first.title) == (ada.user_id, "shop_db cannot be reached")
    assert 'No server is named "x".' in first.sentence
    assert second.title == "shop_db can be reached again"


@pytest.mark.usefixtures("shop_db")
def test_connections_that_nothing_uses_are_not_checked_daily(monkeypatch):
    """S25: connections in use."""
    monkeypatch.setattr(uses, "USES", [])

    assert check_used() == {"checked": 0, "failing": 0}


def test_the_key_of_a_server_is_accepted_by_a_person(ada):
    """S23: the key that was shown at the check; a definition may hold it too."""
    row = add_connection(
        name="till", kind="sftp", settings={"host": "sftp.example", "user": "till"}, actor=ada
    )
    assert refusal(accept_host_key, row, actor=ada).code == "no_host_key"
    Connection.objects.filter(pk=row.pk).update(offered_key="ssh-ed25519 AAAA")

    row = accept_host_key(row, actor=ada)

    assert row.settings["host_key"] == "ssh-ed25519 AAAA"
    assert row.offered_key == ""


def test_every_kind_says_what_it_is():
    """S2, S8: each states its settings, its secrets, what it reads and what it writes."""
    assert [kind.name for kind in KINDS][:3] == ["postgresql", "mariadb", "mysql"]
    for kind in KINDS:
        assert kind.label
        assert set(kind.reads) <= {"table", "query", "entity", "files"}
        names = [field.name for field in (*kind.fields, *kind.secrets)]
        assert len(names) == len(set(names))
        assert all(
            field.kind != "choice" or field.default in field.choices for field in kind.fields
        )


def test_reads_the_environment_of_no_one_else(monkeypatch, ada):
    """S11: only a whole `${NAME}` is looked up; anything else is the secret itself."""
    monkeypatch.setenv("ELSEWHERE", "value")
    row = add_connection(
        name="shop_db",
        kind="postgresql",
        settings=SHOP,
        secrets={"password": PARTLY},
        actor=ada,
    )

    assert opened(row).secret("password") == PARTLY
    assert os.environ["ELSEWHERE"] == "value"
