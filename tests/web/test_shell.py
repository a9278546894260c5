"""The frame of every page: headers, layout, navigation, errors."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory

from tresse.kernel.errors import Refusal
from tresse.kernel.registry import Registry
from tresse.web import assets, middleware, navigation
from tresse.web.context import Shell
from tresse.web.navigation import Group, Link, Place


@pytest.fixture
def signed_in(client, person, settings):
    settings.STYLEGUIDE = True
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


@pytest.fixture
def groups(monkeypatch):
    """Navigation of this test alone."""
    registry: Registry[Group] = Registry("navigation group")
    monkeypatch.setattr(navigation, "GROUPS", registry)
    return registry


def request_for(path, user=None):
    request = RequestFactory().get(path)
    request.user = user
    return request


def test_answers_forbid_everything_inline_and_foreign(signed_in):
    policy = signed_in.get("/styleguide/").headers["Content-Security-Policy"]

    assert policy == middleware.POLICY
    for rule in ("script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"):
        assert rule in policy
    assert "unsafe" not in policy


def test_pages_are_not_kept_by_caches(signed_in):
    """A page and its fragment have one address; a person's records are no one else's."""
    headers = signed_in.get("/styleguide/").headers

    assert headers["Cache-Control"] == "private, no-cache"
    assert "HX-Request" in headers["Vary"]


def test_pages_are_compressed(signed_in):
    answer = signed_in.get("/styleguide/", headers={"Accept-Encoding": "gzip"})

    assert answer.headers["Content-Encoding"] == "gzip"


def test_the_style_guide_is_for_developers(signed_in, settings):
    settings.STYLEGUIDE = False

    assert signed_in.get("/styleguide/").status_code == 404


def test_a_page_says_its_language_and_theme(signed_in, person):
    person.language, person.theme = "pl", "dark"
    person.save()

    html = signed_in.get("/styleguide/").content.decode()

    assert '<html lang="pl" data-theme="dark">' in html


def test_the_theme_of_the_system_needs_no_attribute(signed_in):
    assert '<html lang="en">' in signed_in.get("/styleguide/").content.decode()


def test_the_longest_address_is_the_current_one(groups):
    links = [Link("Contacts", "/contacts/", "users"), Link("Import", "/contacts/import/", "upload")]
    groups.extend((Group("records", "Records", lambda _request: links),))

    (shown,) = navigation.shown_groups(request_for("/contacts/import/4/"))

    assert [link.is_current for link in shown.links] == [False, True]


def test_a_start_page_is_current_only_at_its_own_address(groups):
    links = [Link("Home", "/", "house")]
    groups.extend((Group("top", "", lambda _request: links, Place.TOP),))

    (shown,) = navigation.shown_groups(request_for("/contacts/"))

    assert not shown.links[0].is_current


def test_groups_without_links_are_not_shown(groups):
    groups.extend((Group("records", "Records", lambda _request: ()),))

    assert navigation.shown_groups(request_for("/")) == []


def test_groups_of_one_label_stand_under_one_heading(groups):
    groups.extend(
        (
            Group("files", "Data", lambda _request: [Link("Imports", "/imports/", "upload")]),
            Group("model", "Data", lambda _request: [Link("Model", "/model/", "share-2")]),
        )
    )

    (shown,) = navigation.shown_groups(request_for("/model/"))

    assert [(link.label, link.is_current) for link in shown.links] == [
        ("Imports", False),
        ("Model", True),
    ]


def test_nobody_signed_in_means_no_navigation(groups):
    groups.extend((Group("records", "Records", lambda _request: [Link("x", "/x/", "users")]),))

    assert Shell(request_for("/")).main == []


@pytest.mark.parametrize("status", [403, 404, 422])
def test_a_refusal_is_shown_with_its_sentence(rf, status):
    request = rf.get("/")
    error = Refusal("odd", status, "Deals are closed.")()

    html = render_to_string(
        "error.html", {"error": error, "sentence": "Deals are closed."}, request
    )

    assert "Deals are closed." in html


@pytest.mark.parametrize("template", ["400.html", "403.html", "403_csrf.html", "404.html"])
def test_error_pages_render_for_anybody(rf, template):
    assert "<h1>" in render_to_string(template, {}, rf.get("/"))


def test_the_page_of_a_fault_needs_no_request():
    assert "<h1>" in render_to_string("500.html")


def test_a_fault_is_answered_with_a_number(signed_in, monkeypatch, caplog):
    def fail(*_args, **_kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr("tresse.web.views.render", fail)
    signed_in.raise_request_exception = False

    answer = signed_in.get("/styleguide/")

    assert answer.status_code == 500
    number = re.findall(r"<code[^>]*>([0-9a-f]{12})</code>", answer.content.decode())[0]
    assert number in caplog.text
    assert "ZeroDivisionError" not in answer.content.decode()


def test_messages_become_toasts(signed_in):
    html = signed_in.get("/styleguide/?toast=1").content.decode()

    assert "toast--success" in html
    assert "toast--error" in html


@pytest.mark.parametrize(
    ("url", "is_hashed"),
    [
        ("/static/tresse/dist/chunks/chunk-6DHFEWGX.js", True),
        ("/static/tresse/dist/fonts/inter-latin-wght-normal-NRMW37G5.woff2", True),
        ("/static/tresse/dist/app.0123456789ab.css", True),
        ("/static/tresse/dist/app.js", False),
    ],
)
def test_only_hashed_addresses_are_kept_for_ever(url, is_hashed):
    assert bool(re.search(assets.HASHED_NAME, url)) == is_hashed
