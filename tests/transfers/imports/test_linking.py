"""Association columns (T42 to T59), in whole imports."""

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, links, numbers
from tresse.objects.database import rows
from tresse.records.tables import EVENT, LINK


@pytest.fixture
def start(house):
    """Companies 41 to 43, contacts 51 to 53, deal 61; no links."""
    for id_, name in ((41, "Acme"), (42, "Beta"), (43, "Gamma")):
        house.make("company", id=id_, name=name, domain=f"{name.lower()}.org")
    for id_, name in ((51, "anna"), (52, "bob"), (53, "cleo")):
        house.make("contact", id=id_, email=f"{name}@ex.org", external_id=f"x-{id_}")
    house.make("deal", id=61, name="Renewal")
    house.start_ids(70)
    return house


def test_keys_in_cells(start):
    """T45: id, external id, e-mail, domain, name; T48: several in a cell, each once."""
    content = "Name,Associated Contact\nAcme,51; ext:x-52 | BOB@ex.org|cleo@ex.org;51\n"
    row = start.load("companies", content)
    assert start.links("company", "contact") == [(41, 51), (41, 52), (41, 53)]
    assert links(row) == {"asked": 3, "created": 3}

    content = "E-mail,Associated Company\nanna@ex.org,https://beta.org/x;gamma\n"
    row = start.load("contacts", content)
    assert start.links("contact", "company") == [
        (51, 41), (51, 42), (51, 43), (52, 41), (53, 41),
    ]  # fmt: skip


def test_what_a_cell_does_not_find(start):
    """T46, T46a: each costs its pair only; the row is applied."""
    start.make("company", name="Acme")
    content = "E-mail,First name,Associated Company\nanna@ex.org,A,acme;61;99;Nowhere;42\n"

    row = start.load("contacts", content)

    assert codes(row) == [
        (2, "ambiguous_match"),
        (2, "wrong_object"),
        (2, "association_record_not_found"),
        (2, "association_record_not_found"),
    ]
    assert numbers(row) == {"rows": 1, "updated": 1}
    assert links(row) == {"asked": 5, "created": 1, "failed": 4}
    hint = row.findings.get(code="wrong_object").hint
    assert hint == "61 is a deal. Put it under Associated Deal."
    row = start.load("companies", "Company ID,Associated Contact\n41,12 x\n")
    assert codes(row) == [(2, "invalid_association_key")]


def test_a_pair_asked_for_twice_is_one(start):
    """T52: from rows and cells; a pair already linked is existing, and no finding (T54)."""
    content = "Company ID,Associated Contact\n41,51\n41,anna@ex.org\n42,51\n"
    row = start.load("companies", content)
    assert links(row) == {"asked": 2, "created": 2}

    row = start.load("companies", content)
    assert links(row) == {"asked": 2, "existing": 2}
    assert codes(row) == [(0, "same_file_before")]


def test_records_in_one_cell_are_not_linked_with_each_other(start):
    """T51; and equal columns are one association with united keys (T24, T24a)."""
    content = "Deal ID,Associated Contact,Associated Contact\n61,51;52,53\n"

    row = start.load("deals", content)

    assert start.links("deal", "contact") == [(61, 51), (61, 52), (61, 53)]
    assert start.links("contact", "contact") == []
    assert links(row) == {"asked": 3, "created": 3}


def test_columns_named_after_a_relation_link_only_what_they_name(start):
    """T50: no company–contact pair is asked for."""
    content = "Deal ID,Deal > Company,Deal > Contact\n61,41,51\n"

    row = start.load("deals", content)

    assert links(row) == {"asked": 2, "created": 2}
    assert start.links("company", "contact") == []


def test_a_record_is_not_linked_to_itself(start):
    """C36, T52: that pair is left out."""
    row = start.load("companies", "Company ID,Company > Related company\n41,41;42\n")

    assert codes(row) == [(2, "link_to_itself")]
    assert links(row) == {"asked": 2, "created": 1, "failed": 1}


def test_a_symmetric_pair_from_either_side_is_one(start):
    """C34, T52: a–b and b–a."""
    row = start.load("companies", "Company ID,Company > Related company\n42,41\n41,42\n")

    assert links(row) == {"asked": 1, "created": 1}
    assert start.labelled("company_company") == [(41, 42)]


def test_a_row_links_to_a_record_made_further_down(start):
    """T65: a pair whose record does not exist yet waits."""
    content = "Name,Parent company\nDaughter,Mother\nMother,\n"

    row = start.load("companies", content)

    assert numbers(row) == {"rows": 2, "created": 2}
    assert start.labelled("company_parent") == [(70, 71)]
    assert start.labelled("company_company") == [(70, 71)]
    assert codes(row) == []


def test_a_limit_takes_pairs_in_file_order(start):
    """T52, C37: the second parent is left out, the row applied."""
    content = "Company ID,City,Parent company\n41,Paris,42\n41,,43\n"

    row = start.load("companies", content)

    assert codes(row) == [(3, "association_limit_exceeded")]
    assert start.labelled("company_parent") == [(41, 42)]
    assert start.labelled("company_company") == [(41, 42)]
    assert links(row) == {"asked": 2, "created": 1, "failed": 1}


def test_link_labels_beside_an_association_column(start):
    """T42, T46, C38: labels of a column's links; an unknown one leaves the label out."""
    content = (
        "Deal ID,Associated Contact,Associated Contact Label\n"
        "61,51,Decision maker\n61,52,Boss\n61,53,\n"
    )

    row = start.load("deals", content)

    assert codes(row) == [(3, "association_label_not_found")]
    assert start.labelled("decision_maker") == [(61, 51)]
    assert start.links("deal", "contact") == [(61, 51), (61, 52), (61, 53)]


def test_a_column_called_after_a_link_label(start):
    """T42, T58: its links carry the label; dissociating takes the whole link."""
    content = "Deal ID,Decision maker\n61,51\n"

    row = start.load("deals", content)
    assert start.labelled("decision_maker") == [(61, 51)]
    assert start.links("deal", "contact") == [(61, 51)]
    assert links(row) == {"asked": 1, "created": 1}

    row = start.load("deals", content, links="dissociate", label_only="yes")
    assert start.labelled("decision_maker") == []
    assert start.links("deal", "contact") == [(61, 51)]

    start.load("deals", content)
    row = start.load("deals", content, links="dissociate")
    assert links(row) == {"asked": 1, "removed": 1}
    assert start.links("deal", "contact") == []


def test_labels_associated_then_dissociated_give_the_first_state(start):
    """T58, T91 e."""
    before = sorted(rows(sa.select(LINK)))
    content = (
        "Company ID,Associated Contact,Associated Contact Label,Company > Related company\n"
        "41,51,Former employee,42\n41,52,,43\n42,51;53,,\n"
    )

    start.load("companies", content)
    assert len(rows(sa.select(LINK))) > len(before)
    start.load("companies", content, links="dissociate")

    assert sorted(rows(sa.select(LINK))) == before


def test_the_primary_label_passes_on(start):
    """C39: the first link gets it; when that goes, the oldest left."""
    start.load("contacts", "E-mail,Associated Company\nanna@ex.org,42;41\n")
    assert start.labelled("primary_company") in ([(51, 41)], [(51, 42)])
    first = start.labelled("primary_company")[0][1]

    start.load("contacts", f"E-mail,Associated Company\nanna@ex.org,{first}\n", links="dissociate")

    assert start.labelled("primary_company") == [(51, 83 - first)]


def test_existing_links_replaced(start):
    """T53: those of records in the file become exactly those named; empty cells keep theirs."""
    start.link("contact", 51, "company", 41)
    start.link("contact", 51, "company", 42)
    start.link("contact", 52, "company", 41)
    content = "E-mail,Associated Company\nanna@ex.org,42;43\nbob@ex.org,\n"

    row = start.load("contacts", content, existing="replace")

    assert start.links("contact", "company") == [(51, 42), (51, 43), (52, 41)]
    assert row.counters["replaced_links"] == 1
    assert links(row) == {"asked": 2, "created": 1, "existing": 1}
    assert start.labelled("primary_company") in (
        [(51, 42), (52, 41)],
        [(51, 43), (52, 41)],
    )


def test_linked_records_made_and_changed(start):
    """T26, T47: with properties of the linked record; counted apart from the rows."""
    content = (
        "E-mail,Associated Company,Company: City\nnew@ex.org,Delta,Lyon\nanna@ex.org,Acme,Nice\n"
    )

    row = start.load("contacts", content, missing="upsert")

    assert row.counters["through"] == {"company": {"created": 1, "updated": 1}}
    cities = dict(start.values("company", "name", "city").values())
    assert cities == {"Acme": "Nice", "Beta": None, "Gamma": None, "Delta": "Lyon"}
    assert links(row) == {"asked": 2, "created": 2}

    row = start.load("contacts", content, missing="upsert")
    assert row.counters["through"] == {}


def test_one_missing_record_asked_for_twice_is_made_once(start):
    """T47, T33."""
    content = "Deal ID,Associated Contact\n61,new@ex.org\n,\n"
    content = "Name,Deal > Contact\nA,new@ex.org\nB,NEW@ex.org\n"

    row = start.load("deals", content, missing="create")

    assert row.counters["through"] == {"contact": {"created": 1, "updated": 0}}
    assert links(row) == {"asked": 2, "created": 2}


def test_dissociate_writes_links_only(start):
    """T56: nothing is created or changed; an unknown record is refused."""
    start.link("contact", 51, "company", 41)
    content = "E-mail,First name,Associated Company\nanna@ex.org,X,41\nnew@ex.org,Y,41\n"

    row = start.load("contacts", content, links="dissociate")

    assert numbers(row) == {"rows": 2, "unchanged": 1, "failed": 1}
    assert codes(row) == [(3, "record_not_found")]
    assert links(row) == {"asked": 2, "removed": 1, "not_tried": 1}
    assert set(start.values("contact", "first_name").values()) == {None}


def test_every_link_has_its_event(start):
    """C55: made and taken away, primary labels too."""
    content = "E-mail,Associated Company\nanna@ex.org,41;42\n"
    start.load("contacts", content)
    start.load("contacts", content, links="dissociate")

    names = [
        name
        for (name,) in rows(
            sa.select(EVENT.c.name).where(EVENT.c.association_id.is_not(None)).order_by(EVENT.c.id)
        )
    ]
    assert names[:3] == ["record_linked"] * 3
    assert names.count("record_unlinked") == 3
