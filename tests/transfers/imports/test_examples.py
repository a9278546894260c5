"""The worked examples TE1 to TE6, check and run equal (T91 a)."""

import pytest

from tests.transfers.imports.house import codes, links, numbers
from tresse.kernel.errors import TresseError

TE2 = """Company ID,Associated Deal,Associated Contact
41,61,51
41,62,bob@ex.org
42,,anna@ex.org
"""


@pytest.mark.parametrize(
    "body",
    [
        "41,Company 1,anna@ex.org\n41,Company 1,bob@ex.org\n41,Company 1,53\n",
        "41,Company 1,anna@ex.org; bob@ex.org; 53\n",
    ],
    ids=["three rows", "one cell"],
)
def test_te1_one_company_three_contacts(start, body):
    """TE1, T48, T49."""
    row = start.load("companies", "Company ID,Name,Associated Contact\n" + body)

    rows = body.count("\n")
    assert row.state == "done"
    assert numbers(row) == {"rows": rows, "unchanged": 1} | (
        {"repeated": rows - 1} if rows > 1 else {}
    )
    assert links(row) == {"asked": 3, "created": 3}
    assert start.links("company", "contact") == [(41, 51), (41, 52), (41, 53)]
    assert start.labelled("primary_company") == [(51, 41), (52, 41), (53, 41)]
    assert codes(row) == []


def test_te2_company_deal_and_contact_on_a_row(start):
    """TE2, T50: a row with two Associated columns links the records they name as well."""
    start.link("deal", 61, "contact", 51)

    row = start.load("companies", TE2)

    assert numbers(row) == {"rows": 3, "unchanged": 2, "repeated": 1}
    assert links(row) == {"asked": 7, "created": 6, "existing": 1}
    pairs = row.counters["pairs"]
    assert pairs["company-deal"]["created"] == 2
    assert pairs["company-contact"]["created"] == 3
    assert (pairs["deal-contact"]["created"], pairs["deal-contact"]["existing"]) == (1, 1)
    assert start.links("company", "deal") == [(41, 61), (41, 62)]
    assert start.links("company", "contact") == [(41, 51), (41, 52), (42, 51)]
    assert start.links("deal", "contact") == [(61, 51), (62, 52)]
    assert start.labelled("primary_company") == [(51, 41), (52, 41)]


def test_te2_with_own_pairs_only(start):
    """TE2, T50: `pairs` = `own`."""
    row = start.load("companies", TE2, pairs="own")

    assert links(row) == {"asked": 5, "created": 5}


def test_te3_dissociate_with_the_same_file(start):
    """TE3, T55: the pairs the file would make go, whoever made them; again: nothing to do."""
    start.link("deal", 61, "contact", 51)
    start.load("companies", TE2)

    row = start.load("companies", TE2, links="dissociate")

    assert numbers(row) == {"rows": 3, "unchanged": 2, "repeated": 1}
    assert links(row) == {"asked": 7, "removed": 7}
    for one, two in (("company", "deal"), ("company", "contact"), ("deal", "contact")):
        assert start.links(one, two) == []
    assert start.labelled("primary_company") == []

    again = start.load("companies", TE2, links="dissociate")

    assert links(again) == {"asked": 7, "missing": 7}
    assert codes(again, "row", "cell", "link") == []


TE4 = """Deal ID,Name,Associated Contact
61,Renewal 2027,anna@ex.org
61,,bob@ex.org
62,Extension,nobody@ex.org
99,Audit,anna@ex.org
"""


def test_te4_deals_with_contacts(start):
    """TE4, T29, T33, T46, T76."""
    row = start.load("deals", TE4)

    assert numbers(row) == {"rows": 4, "updated": 1, "unchanged": 1, "repeated": 1, "failed": 1}
    assert links(row) == {"asked": 4, "created": 2, "failed": 1, "not_tried": 1}
    assert codes(row) == [(4, "association_record_not_found"), (5, "record_not_found")]
    assert start.values("deal", "name") == {61: "Renewal 2027", 62: "Extension"}
    assert start.links("deal", "contact") == [(61, 51), (61, 52)]


def test_te4_creates_a_missing_contact(start):
    """TE4, T47: `missing` = `create`."""
    row = start.load("deals", TE4, missing="create")

    assert links(row) == {"asked": 4, "created": 3, "not_tried": 1}
    assert row.counters["through"] == {"contact": {"created": 1, "updated": 0}}
    assert codes(row) == [(5, "record_not_found")]
    assert start.values("contact", "email")[63] == "nobody@ex.org"
    assert (62, 63) in start.links("deal", "contact")


TE5 = """Nazwa;Wartość;Szansa sprzedaży > Firma;Szansa sprzedaży > Osoba
Dach hali A;12 500,00;Acme SA;anna@ex.org
Serwis;3 200,50;beta sp. z  o.o.;52
Audyt;900,00;Gamma SA;
"""


@pytest.mark.parametrize(
    ("company", "person"),
    [("Szansa sprzedaży > Firma", "Szansa sprzedaży > Osoba"), ("Deal > Company", "Deal > Person")],
    ids=["Polish", "English"],
)
def test_te5_livespace_deal_file(start, company, person):
    """TE5, T10, T17, T42, T44: one column per relation, Windows-1250, decimal comma."""
    start.make("company", id=43, name="Acme SA")
    start.make("company", id=44, name="Beta Sp. z o.o.")
    start.start_ids(63)
    content = TE5.replace("Szansa sprzedaży > Firma", company)
    content = content.replace("Szansa sprzedaży > Osoba", person)
    asked = {
        "mapping": {"Nazwa": {"property": "name"}, "Wartość": {"property": "amount"}},
        "reading": {"encoding": "cp1250"},
        "encoding": "cp1250",
    }

    row = start.load("deals", content, **asked)

    assert numbers(row) == {"rows": 3, "created": 3}
    assert links(row) == {"asked": 5, "created": 4, "failed": 1}
    assert codes(row) == [(0, "no_match_key"), (4, "association_record_not_found")]
    amounts = {id_: str(value) for id_, value in start.values("deal", "amount").items() if value}
    assert amounts == {63: "12500", 64: "3200.5", 65: "900"}
    assert start.links("deal", "company") == [(63, 43), (64, 44)]
    assert start.links("deal", "contact") == [(63, 51), (64, 52)]

    again = start.check("deals", content, **asked)

    assert (0, "same_file_before") in codes(again)


def test_te6_misspelt_header(start):
    """TE6, T43: it asks, blocks, and is answered in the mapping."""
    content = "Company ID,Associated Deals\n41,61\n"

    with pytest.raises(TresseError) as refused:
        start.check("companies", content)
    assert refused.value.code == "column_needs_answer"
    assert start.links("company", "deal") == []

    yes = {"Associated Deals": {"association": "deal_company"}}
    row = start.load("companies", content, mapping=yes)
    assert numbers(row) == {"rows": 1, "unchanged": 1}
    assert links(row) == {"asked": 1, "created": 1}

    row = start.load("companies", content, mapping={"Associated Deals": "ignore"})
    assert numbers(row) == {"rows": 1, "unchanged": 1}
    assert links(row) == {}
    assert (0, "column_ignored") in codes(row)
    assert '"Associated Deals" was not imported (1 value).' in str(start.report(row)["errors"])
