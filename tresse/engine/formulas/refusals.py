"""What a formula is refused with (D104), each with the character it is about, counted from 1."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

FORMULA_SYNTAX = Refusal(
    "formula_syntax", 422, N_("The formula cannot be read at character {position}: {found}.")
)
FORMULA_TOO_LONG = Refusal(
    "formula_too_long", 422, N_("The formula has {number} {things}; the most is {most}.")
)
FORMULA_STATEMENT = Refusal(
    "formula_statement",
    422,
    N_(
        "A formula is one expression: {word} is not possible here (character {position}). "
        "Name properties and functions only."
    ),
)
FORMULA_JOIN = Refusal(
    "formula_join",
    422,
    N_(
        "JOIN is not possible here (character {position}). Declare a relation between the datasets "
        "and use an aggregate such as SUM(orders.amount)."
    ),
)
FORMULA_SUBQUERY = Refusal(
    "formula_subquery",
    422,
    N_("A query inside a formula is not possible (character {position}). Use a rollup instead."),
)
FORMULA_WINDOW = Refusal(
    "formula_window",
    422,
    N_("OVER is not possible here (character {position}). A formula sees one record only."),
)
FORMULA_AGGREGATE = Refusal(
    "formula_aggregate",
    422,
    N_(
        "{name} works on many records (character {position}); a formula sees one. "
        "Use a rollup instead."
    ),
)
FORMULA_FUNCTION = Refusal(
    "formula_function", 422, N_('There is no function "{name}" (character {position}).')
)
FORMULA_COLUMN = Refusal(
    "formula_column", 422, N_('There is no column or property "{name}" (character {position}).')
)
FORMULA_TYPE = Refusal(
    "formula_type",
    422,
    N_("{name} is {type}; {operator} needs {wanted} (character {position})."),
)
FORMULA_ARGUMENT = Refusal(
    "formula_argument",
    422,
    N_("{function} needs {wanted}, not {value} (character {position})."),
)
