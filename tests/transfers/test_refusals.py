"""Every code of T79 has its level, its HTTP status and a sentence that reads well."""

import re
from string import Formatter

import pytest

from tresse.kernel.errors import Refusal
from tresse.transfers import refusals

ALL = {name: each for name, each in vars(refusals).items() if isinstance(each, Refusal)}
OTHERS = {
    "file_too_large": 413,
    "unsupported_file_type": 415,
    "undo_expired": 410,
    "wrong_state": 409,
    "already_undone": 409,
    "export_paused": 409,
    "link_expired": 410,
}
T79 = {
    *("unsupported_file_type", "file_too_large", "file_is_empty", "file_is_encrypted"),
    *("file_is_damaged", "undecodable_text", "sheet_not_chosen", "too_many_columns"),
    *("columns_undecided", "property_mapped_twice", "column_needs_answer", "date_order_unknown"),
    *("number_form_unknown", "associate_or_dissociate", "no_match_key", "nothing_written"),
    *("plan_changed", "wrong_state", "undo_expired", "already_undone"),
    *("incorrect_number_of_columns", "could_not_parse_row", "keys_disagree"),
    *("create_only_import", "update_only_import", "spreadsheet_error_value", "cell_too_large"),
    *("consent_not_raised", "association_record_not_found", "invalid_association_key"),
    *("conflicting_rows", "duplicate_row", "column_ignored", "links_not_requested"),
    *("name_disagrees", "possible_duplicate", "does_not_fit_format", "export_paused"),
    *("plan_drift", "same_file_before"),
}
EXPORTS = {"link_expired", "export_failed", "mail_not_sent"}  # of exports, not of a report (T80)


def test_the_codes_are_those_of_the_specification():
    """T79"""
    assert {each.code for each in ALL.values()} - EXPORTS == T79 == set(refusals.LEVEL_OF)


@pytest.mark.parametrize("name", ALL)
def test_each_refusal_has_a_sentence_and_its_status(name):
    """T79"""
    refusal = ALL[name]
    names = {field for _, field, _, _ in Formatter().parse(refusal.sentence) if field}

    message = refusal(**dict.fromkeys(names, "x")).message

    assert refusal.status == OTHERS.get(refusal.code, 422)
    assert message == re.sub(r"\{\w+\}", "x", refusal.sentence)
    assert message.endswith((".", "?")) or name == "UNSUPPORTED_FILE_TYPE"
    assert refusal.code in EXPORTS or refusals.LEVEL_OF[refusal.code] in refusals.LEVELS
