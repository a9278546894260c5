"""Which record a row means: what the other tests leave out (T27 to T34)."""

import pytest

from tests.transfers.imports.house import codes, links, numbers
from tresse.kernel.errors import TresseError
from tresse.records.changes import delete_records


def test_a_binned_record_is_refused_by_id_and_not_found_by_key(world):
    """T29: `record_in_bin`; a key does not find what is in the bin."""
    delete_records(world.model, world.model.object("contact"), [51], actor=world.ada)

    row = world.load("contacts", "ID,First name\n51,A\n")
    assert codes(row) == [(2, "record_in_bin")]
    assert numbers(row) == {"rows": 1, "failed": 1}

    row = world.load("contacts", "E-mail,First name\nanna@ex.org,A\n")
    assert numbers(row) == {"rows": 1, "created": 1}


def test_a_binned_record_named_in_an_association_cell(world):
    """T46: `record_in_bin` costs the pair only."""
    delete_records(world.model, world.model.object("contact"), [51], actor=world.ada)

    row = world.load("companies", "Company ID,Associated Contact\n41,51;52\n")

    assert codes(row) == [(2, "record_in_bin")]
    assert links(row) == {"asked": 2, "created": 1, "failed": 1}


def test_a_row_with_an_id_never_creates(world):
    """T29: nor does its e-mail decide."""
    row = world.load("contacts", "ID,E-mail\n999,anna@ex.org\n51,\n,anna@ex.org\n")

    assert codes(row) == [(2, "record_not_found")]
    assert numbers(row) == {"rows": 3, "unchanged": 1, "repeated": 1, "failed": 1}


def test_other_e_mails_of_a_contact_find_it(world):
    """T28, C21."""
    row = world.load("contacts", "E-mail\nANNA@EX.ORG\nAnna@ex.org\u00a0\n")
    assert numbers(row) == {"rows": 2, "unchanged": 1, "repeated": 1}


def test_legal_forms_are_not_stripped_and_spaces_and_case_are(world):
    """T28"""
    row = world.load("companies", "Name\nACME\n  acme \nAcme SA\nA\u00a0CME\n")
    assert numbers(row) == {"rows": 4, "updated": 1, "repeated": 1, "created": 2}
    assert sorted(world.values("company", "name").values())[-2:] == ["Gamma", "acme"]


def test_ambiguous_keys_name_ten_ids(world):
    """T30"""
    for _ in range(12):
        world.make("company", name="Twin")
    row = world.load("companies", "Name,City\ntwin,X\n")
    assert codes(row) == [(2, "ambiguous_match")]
    assert len(row.findings.get().details["ids"]) == 10
    assert row.findings.get().details["number"] == 12


def test_ambiguous_rows_leave_their_pairs_untried(world):
    """T30, T76"""
    world.make("company", name="Acme")
    row = world.load("companies", "Name,Associated Contact\nacme,51;52\nbeta,53\n")
    assert links(row) == {"asked": 3, "created": 1, "not_tried": 2}


def test_keys_in_another_order(world):
    """T27: reordered; the first that finds decides, the unique one still disagrees."""
    row = world.load(
        "contacts", "External id,E-mail\nx-51,bob@ex.org\n", match=["email", "external_id"]
    )
    assert codes(row) == [(2, "keys_disagree")]


@pytest.mark.parametrize("mode", ["create", "upsert"])
def test_rows_of_one_new_record_in_every_mode(world, mode):
    """T32, T33: create only: a second row of a record the file makes is repeated, not skipped."""
    row = world.load(
        "contacts", "E-mail,City\nnew@ex.org,\nNEW@ex.org,Paris\nanna@ex.org,Lyon\n", mode=mode
    )
    found = {"create": {"skipped": 1}, "upsert": {"updated": 1}}[mode]
    assert numbers(row) == {"rows": 3, "created": 1, "repeated": 1, **found}


def test_update_only_rows_of_a_record_that_is_not_there(world):
    """T32, T33, T76: their pairs are not tried."""
    content = "E-mail,Associated Company\nnew@ex.org,41\nnew@ex.org,42\nanna@ex.org,41\n"
    row = world.load("contacts", content, mode="update")
    assert numbers(row) == {"rows": 3, "skipped": 2, "unchanged": 1}
    assert links(row) == {"asked": 3, "created": 1, "not_tried": 2}


def test_pairs_of_repeated_rows_are_united(world):
    """T33: also of rows that only a later key joins."""
    content = (
        "E-mail,External id,Associated Company\n,x-51,41\nanna@ex.org,,42\nanna@ex.org,x-51,43\n"
    )
    row = world.load("contacts", content)
    assert numbers(row) == {"rows": 3, "unchanged": 1, "repeated": 2}
    assert world.links("contact", "company") == [(51, 41), (51, 42), (51, 43)]
    assert links(row) == {"asked": 3, "created": 3}


def test_duplicate_rows_without_key_unite_their_pairs(world):
    """T33: equal in every mapped cell means equal links too; else two records."""
    content = "Name,Associated Company\nRoof,41\nRoof,42\nRoof,41\n"
    row = world.load("deals", content)
    assert numbers(row) == {"rows": 3, "created": 2, "repeated": 1}
    assert links(row) == {"asked": 2, "created": 2}


def test_a_lead_row_that_fails_takes_its_repeated_rows_with_it_or_not(world):
    """T33, T36: an unreadable key cell fails its row only."""
    row = world.load("contacts", "E-mail,Phone,City\na@ex.org,12,X\na@ex.org,,Y\n")
    assert numbers(row)["rows"] == 2
    assert list(world.values("contact", "city").values()).count("Y") == 1


def test_a_set_of_keys_with_an_empty_part_does_not_find(world):
    """T27: a joined key needs all its parts."""
    world.make("contact", id=54, first_name="Jan", last_name="Nowak")
    row = world.load(
        "contacts",
        "First name,Last name,City\nJan,,A\nJan,Nowak,B\n",
        match=["first_name+last_name"],
    )
    assert numbers(row) == {"rows": 2, "created": 1, "updated": 1}
    assert world.values("contact", "city")[54] == "B"


def test_an_unknown_key_is_refused_with_the_nearest(world):
    """T27, C129."""
    with pytest.raises(TresseError) as refused:
        world.check("contacts", "E-mail\na@ex.org\n", match=["emial"])
    assert refused.value.code == "unknown_reference"
    assert "email" in str(refused.value)
