"""What uses each property, on the page of its object type (C99)."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tresse.objects.described import data_model
from tresse.objects.uses import Target, users_of, users_of_all
from tresse.records.changes.views import add_view

pytestmark = pytest.mark.django_db


@pytest.fixture
def banks(ada):
    """A view that filters by one property and shows another."""
    condition = {"property": "industry", "operator": "is_not_empty"}
    model = data_model()
    facts: dict[str, Any] = {"filter": {"all": [condition]}, "columns": ["domain"]}
    return add_view(model, model.object("company"), label="Banks", actor=ada, **facts)


@pytest.mark.usefixtures("banks")
def test_all_users_of_definitions_are_those_of_each():
    """C7, C99: in one pass the same as one by one."""
    found = users_of_all()
    for target in (
        Target("property", "industry", "company"),
        Target("property", "domain", "company"),
        Target("object", "company"),
    ):
        assert found[target] == users_of(target) == ['view "Banks"']


@pytest.mark.usefixtures("banks")
def test_the_page_says_what_uses_each_property(user_of):
    """C99: whatever the number of properties, each sort of user is read once."""
    client = Client()
    client.force_login(user_of("Zoe", role="administrator"))
    client.get("/data-model/company/")
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/data-model/company/?shares").content.decode()
    row = page[page.index('id="property-industry"') :]
    assert "<li>view &quot;Banks&quot;</li>" in row[: row.index("</tr>")]
    assert len(queries) < 50
