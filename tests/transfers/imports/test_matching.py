"""Which record a row means (T27 to T34), in whole imports."""

import pytest

from tests.transfers.imports.house import codes, links, numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role, add_user
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError


@pytest.fixture
def people(house):
    """Anna with e-mail and phone, Bob with e-mail, external id and phone."""
    house.make("contact", id=51, email="anna@ex.org", phone="+33612345678", first_name="Anna")
    house.make("contact", id=52, email="bob@ex.org", external_id="b-1", phone="+33687654321")
    house.start_ids(60)
    return house


def test_the_same_file_twice_changes_nothing_the_second_time(house):
    """T91 b, C26: e-mails in other case and spacing; 0 created, 0 updated."""
    house.load("contacts", "E-mail,First name\nAnna@Ex.org,Anna\n bob@ex.org ,Bob\n")

    row = house.load("contacts", "E-mail,First name\n ANNA@ex.org,Anna\nbob@EX.org,Bob\n")

    assert numbers(row) == {"rows": 2, "unchanged": 2}


def test_an_id_decides_alone(people):
    """T29: unknown, of another object, or in the bin: the row fails and creates nothing."""
    people.make("company", id=41, name="Acme")
    row = people.load("contacts", "ID,First name\n51,Ann\n99,X\n41,Y\nabc,Z\n")

    assert numbers(row) == {"rows": 4, "updated": 1, "failed": 3}
    assert codes(row) == [(3, "record_not_found"), (4, "wrong_object"), (5, "record_not_found")]
    assert people.values("contact", "first_name")[51] == "Ann"


def test_a_unique_value_of_another_record_refuses_the_row(people):
    """T29, C18: the id decides, but the e-mail belongs to another contact."""
    row = people.load("contacts", "ID,E-mail\n51,bob@ex.org\n")

    assert numbers(row) == {"rows": 1, "failed": 1}
    assert codes(row) == [(2, "duplicate_value")]
    assert "bob@ex.org (52)" in row.findings.get().details["holder"]


def test_a_unique_value_taken_within_the_file(people):
    """C18, T33: two rows about two records want the same new e-mail."""
    row = people.load("contacts", "ID,E-mail\n51,new@ex.org\n52,NEW@ex.org\n")

    assert numbers(row) == {"rows": 2, "updated": 1, "failed": 1}
    assert codes(row) == [(3, "duplicate_value")]


def test_two_unique_keys_that_find_different_records(people):
    """T30: `keys_disagree`, nothing is merged."""
    row = people.load("contacts", "External id,E-mail\nb-1,anna@ex.org\n")

    assert codes(row) == [(2, "keys_disagree")]
    assert numbers(row) == {"rows": 1, "failed": 1}


def test_two_records_for_one_key(house):
    """T30: `ambiguous_match` with the ids."""
    house.make("company", id=41, name="Acme")
    house.make("company", id=42, name="ACME ")
    row = house.load("companies", "Name,City\nacme,Paris\n")

    assert codes(row) == [(2, "ambiguous_match")]
    assert row.findings.get().details["ids"] == ["41", "42"]


def test_two_people_with_one_phone_stay_two(people):
    """T31: a find by a lower key is dropped if the record has another e-mail."""
    row = people.load("contacts", "E-mail,Phone\ncleo@ex.org,+33612345678\n")

    assert numbers(row) == {"rows": 1, "created": 1}
    assert codes(row) == [(2, "possible_duplicate")]
    assert row.findings.get().record_id == 51


def test_a_unique_lower_key_refuses_the_row(people):
    """T31: found by e-mail, but the record has another external id."""
    row = people.load("contacts", "External id,E-mail\nb-2,bob@ex.org\n")

    assert codes(row) == [(2, "keys_disagree")]


def test_create_only_and_update_only(people):
    """T32: rows that find, or find nothing, are skipped."""
    content = "E-mail,First name\nanna@ex.org,A\nnew@ex.org,N\n"

    row = people.load("contacts", content, mode="create")
    assert numbers(row) == {"rows": 2, "created": 1, "skipped": 1}
    assert codes(row) == [(2, "create_only_import")]
    assert "anna@ex.org" in row.findings.get().details["record"] or "Anna" in str(
        row.findings.get().details
    )

    row = people.load(
        "contacts", "E-mail,First name\nanna@ex.org,B\nnone@ex.org,N\n", mode="update"
    )
    assert numbers(row) == {"rows": 2, "updated": 1, "skipped": 1}
    assert codes(row) == [(3, "update_only_import")]


def test_update_only_without_a_key_is_refused(house):
    """T32: `no_match_key`; in the other modes a notice."""
    with pytest.raises(TresseError) as refused:
        house.check("deals", "Name\nRoof\n", mode="update")
    assert refused.value.code == "no_match_key"

    row = house.load("deals", "Name\nRoof\n")
    assert codes(row) == [(0, "no_match_key")]


def test_rows_about_a_record_the_file_creates(house):
    """T33: the first row creates it, later ones add to it; the last value wins, with a notice."""
    row = house.load(
        "contacts",
        "E-mail,First name,City\na@ex.org,Ann,\nA@EX.org,,Paris\na@ex.org,Anna,Lyon\n",
    )

    assert numbers(row) == {"rows": 3, "created": 1, "repeated": 2}
    assert codes(row) == [(4, "conflicting_rows"), (4, "conflicting_rows")]
    assert list(house.values("contact", "first_name", "city").values()) == [("Anna", "Lyon")]
    first = row.findings.order_by("id").first()
    assert first.details == {
        "property": "First name",
        "value": "Ann",
        "line": 2,
        "other": "Anna",
        "other_line": 4,
        "taken": 4,
    }


@pytest.mark.parametrize(
    ("conflicts", "city", "outcome"),
    [
        ("last", "Lyon", {"created": 1, "repeated": 1}),
        ("first", "Paris", {"created": 1, "repeated": 1}),
        ("refuse", None, {"failed": 2}),
    ],
)
def test_conflicts_of_rows_about_one_record(house, conflicts, city, outcome):
    """T33, T6 `conflicts`."""
    row = house.load(
        "contacts", "E-mail,City\na@ex.org,Paris\na@ex.org,Lyon\n", conflicts=conflicts
    )

    assert numbers(row) == {"rows": 2, **outcome}
    assert list(house.values("contact", "city").values()) == ([city] if city else [])


def test_a_row_found_by_another_key_of_an_earlier_row(house):
    """T33: by phone, then by e-mail: one record."""
    row = house.load(
        "contacts",
        "E-mail,Phone,First name\na@ex.org,+33612345678,\n,+33 6 12 34 56 78,Ann\n",
    )

    assert numbers(row) == {"rows": 2, "created": 1, "repeated": 1}
    assert list(house.values("contact", "first_name").values()) == ["Ann"]


def test_two_new_people_with_one_phone_in_the_file(house):
    """T31, T33: other e-mails keep them apart; a third row by phone alone is ambiguous."""
    row = house.load(
        "contacts",
        "E-mail,Phone\na@ex.org,+33612345678\nb@ex.org,+33612345678\n,+33612345678\n",
    )

    assert numbers(row) == {"rows": 3, "created": 2, "failed": 1}
    assert codes(row) == [(3, "possible_duplicate"), (4, "ambiguous_match")]


def test_rows_without_key_equal_in_every_cell(house):
    """T33: `duplicate_row`, one record."""
    row = house.load("deals", "Name,Close note\nRoof,x\nRoof , x\nRoof,y\n")

    assert numbers(row) == {"rows": 3, "created": 2, "repeated": 1}
    assert (3, "duplicate_row") in codes(row)
    assert row.findings.get(code="duplicate_row").details == {"line": 2}


def test_a_set_of_columns_as_key(people):
    """T27: columns joined by the person; other keys are dropped, but stay unique."""
    people.make("contact", id=53, first_name="Jan", last_name="Nowak")
    content = "First name,Last name,City\nJAN,nowak,Gdańsk\nJan,Kowalski,Łódź\n"

    row = people.load("contacts", content, match=["first_name+last_name"])

    assert numbers(row) == {"rows": 2, "updated": 1, "created": 1}
    assert people.values("contact", "city")[53] == "Gdańsk"


def test_a_dropped_unique_key_still_refuses_what_is_taken(people):
    """T27, C18: matched by phone only, the e-mail of another contact is refused."""
    content = "Phone,E-mail\n+33611111111,anna@ex.org\n"

    row = people.load("contacts", content, match=["phone"])

    assert codes(row) == [(2, "duplicate_value")]


@pytest.fixture
def mia(people):
    """A member: may change own records only, sees all."""
    add_role(
        name="own",
        label="Own",
        rights={
            "objects": {
                "*": {"view": "all", "create": "all", "edit": "own", "import": "all"},
                "company": {"view": "own", "create": "none", "edit": "own", "import": "all"},
            }
        },
        actor=people.ada,
    )
    return actor_of(add_user(email="mia@example.com", name="Mia", role="own", actor=SYSTEM))


def test_records_of_others_are_matched_but_not_changed(people, mia):
    """T34, C110: `not_permitted`, without id or values; own and new ones go in."""
    own = people.make("contact", actor=mia, email="own@ex.org")
    content = "E-mail,First name\nanna@ex.org,X\nown@ex.org,Y\nnew@ex.org,Z\n"

    row = people.load("contacts", content, actor=mia)

    assert numbers(row) == {"rows": 3, "updated": 1, "created": 1, "failed": 1}
    assert codes(row) == [(2, "not_permitted")]
    finding = row.findings.get()
    assert finding.record_id is None
    assert "51" not in str(finding.details)
    assert people.values("contact", "first_name")[own] == "Y"


def test_a_key_of_several_columns_is_compared_by_value(house):
    """T27, T33: 1.5 and 1.50 are one amount."""
    content = "Name,Amount\nRoof,1.5\nRoof,1.50\nRoof,2\n"

    row = house.load("deals", content, match=["name+amount"])

    assert numbers(row) == {"rows": 3, "created": 2, "repeated": 1}


def test_long_values_of_a_key_may_repeat(house):
    """T33: longer than an entry of an index may be, and none that a database could pack."""
    long = "".join(chr(0x4E00 + number * number % 20_011) for number in range(5_000))
    content = f"First name,City\n{long},Lyon\n{long},Nice\n{long}x,Lyon\n"

    row = house.load("contacts", content, match=["first_name"])

    assert numbers(row) == {"rows": 3, "created": 2, "repeated": 1}


def test_creating_needs_the_right_to_create(people, mia):
    """T5, T34: rows that would create are refused one by one."""
    row = people.load("companies", "Name\nAcme\n", actor=mia)

    assert codes(row) == [(2, "not_permitted")]


def test_records_out_of_sight_are_not_found_for_links(people, mia):
    """T34, C108: a company of somebody else is not linked, nor named."""
    people.make("company", name="Acme")
    content = "E-mail,Associated Company\nnew@ex.org,Acme\n"

    row = people.load("contacts", content, actor=mia)

    assert codes(row) == [(2, "association_record_not_found")]
    assert links(row) == {"asked": 1, "failed": 1}


def test_importing_needs_the_right(people):
    """T5: `not_permitted` before anything is taken in."""
    reader = actor_of(add_user(email="r@example.com", name="R", role="reader", actor=SYSTEM))

    with pytest.raises(TresseError) as refused:
        people.add("contacts", "E-mail\na@ex.org\n", actor=reader)

    assert refused.value.code == "not_permitted"
