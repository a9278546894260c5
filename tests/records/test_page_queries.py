"""How many queries each page of records takes; a change shows as a change of the stored numbers."""

import json
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tresse.accounts.models import User
from tresse.records.changes import link_records, log_activity, update_record

STORED = Path(__file__).with_name("query_counts.json")
FILTER = "%7B%22property%22%3A%22city%22%2C%22operator%22%3A%22is%22%2C%22value%22%3A%22Lyon%22%7D"
OWNER = "%7B%22property%22%3A%22owner%22%2C%22operator%22%3A%22is%22%2C%22value%22%3A%22me%22%7D"
PAGES = {
    "index of contacts": ("/contacts/", False),
    "index of deals": ("/deals/", False),
    "index with filter, words and sort": (f"/contacts/?filter={FILTER}&q=jo&sort=city", False),
    "board of deals": ("/deals/?layout=board", False),
    "dialog of a bulk edit": ("/deals/bulk/edit/?ids={deal}&property=amount", True),
    "index while typing": ("/contacts/?q=jo", True),
    "list of what to filter by": ("/filters/chip/?filter_object=contact", True),
    "fields of a filter": (
        f"/filters/chip/?filter_object=contact&filter={OWNER}&filter_at=0",
        True,
    ),
    "whole filter": (f"/filters/edit/?filter_object=contact&filter={FILTER}", True),
    "page of a contact": ("/contacts/{contact}/", False),
    "page of a deal": ("/deals/{deal}/", False),
    "timeline": ("/contacts/{contact}/timeline/", True),
    "field of a property": ("/contacts/{contact}/city/?edit=1", True),
    "search for a link": ("/contacts/{contact}/links/contact_company:forward/search/?q=a", True),
    "history of a property": ("/contacts/{contact}/city/history/", False),
    "form for a contact": ("/contacts/new/", False),
}


WITH_WORDS = ("index with filter, words and sort", "index while typing")
"On PostgreSQL a search counts first how many records its words find (`objects.words`)."


@pytest.fixture
def counted(ada):
    """Counts the queries of an address, signed in as Ada."""
    client = Client()
    user = User.objects.get(pk=ada.user_id)
    client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])

    def count(address, htmx=False):
        headers = {"HX-Request": "true"} if htmx else {}
        client.get(address, headers=headers)  # what is kept for the process is read before
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address, headers=headers).status_code == 200, address
        return [query["sql"] for query in queries]

    return count


@pytest.fixture
def fill(model, make, side, ada):
    """Makes contacts with companies, deals and notes; answers the ids of the last ones."""

    def filled(number):
        ids = {}
        for at in range(number):
            company = make("company", name=f"Acme {at}")
            contact = make("contact", first_name=f"Jo {at}", city="Lyon", owner="ada@example.com")
            deal = make("deal", name=f"Roof {at}", amount="100")
            ids = {"company": company, "contact": contact, "deal": deal}
            for here, other in (("contact", "company"), ("deal", "contact"), ("deal", "company")):
                pair = (ids[here], ids[other])
                link_records(model, side(here, other), [pair], actor=ada)
            about = [(model.object("contact"), contact)]
            log_activity(model, "note", about, fields={"text": f"Note {at}"}, actor=ada)
            update_record(model, about[0][0], contact, values={"city": "Lyon"}, actor=ada)
        return ids

    return filled


@pytest.mark.baseline
def test_pages_take_as_many_queries_as_before(counted, fill):
    """C79, C93: `make baselines` writes the numbers anew."""
    ids = fill(3)
    numbers = {
        name: len(counted(address.format(**ids), htmx)) for name, (address, htmx) in PAGES.items()
    }
    if connection.vendor == "postgresql":
        numbers |= {name: numbers[name] - 1 for name in WITH_WORDS}
    if os.environ.get("TRESSE_BASELINES") == "write":
        STORED.write_text(json.dumps(numbers, indent=1) + "\n", "utf-8")

    assert numbers == json.loads(STORED.read_text("utf-8")), "run make baselines"


@pytest.mark.parametrize("name", ["index of contacts", "index of deals", "page of a contact"])
def test_more_records_take_no_more_queries(counted, fill, name):
    """C86: never a query per row."""
    address, htmx = PAGES[name]
    few = counted(address.format(**fill(2)), htmx)
    many = counted(address.format(**fill(12)), htmx)

    assert len(many) == len(few), [sql for sql in many if sql not in few]
