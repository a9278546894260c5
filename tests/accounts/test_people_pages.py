"""Pages of users, tokens, the audit log and the account, as dialogs and with filters."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from tresse.accounts import audit
from tresse.accounts.account import SETTINGS, is_limit
from tresse.accounts.actor import SYSTEM
from tresse.accounts.queries import account
from tresse.kernel import clock

HTMX = {"hx-request": "true"}


@pytest.fixture
def as_anna(anna):
    """Anna's browser."""
    client = Client()
    client.force_login(anna)
    return client


def test_a_user_is_invited_in_a_dialog(as_anna):
    """C105: the link is shown this once; a refusal stands at its field."""
    form = as_anna.get("/settings/people/?invite", headers=HTMX).content.decode()
    assert form.startswith("<form")
    refused = as_anna.post("/settings/people/", {"email": "x@", "role": "member"}, headers=HTMX)
    assert refused.status_code == 422
    answer = as_anna.post(
        "/settings/people/", {"email": "zoe@example.com", "role": "member"}, headers=HTMX
    )
    assert "/invitations/" in answer.content.decode()
    assert "Invited" in as_anna.get("/settings/people/").content.decode()


def test_a_user_is_deactivated_in_a_dialog_that_offers_to_hand_over(as_anna, anna, bob):
    """C111."""
    address = f"/settings/people/{bob.pk}/deactivate/"
    form = as_anna.get(address, headers=HTMX).content.decode()
    assert "Hand over what they own to" in form
    assert "Anna" in form
    answer = as_anna.post(address, {"hand_over_to": anna.email}, headers=HTMX)
    assert answer.headers["HX-Redirect"] == "/settings/people/"
    bob.refresh_from_db()
    assert not bob.is_active
    refused = as_anna.post(f"/settings/people/{anna.pk}/deactivate/", headers=HTMX)
    assert (refused.status_code, "last administrator" in refused.content.decode()) == (422, True)


def test_the_audit_log_is_filtered_by_action_and_period(as_anna):
    """C115: days begin and end in the zone of the person."""
    today = clock.now()
    with clock.at(today - timedelta(days=3)):
        audit.log(SYSTEM, "view.share", "old")
    audit.log(SYSTEM, "view.share", "new", before={"a": 1}, after={"a": 2})

    def targets(**filters):
        page = as_anna.get("/settings/audit/", filters).content.decode()
        return [each for each in ("old", "new") if f"<br>{each}</td>" in page]

    day = (today - timedelta(days=3)).date().isoformat()
    assert targets(action="view.share") == ["old", "new"]
    assert targets(action="view", until=day) == ["old"]
    assert targets(action="view", since=today.date().isoformat()) == ["new"]
    assert targets(action="user") == []
    page = as_anna.get("/settings/audit/", {"action": "view.share"}).content.decode()
    assert re.search(r"<s>1</s>.*?2</li>", page)


def test_limits_are_changed_on_the_page_of_the_account(as_anna):
    """C128: with what is used of each; one that cannot be is refused at its field."""
    values = {each.name: account().values[each.name] for each in SETTINGS if is_limit(each)}
    given: dict[str, object] = {"zone": "UTC", "language": "en", "currency": "EUR", "country": "FR"}
    given |= {"public_url": "", "requests_a_minute": 100, "audit_months": 24}
    page = as_anna.get("/settings/account/").content.decode()
    assert "Properties per object" in page
    as_anna.post("/settings/account/", given | values | {"max_properties": 30})
    assert account().max_properties == 30
    refused = as_anna.post("/settings/account/", given | values | {"max_properties": 0})
    assert refused.status_code == 422
