"""Link labels, primary marks and stages on a record's page (C37 to C39, C49, C94 to C97)."""

import re
from urllib.parse import urlencode

import pytest

from tresse.objects.models import Stage
from tresse.records.changes import link_records, unlink_records
from tresse.records.links import linked, side_key
from tresse.records.queries import record


@pytest.fixture
def labels(model, ada):
    """Link labels of the records linked to one, by title."""

    def of(side, id_):
        return {each["title"]: each["labels"] for each in linked(model, side, id_, ada)}

    return of


def test_the_first_link_is_primary_and_the_mark_moves(visit, make, side, labels):
    """C39: to another link when given to it, to the oldest left when its link goes."""
    one, two, three = (make("company", name=name) for name in ("One", "Two", "Three"))
    to_company = side("contact", "company")
    jo = make("contact", last_name="Jo", links=[(to_company, each) for each in (one, two, three)])
    address = f"/contacts/{jo}/links/{side_key(to_company)}/"
    assert labels(to_company, jo) == {"One": ["primary_company"], "Two": [], "Three": []}

    visit.post(address, id=two, label="primary_company", direction="forward")
    assert labels(to_company, jo)["Two"] == ["primary_company"]
    assert labels(to_company, jo)["One"] == []
    visit.get(f"/contacts/{jo}/")
    assert re.search(r"Two<.*?>Primary<", visit.found(r"<aside.*?</aside>", re.S), re.S)
    assert visit.source.count("Make primary") == 2
    visit.post(address, id=two, remove="1")
    assert labels(to_company, jo)["One"] == ["primary_company"]


def test_a_label_comes_and_goes_while_the_link_stays(visit, make, side, labels):
    """C38: taking a label away leaves the relation; taking the relation away takes its labels."""
    acme, to_company = make("company", name="Acme"), side("contact", "company")
    jo = make("contact", last_name="Jo", links=[(to_company, acme)])
    address = f"/contacts/{jo}/links/{side_key(to_company)}/"
    label = {"id": acme, "label": "former_company", "direction": "forward"}

    visit.post(address, htmx=True, **label)
    assert "former_company" in labels(to_company, jo)["Acme"]
    assert re.search(r'aria-pressed="true".*?Former company', visit.source, re.S)
    assert "Former employee" in visit.get(f"/companies/{acme}/").found(r"<aside.*?</aside>", re.S)
    visit.post(address, htmx=True, remove="1", **label)
    assert labels(to_company, jo) == {"Acme": ["primary_company"]}
    visit.post(address, htmx=True, **label)
    visit.post(address, htmx=True, id=acme, remove="1")
    assert labels(to_company, jo) == {}


def test_an_unknown_label_is_refused(visit, make, side):
    """C38: with those there are."""
    acme, to_company = make("company", name="Acme"), side("contact", "company")
    jo = make("contact", last_name="Jo", links=[(to_company, acme)])
    address = f"/contacts/{jo}/links/{side_key(to_company)}/"
    visit.post(address, htmx=True, id=acme, label="boss")
    assert (visit.status, 'has no link label "boss"' in visit.text) == (422, True)


def test_a_paired_label_reads_from_both_ends(visit, make, model, side, labels, ada):
    """C34, C38: of one symmetric relation; "Parent company" here is "Subsidiary" there."""
    group, branch = make("company", name="Group"), make("company", name="Branch")
    related = side("company", "company")
    address = f"/companies/{group}/links/{side_key(related)}/"
    link_records(model, related, [(group, branch)], actor=ada)
    visit.post(address, id=branch, label="company_parent", direction="inverse")

    assert '<span class="tag">Subsidiary</span>' in visit.get(f"/companies/{group}/").source
    assert '<span class="tag">Parent company</span>' in visit.get(f"/companies/{branch}/").source
    visit.post(address, id=branch, label="company_parent", direction="inverse", remove="1")
    assert labels(related, group) == {"Branch": []}
    unlink_records(model, related, [(branch, group)], actor=ada)
    assert labels(related, group) == {}


def test_cards_tell_what_matters_of_each_object(visit, make, side):
    """C96: amount and stage of a deal, subtitle of a company, a check box for a task."""
    jo = make("contact", last_name="Jo", job_title="Buyer")
    deal_contact = side("deal", "contact")
    links = [(deal_contact, jo)]
    make("deal", name="Roof", amount="18400", close_date="2026-11-30", links=links)
    task = make(
        "task", title="Call", due_at="2026-03-01T10:00Z", links=[(side("task", "contact"), jo)]
    )

    text = visit.get(f"/contacts/{jo}/").text
    assert "Roof €18,400.00 New · closes 30 Nov 2026" in text
    assert 'aria-label="Stage New"' in visit.source
    assert f'action="/tasks/{task}/done/"' in visit.source
    assert re.search(r'class="bad">Due 1 Mar 2026, 10:00', visit.source)


@pytest.fixture
def strict(db):  # noqa: ARG001
    """The stage "In negotiation" asks for an amount and a close date."""
    Stage.objects.filter(name="in_negotiation").update(required=["amount", "close_date"])


@pytest.mark.usefixtures("strict")
def test_a_stage_asks_for_what_it_needs(visit, make, model, ada):
    """C49, C94: a form in the dialog with just those; saved and moved in one step."""
    roof = make("deal", name="Roof", amount="100")
    address = f"/deals/{roof}/stage/"

    for htmx in (False, True):
        visit.post(address, htmx=htmx, stage="in_negotiation")
        assert (visit.status, "Move to In negotiation" in visit.text) == (422, True)
        assert 'name="close_date"' in visit.source
        assert 'name="amount"' not in visit.source
    visit.post(address, htmx=True, stage="in_negotiation", close_date="soon")
    assert (visit.status, '"soon" is not a date' in visit.text) == (422, True)
    visit.post(address, htmx=True, stage="in_negotiation", close_date="2026-11-30")
    assert 'id="record-head" hx-swap-oob' in visit.source
    values = record(model, model.object("deal"), roof, ada).values
    assert (values["close_date"].isoformat(), values["amount"]) == ("2026-11-30", 100)


def test_the_page_leads_along_the_list_it_was_opened_from(visit, make):
    """C94: before and after in its order, by the address or by where one came from."""
    a, b, c = (make("company", name=name) for name in "ABC")
    make("company", name="D", city="Lyon")

    visit.get(f"/companies/{b}/", list="sort=name")
    assert re.search(rf'href="/companies/{a}/\?list=sort%3Dname" rel="prev"', visit.source)
    assert re.search(rf'href="/companies/{c}/\?list=sort%3Dname" rel="next"', visit.source)
    assert 'href="/companies/?sort=name"' in visit.source
    assert 'rel="prev"' not in visit.get(f"/companies/{a}/", list="sort=name").source
    assert 'rel="next"' not in visit.get(f"/companies/{b}/").source
    headers = {"Referer": "http://testserver/companies/?sort=-name"}
    page = visit.client.get(f"/companies/{b}/", headers=headers).content.decode()
    assert re.search(rf'href="/companies/{c}/\?list=sort%3D-name" rel="prev"', page)
    in_lyon = urlencode({"filter": '{"property": "city", "operator": "is", "value": "Lyon"}'})
    head = visit.get(f"/companies/{b}/", list=in_lyon).found(r"<header.*?</header>", re.S)
    assert "rel=" not in head
    assert visit.get(f"/companies/{b}/", list="filter=broken").status == 200


def test_open_tasks_come_first_and_headings_are_plural(visit, make, side):
    """C96: what is to be done stands above what was done."""
    jo = make("contact", last_name="Jo")
    links = [(side("task", "contact"), jo)]
    make("task", title="First", links=links)
    make("task", title="Over", status="done", links=links)

    aside = visit.get(f"/contacts/{jo}/").found(r"<aside.*?</aside>", re.S)
    assert ">Tasks</h2>" in aside
    assert aside.index("First") < aside.index("Over")
