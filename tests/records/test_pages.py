"""Index pages through Django's client: as they work without scripts, and for whom."""

import re

import pytest

from tests.records.visits import Visit
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role
from tresse.accounts.queries import actor_of
from tresse.objects.described import data_model
from tresse.records import lists
from tresse.records.changes import link_records, update_record
from tresse.records.links import side_key

EDIT = "?edit="
"In the link that opens a property; its history is read by all who see it."


@pytest.mark.parametrize(
    ("address", "heads"),
    [
        ("/contacts/", ["Name", "E-mail", "Phone", "Company", "Owner"]),
        (
            "/companies/",
            ["Name", "Domain", "Industry", "Employee count", "Annual revenue", "Owner"],
        ),
        (
            "/deals/",
            ["Name", "Stage", "Amount", "Close date", "Company", "Contact", "Owner"],
        ),
        ("/tickets/", ["Subject", "Pipeline", "Stage", "Priority", "Category", "Owner"]),
    ],
)
def test_the_view_all_has_its_columns(visit, make, address, heads):
    """C79, C80a: shipped ones; of other objects the first four properties and the owner."""
    make("contact", email="a@ex.org")
    make("company", name="Acme")
    make("deal", name="Roof")
    make("ticket", subject="Late")

    assert visit.get(address).heads() == heads


def test_values_are_written_for_people(visit, make, side):
    """C80: phones in international form, amounts with currency, three titles and "+ n"."""
    acme = make("company", name="Acme", annual_revenue="1234567.5")
    jo = make("contact", first_name="Jo", last_name="Oak", phone="+33472001842")
    deals = [make("deal", name=f"Deal {n}") for n in range(5)]
    link = [(side("contact", "company"), acme), *((side("contact", "deal"), id) for id in deals)]
    for each, other in link:
        link_records(data_model(), each, [(jo, other)], actor=SYSTEM)

    visit.get("/contacts/", columns=f"phone,{side_key(link[0][0])},{side_key(link[1][0])},owner")
    [[name, phone, company, linked, owner]] = visit.rows()
    assert (name, phone, company) == ("JO Jo Oak", "+33 4 72 00 18 42", "A Acme")
    assert re.fullmatch(r"D Deal \d D Deal \d D Deal \d \+2", linked)
    assert owner == "A Ada"
    assert visit.source.count(f'href="/deals/{deals[0]}/"') == 1
    assert "€1,234,567.50" in visit.get("/companies/").text


def test_columns_are_chosen_without_scripts(visit, make):
    """C80: each is sent as `column`; the address has them in one, in their order, title first."""
    make("contact", email="a@ex.org", city="Lyon")

    visit.get("/contacts/", column=["city", "email"], q="a")
    assert visit.to == "/contacts/?q=a&columns=city%2Cemail"
    visit.get(visit.to)
    assert visit.heads() == ["Name", "City", "E-mail"]
    assert visit.rows() == [["A a@ex.org", "Lyon", "a@ex.org"]]


def test_words_find_records_and_keep_the_rest_of_the_address(visit, make):
    """C79, C88: search keeps view, filter, sort and columns, and says how many it found."""
    make("contact", first_name="Zofia", last_name="Lis")
    make("contact", first_name="Marco", last_name="Bianchi")
    state = {"sort": "-last_name", "columns": "city", "size": "25", "view": "mine"}

    visit.get("/contacts/", q="zof", **state)
    assert visit.names() == ["Zofia Lis"]
    form = visit.found(r'<form class="searchbox".*?</form>', re.S)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
    assert hidden == state
    visit.get("/contacts/", htmx=True, q="lis")
    assert "<html" not in visit.source
    found = visit.found(r'role="status" id="found" hx-swap-oob="innerHTML">(.*?)</p>', re.S)
    assert found.strip() == "1 contact"
    assert 'id="chips" hx-swap-oob="true"' in visit.source
    assert "Nothing fits" in visit.get("/contacts/", q="nobody").text


def test_the_view_mine_shows_what_one_owns(visit, make, mia):
    """C84: "All" and "Mine" are there for everybody."""
    make("contact", first_name="Jo", owner="mia@example.com")
    make("contact", first_name="Al")

    assert visit.get("/contacts/", view="mine").names() == ["Al"]
    assert Visit(mia.user_id).get("/contacts/", view="mine").names() == ["Jo"]
    assert re.search(r'view=mine" aria-current="page"', visit.source)


def test_sorts_by_up_to_three_properties_without_scripts(visit, make):
    """C85: the form sends each as `by` with its `way`; heads of the table turn around."""
    for name, city in (("A", "Lyon"), ("B", "Gent"), ("C", "Lyon")):
        make("contact", first_name=name, city=city)

    visit.get("/contacts/", by=["city", "first_name", ""], way=["ascending", "descending", ""])
    assert visit.to == "/contacts/?sort=city%2C-first_name"
    visit.get(visit.to, columns="city")
    visit.get("/contacts/", sort="city,-first_name", columns="city")
    assert visit.names() == ["B", "C", "A"]
    assert 'aria-sort="ascending"' in visit.source
    head = visit.found(r'aria-sort.*?href="([^"]*)"')
    assert visit.get(f"/contacts/{head}").names()[-1] == "B"
    assert "sort=last_name%2Cfirst_name" in visit.get("/contacts/").source


def test_pages_lead_to_the_next_and_back(visit, make):
    """C85: 25, 50 or 100 rows; cursors both ways."""
    for number in range(27):
        make("contact", first_name=f"N{number:02}")

    visit.get("/contacts/", size="25", sort="first_name")
    assert len(visit.names()) == 25
    ahead = visit.found(r'rel="next" href="([^"]*)"')
    assert visit.get(f"/contacts/{ahead}").names() == ["N25", "N26"]
    back = visit.found(r'rel="prev" href="([^"]*)"')
    assert visit.get(f"/contacts/{back}").names() == [f"N{n:02}" for n in range(25)]
    assert visit.get("/contacts/", cursor="nonsense").status == 422
    assert len(visit.get("/contacts/", size="7").names()) == 27


def test_counts_are_capped(visit, make, monkeypatch):
    """C86: exact to 10,000, then "10,000+"."""
    make("contact", first_name="Jo")
    assert "1 contact " in visit.get("/contacts/").text + " "

    monkeypatch.setattr(lists, "capped_count", lambda *_: 10_001)
    assert "10,000+ contacts" in visit.get("/contacts/").text


def test_an_empty_index_says_what_to_do(visit):
    """C79, T3a."""
    assert "No vehicles yet" not in visit.get("/contacts/").text
    assert "No contacts yet" in visit.text
    assert "/imports/new/contacts/" in visit.source


def test_a_reader_gets_no_controls_that_change(reader, make, side):
    """C93, C94: nothing to edit, log, link or delete; asking for it all the same is refused."""
    acme = make("company", name="Acme")
    jo = make("contact", first_name="Jo", links=[(side("contact", "company"), acme)])
    key = side_key(side("contact", "company"))

    reader.get("/contacts/")
    assert "/contacts/new/" not in reader.source
    reader.get(f"/contacts/{jo}/")
    assert reader.status == 200
    forms = re.findall(r"<form[^>]*>", reader.source)
    assert not [each for each in forms if 'action="/contacts/' in each and 'method="post"' in each]
    assert EDIT not in reader.source
    assert 'popovertarget="link' not in reader.source
    assert "prop--edit" not in reader.get(f"/contacts/{jo}/", edit="city").source
    for address, data in (
        (f"/contacts/{jo}/city/", {"city": "Lyon"}),
        ("/contacts/new/", {"first_name": "Al"}),
        (f"/contacts/{jo}/delete/", {}),
        (f"/contacts/{jo}/links/{key}/", {"id": acme, "remove": "1"}),
    ):
        reader.post(address, **data)
        assert reader.status in {403, 422}, address
        assert "You may see contacts but not" in reader.text


def test_who_may_not_see_is_told_so_in_the_same_words(make, user_of, model, ada):
    """C52, C108: page and API refuse with one sentence."""
    jo = make("contact", first_name="Jo")
    rights = {"objects": {"company": {"view": "all"}}}
    add_role(name="guest", rights=rights, actor=ada)
    guest = user_of("Gus", "guest")
    said = Visit(guest.pk)

    said.get("/contacts/")
    assert (said.status, said.rows()) == (403, [])
    assert "You may not see contacts." in said.text
    with pytest.raises(Exception, match="You may not see contacts"):
        lists.listed(model, model.object("contact"), actor=actor_of(guest))
    assert said.get(f"/contacts/{jo}/").status in {403, 404}
    assert "Contacts" not in said.get("/companies/").text


def test_who_edits_own_records_only_sees_controls_there(make, mia, ada):
    """C107: a member edits what they own; records without owner are for the reach `all`."""
    own = make("contact", first_name="Own", owner="mia@example.com")
    none = make("contact", first_name="Free")
    update_record(
        data_model(), data_model().object("contact"), none, values={"owner": None}, actor=ada
    )
    member = Visit(mia.user_id)

    assert EDIT in member.get(f"/contacts/{own}/").source
    assert EDIT not in member.get(f"/contacts/{none}/").source
    # Colleagues write about each other's records.
    assert "composer" in member.source
