"""Datasets over REST, and by apply and config (D3, D15, D31, D130)."""

import pytest
import yaml
from click.testing import CliRunner

from tests.datasets.standing import standing
from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.datasets.models import Dataset

pytestmark = pytest.mark.django_db
MAIL = {"name": "mail", "type": "text", "semantic": "email"}
ITEM = {
    "name": "people",
    "entity": "contacts",
    "sources": [{"source": "shop", "columns": {"town": "city"}}],
    "identity": {"keys": [["email"]]},
}


@pytest.fixture(autouse=True)
def home(settings, tmp_path):
    settings.HOME = tmp_path / "home"


@pytest.fixture
def api(client, ada):
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    return Program(client, secret)


@pytest.fixture
def shop(db):  # noqa: ARG001  rows of sources
    rows = [
        {"id": "1", "mail": " Ada@X.fr", "city": "Lyon", "tel": "0611111111"},
        {"id": "2", "mail": "bob@x.fr"},
        {"id": "3", "mail": "nobody", "city": "Nice"},
        {"id": "4"},
    ]
    return standing("shop", ["id", MAIL, "city", "tel", "note"], rows)


@pytest.fixture
def run(ada, tmp_path):  # noqa: ARG001  the first administrator
    def tresse(*arguments, content=None):
        file = tmp_path / "file.yaml"
        if content is not None:
            file.write_text(yaml.safe_dump(content), encoding="utf-8")
        given = [str(file) if each == "FILE" else each for each in arguments]
        result = CliRunner().invoke(cli, given, prog_name="tresse")
        return result.exit_code, result.stdout + result.stderr

    return tresse


def test_a_dataset_over_rest(api, shop):  # noqa: ARG001
    """D130: made, read, changed and removed by the same functions as the pages."""
    status, made = api("POST", "/datasets", ITEM)
    assert (status, made["name"], made["rules"], made["state"]) == (201, "people", 1, None)
    assert made["definition"] == ITEM

    names = [each["name"] for each in api("GET", "/datasets")[1]]
    assert names == ["contacts", "order_items", "orders", "people", "products"]
    status, changed = api(
        "PATCH", "/datasets/people", {"schedule": {"cron": "0 6 * * *"}, "revision": 1}
    )
    assert (status, changed["revision"], changed["rules"]) == (200, 2, 1)
    assert changed["next_build_at"]
    assert api("PATCH", "/datasets/people", {"identity": None})[1]["rules"] == 2
    assert api("GET", "/datasets/people")[1]["definition"] == {
        **{key: ITEM[key] for key in ("name", "entity", "sources")},
        "schedule": {"cron": "0 6 * * *"},
    }
    assert api("DELETE", "/datasets/people")[0] == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/datasets", {**ITEM, "colums": []}, 422, "unknown_key"),
        ("POST", "/datasets", {**ITEM, "computed": [{"sq": 1}]}, 422, "wrong_value"),
        ("POST", "/datasets", {**ITEM, "name": "contacts"}, 409, "name_taken"),
        ("GET", "/datasets/peple", None, 404, "unknown_name"),
        ("PATCH", "/datasets/contacts", {"revision": 9}, 409, "changed_meanwhile"),
        ("DELETE", "/datasets/contacts", None, 409, "built_in"),
        ("POST", "/datasets/contacts/preview", {"column": "x"}, 422, "column_missing"),
    ],
)
def test_the_api_refuses(api, shop, method, path, body, status, code):  # noqa: ARG001
    """D3: in the words of the definitions."""
    found, answer = api(method, path, body)

    assert (found, answer["code"]) == (status, code)


def test_the_mapping_tells_what_feeds_what_and_proposes_the_rest(api, shop):  # noqa: ARG001
    """D15: what maps by itself, and the rest listed: field, share of filled rows, examples."""
    api("POST", "/datasets", ITEM)
    status, found = api("GET", "/datasets/people/columns")

    assert status == 200
    assert found["columns"] == [
        {"name": "email", "type": "text", "semantic": "email", "sources": {"shop": "mail"}},
        {"name": "town", "type": "text", "semantic": "", "sources": {"shop": "city"}},
    ]
    by_name = {each["column"]: each for each in found["sources"]}
    assert by_name["mail"]["goes_to"] == "email"
    assert by_name["mail"]["filled"] == 0.75
    assert by_name["mail"]["examples"] == [" Ada@X.fr", "bob@x.fr", "nobody"]
    assert (by_name["tel"]["field"], by_name["tel"]["could_go_to"]) == ("phone", "phone")
    assert (by_name["note"]["field"], by_name["note"]["could_go_to"]) == ("", "note")
    assert by_name["note"]["filled"] == 0


def test_rules_of_a_column_are_previewed_and_counted(api, shop):  # noqa: ARG001
    """D31: on up to 100 values, and counted over all; nothing is saved."""
    api("POST", "/datasets", ITEM)
    changed = {"columns": [{"name": "email", "rules": ["email"]}]}
    status, found = api("POST", "/datasets/people/preview", {"column": "email", **changed})

    assert status == 200
    numbers = {key: found[key] for key in ("number", "filled", "changed", "emptied")}
    assert numbers == {"number": 4, "filled": 3, "changed": 2, "emptied": 1}
    assert found["warnings"] == {"email_unreadable": 1}
    assert found["rows"][0] == {
        "source": "shop",
        "key": "1",
        "before": " Ada@X.fr",
        "after": "ada@x.fr",
    }
    assert "columns" not in Dataset.objects.get(name="people").definition


def test_apply_and_config_know_datasets(run, shop):  # noqa: ARG001
    """D3: what config prints, apply takes without a change; other rules are a rule version."""
    led = {
        "name": "bills",
        "entity": "orders",
        "relations": [{"name": "buyer", "to": "people", "inverse": "bills"}],
    }
    code, said = run("apply", "FILE", content={"datasets": [led, ITEM]})
    assert code == 0, said
    code, printed = run("config")
    found = {each["name"]: each for each in yaml.safe_load(printed)["datasets"]}
    assert (found["people"], found["bills"]) == (ITEM, led)
    assert found["contacts"]["identity"] == {"keys": [["email"], ["phone"]]}

    code, said = run("apply", "FILE", content=yaml.safe_load(printed))
    assert (code, Dataset.objects.get(name="people").revision) == (0, 1), said
    run("apply", "FILE", content={"datasets": [ITEM | {"identity": {"keys": [["town"]]}}]})
    assert Dataset.objects.get(name="people").rules.number == 2


def test_apply_refuses_a_dataset_that_leads_nowhere(run, shop):  # noqa: ARG001
    """D3: the sentence names the dataset and the nearest name; nothing is written."""
    item = ITEM | {"relations": [{"name": "to", "to": "shops"}]}
    code, said = run("apply", "FILE", content={"datasets": [item]})

    assert code != 0
    assert 'There is no dataset "shops"' in said
    assert not Dataset.objects.filter(name="people").exists()
