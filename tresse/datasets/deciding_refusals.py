"""What people cannot decide about identity: decisions, reviews, rules, pins, lifts."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

# Decisions (D60, D61). Two sentences of one code: who said the contrary, or what leads to it.
MARKED_APART = Refusal(
    "decision_conflict",
    409,
    N_(
        "{left} and {right} are marked as different {things} by {author} on {day}. "
        "Withdraw that first."
    ),
)
LED_APART = Refusal(
    "decision_conflict",
    409,
    N_(
        "{a} and {b} cannot be one: decisions tie them to {left} and {right}, which are marked as "
        "different {things} by {author} on {day}. Withdraw that, or one of the others, first."
    ),
)
MARKED_ONE = Refusal(
    "decision_conflict",
    409,
    N_("{left} and {right} are marked as the same by {author} on {day}. Withdraw that first."),
)
LED_ONE = Refusal(
    "decision_conflict",
    409,
    N_(
        "{a} and {b} are the same by {number} decisions: {path}. Withdraw one of these first, such "
        "as that of {left} and {right} by {author} on {day}."
    ),
)
SAME_RECORD = Refusal(
    "wrong_value", 422, N_("A decision is about two records. {name} is named twice.")
)
UNKNOWN_RECORD = Refusal(
    "unknown_record",
    404,
    N_(
        'There is no record "{name}" in {dataset}. '
        "Write it as source/key, such as shop_customers/7."
    ),
)
NOT_DECIDED = Refusal("unknown_name", 404, N_("No decision stands about {a} and {b} in {dataset}."))
WITHDRAWN = Refusal("wrong_state", 409, N_("The decision about {a} and {b} was withdrawn already."))
REASON_MISSING = Refusal(
    "wrong_value", 422, N_("A decision needs a reason, so that others can follow it.")
)

# Unmerge (D63)
NOTHING_APART = Refusal(
    "wrong_value",
    422,
    N_("Name records of {name} to set apart, but not all of them: it has {members}."),
)
NOT_MEMBERS = Refusal(
    "unknown_record", 404, N_("{records} are no records of {name}. It has {members}.")
)
TIED_BY_DECISION = Refusal(
    "decision_conflict",
    409,
    N_(
        "{left} and {right} are marked as the same by {author} on {day}. Withdraw that first, or "
        "set both apart."
    ),
)
TOO_MANY_PARTS = Refusal(
    "too_many_decisions",
    422,
    N_(
        "To set {apart} of {members} records apart takes {number} decisions, and {most} at most "
        "can be written at once. Change the identity keys instead."
    ),
)

# Reviews
REVIEW_DECIDED = Refusal("wrong_state", 409, N_("This was decided already: {state}."))
NEEDS_PARTS = Refusal(
    "review_needs_parts",
    422,
    N_("{name} has {number} records. Say which of them are somebody else: unmerge them."),
)

# Lifts and pins
NOT_LIFTED = Refusal("unknown_name", 404, N_("No guard is lifted for {value} in {column}."))
NOT_PINNED = Refusal("unknown_name", 404, N_("{column} of {name} is not pinned."))
BAD_PIN = Refusal("wrong_value", 422, N_("{column} is of the type {type}, and {value} is not."))

# Rule versions (D66)
NO_DRAFT = Refusal("no_draft", 404, N_("{dataset} has no draft of other rules."))
SAME_RULES = Refusal(
    "wrong_value", 422, N_("The draft says the same as the rules that hold: nothing would change.")
)
NEVER_APPLIED = Refusal(
    "wrong_state", 409, N_("The rules {number} are a draft. Apply them instead of going back.")
)
NOT_BUILT = Refusal(
    "not_built", 409, N_("{dataset} has no version yet. Build it first: tresse build {dataset}")
)
