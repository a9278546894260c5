"""Fixtures for tests in Chromium: a page in any theme, width and language, and axe.

A test that asks for `page` or `signed_in_page` is marked `browser` by itself. To see a page in
several ways, give it looks:

    @pytest.mark.parametrize("look", [Look(), Look(theme="dark"), NARROW], ids=str)
    def test_the_index_has_no_accessibility_faults(signed_in_page, axe, look): ...

A page fails its test on any console error (so on any breach of the content security policy) and on
any request to another host. What a test provokes on purpose it adds to `page_errors`.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client, override_settings
from playwright.sync_api import Browser, Error, Page, expect, sync_playwright

from scripts import bundle

# Playwright's sync API keeps an event loop on this thread; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
TIMEOUT_MILLISECONDS = 20_000
expect.set_options(timeout=TIMEOUT_MILLISECONDS)
OF_PAGES = re.compile(r"/pages/|_pages\.py$")
OF_WAREHOUSE = re.compile(
    r"tests/datasets/(?:computed|explaining|identity|matching|merging|scores|suggestions)/"
    r"|tests/datasets/(?:builds/)?test_(?:building|incremental|layers|mapping|relations|rows)"
)
"Tests of what is worked out in files: of the database of the run they take definitions alone."
AXE = bundle.FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
# An answer of 422 is a form with errors; Chromium writes each to the console.
EXPECTED_ERRORS = (r"status of 422", r"favicon")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    theme: str = "light"
    width: int = 1440
    height: int = 900
    language: str = "en"

    def __str__(self) -> str:
        return f"{self.theme}-{self.width}-{self.language}"


LIGHT, DARK = Look(), Look(theme="dark")
NARROW = Look(width=390, height=844)
MIDDLE = Look(width=1024, height=768)

in_both_themes = pytest.mark.parametrize("look", [LIGHT, DARK], ids=str)
at_all_widths = pytest.mark.parametrize("look", [LIGHT, MIDDLE, NARROW], ids=str)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what needs Chromium, and what uses a database: that alone runs on each of them.

    But for pages, what they ask of a database is asked by functions that have tests of their own,
    and `journeys` visits every page on each database; and for what is worked out in the warehouse.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if "browser" in fixtures:
            item.add_marker("browser")
        uses = item.get_closest_marker("django_db") or fixtures & {"db", "transactional_db"}
        file = item.nodeid.partition("::")[0]
        if uses and not OF_PAGES.search(file) and not OF_WAREHOUSE.search(file):
            item.add_marker("database")


@pytest.fixture(scope="session", autouse=True)
def plain_static_files() -> Iterator[None]:
    """Static files by their own names: the manifest of production wants `collectstatic` first."""
    storage = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES={**django_settings.STORAGES, "staticfiles": storage}):
        yield


@pytest.fixture(scope="session")
def fresh_assets() -> None:
    """Fails at once when the bundle is not built from what is in `frontend/` now."""
    if not bundle.is_fresh():
        pytest.fail("assets are stale: run make assets", pytrace=False)


@pytest.fixture(scope="session")
def browser(fresh_assets: None) -> Iterator[Browser]:  # noqa: ARG001  it only has to run first
    """One Chromium for the whole run."""
    if not CHROMIUM.exists():
        pytest.skip(f"Chromium is not at {CHROMIUM}; install it or set CHROMIUM to its path.")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def look() -> Look:
    """How the test looks at its page; parametrise it to look in other ways."""
    return LIGHT


@pytest.fixture
def page_errors() -> list[str]:
    """Patterns of console errors that the test provokes on purpose."""
    return list(EXPECTED_ERRORS)


@pytest.fixture
def page(browser: Browser, live_server: Any, look: Look, page_errors: list[str]) -> Iterator[Page]:
    """A fresh browser context at the running site, nobody signed in."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": look.width, "height": look.height},
        color_scheme="dark" if look.theme == "dark" else "light",
        locale=look.language,
        reduced_motion="reduce",
    )
    context.set_default_timeout(TIMEOUT_MILLISECONDS)
    shown = context.new_page()
    errors: list[str] = []
    away: list[str] = []

    def note(text: str, url: str = "") -> None:
        if not any(re.search(pattern, f"{text} {url}") for pattern in page_errors):
            errors.append(f"{text} {url}".strip())

    def note_message(message: Any) -> None:
        if message.type == "error":
            note(message.text, (message.location or {}).get("url", ""))

    def note_request(request: Any) -> None:
        if not request.url.startswith((live_server.url, "data:", "blob:")):
            away.append(request.url)

    shown.on("console", note_message)
    shown.on("pageerror", lambda error: note(str(error)))
    shown.on("request", note_request)
    yield shown
    context.close()
    assert not away, f"requests to other hosts: {away}"
    assert not errors, f"errors on the page: {errors}"


@pytest.fixture
def person(look: Look, db: None) -> Any:  # noqa: ARG001  makes the database usable
    """An administrator with the language of the look; the theme follows the browser."""
    from tresse.accounts.defaults import make_defaults  # noqa: PLC0415  tables load after settings
    from tresse.accounts.models import Role, User  # noqa: PLC0415

    make_defaults()
    role = Role.objects.get(name="administrator")
    user = User(email="anna.nowak@example.com", name="Anna Nowak", role=role)
    user.language = look.language
    user.set_password("a long enough password")
    user.save()
    return user


@pytest.fixture
def signed_in_page(page: Page, live_server: Any, person: Any) -> Page:
    """The page of a signed-in administrator (`person`)."""
    sign_in(page, person, live_server.url)
    return page


def sign_in(page: Page, user: Any, url: str) -> None:
    """Give a page the session of a user, without walking through the form."""
    client = Client()
    client.force_login(user, backend=django_settings.AUTHENTICATION_BACKENDS[-1])
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": url}])


@pytest.fixture
def axe() -> Callable[..., list[tuple[Any, ...]]]:
    """Gives the accessibility faults of a page by WCAG 2.0 to 2.2, A and AA."""
    source = AXE.read_text()

    def faults(page: Page, **options: Any) -> list[tuple[Any, ...]]:
        # evaluate() is not bound by the page's policy; a script tag would be.
        page.evaluate(source)
        run = "(options) => axe.run(document, options)"
        try:
            found = page.evaluate(run, {"runOnly": list(STANDARDS), **options})
        except Error as error:
            pytest.fail(f"axe did not run: {error}")
        return [
            (rule["id"], len(rule["nodes"]), node["target"], node["failureSummary"][:240])
            for rule in found["violations"]
            for node in rule["nodes"][:3]
        ]

    return faults


def dark(look: Look) -> Look:
    """The same look in the dark."""
    return replace(look, theme="dark")
