"""Signing in and out, sessions, passwords, invitations: C104, C105, C113."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.hashers import identify_hasher, make_password
from django.test import Client

from tests.accounts.conftest import PASSWORD
from tresse.accounts.changes import change_user, deactivate_user, invite
from tresse.accounts.middleware import address_of, known_address
from tresse.accounts.models import AuditEntry, Session, User
from tresse.kernel.clock import at, now

WRONG = "ten white ducks"


def sign_in(client, email="bob@example.com", password=PASSWORD, **more):
    return client.post("/sign-in/", {"email": email, "password": password, **more})


def test_e_mail_and_password_open_a_session(client, bob):
    """C104"""
    answer = sign_in(client, "BOB@Example.com ", next="/settings/profile/")

    assert (answer.status_code, answer.headers["Location"]) == (302, "/settings/profile/")
    assert client.get("/settings/profile/").status_code == 200
    assert AuditEntry.objects.filter(action="sign_in", user_id=bob.pk).count() == 1


@pytest.mark.usefixtures("bob")
def test_a_foreign_address_is_not_gone_to(client):
    answer = sign_in(client, next="https://elsewhere.example/")
    assert answer.headers["Location"] == "/"


@pytest.mark.usefixtures("bob")
@pytest.mark.parametrize(
    ("email", "password"), [("bob@example.com", WRONG), ("nobody@example.com", PASSWORD)]
)
def test_a_wrong_sign_in_does_not_say_what_is_wrong(client, email, password):
    """C114: its failure is logged"""
    answer = sign_in(client, email, password)

    assert answer.status_code == 422
    assert "The e-mail and the password do not belong together." in answer.content.decode()
    assert AuditEntry.objects.get(action="sign_in.refuse").target == email


@pytest.mark.usefixtures("bob")
def test_ten_failures_stop_a_person_for_a_quarter_of_an_hour(settings):
    """C105, C129: too_many_attempts"""
    for number in range(10):
        sign_in(Client(REMOTE_ADDR=f"10.0.0.{number}"), password=WRONG)

    stopped = sign_in(Client(REMOTE_ADDR="10.0.0.99"))
    assert stopped.status_code == 422
    assert re.search(r"Try again after \d\d:\d\d\.", stopped.content.decode())
    assert timedelta(minutes=15) == settings.AXES_COOLOFF_TIME
    settings.AXES_COOLOFF_TIME = timedelta(0)
    assert sign_in(Client(REMOTE_ADDR="10.0.0.99")).status_code == 302


@pytest.mark.usefixtures("bob", "anna")
def test_ten_failures_stop_an_address(client):
    """C105"""
    for number in range(10):
        sign_in(client, f"someone{number}@example.com", WRONG)

    assert sign_in(client).status_code == 422
    other = Client(REMOTE_ADDR="10.1.1.1")
    assert sign_in(other).status_code == 302


@pytest.mark.usefixtures("bob")
def test_nine_failures_do_not_stop_anyone(client):
    """C105"""
    for _number in range(9):
        sign_in(client, password=WRONG)
    assert sign_in(client).status_code == 302


def test_a_person_who_is_not_active_cannot_sign_in(client, bob, admin):
    """C111"""
    deactivate_user(bob, actor=admin)
    assert sign_in(client).status_code == 422


def test_passwords_are_kept_by_argon2(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert identify_hasher(make_password(PASSWORD)).algorithm == "argon2"


def test_signing_out_ends_the_session(client, bob):
    """C114"""
    sign_in(client)
    assert client.get("/sign-out/").status_code == 405
    client.post("/sign-out/")

    assert client.get("/settings/profile/").status_code == 302
    assert Session.objects.filter(user=bob).count() == 0
    assert AuditEntry.objects.filter(action="sign_out", user_id=bob.pk).exists()


def test_a_person_sees_and_ends_their_own_sessions(client, bob):
    """C105"""
    phone = Client(REMOTE_ADDR="10.1.1.1", headers={"user-agent": "Phone"})
    sign_in(phone)
    sign_in(client)
    page = client.get("/settings/profile/").content.decode()
    assert "Phone" in page
    assert "10.1.1.1" in page
    assert phone.session.session_key not in page

    listed = client.get("/api/v1/sessions").json()
    handle = next(each["id"] for each in listed if each["browser"] == "Phone")
    client.post(f"/settings/sessions/{handle}/end/")

    assert phone.get("/settings/profile/").status_code == 302
    assert client.get("/settings/profile/").status_code == 200
    assert Session.objects.filter(user=bob).count() == 1


def test_a_session_of_another_person_cannot_be_ended(client, anna, bob):
    """C105"""
    other = Client()
    sign_in(other)
    client.force_login(anna)
    handle = other.get("/api/v1/sessions").json()[0]["id"]

    assert client.delete(f"/api/v1/sessions/{handle}").status_code == 404
    assert Session.objects.filter(user=bob).count() == 1


def test_deactivating_ends_sessions(client, bob, admin):
    """C111"""
    sign_in(client)
    change_user(bob, is_active=False, actor=admin)
    assert client.get("/settings/profile/").status_code == 302


def test_an_invitation_lets_a_person_choose_a_password(client, person, admin):
    """C105"""
    secret = invite(person("Zoe", password=None), actor=admin)
    assert client.get(f"/invitations/{secret}/").status_code == 200

    short = client.post(f"/invitations/{secret}/", {"name": "Zoé", "password": "short"})
    assert short.status_code == 422
    assert "Take 12 characters or more." in short.content.decode()
    done = client.post(f"/invitations/{secret}/", {"name": "Zoé", "password": PASSWORD})
    assert done.status_code == 302
    assert client.get("/settings/profile/").status_code == 200
    assert User.objects.get(email="zoe@example.com").name == "Zoé"
    again = Client().get(f"/invitations/{secret}/")
    assert again.status_code == 410


def test_an_invitation_ends_after_seven_days(client, person, admin):
    """C105, C129: link_expired"""
    begun = now()
    with at(begun):
        secret = invite(person("Zoe", password=None), actor=admin)
    with at(begun + timedelta(days=7, seconds=-1)):
        assert client.get(f"/invitations/{secret}/").status_code == 200
    with at(begun + timedelta(days=7)):
        answer = client.get(f"/invitations/{secret}/")
    assert answer.status_code == 410
    day = (begun + timedelta(days=7)).date().isoformat()
    assert f"The link ended on {day}." in answer.content.decode()


def test_a_new_invitation_ends_the_old_one(client, person, admin):
    """C105"""
    user = person("Zoe", password=None)
    old = invite(user, actor=admin)
    invite(user, actor=admin)
    assert client.get(f"/invitations/{old}/").status_code == 410


def test_a_changed_password_ends_other_sessions(client, bob):
    """C105"""
    other = Client()
    sign_in(other)
    sign_in(client)
    new = "nineteen red foxes"
    wrong = client.post("/settings/password/", {"old": "no", "password": new})
    assert "The present password is another one." in wrong.content.decode()
    done = client.post("/settings/password/", {"old": PASSWORD, "password": new})

    assert done.status_code == 302
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302
    bob.refresh_from_db()
    assert bob.check_password(new)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "10.0.0.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (1, "", "10.0.0.1"),
        (2, "203.0.113.9", "10.0.0.1"),
        (1, "nonsense", ""),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_an_address_is_believed_of_our_own_proxies_only(settings, rf, proxies, forwarded, address):
    """C105, C115"""
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="10.0.0.1", headers={"x-forwarded-for": forwarded})
    assert address_of(request) == address
    assert known_address(request) == (address or None)
