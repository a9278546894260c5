"""Refusals of imports and exports, and the findings of their reports, with level and sentence.

File and column findings refuse a check or a run (`raise FILE_IS_EMPTY(file="x.csv")`); the others
are lines of the report, made by `findings.finding`. Codes about values, records and links that
occur here too stand in the rooms that own them (`crm` C129).
"""

from collections.abc import Mapping

from tresse.engine.files.refusals import (
    FILE_IS_DAMAGED,
    FILE_IS_EMPTY,
    FILE_IS_ENCRYPTED,
    TOO_MANY_COLUMNS,
    UNDECODABLE_TEXT,
    UNSUPPORTED_FILE_TYPE,
)
from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

FILE, COLUMN, ROW, CELL, LINK, NOTICE = "file", "column", "row", "cell", "link", "notice"
LEVELS = (FILE, COLUMN, ROW, CELL, LINK, NOTICE)

FILE_GONE = Refusal("link_expired", 410, N_("{file} is no longer kept. Export it again."))
IMPORT_FILE_GONE = Refusal(
    "link_expired",
    410,
    N_("{file} was kept for {days} days and is gone. Its report and findings are still there."),
)
MAIL_NOT_SENT = Refusal("mail_not_sent", 422, N_("The mail to {address} was not sent: {reason}."))
EXPORT_FAILED = Refusal("export_failed", 422, N_("{reason} {file} was not written."))
FILE_TOO_LARGE = Refusal(
    "file_too_large",
    413,
    N_("{file} has {size}; the most is {most}. Split the file or raise the setting."),
)
SHEET_NOT_CHOSEN = Refusal(
    "sheet_not_chosen", 422, N_("The file has {number} sheets: {sheets}. Say which one.")
)

COLUMNS_UNDECIDED = Refusal(
    "columns_undecided", 422, N_("{number} columns have no answer: {columns}.")
)
PROPERTY_MAPPED_TWICE = Refusal(
    "property_mapped_twice", 422, N_('"{column}" and "{other}" both go to {property}.')
)
COLUMN_NEEDS_ANSWER = Refusal("column_needs_answer", 422, N_('"{column}" is no relation.'))
"Details: `column`, `nearest` (the header it was meant to be), `line` to add to the mapping file."
DATE_ORDER_UNKNOWN = Refusal(
    "date_order_unknown",
    422,
    N_('Column "{column}": "{value}" may be {first} or {second}. Say which for the column.'),
)
NUMBER_FORM_UNKNOWN = Refusal(
    "number_form_unknown",
    422,
    N_('Column "{column}": "{value}" may be {first} or {second}. Say which for the column.'),
)

ASSOCIATE_OR_DISSOCIATE = Refusal(
    "associate_or_dissociate", 422, N_("Choose to associate or to dissociate, not both.")
)
NO_MATCH_KEY = Refusal("no_match_key", 422, N_("No column tells which {objects} are meant."))
NO_MATCH_KEY_NOTICE = Refusal(
    "no_match_key",
    422,
    N_("No column tells which {objects} are meant. Every row will be created."),
)
NOTHING_WRITTEN = Refusal(
    "nothing_written", 422, N_("{number} rows have findings and all_or_nothing is on.")
)
PLAN_CHANGED = Refusal(
    "plan_changed",
    422,
    N_("Data changed since the check: {number} {what} instead of {before}."),
)
WRONG_STATE = Refusal("wrong_state", 409, N_("The import is {state}; this needs {wanted}."))
EXPORT_NOT_READY = Refusal("wrong_state", 409, N_("The export is {state}; this needs {wanted}."))
UNDO_EXPIRED = Refusal("undo_expired", 410, N_("Undo ended on {date}."))
ALREADY_UNDONE = Refusal("already_undone", 409, N_("It was undone on {date} by {person}."))

INCORRECT_NUMBER_OF_COLUMNS = Refusal(
    "incorrect_number_of_columns",
    422,
    N_("{cells} cells, the header has {columns}. Is a quote missing?"),
)
COULD_NOT_PARSE_ROW = Refusal(
    "could_not_parse_row", 422, N_("The quote opened here is never closed.")
)
ROW_TOO_WIDE = Refusal(
    "incorrect_number_of_columns", 422, N_("{cells} cells, the header has {columns}.")
)
KEYS_DISAGREE = Refusal(
    "keys_disagree",
    422,
    N_("{key} finds {record}, {other_key} finds {other_record}. Merge them first or drop a key."),
)
CREATE_ONLY_IMPORT = Refusal("create_only_import", 422, N_("{record} exists already."))
UPDATE_ONLY_IMPORT = Refusal("update_only_import", 422, N_("No {object} with this {key}."))
SPREADSHEET_ERROR_VALUE = Refusal("spreadsheet_error_value", 422, N_("The formula gives {value}."))
FORMULA_WITHOUT_VALUE = Refusal(
    "spreadsheet_error_value",
    422,
    N_("The formula has no stored value. Open the file, save it and import it again."),
)
CELL_TOO_LARGE = Refusal("cell_too_large", 422, N_("{number} characters; the most is {most}."))
CONSENT_NOT_RAISED = Refusal(
    "consent_not_raised",
    422,
    N_("{record} has refused {what} on {date}; an import cannot lift that."),
)
ASSOCIATION_RECORD_NOT_FOUND = Refusal(
    "association_record_not_found",
    422,
    N_('No {object} has the {key} "{value}". Import it first or choose "create".'),
)
INVALID_ASSOCIATION_KEY = Refusal(
    "invalid_association_key", 422, N_('"{value}" is no {object} {key}.')
)
CONFLICTING_ROWS = Refusal(
    "conflicting_rows",
    422,
    N_(
        '{property} is "{value}" on line {line} and "{other}" on line {other_line}; '
        "line {taken} was taken."
    ),
)
DUPLICATE_ROW = Refusal("duplicate_row", 422, N_("Same as line {line}."))
COLUMN_IGNORED = Refusal(
    "column_ignored", 422, N_('"{column}" was not imported ({number} values).')
)
COLUMN_IGNORED_ONE = Refusal("column_ignored", 422, N_('"{column}" was not imported (1 value).'))
LINKS_NOT_REQUESTED = Refusal(
    "links_not_requested", 422, N_('"{column}" was read but no links were asked for.')
)
NAME_DISAGREES = Refusal(
    "name_disagrees", 422, N_('{object} {id} is "{name}", the row says "{value}".')
)
POSSIBLE_DUPLICATE = Refusal("possible_duplicate", 422, N_("{record} has the same {key}."))
DOES_NOT_FIT_FORMAT = Refusal(
    "does_not_fit_format", 422, N_("{number} rows; {format} holds {most}. Use CSV.")
)
TEXTS_DO_NOT_FIT_FORMAT = Refusal(
    "does_not_fit_format", 422, N_("{number} texts exceed {most} characters.")
)
EXPORT_PAUSED = Refusal("export_paused", 409, N_("Paused after {number} failures: {reason}."))
PLAN_DRIFT = Refusal(
    "plan_drift", 422, N_("{record} was created by somebody else meanwhile; updated instead.")
)
SAME_FILE_BEFORE = Refusal("same_file_before", 422, N_("This file was imported on {date}."))

_BY_LEVEL: Mapping[str, tuple[Refusal, ...]] = {
    FILE: (
        UNSUPPORTED_FILE_TYPE,
        FILE_TOO_LARGE,
        FILE_IS_EMPTY,
        FILE_IS_ENCRYPTED,
        FILE_IS_DAMAGED,
        UNDECODABLE_TEXT,
        SHEET_NOT_CHOSEN,
        TOO_MANY_COLUMNS,
        ASSOCIATE_OR_DISSOCIATE,
        NO_MATCH_KEY,
        NOTHING_WRITTEN,
        PLAN_CHANGED,
        WRONG_STATE,
        UNDO_EXPIRED,
        ALREADY_UNDONE,
        DOES_NOT_FIT_FORMAT,
        EXPORT_PAUSED,
    ),
    COLUMN: (
        COLUMNS_UNDECIDED,
        PROPERTY_MAPPED_TWICE,
        COLUMN_NEEDS_ANSWER,
        DATE_ORDER_UNKNOWN,
        NUMBER_FORM_UNKNOWN,
    ),
    ROW: (
        INCORRECT_NUMBER_OF_COLUMNS,
        COULD_NOT_PARSE_ROW,
        KEYS_DISAGREE,
        CREATE_ONLY_IMPORT,
        UPDATE_ONLY_IMPORT,
    ),
    CELL: (SPREADSHEET_ERROR_VALUE, CELL_TOO_LARGE, CONSENT_NOT_RAISED),
    LINK: (ASSOCIATION_RECORD_NOT_FOUND, INVALID_ASSOCIATION_KEY),
    NOTICE: (
        CONFLICTING_ROWS,
        DUPLICATE_ROW,
        COLUMN_IGNORED,
        LINKS_NOT_REQUESTED,
        NAME_DISAGREES,
        POSSIBLE_DUPLICATE,
        PLAN_DRIFT,
        SAME_FILE_BEFORE,
    ),
}

LEVEL_OF: Mapping[str, str] = {
    refusal.code: level for level, refusals in _BY_LEVEL.items() for refusal in refusals
}
"Level of each code of T79; `no_match_key` is a notice where rows may be created (T32)."
