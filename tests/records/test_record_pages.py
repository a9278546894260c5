"""Pages of one record through Django's client: as they work without scripts."""

import re

import pytest
from django.test import Client

from tests.records.conftest import NOW
from tests.records.visits import Visit
from tresse.kernel import clock
from tresse.records.changes import link_records, log_activity, unlink_records, update_record
from tresse.records.links import side_key
from tresse.records.queries import record
from tresse.records.timeline import timeline


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
    assert visit.source.count('class="card assoc" aria-labelledby="card-') == 1
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
    assert visit.source.count('class="quick__one"') == 5
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
    assert "Before: Gent → After: Lyon Restore this value" in visit.text
    assert "<html" not in visit.get(f"/contacts/{jo}/city/history/", htmx=True).source
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
        ({"kind": "call", "text": "Hi", "call_at": "0001-01-01T00:00"}, "When needs a time like"),
        ({"kind": "call", "text": "Hi", "call_minutes": "9" * 30}, "Minutes needs a whole"),
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
    assert "Nothing fits" in visit.get(f"{address}search/", q="acme").text
    visit.get(f"/contacts/{jo}/")
    assert visit.source.count('aria-label="Unlink ') == 5
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
    """C36, C37: linking another one where only one fits is refused, with "Replace" beside it."""
    ones = [each for each in model.sides("order_line") if each.most == 1]
    assert ones, "order lines have one order"
    order, other = (
        make("order", order_number=number, ordered_at="2026-03-01T10:00Z") for number in "12"
    )
    side = next(each for each in ones if each.other == "order")
    line = make("order_line", quantity="1", links=[(side, order)])

    address = f"/order_lines/{line}/links/{side_key(side)}/"
    visit.post(address, htmx=True, id=other)
    assert (visit.status, "the most Order line > Order allows" in visit.text) == (422, True)
    assert 'name="mode" value="replace"' in visit.source
    assert visit.answer["HX-Retarget"] == "#found-order_line_order-forward"
    visit.post(address, id=other, mode="replace")
    visit.get(f"/order_lines/{line}/")
    assert f'href="/orders/{other}/"' in visit.source


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


@pytest.mark.parametrize("id", ["", "x", "9" * 30])
def test_what_is_no_id_is_not_found(visit, make, side, id):
    """C96: said, never a fault of the server."""
    jo = make("contact", first_name="Jo")
    key = side_key(side("contact", "company"))

    assert visit.post(f"/contacts/{jo}/links/{key}/", id=id).status in {404, 422}
    assert f"There is no company {id}" in visit.text
    found = visit.get("/contacts/new/", **{"with": f"deal:{id}:deal_contact:forward"})
    assert found.status == 404
