"""Links: what the other tests leave out (T42 to T59)."""

import pytest
import sqlalchemy as sa

from tests.transfers.imports.house import codes, links, numbers
from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.records.tables import LINK


def all_links():
    return sorted(rows(sa.select(LINK.c.association_id, LINK.c.from_id, LINK.c.to_id)))


def test_wrong_object_names_the_header_that_would_link_it(world):
    """T46a: for every object; 1042 is a deal."""
    row = world.load("contacts", "E-mail,Associated Company\nanna@ex.org,61\nbob@ex.org,53\n")
    assert codes(row) == [(2, "wrong_object"), (3, "wrong_object")]
    hints = [each.hint for each in row.findings.order_by("line")]
    assert hints[0] == "61 is a deal. Put it under Associated Deal."
    assert hints[1] == "53 is a contact. Put it under Associated Contact."


def test_records_of_one_cell_or_without_default_type_are_not_crossed(world):
    """T51: the check says how many such pairs there were."""
    world.make("product", id=81, name="Nail")
    world.make("ticket", id=82, subject="Broken")
    content = "Deal ID,Associated Product,Associated Ticket\n61,81,82\n"
    row = world.check("deals", content)
    assert links(row) == {"asked": 2, "created": 2}
    assert row.plan_facts["pairs_without_type"] == 1


def test_crossing_three_objects_with_many_keys(world):
    """T48, T50, T52: each pair once, whatever the number of rows."""
    content = "Company ID,Associated Deal,Associated Contact\n41,61;62,51|52\n41,61,52\n"
    row = world.load("companies", content)
    pairs = row.counters["pairs"]
    assert pairs["company-deal"]["created"] == 2
    assert pairs["company-contact"]["created"] == 2
    assert pairs["deal-contact"]["created"] == 4
    assert links(row) == {"asked": 8, "created": 8}


def test_associate_then_dissociate_with_many_columns_is_the_first_state(world):
    """T58, T91 e: labels, symmetric types, crossings and primary labels."""
    content = (
        "Company ID,Associated Contact,Associated Contact Label,Associated Deal,Parent company,"
        "Competitor\n"
        "41,51;52,Former employee,61,42,43\n"
        "42,53,,61;62,43,\n"
    )
    before = all_links()
    row = world.load("companies", content)
    assert links(row)["failed"] == 0 if "failed" in links(row) else True
    made = links(row)["created"]
    row = world.load("companies", content, links="dissociate")
    assert links(row)["removed"] == made
    assert all_links() == before


def test_dissociate_by_relation_takes_labels_with_it(world):
    """T58, C38"""
    world.load("deals", "Deal ID,Decision maker\n61,51\n")
    world.load("deals", "Deal ID,Associated Contact\n61,51\n", links="dissociate")
    assert all_links() == []


def test_dissociate_unknown_rows_say_so(world):
    """T56: `record_not_found` for the row, `association_record_not_found` for the cell."""
    row = world.load(
        "contacts",
        "E-mail,Associated Company\nnew@ex.org,41\nanna@ex.org,Nowhere\n",
        links="dissociate",
        missing="create",
    )
    assert codes(row) == [(2, "record_not_found"), (3, "association_record_not_found")]
    assert numbers(row) == {"rows": 2, "unchanged": 1, "failed": 1}


def test_dissociate_without_key_is_refused_even_for_a_name_only_deal(world):
    """T56, T32"""
    with pytest.raises(TresseError) as refused:
        world.check("deals", "Name,Associated Contact\nRenewal,51\n", links="dissociate")
    assert refused.value.code == "no_match_key"


def test_an_empty_association_cell_never_unlinks(world):
    """T35: not even with `erase_empty`."""
    world.link("contact", 51, "company", 41)
    row = world.load("contacts", "E-mail,Associated Company\nanna@ex.org,\n", erase_empty=True)
    assert world.links("contact", "company") == [(51, 41)]
    assert numbers(row) == {"rows": 1, "unchanged": 1}


@pytest.mark.parametrize("where", ["from", "to"])
def test_limits_hold_on_both_databases_and_in_one_file(world, where):
    """T52, C37: an order has one contact."""
    for id_ in (81, 82):
        world.make("order", id=id_, order_number=f"n{id_}", ordered_at="2026-01-02T10:00:00Z")
    if where == "from":
        row = world.load("orders", "Order ID,Associated Contact\n81,51\n81,52\n82,51;53\n")
    else:
        row = world.load("contacts", "ID,Associated Order\n51,81;82\n52,81\n53,82\n")
    assert links(row)["created"] == 2
    assert links(row)["failed"] == 2
    assert all(code == "association_limit_exceeded" for _, code in codes(row))


def test_a_limit_with_replace_gives_way(world):
    """T53, C37: the old link goes, the named one comes."""
    world.make("order", id=81, order_number="n81", ordered_at="2026-01-02T10:00:00Z")
    world.link("order", 81, "contact", 51)
    row = world.load("orders", "Order ID,Associated Contact\n81,52\n", existing="replace")
    assert world.links("order", "contact") == [(81, 52)]
    assert row.counters["replaced_links"] == 1
    assert codes(row) == []


def test_replace_over_several_rows_and_from_the_other_side(world):
    """T53: repeated rows are united before anything goes."""
    world.link("contact", 51, "company", 41)
    world.link("contact", 52, "company", 41)
    content = "Company ID,Associated Contact\n41,52\n41,53\n42,51\n"
    row = world.load("companies", content, existing="replace")
    assert world.links("company", "contact") == [(41, 52), (41, 53), (42, 51)]
    assert row.counters["replaced_links"] == 1


def test_replace_of_symmetric_links(world):
    """T53: from whichever side."""
    world.link("company", 41, "company", 42)
    world.link("company", 43, "company", 41)
    world.load("companies", "Company ID,Associated Company\n41,42\n", existing="replace")
    assert world.labelled("company_company") == [(41, 42)]


@pytest.mark.parametrize(
    ("object_name", "header", "keys", "made"),
    [
        ("deals", "Associated Contact", "new@ex.org", ("contact", "email", "new@ex.org")),
        ("deals", "Associated Contact", "+33 6 12 34 56 78", ("contact", "phone", "+33612345678")),
        ("deals", "Associated Company", "Delta SA", ("company", "name", "Delta SA")),
        ("contacts", "Associated Company", "delta.org", ("company", "domain", "delta.org")),
        ("contacts", "Associated Company", "Delta", ("company", "name", "Delta")),
    ],
)
def test_missing_records_are_made_from_their_key(world, object_name, header, keys, made):
    """T47: contacts by e-mail or phone, companies by name or domain."""
    start = "Name" if object_name == "deals" else "E-mail"
    content = f"{start},{header}\n{'Roof' if start == 'Name' else 'z@ex.org'},{keys}\n"
    row = world.load(object_name, content, missing="create")
    assert codes(row, "row", "cell", "link") == []
    other, prop, value = made
    assert value in world.values(other, prop).values()
    assert row.counters["through"] == {other: {"created": 1, "updated": 0}}
    again = world.load(object_name, content, missing="create", mode="upsert")
    assert again.counters["through"] == {}


def test_a_company_made_by_domain_has_a_name(world):
    """T47, C46: a name is required of a company."""
    world.load("contacts", "E-mail,Associated Company\nz@ex.org,delta.org\n", missing="create")
    assert ("delta.org", "delta.org") in world.values("company", "name", "domain").values()


def test_ids_and_external_ids_make_nothing(world):
    """T47: a record is made from its key; an id is none."""
    row = world.load("deals", "Name,Associated Contact\nRoof,999;ext:abc\n", missing="create")
    assert [code for _, code in codes(row, "link")] == ["association_record_not_found"] * 2


def test_a_contact_named_by_row_and_cell_is_one(world):
    """T47, T33: the file makes it in a row; a cell finds it."""
    content = "E-mail,Associated Contact\na@ex.org,b@ex.org\nb@ex.org,\n"
    row = world.load("contacts", content, missing="create")
    assert numbers(row) == {"rows": 2, "created": 2}
    assert row.counters["through"] == {}
    assert len(world.values("contact", "email")) == 5


def test_links_of_skipped_rows_are_not_tried(world):
    """T76: create only."""
    row = world.load(
        "contacts",
        "E-mail,Associated Company,Associated Deal\nanna@ex.org,41;42,61\n",
        mode="create",
    )
    assert numbers(row) == {"rows": 1, "skipped": 1}
    assert links(row) == {"asked": 5, "not_tried": 5}


def test_two_equal_headers_of_one_property_are_refused(world):
    """T24a, T24"""
    with pytest.raises(TresseError) as refused:
        world.check("contacts", "E-mail,E-mail\na@ex.org,b@ex.org\n")
    assert refused.value.code == "property_mapped_twice"


def test_cells_of_many_keys_off(world):
    """T48: `many` = no in the mapping file: the cell is one key."""
    world.make("company", id=44, name="One; Two")
    row = world.load(
        "contacts",
        "E-mail,Firm\nanna@ex.org,One; Two\n",
        mapping={"Firm": {"association": "contact_company", "many": False}},
    )
    assert world.links("contact", "company") == [(51, 44)]
    assert codes(row) == []


def test_a_comma_never_splits(world):
    """T48"""
    world.make("company", id=44, name="Smith, Jones")
    row = world.load("contacts", 'E-mail,Associated Company\nanna@ex.org,"Smith, Jones"\n')
    assert world.links("contact", "company") == [(51, 44)]
    assert codes(row) == []
