"""The tab Scores: library, settings, how values are spread, who moved, why (SC73)."""

import json
import re
from urllib.parse import parse_qs, urlparse

import pytest

from tests.browser import LIGHT, NARROW
from tests.datasets.pages.conftest import built, text_of
from tests.datasets.pages.shop import another_order, shop
from tests.journeys.test_every_page import COLOURS, SETTLED, WIDER
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.models import Dataset
from tresse.datasets.stored import definition_of

pytestmark = pytest.mark.django_db(transaction=True)
SCORES = "/datasets/people/scores/"
RFM = {"score": "rfm"}


def uses():
    dataset = Dataset.objects.select_related("rules").get(name="people")
    return definition_of(dataset).scores


@pytest.fixture
def scored(home, owner):  # noqa: ARG001  where it lies
    return shop(owner, scores=[RFM, {"score": "revenue_total"}, {"score": "days_since_last_order"}])


def section(page, name):
    """What follows a heading's id, up to the end of its section."""
    return page.partition(f'id="{name}"')[2].partition("</section>")[0]


def people_at(client, address):
    """Golden records that a link of a bar leads to."""
    page = text_of(client.get(address))
    return sorted({part[:3] for part in page.split("Person ")[1:]})


def links(html, word):
    """Addresses of the links with a word in their text or label."""
    found = []
    for part in html.split("<a ")[1:]:
        whole = part.partition("</a>")[0]
        if word in whole:
            found.append(whole.partition('href="')[2].partition('"')[0].replace("&amp;", "&"))
    return found


def test_the_library_is_shown_by_group_with_what_is_lacking(client, home, owner):  # noqa: ARG001
    """SC2, SC73: greyed with a sentence, and a link to the mapping."""
    shop(owner, is_built=False)

    page = text_of(client.get(SCORES))

    assert 'id="group-value"' in page
    assert 'id="group-future"' in page
    lacking = next(part for part in page.split("<li") if "<b>Promophile</b>" in part)
    assert "Map the semantic field" in lacking
    assert 'href="/datasets/buys/columns/"' in lacking
    assert "/scores/new/promophile/" not in lacking
    assert "/scores/new/rfm/" in page


def test_a_search_narrows_the_library(client, home, owner):  # noqa: ARG001
    """SC73: by name, group and column; the address keeps it."""
    shop(owner, is_built=False)

    page = text_of(client.get(f"{SCORES}?q=rfm segment", headers={"HX-Request": "true"}))
    assert page.startswith("<div") or "scores-library" in page[:200]
    assert "1 score" in page
    assert "<b>RFM</b>" in page
    assert "No score is called so" in text_of(client.get(f"{SCORES}?q=nothing like it"))


def test_used_scores_come_first_with_their_spread(client, scored):  # noqa: ARG001
    """SC73: a card each."""
    page = text_of(client.get(SCORES))

    first = page.partition('id="used"')[2].partition('id="library"')[0]
    assert f"{SCORES}rfm/" in first
    assert f"{SCORES}revenue_total/" in first
    assert "minibars" in first


def test_a_score_is_tried_before_it_is_kept(client, home, owner):  # noqa: ARG001
    """SC73: how it would be spread, and five people."""
    shop(owner)

    there = f"{SCORES}new/rfm/preview/"
    tried = text_of(client.post(there, {"s_preset": "default", "where_sort": "all"}))

    assert "How it would be spread" in tried
    assert "Champions" in tried
    assert "5 of 11 golden records" in tried
    assert uses() == ()
    refused = text_of(client.post(there, {"s_bins": "99", "where_sort": "all"}))
    assert "bins" in refused.partition('role="alert"')[2]


def test_settings_are_kept_without_what_goes_by_default(client, home, owner):  # noqa: ARG001
    """SC3, SC4: settings, prefix, rows, window, freeze."""
    shop(owner, is_built=False)
    sent = {
        "s_preset": "default",
        "s_bins": "",
        "s_binning": "",
        "s_edge": "upper",
        "s_monetary": "mean",
        "s_window_sort": "last",
        "s_window_number": "24",
        "s_window_unit": "months",
        "s_segments": "",
        "s_statuses": "paid, sent",
        "where_sort": "formula",
        "where_formula": "channel = 'web'",
        "prefix": "web_",
        "freeze": "1",
        "save": "1",
    }

    answer = client.post(f"{SCORES}new/rfm/", sent)

    assert answer.status_code == 302
    assert answer.headers["Location"] == f"{SCORES}web_rfm/"
    [use] = uses()
    assert (use.prefix, use.where, use.is_frozen) == ("web_", "channel = 'web'", True)
    assert use.settings == {
        "monetary": "mean",
        "window": "24 months",
        "statuses": ["paid", "sent"],
    }
    page = text_of(client.get(f"{SCORES}web_rfm/settings/"))
    assert 'value="24"' in page
    assert 'value="paid, sent"' in page
    assert 'name="freeze" value="1" checked' in page


def test_the_same_score_twice_needs_a_prefix(client, home, owner):  # noqa: ARG001
    """SC4: it is refused, and the first one stays; a free prefix is proposed."""
    shop(owner, is_built=False, scores=[RFM])

    assert 'value="other2_"' in text_of(client.get(f"{SCORES}new/rfm/"))
    refused = client.post(f"{SCORES}new/rfm/", {"s_monetary": "mean", "prefix": "", "save": "1"})

    assert 'role="alert"' in text_of(refused, 422)
    assert [each.settings for each in uses()] == [{}]


def test_before_its_build_a_score_says_what_it_will_be(client, home, owner):  # noqa: ARG001
    """SC9: formula, inputs by semantic field, settings; the next build works it out."""
    shop(owner, is_built=False, scores=[RFM])

    page = text_of(client.get(f"{SCORES}rfm/"))

    assert "It was not worked out yet" in page
    inputs = section(page, "inputs")
    assert "buys.ordered_at" in inputs
    assert "not mapped; another does" in inputs
    assert "How lately, how often and for how much" in section(page, "formula")


def test_segments_stand_in_a_map_and_a_grid(client, scored):  # noqa: ARG001
    """SC31, SC35, SC39: area by people, share of revenue; cells by R and F; each with a table."""
    page = text_of(client.get(f"{SCORES}rfm/"))

    assert "Nobody has F = 2: 60% ordered once." in page
    map_ = page.partition('class="tiles"')[2].partition("</div>")[0]
    assert "<b>Promising</b></span> <span>1 · 9%</span>" in map_
    table = section(page, "map").partition("<table")[2]
    assert "Share of revenue" in table
    [address] = links(map_, "Can&#x27;t lose them")
    assert people_at(client, address) == ["P08", "P09"]
    grid = section(page, "grid")
    assert "F 5" in grid
    [cell] = links(grid, '<b>2</b><span class="sr">Can&#x27;t lose them')
    filter = json.loads(parse_qs(urlparse(cell).query)["filter"][0])
    assert filter["all"][0]["property"] == "rfm_r"
    assert people_at(client, cell) == ["P08", "P09"]


def test_bars_lead_to_the_people_behind_them(client, scored):  # noqa: ARG001
    """SC73: numbers upright with a table, categories as a table of bars; nobody is left out."""
    page = text_of(client.get(f"{SCORES}days_since_last_order/"))

    spread = section(page, "spread")
    assert 'class="hist"' in spread
    [empty] = links(spread, "without a value")
    assert people_at(client, empty) == ["P10"]
    page = text_of(client.get(f"{SCORES}rfm/?column=rfm_r"))
    [five] = links(section(page, "spread").partition("<table")[2], 'class="link" href')[-1:]
    assert people_at(client, five) == ["P00", "P01", "P02"]


def test_run_facts_are_told(client, scored):  # noqa: ARG001
    """SC5, SC9: t0, cut-points, orders that did not count by cause."""
    page = text_of(client.get(f"{SCORES}rfm/"))

    run = section(page, "run")
    assert "31 Mar 2026" in run
    assert "10 · 40 · 90 · 200" in run
    assert "22 / 24" in run
    assert "They belong to nobody." in run
    assert "Their status is none of those that count." in run


def test_a_person_is_explained_in_words(client, scored):  # noqa: ARG001
    """SC9: the sum, its figures, the orders."""
    there = f"{SCORES}rfm/why/"

    page = text_of(client.get(f"{there}?person=P03", headers={"HX-Request": "true"}))

    assert "Last order 40 days ago: R 4. Orders 1: F 1." in page
    assert "1 order counts" in page
    assert "<html" not in page
    assert "Nobody is called P77." in text_of(client.get(f"{there}?person=P77"))
    short = client.get(f"{there}?person=P03&words=1", headers={"HX-Request": "true"})
    assert text_of(short).startswith("Last order 40 days ago")


def test_who_moved_and_why_it_changed(client, scored, owner):
    """SC15, SC16, SC17, SC73: from, to; the steps between two versions."""
    another_order("P03")
    built(scored, Dataset.objects.get(name="buys"), actor=owner)

    page = text_of(client.get(f"{SCORES}rfm/?since=2026-03-01"))
    moved = section(page, "moved")
    assert "Promising" in moved
    page = text_of(client.get(f"{SCORES}rfm/why/?person=P03&since=1"))
    assert "from version 1 to version 2" in page
    assert "Own activity" in page


def test_a_golden_record_has_its_scores(client, scored):  # noqa: ARG001
    """D130a: each value, with the words behind it and a link to why."""
    found = text_of(client.get("/datasets/people/rows/?q=P03"))
    [key] = set(re.findall(r"/rows/([0-9a-f]{32})/", found))

    page = text_of(client.get(f"/datasets/people/rows/{key}/"))

    group = page.partition("<h3>Scores</h3>")[2].partition("</dl>")[0]
    assert "Promising" in group
    assert f"{SCORES}rfm/why/?person={key}" in group


def test_frozen_cut_points_stand_beside_those_of_today(client, home, owner):  # noqa: ARG001
    """SC18: how far they are from today's."""
    people = shop(owner, scores=[{**RFM, "freeze": True}])
    assert "The frozen ones are those of today." in text_of(client.get(f"{SCORES}rfm/"))

    people = change_dataset(people, merged(people, {"as_of": "2026-04-10"}), actor=owner)
    built(people, Dataset.objects.get(name="buys"), actor=owner)

    freeze = section(text_of(client.get(f"{SCORES}rfm/")), "freeze")
    assert "frozen" in freeze
    assert "R 1" in freeze
    page = text_of(client.post(f"{SCORES}rfm/recut/", follow=True))
    assert "The next build cuts them anew" in page
    assert "The next build works out rfm." in page

    built(Dataset.objects.get(name="people"), Dataset.objects.get(name="buys"), actor=owner)

    page = text_of(client.get(f"{SCORES}rfm/"))
    assert "The frozen ones are those of today." in section(page, "freeze")
    assert "20 · 50 · 100 · 210" in section(page, "run")
    client.post(f"{SCORES}rfm/settings/", {"s_preset": "default", "freeze": "1", "save": "1"})
    [use] = uses()
    assert use.frozen_on


def test_a_score_is_used_no_more(client, home, owner):  # noqa: ARG001
    """D121."""
    shop(owner, is_built=False, scores=[RFM])

    page = text_of(client.post(f"{SCORES}rfm/drop/", follow=True))

    assert "rfm is removed." in page
    assert uses() == ()


@pytest.mark.parametrize("look", [LIGHT, NARROW], ids=str)
def test_the_pages_have_no_accessibility_faults(
    signed_in_page,
    axe,
    home,  # noqa: ARG001  where it lies
    owner,
    look,  # noqa: ARG001
):
    """interface.md 8: WCAG 2.2 A and AA, both themes, both widths."""
    page = signed_in_page
    formula = {"name": "up", "sql": "upper(full_name)"}
    aggregate = {"name": "orders", "over": "buys", "do": "count"}
    shop(
        owner,
        computed=[formula],
        aggregates=[aggregate],
        scores=[RFM, {"score": "revenue_total"}],
    )
    faults = []
    for address in (
        SCORES,
        f"{SCORES}rfm/",
        f"{SCORES}revenue_total/",
        f"{SCORES}rfm/settings/",
        f"{SCORES}rfm/why/?person=P03",
        "/datasets/people/columns/",
        "/datasets/people/formula/?name=up",
        "/datasets/people/aggregate/?name=orders",
    ):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.evaluate(SETTLED)
        faults += [(address, *each) for each in axe(page)]
        faults += [(address, "wider than the window")] if page.evaluate(WIDER) else []
        page.emulate_media(color_scheme="dark")
        page.evaluate(SETTLED)
        faults += [(address, "dark", *each) for each in axe(page, **COLOURS)]
        page.emulate_media(color_scheme="light")
    assert not faults, "\n".join(map(str, faults))
