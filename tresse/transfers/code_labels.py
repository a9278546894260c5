"""What people call the codes of findings; the code itself stands beside it for programs."""

from collections.abc import Mapping

from django.utils.translation import gettext

from tresse.kernel.marks import N_

CODE_LABELS: Mapping[str, str] = {
    # Rows
    "incorrect_number_of_columns": N_("Too few or too many cells"),
    "could_not_parse_row": N_("Rows that cannot be read"),
    "record_not_found": N_("Records not found"),
    "record_in_bin": N_("Records in the bin"),
    "wrong_object": N_("Ids of another object"),
    "keys_disagree": N_("Keys that find different records"),
    "ambiguous_match": N_("Several records match"),
    "not_permitted": N_("Records you may not change"),
    "create_only_import": N_("Records that exist already"),
    "update_only_import": N_("Records that do not exist"),
    "duplicate_value": N_("Values another record holds"),
    "missing_required_property": N_("Required values missing"),
    "nothing_to_identify": N_("Nothing tells who it is"),
    # Cells
    "spreadsheet_error_value": N_("Formulas with an error"),
    "cell_too_large": N_("Cells that are too long"),
    "consent_not_raised": N_("Consents an import cannot give"),
    "invalid_option": N_("Unknown options"),
    "invalid_email": N_("Invalid e-mail addresses"),
    "invalid_phone": N_("Invalid phone numbers"),
    "invalid_url": N_("Invalid web addresses"),
    "invalid_domain": N_("Invalid domains"),
    "could_not_parse_number": N_("Invalid numbers"),
    "number_out_of_range": N_("Numbers out of range"),
    "wrong_currency": N_("Other currencies"),
    "could_not_parse_boolean": N_("Neither yes nor no"),
    "could_not_parse_date": N_("Invalid dates"),
    "date_out_of_range": N_("Dates out of range"),
    "could_not_find_user": N_("Unknown users"),
    "multiple_users_found": N_("Several users match"),
    "inactive_user": N_("Inactive users"),
    "unknown_pipeline": N_("Unknown pipelines"),
    "stage_not_in_pipeline": N_("Stages of another pipeline"),
    "stage_requirements_missing": N_("Stages that need more values"),
    "failed_validation": N_("Values that break a rule"),
    "text_too_long": N_("Texts that are too long"),
    # Links
    "association_record_not_found": N_("Records to link not found"),
    "invalid_association_key": N_("Keys of links that cannot be read"),
    "association_label_not_found": N_("Unknown link labels"),
    "association_limit_exceeded": N_("More links than allowed"),
    "link_to_itself": N_("Records linked to themselves"),
    # Notices
    "no_match_key": N_("No column tells which records are meant"),
    "conflicting_rows": N_("Rows that contradict each other"),
    "duplicate_row": N_("Equal rows"),
    "column_ignored": N_("Columns not imported"),
    "read_only_property": N_("Columns that syncs write"),
    "links_not_requested": N_("Links not asked for"),
    "name_disagrees": N_("Names that differ from the record"),
    "possible_duplicate": N_("Possible duplicates"),
    "plan_drift": N_("Changed between check and run"),
    "same_file_before": N_("File imported before"),
}


def code_label(code: str) -> str:
    """A code as people read it."""
    if code in CODE_LABELS:
        return gettext(CODE_LABELS[code])
    return code.replace("_", " ").capitalize()
