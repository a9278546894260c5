"""Lists and segments over REST and on the command line (G46, G67, cli.md 1)."""

import json

import pytest
from click.testing import CliRunner

from tests.segments.conftest import FRENCH
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.config.doors import cli
from tresse.segments.changes import add_members, change_segment


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


def test_segments_over_rest(api, make):
    """G67"""
    anna = make("contact", first_name="Anna", country="FR")
    asked = {"base": "contact", "name": "french", "label": "In France", "filter": FRENCH}

    status, made = api("POST", "/segments", asked)

    assert (status, made["name"], made["words"]) == (201, "french", "Country is any of France")
    assert api("GET", "/segments")[1][0]["owner"] == "ada@example.com"
    assert api("GET", "/segments/french/count") == (200, {"count": 1})
    _, page = api("GET", "/segments/french/members?properties=first_name&limit=10")
    [member] = page["members"]
    assert (member["id"], member["properties"]) == (anna, {"first_name": "Anna"})
    assert api("GET", "/segments/french/sizes") == (200, [])
    assert api("PATCH", "/segments/french", {"label": "France", "version": 1})[1]["version"] == 2
    assert api("DELETE", "/segments/french")[0] == 204


def test_a_dry_run_says_what_a_changed_filter_does(api, french, make):  # noqa: ARG001
    """G56"""
    make("contact", first_name="Bob", country="PL")
    polish = {"property": "country", "operator": "is", "value": "pl"}

    _, effect = api("PATCH", "/segments/french", {"filter": polish, "dry_run": True})

    assert effect == {"enter": 1, "leave": 0, "used_by": []}


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", "/segments", {"base": "contact", "label": "X"}, "wrong_value"),
        ("POST", "/segments", {"base": "contact", "label": "X", "filter": {}}, "bad_filter"),
        ("POST", "/segments", {"base": "c", "label": "X", "filter": []}, "unknown_reference"),
        ("POST", "/lists", {"base": "contact", "label": "X", "colour": "red"}, "unknown_key"),
        ("PATCH", "/segments/french", {"version": 9}, "changed_meanwhile"),
        ("PATCH", "/segments/french", {"keeps_size": None, "label": ""}, "wrong_value"),
        ("GET", "/segments/frensh", None, "unknown_name"),
        ("GET", "/lists/vip/members?size=3", None, "unknown_parameter"),
        ("GET", "/lists/vip/members?limit=x", None, "wrong_value"),
        ("POST", "/lists/vip/members", {"ids": list(range(1_001))}, "batch_too_large"),
        ("POST", "/lists/vip/split", {"parts": [{"label": "A", "share": 9}]}, "wrong_value"),
    ],
    ids=lambda value: str(value)[:36],
)
def test_refuses_over_rest(api, french, vip, method, path, body, code):  # noqa: ARG001
    """G67"""
    status, problem = api(method, path, body)

    assert problem["code"] == code
    assert status >= 400


def test_members_over_rest(api, vip, make):  # noqa: ARG001
    """G46"""
    anna, bob = make("contact", first_name="Anna"), make("contact", first_name="Bob")

    added = api("POST", "/lists/vip/members", {"ids": [anna, bob]})[1]
    again = api("POST", "/lists/vip/members", {"ids": [anna, 999]})[1]
    removed = api("DELETE", "/lists/vip/members", {"ids": [bob]})[1]

    assert added == {"added": 2, "unchanged": 0, "failed": []}
    assert again == {"added": 0, "unchanged": 1, "failed": [999]}
    assert removed == {"removed": 1, "unchanged": 0, "failed": []}
    _, page = api("GET", "/lists/vip/members")
    assert [each["id"] for each in page["members"]] == [anna]
    assert page["members"][0]["since"].startswith("2026-03-10")


def test_a_list_is_made_of_a_filter_and_frozen_and_split(api, french, make):  # noqa: ARG001
    """G48, G59"""
    for name in ("Anna", "Bob"):
        make("contact", first_name=name, country="FR")

    made = api("POST", "/lists", {"base": "contact", "label": "All", "filter": {"all": []}})[1]
    frozen = api("POST", "/segments/french/freeze", {"label": "Frozen"})[1]
    parts = [{"label": "One", "size": 1}, {"label": "Rest"}]
    split = api("POST", f"/lists/{made['name']}/split", {"parts": parts})[1]

    assert api("GET", "/lists/all/count")[1] == {"count": 2}
    assert (frozen["name"], frozen["job"]) == ("frozen", None)
    assert split["lists"] == [{"name": "one", "count": 1}, {"name": "rest", "count": 1}]
    assert api("PATCH", "/lists/rest", {"folder": "Parts"})[1]["folder"] == "Parts"
    assert api("DELETE", "/lists/rest")[0] == 204


def test_segments_on_the_command_line(tresse, french, make, tmp_path, watch, model, ada):
    """G55, G67"""
    anna = make("contact", first_name="Anna", country="FR")
    change_segment(french, keeps_size=True, model=model, actor=ada)
    watch.follow()
    out = tmp_path / "members.csv"

    assert tresse("segments")[1] == {
        "segments": [{"name": "french", "base": "contact", "count": 1, "watched": True}]
    }
    code, one = tresse("segments", "french", "--members", out, "--sizes", "--check")

    assert code == 0
    printed = CliRunner().invoke(cli, ["segments", "french", "--members", str(out)]).stdout
    assert printed.splitlines()[-1] == f"1 member written to {out}."
    assert one["words"] == "Country is any of France"
    assert (one["count"], one["sizes"], one["difference"]) == (1, [], 0)
    assert out.read_text().splitlines()[0] == "id,title,since"
    assert out.read_text().splitlines()[1].startswith(f"{anna},Anna,2026-03-10T")


def test_lists_on_the_command_line(tresse, vip, make, tmp_path, model, ada):
    """G46, cli.md: keys are ids, external ids or e-mails"""
    anna = make("contact", first_name="Anna", email="anna@example.com")
    bob = make("contact", first_name="Bob", external_id="B-7")
    cid = make("contact", first_name="Cid")
    add_members(vip, [cid], model=model, actor=ada)
    keys, gone = tmp_path / "keys.csv", tmp_path / "gone.csv"
    keys.write_text(f"key\nAnna@Example.com\next:B-7\n{cid}\nnobody@example.com\n")
    gone.write_text(f"{cid}\n")

    code, one = tresse("lists", "vip", "--add", keys)
    assert (code, one["added"], one["unchanged"], one["count"]) == (0, 2, 1, 3)
    assert one["failed"] == ["nobody@example.com"]

    _, one = tresse("lists", "vip", "--remove", gone, "--members", tmp_path / "out.csv")
    assert (one["removed"], one["count"]) == (1, 2)
    ids = [line.split(",")[0] for line in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert sorted(map(int, ids)) == [anna, bob]
    assert tresse("lists")[1]["lists"] == [{"name": "vip", "base": "contact", "count": 2}]
    assert tresse("lists", "vip", "--add", keys, "--strict")[0] == 1


@pytest.mark.django_db(transaction=True)
def test_members_are_exported(tresse, vip, french, make, tmp_path, model, ada):  # noqa: ARG001
    """G59"""
    anna = make("contact", first_name="Anna", country="FR")
    make("contact", first_name="Bob")
    add_members(vip, [anna], model=model, actor=ada)

    for flag, name in (("--list", "vip"), ("--segment", "french")):
        code, done = tresse("export", "contacts", tmp_path / "out.csv", flag, name)
        assert (code, done["rows"]) == (0, 1)
    assert tresse("export", "contacts", tmp_path / "out.csv", "--list", "none")[1]["code"] == (
        "unknown_reference"
    )
