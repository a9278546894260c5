"""Companies from e-mail domains (C46)."""

import pytest

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import change_settings
from tresse.records.changes import create_record, update_record
from tresse.records.email_companies import company_domain
from tresse.records.links import linked
from tresse.records.lists import listed


@pytest.fixture
def mode():
    """Chooses what the account does."""
    return lambda value: change_settings({"company_from_email": value}, actor=SYSTEM)


@pytest.fixture
def companies(model, side, ada):
    """Titles and labels of the companies of a contact."""
    works = side("contact", "company")
    return lambda id: [
        (each["title"], each["is_primary"]) for each in linked(model, works, id, ada)
    ]


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("anna@acme.org", "acme.org"),
        ("anna@mail.sales.acme.co.uk", "acme.co.uk"),
        ("anna@gmail.com", None),
        ("anna@yahoo.co.uk", None),
        ("anna@wp.pl", None),
        ("anna@münchen-bau.de", "münchen-bau.de"),
        ("anna@co.uk", None),
        ("", None),
        (None, None),
    ],
)
def test_an_address_tells_of_its_registrable_domain(email, domain):
    """C46: by the public suffix list; free mail tells of nothing."""
    assert company_domain(email) == domain


def test_it_is_off_by_default(make, companies):
    """C46."""
    make("company", name="Acme", domain="acme.org")
    assert companies(make("contact", email="anna@acme.org")) == []


def test_a_contact_is_linked_to_the_company_of_its_domain(make, mode, companies):
    """C46, C39: the first link is the primary one; nothing is created."""
    mode("link")
    make("company", name="Acme", domain="acme.org")
    assert companies(make("contact", email="anna@mail.acme.org")) == [("Acme", True)]
    assert companies(make("contact", email="bob@bold.org")) == []
    assert companies(make("contact", email="carl@gmail.com")) == []


def test_a_company_is_created_once_if_that_is_wanted(model, make, mode, companies, ada):
    """C46: named by its domain."""
    mode("link_and_create")
    one, two = make("contact", email="a@acme.org"), make("contact", email="b@acme.org")
    assert companies(one) == companies(two) == [("acme.org", True)]
    [made] = listed(model, model.object("company"), actor=ada).records
    assert (made.values["domain"], made.values["owner"]) == ("acme.org", ada.user_id)


def test_a_company_that_is_there_stays(model, make, mode, side, companies, ada):
    """C46: an existing primary company is never changed, nor is another one added."""
    mode("link_and_create")
    bold = make("company", name="Bold")
    anna = make("contact", last_name="Anna", links=[(side("contact", "company"), bold)])
    update_record(model, model.object("contact"), anna, values={"email": "a@acme.org"}, actor=ada)
    assert companies(anna) == [("Bold", True)]


def test_a_changed_e_mail_links_too(model, make, mode, companies, ada):
    """C46."""
    mode("link")
    make("company", name="Acme", domain="acme.org")
    anna = make("contact", last_name="Anna")
    update_record(model, model.object("contact"), anna, values={"email": "a@acme.org"}, actor=ada)
    assert companies(anna) == [("Acme", True)]


def test_of_two_companies_with_one_domain_none_is_taken(make, mode, companies):
    """C20, C46."""
    mode("link_and_create")
    make("company", name="Acme", domain="acme.org")
    make("company", name="Acme 2", domain="acme.org")
    assert companies(make("contact", email="anna@acme.org")) == []


def test_the_rule_is_the_accounts_not_the_persons(model, make, mode, side, ada, mia):
    """C46: a company out of sight is linked all the same, and not made twice."""
    mode("link_and_create")
    make("company", name="Acme", domain="acme.org")
    contact = model.object("contact")
    anna = create_record(model, contact, values={"email": "a@acme.org"}, actor=mia)
    assert linked(model, side("contact", "company"), anna, mia) == []
    assert [each["title"] for each in linked(model, side("contact", "company"), anna, ada)] == [
        "Acme"
    ]


def test_the_setting_is_on_the_account_page(visit):
    """C46."""
    page = visit.get("/settings/account/")
    assert "Company from the e-mail domain" in page.text
    assert "Link, and create the company if there is none" in page.text
