"""Refusals of the engine."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BAD_ENGINE = Refusal(
    "bad_setting",
    422,
    N_('TRESSE_ENGINE "{value}" is no engine. Write duckdb or spark://host:port.'),
)
SPARK_MISSING = Refusal(
    "engine_missing",
    503,
    N_("The engine {value} needs PySpark. Install tresse[spark] and Java 17 or newer."),
)
SPARK_UNREACHABLE = Refusal(
    "engine_unreachable", 503, N_("No Spark cluster answered at {value}: {reason}")
)
OUTSIDE_FOLDERS = Refusal(
    "outside_folders",
    422,
    N_("{path} lies outside of the folders that the engine was opened with."),
)
NAMES_CLASH = Refusal(
    "names_clash", 422, N_('The columns "{first}" and "{second}" differ only in case. Rename one.')
)
TYPE_UNKNOWN = Refusal(
    "type_unknown", 422, N_('The column "{column}" has the type {type}, which no engine keeps.')
)
MEMORY_EXHAUSTED = Refusal(
    "memory_exhausted",
    507,
    N_("The step {step} needs more than the memory allowed ({memory}). Allow more."),
)
DISK_FULL = Refusal(
    "disk_full", 507, N_("There is no room left in {folder} for the step {step}. Free some.")
)
PATTERN_UNKNOWN = Refusal(
    "pattern_unknown", 422, N_('"{pattern}" is no regular expression that engines share: {reason}')
)
FORMAT_UNKNOWN = Refusal(
    "format_unknown",
    422,
    N_('"{format}" is no format of days: {reason}. Write it with {known}, as in %d/%m/%Y.'),
)
NOT_PORTABLE = Refusal(
    "not_portable", 422, N_("{function}() is not the same on every engine. Use engine.columns.")
)
