"""Pages of syncs answer, say what happened, and do what their buttons say (Y62, Y66)."""

import pytest
from django.test import Client

from tests.syncs.worlds import contacts, ended, faults, people, republish, sent, sync_to_crm
from tresse.accounts.models import User
from tresse.datasets.models import Dataset
from tresse.jobs.worker import run as work
from tresse.syncs.models import Sync, SyncRun

GOOD = {"id": "1", "email": "ada@x.fr", "first_name": "Ada", "last_name": "Roe"}
BAD = {"id": "2", "email": "bob@x.fr", "last_name": "Bob", "city": "neither a language"}
WITH_LANGUAGE = [{"from": "email"}, {"from": "last_name"}, {"from": "city", "to": "language"}]


@pytest.fixture
def client(house):
    """Ada, signed in."""
    client = Client()
    client.force_login(User.objects.get(pk=house.ada.user_id))
    return client


def text(answer):
    return answer.content.decode()


def test_the_way_to_a_new_sync_ends_with_a_preview(client):
    """Y1: dataset and object, columns proposed by their meaning, a draft, then its preview."""
    people(GOOD)
    first = client.get("/syncs/new/")
    second = client.get("/syncs/new/?dataset=people&object=contact")

    form = {
        "dataset": "people",
        "object": "contact",
        "name": "people_to_crm",
        "column-email": "email",
        "match-email": "on",
        "column-last_name": "last_name",
        "mode": "new_and_existing",
        "automations": "after_first",
        "every": "build",
    }
    made = client.post("/syncs/new/", form)
    seen = client.post("/syncs/people_to_crm/preview/", follow=True)

    assert "people" in text(first)
    assert "<option selected>birth_date</option>" in text(second)
    assert made["Location"] == "/syncs/people_to_crm/preview/"
    assert "would be added" in text(seen)
    assert "ada@x.fr" in text(seen)
    assert Sync.objects.get().state == "draft"


def test_the_pages_of_a_sync_tell_of_its_runs(client):
    """Y62: each count has a sentence and a list; failed rows can be tried or given up."""
    sync = sync_to_crm(people(GOOD, BAD), columns=WITH_LANGUAGE)
    run = sent(sync)
    here = f"/syncs/{sync.name}/"

    pages = {
        path: text(client.get(f"{here}{path}"))
        for path in ("", "preview/", "rows/", "runs/", f"runs/{run.pk}/", "settings/", "remove/")
    }
    listed = text(client.get("/syncs/"))

    assert "of 2 rows are added because this sync has sent nothing before." in pages[""]
    assert "bob@x.fr" not in pages["runs/"]
    assert faults(sync)[0][1] in pages["rows/"]
    assert "1 try" in pages["rows/"] or "Try now" in pages["rows/"]
    assert "schedule" in pages["settings/"] or "columns:" in pages["settings/"]
    assert sync.name in listed


def test_a_row_is_given_up_with_a_reason_and_tried_again(client):
    """Y66: a row that is given up is tried no more until somebody says so."""
    sync = sync_to_crm(people(GOOD, BAD), columns=WITH_LANGUAGE)
    sent(sync)
    [(key, _, _)] = faults(sync)
    here = f"/syncs/{sync.name}/rows/"

    without = client.post(f"{here}give_up/", {"key": key})
    client.post(f"{here}give_up/", {"key": key, "reason": "Nobody speaks it."})
    given_up = text(client.get(f"{here}?which=given_up"))
    tried = client.post(f"{here}retry/", {"key": key})

    assert without.status_code == 422
    assert "Nobody speaks it." in given_up
    assert tried["Location"] == f"/syncs/{sync.name}/runs/{SyncRun.objects.latest('pk').pk}/"


def test_a_held_run_is_let_through_or_dropped_on_its_page(client):
    """Y45, Y66: both are buttons of the run; so is going on with one that failed."""
    columns = [{"from": "email"}, {"from": "last_name"}]
    people(GOOD)
    dataset = Dataset.objects.select_related("version").get(name="people")
    sync = sync_to_crm(dataset, mode="mirror", columns=columns)
    rows = [{"_id": f"g{n}", "email": f"p{n}@x.fr", "last_name": "N"} for n in range(60)]
    republish(dataset, rows)
    sent(sync)

    republish(dataset, rows[:30])
    held = sent(sync)
    here = f"/syncs/{sync.name}/runs/{held.pk}/"
    shown = text(client.get(here))
    dropped = client.post(f"{here}cancel/")
    held.refresh_from_db()
    assert "wait" in shown
    assert (dropped.status_code, held.state) == (302, "cancelled")

    again = sent(sync)
    confirmed = client.post(f"/syncs/{sync.name}/runs/{again.pk}/confirm/")
    assert (confirmed["Location"], again.state) == (f"/syncs/{sync.name}/runs/{again.pk}/", "held")
    work(until_idle=True)
    assert ended(again).state == "done"
    assert client.post(f"/syncs/{sync.name}/runs/{2**70}/resume/").status_code == 404


def test_a_sync_is_paused_switched_on_and_removed_on_its_pages(client):
    """Y2, Y66: nothing is sent while it is paused; what was sent stays when it is removed."""
    sync = sync_to_crm(people(GOOD))
    here = f"/syncs/{sync.name}/"
    states = []
    for act in ("pause", "activate"):
        client.post(f"{here}{act}/")
        sync.refresh_from_db()
        states.append(sync.state)
    started = client.post(f"{here}run/")
    run = SyncRun.objects.latest("pk")
    work(until_idle=True)
    client.post(f"{here}remove/")

    assert states == ["paused", "active"]
    assert started["Location"] == f"{here}runs/{run.pk}/"
    assert not Sync.objects.exists()
    assert [each["email"] for each in contacts("email")] == ["ada@x.fr"]
