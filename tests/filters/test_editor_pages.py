"""What the editor asks the server: the list, one condition, count and sample, why; and for whom."""

import json
import re

import pytest

from tests.records.visits import Visit, plain
from tresse.accounts.changes import add_role
from tresse.objects.described import data_model
from tresse.records.changes import create_record

CITY = {"property": "city", "operator": "is", "value": "Gent"}


@pytest.fixture
def people(ada):
    """Three contacts; Zofia is not from Gent. Answers ids by name."""
    model, ids = data_model(), {}
    for name, city in (("Zofia", "Gdańsk"), ("Jo", "Gent"), ("Al", "Gent")):
        values = {"first_name": name, "city": city}
        ids[name] = create_record(model, model.object("contact"), values=values, actor=ada)
    return ids


@pytest.fixture
def ask(ada, people):  # noqa: ARG001
    """Posts to an address of the editor as Ada, with a filter."""
    visit = Visit(ada.user_id)

    def post(address, filter_, name="contact", **fields):
        kept = json.dumps(filter_) if filter_ is not None else ""
        data = {"filter_object": name, "filter": kept, **fields}
        return visit.post(f"/filters/{address}/", htmx=True, **data)

    return post


def test_the_number_and_some_of_them(ask):
    """G73: rows in sight, the newest first; the field that carries the filter follows."""
    found = ask("count", {"all": [CITY]})
    assert found.text.startswith("2 contacts")
    assert found.source.index(">Al<") < found.source.index(">Jo<")
    assert 'name="filter" value="{&quot;all&quot;' in found.source
    assert "Count exactly" not in found.text
    assert ask("count", None).text.count("contact") == 0


def test_the_number_is_exact_on_request(ask, monkeypatch):
    """G73, C86: to 10,000, then "10,000+"."""
    monkeypatch.setattr("tresse.records.conditions.capped_count", lambda *_: 10_001)
    assert "10,000+" in ask("count", {"all": [CITY]}).text
    assert "Count exactly" in ask("count", {"all": [CITY]}).text
    exact = ask("count", {"all": [CITY]}, filter_exact="1").text
    assert exact.startswith("2 contacts")
    assert "Count exactly" not in exact


def test_faults_come_with_the_count(ask):
    """G74: out of band, each at its line; none that is mended stays."""
    bad = {"property": "birthday", "operator": "on", "value": "soon"}
    found = ask("count", {"all": [CITY, bad]})
    assert found.found(r'id="filter-0-fault"[^>]*>(.*?)</p>', re.S) == ""
    fault = found.found(r'id="filter-1-fault"[^>]*>(.*?)</p>', re.S)
    assert plain(fault) == 'Birthday needs a date, not "soon".'
    assert "when every fault is mended" in found.text
    empty = {"property": "city", "operator": "is"}
    assert "when every condition is complete" in ask("count", {"all": [empty]}).text
    assert "cannot be read as JSON" in ask("edit", None, filter="{x").text


def test_why_a_record_is_not_in_it(ask, people):
    """G73: each condition true or false, with the value read."""
    linked = {"linked": "deal", "operator": "none"}
    filter_ = {"all": [CITY, {"any": [linked, {"not": {"activity": "call"}}]}]}

    found = ask("why", filter_, filter_record="zof")
    assert [people["Zofia"]] == [int(found.found(r'name="filter_row" value="(\d+)"'))]
    found = ask("why", filter_, filter_row=people["Zofia"])
    assert found.text == (
        "Zofia is not in it: not true: City is “Gent” (“Gdańsk”) true: Any of these "
        "true: linked to no deals (0) true: Not "
        "not true: has at least 1 activities (call) (0)"
    )
    assert ask("why", filter_, filter_row=people["Jo"]).text.startswith("Jo is in it")
    assert ask("why", filter_, filter_row="999999").text == ""
    assert "every record is meant" in ask("why", None, filter_record="zof").text
    assert ask("why", {"all": [{}]}, filter_row=people["Jo"]).text == "Complete the filter first."


def test_a_chip_shows_the_list_or_its_condition(ask):
    """G70, G71: a fresh condition begins with the operator people need most often."""
    assert "Lifecycle stage" in ask("chip", {"all": [CITY]}).text
    node = json.dumps({"property": "country", "operator": "is_any_of"})
    found = ask("chip", {"any": [CITY, CITY]}, filter_do=f"add root {node}")
    kept = json.loads(found.found(r'name="filter_draft" value="([^"]*)"'))
    assert kept == {"all": [{"any": [CITY, CITY]}, json.loads(node)]}
    assert 'name="filter.1.value" value="fr"' in found.source
    found = ask("chip", {"all": [CITY]}, filter_at="0")
    assert 'name="filter.0.value" value="Gent"' in found.source


def test_a_person_sees_and_counts_only_what_is_theirs(ada, user_of, people):  # noqa: ARG001
    """G24, G38, C109: no list, no value and no number of what they may not see."""
    rights = {
        "objects": {"contact": {"view": "own"}},
        "properties": {"contact": {"city": "none"}},
    }
    add_role(name="guest", label="Guest", rights=rights, actor=ada)
    visit = Visit(user_of("Gus", role="guest").pk)

    def post(address, filter_, **more):
        data = {"filter_object": "contact", "filter": json.dumps(filter_), **more}
        return visit.post(f"/filters/{address}/", htmx=True, **data)

    assert "0 contacts" in post("count", {"property": "email", "operator": "is_empty"}).text
    assert 'no property named "city"' in post("count", CITY).text
    chip = post("chip", {"all": []})
    assert "First name" in chip.text
    assert "City" not in chip.text
    assert "Deals" not in chip.text
    named = {"property": "first_name", "operator": "is_not_empty"}
    assert post("why", named, filter_record="zof").text == "No record is called so."
    refused = visit.post("/filters/count/", htmx=True, filter_object="deal", filter="")
    assert refused.status == 403
    assert visit.post("/filters/count/", filter_object="nothing", filter="").status == 404


def test_choices_come_with_how_many_have_them(ask, ada):
    """G71: options and stages of the record itself, in sight."""
    model = data_model()
    for country in ("fr", "fr", "be"):
        values = {"first_name": "X", "country": country}
        create_record(model, model.object("contact"), values=values, actor=ada)
    chosen = {"property": "country", "operator": "is_any_of", "value": ["fr"]}

    found = ask("tally", {"all": [CITY, chosen]}, filter_path="1")
    numbers = re.findall(r'id="filter-1-n-(\w+)" hx-swap-oob="true">(\d+)', found.source)
    assert sorted(numbers) == [("be", "1"), ("fr", "2")]
    assert ask("tally", {"all": [CITY]}, filter_path="0").text == ""
    assert ask("tally", {"all": [CITY]}, filter_path="9").text == ""
