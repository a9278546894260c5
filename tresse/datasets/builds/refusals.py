"""Refusals about builds of datasets, and what holds, fails or skips one."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BUILD_GOING_ON = Refusal(
    "build_going_on",
    409,
    N_("Build {build} of {dataset} is going on. Wait for its end, or cancel it."),
)
BUILD_STATE = Refusal(
    "wrong_state",
    409,
    N_("Build {build} of {dataset} is {state}; this needs a build that is {wanted}."),
)
NOTHING_HELD = Refusal("wrong_state", 409, N_("No build of {dataset} waits for a decision."))
HELD_OUTDATED = Refusal(
    "held_outdated",
    409,
    N_("Since build {build}, another version of {dataset} was published. Build it again."),
)
BUILD_BROKEN = Refusal(
    "build_broken", 500, N_("The build ended without an answer. Its job says more; build again.")
)
NO_BUILDS_NAMED = Refusal(
    "wrong_value", 422, N_("A build needs the name of a dataset, or several.")
)
NO_SPARK = Refusal(
    "engine_missing",
    409,
    N_(
        "This installation has no Spark cluster to build on. Set TRESSE_ENGINE to its address, as "
        "spark://host:port, or build on duckdb."
    ),
)

# Why a build fails
NOT_READ = Refusal(
    "source_not_read",
    409,
    N_("{source}, which feeds {dataset}, was not read yet. Read it, then build."),
)
NO_SOURCES = Refusal(
    "no_sources",
    409,
    N_("{dataset} has no source that was read. Read one of the entity {entity}, then build."),
)
NOT_BUILT = Refusal(
    "dataset_not_built",
    409,
    N_("{other}, which {dataset} leads to or is fed by, was not built yet. Build it first."),
)
FEED_CIRCLE = Refusal(
    "feed_circle", 422, N_("{path}: datasets cannot feed each other in a circle.")
)
SAME_NUMBER = Refusal(
    "record_numbers_clash",
    500,
    N_("Two records of {dataset} got the same number {times} times in a row. Build again."),
)

# Why a build is held (D88)
UNHEALTHY = Refusal(
    "unhealthy",
    409,
    N_(
        "{dataset} looks unhealthy: {checks} ({values}). If that is right, publish this build; "
        "otherwise look at its sources and rules first."
    ),
)
HELD_TOGETHER = Refusal(
    "held_together",
    409,
    N_("{dataset} waits with {other}: datasets that are built together are published together."),
)

# Of versions
NO_VERSION = Refusal(
    "not_built", 409, N_("{dataset} has no published version. Build it: tresse build {dataset}")
)
UNKNOWN_VERSION = Refusal(
    "unknown_name", 404, N_("{dataset} keeps no version {number}. It keeps {known}.")
)
ALREADY_PUBLISHED = Refusal(
    "already_published", 409, N_("Version {number} of {dataset} is the published one.")
)
VERSION_GONE = Refusal(
    "version_gone", 409, N_("Version {number} of {dataset} has no files any more.")
)
