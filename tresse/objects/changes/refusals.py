"""Refusals of changes to definitions; those about values stand in `objects.refusals`."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

RESERVED_NAME = Refusal("reserved_name", 422, N_('"{name}" is a word of the product.'))
NAME_TAKEN = Refusal("name_taken", 409, N_('{object} already has "{name}".'))
BAD_LABEL = Refusal(
    "wrong_value", 422, N_('A label has 1 to {most} characters; "{label}" has {number}.')
)
NOT_ARCHIVED = Refusal("not_archived", 409, N_("{name} is in use. Archive it first."))
LABEL_NOT_TYPED = Refusal(
    "label_not_typed",
    422,
    N_('Type "{label}" to delete it for good, with {records} records and {links} links.'),
)
KIND_UNFIT = Refusal("wrong_value", 422, N_("{property} is {kind}; {flag} needs one of: {wanted}."))
NEEDED_OF_PEOPLE = Refusal(
    "wrong_value",
    422,
    N_("{property} is required, so people must be able to write it. It cannot be for syncs alone."),
)
NEEDS_PIPELINES = Refusal(
    "wrong_value", 422, N_("{object} has no pipelines, so it has no property of the kind {kind}.")
)
DUPLICATES_EXIST = Refusal(
    "duplicates_exist", 409, N_("{number} values of {property} occur more than once.")
)
OPTION_IN_USE = Refusal(
    "option_in_use", 409, N_("{number} {things} have {option}. Choose what replaces it.")
)
STAGE_IN_USE = Refusal(
    "stage_in_use", 409, N_("{number} {things} are in {stage}. Choose where they go.")
)
BAD_DEAL_PIPELINE = Refusal(
    "bad_pipeline", 422, N_("A deal pipeline has one won and one lost stage.")
)
BAD_PIPELINE = Refusal(
    "bad_pipeline", 422, N_("A pipeline has one closed stage; the others are open.")
)
BAD_STAGE_NUMBER = Refusal(
    "bad_pipeline", 422, N_("A pipeline has 2 to 30 stages; {pipeline} would have {number}.")
)
LAST_PIPELINE = Refusal(
    "bad_pipeline", 422, N_("{object} needs a pipeline; {pipeline} is the last one.")
)
BAD_PROBABILITY = Refusal(
    "bad_pipeline", 422, N_("Stage {stage} has the probability {value}; it goes from 0 to 100.")
)
LIMIT_ABOVE_PARENT = Refusal(
    "limit_above_parent", 422, N_("It allows {limit}, its relation {parent}.")
)
BAD_LIMIT = Refusal(
    "wrong_value", 422, N_("A limit is a whole number from 1 to 10,000, or none; not {value}.")
)
BAD_SYMMETRIC = Refusal(
    "wrong_value",
    422,
    N_("{name} joins two objects or has two labels. Only one object and one label are symmetric."),
)
PARENT_ELSEWHERE = Refusal(
    "wrong_value", 422, N_("{name} is a link label of {parent} and joins what {parent} joins.")
)
NOT_A_RELATION = Refusal(
    "wrong_value", 422, N_("{name} is a link label; {flag} is for relations in their own right.")
)
ONE_DEFAULT = Refusal(
    "wrong_value",
    422,
    N_("{name} is the default relation of its objects. Make another one the default instead."),
)
PRIMARY_IS_LABEL = Refusal(
    "wrong_value", 422, N_("{name} is a relation in its own right; only a link label is primary.")
)
