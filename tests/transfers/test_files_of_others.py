"""Files of other programs are read right, or refused for the reason they give (T7 to T15)."""

from collections import Counter
from pathlib import Path

import pytest

from tests.transfers.reading import read
from tresse.kernel.errors import TresseError
from tresse.transfers.files import sniff

CASES = Path(__file__).parents[1] / "cases" / "files"
READ = {
    # name: (type, encoding, delimiter, has a header, rows that can be read, columns, findings)
    "csvkit/date_like_number.csv": ("csv", "UTF-8", "\t", True, 1, 1, {}),
    "csvkit/no_header_row3.csv": ("csv", "UTF-8", ",", False, 2, 3, {}),
    "csvkit/sniff_limit.csv": ("csv", "UTF-8", ";", True, 1, 3, {}),
    "csvkit/test.xlsx": ("xlsx", "UTF-8", "", True, 4, 7, {"incorrect_number_of_columns": 1}),
    "csvkit/test_empty_columns.csv": (
        *("csv", "UTF-8", ",", True, 1, 5),
        {"incorrect_number_of_columns": 1},
    ),
    "csvkit/test_skip_lines.csv": ("csv", "UTF-8", ",", True, 1, 3, {}),
    "csvkit/test_skip_lines.xlsx": (
        *("xlsx", "UTF-8", "", True, 4, 7),
        {"incorrect_number_of_columns": 1},
    ),
    "dataloader/accountsForInsert.csv": ("csv", "UTF-8", ",", True, 4, 4, {}),
    "dataloader/dateWithTimeZone.csv": ("csv", "UTF-8", ",", True, 2, 9, {}),
    "dataloader/timeZoneFormatTesting.csv": ("csv", "UTF-8", ",", True, 12, 2, {}),
    "dittofeed/missing-headers-users.csv": ("csv", "UTF-8", ",", False, 5, 4, {}),
    "dittofeed/missing-identifiers.csv": ("csv", "UTF-8", ",", True, 5, 2, {}),
    "dittofeed/missing-some-identifiers.csv": ("csv", "UTF-8", ",", True, 5, 4, {}),
    "dittofeed/subscription-group-actions.csv": (
        *("csv", "UTF-8", ",", True, 4, 6),
        {"incorrect_number_of_columns": 1},
    ),
    "fivetran/hubspot_contact_merge_audit_data.csv": ("csv", "UTF-8", ",", True, 4, 10, {}),
    "fivetran/hubspot_deal_pipeline_data.csv": ("csv", "UTF-8", ",", True, 6, 8, {}),
    "fivetran/iterable_channel_data.csv": ("csv", "UTF-8", ",", True, 2, 6, {}),
    "fivetran/klaviyo_flow.csv": ("csv", "UTF-8", ",", True, 2, 10, {}),
    "fivetran/mailchimp_campaign_recipient.csv": ("csv", "UTF-8", ",", True, 10, 5, {}),
    "fivetran/marketo_activity_delete_lead_data.csv": ("csv", "UTF-8", ",", True, 31, 9, {}),
    "fivetran/pardot_campaign_data.csv": ("csv", "UTF-8", ",", True, 100, 5, {}),
    "fivetran/salesforce_contact_history_data.csv": ("csv", "UTF-8", ",", True, 4, 32, {}),
    "fivetran/shopify_gql_customer_tag_data.csv": ("csv", "UTF-8", ",", True, 10, 4, {}),
    "grouparoo/accounts.csv": ("csv", "UTF-8", ",", True, 50, 4, {}),
    "grouparoo/plans.csv": ("csv", "UTF-8", ",", True, 4, 4, {}),
    "krayin/persons.csv": ("csv", "UTF-8", ",", True, 2, 6, {}),
    "papaparse/long-sample.csv": ("csv", "UTF-8", ",", False, 8, 7, {}),
    "papaparse/sample-header.csv": ("csv", "UTF-8", ",", True, 2, 2, {}),
    "unomi/6-actors-test.csv": ("csv", "UTF-8", ";", True, 6, 5, {}),
}
REFUSED = {
    "csvkit/dummy.csv.gz": "unsupported_file_type",
    "csvkit/empty.csv": "file_is_empty",
    "csvkit/sheets.xlsx": "sheet_not_chosen",
    "csvkit/test.xls": "unsupported_file_type",
    "csvkit/testdbf.dbf": "unsupported_file_type",
    "dataloader/csvtext_BOM_UTF32BE.csv": "file_is_damaged",
    "dataloader/hardDeleteEmptyCsvFileTemplate.csv": "file_is_empty",
}


@pytest.fixture
def copied(tmp_path):
    """A copy of a file; what is unpacked stands beside it."""

    def call(name):
        path = tmp_path / Path(name).name
        path.write_bytes((CASES / name).read_bytes())
        return path

    return call


@pytest.mark.parametrize("name", READ)
def test_is_read(copied, name):
    """T10, T12 to T15"""
    form, cells, _, findings, _ = read(copied(name))
    assert READ[name] == (
        *(form.type, form.encoding, form.delimiter, form.has_header, len(cells), form.width),
        Counter(each.code for each in findings),
    )


@pytest.mark.parametrize("name", REFUSED)
def test_is_refused(copied, name):
    """T7, T9, T15"""
    with pytest.raises(TresseError) as caught:
        sniff(copied(name))
    assert caught.value.code == REFUSED[name]


def test_a_workbook_of_excel_has_the_rows_that_another_reader_found(copied):
    """T15: as csvkit converts it."""
    _, cells, lines, findings, _ = read(copied("csvkit/test.xlsx"))
    assert cells == [
        ("Chicago Reader", "1971-01-01", "40", "true", "1", "1971-01-01T04:14:00", ""),
        ("Chicago Tribune", "1920-01-01", "164", "false", "41800000.01", "1920-01-01", ""),
        ("This row has blanks", *[""] * 6),
        ("Unicode! Σ", *[""] * 6),
    ]
    assert lines == [2, 4, 5, 6]
    assert findings[0].message == "8 cells, the header has 7."


def test_a_chosen_sheet_is_read(copied):
    """T15: whatever letters its name has."""
    form, cells, _, findings, _ = read(copied("csvkit/sheets.xlsx"), sheet="ʤ")
    assert (form.sheet, form.sheets) == ("ʤ", ("data", "ʤ"))
    assert (cells[0][:2], findings) == (("1", "2"), [])
