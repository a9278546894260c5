"""Refusals about people, roles, tokens and signing in."""

from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BAD_ROLE = Refusal(
    "bad_role", 422, N_("The right to {action} cannot reach further than the right to view.")
)
BUILT_IN = Refusal("built_in", 409, N_("{name} comes with the product and cannot be {action}."))
INVALID_NAME = Refusal(
    "invalid_name",
    422,
    N_('"{name}" must begin with a letter and hold only a–z, 0–9 and _.'),
)
NAME_TAKEN = Refusal("name_taken", 409, N_('{sort} already has "{name}".'))
INVALID_EMAIL = Refusal("invalid_email", 422, N_('"{value}" is not an e-mail address.'))
COULD_NOT_FIND_USER = Refusal("could_not_find_user", 422, N_('There is no user "{name}".'))
INACTIVE_USER = Refusal("inactive_user", 422, N_("{name} is not active."))
LAST_ADMINISTRATOR = Refusal("last_administrator", 409, N_("{name} is the last administrator."))
PASSWORD_TOO_SHORT = Refusal("password_too_short", 422, N_("Take 12 characters or more."))
PASSWORD_TOO_EASY = Refusal(
    "failed_validation",
    422,
    N_("This password is easy to guess: it is common, or much like the name or the e-mail."),
)
TOO_MANY_ATTEMPTS = Refusal("too_many_attempts", 429, N_("Try again after {time}."))
LINK_EXPIRED = Refusal("link_expired", 410, N_("The link ended on {date}."))
LINK_UNKNOWN = Refusal(
    "link_expired", 410, N_("The link was used already or never was one. Ask for a new one.")
)
TOKEN_NOT_VALID = Refusal("token_not_valid", 401, N_("The token is revoked, expired or unknown."))
RATE_LIMITED = Refusal("rate_limited", 429, N_("Try again in {seconds} seconds."))
IDEMPOTENCY_KEY_REUSED = Refusal(
    "idempotency_key_reused", 422, N_("This key was used with another body.")
)
IDEMPOTENCY_IN_PROGRESS = Refusal(
    "idempotency_in_progress", 409, N_("The first request with this key is still running.")
)
BAD_CURSOR = Refusal("bad_cursor", 422, N_("The cursor belongs to another query."))
UNKNOWN_PARAMETER = Refusal("unknown_parameter", 422, N_('There is no parameter "{name}".'))
JSON_BROKEN = Refusal("json_broken", 400, N_("The body is not JSON at character {position}."))
