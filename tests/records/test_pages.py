"""Pages of records through Django's client: as they work without scripts, and for whom."""

import html
import json
import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from tests.records.conftest import NOW
from tests.searching import found_in
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_team
from tresse.accounts.models import User
from tresse.accounts.queries import actor_of
from tresse.kernel import clock
from tresse.objects.described import data_model
from tresse.records import lists
from tresse.records.changes import link_records, log_activity, unlink_records, update_record
from tresse.records.links import side_key
from tresse.records.queries import record
from tresse.records.timeline import timeline

HTMX = {"HX-Request": "true"}


class Visit:
    """One person's visits; an answer is kept with its text as people read it."""

    def __init__(self, user_id):
        self.client = Client()
        user = User.objects.get(pk=user_id)
        self.client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])

    def get(self, address, htmx=False, **query):
        path = f"{address}?{urlencode(query, doseq=True)}" if query else address
        return self._kept(self.client.get(path, headers=HTMX if htmx else {}))

    def post(self, address, htmx=False, **data):
        return self._kept(self.client.post(address, data, headers=HTMX if htmx else {}))

    def _kept(self, answer):
        self.answer = answer
        self.status = answer.status_code
        self.source = answer.content.decode()
        self.text = plain(self.source)
        self.to = answer.headers.get("Location", "")
        return self

    def found(self, pattern, flags=0):
        """What the pattern finds in the source, or its group, as a browser reads it."""
        return html.unescape(found_in(pattern, self.source, flags))

    @property
    def filter(self):
        return json.loads(parse_qs(urlsplit(self.to).query)["filter"][0])

    def rows(self):
        """Cells of the table, as texts."""
        return [
            [plain(cell) for cell in re.findall(r"<td.*?</td>", row, re.S)]
            for row in re.findall(r"<tr><td>.*?</tr>", self.source, re.S)
        ]

    def names(self):
        return [re.sub(r"^\S+ ", "", row[0]) for row in self.rows()]

    def heads(self):
        return [plain(head) for head in re.findall(r"<th scope.*?</th>", self.source, re.S)]


def plain(source):
    text = re.sub(r"<(script|style|template|svg).*?</\1>", " ", source, flags=re.S)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text)).replace("\xa0", " ")
    return re.sub(r"\s+", " ", text).strip()


@pytest.fixture
def visit(ada):
    """Ada, the administrator, at the pages."""
    return Visit(ada.user_id)


@pytest.fixture
def reader(rea):
    """Rea, who sees all and changes nothing."""
    return Visit(rea.user_id)


# -- Index ----------------------------------------------------------------------------------------


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


CONDITIONS = [
    ("contact", {"add_property": "city", "add_operator": "contains", "add_value": "Ly"}, "Ly"),
    ("contact", {"add_property": "city", "add_operator": "is_empty"}, None),
    (
        "contact",
        {"add_property": "city", "add_operator": "is_any_of", "add_value": "Lyon\r\nGent\r\n"},
        ["Lyon", "Gent"],
    ),
    (
        "contact",
        {"add_property": "country", "add_operator": "is_none_of", "add_value": ["fr", "pl"]},
        ["fr", "pl"],
    ),
    ("contact", {"add_property": "owner", "add_operator": "is", "add_value": "me"}, "me"),
    (
        "contact",
        {"add_property": "owner", "add_operator": "is_any_of", "add_value": '{"team": "north"}'},
        [{"team": "north"}],
    ),
    (
        "deal",
        {"add_property": "amount", "add_operator": "at_least", "add_value": "1,200.5"},
        1200.5,
    ),
    (
        "deal",
        {"add_property": "amount", "add_operator": "between", "add_value": ["5", "9"]},
        [5, 9],
    ),
    ("deal", {"add_property": "is_won", "add_operator": "is", "add_value": "false"}, False),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "before",
            "add_anchor": "day",
            "add_value": "2026-03-01",
        },
        "2026-03-01",
    ),
    (
        "deal",
        {"add_property": "close_date", "add_operator": "on", "add_anchor": "yesterday"},
        "yesterday",
    ),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "between",
            "add_anchor": ["back", "ahead"],
            "add_value": ["", ""],
            "add_number": ["2", "3"],
            "add_unit": ["weeks", "months"],
        },
        [{"today": "-2 weeks"}, {"today": "3 months"}],
    ),
    (
        "deal",
        {
            "add_property": "close_date",
            "add_operator": "in_next",
            "add_number": "30",
            "add_unit": "days",
        },
        "30 days",
    ),
    (
        "deal",
        {"add_property": "close_date", "add_operator": "in_period", "add_value": "this month"},
        "this month",
    ),
]


@pytest.mark.parametrize(("object_name", "asked", "value"), CONDITIONS)
def test_a_filled_form_becomes_a_condition_of_the_filter(visit, ada, object_name, asked, value):
    """C81: for each form of value; what the page sends is a filter that can be read."""
    add_team(name="north", label="North", members=["ada@example.com"], actor=ada)
    slug = f"/{object_name}s/"

    visit.get(slug, **asked, q="x")
    name, operator = asked["add_property"], asked["add_operator"]
    wanted = {"property": name, "operator": operator, "value": value}
    if value is None:
        del wanted["value"]
    assert visit.filter == {"all": [wanted]}
    assert "q=x" in visit.to
    assert visit.get(visit.to).status == 200
    assert 'aria-label="Remove the condition' in visit.source


@pytest.mark.parametrize(
    ("operator", "number", "names"),
    [
        ("any", None, ["Roof"]),
        ("none", None, ["Wall"]),
        ("at_least", "2", []),
        ("exactly", "1", ["Roof"]),
    ],
)
def test_filters_ask_for_linked_records(visit, make, side, operator, number, names):
    """C81: linked to any, none, at least or exactly n records."""
    acme, roof = make("company", name="Acme"), make("deal", name="Roof")
    make("deal", name="Wall")
    to_company = side("deal", "company")
    link_records(data_model(), to_company, [(roof, acme)], actor=SYSTEM)
    asked = {"add_property": f"linked:{side_key(to_company)}", "add_operator": operator}

    visit.get("/deals/", **asked, **({"add_value": number} if number else {}))
    assert visit.get(visit.to).names() == names


def test_only_with_a_value(visit, make):
    """C82: an empty value passes a negative operator unless the switch is on."""
    make("contact", first_name="Jo", city="Gent")
    make("contact", first_name="Al")
    asked = {"add_property": "city", "add_operator": "is_not", "add_value": "Lyon"}

    assert sorted(visit.get(visit.get("/contacts/", **asked).to).names()) == ["Al", "Jo"]
    assert visit.get(visit.get("/contacts/", **asked, add_only="1").to).names() == ["Jo"]
    assert 'name="add_only"' in visit.get("/contacts/filter/", **asked).source


def test_the_fields_of_a_condition_fit_its_kind(visit):
    """C81: as a page without scripts, which keeps the state; as a fragment with them."""
    asked = {"add_property": "lifecycle_stage", "add_operator": "is_any_of", "q": "zofia"}
    visit.get("/contacts/filter/", **asked)
    assert '<input type="hidden" name="q" value="zofia">' in visit.source
    assert visit.source.count('type="checkbox" name="add_value"') == 7
    assert "<html" in visit.source

    visit.get("/contacts/filter/", htmx=True, add_property="birthday")
    assert 'type="date"' in visit.source
    assert "<html" not in visit.source
    assert "Me</option>" in visit.get("/contacts/filter/", add_property="owner").source
    assert "hours" not in visit.get("/contacts/filter/", add_property="birthday").source
    asked = {"add_property": "created_at", "add_operator": "in_last"}
    assert "hours" in visit.get("/contacts/filter/", **asked).source


def test_a_condition_is_removed_by_its_chip(visit, make):
    """C79, C84: the state is in the address; a chip leads to the same without it."""
    make("contact", first_name="Jo", city="Gent")
    filter_ = {
        "all": [
            {"property": "city", "operator": "is", "value": "Lyon"},
            {"property": "first_name", "operator": "is", "value": "Jo"},
        ]
    }
    visit.get("/contacts/", filter=json.dumps(filter_), sort="city")
    assert visit.names() == []
    address = visit.found(r'<a href="(\?[^"]*)" aria-label="Remove')

    visit.get(f"/contacts/{address}")
    assert visit.names() == ["Jo"]
    assert "sort=city" in address


def test_a_broken_filter_shows_its_faults_and_no_rows(visit, make):
    """C83: each at its chip, with the sentence; a reader of the address sees what is wrong."""
    make("contact", first_name="Jo")
    filter_ = [
        {"property": "first_name", "operator": "is", "value": "Jo"},
        {"property": "emial", "operator": "is", "value": "a@ex.org"},
        {"property": "city", "operator": "resembles", "value": "Lyon"},
        {"property": "birthday", "operator": "on", "value": "yesterweek"},
    ]

    visit.get("/contacts/", filter=json.dumps({"all": filter_}))
    assert visit.status == 422
    assert visit.rows() == []
    chips = re.findall(r'<span class="chip chip--on chip--bad">(.*?)</a></span>', visit.source)
    chips = [plain(f"<a>{chip}</a>") for chip in chips]
    assert [("emial" in chip, "resembles" in chip, "yesterweek" in chip) for chip in chips] == [
        (True, False, False),
        (False, True, False),
        (False, False, True),
    ]
    assert 'Did you mean "email"?' in visit.text
    assert "<b>This view cannot be shown.</b>" in visit.source
    visit.get("/contacts/", filter="{nonsense")
    assert (visit.status, visit.rows()) == (422, [])
    assert "not JSON at character 2" in visit.text
    assert visit.get("/contacts/", sort="nope").status == 422
    assert visit.get("/contacts/", filter="{}").status == 422
    assert visit.get("/contacts/", filter="{}", view="mine").status == 422


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
    assert '<th scope="col" aria-sort="ascending">' in visit.source
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
    """C79."""
    assert "No vehicles yet" not in visit.get("/contacts/").text
    assert "No contacts yet" in visit.text
    assert "/imports/new" not in visit.source


# -- Rights ---------------------------------------------------------------------------------------


def test_a_reader_gets_no_controls_that_change(reader, make, side):
    """C93, C94: nothing to edit, log, link or delete; asking for it all the same is refused."""
    acme = make("company", name="Acme")
    jo = make("contact", first_name="Jo", links=[(side("contact", "company"), acme)])
    key = side_key(side("contact", "company"))

    reader.get("/contacts/")
    assert "/contacts/new/" not in reader.source
    reader.get(f"/contacts/{jo}/")
    assert reader.status == 200
    forms = re.findall(r'<form[^>]*action="(/contacts/[^"]*)"', reader.source)
    assert (forms, "prop__edit" in reader.source, 'popovertarget="link' in reader.source) == (
        [],
        False,
        False,
    )
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

    assert "prop__edit" in member.get(f"/contacts/{own}/").source
    assert "prop__edit" not in member.get(f"/contacts/{none}/").source
    assert "composer" not in member.source


# -- Record ---------------------------------------------------------------------------------------


def test_a_record_shows_properties_timeline_and_cards(visit, make, side, model, ada):
    """C93, C94: title, subtitle, owner; groups with empty ones folded; one card per relation."""
    acme = make("company", name="Acme")
    jo = make(
        "contact",
        first_name="Jo",
        job_title="Buyer",
        city="Lyon",
        links=[(side("contact", "company"), acme)],
    )
    log_activity(model, "note", [(model.object("company"), acme)], fields={"text": "Hi"}, actor=ada)

    visit.get(f"/contacts/{jo}/")
    assert "<title>Jo · Tresse</title>" in visit.source
    assert re.search(r"<h1[^>]*>Jo</h1><p[^>]*>Buyer", visit.source)
    assert "4 empty properties" in visit.text
    folded = visit.found(r'<details class="props__more">.*?</details>', re.S)
    assert "prop-postcode" in visit.source
    assert "prop-city" not in folded
    assert re.search(r'id="card-contact_company-forward">Company</h2><span[^>]*>1<', visit.source)
    assert visit.source.count('class="card assoc"') == 1
    assert "Add a link" in visit.text
    assert re.search(rf'<a class="tag" href="/companies/{acme}/".*?Acme', visit.source)


def test_an_address_of_another_object_type_leads_home(visit, make):
    """C98: an id is of one record, whatever the address calls it."""
    acme = make("company", name="Acme")

    assert visit.get(f"/contacts/{acme}/").to == f"/companies/{acme}/"
    assert visit.get("/contacts/987654/").status == 404
    assert visit.get("/nonsense/1/").status == 404


EDITS = [
    ("contact", "city", "Lyon", "Lyon"),
    ("contact", "phone", "+33 4 72 00 18 42", "+33472001842"),
    ("contact", "country", "fr", "fr"),
    ("contact", "birthday", "1990-02-28", None),
    ("contact", "owner", "ada@example.com", None),
    ("deal", "amount", "1200.50", None),
    ("deal", "stage", "won", None),
]


@pytest.mark.parametrize(("object_name", "name", "typed", "stored"), EDITS)
def test_a_property_is_edited_without_scripts(
    visit, make, model, ada, object_name, name, typed, stored
):
    """C89, C94: the page with its field open, then the page again and a word about it."""
    first = {"first_name": "Jo"} if object_name == "contact" else {"name": "Roof"}
    id = make(object_name, **first)
    address = f"/{object_name}s/{id}/"

    visit.get(address, edit=name)
    assert re.search(rf'id="edit-{name}" name="{name}"[^>]* autofocus', visit.source)
    visit.post(f"{address}{name}/", **{name: typed})
    assert visit.to == address
    assert "is saved." in visit.get(address).text
    value = record(model, model.object(object_name), id, ada).values[name]
    assert value is not None
    assert stored is None or value == stored


def test_a_refused_value_stays_typed_with_the_sentence(visit, make, model, ada):
    """C89: without scripts the whole page, with them the field alone; nothing is written."""
    jo = make("contact", first_name="Jo", email="jo@ex.org")
    address = f"/contacts/{jo}/"

    for htmx in (False, True):
        visit.post(f"{address}email/", htmx=htmx, email="not an address")
        assert visit.status == 422
        assert ("<html" in visit.source) is not htmx
        assert re.search(r'value="not an address"[^>]*aria-invalid="true"', visit.source)
        assert '"not an address" is not an e-mail address.' in visit.text
    assert record(model, model.object("contact"), jo, ada).values["email"] == "jo@ex.org"
    visit.post(f"{address}id/", id="7")
    assert "is set by the product" in visit.text
    assert visit.get(f"{address}nope/").status == 422


def test_a_saved_property_brings_what_else_it_moved(visit, make):
    """C89, C94: with scripts the line, and out of band the head and other values it changed."""
    roof = make("deal", name="Roof", amount="100")

    visit.post(f"/deals/{roof}/stage/", htmx=True, stage="won")
    assert visit.status == 200
    assert "tresse:changed" in visit.answer["HX-Trigger"]
    assert 'id="record-head" hx-swap-oob="true"' in visit.source
    moved = set(re.findall(r'id="prop-(\w+)" hx-swap-oob="true"', visit.source))
    assert {"is_won", "is_closed", "closed_at", "weighted_amount"} <= moved
    assert "Stage is saved." in visit.text


def test_an_edit_based_on_an_old_value_is_refused(visit, make, model, mia):
    """C54: inline edits compare their property only."""
    jo = make("contact", first_name="Jo", city="Gent", owner="mia@example.com")
    update_record(model, model.object("contact"), jo, values={"city": "Lyon"}, actor=mia)

    visit.post(f"/contacts/{jo}/city/", city="Ax", before="Gent")
    assert visit.status == 422
    assert 'City was changed to "Lyon" by Mia at 10 Mar 2026' in visit.text
    visit.post(f"/contacts/{jo}/first_name/", first_name="Joe", before="Jo")
    assert visit.status == 302


def test_values_open_their_history(visit, make, model, ada):
    """C94, C27."""
    jo = make("contact", first_name="Jo", city="Gent")
    update_record(model, model.object("contact"), jo, values={"city": "Lyon"}, actor=ada)

    assert f"/contacts/{jo}/city/history/" in visit.get(f"/contacts/{jo}/", edit="city").source
    visit.get(f"/contacts/{jo}/city/history/")
    assert re.search(r"A Ada Gent Lyon", visit.text)
    assert "Never changed" in visit.get(f"/contacts/{jo}/postcode/history/").text
    assert visit.get(f"/contacts/{jo}/nope/history/").status == 422


def test_the_stage_path_moves_a_deal(visit, make):
    """C94: one button a stage; the page says where it is."""
    roof = make("deal", name="Roof")

    visit.get(f"/deals/{roof}/")
    assert visit.source.count('name="stage" value="') == 7
    assert re.search(r'value="new"[^>]*aria-current="step"', visit.source)
    visit.post(f"/deals/{roof}/stage/", stage="in_negotiation")
    assert re.search(r'value="in_negotiation"[^>]*aria-current="step"', visit.get(visit.to).source)


# -- Activities -----------------------------------------------------------------------------------

LOGGED = [
    ({"kind": "note", "text": "Likes linen"}, {"text": "Likes linen"}),
    (
        {
            "kind": "call",
            "text": "",
            "call_direction": "incoming",
            "call_channel": "linkedin",
            "call_outcome": "Connected",
            "call_minutes": "12",
            "call_at": "2026-03-01T10:00",
        },
        {
            "direction": "incoming",
            "channel": "linkedin",
            "outcome": "Connected",
            "duration_seconds": 720,
        },
    ),
    (
        {
            "kind": "email",
            "text": "Bonjour",
            "email_from": "a@ex.org",
            "email_to": "b@ex.org; c@ex.org",
            "email_subject": "Prices",
        },
        {"from": "a@ex.org", "to": ["b@ex.org", "c@ex.org"], "subject": "Prices"},
    ),
    (
        {
            "kind": "meeting",
            "text": "Agreed",
            "meeting_starts_at": "2026-03-02T14:00",
            "meeting_ends_at": "2026-03-02T15:00",
            "meeting_place": "Lyon",
            "meeting_attendees": "Jo, Al",
        },
        {"place": "Lyon", "attendees": ["Jo", "Al"]},
    ),
]


@pytest.mark.parametrize(("typed", "kept"), LOGGED, ids=lambda each: each.get("kind", ""))
def test_the_composer_logs_each_kind_with_its_fields(visit, make, model, ada, typed, kept):
    """C95, C69, C69a: without scripts, in one form."""
    jo = make("contact", first_name="Jo")
    visit.get(f"/contacts/{jo}/")
    assert all(f'name="{name}"' in visit.source for name in typed)

    visit.post(f"/contacts/{jo}/activities/", **typed)
    assert visit.to == f"/contacts/{jo}/"
    [entry, *_] = [
        each
        for each in timeline(model, model.object("contact"), jo, ada).entries
        if each.activity_id
    ]
    assert entry.kind == typed["kind"]
    assert {name: entry.fields[name] for name in kept} == kept
    assert (
        f"The {'e-mail' if entry.kind == 'email' else entry.kind} is saved."
        in visit.get(visit.to).text
    )
    if entry.kind == "call":
        assert (entry.at.day, "Incoming · LinkedIn · Connected · 12 min" in visit.text) == (1, True)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"kind": "note", "text": " "}, "Note needs a value for Text."),
        ({"kind": "call", "text": "Hi", "call_minutes": "long"}, "Minutes needs a whole number"),
        ({"kind": "email", "text": "Hi", "email_at": "soon"}, "When needs a time like"),
    ],
)
def test_a_refused_activity_keeps_what_was_typed(visit, make, typed, sentence):
    """C95: the sentence stands in the form; with scripts the form alone comes back."""
    jo = make("contact", first_name="Jo")
    for htmx in (False, True):
        visit.post(f"/contacts/{jo}/activities/", htmx=htmx, **typed)
        assert (visit.status, ("<html" in visit.source)) == (422, not htmx)
        assert sentence in visit.text
        assert typed["text"].strip() in visit.source
    assert visit.answer["HX-Retarget"] == "#composer"


def test_the_timeline_shows_one_kind_and_reads_on(visit, make, model, ada):
    """C77: chips by kind; "Earlier" goes on within the kind and the month."""
    jo = make("contact", first_name="Jo")
    about = [(model.object("contact"), jo)]
    for number in range(55):
        log_activity(model, "note", about, fields={"text": f"Note {number}."}, actor=ada)
    log_activity(model, "call", about, fields={"text": "Rang"}, actor=ada)

    visit.get(f"/contacts/{jo}/", kind="note")
    assert ("Rang" in visit.text, "Note 54." in visit.text, "Note 4." in visit.text) == (
        False,
        True,
        False,
    )
    earlier = visit.found(r'hx-get="([^"]*after=[^"]*)"')
    visit.get(earlier, htmx=True)
    assert ("Note 4." in visit.text, "<h2" in visit.source) == (True, False)
    assert 'id="timeline"' not in visit.source
    assert "after=" in visit.get(earlier).to
    visit.get(f"/contacts/{jo}/", kind="history")
    assert ("created this record" in visit.text, "Rang" in visit.text) == (True, False)


def test_an_activity_is_removed_by_its_author(visit, reader, make, model, ada):
    """C70: a button for who may; the row leaves all timelines."""
    jo = make("contact", first_name="Jo")
    about = [(model.object("contact"), jo)]
    id = log_activity(model, "note", about, fields={"text": "Wrong"}, actor=ada)
    address = f"/contacts/{jo}/activities/{id}/delete/"

    assert address not in reader.get(f"/contacts/{jo}/").source
    assert address in visit.get(f"/contacts/{jo}/").source
    visit.post(address)
    assert "Wrong" not in visit.get(visit.to).text


# -- Links ----------------------------------------------------------------------------------------


def test_links_are_added_and_taken_away_without_scripts(visit, make, side):
    """C96: search on a page of its own, then link; the card has the first five and the number."""
    jo = make("contact", first_name="Jo")
    companies = [make("company", name=f"Acme {n}") for n in "ABCDEFG"]
    key = side_key(side("contact", "company"))
    address = f"/contacts/{jo}/links/{key}/"

    visit.get(f"{address}search/", q="acme d")
    assert "<html" in visit.source
    assert re.findall(r'name="id" value="(\d+)"', visit.source) == [str(companies[3])]
    for id in companies:
        visit.post(address, id=id)
    visit.get(f"/contacts/{jo}/")
    assert visit.source.count(f'action="{address}"') == 5
    assert "and 2 more" in visit.text
    all_ = visit.found(r'href="(/companies/\?filter=[^"]*)"')
    assert len(visit.get(all_).names()) == 7
    visit.post(address, id=companies[0], remove="1")
    assert "The link was taken away." in visit.get(visit.to).text
    assert len(visit.get(all_).names()) == 6


def test_a_new_record_is_linked_as_it_is_made(visit, make, side):
    """C96, C96a: add by creation; record and link in one transaction."""
    jo = make("contact", first_name="Jo")
    key = side_key(side("contact", "company"))
    visit.get(f"/contacts/{jo}/links/{key}/search/", htmx=True, q="")
    address = visit.found(r'href="(/companies/new/[^"]*)"')

    assert "It will be linked to Jo." in visit.get(address).text
    visit.post(address, name="Acme")
    assert re.fullmatch(r"/companies/\d+/", visit.to)
    assert "Jo" in visit.get(visit.to).found(r"<aside.*", re.S)


def test_linked_records_out_of_sight_are_only_counted(make, side, mia):
    """C96: "1 hidden"; a member sees records of their own and of their team."""
    seen, unseen = make("company", name="Acme", owner="mia@example.com"), make("company", name="X")
    to_company = side("contact", "company")
    links = [(to_company, seen), (to_company, unseen)]
    jo = make("contact", first_name="Jo", owner="mia@example.com", links=links)

    text = Visit(mia.user_id).get(f"/contacts/{jo}/").text
    assert re.search(r"Company 1 .*A Acme .*1 hidden", text)


def test_a_relation_with_limit_one_is_replaced(visit, make, model):
    """C96: linking another one where only one fits."""
    ones = [each for each in model.sides("order_line") if each.most == 1]
    assert ones, "order lines have one order"
    order, other = (
        make("order", order_number=number, ordered_at="2026-03-01T10:00Z") for number in "12"
    )
    side = next(each for each in ones if each.other == "order")
    line = make("order_line", quantity="1", links=[(side, order)])

    visit.post(f"/order_lines/{line}/links/{side_key(side)}/", id=other)
    visit.get(f"/order_lines/{line}/")
    assert f'href="/orders/{other}/"' in visit.source


# -- New, delete, restore -------------------------------------------------------------------------


def test_the_form_for_a_new_record_is_short(visit):
    """C96a: what identifies first, the rest folded; names are lower-case after "New"."""
    visit.get("/contacts/new/")
    assert "New contact" in visit.text
    first, more = visit.source.split('<details class="more">')
    shown = re.findall(r'id="new-(\w+)"', first)
    assert shown == ["first_name", "last_name", "email", "phone", "mobile"]
    assert 'id="new-city"' in more
    assert "(required)" in visit.get("/companies/new/").text


def test_errors_stand_at_their_fields(visit, make):
    """C94: every refusal at once, typed texts kept, the fold opened if one is in it."""
    make("contact", email="taken@ex.org")
    visit.post("/contacts/new/", email="nope", birthday="31.02.1990", first_name="Jo")
    assert visit.status == 422
    assert visit.source.count('class="field__error"') == 2
    assert re.search(r'value="nope"[^>]*aria-invalid="true"', visit.source)
    assert '<details class="more" open>' in visit.source
    assert 'value="Jo"' in visit.source

    visit.post("/contacts/new/", email="taken@ex.org")
    assert visit.source.count('class="field__error"') == 1
    assert "already belongs to taken@ex.org" in visit.text
    visit.post("/contacts/new/")
    assert "A contact needs a first name" in visit.text
    visit.post("/contacts/new/", email="jo@ex.org")
    assert re.fullmatch(r"/contacts/\d+/", visit.to)


def test_a_record_goes_to_the_bin_and_back(visit, reader, make):
    """C57, C98: asked first; the page then says how long, and brings it back."""
    jo = make("contact", first_name="Jo")
    address = f"/contacts/{jo}/"

    visit.get(f"{address}delete/")
    assert "Delete Jo?" in visit.text
    assert "for 90 days" in visit.text
    visit.post(f"{address}delete/")
    assert visit.to == address
    with clock.at(NOW.replace(month=4)):
        visit.get(address)
    assert "Jo is in the bin" in visit.text
    assert "for 59 more days" in visit.text
    assert "Restore" not in reader.get(address).text
    visit.post(f"{address}restore/")
    assert "The record is back." in visit.get(address).text
    assert "prop-first_name" in visit.source


def test_pages_are_not_shown_to_strangers(make):
    """C108: without a session there is the sign-in page."""
    jo = make("contact", first_name="Jo")
    for address in ("/", "/contacts/", f"/contacts/{jo}/", f"/contacts/{jo}/delete/"):
        answer = Client().get(address, follow=True)
        assert answer.redirect_chain[-1][0].startswith("/sign-in/")


def test_unlinking_is_seen_on_the_timeline(visit, make, side, model, ada):
    """C93: what happened to links stands there too."""
    acme, jo = make("company", name="Acme"), make("contact", first_name="Jo")
    link_records(model, side("contact", "company"), [(jo, acme)], actor=ada)
    unlink_records(model, side("contact", "company"), [(jo, acme)], actor=ada)

    text = visit.get(f"/contacts/{jo}/timeline/", htmx=True).text
    assert re.search(r"Ada unlinked Company Acme.*Ada linked Company Acme", text)
