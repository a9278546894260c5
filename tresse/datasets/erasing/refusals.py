"""What erasing refuses."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

UNKNOWN_ERASURE = Refusal("unknown_name", 404, N_("There is no erasure {number}."))
ALREADY_LIFTED = Refusal(
    "wrong_state", 409, N_("Erasure {number} was lifted already: the person may come back.")
)
NOT_ENDED = Refusal(
    "wrong_state",
    409,
    N_("Erasure {number} is not done yet. Only what is done can be lifted."),
)
FORGOTTEN = Refusal(
    "wrong_state",
    409,
    N_(
        "Erasure {number} ended before it was done, and forgot who it was about. Erase the person "
        "again: what is left is found."
    ),
)
ERASED_MEANWHILE = Refusal(
    "held_outdated",
    409,
    N_("A person was erased while {name} waited for a decision. What it had read is thrown away."),
)
