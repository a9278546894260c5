"""Connections over REST, on the command line and by `apply` (S20, S120)."""

import json

import pytest
from click.testing import CliRunner

from tests.connections.servers import free_port
from tresse.accounts.changes import add_token, change_settings
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.connections.changes import add_connection

pytestmark = pytest.mark.django_db
SHOP = {"host": "db.shop.example", "database": "shop", "user": "reader"}


@pytest.fixture
def api(client, ada):
    user = User.objects.get(pk=ada.user_id)
    _, secret = add_token(user, name="test", actor=ada)

    def call(method, path, body=None):
        answer = client.generic(
            method,
            f"/api/v1{path}",
            json.dumps(body) if body is not None else "",
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}"},
        )
        return answer.status_code, json.loads(answer.content or "null")

    return call


@pytest.fixture
def tresse(ada):  # noqa: ARG001  the first administrator
    def run(*arguments):
        result = CliRunner().invoke(cli, [*map(str, arguments), "--json"], prog_name="tresse")
        return result.exit_code, json.loads(result.stdout)

    return run


def test_connections_over_rest(api):
    """S120: `/api/v1/connections`."""
    asked = {
        "name": "shop_db",
        "kind": "postgresql",
        "settings": SHOP,
        "secrets": {"password": "x"},
    }

    status, made = api("POST", "/connections", asked)

    assert (status, made["name"], made["settings"]) == (201, "shop_db", SHOP)
    assert made["secrets"] == {"password": {"set": True}}
    assert made["check"] is None
    names = [row["name"] for row in api("GET", "/connections")[1]]
    assert names == ["crm", "events", "drop", "shop_db"]
    status, changed = api("PATCH", "/connections/shop_db", {"is_enabled": False})
    assert (status, changed["is_enabled"]) == (200, False)
    assert api("PATCH", "/connections/shop_db", {"secrets": {"password": ""}})[1]["secrets"] == {
        "password": {"set": False}
    }
    assert api("GET", "/connections/shop_db/tables")[1]["code"] == "connection_off"
    assert api("DELETE", "/connections/shop_db")[0] == 204
    assert api("GET", "/connections/shop_db")[1]["code"] == "unknown_name"
    kinds = {kind["name"]: kind for kind in api("GET", "/connection_kinds")[1]}
    assert kinds["mariadb"]["settings"][1]["default"] == 3306


def test_checks_answer_the_same_at_each_door(api, tresse, ada):
    """S20: the command and the API answer `ok`, `message`, `tables`."""
    change_settings({"private_addresses": True}, actor=ada)
    port = free_port()
    settings = {**SHOP, "host": "127.0.0.1", "port": port}
    add_connection(name="shop_db", kind="postgresql", settings=settings, actor=ada)

    status, by_api = api("POST", "/connections/shop_db/check")
    code, by_command = tresse("check", "shop_db")

    assert (status, code) == (200, 1)
    assert by_api == by_command
    assert by_api["code"] == "connection_refused"
    assert by_api["message"].startswith(f"127.0.0.1 takes no connection on port {port}.")
    assert (
        api("POST", "/connections/check", {"kind": "postgresql", "settings": settings})[1] == by_api
    )


def test_the_installation_is_checked_by_command(tresse, api):
    """S20: `tresse check crm`."""
    code, found = tresse("check", "crm")

    assert (code, found["ok"]) == (0, True)
    contacts = next(table for table in found["tables"] if table["name"] == "contacts")
    assert contacts["kind"] == "table"
    assert {"name": "id", "type": "integer", "proposed": "integer", "is_nullable": False} in (
        contacts["columns"]
    )
    assert api("GET", "/connections/crm/tables")[1] == found["tables"]
    assert tresse("check", "crm", "--writing")[1]["code"] == "writes_none"


def test_a_check_for_people_is_one_sentence_and_its_tables(ada):  # noqa: ARG001
    """S20"""
    result = CliRunner().invoke(cli, ["check", "crm"], prog_name="tresse")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith("This installation. Tables: ")


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/connections", {"name": "x"}, "wrong_value"),
        ("POST", "/connections", {"name": "x", "kind": "oracle"}, "unknown_name"),
        ("POST", "/connections", {"name": "x", "kind": "mysql", "port": 1}, "unknown_key"),
        ("POST", "/connections", {"name": "x", "kind": "mysql", "settings": []}, "wrong_value"),
        ("PATCH", "/connections/crm", {"settings": {"a": 1}}, "connection_built_in"),
        ("DELETE", "/connections/crm", None, "connection_built_in"),
        ("POST", "/connections/drop/accept_host_key", None, "no_host_key"),
        ("POST", "/connections/dorp/check", None, "unknown_name"),
    ],
    ids=str,
)
def test_refuses_in_words(api, method, path, body, code):
    status, answer = api(method, path, body)

    assert status >= 400
    assert answer["code"] == code
    assert answer["detail"]


def test_applies_and_prints(ada, tmp_path, tresse):  # noqa: ARG001
    """S12: `config | apply` changes nothing."""
    file = tmp_path / "shop.yaml"
    file.write_text(
        "connections:\n"
        "  - {name: shop_db, kind: postgresql, settings: {host: db.shop.fr, database: shop, "
        'user: reader}, secrets: {password: "${SHOP_DB_PASSWORD}"}}\n'
    )

    assert "shop_db" in str(tresse("apply", file)[1]["created"])
    printed = CliRunner().invoke(cli, ["config", "connections"], prog_name="tresse").stdout
    assert "${SHOP_DB_PASSWORD}" in printed
    file.write_text(printed)
    answer = tresse("apply", file)[1]
    assert (answer["created"], answer["changed"]) == ([], [])
