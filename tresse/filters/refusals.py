"""Refusals about filters (`docs/reference/filters.md`)."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BAD_FILTER = Refusal(
    "bad_filter", 422, N_('A filter is "all", "any", "not" or one condition; {this} is none.')
)
TWO_KINDS = Refusal(
    "bad_filter", 422, N_("{this} mixes {kinds}. Take one, or join them with all, any or not.")
)
EMPTY_ANY = Refusal(
    "bad_filter", 422, N_('"any" needs at least one condition. Every row is written {example}.')
)
NOT_A_LIST = Refusal("bad_filter", 422, N_('"{key}" needs a list of conditions, not {this}.'))
NO_OPERATOR = Refusal(
    "bad_filter", 422, N_("The condition on {name} needs an operator. It takes {known}.")
)
BAD_SHAPE = Refusal("bad_filter", 422, N_("{name} needs {wanted}, not {value}."))
NO_SUCH_FACTS = Refusal("bad_filter", 422, N_("A {base} has no {name}."))
UNKNOWN_CONDITION_KEY = Refusal("unknown_key", 422, N_('"{name}" is not a key of a condition.'))
UNKNOWN_OPERATOR = Refusal(
    "unknown_operator", 422, N_('{property} has no "{operator}". It takes {known}.')
)
TOO_MANY_CONDITIONS = Refusal(
    "filter_too_large", 422, N_("{number} conditions; the most is {most}.")
)
TOO_DEEP = Refusal("filter_too_large", 422, N_("{number} levels; the most is {most}."))
TOO_MANY_VALUES = Refusal("filter_too_large", 422, N_("{number} values; the most is {most}."))
TEXT_TOO_LONG = Refusal("filter_too_large", 422, N_("{number} characters; the most is {most}."))
TOO_MANY_BYTES = Refusal("filter_too_large", 422, N_("{number} bytes; the most is {most}."))
AMBIGUOUS_PATH = Refusal(
    "ambiguous_path",
    422,
    N_("{number} relations lead from {here} to {other}: {known}. Choose one."),
)
NOT_ONE = Refusal(
    "bad_filter",
    422,
    N_('{relation} may lead to many {other}. Ask with "linked" instead of a path.'),
)
OWN_COLUMNS_ALONE = Refusal(
    "bad_filter",
    422,
    N_(
        '{base} is filtered by its own columns, and "{name}" leads to other rows. Work what is '
        "asked of them out as a column of {base} first."
    ),
)
PATH_TOO_LONG = Refusal(
    "bad_filter", 422, N_('The path "{path}" has {number} steps; the most is {most}.')
)
UNREADABLE = Refusal(
    "bad_filter", 422, N_("The text cannot be read as JSON or YAML, from line {line} on.")
)
