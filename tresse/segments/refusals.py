"""Refusals about lists and segments (`segments.md` 10)."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

LIST_NOT_FOUND = Refusal("unknown_name", 404, N_('There is no list "{name}".'))
SEGMENT_NOT_FOUND = Refusal("unknown_name", 404, N_('There is no segment "{name}".'))
SEGMENT_CYCLE = Refusal(
    "segment_cycle", 422, N_("{name} uses {other}, which leads back to {name}.")
)
SEGMENT_TOO_DEEP = Refusal(
    "filter_too_large", 422, N_("Segments name each other {number} deep; the most is {most}.")
)
WRONG_BASE = Refusal("wrong_base", 422, N_("{name} is made of {base}, not of {wanted}."))
LISTS_OF_RECORDS = Refusal(
    "wrong_base",
    422,
    N_("A list holds records of the CRM, not rows of {base}. Make a segment of them."),
)
NO_LIST_OF = Refusal(
    "wrong_base",
    422,
    N_("{name} is made of {base}: golden records are put on no list. Export them, or sync them."),
)
NO_FIRE = Refusal(
    "wrong_value",
    422,
    N_("{name} is made of a dataset: who enters and leaves is told when a version is published."),
)
NO_MEMBERSHIP = Refusal(
    "bad_filter", 422, N_("Conditions on lists and segments cannot stand in a filter of {base}.")
)
NAME_TAKEN = Refusal("name_taken", 409, N_('There is already a {sort} named "{name}".'))
NOT_YOURS = N_("You may see {name} but not change it.")
NOT_FILLED = N_("You may see {name} but not change who is on it.")
CHANGED_MEANWHILE = Refusal(
    "changed_meanwhile",
    409,
    N_("{name} was changed by somebody else after you opened it. Read it again, then save."),
)
BATCH_TOO_LARGE = Refusal("batch_too_large", 413, N_("{number} members; the most is {most}."))
SHARES_NOT_100 = Refusal(
    "shares_not_100", 422, N_("The shares of the parts sum to {number}, not to 100.")
)
