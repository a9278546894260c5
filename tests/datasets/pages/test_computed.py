"""Formulas and aggregates on the tab Columns: tried, kept, said in words (D100 to D121)."""

import json

import pytest
from playwright.sync_api import expect

from tests.datasets.pages.conftest import built, text_of
from tests.datasets.pages.shop import shop
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of
from tresse.filters.operations import ROOT

pytestmark = pytest.mark.django_db(transaction=True)
COLUMNS, FORMULA, AGGREGATE = (
    f"/datasets/people/{each}/" for each in ("columns", "formula", "aggregate")
)
WEB = {"property": "channel", "operator": "is", "value": "web"}


def definition():
    return definition_of(Dataset.objects.select_related("rules").get(name="people"))


@pytest.fixture
def people(home, owner):  # noqa: ARG001  where it lies
    return shop(owner)


def test_a_formula_is_tried_while_it_is_typed(client, people):  # noqa: ARG001
    """D106: 100 rows with the number of nulls, nothing kept."""
    sent = {"item_name": "short", "sql": "nullif(left(full_name, 8), 'Person P')"}

    tried = text_of(client.post(f"{FORMULA}preview/", sent))

    assert "11 of 11 golden records; 11 of all are empty" in tried
    assert not definition().computed
    assert text_of(client.post(f"{FORMULA}preview/", {"sql": " "})) == ""


def test_a_formula_is_refused_with_the_place_that_is_meant(client, people):  # noqa: ARG001
    """D104: the sentence, and the word in the formula."""
    tried = text_of(client.post(f"{FORMULA}preview/", {"sql": "upper(full_nam)"}))

    assert "full_name" in tried.partition("Show the place")[0]
    assert "upper(<mark>full_nam</mark>)" in tried
    saved = client.post(FORMULA, {"item_name": "x", "sql": "upper(full_nam)", "save": "1"})
    assert "full_nam" in text_of(saved, 422).partition('role="alert"')[2]
    assert not definition().computed


def test_without_scripts_the_page_itself_tries_a_formula(client, people):  # noqa: ARG001
    """Style 11: every address works without JavaScript; words are a plain list."""
    page = text_of(client.post(FORMULA, {"item_name": "up", "sql": "upper(country)", "act": "try"}))

    assert ">FR</td>" in page
    assert 'data-text="full_name"' in page
    assert "SUM(buys.amount)" in page


def test_a_saved_formula_waits_for_the_next_build(client, people, owner):
    """D120: the page says so, and offers to build; then it shows type, formula and nulls."""
    sent = {"item_name": "up", "sql": "upper(full_name)", "save": "1"}
    assert client.post(FORMULA, sent).status_code == 302

    page = text_of(client.get(COLUMNS))
    waiting = page.partition('id="waiting"')[2].partition("</form>")[0]
    assert "The next build works out up." in waiting
    assert "Build now" in waiting
    assert "with the next build" in page

    built(people, actor=owner)
    page = text_of(client.get(COLUMNS))
    assert 'id="waiting"' not in page
    card = page.partition('id="computed"')[2].partition("</section>")[0]
    assert "<code>upper(full_name)</code>" in card
    assert "0 empty" in card


def test_editing_a_formula_says_how_many_rows_would_change(client, home, owner):  # noqa: ARG001
    """D106: before and after, those that change first."""
    shop(owner, computed=[{"name": "up", "sql": "upper(full_name)"}])

    there = f"{FORMULA}preview/?name=up"
    tried = text_of(client.post(there, {"sql": "if(full_name = 'Person P03', 'x', 'y')"}))

    assert "11 rows would change" in tried
    assert ">PERSON P" in tried
    same = text_of(client.post(there, {"sql": "upper(full_name)"}))
    assert "0 rows would change" in same


def test_a_second_column_of_a_name_is_refused(client, home, owner):  # noqa: ARG001
    """D121: it does not take the place of the first one."""
    shop(owner, is_built=False, computed=[{"name": "up", "sql": "upper(full_name)"}])

    sent = {"item_name": "up", "sql": "lower(full_name)", "save": "1"}
    assert "up" in text_of(client.post(FORMULA, sent), 422).partition('role="alert"')[2]

    assert [each.sql for each in definition().computed] == ["upper(full_name)"]


def test_a_column_that_is_used_is_not_removed(client, home, owner):  # noqa: ARG001
    """D121: `in_use` with what uses it."""
    computed = [
        {"name": "up", "sql": "upper(full_name)"},
        {"name": "both", "sql": "concat(up, country)"},
    ]
    shop(owner, is_built=False, computed=computed)

    page = text_of(client.post("/datasets/people/computed/drop/", {"column": "up"}, follow=True))
    assert "both" in page.partition("toast")[2]
    client.post("/datasets/people/computed/drop/", {"column": "both"})
    client.post("/datasets/people/computed/drop/", {"column": "up"})

    assert definition().computed == ()


def test_an_aggregate_is_said_as_a_sentence_and_tried(client, people):  # noqa: ARG001
    """D110, D112: without SQL: path, measure, column, filter, window."""
    page = text_of(client.get(AGGREGATE))
    assert '<option value="buys" selected>' in page
    assert '<option value="amount" selected>' in page

    sent = {
        "over": "buys",
        "do": "sum",
        "column": "amount",
        "where_sort": "filter",
        "filter": json.dumps(WEB),
        "window_sort": "last",
        "window_number": "2",
        "window_unit": "years",
    }
    tried = text_of(client.post(f"{AGGREGATE}preview/", sent))

    assert "Sum of amount of buys of the last 2 years whose channel is “web”" in tried
    assert "11 of 11 golden records" in tried
    assert "1 row of buys leads to nothing here and counts nowhere." in tried
    assert client.post(AGGREGATE, {**sent, "save": "1"}).status_code == 302
    [kept] = definition().aggregates
    assert (kept.name, kept.where, kept.window.last) == (
        "sum_amount_2_years",
        {"all": [WEB]},
        (2, "years"),
    )
    page = text_of(client.get(COLUMNS))
    assert "Sum of amount of buys of the last 2 years whose channel is “web”" in page


def test_nothing_is_tried_while_a_condition_lacks_its_value(client, people):  # noqa: ARG001
    """G74: what is missing is said in the editor; it is no refusal."""
    lacking = json.dumps({"property": "channel", "operator": "is", "value": None})
    sent = {"over": "buys", "do": "count", "where_sort": "filter", "filter": lacking}

    tried = text_of(client.post(f"{AGGREGATE}preview/", sent))

    assert "The values appear when every condition is complete." in tried
    assert 'role="alert"' not in tried


def test_an_aggregate_is_changed_in_its_form(client, home, owner):  # noqa: ARG001
    """D3: the page edits the keys of the definition."""
    item = {
        "name": "last",
        "over": "buys",
        "do": "last",
        "column": "channel",
        "where": "amount > 5",
    }
    shop(owner, aggregates=[item])
    there = f"{AGGREGATE}?name=last"
    page = text_of(client.get(there))
    assert "Last channel of buys where amount &gt; 5" in page
    assert 'value="formula" checked' in page

    sent = {"over": "buys", "do": "count", "column": "", "where_sort": "all", "save": "1"}
    assert client.post(there, sent).status_code == 302

    [kept] = definition().aggregates
    assert (kept.name, kept.do, kept.column, kept.where) == ("last", "count", "", None)


def test_another_measure_offers_its_own_columns(client, people):  # noqa: ARG001
    """D110: a sum is of numbers; a count may be of the rows themselves."""
    sent = {"over": "buys", "do": "sum", "column": "channel"}
    page = text_of(client.post(AGGREGATE, sent, headers={"HX-Request": "true"}))
    assert 'value="channel"' not in page.partition("Of the column")[2].partition("</select>")[0]

    sent["do"] = "count"
    page = text_of(client.post(AGGREGATE, sent, headers={"HX-Request": "true"}))
    assert "the rows themselves" in page


def test_buttons_of_the_filter_ask_the_dataset_of_the_rows(client, people):  # noqa: ARG001
    """G70: the house's editor over columns of golden records."""
    sent = {"filter": "", "filter_do": f"pick {ROOT}"}

    editor = text_of(client.post("/datasets/buys/where/", sent))

    assert 'hx-post="/datasets/buys/where/"' in editor
    assert "amount" in editor
    assert "consent" not in editor.lower()


def test_a_dataset_that_nothing_leads_to_says_so(client, people):  # noqa: ARG001
    """D110: an aggregate needs a relation."""
    assert "No rows lead here" in text_of(client.get("/datasets/buys/aggregate/"))


def test_an_aggregate_and_a_score_are_built_on_the_page(signed_in_page, people, owner):
    """D110, SC73: from nothing, with what they would give before they are kept."""
    page = signed_in_page
    page.goto(COLUMNS)
    page.get_by_role("link", name="Add aggregate").click()
    page.get_by_label("Measure").select_option("count")
    page.get_by_label("Of the column").select_option("")
    expect(page.get_by_text("Number of buys", exact=True)).to_be_visible()
    row = page.locator("#aggregate-preview tbody tr").filter(has_text="Person P09")
    expect(row).to_contain_text("9")
    page.get_by_label("Name", exact=True).fill("orders")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The next build works out orders.")).to_be_visible()

    page.get_by_role("link", name="Scores").first.click()
    page.get_by_role("searchbox", name="Search scores").fill("rfm")
    page.get_by_role("link", name="Add RFM", exact=True).click()
    expect(page.locator("#score-preview")).to_contain_text("Champions")
    page.get_by_label("Segments", exact=True).select_option("sextile")
    expect(page.locator("#score-preview")).to_contain_text("Recent")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The next build works out rfm.")).to_be_visible()

    built(people, Dataset.objects.get(name="buys"), actor=owner)
    page.reload()
    expect(page.get_by_role("heading", name="Segments")).to_be_visible()
