"""What explaining refuses."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

UNKNOWN_KEY_VALUE = Refusal(
    "unknown_record",
    404,
    N_(
        'No golden record of {dataset} is known by "{value}". Give an id, a record as source/key, '
        "or a value of an identity column."
    ),
)
SEVERAL_RECORDS = Refusal(
    "several_records",
    409,
    N_('"{value}" is on several golden records of {dataset}, such as {ids}. Give one of these.'),
)
