"""Columns of index pages: what may be shown, chosen, ordered; what cannot is told."""

import pytest

from tests.records.visits import Visit
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.objects.changes import archive_property
from tresse.objects.described import data_model
from tresse.objects.models import Property
from tresse.records.changes import link_records
from tresse.records.columns import columns_named, offered_columns


@pytest.fixture
def primary(model):
    """Links a contact to a company as its primary one."""
    contact_company = model.default_side("contact", "company")

    def link(contact, company):
        link_records(
            model, contact_company, [(contact, company)], actor=SYSTEM, label="primary_company"
        )

    return link


def test_properties_of_the_linked_record_are_columns(visit, make, primary):
    """C80, G4: over a link with limit 1, as values of the row."""
    acme = make("company", name="Acme", industry="Retail", annual_revenue="1200")
    jo = make("contact", first_name="Jo")
    make("contact", first_name="Al")
    primary(jo, acme)

    visit.get("/contacts/", columns="company.industry,primary_company.annual_revenue")
    assert visit.heads() == [
        "Name",
        "Primary company > Industry",
        "Primary company > Annual revenue",
    ]
    assert visit.rows() == [["A Al", "–", "–"], ["J Jo", "Retail", "€1,200.00"]]


def test_out_of_sight_a_linked_record_has_no_values(make, primary, ada):
    """C108: who sees own companies only reads nothing of others over a link."""
    rights = {"objects": {"contact": {"view": "all"}, "company": {"view": "own"}}}
    add_role(name="narrow", label="Narrow", rights=rights, actor=ada)
    lea = add_user(email="lea@example.com", name="Lea", role="narrow", actor=ada)
    primary(make("contact", first_name="Jo"), make("company", name="Acme", tax_id="FR1"))

    desk = Visit(lea.pk).get("/contacts/", columns="company.tax_id,contact_company")
    assert desk.rows() == [["J Jo", "–", "–"]]


def test_objects_that_one_may_not_see_are_no_columns(model, ada):
    """C109: neither their links nor their properties."""
    rights = {"objects": {"contact": {"view": "all"}}}
    add_role(name="narrow", label="Narrow", rights=rights, actor=ada)
    lea = add_user(email="lea@example.com", name="Lea", role="narrow", actor=ada)
    desk = Visit(lea.pk)

    desk.get("/contacts/", columns="contact_company,company.industry,email")
    assert desk.heads() == []
    for name in ("contact_company", "company.industry"):
        assert f'no property named "{name}"' in desk.text
    assert "Company" not in desk.get("/contacts/columns/").text
    assert "contact_company" in offered_columns(model, model.object("contact"), ada)


def test_unknown_and_archived_columns_are_told(visit, make, ada):
    """C33: never left out in silence; a link leads to the page without them."""
    make("contact", first_name="Jo")
    archive_property(Property.objects.get(object_type__name="contact", name="city"), actor=ada)

    visit.get("/contacts/", columns="emial,city,phone")
    assert (visit.status, visit.heads()) == (200, ["Name", "Phone"])
    assert 'no property named "emial". Did you mean "email"?' in visit.text
    assert 'no property named "city"' in visit.text
    assert visit.source.count("Remove it") == 2
    assert 'href="?columns=city%2Cphone"' in visit.source


def test_a_column_has_one_name_and_knows_the_other(model, ada):
    """Columns are written as filters write them; the ends of a relation are known too."""
    contact = model.object("contact")
    names = ["contact_company:forward", "contact_company", "email", "email"]
    columns, refused = columns_named(model, contact, names, ada)
    assert [each.key for each in columns] == ["contact_company", "email"]
    assert refused == []
    company = model.object("company")
    names = ["company_parent", "company_parent:inverse", "contact_company"]
    columns, refused = columns_named(model, company, names, ada)
    assert [each.key for each in columns] == names
    assert refused == []


def test_the_chooser_offers_what_there_is(visit):
    """C80: what is shown first, in its order; then properties, links, and properties over them."""
    visit.get("/contacts/columns/", columns="city,email", q="zof")
    chosen = visit.found(r"<ul[^>]*data-columns>(.*?)</ul>", 16)
    assert chosen.index('value="city"') < chosen.index('value="email"')
    assert 'value="contact_company"' in visit.source
    assert 'value="primary_company.industry"' in visit.source
    assert '<input type="hidden" name="q" value="zof">' in visit.source
    assert "<html" in visit.source
    assert "<html" not in visit.get("/contacts/columns/", htmx=True).source


def test_more_than_three_linked_records_lead_to_all(visit, make, side):
    """C80: three titles and "+ n", each a link."""
    jo = make("contact", first_name="Jo")
    deals = [make("deal", name=f"Deal {n}") for n in range(5)]
    link_records(
        data_model(), side("contact", "deal"), [(jo, each) for each in deals], actor=SYSTEM
    )

    visit.get("/contacts/", columns="deal_contact")
    address = visit.found(r'<a class="other num" href="([^"]*)">\+2</a>')
    assert len(visit.get(address).rows()) == 5
