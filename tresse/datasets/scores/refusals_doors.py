"""What pages, commands and the API of scores refuse."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

INPUTS_GONE = Refusal(
    "inputs_gone",
    409,
    N_(
        "Version {version} of {dataset} was worked out of versions of {others} that are not all "
        "kept any more. Build {dataset} again."
    ),
)
NOT_IN_BOTH = Refusal(
    "not_in_both",
    422,
    N_(
        "{name} of {id} is not in version {since} and in version {version}. Choose an earlier "
        "version that has both."
    ),
)
