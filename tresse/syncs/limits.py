"""Figures that syncs keep to."""

from datetime import timedelta

KEY_LONGEST = 600
"Characters of the key of a row."
BATCH = 20_000
"Rows of one transaction (Y50)."
EXAMPLES = 100
"Rows by class that a preview shows (Y30)."
AT_ONCE = 20_000
"Rows of a dataset whose preview is worked out while the person waits; of larger ones by a job."
BRAKE_LEAST = 20
"Rows that no brake minds (Y44, Y45)."
STUCK = 10
"Runs after which a row that fails is listed as stuck (Y37)."
FAILED_SHARE = 0.05
"Share of failed rows over which the owner is told (Y41)."
KEPT = timedelta(days=90)
"How long runs and their rows are kept (Y60)."
INTERVALS = 3
"Usual intervals without a run after which the owner is told (Y63)."
MESSAGE_LONGEST = 1_000
"Characters of what a destination says of a row (Y40)."
