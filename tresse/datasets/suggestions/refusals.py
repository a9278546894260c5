"""What a look for suggestions refuses."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

TOO_MANY_PAIRS = Refusal(
    "too_many_pairs",
    409,
    N_(
        "{dataset}: {number} pairs would be compared, and {most} are the most. Of them {of_rule} "
        "agree in {rule}, where one value is on {records} records. Block such values, or clean "
        "these columns, first."
    ),
)
NOTHING_TO_COMPARE = Refusal(
    "nothing_to_compare",
    409,
    N_(
        "{dataset} has no columns to look for duplicates by. It needs last name and birth date, "
        "name and postal code, a phone, or e-mail and last name: give columns these semantic "
        "fields."
    ),
)
NO_SPLINK = Refusal(
    "suggestions_missing",
    409,
    N_(
        "Suggestions need the package Splink, which is not installed here. Install it with "
        "pip install tresse[suggestions], then start the worker again."
    ),
)
BAD_THRESHOLD = Refusal(
    "wrong_value", 422, N_("threshold needs a probability from 0.5 to 1, not {value}.")
)
