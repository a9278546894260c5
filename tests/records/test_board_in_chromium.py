"""The board and bulk edits in Chromium: by pointer, touch and keyboard, in both themes."""

import pytest
from playwright.sync_api import expect

from tests.browser import LIGHT, NARROW, dark
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.objects.models import Stage
from tresse.records.changes import create_record

pytestmark = pytest.mark.django_db(transaction=True)
BOARD = "/deals/?layout=board"


@pytest.fixture
def deals(person):
    """Three deals; their ids by name."""
    model, actor = data_model(), actor_of(person)
    values = {
        "Roof": {"amount": "18400", "close_date": "2026-04-15"},
        "Wall": {"amount": "900"},
        "Door": {"stage": "won", "amount": "50"},
    }
    return {
        name: create_record(model, model.object("deal"), values={"name": name, **more}, actor=actor)
        for name, more in values.items()
    }


@pytest.fixture
def stage(db):  # noqa: ARG001
    """Finds a stage of deals by its name."""
    return lambda name: Stage.objects.get(pipeline__object_type__name="deal", name=name)


def cards(page, stage):
    return page.locator(f"#stage-cards-{stage.pk} .board-card__title")


def drag(page, card, column):
    """With the mouse, as a person does: press, move, let go."""
    start, end = card.bounding_box(), column.bounding_box()
    page.mouse.move(start["x"] + 40, start["y"] + 30)
    page.mouse.down()
    page.mouse.move(start["x"] + 60, start["y"] + 40, steps=3)
    page.mouse.move(end["x"] + 80, end["y"] + 120, steps=6)
    page.mouse.up()


def test_a_card_is_dragged_to_another_stage(signed_in_page, deals, stage):
    """C91: both totals follow, and it is said."""
    page = signed_in_page
    page.goto(BOARD)
    to = stage("qualifying")

    drag(page, page.locator(f"#card-{deals['Roof']}"), page.locator(f'[data-stage="{to.pk}"]'))

    expect(page.locator("#said")).to_contain_text("Roof is in Qualifying now.")
    expect(cards(page, to)).to_have_text(["Roof"])
    expect(page.locator(f"#stage-head-{to.pk}")).to_contain_text("€18,400.00")
    expect(page.locator(f"#stage-head-{stage('new').pk} .board__count")).to_have_text("1")
    page.reload()
    expect(cards(page, to)).to_have_text(["Roof"])


def test_a_card_is_moved_by_keyboard(signed_in_page, deals, stage):
    """C91: *Move to*; the focus goes with the card."""
    page = signed_in_page
    page.goto(BOARD)
    handle = page.get_by_role("button", name="Move Wall")

    handle.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Demo scheduled").press("Enter")

    expect(cards(page, stage("demo_scheduled"))).to_have_text(["Wall"])
    expect(page.get_by_role("button", name="Move Wall")).to_be_focused()
    _ = deals


def test_missing_properties_are_asked_and_a_refused_card_goes_back(signed_in_page, deals, stage):
    """C91, C49."""
    Stage.objects.filter(pk=stage("won").pk).update(required=["close_date"])
    page = signed_in_page
    page.goto(BOARD)
    won = stage("won")

    page.get_by_role("button", name="Move Wall").click()
    page.locator(f'[data-move-to="{won.pk}"]').click()

    dialog = page.get_by_role("dialog", name="Move Wall to Won")
    expect(dialog).to_contain_text('Stage "Won" needs a value for Close date.')
    expect(cards(page, stage("new"))).to_have_text(["Wall", "Roof"])
    dialog.get_by_label("Close date").fill("2026-05-01")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(cards(page, won)).to_have_text(["Wall", "Door"])
    expect(dialog).to_be_hidden()
    _ = deals


def test_a_finger_scrolls_at_once_and_drags_after_a_rest(signed_in_page, deals, stage):
    """C91: Pointer Events; a card held still follows the finger."""
    page = signed_in_page
    page.goto(BOARD)
    card, to = page.locator(f"#card-{deals['Roof']}"), stage("qualifying")
    start = card.bounding_box()
    end = page.locator(f'[data-stage="{to.pk}"]').bounding_box()
    client = page.context.new_cdp_session(page)

    def touch(kind, x, y):
        points = [{"x": x, "y": y}] if kind != "touchEnd" else []
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", start["x"] + 30, start["y"] + 20)
    page.wait_for_timeout(350)
    expect(page.locator(".board-card--ghost")).to_be_visible()
    for step in range(1, 6):
        x = start["x"] + 30 + (end["x"] + 80 - start["x"] - 30) * step / 5
        touch("touchMove", x, start["y"] + 40)
    touch("touchEnd", 0, 0)

    expect(cards(page, to)).to_have_text(["Roof"])


def test_two_rows_are_changed_at_once(signed_in_page, deals):
    """C90, C56: select, the bar, a dialog, the result with its undo."""
    page = signed_in_page
    page.goto("/deals/")
    bar = page.get_by_role("region", name="Selected rows")
    expect(bar).to_be_hidden()

    page.get_by_label("Select Roof").check()
    page.get_by_label("Select Wall").check()
    expect(page.locator("[data-said]")).to_have_text("2 selected")
    bar.get_by_role("button", name="Edit", exact=True).click()
    dialog = page.get_by_role("dialog", name="Edit 2 deals")
    dialog.get_by_label("Property to change").select_option("amount")
    dialog.get_by_label("What to do with Amount").select_option("add")
    dialog.get_by_label("Amount", exact=True).fill("100")
    dialog.get_by_role("button", name="Change").click()

    expect(page.get_by_role("status").filter(has_text="2 deals changed.")).to_be_visible()
    expect(page.locator("tbody")).to_contain_text("€18,500.00")
    page.get_by_role("link", name="See or undo").click()
    page.get_by_role("link", name="Undo").click()
    page.get_by_role("dialog", name="Undo this?").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="Undo")).to_be_visible()
    page.goto("/deals/")
    expect(page.locator("tbody")).to_contain_text("€18,400.00")
    _ = deals


LOOKS = [LIGHT, dark(NARROW)]


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_board_and_dialogs_have_no_accessibility_faults(signed_in_page, axe, deals):
    """WCAG 2.2 AA; nothing is wider than the page."""
    page = signed_in_page
    page.goto(BOARD)
    expect(page.locator(".board-card")).to_have_count(3)
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator(f"#card-{deals['Roof']} [popovertarget]").click()
    assert axe(page) == []

    page.goto("/deals/")
    page.locator("tbody .check").first.check()
    page.locator('[data-bulk="edit"]').click()
    page.locator("#bulk-property").select_option("amount")
    expect(page.locator("#value-amount")).to_be_visible()
    assert axe(page) == []
