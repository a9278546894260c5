"""Refusals about runs of sources, and what holds, fails or skips one."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

NOT_REVIEWED = Refusal(
    "not_reviewed",
    409,
    N_("Nobody has looked at the types of {source} yet. Review its columns, then read it."),
)
RUN_GOING_ON = Refusal(
    "run_going_on",
    409,
    N_("Run {run} of {source} is going on. Wait for its end, or cancel it."),
)
RUN_STATE = Refusal(
    "wrong_state", 409, N_("Run {run} of {source} is {state}; this needs a run that is {wanted}.")
)
NOTHING_HELD = Refusal("wrong_state", 409, N_("No run of {source} waits for a decision."))
HELD_OUTDATED = Refusal(
    "held_outdated",
    409,
    N_("Since run {run}, a newer version of {source} was published. Read the source again."),
)
NOTHING_REJECTED = Refusal(
    "nothing_rejected", 409, N_("Run {run} of {source} has no rejected rows to be read again.")
)
RUN_BROKEN = Refusal(
    "run_broken", 500, N_("The run ended without an answer. Its job says more; read again.")
)

# Why a run is skipped
SOURCE_DISABLED = Refusal("source_disabled", 409, N_("{source} is switched off."))
CONNECTION_DISABLED = Refusal(
    "connection_disabled", 409, N_("The connection {connection} of {source} is switched off.")
)
ALREADY_READ = Refusal(
    "already_read",
    409,
    N_("{source} is read once, and that was done. Ask for a full reading to read it again."),
)

# Why a run is held (S80, S104)
TOO_MANY_DELETED = Refusal(
    "too_many_deleted",
    409,
    N_(
        "{number} of the {rows} rows of {source} would be marked as deleted ({percent} %). "
        "If that is right, publish this run; otherwise look at the source first."
    ),
)
NOTHING_READ = Refusal(
    "too_many_deleted",
    409,
    N_(
        "{source} gave no row, and had {rows} before. "
        "If that is right, publish this run; otherwise look at the source first."
    ),
)
TOO_MANY_REJECTED = Refusal(
    "too_many_rejected",
    409,
    N_(
        "{number} of the {rows} rows read of {source} were rejected ({percent} %). "
        "Look at why; publish the rest of this run all the same, or mend the source and read again."
    ),
)

# Why a run fails
COLUMN_MISSING = Refusal(
    "column_missing",
    422,
    N_('{read} of {source} has no column "{column}" any more. It has {known}.'),
)
COLUMN_CHANGED = Refusal(
    "column_type_changed",
    422,
    N_(
        'The column "{column}" of {source} came as {was} and comes as {now}. '
        "Nothing was published; review the columns of the source."
    ),
)
NO_SPACE = Refusal(
    "no_space",
    507,
    N_("There is no room left in {folder} ({free} MB free). Make room, then read {source} again."),
)
NO_FILES = Refusal("no_files", 409, N_('No file of {connection} matches "{pattern}".'))

# What becomes of a file
FILE_REFUSED = Refusal(
    "file_refused",
    422,
    N_(
        "{file}: {rejected} of its {lines} lines could not be read, so nothing of it entered. "
        "Most often: {reason}"
    ),
)
SAME_CONTENT = Refusal(
    "same_content", 409, N_("{file} holds the same as {same}, which was read already.")
)

# Why a row is refused (S102)
KEY_NULL = Refusal("key_null", 422, N_('The key column "{column}" is empty.'))
REQUIRED_NULL = Refusal("required_null", 422, N_('The column "{column}" is required and is empty.'))
UNREADABLE = {
    "could_not_parse_number": N_('"{value}" in the column "{column}" is not a number.'),
    "could_not_parse_boolean": N_('"{value}" in the column "{column}" is neither yes nor no.'),
    "could_not_parse_date": N_('"{value}" in the column "{column}" is not a date as expected.'),
    "could_not_parse_json": N_('"{value}" in the column "{column}" is not a list or JSON.'),
}
TOO_LARGE = Refusal(
    "could_not_parse_number",
    422,
    N_(
        '"{value}" in the column "{column}" is a number, but too large: whole numbers go up to '
        "{most}, decimals have at most 15 digits before the point. Read the column as text."
    ),
)
NOT_READ = Refusal("unreadable", 422, N_('"{value}" in the column "{column}" could not be read.'))
