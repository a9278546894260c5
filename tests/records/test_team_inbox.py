"""What was newly assigned to the people of one's teams (C117)."""

from datetime import timedelta

import pytest

from tests.records.conftest import NOW
from tests.records.visits import Visit
from tresse.accounts.models import Team
from tresse.kernel import clock
from tresse.records.changes import update_record


@pytest.fixture
def paris(mia, user_of):
    """Mia and Bea share a team."""
    bea = user_of("Bea")
    Team.objects.create(name="paris", label="Paris").members.set([mia.user_id, bea.pk])
    return bea


@pytest.mark.usefixtures("paris")
def test_what_the_team_got_stands_there_latest_first(model, make, mia, ada):
    """Records and tasks of two weeks; nobody else's."""
    with clock.at(NOW - timedelta(days=20)):
        make("contact", last_name="Old", owner="bea@example.com")
    make("contact", last_name="Given", owner="bea@example.com")
    make("contact", last_name="Ada's")
    acme = make("company", name="Acme")
    with clock.at(NOW + timedelta(hours=1)):
        owner = {"owner": "mia@example.com"}
        update_record(model, model.object("company"), acme, values=owner, actor=ada)
        make("task", title="Call", owner="bea@example.com")
        visit = Visit(mia.user_id).get("/notifications/team/")

    text = visit.text
    assert text.index("Call") < text.index("Acme") < text.index("Given")
    assert ("Old" in text, "Ada's" in text) == (False, False)
    only = Visit(mia.user_id).get("/notifications/team/", object="task").text
    assert ("Call" in only, "Acme" in only) == (True, False)


def test_without_a_team_it_says_so(mia):
    """A word instead of an empty list."""
    assert "You are in no team" in Visit(mia.user_id).get("/notifications/team/").text
