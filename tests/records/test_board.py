"""The board of an index page: columns with totals, cards on demand, moves and their refusals."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tresse.kernel import clock
from tresse.objects.described import data_model
from tresse.objects.models import Stage
from tresse.records.board import CARDS
from tresse.records.changes import update_record
from tresse.records.queries import record
from tresse.records.stage_times import stays_of
from tresse.records.visibility import visible


@pytest.fixture
def stage(model):
    """Finds a stage of deals by its name."""
    stages = model.object("deal").stages.values()
    return lambda name: next(each for each in stages if each.name == name)


def column(page, stage):
    """The text of one column."""
    start = page.source.index(f'data-stage="{stage.id}"')
    return page.source[start : page.source.index("</section>", start)]


def board(visit, **more):
    return visit.get("/deals/", layout="board", **more)


def test_each_stage_has_its_records_and_their_totals(visit, make, stage):
    """C91: count, sum and weighted sum of all records of a stage."""
    make("deal", name="Roof", amount=1000, stage="qualifying")
    make("deal", name="Wall", amount="500.50", stage="qualifying")
    make("deal", name="Door", stage="won")

    page = board(visit)

    assert "Roof" in column(page, stage("qualifying"))
    assert "€1,500.50" in column(page, stage("qualifying"))
    assert "€300.10" in column(page, stage("qualifying"))
    assert "Nothing here" in column(page, stage("lost"))


def test_cards_come_twenty_five_at_a_time(visit, make, stage):
    """C91: more on demand by keyset, none twice and none missing; the totals are of all."""
    for n in range(CARDS * 2 + 3):
        make("deal", name=f"Deal {n:02}", amount=1, stage="new")
    new = stage("new")

    page = board(visit)
    seen = page.source.count('class="board-card"')
    assert "53" in column(page, new)
    while "board__more" in page.source:
        address = page.found(r'class="board__more"><a[^>]* href="([^"]+)"')
        page = visit.get(address, htmx=True)
        seen += page.source.count('class="board-card"')

    assert seen == CARDS * 2 + 3


@pytest.mark.parametrize("sort", ["amount", "-amount", "close_date"])
def test_cards_can_be_sorted_empty_ones_last(visit, make, sort):
    """C85: also over the steps of a column."""
    for n in range(CARDS + 5):
        make("deal", name=f"Deal {n:02}", amount=n if n % 3 else None)

    page = board(visit, sort=sort)
    names = _names(page)
    names += _names(visit.get(page.found(r'class="board__more"><a[^>]* href="([^"]+)"'), htmx=True))

    assert len(set(names)) == CARDS + 5
    if sort != "close_date":
        assert all(int(name[-2:]) % 3 == 0 for name in names[-10:])


def _names(page):
    return re.findall(r'board-card__title"[^>]*>([^<]+)<', page.source)


def test_filter_words_and_view_hold_on_the_board(visit, make, stage):
    """C91, C108: totals are of what the page means."""
    make("deal", name="Roof", amount=10)
    make("deal", name="Wall", amount=20)

    page = board(visit, q="roof")

    assert "€10.00" in column(page, stage("new"))
    assert "Wall" not in page.source


def test_a_card_tells_what_matters(visit, make, side):
    """C91: title, company, amount, close date, owner; of late ones the date stands out."""
    company = make("company", name="Acme")
    make(
        "deal",
        name="Roof",
        amount=10,
        close_date="2026-01-31",
        links=[(side("deal", "company"), company)],
    )

    page = board(visit)

    for text in ("Roof", "Acme", "€10.00", "31 Jan 2026"):
        assert text in page.text
    assert 'title="Ada"' in page.source
    assert "board-card__fact--late" in page.source


def test_a_closed_deal_is_not_late(visit, make):
    """C91: only of open deals a past date stands out."""
    make("deal", name="Roof", close_date="2026-01-31", stage="won")

    page = board(visit)

    assert "31 Jan 2026" in page.text
    assert "board-card__fact--late" not in page.source


def test_the_columns_of_a_view_are_what_cards_show(visit, make):
    make("deal", name="Roof", amount=10, description="Slate")

    page = board(visit, columns="description")

    assert "Slate" in page.text
    assert 'title="Amount"' not in page.source


def test_a_record_is_begun_in_its_stage(visit, make):
    make("deal", name="Roof")

    address = board(visit).found(r'href="(/deals/new/[^"]+stage=qualifying)"')
    page = visit.get(address)

    assert '<option value="qualifying" selected>' in page.source


def test_tickets_have_a_board_too(visit, make):
    """C47: with what tickets have."""
    make("ticket", subject="Late", priority="high")

    page = visit.get("/tickets/", layout="board")

    assert "Late" in page.text
    assert "High" in page.text


def test_as_many_queries_however_many_records(visit, make, side):
    """C91: no query per card or stage."""

    def queries():
        with CaptureQueriesContext(connection) as found:
            board(visit)
        return len(found)

    company = make("company", name="Acme")
    make("deal", name="A", links=[(side("deal", "company"), company)])
    board(visit)
    few = queries()
    for n in range(30):
        make("deal", name=f"D{n}", stage="won", links=[(side("deal", "company"), company)])

    assert queries() == few


def move(visit, id, to, **more):
    return visit.post(f"/deals/{id}/move/", htmx=True, stage=to.id, **more)


def test_a_card_moves_and_both_heads_come_back(visit, make, stage, model, ada):
    """C91: through the change that every door calls."""
    id = make("deal", name="Roof", amount=100)

    page = move(visit, id, stage("won"))

    assert record(model, model.object("deal"), id, ada).values["stage"] == stage("won").id
    assert f'id="card-{id}" hx-swap-oob="delete"' in page.source
    assert f'hx-swap-oob="afterbegin:#stage-cards-{stage("won").id}"' in page.source
    assert f'id="stage-head-{stage("new").id}" hx-swap-oob="true"' in page.source
    assert "Roof is in Won now." in page.text


def test_missing_properties_are_asked_in_a_dialog(visit, make, stage, model, ada):
    """C91, C49: what is typed is written with the stage."""
    Stage.objects.filter(pk=stage("won").id).update(required=["amount", "close_date"])
    id = make("deal", name="Roof", close_date="2026-04-01")

    asked = move(visit, id, stage("won"))
    assert asked.status == 422
    assert asked.answer.headers["HX-Retarget"] == "#dialog"
    assert 'Stage "Won" needs a value for Amount.' in asked.text
    assert 'name="value-amount"' in asked.source
    assert 'name="value-close_date"' not in asked.source
    wrong = move(visit, id, stage("won"), **{"value-amount": "12a"})
    assert wrong.status == 422
    assert '"12a" is not a number.' in wrong.text
    done = move(visit, id, stage("won"), **{"value-amount": "12"})

    assert done.status == 200
    values = record(data_model(), model.object("deal"), id, ada).values
    assert (values["stage"], values["amount"]) == (stage("won").id, Decimal(12))


def test_a_refused_move_says_why(reader, make, stage):
    """C91: the card goes back; cards one may not move have no handle."""
    id = make("deal", name="Roof")

    assert "data-move=" not in reader.get("/deals/", layout="board").source
    page = move(reader, id, stage("won"))

    assert page.status == 403
    assert "You may see deals but not change them." in page.text


def test_an_unknown_pipeline_is_refused(visit, make):
    make("deal", name="Roof")

    assert board(visit, pipeline="nowhere").status == 422


@pytest.fixture
def moved(model, ada):
    """Moves a deal some hours after the last time."""
    at = {"hours": 0}

    def go(id, to, *, after):
        at["hours"] += after
        with clock.at(clock.now() + timedelta(hours=at["hours"])):
            update_record(model, model.object("deal"), id, values={"stage": to}, actor=ada)

    return go


def test_time_in_stage_and_moves_come_from_history(make, moved, model, ada, stage):
    """C51: the median of ended stays; stays of under an hour are left out."""
    deal = model.object("deal")
    slow = make("deal", name="Slow")
    moved(slow, "qualifying", after=48)
    moved(slow, "demo_scheduled", after=0.5)
    moved(slow, "won", after=24)
    quick = make("deal", name="Quick")
    with clock.at(clock.now() + timedelta(hours=24)):
        update_record(model, deal, quick, values={"stage": "lost"}, actor=ada)

    where = visible(deal, ada, deal.table)
    stays = {each.stage_id: each for each in stays_of(deal, deal.pipelines[0], where)}

    new = stays[stage("new").id]
    assert (new.left, new.forward, new.lost) == (2, 1, 1)
    assert new.median_days == pytest.approx(1.5, abs=0.01)
    assert stays[stage("qualifying").id].left == 0
    assert stays[stage("demo_scheduled").id].median_days == pytest.approx(1, abs=0.01)


def test_the_board_says_how_deals_move(visit, make, moved):
    """C51: over each column, and in a panel."""
    id = make("deal", name="Roof")
    moved(id, "won", after=48)

    page = visit.get("/deals/board/times/", htmx=True)

    assert "2.0 days" in page.text
    assert "(100%)" in page.text


@pytest.mark.usefixtures("stage")
def test_columns_out_of_sight_bring_their_cards_when_looked_at(visit, make, monkeypatch):
    """C91: however many cards there are, a page brings some; the others follow column by column."""
    monkeypatch.setattr("tresse.records.views.board.AT_ONCE", 1)
    make("deal", name="Near")
    make("deal", name="Far", stage="won")

    page = visit.get("/deals/", layout="board")

    assert "Near" in page.text
    assert "Far" not in page.text
    address = page.found(r'hx-get="(/deals/board/[^"]+)"[^>]*hx-trigger="intersect once, click"')
    assert "Far" in visit.get(address, htmx=True).text
