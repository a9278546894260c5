"""`POST /filters/check` (G67)."""

import pytest

from tests.program import Program
from tresse.accounts.changes import add_token
from tresse.accounts.models import User

GOOD = {"property": "city", "operator": "is", "value": "Lyon"}


@pytest.fixture
def check(client, rea):
    """Asks a filter of a reader, and answers status and body."""
    secret = add_token(User.objects.get(pk=rea.user_id), name="test", actor=rea)[1]
    program = Program(client, secret)

    def ask(filter, name="contact", **more):
        return program("POST", "/filters/check", {"object": name, "filter": filter, **more})

    return ask


def test_nobody_without_a_session_or_token_checks_filters(client):
    """C112."""
    assert client.post("/api/v1/filters/check").status_code == 401


def test_a_good_filter_is_answered_in_words_and_counted(check, put):
    """G67, G40, C86."""
    put("contact", 1, city="Lyon")
    put("contact", 2, city="Nice")

    assert check(GOOD) == (200, {"faults": [], "words": "City is “Lyon”", "count": 1})


def test_faults_are_answered_all_at_once(check):
    """G67, G38."""
    status, body = check([GOOD, {"property": "cty", "operator": "is", "value": "x"}, {"zzzzzz": 1}])

    assert (status, body["words"], body["count"]) == (200, None, None)
    assert [(fault["place"], fault["code"]) for fault in body["faults"]] == [
        ("[1]", "unknown_property"),
        ("[2]", "bad_filter"),
    ]
    assert body["faults"][0]["message"] == (
        'Contact has no property named "cty". Did you mean "city"?'
    )


def test_an_unknown_object_is_refused(check):
    """C33."""
    status, body = check(GOOD, "contakt")
    assert (status, body["code"]) == (404, "unknown_object")
