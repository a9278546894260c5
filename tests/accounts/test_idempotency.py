"""`Idempotency-Key`: C122, C130 (h)."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import RequestFactory

from tests.accounts.test_rights import refusal
from tresse.accounts import audit, idempotency
from tresse.accounts.actor import SYSTEM
from tresse.accounts.models import StoredAnswer, Team, Token
from tresse.kernel.clock import at, now

ADDRESS = "/api/v1/teams"


@pytest.fixture
def post(client, anna):
    client.force_login(anna)

    def send(body, key="one", address=ADDRESS):
        headers = {"idempotency-key": key}
        return client.post(address, body, content_type="application/json", headers=headers)

    return send


def test_the_same_key_and_body_act_once(post):
    """C122, C130 (h)"""
    first = post({"name": "paris"})
    second = post({"name": "paris"})

    assert (first.status_code, second.status_code) == (201, 201)
    assert second.json() == first.json()
    assert second.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert Team.objects.count() == 1


def test_another_body_with_the_key_is_refused(post):
    """C122, C129: idempotency_key_reused"""
    post({"name": "paris"})
    answer = post({"name": "lyon"})
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert answer.json()["detail"] == "This key was used with another body."
    assert post({"name": "paris"}, address="/api/v1/roles").status_code == 422
    assert Team.objects.count() == 1


def test_a_request_still_running_is_not_begun_again(post, anna):
    """C122, C129: idempotency_in_progress"""
    request = RequestFactory().post(ADDRESS, {"name": "paris"}, content_type="application/json")
    idempotency.taken(anna.pk, "one", idempotency.body_hash(request))

    answer = post({"name": "paris"})
    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_in_progress")
    assert answer.json()["detail"] == "The first request with this key is still running."
    with at(now() + timedelta(minutes=16)):
        assert post({"name": "paris"}).status_code == 201


def test_a_refusal_is_stored_as_well(post):
    """C122"""
    assert post({"name": "2x"}).status_code == 422
    again = post({"name": "2x"})
    assert again.status_code == 422
    assert again.json()["code"] == "invalid_name"
    assert again.headers["Content-Type"] == "application/problem+json"
    assert again.headers["Idempotent-Replay"] == "true"


def test_a_key_lasts_a_day(post):
    """C122"""
    post({"name": "paris"})
    with at(now() + timedelta(hours=23)):
        assert "Idempotent-Replay" in post({"name": "paris"}).headers
    with at(now() + timedelta(hours=25)):
        assert post({"name": "paris"}).json()["code"] == "name_taken"
    with at(now() + timedelta(hours=50)):
        assert idempotency.forget_old() == 1


def test_keys_of_two_people_are_two_keys(post, client, person):
    """C122"""
    post({"name": "paris"})
    client.force_login(person("Olga", "administrator"))
    assert post({"name": "paris"}).json()["code"] == "name_taken"


def test_a_long_key_is_refused(post):
    """C122"""
    answer = post({"name": "paris"}, key="x" * 256)
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_value")
    assert post({"name": "paris"}, key="x" * 255).status_code == 201


def test_a_secret_is_not_stored(post):
    """C113, C122"""
    first = post({"name": "Shop"}, address="/api/v1/tokens").json()
    second = post({"name": "Shop"}, address="/api/v1/tokens").json()
    assert second["id"] == first["id"]
    assert second["token"] == audit.MASK
    assert first["token"].encode() not in bytes(StoredAnswer.objects.get().body)
    assert Token.objects.count() == 1


def test_a_bug_undoes_the_work_and_frees_the_key(post, client, monkeypatch):
    """C122: nothing is half done"""

    def broken(_stored, _response):
        message = "no more room"
        raise OSError(message)

    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "keep", broken)
        assert post({"name": "paris"}).status_code == 500
    assert not Team.objects.exists()
    assert post({"name": "paris"}).status_code == 201


def test_files_belong_to_the_body():
    """C122"""

    def digest(content):
        file = SimpleUploadedFile("a.csv", content)
        request = RequestFactory().post("/api/v1/imports", {"object": "contact", "file": file})
        found = idempotency.body_hash(request)
        assert [each.read() for each in request.FILES.getlist("file")] == [content]
        return found

    assert digest(b"a;b") == digest(b"a;b") != digest(b"a;c")


def test_without_a_key_nothing_is_stored(client, anna):
    client.force_login(anna)
    client.post(ADDRESS, {"name": "paris"}, content_type="application/json")
    assert not StoredAnswer.objects.exists()
    assert refusal(idempotency.taken, SYSTEM.user_id or 0, "x" * 300, "").code == "wrong_value"
