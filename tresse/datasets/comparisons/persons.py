"""Comparisons of names, birth dates, places and ways to reach somebody."""

from tresse.datasets.comparisons.base import EDITS, EXACT, LOCAL, SIMILAR, Comparison, Level
from tresse.kernel.marks import N_

SAME = N_("the same")
NEARLY = N_("nearly the same")
ALIKE = N_("alike")
ONE_ERROR = N_("one typing error")
TWO_ERRORS = N_("two typing errors")

FIRST_NAME = Comparison(
    "first_name",
    N_("first name"),
    (
        Level(EXACT, SAME, rarity=True),
        Level(SIMILAR, NEARLY, 0.92),
        Level(SIMILAR, ALIKE, 0.8),
    ),
)
LAST_NAME = Comparison(
    "last_name",
    N_("last name"),
    (
        Level(EXACT, SAME, rarity=True),
        Level(SIMILAR, NEARLY, 0.92),
        Level(SIMILAR, ALIKE, 0.8),
    ),
)
FULL_NAME = Comparison(
    "full_name",
    N_("name"),
    (
        Level(EXACT, SAME, rarity=True),
        Level(SIMILAR, NEARLY, 0.94),
        Level(SIMILAR, ALIKE, 0.86),
    ),
)
BIRTH_DATE = Comparison(
    "birth_date",
    N_("birth date"),
    (Level(EXACT, SAME), Level(EDITS, ONE_ERROR, 1), Level(EDITS, TWO_ERRORS, 2)),
)
EMAIL = Comparison(
    "email",
    N_("e-mail"),
    (
        Level(EXACT, SAME),
        Level(LOCAL, N_("the same before the @")),
        Level(EDITS, TWO_ERRORS, 2),
    ),
)
PHONE = Comparison("phone", N_("phone"), (Level(EXACT, SAME), Level(EDITS, ONE_ERROR, 1)))
POSTAL_CODE = Comparison(
    "postal_code", N_("postal code"), (Level(EXACT, SAME), Level(EDITS, ONE_ERROR, 1))
)
CITY = Comparison(
    "city",
    N_("city"),
    (Level(EXACT, SAME, rarity=True), Level(SIMILAR, NEARLY, 0.92)),
)
ADDRESS = Comparison(
    "address",
    N_("address"),
    (Level(EXACT, SAME), Level(SIMILAR, NEARLY, 0.92), Level(SIMILAR, ALIKE, 0.8)),
)
COMPANY = Comparison(
    "company", N_("company"), (Level(EXACT, SAME, rarity=True), Level(SIMILAR, NEARLY, 0.92))
)
