"""What the room of syncs refuses, and why rows and runs of them stop."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

# Of definitions
NAME_TAKEN = Refusal("name_taken", 409, N_('There is already a sync named "{name}".'))
CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile", 409, N_("{name} was changed meanwhile. Look at it again first.")
)
PATCH_NAMED = Refusal(
    "wrong_value", 422, N_("The name of {name} never changes; it cannot become {value}.")
)
BAD_SHARE = Refusal("wrong_value", 422, N_("{name} needs a share such as 5 %, not {value}."))
BAD_PAIR = Refusal(
    "wrong_value",
    422,
    N_("{name} needs one column of the dataset with its field, as email: email; not {value}."),
)
ONLY_MIRROR = Refusal(
    "wrong_value", 422, N_("{name} is of the mode mirror, and {sync} has the mode {mode}.")
)
NOT_WRITTEN = Refusal(
    "unknown_reference",
    422,
    N_('The connection "{name}" cannot be written yet. Syncs go to the CRM: to: {{object: …}}.'),
)
SEGMENT_UNKNOWN = Refusal(
    "unknown_reference",
    422,
    N_(
        '{sync}: there is no segment "{name}" over the dataset {dataset}. Filter by its columns, '
        "as {{property: email, operator: is_not_empty}}."
    ),
)
FIELD_UNKNOWN = Refusal(
    "field_unknown",
    422,
    N_('{sync}: {target} has no field "{name}".'),
)
FIELD_TWICE = Refusal(
    "field_taken", 422, N_('{sync}: two columns go to the field "{name}". Keep one of them.')
)
FIELD_TAKEN = Refusal(
    "field_taken",
    409,
    N_('{sync}: the field "{name}" of {target} is written by the sync "{other}" already.'),
)
FIELD_REQUIRED = Refusal(
    "field_required",
    422,
    N_('{sync}: {target} needs the field "{name}" of every new record, and no column goes there.'),
)
FIELD_READ_ONLY = Refusal(
    "field_unknown", 422, N_('{sync}: the field "{name}" of {target} is set by Tresse itself.')
)
TYPE_MISMATCH = Refusal(
    "type_mismatch",
    422,
    N_('{sync}: the column "{column}" is {type}; the field "{field}" is {kind} and takes {takes}.'),
)
CONSENT_FIELD = Refusal(
    "consent_field",
    422,
    N_('{sync}: "{field}" says what somebody agreed to. Only a column of consent may go there.'),
)
DATASET_COLUMN = Refusal(
    "unknown_reference", 422, N_('{sync}: the dataset {dataset} has no column "{name}".')
)
RELATION_UNKNOWN = Refusal(
    "unknown_reference", 422, N_('{sync}: the dataset {dataset} has no relation "{name}".')
)
LINK_TYPE = Refusal(
    "unknown_reference",
    422,
    N_('{sync}: {target} has no association type "{name}" that leads to other records.'),
)
NO_COLUMNS = Refusal("wrong_value", 422, N_("{sync} sends nothing: it needs columns or links."))
FOREIGN_KEY = Refusal(
    "wrong_value",
    422,
    N_('{sync}: the key "{field}" has to be a property whose values find a record.'),
)

# Of runs
NEVER_BUILT = Refusal(
    "wrong_state", 409, N_("The dataset {dataset} has no published version yet. Build it first.")
)
NOT_ACTIVE = Refusal(
    "wrong_state", 409, N_("{sync} is {state}. Switch it on first; a preview works at any time.")
)
RUN_GOING_ON = Refusal("run_going_on", 409, N_("Run {run} of {sync} is going on."))
RUN_STATE = Refusal("wrong_state", 409, N_("Run {run} of {sync} is {state}; this needs {wanted}."))
NOTHING_FAILED = Refusal(
    "wrong_state", 409, N_("There is nothing to retry: {sync} has no failed row that is open.")
)
NOTHING_FAILED_SO = Refusal(
    "wrong_state", 409, N_('There is nothing to retry: no row of {sync} failed with "{code}".')
)
NOTHING_HELD = Refusal("wrong_state", 409, N_("No run of {sync} waits for a decision."))
HELD_OUTDATED = Refusal(
    "held_outdated",
    409,
    N_("Run {run} of {sync} was held on version {version}, and a newer one is published. Run it."),
)
HELD_OTHERWISE = Refusal(
    "held_outdated",
    409,
    N_("Run {run} of {sync} is held on version {version}, not on {given}. Look at it again first."),
)
EMPTIED_BRAKE = Refusal(
    "emptied_brake",
    409,
    N_(
        '"{field}" would be emptied in {number} of {of} rows, more than {share} %. Nothing was '
        "sent. Look at the preview and confirm, or drop the run."
    ),
)
DELETE_BRAKE = Refusal(
    "delete_brake",
    409,
    N_(
        "{number} of {of} rows would be removed, more than {share} %. The others were sent, the "
        "removals wait. Look at them and confirm, or drop the run."
    ),
)
EMPTIED_FORESEEN = Refusal(
    "emptied_brake",
    409,
    N_(
        '"{field}" would be emptied in {number} of {of} rows, more than {share} %. A run would '
        "send nothing and wait for you."
    ),
)
DELETE_FORESEEN = Refusal(
    "delete_brake",
    409,
    N_(
        "{number} of {of} rows would be removed, more than {share} %. A run would send the others, "
        "and wait for you with the removals."
    ),
)
RUN_UNDONE = Refusal(
    "run_undone",
    409,
    N_(
        "{person} took back what run {run} wrote. Once the sync is switched on, these rows are "
        "sent again: change first what was wrong."
    ),
)
ROLLED_BACK = Refusal(
    "rolled_back", 409, N_("The dataset {dataset} was rolled back to version {version}.")
)
RUN_BROKEN = Refusal("run_broken", 500, N_("The run broke off. What was sent before stands."))
SOURCE_MISSING = Refusal(
    "destination_gone", 409, N_("{target} is no longer there. Change where {sync} goes.")
)

# Of rows
KEY_NULL = Refusal("key_null", 422, N_("The row has no {key}, by which it would be told apart."))
KEY_REPEATED = Refusal(
    "key_repeated", 422, N_('{number} rows have the {key} "{value}". None of them is sent.')
)
KEY_LONG = Refusal(
    "text_too_long", 422, N_("The {key} has {number} characters; the most is {most}.")
)
GIVEN_UP = Refusal("given_up", 409, N_("Given up on {date}: {reason}"))
EMPTY_ROW = Refusal(
    "nothing_to_identify", 422, N_("The row holds no value that is sent, so no {object} is made.")
)
RECORD_TAKEN = Refusal(
    "record_taken",
    409,
    N_("{record} is written by another row already, that of {other}. One of both is enough."),
)
RECORD_WANTED_TWICE = Refusal(
    "ambiguous_match", 409, N_("{number} rows mean the same record of the CRM; none is sent.")
)
NOT_CONFIRMED = Refusal("not_confirmed", 422, N_("The destination said nothing about this row."))
FAULT_UNKNOWN = Refusal("unknown_name", 404, N_('{sync} has no failed row "{key}".'))
REASON_MISSING = Refusal("wrong_value", 422, N_("Say why the row is given up."))
