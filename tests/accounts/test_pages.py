"""Pages of people in Chromium: accessible in both themes, no wider than the screen."""

import os
from pathlib import Path

import pytest

from tests.accounts.conftest import PASSWORD
from tests.browser import NARROW, in_both_themes, sign_in
from tresse.accounts.changes import add_team, add_token, invite
from tresse.accounts.models import Role

ADDRESSES = [
    "/settings/profile/",
    "/settings/people/",
    "/settings/roles/member/",
    "/settings/teams/paris/",
    "/settings/tokens/",
    "/settings/audit/",
    "/settings/account/",
]
SHOTS = os.environ.get("TRESSE_SHOTS", "")


@pytest.fixture
def filled(anna, bob, admin):
    """A team and a token, so that tables have rows."""
    add_team(name="paris", label="Paris", members=[anna.email, bob.email], actor=admin)
    add_token(anna, name="Shop import", actor=admin)


def shoot(page, name):
    """Keep a picture where `TRESSE_SHOTS` says."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name.strip('/').replace('/', '_')}.png")


@in_both_themes
@pytest.mark.usefixtures("filled")
def test_pages_have_no_accessibility_faults(page, live_server, anna, axe, look):
    sign_in(page, anna, live_server.url)
    for address in ADDRESSES if look.theme == "light" else ADDRESSES[1:3]:
        page.goto(address)
        shoot(page, f"{address}{look}")
        assert axe(page) == [], address


@pytest.mark.parametrize("look", [NARROW], ids=str)
@pytest.mark.usefixtures("filled")
def test_no_page_is_wider_than_the_screen(page, live_server, anna, look):
    sign_in(page, anna, live_server.url)
    for address in ADDRESSES:
        page.goto(address)
        shoot(page, f"{address}{look}")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= look.width, address


@in_both_themes
@pytest.mark.usefixtures("bob")
def test_a_person_signs_in_and_out(page, axe, look):
    """C105"""
    page.goto("/settings/profile/")
    shoot(page, f"sign_in_{look}")
    assert axe(page) == []
    page.get_by_label("E-mail").fill("bob@example.com")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_text("The e-mail and the password do not belong together.").wait_for()
    shoot(page, f"sign_in_again_{look}")
    assert axe(page) == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Sessions").wait_for()


def test_an_invited_person_begins(page, admin, person, axe):
    """C105"""
    secret = invite(person("Zoe", password=None), actor=admin)
    page.goto(f"/invitations/{secret}/")
    shoot(page, "invitation")
    assert axe(page) == []
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Begin").click()
    page.goto("/settings/profile/")
    page.get_by_role("heading", name="Sessions").wait_for()


def test_a_role_is_given_more_on_its_page(page, live_server, anna):
    """C106"""
    sign_in(page, anna, live_server.url)
    page.goto("/settings/roles/reader/")
    page.get_by_label("views.share").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Reader is saved.").wait_for()
    assert "views.share" in Role.objects.get(name="reader").rights["rights"]
