"""Editing a cell of an index page where it stands: the fragments HTMX gets, and the figures."""

import json
import re

import pytest

from tests.records.visits import HTMX, Visit, plain
from tresse.kernel.errors import TresseError
from tresse.objects.described import data_model
from tresse.records.changes import update_record
from tresse.records.changes.views import add_view
from tresse.records.queries import record


@pytest.fixture
def jo(make):
    return make("contact", first_name="Jo", last_name="Oak", city="Lyon")


def value_of(actor, id, name="city", object_name="contact"):
    model = data_model()
    return record(model, model.object(object_name), id, actor).values[name]


def test_a_cell_opens_and_closes(visit, jo):
    """C89: its field knows what it began with; without an edit it is the cell again."""
    visit.get(f"/contacts/{jo}/city/cell/?edit=1", htmx=True)
    assert 'value="Lyon"' in visit.source
    assert '<input type="hidden" name="before" value="Lyon">' in visit.source
    assert "data-cancel" in visit.source

    visit.get(f"/contacts/{jo}/city/cell/", htmx=True)
    assert f'<td id="c{jo}-city" data-edit data-here' in visit.source
    assert visit.get(f"/contacts/{jo}/city/cell/").to == f"/contacts/{jo}/?edit=city#prop-city"


def test_a_cell_is_saved_with_what_else_it_moves(visit, make, ada):
    """C89, C24: other cells of the row that the page shows come out of band."""
    deal = make("deal", name="Roof", amount="100", stage="new")
    page = {"headers": {**HTMX, "HX-Current-URL": "http://x/deals/?columns=amount,weighted_amount"}}

    answer = visit.client.post(f"/deals/{deal}/amount/cell/", {"amount": "200"}, **page)
    source = answer.content.decode()
    assert answer.status_code == 200
    assert "€200.00" in plain(source)
    assert f'id="c{deal}-weighted_amount" class="cap r num flash" hx-swap-oob="true"' in source
    assert "€20.00" in plain(source)
    assert "c-name" not in source
    assert "Amount is saved." in plain(source)
    assert value_of(ada, deal, "amount", "deal") == 200


def test_a_new_title_comes_out_of_band(visit, jo):
    """C43: the name of a contact is made of two properties."""
    visit.post(f"/contacts/{jo}/first_name/cell/", htmx=True, first_name="Josephine", before="Jo")
    assert re.search(rf'id="t{jo}"[^>]*hx-swap-oob="true">.*Josephine Oak', visit.source, re.S)


def test_a_long_text_is_one_short_line(visit, make):
    """A table has room for its beginning; the page does not carry the rest."""
    make("company", name="Acme", description="Two\n\nlines " + "x" * 5_000)
    visit.get("/companies/", columns="description")
    [[_, shown]] = visit.rows()
    assert shown.startswith("Two lines xxx")
    assert len(shown) <= 120


def test_a_refusal_keeps_what_was_typed(visit, make):
    """C89: 422, the sentence below."""
    deal = make("deal", name="Roof", amount="100")
    visit.post(f"/deals/{deal}/amount/cell/", htmx=True, amount="12a", before="100")
    assert visit.status == 422
    assert 'value="12a"' in visit.source
    assert '"12a" is not a number.' in visit.text


def test_a_value_that_changed_meanwhile_is_not_overwritten(visit, jo, ada):
    """C54: the property is compared, nothing else of the record."""
    model = data_model()
    contact = model.object("contact")
    update_record(model, contact, jo, values={"phone": "+33472001842"}, actor=ada)
    visit.post(f"/contacts/{jo}/city/cell/", htmx=True, city="Gent", before="Lyon")
    assert visit.status == 200

    update_record(model, contact, jo, values={"city": "Nantes"}, actor=ada)
    visit.post(f"/contacts/{jo}/city/cell/", htmx=True, city="Brest", before="Gent")
    assert visit.status == 422
    assert 'City was changed to "Nantes" by Ada' in visit.text
    assert 'value="Brest"' in visit.source
    assert value_of(ada, jo) == "Nantes"


def test_the_comparison_is_that_of_every_door(jo, ada):
    """C54, C52: `expected` as text or JSON value; writing what is there already is no conflict."""
    model = data_model()
    contact = model.object("contact")

    def write(value, expected):
        return update_record(
            model, contact, jo, values={"city": value}, expected=expected, actor=ada
        )

    assert write("Gent", {"city": "Lyon"}) == ("city",)
    assert write("Gent", {"city": "Lyon"}) == ()
    with pytest.raises(TresseError) as caught:
        write("Lyon", {"city": None})
    assert caught.value.code == "changed_meanwhile"
    with pytest.raises(TresseError) as caught:
        write("Lyon", {"citi": "Gent"})
    assert caught.value.code == "unknown_property"
    assert write(None, {"city": "Gent"}) == ("city",)


def test_read_only_cells_do_not_open(visit, make, mia):
    """C89: what the product sets, what is over a link, and records out of the person's reach."""
    jo = make("contact", first_name="Jo", city="Lyon")
    visit.get("/contacts/", columns="city,created_at,activity_count")
    assert f'<td id="c{jo}-city" data-edit' in visit.source
    assert f'<td id="c{jo}-created_at" class' in visit.source
    visit.get(f"/contacts/{jo}/created_at/cell/?edit=1", htmx=True)
    assert "<form" not in visit.source

    own = make("contact", first_name="Al", actor=mia)
    desk = Visit(mia.user_id).get("/contacts/", columns="city")
    assert re.findall(r'id="c(\d+)-city" data-edit', desk.source) == [str(own)]


def test_a_reader_saves_nothing(reader, jo, ada):
    """C106."""
    assert "data-edit" not in reader.get("/contacts/", columns="city").source
    assert reader.post(f"/contacts/{jo}/city/cell/", htmx=True, city="Gent").status == 403
    assert value_of(ada, jo) == "Lyon"


def test_figures_are_of_all_records_the_page_means(visit, make):
    """C79, C86: exact number, sums and averages by the database; never of the page alone."""
    for number in range(30):
        make("deal", name=f"Deal {number}", amount=str(number) if number else "")
    make("deal", name="Other", amount="1000")
    filter_ = {"property": "name", "operator": "starts_with", "value": "Deal"}

    page = visit.get("/deals/", filter=json.dumps(filter_), columns="amount,stage", size="25")
    address = page.found(r'hx-get="(/deals/figures/[^"]*)"')
    visit.get(address, htmx=True)
    assert visit.text == "30 deals Amount: €435.00 in all, €15.00 on average"
    assert "30 deals" in visit.get(address).text


def test_totals_have_no_upper_end(visit, make):
    """C86: SQLite's own sum ends at 2**63, in ten-thousandths."""
    for amount in (*["99999999999999.25"] * 12, "-3"):
        make("deal", name="Roof", amount=amount)

    assert "€1,199,999,999,999,988.00" in visit.get("/deals/figures/?columns=amount").text
    assert visit.get("/deals/?layout=board").status == 200


def test_beyond_the_cap_figures_come_on_request(visit, make, monkeypatch):
    """C86: "10,000+", with a link to the exact number and the totals."""
    make("deal", name="Roof", amount="5")
    monkeypatch.setattr("tresse.records.lists.capped_count", lambda *_: 10_001)

    visit.get("/deals/")
    assert "10,000+ deals Exact number and totals" in visit.text
    assert 'hx-trigger="load" hx-swap="outerHTML"' not in visit.source
    assert "1 deal" in visit.get(visit.found(r'href="(/deals/figures/[^"]*)"')).text


def test_what_is_out_of_sight_is_in_no_figure_and_no_cell(make, mia, ada):
    """C108: numbers of the foot and of the tabs, cells, exports."""
    other = make("deal", name="Hidden", amount="1000")
    make("deal", name="Own", amount="5", actor=mia)
    desk = Visit(mia.user_id)
    model = data_model()
    add_view(model, model.object("deal"), label="Big", actor=ada, sharing="everyone")

    assert "1 deal" in desk.get("/deals/figures/", htmx=True).text
    assert "1,000" not in desk.text
    desk.get("/deals/counts/", htmx=True)
    assert re.findall(r'hx-swap-oob="true">([^<]*)<', desk.source) == ["1", "1"]
    assert desk.get(f"/deals/{other}/amount/cell/?edit=1", htmx=True).status == 404
    assert desk.post(f"/deals/{other}/amount/cell/", htmx=True, amount="1").status == 404
    assert value_of(ada, other, "amount", "deal") == 1000
