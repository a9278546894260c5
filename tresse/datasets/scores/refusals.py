"""What the score library refuses: settings that do not fit together."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

# Of RFM
CUT_POINTS_ORDER = Refusal(
    "thresholds_order",
    422,
    N_(
        "The cut-points of {figure} are {values}. Write them from low to high; equal ones may "
        "stand."
    ),
)
CUT_POINTS_COUNT = Refusal(
    "wrong_value",
    422,
    N_("{figure} needs {wanted} cut-points for {bins} scores, not {number}. Add or remove some."),
)
CUT_POINTS_NONE = Refusal(
    "wrong_value",
    422,
    N_(
        "Fixed cut-points are numbers for recency, frequency and monetary, as "
        "recency: [10, 40, 90, 200]. Add those of {figure}."
    ),
)
SEGMENTS_NONE = Refusal(
    "wrong_value",
    422,
    N_("The segments of RFM are a list of at most {most}, each as name: Stars, r: 4-5, f: 5."),
)
SEGMENTS_OTHER_SCORES = Refusal(
    "wrong_value",
    422,
    N_(
        "The segments {preset} are made for {wanted} scores, not {value}. Give segments of your "
        "own, or take {wanted} scores."
    ),
)
SEGMENT_NAME = Refusal(
    "wrong_value", 422, N_("Each segment of RFM needs a name of at most {most} characters.")
)
SEGMENT_TAKEN = Refusal(
    "wrong_value",
    422,
    N_("{name} are those without an order. Give the segment another name."),
)
SEGMENT_AXES = Refusal(
    "wrong_value",
    422,
    N_("The segments of RFM are ranges of R and f, or of R and fxm, not of both. Keep one."),
)
SEGMENT_KEYS = Refusal(
    "wrong_value",
    422,
    N_("The segment {name} needs r and {key}, or cells, and nothing else beside its name."),
)
SEGMENT_RANGE = Refusal(
    "wrong_value",
    422,
    N_(
        "The segment {name} has {value} for {axis}. Write a score from 1 to {bins}, or two with a "
        "dash, the lower first."
    ),
)
SEGMENT_CELLS = Refusal(
    "wrong_value",
    422,
    N_(
        "The segment {name} has {value} among its cells. Write pairs of scores from 1 to {bins}, "
        "R first: [[5, 4], [5, 5]]."
    ),
)
CELL_MISSING = Refusal(
    "cells_missing", 422, N_("{cells} has no segment. Each cell needs exactly one.")
)
CELLS_MISSING = Refusal(
    "cells_missing",
    422,
    N_("{number} cells have no segment: {cells}. Each cell needs exactly one."),
)
CELLS_TWICE = Refusal(
    "cells_twice",
    422,
    N_("Several segments have the same cell: {cells}. Each cell needs exactly one."),
)

# Of ordering behaviour
THRESHOLDS_ORDER = Refusal(
    "thresholds_order",
    422,
    N_("{first} is {low} and {second} is {high}. Thresholds rise: give {second} a greater one."),
)

# Of shopping periods
PERIODS_NONE = Refusal(
    "wrong_value",
    422,
    N_("Shopping periods are a list of at most {most}, as name: sales, from: 06-24, to: 07-21."),
)
PERIOD_UNREADABLE = Refusal(
    "wrong_value",
    422,
    N_(
        "{period} is no shopping period. Write name, from and to (month-day), or name, around "
        "({around}), before and after (days)."
    ),
)

# Of engagement and channels
WEIGHTS = Refusal(
    "wrong_value",
    422,
    N_(
        "Weights are numbers from -{most} to {most} by the name of an event, each name once, as "
        "email_opened: 1, not {value}."
    ),
)
KINDS_OF_CHANNELS = Refusal(
    "wrong_value",
    422,
    N_(
        "Kinds of channels are a list of channels for web and one for store, no channel in both, "
        "as web: [shop.fr], not {value}."
    ),
)

# Of windows
WINDOW_UNKNOWN = Refusal(
    "wrong_value",
    422,
    N_(
        "A window is all, 24 months, {{last: 2 years}}, {{from: day, to: day}}, {{this: month}} or "
        "{{previous: year}}, not {value}."
    ),
)

# Of what a score needs (SC2)
FIELD_MISSING = Refusal(
    "field_missing",
    422,
    N_("Map the semantic field {field} of {entity} to use this score."),
)
ENTITY_MISSING = Refusal(
    "field_missing",
    422,
    N_("No dataset of {entity} leads to {dataset}. Give one a relation to it to use this score."),
)

# Of definitions (SC3, SC7)
DATASET_TWICE = Refusal(
    "wrong_value",
    422,
    N_(
        "The file says the scores of {dataset} twice: in the dataset itself, and under scores. "
        "Keep them in one place."
    ),
)
RATE_CURRENCY = Refusal(
    "wrong_value", 422, N_("A rate needs a currency such as USD, of three letters, not {value}.")
)
RATE_DATE = Refusal(
    "wrong_value", 422, N_("The rate of {currency} needs a day such as 2026-03-10, not {value}.")
)
RATE_NUMBER = Refusal(
    "wrong_value",
    422,
    N_(
        "The rate of {currency} on {date} needs a number above 0 with at most 8 places, not "
        "{value}."
    ),
)
