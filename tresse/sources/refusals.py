"""What the room of sources refuses, and why it stops a run."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

# Of definitions
NAME_TAKEN = Refusal("name_taken", 409, N_('There is already a source named "{name}".'))
WRONG_KIND = Refusal(
    "wrong_kind",
    422,
    N_(
        'The connection "{connection}" is of the kind {kind}, which reads {reads}. '
        "{source} wants {wanted}."
    ),
)
READ_NEEDS_ONE = Refusal(
    "wrong_value",
    422,
    N_("{name} says {number} things to read. It says one of: {known}."),
)
ONLY_OF_FILES = Refusal(
    "wrong_value", 422, N_("{name} is a setting of files, and {source} reads no files.")
)
NO_DATE_IN_PATTERN = Refusal(
    "wrong_value",
    422,
    N_(
        "{name} says how the date in the name of a file is written, and no part of the pattern is "
        r"named date. Write it as (?P<date>\d{{8}})."
    ),
)
BAD_PATTERN = Refusal("bad_pattern", 422, N_("{name}: {value} is no pattern: {reason}."))
NO_FILE_DATE = Refusal(
    "could_not_parse_date",
    422,
    N_('"{text}" in the name of the file "{name}" is no date of the form {format}.'),
)
VALUE_MISSING = Refusal("wrong_value", 422, N_("{name} is missing or empty. It needs {wanted}."))
BAD_DURATION = Refusal(
    "wrong_value", 422, N_("{name} needs a time such as 96h, 30m, 2d or 0, not {value}.")
)
BAD_CRON = Refusal(
    "wrong_value",
    422,
    N_(
        "{name} needs five fields (minute, hour, day, month, weekday), as 30 6 * * 1-5, not "
        "{value}."
    ),
)
BAD_ZONE = Refusal(
    "wrong_value", 422, N_("{name} needs a time zone such as Europe/Paris, not {value}.")
)
EITHER_OR = Refusal("wrong_value", 422, N_("{name} says {first} or {second}, not both."))
NEEDS_CURSOR = Refusal(
    "cursor_missing",
    422,
    N_("{source} is read incrementally and so needs extract.cursor, the column that grows."),
)
CURSOR_TYPE = Refusal(
    "cursor_type",
    422,
    N_("{name}: {column} is {type}. A cursor is an integer, a date or a datetime."),
)
OVERLAP_TYPE = Refusal(
    "wrong_value",
    422,
    N_("{name}: {column} is {type}; its overlap needs {wanted}, not {value}."),
)
NEEDS_SNAPSHOT = Refusal(
    "wrong_value",
    422,
    N_(
        "{name}: rows are known to be absent only where everything is read: with extract.mode "
        "snapshot, or read.file_holds all."
    ),
)
MODE_OF_FILES = Refusal(
    "wrong_value",
    422,
    N_("{name}: {value} is of {of}, and {source} reads {reads}. Use one of: {known}."),
)
COLUMN_REPEATED = Refusal(
    "column_repeated", 422, N_('{source} has the column "{name}" twice. Keep one of them.')
)
COLUMNS_ALIKE = Refusal(
    "columns_alike",
    422,
    N_(
        'The columns "{first}" and "{second}" of {source} differ only in upper and lower case. '
        "Read one of them, or give one another name in a query."
    ),
)
COLUMN_RESERVED = Refusal(
    "reserved_name",
    422,
    N_('"{name}" is a column that Tresse writes itself. Leave it out, or rename it in a query.'),
)
TOO_MANY_KEY_COLUMNS = Refusal(
    "wrong_value", 422, N_("{name} takes {least} to {most} columns, not {value}.")
)
KEY_TYPE = Refusal(
    "key_type", 422, N_("{name}: {column} is {type}. A key cannot be made of {types}.")
)
UNKNOWN_COLUMN = Refusal("column_missing", 422, N_('{name}: {source} has no column "{column}".'))
RULE_TAKES = Refusal(
    "rule_takes_other_type",
    422,
    N_("{name}: the rule {rule} takes {takes}, and the column is {type} there."),
)
ONLY_OF_TYPE = Refusal(
    "wrong_value", 422, N_("{name} is a setting of columns of type {types}, not {type}.")
)
RELATION_KEY = Refusal(
    "relation_key_unknown",
    422,
    N_('{name}: "{key}" is no key of {source}. Its keys: {known}.'),
)
RELATION_TYPE_MISMATCH = Refusal(
    "relation_type_mismatch",
    422,
    N_(
        "{name}: {column} is {type}, and {other_column} of {other} is {other_type}. Read both as "
        "one type."
    ),
)
AFTER_CIRCLE = Refusal(
    "schedule_circle", 422, N_("{name} would wait for itself: {path}. Give one of them a time.")
)
PATCH_NAMED = Refusal(
    "wrong_value", 422, N_("A source keeps its name. {name} cannot be called {value}.")
)
CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile",
    409,
    N_("{name} was changed by somebody else after you opened it. Read it again, then save."),
)
LOOK_TOO_LONG = Refusal(
    "look_too_long",
    504,
    N_(
        "The latest file of {connection} could not be brought here within a minute. Say its "
        "columns in a file of definitions, or put a smaller file of the same form there."
    ),
)
COUNT_TOO_LONG = Refusal(
    "count_too_long",
    504,
    N_(
        "The rows of {source} could not be counted within {seconds} seconds. Ask about fewer "
        "columns, or try again when less goes on."
    ),
)
DATE_ORDER_UNKNOWN = Refusal(
    "date_order_unknown",
    409,
    N_(
        "{source}: the dates in {column} can be read as {first} and as {second}. Say which is "
        "right as its format."
    ),
)

# Warnings that pages show beside a definition (S61, S76)
KEY_NOT_NORMALISED = Refusal(
    "key_not_normalised",
    200,
    N_(
        '{column} is a key and holds {semantic} as they were typed. The rule "{rule}" makes equal '
        "ones equal."
    ),
)
OVERLAP_NONE = Refusal(
    "overlap_none",
    200,
    N_(
        "{name} is read from exactly where it ended. A row that is stamped earlier and written "
        "later is then never read."
    ),
)
