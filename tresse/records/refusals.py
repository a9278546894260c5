"""Refusals about records and links."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

RECORD_NOT_FOUND = Refusal("record_not_found", 404, N_("There is no {object} {id}."))
RECORD_IN_BIN = Refusal("record_in_bin", 409, N_("{record} is in the bin. Restore it first."))
WRONG_OBJECT = Refusal("wrong_object", 422, N_("{id} is a {object}, not a {wanted}."))
PROPERTY_ARCHIVED = Refusal("property_archived", 422, N_("{name} is archived. Unarchive it first."))
MISSING_REQUIRED_PROPERTY = Refusal(
    "missing_required_property", 422, N_("{object} needs a value for {name}.")
)
NOTHING_TO_IDENTIFY = Refusal(
    "nothing_to_identify",
    422,
    N_("A contact needs a first name, last name, e-mail, phone, mobile or external id."),
)
DUPLICATE_VALUE = Refusal(
    "duplicate_value", 409, N_('{name} "{value}" already belongs to {holder}.')
)
ANOTHER_RECORD = N_("another {object}")
STAGE_REQUIREMENTS_MISSING = Refusal(
    "stage_requirements_missing", 422, N_('Stage "{stage}" needs a value for {names}.')
)
CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile",
    409,
    N_('{name} was changed to "{value}" by {person} at {time}, after you opened it.'),
)
RECORD_CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile", 409, N_("{record} was changed meanwhile. Read it again, then write.")
)
VIEW_CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile", 409, N_("The view {view} was changed meanwhile. Look again, then save.")
)
AMBIGUOUS_MATCH = Refusal(
    "ambiguous_match", 409, N_('{name} "{value}" fits {number} {objects}: {ids}. Use the id.')
)
ASSOCIATION_LIMIT_EXCEEDED = Refusal(
    "association_limit_exceeded",
    409,
    N_("{record} already has {number} {label}, the most {relation} allows."),
)
ASSOCIATION_LABEL_NOT_FOUND = Refusal(
    "association_label_not_found", 422, N_('{relation} has no link label "{name}". Known: {known}.')
)
LINK_TO_ITSELF = Refusal("link_to_itself", 422, N_("A record is not linked to itself."))
NO_ITEM = Refusal("wrong_value", 422, N_("An item of a batch is a JSON object, not {value}."))
BATCH_TOO_LARGE = Refusal("batch_too_large", 413, N_("{number} items; the most is {most}."))
ACTIVITY_NOT_FOUND = Refusal("record_not_found", 404, N_("There is no activity {id}."))
NO_SUCH_CHANGE = Refusal(
    "record_not_found", 404, N_("There is no change {id} of {name} on this record.")
)
ACTIVITY_WITHOUT_RECORD = Refusal(
    "missing_required_property", 422, N_("An activity needs a record it is about.")
)
BROKEN_ADDRESS = Refusal(
    "json_broken", 400, N_("The filter in the address is not JSON at character {position}.")
)
NOTHING_CHOSEN = Refusal("missing_required_property", 422, N_("Choose at least one record."))
NOTHING_ASKED = Refusal("missing_required_property", 422, N_("Choose what is to be changed."))
NUMBER_CHANGED = Refusal(
    "changed_meanwhile",
    409,
    N_("{number} records match now, not {confirmed}. Look again and confirm the new number."),
)
UNDO_EXPIRED = Refusal("undo_expired", 410, N_("Undo ended on {date}."))
ALREADY_UNDONE = Refusal("already_undone", 409, N_("It was undone on {date} by {person}."))
STILL_RUNNING = Refusal(
    "wrong_state", 409, N_("It is still running. Wait for its end or cancel it first.")
)
MERGE_NEEDS_ONE_OBJECT = Refusal(
    "merge_needs_one_object", 422, N_("Merge takes 2 to {most} records of one object.")
)
RECORD_MERGED = Refusal(
    "record_merged", 409, N_("{record} was merged into {survivor} ({survivor_id}).")
)
NOT_MERGED = Refusal("not_merged", 409, N_("{record} is not made of several records."))
MERGED_LATER = Refusal(
    "merged_later",
    409,
    N_("{record} was merged again later. Take that merge apart first, with the id {id}."),
)
NO_OTHER_VALUES = Refusal(
    "no_other_values",
    422,
    N_("{name} holds one value only. Unique properties and match keys may hold others."),
)
ONE_VALUE = Refusal(
    "duplicate_value", 409, N_("{name} is unique: only one {object} may have this value.")
)
KIND_CHANGE_RUNS = Refusal(
    "wrong_state", 409, N_("The kind of {name} is being changed already. Wait until it is done.")
)
NOT_KEPT = Refusal("wrong_state", 409, N_("The former values of {name} are not kept any more."))
NO_CHANGE_SET = Refusal("record_not_found", 404, N_("There is no change {id}."))
