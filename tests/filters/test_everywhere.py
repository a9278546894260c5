"""One filter finds the same records wherever it stands (G65, G81d)."""

import json

import pytest
import sqlalchemy as sa

from tests.program import Program
from tests.records.visits import Visit
from tresse.accounts.changes import add_token
from tresse.accounts.models import User
from tresse.objects import database
from tresse.records.changes import create_record
from tresse.records.changes.views import add_view
from tresse.records.selection import Selection, chosen
from tresse.segments.changes.segments import add_segment

FILTER = {
    "any": [
        {"property": "city", "operator": "is_none_of", "value": ["Lyon"], "only_with_value": True},
        {"not": {"property": "first_name", "operator": "contains", "value": "o"}},
    ]
}


@pytest.fixture
def people(model, ada):
    """Four contacts, of whom three are meant."""
    contact = model.object("contact")
    facts = (("Jo", "Lyon"), ("Zoe", "Gent"), ("Al", None), ("Ann", "Lyon"))
    return [
        create_record(model, contact, values={"first_name": name, "city": city}, actor=ada)
        for name, city in facts
    ]


def test_a_filter_finds_the_same_records_everywhere(client, model, ada, people, ids):
    """G65, G81d: page, saved view, segment, condition, bulk choice, REST search, check."""
    contact = model.object("contact")
    add_view(model, contact, label="Mine too", name="mine_too", filter=FILTER, actor=ada)
    add_segment(base="contact", filter=FILTER, model=model, actor=ada, name="meant", label="Meant")
    page = Visit(ada.user_id)
    api = Program(client, add_token(User.objects.get(pk=ada.user_id), name="t", actor=ada)[1])
    wanted = ["Al", "Ann", "Zoe"]

    assert sorted(page.get("/contacts/", filter=json.dumps(FILTER)).names()) == wanted
    assert sorted(page.get("/contacts/", view="mine_too").names()) == wanted
    segment = {"segment": "meant"}
    assert sorted(page.get("/contacts/", filter=json.dumps(segment)).names()) == wanted
    assert ids(FILTER, actor=ada) == ids(segment, actor=ada) == people[1:]
    where = chosen(Selection(is_all=True, filter=FILTER), model, contact, ada)
    rows = database.rows(sa.select(contact.table.c.id).where(where).order_by(contact.table.c.id))
    assert [id for (id,) in rows] == people[1:]
    found = api("POST", "/records/contact/search", {"filter": FILTER})[1]["records"]
    assert sorted(each["title"] for each in found) == wanted
    check = api("POST", "/filters/check", {"object": "contact", "filter": FILTER})[1]
    assert check["count"] == 3
    assert check["words"].startswith("City is none of")
