"""Likely duplicates: groups with reasons, "not duplicates", and the warning (C66 to C68)."""

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role
from tresse.accounts.queries import actor_of
from tresse.jobs.changes import enqueue
from tresse.jobs.models import Notification
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.changes import delete_records, merge_records, update_record
from tresse.records.changes import duplicates as changes
from tresse.records.changes.duplicates import deny_duplicates, find_duplicates
from tresse.records.duplicate_rules import without_legal_form
from tresse.records.duplicates import duplicates_of, groups, last_look, likely_duplicates
from tresse.records.lists import listed
from tresse.records.tables import CHANGE_SET


@pytest.fixture
def found(model, ada):
    """Looks for duplicates of an object type; answers members and reasons of the groups."""

    def look(name, actor=ada):
        object_ = model.object(name)
        find_duplicates(model, object_)
        shown, _ = groups(object_, actor)
        return [([id for id, _ in each.members], each.reasons) for each in shown]

    return look


@pytest.mark.parametrize(
    ("name", "bare"),
    [
        ("Żabka Polska Sp. z o.o.", "zabka polska"),
        ("ŻABKA POLSKA", "zabka polska"),
        ("SARL Dupont & Fils", "dupont fils"),
        ("Dupont et Fils S.A.R.L.", "dupont et fils"),
        ("Bosch GmbH & Co. KG", "bosch"),
        ("Orlen S.A.", "orlen"),
        ("Acme, Ltd.", "acme"),
        ("Société Générale SA", "societe generale"),
        ("SAS", "sas"),
        ("SA", "sa"),
        ("Ag Insurance", "insurance"),
        ("Sascha", "sascha"),
    ],
)
def test_names_are_compared_without_legal_form(name, bare):
    """C66: SA, SAS, SARL, Ltd, GmbH, Sp. z o.o., S.A."""
    assert without_legal_form(name) == bare


def test_contacts_share_a_phone_or_mobile(make, found):
    """C66: one's phone is the other's mobile."""
    one = make("contact", last_name="Anna", phone="+33612345678")
    two = make("contact", last_name="Bob", mobile="06 12 34 56 78")
    make("contact", last_name="Carl", phone="+33687654321")
    assert found("contact") == [([one, two], ("same phone",))]


def test_contacts_share_their_names_and_company(make, side, found):
    """C66: on folded forms."""
    acme, works = make("company", name="Acme"), side("contact", "company")
    one = make("contact", first_name="Łukasz", last_name="Müller", links=[(works, acme)])
    two = make("contact", first_name="lukasz", last_name="MULLER", links=[(works, acme)])
    make("contact", first_name="Łukasz", last_name="Müller")
    assert found("contact") == [([one, two], ("same name and company",))]


def test_contacts_share_their_names_and_e_mail_domain(make, found):
    """C66."""
    names = {"first_name": "Anna", "last_name": "Nowak"}
    one = make("contact", email="anna@ex.org", **names)
    two = make("contact", email="a.nowak@ex.org", **names)
    make("contact", email="anna@other.org", **names)
    assert found("contact") == [([one, two], ("same name and e-mail domain",))]


def test_companies_share_domain_tax_id_or_name(make, found):
    """C66: a group with two reasons stands once, before those with one."""
    one = make("company", name="Acme SAS", tax_id="FR 123")
    two = make("company", name="ACME", tax_id="fr-123")
    three = make("company", name="Bold", domain="bold.org")
    four = make("company", name="Bold Trading", domain="www.bold.org")
    assert found("company") == [
        ([one, two], ("same tax id", "same name")),
        ([three, four], ("same domain",)),
    ]


def test_others_share_title_and_company_or_contact(make, side, found):
    """C66: same title and same linked company or contact."""
    acme = make("company", name="Acme")
    links = [(side("deal", "company"), acme)]
    one, two = make("deal", name="Roof", links=links), make("deal", name="roof ", links=links)
    make("deal", name="Roof")
    assert found("deal") == [([one, two], ("same title and company or contact",))]


def test_a_smaller_group_within_a_larger_one_gives_it_its_reason(make, found):
    """C66: nobody decides twice about the same records."""
    ids = [make("company", name="Acme", tax_id="1" if n else "") for n in range(3)]
    assert found("company") == [(ids, ("same name", "same tax id"))]


def test_only_changed_records_are_worked_out_again(make, found, model, ada):
    """C67: refreshed; a changed phone leaves its group, a binned record too."""
    company = model.object("company")
    one, two, three = (make("company", name="Acme") for _ in range(3))
    assert found("company") == [([one, two, three], ("same name",))]
    update_record(model, company, two, values={"name": "Bold"}, actor=ada)
    delete_records(model, company, [three], actor=ada)
    assert found("company") == []


def test_a_switchboard_is_no_explosion(make, found, model, ada, monkeypatch):
    """C66: a group keeps some members and says how many more there are."""
    monkeypatch.setattr(changes, "MOST_MEMBERS", 3)
    ids = [make("contact", last_name=f"N{n}", phone="+33612345678") for n in range(5)]
    assert found("contact") == [(ids[:3], ("same phone",))]
    [group], _ = groups(model.object("contact"), ada)
    assert group.more == 2


def test_no_more_groups_are_kept_than_people_can_look_at(make, found, model, monkeypatch):
    """C66: and the page says so."""
    monkeypatch.setattr(changes, "MOST_GROUPS", 1)
    for name in ("Acme", "Acme", "Bold", "Bold"):
        make("company", name=name)
    assert len(found("company")) == 1
    look = last_look(model.object("company"))
    assert look
    assert look.is_capped


def test_not_duplicates_is_remembered_for_the_pair(make, found, model, ada):
    """C67: also when duplicates are looked for again; a third record is still asked about."""
    company = model.object("company")
    one, two = make("company", name="Acme"), make("company", name="Acme")
    assert found("company")
    assert deny_duplicates(model, company, [one, two], actor=ada) == 1
    assert groups(company, ada) == ([], None)
    assert found("company") == []
    three = make("company", name="Acme")
    assert found("company") == [([one, two, three], ("same name",))]
    assert [each.id for each in duplicates_of(company, one, ada)] == [three]


def test_not_duplicates_needs_the_right_to_merge(make, model, rea):
    """C106."""
    ids = [make("company", name="Acme"), make("company", name="Acme")]
    with pytest.raises(TresseError) as refused:
        deny_duplicates(model, model.object("company"), ids, actor=rea)
    assert refused.value.code == "not_permitted"


def test_only_records_in_sight_make_a_group(make, found, mia):
    """C67, C108: a group of one is none."""
    one, two = make("company", name="Acme", owner=mia.email), make("company", name="Acme")
    assert found("company", mia) == []
    three = make("company", name="ACME", owner=mia.email)
    assert found("company", mia) == [([one, three], ("same name",))]
    assert found("company") == [([one, two, three], ("same name",))]


def test_a_hidden_property_is_no_reason(make, found, model, user_of):
    """C109: nothing is told of a tax id the person may not read."""
    rights = {
        "objects": {"company": {"view": "all"}},
        "properties": {"company": {"tax_id": "none"}},
    }
    add_role(name="sales", label="Sales", rights=rights, actor=SYSTEM)
    lea = actor_of(user_of("Lea", "sales"))
    one, two = make("company", name="Acme", tax_id="1"), make("company", name="Bold", tax_id="1")
    assert len(found("company")) == 1
    assert found("company", lea) == []
    assert duplicates_of(model.object("company"), one, lea) == []
    make("company", name="Acme SA", tax_id="1")
    [(members, reasons)] = found("company", lea)
    assert two in members
    assert reasons == ("same name",)


def test_the_author_of_an_import_is_told(make, ada):
    """C117, C67: duplicates found after my import."""
    make("company", name="Acme SAS")
    make("company", name="Acme", actor=ada)
    [change_set] = rows(sa.select(sa.func.max(CHANGE_SET.c.id)))
    job = enqueue(
        "duplicates",
        arguments={"objects": ["company"], "change_set": change_set[0]},
        actor=ada,
    )
    run_here(job, show=lambda _: None)
    told = Notification.objects.get(kind="duplicates")
    assert told.sentence == "1 group of companies from your import is likely there twice."
    assert told.link == "/companies/duplicates/"


def test_merging_takes_the_group_away(make, found, model, ada):
    """C67: at once, not at night."""
    company = model.object("company")
    one, two = make("company", name="Acme"), make("company", name="Acme")
    assert found("company")
    merge_records(model, company, one, [two], actor=ada)
    assert groups(company, ada) == ([], None)


def test_likely_duplicates_of_typed_values(make, model, ada):
    """C68: before any job has run; broken values do not matter."""
    contact, company = model.object("contact"), model.object("company")
    anna = make("contact", first_name="Anna", last_name="Nowak", phone="+33612345678")
    acme = make("company", name="Acme SAS", domain="acme.org")

    def likely(object_, **typed):
        return [(each.id, each.reasons) for each in likely_duplicates(object_, typed, ada)]

    assert likely(contact, mobile="+33 6 12 34 56 78", email="no") == [(anna, ("same phone",))]
    assert likely(contact, first_name="ANNA", last_name="nowak") == [(anna, ("same name",))]
    assert likely(contact, first_name="Anna") == []
    assert likely(company, name="acme") == [(acme, ("same name",))]
    assert likely(company, domain="https://www.acme.org/x") == [(acme, ("same domain",))]


def test_the_form_warns_once_and_lets_one_go_on(visit, make):
    """C68: without scripts, before saving."""
    anna = make("contact", first_name="Anna", last_name="Nowak")
    typed = {"first_name": "Anna", "last_name": "Nowak"}
    page = visit.post("/contacts/new/", **typed)
    assert page.status == 422
    assert "This may be there already" in page.text
    assert f'name="seen" value="{anna}"' in page.source
    page = visit.post("/contacts/new/", **typed, seen=anna)
    assert page.status == 302


def test_the_warning_comes_while_typing(visit, make):
    """C68: as a fragment."""
    make("company", name="Acme SAS")
    page = visit.post("/companies/new/duplicates/", htmx=True, name="acme")
    assert "Acme SAS same name" in page.text
    assert "banner" not in visit.post("/companies/new/duplicates/", htmx=True, name="x").source


def test_the_panel_lists_groups_and_remembers(visit, make, found):
    """C66, C67: reasons, merge, not duplicates."""
    one, two = make("company", name="Acme SAS"), make("company", name="Acme")
    assert "this has not happened yet" in visit.get("/companies/duplicates/").text
    found("company")
    page = visit.get("/companies/duplicates/")
    assert "same name" in page.text
    assert f"/companies/merge/?ids={one}&amp;ids={two}" in page.source
    page = visit.post("/companies/duplicates/not/", ids=[one, two])
    assert page.to == "/companies/duplicates/"
    assert "No duplicates" in visit.get(page.to).text


def test_a_record_names_its_likely_duplicates(visit, make, found):
    """C66: in a card of its page."""
    one, two = make("company", name="Acme SAS"), make("company", name="Acme")
    found("company")
    page = visit.get(f"/companies/{one}/")
    assert "Likely duplicates 1" in page.text
    assert f"/companies/merge/?ids={one}&amp;ids={two}" in page.source


def test_nothing_is_merged_by_itself(make, found, model, ada):
    """C65: looking for duplicates only proposes."""
    one, two = make("company", name="Acme", domain="a.org"), make("company", name="Acme")
    assert found("company")
    records = listed(model, model.object("company"), actor=ada).records
    assert {each.id for each in records} == {one, two}
