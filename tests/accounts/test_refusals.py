"""Every refusal of this room has the code, the status and the sentence of the page: C129."""

import pytest

from tresse.accounts import refusals
from tresse.kernel.errors import Refusal

# Code, status and sentence, each with its own values, as crm.md section 13 has them.
PAGE: dict[str, tuple[str, int, dict[str, object], str]] = {
    "BAD_ROLE": (
        "bad_role",
        422,
        {"action": "edit"},
        "The right to edit cannot reach further than the right to view.",
    ),
    "BUILT_IN": (
        "built_in",
        409,
        {"name": "Reader", "action": "deleted"},
        "Reader comes with the product and cannot be deleted.",
    ),
    "INVALID_NAME": (
        "invalid_name",
        422,
        {"name": "2x"},
        '"2x" must begin with a letter and hold only a–z, 0–9 and _.',
    ),
    "NAME_TAKEN": (
        "name_taken",
        409,
        {"sort": "Contact", "name": "age"},
        'Contact already has "age".',
    ),
    "INVALID_EMAIL": (
        "invalid_email",
        422,
        {"value": "anna@"},
        '"anna@" is not an e-mail address.',
    ),
    "COULD_NOT_FIND_USER": (
        "could_not_find_user",
        422,
        {"name": "anna@x.org"},
        'There is no user "anna@x.org".',
    ),
    "INACTIVE_USER": ("inactive_user", 422, {"name": "Anna"}, "Anna is not active."),
    "LAST_ADMINISTRATOR": (
        "last_administrator",
        409,
        {"name": "Anna"},
        "Anna is the last administrator.",
    ),
    "PASSWORD_TOO_SHORT": ("password_too_short", 422, {}, "Take 12 characters or more."),
    "PASSWORD_TOO_EASY": (
        "failed_validation",
        422,
        {},
        "This password is easy to guess: it is common, or much like the name or the e-mail.",
    ),
    "TOO_MANY_ATTEMPTS": ("too_many_attempts", 429, {"time": "10:57"}, "Try again after 10:57."),
    "LINK_EXPIRED": (
        "link_expired",
        410,
        {"date": "2026-12-01"},
        "The link ended on 2026-12-01.",
    ),
    "LINK_UNKNOWN": (
        "link_expired",
        410,
        {},
        "The link was used already or never was one. Ask for a new one.",
    ),
    "TOKEN_NOT_VALID": ("token_not_valid", 401, {}, "The token is revoked, expired or unknown."),
    "RATE_LIMITED": ("rate_limited", 429, {"seconds": 12}, "Try again in 12 seconds."),
    "IDEMPOTENCY_KEY_REUSED": (
        "idempotency_key_reused",
        422,
        {},
        "This key was used with another body.",
    ),
    "IDEMPOTENCY_IN_PROGRESS": (
        "idempotency_in_progress",
        409,
        {},
        "The first request with this key is still running.",
    ),
    "BAD_CURSOR": ("bad_cursor", 422, {}, "The cursor belongs to another query."),
    "UNKNOWN_PARAMETER": (
        "unknown_parameter",
        422,
        {"name": "limits", "nearest": "limit"},
        'There is no parameter "limits". Did you mean "limit"?',
    ),
    "JSON_BROKEN": (
        "json_broken",
        400,
        {"position": 7},
        "The body is not JSON at character 7.",
    ),
}


def test_no_refusal_is_missing():
    """C129"""
    names = {name for name, value in vars(refusals).items() if isinstance(value, Refusal)}
    assert names == set(PAGE)


@pytest.mark.parametrize("name", PAGE)
def test_refusals_are_those_of_the_page(name):
    """C129"""
    code, status, details, sentence = PAGE[name]
    error = getattr(refusals, name)(**details)
    assert (error.code, error.status, error.message) == (code, status, sentence)
