"""Tasks: the page, finishing, moving, reminding (C43, C117)."""

import re
from datetime import timedelta

import pytest

from tests.records.conftest import NOW
from tests.records.visits import Visit
from tresse.accounts.models import Team
from tresse.accounts.queries import actor_with_id
from tresse.jobs.models import Notification
from tresse.kernel import clock
from tresse.records.changes import finish_task, move_task
from tresse.records.queries import record
from tresse.records.reminders import remind
from tresse.records.tasks import due_number, numbers, tasks


@pytest.fixture
def task(make):
    """Makes a task that is due so many hours from now; None: without a time."""

    def made(title, hours=None, **more):
        due = (NOW + timedelta(hours=hours)).isoformat() if hours is not None else None
        return make("task", title=title, due_at=due, **more)

    return made


@pytest.fixture
def five(task):
    """One of each period, NOW being half past nine."""
    task("Late", -1)
    task("Today", 2)
    task("Tomorrow", 24)
    task("Some day")
    return task("Done", -2, status="done")


def titles(model, actor, period, **more):
    return [each.title for each in tasks(model, actor, period=period, **more)]


def test_tasks_stand_in_periods(model, five, ada):
    """A task is overdue from its very time on; done ones in a list of their own."""
    assert five
    found = {
        period: titles(model, ada, period)
        for period in ("overdue", "today", "upcoming", "undated", "done")
    }
    assert found == {
        "overdue": ["Late"],
        "today": ["Today"],
        "upcoming": ["Tomorrow"],
        "undated": ["Some day"],
        "done": ["Done"],
    }
    assert numbers(model, ada) == {"overdue": 1, "today": 1, "upcoming": 1, "undated": 1}
    assert due_number(model, ada) == 2


def test_mine_my_teams_and_all(model, task, ada, mia, rea, user_of):
    """C106: nobody sees a task out of their sight."""
    bea = user_of("Bea")
    team = Team.objects.create(name="paris", label="Paris")
    team.members.set([mia.user_id, bea.pk])
    task("Ada's", 1)
    task("Mia's", 1, owner="mia@example.com")
    task("Bea's", 1, owner="bea@example.com")
    mia = actor_with_id(mia.user_id)

    assert titles(model, mia, "today") == ["Mia's"]
    assert titles(model, mia, "today", scope="team") == ["Mia's", "Bea's"]
    assert titles(model, mia, "today", scope="all") == ["Mia's", "Bea's"]
    assert len(titles(model, ada, "today", scope="all")) == 3
    assert titles(model, rea, "today") == []


def test_the_page_shows_them_with_what_they_are_about(visit, make, side, task, five):
    """Linked records, counts; the table is one click away."""
    acme = make("company", name="Acme")
    task("Call", 3, links=[(side("task", "company"), acme)])

    visit.get("/tasks/")
    assert re.findall(r'<h2[^>]*id="tasks-(\w+)"', visit.source) == [
        *("overdue", "today", "upcoming", "undated"),
    ]
    assert re.search(rf'<a class="tag" href="/companies/{acme}/">.*?Acme</a>', visit.source)
    assert 'href="/task/"' in visit.source
    assert f'action="/tasks/{five}/done/"' not in visit.source
    assert f'action="/tasks/{five}/done/"' in visit.get("/tasks/?when=done").source
    assert visit.get("/task/").status == 200
    assert 'class="nav__count' in visit.source or ">3<" in visit.source


def test_a_task_is_added_finished_opened_and_moved(visit, model, ada):
    """Without scripts; "Add" takes a title and a day."""
    visit.post("/tasks/", title="Call Jo", due="tomorrow")
    assert visit.to == "/tasks/"
    [each] = tasks(model, ada, period="upcoming")
    assert each.values["due_at"] == NOW.replace(day=11, hour=9, minute=0)

    visit.post(f"/tasks/{each.id}/due/", at="2026-03-20T14:00")
    [each] = tasks(model, ada, period="upcoming")
    assert each.values["due_at"].day == 20
    visit.post(f"/tasks/{each.id}/done/", done="1", next="/contacts/")
    assert visit.to == "/contacts/"
    [each] = tasks(model, ada, period="done")
    assert each.values["done_at"] == NOW
    visit.post(f"/tasks/{each.id}/done/", htmx=True, done="0")
    assert (visit.status, "tresse:tasks" in visit.answer["HX-Trigger"]) == (200, True)
    [each] = tasks(model, ada, period="upcoming")
    assert each.values["done_at"] is None
    visit.post(f"/tasks/{each.id}/done/", done="1", next="https://elsewhere.example/")
    assert visit.to == "/tasks/"


@pytest.mark.parametrize(
    ("address", "data", "status"),
    [
        ("/tasks/", {"title": " "}, 422),
        ("/tasks/{id}/due/", {"at": "soon"}, 422),
        ("/tasks/999999/done/", {"done": "1"}, 404),
    ],
)
def test_what_cannot_be_is_refused(visit, task, address, data, status):
    """With a sentence, and nothing written."""
    visit.post(address.format(id=task("Call")), **data)
    assert visit.status == status


def test_readers_change_no_task(task, reader, model, ada, rea):
    """C106."""
    each = task("Call", owner="rea@example.com")
    assert rea.name
    assert reader.post(f"/tasks/{each}/done/", done="1").status == 403
    assert record(model, model.object("task"), each, ada).values["status"] == "open"
    assert "tasks-add" not in reader.get("/tasks/").source


def test_finishing_again_changes_nothing(model, task, ada):
    """C26."""
    each = task("Call")
    assert finish_task(model, each, done=True, actor=ada) is True
    assert finish_task(model, each, done=True, actor=ada) is False


def test_a_reminder_keeps_its_distance(model, make, ada):
    """A task that moves by a day is reminded of a day later."""
    due = NOW + timedelta(hours=5)
    reminder = NOW + timedelta(hours=4)
    each = make("task", title="A", due_at=due.isoformat(), reminder_at=reminder.isoformat())
    move_task(model, each, due_at=due + timedelta(days=1), actor=ada)
    values = record(model, model.object("task"), each, ada).values
    assert values["reminder_at"] == reminder + timedelta(days=1)


def told():
    return list(Notification.objects.order_by("id").values_list("user_id", "title", "link"))


def test_a_due_task_tells_its_owner_once(model, make, task, ada, mia):
    """C117: at its reminder, else at its time; again when it was moved; never when done."""
    reminder = (NOW + timedelta(hours=1)).isoformat()
    far = make("task", title="Far", due_at="2026-04-01T10:00Z", reminder_at=reminder)
    near = task("Near", 2, owner="mia@example.com")
    Notification.objects.all().delete()
    task("Done", 1, status="done")
    assert remind() is False

    with clock.at(NOW + timedelta(hours=3)):
        remind()
        remind()
    assert told() == [
        (ada.user_id, "Task due: Far", f"/tasks/{far}/"),
        (mia.user_id, "Task due: Near", f"/tasks/{near}/"),
    ]
    with clock.at(NOW + timedelta(hours=8)):
        move_task(model, near, due_at=NOW + timedelta(hours=7), actor=ada)
        remind()
    assert len(told()) == 3


def test_tasks_of_a_person_without_sight_are_not_theirs(make, task, mia):
    """C108: the page of another shows none of them."""
    task("Ada's", 1)
    assert "Ada's" not in Visit(mia.user_id).get("/tasks/?of=all").text
    assert make
