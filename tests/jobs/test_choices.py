"""Which notifications also come by e-mail (C118)."""

import pytest
from django.test import Client

from tresse.accounts.queries import actor_of
from tresse.jobs.changes import choose_email
from tresse.jobs.queries import email_choices, wanting_email
from tresse.kernel.errors import TresseError

pytestmark = pytest.mark.django_db


def test_nothing_comes_by_email_until_it_is_chosen(user_of):
    """C118: none is the default."""
    mia = user_of("Mia")
    assert set(email_choices(mia.pk).values()) == {"none"}

    choose_email({"limit": "daily"}, actor=actor_of(mia))
    choose_email({"limit": "at_once"}, actor=actor_of(mia))
    assert email_choices(mia.pk)["limit"] == "at_once"
    assert wanting_email("limit", "at_once") == {mia.pk}
    assert wanting_email("limit", "daily") == set()


@pytest.mark.parametrize(
    ("choices", "code"),
    [({"limits": "daily"}, "unknown_name"), ({"limit": "weekly"}, "wrong_value")],
)
def test_refuses_what_cannot_be_chosen(user_of, choices, code):
    """C118: each by its code."""
    with pytest.raises(TresseError) as refused:
        choose_email(choices, actor=actor_of(user_of("Mia")))
    assert refused.value.code == code


def test_the_page_keeps_the_choice(user_of):
    """C118."""
    mia = user_of("Mia")
    client = Client()
    client.force_login(mia)
    assert "Limit near" in client.get("/settings/notifications/").content.decode()
    assert client.post("/settings/notifications/", {"limit": "daily"}).status_code == 302
    assert email_choices(mia.pk)["limit"] == "daily"
