"""Why a record was refused in a bulk edit: a number per record, made a sentence when it is shown.

A reason is a sort, and beside it the number of a property or of missing ones: `sort * STEP + n`.
"""

STEP = 1_000_000_000

DONE, CHANGES = 0, -1
"A record that is as asked already; one that will change."

NOT_FOUND, IN_BIN, NOT_PERMITTED = 1 * STEP, 2 * STEP, 3 * STEP
NOTHING_TO_IDENTIFY, DUPLICATE, NO_SUCH_STAGE = 4 * STEP, 5 * STEP, 6 * STEP
LIMIT_HERE, LIMIT_THERE, ITSELF = 7 * STEP, 8 * STEP, 9 * STEP
REQUIRED, VALUE, STAGE_NEEDS = 10 * STEP, 11 * STEP, 12 * STEP
"With the id of a property, twice; with a mask of the properties that the stage needs."


def sort_of(reason: int) -> int:
    """The sort of a reason."""
    return reason // STEP * STEP


def detail_of(reason: int) -> int:
    """The number beside the sort."""
    return reason % STEP
