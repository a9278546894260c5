"""A new record is made with its links, or not at all (C96a, C130 j)."""

import pytest
import sqlalchemy as sa

from tresse.objects.database import scalar
from tresse.records.links import linked, side_key


@pytest.fixture
def linked_titles(model, side, ada):
    """Titles of the records linked to one by the default relation of two objects."""

    def of(object_name, id_, other):
        found = linked(model, side(object_name, other), id_, ada)
        return {each["title"]: each["labels"] for each in found}

    return of


def number(model, name):
    return scalar(sa.select(sa.func.count()).select_from(model.object(name).table))


def test_each_relation_has_a_search_field(visit, make, side):
    """C96a: results to tick; those ticked stay."""
    acme, other = make("company", name="Acme"), make("company", name="Other")
    key = side_key(side("deal", "company"))

    visit.get("/deals/new/")
    assert f'hx-get="/deals/new/links/{key}/"' in visit.source
    assert "task_deal" not in visit.source
    visit.get(f"/deals/new/links/{key}/", htmx=True, find="acm", **{f"link:{key}": other})
    assert f'value="{other}" checked' in visit.source
    assert f'value="{acme}">' in visit.source
    assert "Nothing fits" in visit.get(f"/deals/new/links/{key}/", htmx=True, find="zz").text
    assert visit.get("/deals/new/links/nope:forward/", htmx=True).status == 422


def test_record_and_links_are_made_together(visit, make, side, linked_titles):
    """C96a: with a label for the links of a relation."""
    acme, jo = make("company", name="Acme"), make("contact", last_name="Jo")
    company, contact = side_key(side("deal", "company")), side_key(side("deal", "contact"))

    visit.post(
        "/deals/new/",
        name="Roof",
        **{
            f"link:{company}": acme,
            f"link:{contact}": jo,
            f"label:{contact}": "decision_maker:forward",
        },
    )
    roof = int(visit.to.split("/")[2])
    assert linked_titles("deal", roof, "company") == {"Acme": ["deal_primary_company"]}
    assert set(linked_titles("deal", roof, "contact")["Jo"]) == {
        "deal_primary_contact",
        "decision_maker",
    }


@pytest.mark.parametrize("id_", ["999999", "x"])
def test_a_link_that_cannot_be_refuses_the_record_too(visit, make, model, side, id_):
    """C96a: all or nothing; what was chosen stays."""
    jo = make("contact", last_name="Jo")
    company, contact = side_key(side("deal", "company")), side_key(side("deal", "contact"))
    links = {f"link:{company}": id_, f"link:{contact}": jo}
    visit.post("/deals/new/", name="Roof", **links)

    assert visit.status in {404, 422}
    assert number(model, "deal") == 0


def test_a_second_link_of_a_single_relation_is_refused(visit, make, model):
    """C37, C96a: the sentence of the limit."""
    [side] = [each for each in model.sides("order") if each.association.name == "order_company"]
    companies = [make("company", name=name) for name in "AB"]
    order = {"order_number": "1", "ordered_at": "2026-03-01T10:00"}
    visit.post("/orders/new/", **order, **{f"link:{side_key(side)}": companies})
    assert (visit.status, "the most Order > Company allows" in visit.text) == (422, True)
    assert number(model, "order") == 0


def test_two_doctors_of_one_clinic(visit, make, model, side, linked_titles):
    """C130 j: one company, two contacts, two deals, one click apart."""
    p1, p2 = (make("product", name=name) for name in ("P1", "P2"))
    clinic = make("company", name="Clinique Rouge")
    to_company, to_contact = side_key(side("contact", "company")), side_key(side("deal", "contact"))
    deal_company, deal_product = (side_key(side("deal", name)) for name in ("company", "product"))
    for doctor, product in (("Martin", p1), ("Philli", p2)):
        visit.post("/contacts/new/", last_name=doctor, **{f"link:{to_company}": clinic})
        contact = int(visit.to.split("/")[2])
        links = {
            f"link:{to_contact}": contact,
            f"link:{deal_company}": clinic,
            f"link:{deal_product}": product,
        }
        visit.post("/deals/new/", name=f"Deal of {doctor}", **links)

    assert [number(model, name) for name in ("company", "contact", "deal")] == [1, 2, 2]
    assert set(linked_titles("company", clinic, "contact")) == {"Martin", "Philli"}
    assert set(linked_titles("company", clinic, "deal")) == {"Deal of Martin", "Deal of Philli"}
    page = visit.get(f"/companies/{clinic}/").text
    assert all(name in page for name in ("Martin", "Philli", "Deal of Martin", "Deal of Philli"))
