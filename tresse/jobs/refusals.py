"""Refusals about background work and notifications."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

NO_SUCH_JOB = Refusal("unknown_name", 404, N_("There is no job {id} that you may see."))
NO_SUCH_NOTIFICATION = Refusal(
    "unknown_name", 404, N_("There is no notification {id} that is yours.")
)
WRONG_STATE = Refusal("wrong_state", 409, N_("Job {id} is {state}; this needs {wanted}."))
BAD_SCHEDULE = Refusal(
    "wrong_value",
    422,
    N_(
        'Schedule "{value}" is not five fields for minute, hour, day, month and weekday, '
        "as in 30 6 * * 1-5."
    ),
)
JOB_CRASHED = Refusal(
    "job_crashed",
    500,
    N_(
        "The work was broken off {times} times at the same place, so it was not tried again. "
        "The log of the worker says more; resume the job to try once more."
    ),
)
INTERNAL = Refusal(
    "internal",
    500,
    N_("Something went wrong inside Tresse. The log of the worker says more under {number}."),
)
