"""Sources over REST, by apply and config, and as tables of the command line (S120)."""

import json

import pytest
import yaml
from click.testing import CliRunner

from tests.program import Program
from tests.sources.conftest import DEFINITION
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.sources.models import Rejection, Source, SourceFile, SourceRun

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(client, ada):
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    return Program(client, secret)


@pytest.fixture
def tresse(ada):  # noqa: ARG001  the first administrator
    def run(*arguments, is_json=True):
        more = ["--json"] if is_json else []
        result = CliRunner().invoke(cli, [*map(str, arguments), *more], prog_name="tresse")
        return result.exit_code, json.loads(result.stdout) if is_json else result.stdout

    return run


def test_a_source_over_rest(api, till):  # noqa: ARG001
    """S120: made, read, changed, and removed by the same functions as the pages."""
    status, made = api("POST", "/sources", DEFINITION)
    assert (status, made["name"], made["rows"], made["state"]) == (201, "till_orders", None, None)
    assert made["definition"] == DEFINITION

    assert [each["name"] for each in api("GET", "/sources?entity=orders")[1]] == ["till_orders"]
    status, changed = api(
        "PATCH", "/sources/till_orders", {"schedule": {"cron": "0 6 * * *"}, "revision": 1}
    )
    assert (status, changed["revision"]) == (200, 2)
    assert changed["next_run_at"]
    effect = api("PATCH", "/sources/till_orders", {"record_key": ["store"], "dry_run": True})[1]
    assert effect["changes_key"]
    assert Source.objects.get().definition["record_key"] == ["order_no"]
    assert api("PATCH", "/sources/till_orders", {"schedule": None})[1]["next_run_at"] is None
    assert api("GET", "/sources/till_orders/versions") == (200, [])
    assert api("DELETE", "/sources/till_orders")[0] == 204


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/sources", {**DEFINITION, "colums": []}, 422, "unknown_key"),
        ("POST", "/sources", {**DEFINITION, "read": {"table": "x"}}, 422, "wrong_kind"),
        ("GET", "/sources/tiller", None, 404, "unknown_name"),
        ("GET", "/sources?order=name", None, 422, "unknown_parameter"),
        ("GET", "/sources/runs/preview?limit=0", None, 422, "wrong_value"),
        ("GET", "/sources/runs/runs/12", None, 404, "unknown_name"),
        ("GET", "/sources/runs/rejections?run=x", None, 422, "wrong_value"),
        ("POST", "/sources/detect", {"connection": "till", "read": {}}, 422, "wrong_value"),
        ("POST", "/sources/runs/extract", {"publish_held": True}, 409, "wrong_state"),
        ("GET", "/sources/a%00b", None, 404, "unknown_name"),
        ("POST", "/sources", {**DEFINITION, "connection": "\0"}, 422, "wrong_value"),
        ("POST", "/sources", {**DEFINITION, "record_key": ["\ud800"]}, 422, "wrong_value"),
    ],
    ids=str,
)
def test_refusals_over_rest(api, source, method, path, body, status, code):
    """S120: in the same words as everywhere."""
    source(name="runs")

    found, answer = api(method, path, body)

    assert (found, answer["code"]) == (status, code)


def test_what_a_connection_has_over_rest(api, till, orders):  # noqa: ARG001
    """S120: `/tables`, `/detect` and `/preview`, before anything is saved."""
    status, seen = api("GET", "/sources/tables?connection=till")
    assert status == 200
    assert [each["path"] for each in seen["files"]] == ["orders_20260303.csv"]
    assert seen["tables"] == []

    status, found = api(
        "POST", "/sources/detect", {"connection": "till", "read": DEFINITION["read"]}
    )
    assert (status, found["record_key"]) == (200, ["order_no"])
    assert found["columns"][0] == found["columns"][0] | {"name": "order_no", "type": "integer"}

    status, shown = api("POST", "/sources/preview", {**DEFINITION, "only": ["email"], "limit": 1})
    assert (status, shown["number"], len(shown["rows"])) == (200, 3, 1)
    assert shown["rows"][0]["before"] == ["ADA@x.fr "]


def test_previews_and_counts_of_a_source_over_rest(api, source, orders):  # noqa: ARG001
    """S41, S47, S63: of a saved source, and as it would be with other keys."""
    source(
        relations=[{"columns": ["store"], "to": "till_orders", "key": ["order_no"]}],
        columns=["order_no", {"name": "store", "type": "text"}],
    )

    assert api("GET", "/sources/till_orders/keys")[1]["keys"][0]["distinct"] == 3
    assert api("GET", "/sources/till_orders/relations")[0] == 200
    assert api("GET", "/sources/till_orders/preview?only=store&limit=2")[1]["number"] == 3
    other = {"columns": [{"name": "email", "type": "text", "rules": ["email"]}], "only": ["email"]}
    shown = api("POST", "/sources/till_orders/preview", other)[1]
    assert shown["columns"][0]["changed"] == 1


def test_runs_and_refused_rows_over_rest(api, source):
    """S100, S111: counts, files, refused rows as JSON and as a file to be corrected."""
    row = source()
    run = SourceRun.objects.create(source=row, mode="each", state="failed", code="no_files")
    file = SourceFile.objects.create(source=row, run=run, path="a.csv", sha256="0" * 64)
    Rejection.objects.create(
        source=row,
        run=run,
        file=file,
        line=4,
        column="amount",
        value="x",
        code="could_not_parse_number",
        message='"{value}" is not a number.',
        details={"value": "x"},
        raw='{"order_no": "7", "amount": "x"}',
    )

    page = api("GET", "/sources/till_orders/runs?state=failed")[1]
    assert [each["id"] for each in page["items"]] == [run.pk]
    assert api("GET", f"/sources/till_orders/runs/{run.pk}")[1]["log"] == []
    files = api("GET", f"/sources/till_orders/runs/{run.pk}/files")[1]
    assert files["items"][0]["path"] == "a.csv"
    [rejected] = api("GET", f"/sources/till_orders/rejections?run={run.pk}")[1]["items"]
    assert (rejected["line"], rejected["message"]) == (4, '"x" is not a number.')
    assert api("GET", "/sources/till_orders/rejections.csv")[0] == 200
    text = b"".join(api.response.streaming_content).decode()
    assert "could_not_parse_number" in text
    assert api("POST", f"/sources/till_orders/runs/{run.pk}/cancel")[0] == 409


def test_a_reading_is_asked_for_over_rest(api, source):
    """S110: a second request joins the waiting one."""
    source()

    status, run = api("POST", "/sources/till_orders/extract", {"full": True})
    assert (status, run["state"], run["full"]) == (202, "queued", True)
    assert api("POST", "/sources/till_orders/extract", {})[1]["id"] == run["id"]
    done = api("POST", f"/sources/till_orders/runs/{run['id']}/cancel")[1]
    assert done["id"] == run["id"]


def test_config_prints_what_apply_reads(tresse, source, tmp_path):
    """S31, cli.md 3: `apply` of what `config` printed changes nothing."""
    source(schedule={"cron": "0 6 * * *"}, computed=[{"name": "n", "sql": "upper(store)"}])
    source(name="draft", reviewed=False, enabled=False)
    status, text = tresse("config", "sources", is_json=False)
    assert status == 0
    file = tmp_path / "sources.yaml"
    file.write_text(text, encoding="utf-8")
    printed = yaml.safe_load(text)["sources"]
    assert [each["name"] for each in printed] == ["draft", "till_orders"]
    assert (printed[0]["reviewed"], printed[0]["enabled"]) == (False, False)

    status, done = tresse("apply", file)

    assert (status, done["changed"], done["created"]) == (0, [], [])
    assert not Source.objects.get(name="draft").is_reviewed
    Source.objects.all().delete()
    assert len(tresse("apply", file, "--dry-run")[1]["created"]) == 2
    assert not Source.objects.exists()


def test_a_file_with_a_fault_names_its_place(tresse, till, tmp_path):  # noqa: ARG001
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": [DEFINITION | {"entity": 3}]}), encoding="utf-8")

    status, answer = tresse("apply", file)

    assert (status, answer["code"]) == (1, "wrong_value")


@pytest.mark.parametrize(
    "changes",
    [
        {"read": {"table": "orders"}},
        {"extract": {"mode": "incremental"}},
        {"relations": [{"columns": ["store"], "to": "stores", "key": ["store"]}]},
        {"columns": [{"name": "a", "type": "whole"}]},
        {"computed": [{"name": "a", "sql": "sum(b)"}]},
    ],
    ids=str,
)
def test_rest_and_apply_refuse_in_the_same_words(api, tresse, till, tmp_path, changes):  # noqa: ARG001
    """S120: all doors refuse in the same words."""
    item = DEFINITION | changes
    file = tmp_path / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": [item]}), encoding="utf-8")

    status, by_file = tresse("apply", file)
    _, by_rest = api("POST", "/sources", item)

    assert status == 1
    assert (by_rest["code"], by_rest["detail"]) == (by_file["code"], by_file["message"])


def test_runs_and_refused_rows_are_tables_of_rows(tresse, source):
    """S111: readable as tables `source_runs` and `source_rejections`."""
    row = source()
    runs = [
        SourceRun.objects.create(source=row, mode="each", state=state, read=number)
        for number, state in enumerate(("published", "failed"))
    ]
    Rejection.objects.create(source=row, run=runs[1], code="key_null", line=3)

    status, found = tresse("rows", "source_runs", "--columns", "id,state,read")
    assert status == 0
    assert found["rows"] == [
        {"id": runs[1].pk, "state": "failed", "read": 1},
        {"id": runs[0].pk, "state": "published", "read": 0},
    ]
    failed = ("--filter", '{"state": "failed"}', "--columns", "id")
    assert tresse("rows", "source_runs", *failed)[1]["rows"] == [{"id": runs[1].pk}]
    least = ("--sort", "read", "--limit", 1, "--columns", "read")
    assert tresse("rows", "source_runs", *least)[1]["rows"] == [{"read": 0}]
    [rejected] = tresse("rows", "source_rejections")[1]["rows"]
    assert (rejected["source"], rejected["code"], rejected["line"]) == (
        "till_orders",
        "key_null",
        3,
    )


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (("--columns", "stat"), "unknown_name"),
        (("--filter", '{"colour": 1}'), "unknown_name"),
        (("--filter", "[]"), "wrong_value"),
        (("--filter", '{"id": "x"}'), "wrong_value"),
        (("--filter", '{"message": "x"}'), "wrong_value"),
        (("--sort", "id,state"), "wrong_value"),
    ],
    ids=str,
)
def test_what_a_table_cannot_answer_is_refused(tresse, asked, code):
    status, answer = tresse("rows", "source_runs", *asked)

    assert (status, answer["code"]) == (1, code)
