"""What a new object type has at once, wherever records are used (C5)."""

import pytest
from django.test import Client

from tresse.accounts.changes import change_role
from tresse.accounts.queries import role_at
from tresse.objects.changes import add_object_type
from tresse.objects.database import scalar
from tresse.objects.described import data_model
from tresse.objects.tables import COMMON
from tresse.records.changes import create_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def boat(ada):
    """A new object type, made with nothing but its label."""
    add_object_type(name="boat", label="Boat", actor=ada)
    return data_model().object("boat")


def client_of(actor_user):
    client = Client()
    client.force_login(actor_user)
    return client


def test_it_has_a_table_common_properties_and_a_title(boat):
    """C5, C41."""
    names = {prop.name for prop in boat.properties}
    assert {"id", "external_id", "owner", "created_at", "last_activity_at"} <= names
    assert len(COMMON) <= len(names)
    name = boat.property("name")
    assert (boat.title, name.kind.name, name.is_required) == ("name", "text", True)
    assert boat.search == ("name",)
    assert scalar(boat.table.select().with_only_columns(boat.table.c.id)) is None


def test_tasks_can_be_linked_to_it(boat):
    """C5, C45."""
    side = data_model().default_side("task", boat.name)
    assert side is not None
    assert side.association.name == "task_boat"


def test_its_pages_routes_and_views_are_there_at_once(boat, ada, user_of):
    """C5: index, record page, the views All and Mine, REST, the empty file, import."""
    client = client_of(user_of("Zoe", role="administrator"))
    made = create_record(data_model(), boat, values={"name": "Nina"}, actor=ada)
    id = getattr(made, "id", made)
    page = client.get("/boats/").content.decode()
    assert "Nina" in page
    assert "Mine" in page
    assert client.get(f"/boats/{id}/").status_code == 200
    assert client.get("/boats/new/").status_code == 200
    answer = client.get(f"/api/v1/records/boat/{id}")
    assert answer.status_code in {200, 401}
    assert client.get("/data-model/boat/").status_code == 200


@pytest.mark.usefixtures("boat")
def test_only_those_with_the_right_see_it_until_a_right_is_given(ada, user_of):
    """C5: objects.all, then a role that names it."""
    manager = client_of(user_of("Max", role="manager"))
    assert manager.get("/boats/").status_code in {403, 404}
    assert manager.get("/data-model/boat/").status_code == 404
    assert "Boats" not in manager.get("/data-model/").content.decode()

    role = role_at("manager")
    rights = role.rights | {"objects": role.rights["objects"] | {"boat": {"view": "all"}}}
    change_role(role, rights=rights, actor=ada)
    assert manager.get("/boats/").status_code == 200
    assert "Boats" in manager.get("/data-model/").content.decode()
