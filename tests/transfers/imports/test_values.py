"""Values of rows (T35 to T41), and what a check leaves alone (T61)."""

import pytest

from tests.transfers.imports.house import codes, numbers
from tresse.kernel.errors import TresseError
from tresse.transfers.models import Import


@pytest.fixture
def acme(house):
    """Company 41 with a city and a number of employees."""
    house.make("company", id=41, name="Acme", city="Paris", employee_count="12")
    house.start_ids(50)
    return house


def test_empty_cells_change_nothing(acme):
    """T35."""
    row = acme.load("companies", "Company ID,City,Employee count\n41,,\n")

    assert numbers(row) == {"rows": 1, "unchanged": 1}


def test_empty_cells_empty_the_property_if_asked(acme):
    """T35 `erase_empty`: mapped columns, existing records; a required one refuses the row."""
    content = "Company ID,Name,City,Employee count\n41,Acme,,12\n"
    row = acme.load("companies", content, erase_empty=True)
    assert numbers(row) == {"rows": 1, "updated": 1}
    assert acme.values("company", "city", "employee_count") == {41: (None, 12)}

    row = acme.load("companies", "Company ID,Name\n41,\n", erase_empty=True)
    assert codes(row) == [(2, "missing_required_property")]
    assert numbers(row) == {"rows": 1, "failed": 1}


def test_a_bad_cell_is_left_out_and_the_old_value_stays(acme):
    """T36: the row is applied; also with `erase_empty`."""
    content = "Company ID,City,Employee count\n41,Lyon,many\n"

    row = acme.load("companies", content, erase_empty=True)

    assert numbers(row) == {"rows": 1, "updated": 1}
    assert codes(row, "cell") == [(2, "could_not_parse_number")]
    assert row.counters["cells_left_out"] == 1
    assert acme.values("company", "city", "employee_count") == {41: ("Lyon", 12)}


def test_a_bad_cell_refuses_the_row_if_asked(acme):
    """T6 `bad_cell` = `refuse`."""
    content = "Company ID,City,Employee count\n41,Lyon,many\n"

    row = acme.load("companies", content, bad_cell="refuse")

    assert numbers(row) == {"rows": 1, "failed": 1}
    assert codes(row, "row") == [(2, "could_not_parse_number")]


def test_a_bad_key_cell_refuses_the_row(acme):
    """T36: what finds the record cannot be left out."""
    row = acme.load("contacts", "E-mail,First name\nanna@,Anna\n")

    assert codes(row, "row") == [(2, "invalid_email")]
    assert numbers(row) == {"rows": 1, "failed": 1}


def test_what_a_record_needs(acme):
    """C17, C44: required values and something to know a contact by."""
    row = acme.load("deals", "Close note,Name\nx,\n")
    assert (2, "missing_required_property") in codes(row, "row")

    row = acme.load("contacts", "City\nParis\n")
    assert (2, "nothing_to_identify") in codes(row, "row")


def test_unknown_options_are_left_out_added_or_mapped(house):
    """T37: counted by the check; made at the run, never at the check."""
    content = "E-mail,Lead source\na@ex.org,Trade fair\nb@ex.org,Trade fair\n"

    row = house.check("contacts", content)
    assert codes(row, "cell") == [(2, "invalid_option"), (3, "invalid_option")]
    assert row.plan_facts["unknown_options"] == {"lead_source": {"Trade fair": 2}}

    row = house.load("contacts", content, unknown_options="add")
    assert codes(row, "cell") == []
    assert set(house.values("contact", "lead_source").values()) == {"trade_fair"}
    options = house.model.object("contact").property("lead_source").options
    assert [each.label for each in options if each.name == "trade_fair"] == ["Trade fair"]

    known = options[0].name
    row = house.load(
        "contacts",
        "E-mail,Lead source\na@ex.org,Somewhere\n",
        unknown_options="map",
        option_map={"lead_source": {"somewhere": known}},
    )
    assert codes(row, "cell") == []
    assert known in house.values("contact", "lead_source").values()


def test_new_records_belong_to_who_imports_unless_said(house):
    """T38: users by e-mail or name; an unknown one leaves the cell out."""
    content = "E-mail,Owner\na@ex.org,\nb@ex.org,ada@example.com\nc@ex.org,nobody@x.org\n"

    row = house.load("contacts", content)

    assert codes(row) == [(4, "could_not_find_user")]
    assert set(house.values("contact", "owner").values()) == {house.ada.user_id}


def test_columns_set_by_the_product_are_not_imported(house):
    """T39: no finding; `created_at` is taken for new records only."""
    content = "E-mail,Created at,Activity count\na@ex.org,2020-01-02T03:04:05Z,7\n"

    row = house.load("contacts", content)
    assert codes(row) == []
    [(created, count)] = house.values("contact", "created_at", "activity_count").values()
    assert (created.isoformat(), count) == ("2020-01-02T03:04:05+00:00", 0)

    row = house.load("contacts", content.replace("2020", "2021"))
    assert numbers(row) == {"rows": 1, "unchanged": 1}


def test_stages_are_read_in_their_pipeline(house):
    """T40, C48, C49: the default stage, a stage by name, one that is not there."""
    content = "Name,Stage\nA,\nB,Won\nC,Nowhere\n"

    row = house.load("deals", content)

    assert codes(row, "cell") == [(4, "stage_not_in_pipeline")]
    stages = house.model.object("deal").stages
    by_name = {
        name: stages[stage].name for name, stage in house.values("deal", "name", "stage").values()
    }
    assert by_name == {"A": "new", "B": "won", "C": "new"}


def test_the_check_writes_nothing_but_its_own_rows(acme):
    """T61: every other table is as before."""
    own = (
        *("transfers_import", "transfers_importfinding"),
        *("jobs_job", "jobs_notification", "accounts_auditentry"),
    )
    before = acme.everything(but=own)

    row = acme.check(
        "companies",
        "Company ID,Name,City,Associated Contact\n41,Acme,Lyon,a@ex.org\n,New,,b@ex.org\n",
        missing="create",
    )

    assert row.state == "checked"
    assert numbers(row) == {"rows": 2, "created": 1, "updated": 1}
    assert acme.everything(but=own) == before
    assert row.plan_facts["changes"] == [
        {"line": 2, "record_id": 41, "property": "City", "old": "Paris", "new": "Lyon"}
    ]


def test_all_or_nothing(acme):
    """T6, T79 `nothing_written`: one finding above a notice and nothing is written."""
    content = "Company ID,City\n41,Lyon\n99,X\n"

    row = acme.check("companies", content, all_or_nothing=True)
    row = acme.run(row)

    assert (row.state, row.error_code) == ("failed", "nothing_written")
    assert acme.values("company", "city") == {41: "Paris"}

    row = acme.load("companies", "Company ID,City\n41,Lyon\n", all_or_nothing=True)
    assert row.state == "done"
    assert acme.values("company", "city") == {41: "Lyon"}


def test_unknown_settings_and_values_are_refused(house):
    """T6, C53: named, with the nearest."""
    with pytest.raises(TresseError) as refused:
        house.add("contacts", "E-mail\na@ex.org\n", mod="create")
    assert refused.value.code == "unknown_key"
    with pytest.raises(TresseError) as refused:
        house.add("contacts", "E-mail\na@ex.org\n", mode="insert")
    assert refused.value.code == "wrong_value"
    assert Import.objects.count() == 0


def test_a_name_beside_an_id_is_compared(acme):
    """T25: `name_disagrees`, with both."""
    content = "Company ID,Company name\n41,Other\n"
    row = acme.load("companies", content, mapping={"Company name": {"name_of": "Company ID"}})

    assert codes(row) == [(2, "name_disagrees")]
    assert row.findings.get().details["name"] == "Acme"


def test_ragged_and_broken_rows(acme):
    """T13, T76: they are rows that failed, with their line; blank lines are not rows."""
    content = 'E-mail,City\na@ex.org,Paris,more\n\nb@ex.org,Lyon\n"c@ex.org,X\n'

    row = acme.load("contacts", content)

    assert codes(row, "row") == [
        (2, "incorrect_number_of_columns"),
        (5, "could_not_parse_row"),
    ]
    assert numbers(row) == {"rows": 3, "created": 1, "failed": 2}
    assert row.counters["blank"] == 1


def test_ignored_columns_and_links_not_requested(acme):
    """T19, T59: notices."""
    row = acme.load("contacts", "E-mail,Fax,Associated Company\na@ex.org,1,41\n", links="ignore")

    assert codes(row) == [(0, "column_ignored"), (0, "links_not_requested")]
    assert acme.links("contact", "company") == []
