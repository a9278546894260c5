"""The page of a role: scopes, properties apart, general rights, what it means (C106, C107)."""

import re

import pytest
from django.test import Client

from tests.searching import found_in
from tresse.accounts.handover import OBJECTS
from tresse.accounts.models import Role
from tresse.accounts.queries import role_at
from tresse.accounts.rights import GENERAL

ALL = {"view": "all", "create": "all", "edit": "own"}


@pytest.fixture
def as_anna(anna):
    """Anna's browser."""
    client = Client()
    client.force_login(anna)
    return client


@pytest.fixture(autouse=True)
def known(monkeypatch):
    """Two object types with a property each, so that these tests need no others."""
    [objects] = OBJECTS
    labels = {"contact": "Contacts", "deal": "Deals"}
    properties = {"contact": {"birthday": "Birthday"}, "deal": {"amount": "Amount"}}
    monkeypatch.setattr(type(objects), "labels", property(lambda _: lambda: labels))
    monkeypatch.setattr(type(objects), "properties", property(lambda _: lambda: properties))


def posted(*, contact=(), **more):
    """The fields of a role's page."""
    return {f"contact.{key}": each for key, each in dict(contact).items()} | more


def text_of(answer):
    return re.sub(r"\s+", " ", answer.content.decode())


def test_a_role_gets_a_name_from_its_label(as_anna):
    """C106."""
    answer = as_anna.post("/settings/roles/new/", posted(label="Field sales", contact=ALL))
    assert answer.url == "/settings/roles/field_sales/"
    assert role_at("field_sales").rights["objects"]["contact"]["edit"] == "own"


def test_properties_are_restricted_one_by_one(as_anna):
    """C106, C109: edit where nothing is said; rows without a property are none."""
    data = {"property": ["contact.birthday", "deal.amount", ""], "access": ["none", "read", "read"]}
    as_anna.post("/settings/roles/reader/", posted(label="Reader", contact=ALL, **data))
    assert role_at("reader").rights["properties"] == {
        "contact": {"birthday": "none"},
        "deal": {"amount": "read"},
    }
    page = text_of(as_anna.get("/settings/roles/reader/"))
    assert "Hidden: Birthday" in re.sub(r"<[^>]+>", "", page)


def test_an_action_that_reaches_too_far_is_refused_at_its_cell(as_anna):
    """C107, C129: nothing is saved, what was chosen stays."""
    before = role_at("reader").rights
    data = posted(label="Reader", contact={"view": "own", "edit": "all"})
    answer = as_anna.post("/settings/roles/reader/", data)
    assert answer.status_code == 422
    page = text_of(answer)
    cell = found_in(r'<select[^>]*name="contact.edit"[^>]*>', page)
    assert 'aria-invalid="true"' in cell
    assert 'aria-describedby="refused-contact"' in cell
    assert "The right to edit cannot reach further than the right to view." in page
    assert role_at("reader").rights == before


def test_rights_stand_in_groups_with_sentences(as_anna):
    """C106a: every right is on the page once."""
    page = text_of(as_anna.get("/settings/roles/member/"))
    assert [page.count(f'value="{right.name}"') for right in GENERAL] == [1] * len(GENERAL)
    assert "Change object types, properties, relations and pipelines" in page


def test_shows_what_a_role_would_see_before_it_is_saved(as_anna):
    """C106: in words, object type by object type."""
    data = posted(contact=ALL, property=["contact.birthday"], access=["none"])
    page = re.sub(r"<[^>]+>", " ", text_of(as_anna.post("/settings/roles/preview/", data)))
    page = re.sub(r"\s+", " ", page)
    assert "Contacts See all add · change (own)" in page
    assert "Hidden: Birthday" in page
    assert "Deals Does not exist for them" in page


def test_a_role_can_be_copied(as_anna):
    """C106: the new role begins with the rights of the other."""
    page = as_anna.get("/settings/roles/new/?like=manager").content.decode()
    assert 'value="views.share" checked' in page
    assert as_anna.post("/settings/roles/new/", posted(label="Manager")).status_code == 302
    assert Role.objects.filter(name="manager_2").exists()
