"""The export of what an index page shows or has selected (C92, T81a)."""

import csv
import json
import re

import pytest

from tests.records.visits import Visit
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.models import Export


@pytest.fixture
def ids(house):
    """Anna and Bob of France, Cleo of Poland."""
    return [
        house.make("contact", first_name="Anna", email="a@ex.org", country="fr", city="Lyon"),
        house.make("contact", first_name="Bob", email="bob@ex.org", country="fr"),
        house.make("contact", first_name="Cleo", email="cleo@ex.org", country="pl"),
    ]


@pytest.fixture
def desk(house, ids):  # noqa: ARG001  records that there are
    return Visit(house.ada.user_id)


def written():
    """Header and rows of the one export, once its job has run."""
    row = Export.objects.get()
    run_here(Job.objects.get(pk=row.job_id or 0))
    with path_of(row.pk).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_what_the_page_shows_is_exported(desk, ids):
    """C92: its filter, its words, and the ticked columns, which are the page's at first."""
    filter_ = json.dumps({"property": "country", "operator": "is", "value": "fr"})
    page = desk.get("/contacts/", filter=filter_, q="ann", columns="city,owner")
    address = page.found(r'href="(/exports/new/contacts/[^"]*)"')

    desk.get(address)
    assert "Export 1 record" in desk.text
    ticked = re.findall(r'name="column" value="(\w+)" checked', desk.source)
    assert set(ticked) == {"first_name", "last_name", "email", "city", "owner"}
    desk.post(
        "/exports/new/contacts/",
        all="1",
        filter=filter_,
        q="ann",
        column=["email", "city"],
        file="lyon.csv",
    )
    assert desk.to == f"/jobs/{Export.objects.get().job_id}/"
    assert written() == [
        ["ID", "External id", "E-mail", "City"],
        [str(ids[0]), "", "a@ex.org", "Lyon"],
    ]


def test_a_selection_is_exported(desk, ids):
    """C90: the rows that are ticked, whatever the page's filter."""
    desk.get("/exports/new/contacts/", htmx=True, ids=[ids[0], ids[2]])
    assert "Export 2 records" in desk.text
    assert "<html" not in desk.source
    desk.post("/exports/new/contacts/", ids=[ids[0], ids[2]], column=["first_name"], file="two.csv")
    assert [row[2] for row in written()] == ["First name", "Anna", "Cleo"]


def test_the_address_alone_means_all(desk, ids):
    """T80: as somebody types or keeps it; a form without a choice is still refused."""
    desk.get("/exports/new/contacts/")
    assert f"Export {len(ids)} records" in desk.text
    assert desk.post("/exports/new/contacts/", column=["first_name"]).status == 422


def test_who_may_not_export_is_told_so(house):
    """C106: and has no button."""
    narrow = {"objects": {"contact": {"view": "all"}}}
    add_role(name="narrow", label="Narrow", rights=narrow, actor=house.ada)
    other = Visit(add_user(email="l@example.com", name="Lea", role="narrow", actor=SYSTEM).pk)
    house.make("contact", first_name="Jo")

    assert other.get("/exports/new/contacts/?all=1").status == 403
    assert "/exports/new/" not in other.get("/contacts/").source


def test_a_refusal_stands_in_the_dialog(desk):
    """C129: with what was ticked."""
    desk.post("/exports/new/contacts/", htmx=True, all="1", asked="1", column=["city"], keys="name")
    assert desk.status == 422
    assert re.findall(r'name="column" value="(\w+)" checked', desk.source) == ["city"]
    assert 'role="alert"' in desk.source
    assert not Export.objects.exists()
