"""Scores from the command line and over REST: the same facts, the same refusals (SC9, SC73)."""

import json

import pytest
from click.testing import CliRunner

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.worlds import built, golden
from tests.datasets.computed.shops import ORDERS, change, order, shop, sold
from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import Setting, User
from tresse.config.doors import cli
from tresse.datasets.stored import facts_of

USES = [{"score": "orders_count"}, {"score": "customer_status"}, {"score": "rfm"}]


def tresse(*arguments):
    """Exit code, answer as JSON, remarks."""
    result = CliRunner().invoke(cli, [*arguments, "--json"], prog_name="tresse")
    return result.exit_code, json.loads(result.stdout or "null"), result.stderr


def lines(*arguments):
    """What people read."""
    return CliRunner().invoke(cli, list(arguments), prog_name="tresse").stdout.splitlines()


@pytest.fixture
def api(client, ada):
    _, secret = add_token(User.objects.get(pk=ada.user_id), name="test", actor=ada)
    return Program(client, secret)


@pytest.fixture
def people(home, ada):  # noqa: ARG001, F811  the command line acts as an administrator
    """Three people with orders and scores, built."""
    whole, _ = shop(scores=USES)
    assert built(whole).state == "published"
    return whole


def test_scores_of_a_dataset_are_listed(people, api):
    """SC73, `cli.md`: `scores[]`; the library says what is used and what is missing (SC2)."""
    code, told, _ = tresse("score", "people")
    status, answered = api("GET", "/datasets/people/scores")

    assert (code, status) == (0, 200)
    assert answered == told
    assert [each["key"] for each in told["scores"]] == ["orders_count", "customer_status", "rfm"]
    names = [each["name"] for each in told["scores"][2]["columns"]]
    assert names == ["rfm_r", "rfm_f", "rfm_m", "rfm_code", "rfm_segment"]
    library = {each["score"]: each for each in told["library"]}
    assert len(library) > 60
    assert library["rfm"]["used"] == ["rfm"]
    assert library["rfm"]["missing"] == []
    assert library["days_since_last_order"]["meaning"] == "Days since the person last ordered."
    assert library["preferred_channel"]["missing"] == []
    assert library["margin_total"]["missing"] == [
        "No dataset of order_items leads to people. Give one a relation to it to use this score."
    ]
    change(people, scores=[])
    assert "customer_status  customer_status" in lines("score", "people")
    assert people.name == "people"


def test_a_field_that_is_not_mapped_is_named(home, ada):  # noqa: ARG001, F811
    """SC2: "Map the semantic field … of … to use this score."; without a version too."""
    shop(scores=[])

    told = tresse("score", "people")[1]

    library = {each["score"]: each for each in told["library"]}
    assert (told["version"], told["scores"]) == (None, [])
    assert library["orders_count"]["missing"] == []
    assert library["refund_rate"]["missing"] == [
        "Map the semantic field refunded of shopping to use this score."
    ]


@pytest.mark.usefixtures("people")
def test_one_score_answers_its_run_facts(api):
    """SC9, `cli.md`: `score, settings, cut_points, counts, distribution[]`."""
    code, told, _ = tresse("score", "people", "rfm")
    status, answered = api("GET", "/datasets/people/scores/rfm")

    assert (code, status) == (0, 200)
    assert {key: answered[key] for key in ("score", "settings", "cut_points", "counts")} == {
        key: told[key] for key in ("score", "settings", "cut_points", "counts")
    }
    assert told["score"] == "rfm"
    assert told["settings"]["window"] == "all"
    assert told["facts"]["binning"] == "quantile"
    assert told["facts"]["bins"] == 5
    assert set(told["cut_points"]) == {"r", "f", "m"}
    assert told["counts"]["records"] == 3
    assert (told["counts"]["orders"], told["counts"]["valid"]) == (4, 3)
    assert told["counts"]["invalid"] == {"without_person": 1}
    columns = [each["column"] for each in told["distribution"]]
    assert columns == ["rfm_r", "rfm_f", "rfm_m", "rfm_code", "rfm_segment"]
    assert told["distribution"][0]["empty"] == 1
    one = tresse("score", "people", "rfm_segment")[1]
    assert [each["column"] for each in one["distribution"]] == ["rfm_segment"]
    printed = lines("score", "people", "rfm")
    assert printed[0].startswith("people, version 1: rfm, as of 2026-03-2")
    assert "3 of 4 orders count." in printed
    assert "  preset: default" in printed[printed.index("Settings:") :]
    assert "  cut_points:" in printed[printed.index("Worked out by:") :]
    assert not any(line.strip().startswith("t0:") or "{" in line for line in printed)
    bars = [each["value"] for each in told["distribution"][-1]["bars"]]
    assert "need_attention" in bars, "segments of its table that nobody is in"
    assert "needs_attention" not in bars, "a segment of the other shipped table"
    assert "  1: They belong to nobody." in printed


def test_the_sum_for_one_record(people, api):
    """SC9, `cli.md`: `id, value, parts[], words`."""
    stored = {each["first_name"]: each for each in golden(people)}["Ada"]

    code, told, _ = tresse("score", "people", "customer_status", "--explain", "ada@x.fr")
    status, answered = api("GET", "/datasets/people/scores/customer_status/explain?id=crm/1")
    printed = lines("score", "people", "orders_count", "--explain", "crm/1")

    assert (code, status) == (0, 200)
    assert told["id"] == answered["id"] == stored["_id"]
    assert told["value"] == answered["value"] == stored["customer_status"]
    assert told["words"] == answered["words"] != ""
    assert isinstance(told["parts"], list)
    assert [each["counts"] for each in told["orders"]] == [True, True]
    assert printed[0].startswith(
        tresse("score", "people", "orders_count", "--explain", "crm/1")[1]["words"]
    )
    assert "2 orders count:" in printed
    # Their days begin in the zone of the account, wherever that is.
    Setting.objects.update_or_create(name="zone", defaults={"value": "America/New_York"})
    printed = lines("score", "people", "orders_count", "--explain", "crm/1")
    days = [each.split()[1] for each in printed[printed.index("2 orders count:") + 1 :]]
    assert days == ["2026-03-09", "2026-02-28"]


def test_both_doors_refuse_in_the_same_words(people, api):
    """SC73: an unknown score, an unknown record, no record at all."""
    assert people.version is not None
    for command, address in (
        (("rfn",), "/rfn"),
        (("rfm", "--explain", "nobody"), "/rfm/explain?id=nobody"),
    ):
        code, told, _ = tresse("score", "people", *command)
        status, answered = api("GET", f"/datasets/people/scores{address}")
        assert (code, status) == (1, 404)
        assert answered["code"] == told["code"]
        assert answered["detail"] == told["message"]

    assert api("GET", "/datasets/people/scores/rfm/explain")[0] == 422
    assert tresse("score", "people", "--explain", "crm/1")[0] == 1


def test_uses_are_added_changed_and_taken_away(people, api):
    """SC73: through the definition, by the one way that changes it (SC3)."""
    status, made = api(
        "POST",
        "/datasets/people/scores",
        {"score": "revenue_12m", "prefix": "web_", "where": "channel = 'web'"},
    )
    assert (status, made["key"]) == (201, "web_revenue_12m")
    _, changed = api(
        "POST", "/datasets/people/scores", {"score": "rfm", "settings": {"window": "12 months"}}
    )
    assert changed["settings"] == {"window": "12 months"}
    status, _ = api("DELETE", "/datasets/people/scores/orders_count")
    assert status == 204

    people.refresh_from_db()
    assert facts_of(people)["scores"] == [
        {"score": "customer_status"},
        {"score": "rfm", "settings": {"window": "12 months"}},
        {"score": "revenue_12m", "prefix": "web_", "where": "channel = 'web'"},
    ]
    assert people.revision > 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"score": "rfn"}, "unknown_name"),
        ({"score": "rfm", "settings": {"bins": 1}}, "wrong_value"),
        ({"score": "rfm", "setings": {}}, "unknown_key"),
        ({"score": "refund_rate"}, "field_missing"),
        ({"score": "rfm", "revision": 1}, "changed_meanwhile"),
    ],
)
def test_uses_that_are_wrong_are_refused(people, api, body, code):
    """SC2, SC3: in the words of the definition."""
    before = facts_of(people)["scores"]

    status, answered = api("POST", "/datasets/people/scores", body)

    assert status >= 400
    assert answered["code"] == code
    people.refresh_from_db()
    assert facts_of(people)["scores"] == before
    assert api("DELETE", "/datasets/people/scores/rfn")[1]["code"] == "unknown_name"


def test_history_with_reasons(people, api):
    """SC15, SC17, SC73: rows of one record, and every step since a version."""
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])
    built(people)
    address = "/datasets/people/scores/customer_status/history?id=bob@x.fr"

    _, told = api("GET", address)
    _, stepped = api("GET", f"{address}&since=1")
    _, moved = api("GET", "/datasets/people/scores/customer_status?since=1")

    [row] = told["changes"]
    assert (row["name"], row["old"], row["new"], row["version"]) == (
        "customer_status", "one_time", "repeat", 2,
    )  # fmt: skip
    [reason] = row["reasons"]
    assert (reason["reason"], len(reason["came"])) == ("own_activity", 1)
    assert told["steps"] is None
    [steps] = stepped["steps"]
    assert [each["reason"] for each in steps["steps"]] == [
        "rule_changed", "time_passed", "own_activity", "identity_changed", "others_moved",
    ]  # fmt: skip
    assert moved["movement"] == [{"from": "one_time", "to": "repeat", "count": 1}]
    assert api("GET", f"{address}&since=x")[1]["code"] == "wrong_value"


@pytest.mark.usefixtures("people")
def test_explain_and_rows_have_computed_columns(api):
    """SC9: why a golden record is what it is, its scores and formulas too."""
    _, told, _ = tresse("explain", "people", "crm/1")
    _, answered = api("GET", "/datasets/people/explain?key=crm/1")
    rows = tresse(
        "rows", "people", "--columns", "first_name,rfm_segment", "--sort", "-orders_count"
    )[1]

    by_name = {each["column"]: each for each in told["computed"]}
    assert [each["column"] for each in answered["computed"]] == list(by_name)
    assert by_name["is_good"]["formula"] == "spent > 100"
    assert by_name["orders_count"]["value"] == 2
    assert by_name["orders_count"]["words"]
    assert rows["rows"][0]["first_name"] == "Ada"
    explained = lines("explain", "people", "crm/1")
    assert by_name["customer_status"]["label"] == "Repeat customer"
    assert any(line.startswith("  customer_status: Repeat customer  (") for line in explained)
    printed = lines("rows", "people", "--columns", "spent,is_good", "--sort", "-spent")
    assert printed[0] == "spent,is_good"
    cells = [line.split(",") for line in printed[1:]]
    assert {good for _, good in cells} <= {"true", "false", ""}, "canonical texts (Y21)"
    assert not any(spent.endswith("0") and "." in spent for spent, _ in cells)
