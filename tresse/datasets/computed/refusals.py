"""What computed columns are refused for, beside what formulas are (`engine.formulas.refusals`)."""

from collections.abc import Iterable, Mapping

from tresse.accounts.answers import said
from tresse.kernel.errors import Refusal, TresseError, nearest
from tresse.kernel.marks import N_

# Of formulas, where datasets have other words for it than objects (D104)
FORMULA_REFUSALS: Mapping[str, str] = {
    "formula_join": N_(
        "JOIN is not possible here (character {position}). Declare a relation between the datasets "
        "and use an aggregate such as SUM(orders.amount)."
    ),
    "formula_subquery": N_(
        "A query is not possible here (character {position}). Declare a relation between the "
        "datasets and use an aggregate such as SUM(orders.amount)."
    ),
    "formula_window": N_(
        "OVER is not possible here (character {position}). Declare a relation between the datasets "
        "and use an aggregate such as SUM(orders.amount)."
    ),
    "formula_aggregate": N_(
        "{name} is not possible here (character {position}): it needs rows that a relation leads "
        "to. Declare a relation between the datasets and use an aggregate such as "
        "SUM(orders.amount)."
    ),
    "formula_statement": N_(
        "A formula is one expression: {word} is not possible here (character {position}). "
        "Name columns and functions only."
    ),
    "formula_column": N_('There is no column "{name}" (character {position}).'),
}
"By code."
IN_ITEM = N_("{item}: {sentence}")
OF_FORMULAS = "formula_"

# Of the graph
FORMULA_CYCLE = Refusal(
    "formula_cycle", 422, N_("A computed column cannot be made of itself: {path}.")
)

# Of paths
MIXED_PATHS = Refusal(
    "mixed_paths",
    422,
    N_(
        '{name}: "{column}" does not belong to the rows of {path}. An aggregate goes over one '
        "path; name columns of its last step, or of what that leads to."
    ),
)
PATH_SHARED = Refusal(
    "wrong_value",
    422,
    N_(
        '{name}: several relations to {dataset} are called "{step}": {known}. Give each an inverse '
        "of its own."
    ),
)
TOO_MANY_STEPS = Refusal(
    "wrong_value",
    422,
    N_('{name}: "{column}" follows {number} relations; the most is {most}.'),
)

# Of aggregates
DO_TAKES = Refusal("wrong_value", 422, N_('{name}: {do} takes {takes}, and "{column}" is {type}.'))
NEEDS_TIME = Refusal(
    "wrong_value",
    422,
    N_('{name}: {dataset} has no column of time that is known. Name one with "on".'),
)
NO_TIME = Refusal(
    "wrong_value", 422, N_('{name}: "{column}" is {type}; a window needs a date or a time.')
)

# Of what is written (D121)
READ_ONLY_COLUMN = Refusal(
    "read_only_property",
    422,
    N_(
        '"{column}" of {dataset} is worked out and cannot be written. Change what it is worked '
        "out of instead."
    ),
)

# Of previews
PREVIEW_SORT = Refusal("wrong_value", 422, N_("A preview is of one of {known}, not of {value}."))
PREVIEW_LONG = Refusal(
    "preview_too_long",
    422,
    N_(
        "The preview was stopped after {seconds} seconds. Save the column to have the next build "
        "work it out, or make it simpler."
    ),
)
PREVIEW_ONE = Refusal(
    "wrong_value", 422, N_("A preview is of one column: give one of {known}, not {number}.")
)


def in_item(error: TresseError, item: str, known: Iterable[str] = ()) -> TresseError:
    """The refusal of a formula with the name of what says it; any other as it is.

    Args:
        error: What was refused.
        item: Such as `contacts: is_good`.
        known: Columns that the formula may name; for the nearest of one that is not there.
    """
    details = error.details
    if not error.code.startswith(OF_FORMULAS) or "position" not in details or "item" in details:
        return error
    more = dict(details)
    near = more.pop("nearest", None)
    if error.code == "formula_column":
        # Columns that others work out are not all typed when a formula is.
        near = nearest(str(more["name"]).lower(), known) or near
    sentence = said(FORMULA_REFUSALS.get(error.code, error.template), more)
    refusal = Refusal(error.code, error.status, IN_ITEM)
    return refusal(**more, nearest=near, item=item, sentence=sentence)


# Of what is used elsewhere (D121), as `IN_USE` and lists of users show it
USED_COLUMN = N_("The column {columns} of {dataset}")
USED_COLUMNS = N_("One of the columns {columns} of {dataset}")
USED_DATASET = N_("What changes of {dataset}")
A_COLUMN = N_('computed column "{name}" of {dataset}')
A_SCORE = N_('score "{name}" of {dataset}')
