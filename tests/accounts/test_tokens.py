"""API tokens and who gets in: C112, C113, C127, C120, C124."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.test import Client

from tests.accounts.test_rights import refusal
from tresse.accounts.changes import (
    add_token,
    change_role,
    change_settings,
    deactivate_user,
    revoke_token,
)
from tresse.accounts.models import AuditEntry, Role, Token
from tresse.accounts.queries import actor_of_token, token_given
from tresse.config.doors import cli
from tresse.kernel.clock import at, now

ME = "/api/v1/users/me"


@pytest.fixture
def made(bob, member):
    """Bob's token and its secret."""
    return add_token(bob, name="Shop", actor=member)


def ask(secret, address=ME, method="get", **more):
    return getattr(Client(), method)(address, headers={"authorization": f"Bearer {secret}"}, **more)


def test_a_token_begins_with_trs_and_only_its_hash_is_kept(made):
    """C113"""
    token, secret = made
    assert secret.startswith("trs_")
    assert token.prefix == secret[:8]
    assert secret not in {str(value) for value in Token.objects.values().get().values()}
    assert len(token.hash) == 64


def test_a_token_expires_after_a_year_or_never(made, bob, member):
    """C112"""
    assert now() + timedelta(days=364) < made[0].expires_at < now() + timedelta(days=366)
    assert add_token(bob, name="For ever", days=None, actor=member)[0].expires_at is None


def test_a_token_acts_for_its_user(made, bob):
    """C112, C113"""
    answer = ask(made[1])
    assert answer.json()["email"] == bob.email
    token = Token.objects.get()
    assert token.last_used_address == "127.0.0.1"
    assert token.last_used_at is not None


def test_the_header_x_api_key_does_as_well(made):
    assert Client().get(ME, headers={"x-api-key": made[1]}).status_code == 200


def test_last_use_is_written_once_a_minute(made):
    """C113"""
    begun = now()
    with at(begun):
        ask(made[1])
    with at(begun + timedelta(seconds=59)):
        ask(made[1])
    assert Token.objects.get().last_used_at == begun
    with at(begun + timedelta(seconds=60)):
        ask(made[1])
    assert Token.objects.get().last_used_at == begun + timedelta(seconds=60)


def expire(token, _admin):
    token.expires_at = now() - timedelta(seconds=1)
    token.save()


def revoke(token, admin):
    revoke_token(token, actor=admin)


def deactivate(token, admin):
    deactivate_user(token.user, actor=admin)


@pytest.mark.parametrize("end", [expire, revoke, deactivate])
def test_a_token_that_ended_is_not_valid(made, admin, end):
    """C111, C113, C129: token_not_valid"""
    end(made[0], admin)
    answer = ask(made[1])
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert body["code"] == "token_not_valid"
    assert body["detail"] == "The token is revoked, expired or unknown."
    assert body["request_id"]


def test_an_unknown_token_is_not_valid_even_beside_a_session(client, bob):
    """C113"""
    client.force_login(bob)
    assert client.get(ME).status_code == 200
    assert client.get(ME, headers={"authorization": "Bearer trs_no"}).status_code == 401
    assert refusal(token_given, "trs_no").code == "token_not_valid"


def test_nobody_gets_no_answer_from_the_api():
    """C120"""
    answer = Client().get(ME)
    assert answer.status_code == 401
    assert answer.json()["code"] == "token_not_valid"
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert Client().get("/api/v1/openapi.json").status_code == 200


def test_nobody_gets_the_sign_in_from_a_page():
    answer = Client().get("/settings/people/?a=1")
    assert answer.headers["Location"] == "/sign-in/?next=%2Fsettings%2Fpeople%2F%3Fa%3D1"
    fragment = Client().get("/settings/people/", headers={"hx-request": "true"})
    assert fragment.status_code == 401
    assert fragment.headers["HX-Redirect"] == "/sign-in/"


def test_a_token_opens_no_page(made):
    """C112"""
    assert ask(made[1], "/settings/profile/").status_code == 302


def test_a_reading_token_writes_nothing(anna, admin):
    """C112, C129: not_permitted"""
    _token, secret = add_token(anna, name="Look", scope="read", actor=admin)
    assert ask(secret).status_code == 200
    for method in ("post", "patch", "put", "delete"):
        answer = ask(secret, "/api/v1/teams", method, content_type="application/json")
        assert answer.status_code == 403
        assert answer.json()["detail"] == "This token may read but not write."
    # A search is a POST that reads: it goes on to the route, which is unknown here.
    assert ask(secret, "/api/v1/nothing/search", "post").status_code == 404


def test_a_token_has_what_its_user_has_now(made, admin):
    """C112: never more than its user has then"""
    token, _secret = made
    assert actor_of_token(token).scope("deal", "edit") == "own"
    change_role(Role.objects.get(name="member"), rights={}, actor=admin)
    token = Token.objects.select_related("user__role").get()
    assert actor_of_token(token).scope("deal", "edit") == "none"


def test_a_token_for_named_objects_reaches_these_only(anna, admin):
    """C112"""
    token, _secret = add_token(anna, name="Deals", objects=["deal"], actor=admin)
    actor = actor_of_token(token)
    assert actor.scope("deal", "delete") == "all"
    assert actor.scope("contact", "view") == "none"
    assert not actor.has("users.manage")
    assert actor.token_id == token.pk
    assert actor.source == "api"


def test_tokens_of_others_need_the_right(made, anna, bob, member, admin):
    """C106a: tokens.others"""
    token, _secret = made
    assert refusal(add_token, anna, name="x", actor=member).code == "not_permitted"
    other, _secret = add_token(bob, name="Made by Anna", actor=admin)
    assert other.user == bob
    revoke_token(token, actor=admin)
    foreign, _secret = add_token(anna, name="Anna's", actor=admin)
    assert refusal(revoke_token, foreign, actor=member).code == "not_permitted"


def test_a_token_makes_no_tokens(made, bob):
    """C112"""
    error = refusal(add_token, bob, name="x", actor=actor_of_token(made[0]))
    assert error.message == "A token cannot make tokens. Sign in instead."


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": " "}, 'name needs some text, not "".'),
        ({"scope": "all"}, 'scope needs read / write, not "all".'),
        ({"days": 0}, "days needs 1 to 36500, not 0."),
        (
            {"objects": ["Deal"]},
            '"Deal" must begin with a letter and hold only a–z, 0–9 and _.',
        ),
    ],
)
def test_tokens_that_cannot_be_are_refused(bob, member, given, sentence):
    """C112, C129"""
    error = refusal(add_token, bob, **{"name": "x"} | given, actor=member)
    assert error.message == sentence


def test_making_and_revoking_is_logged_without_the_secret(made, member):
    """C114, C116"""
    token, secret = made
    revoke_token(token, actor=member)
    revoke_token(token, actor=member)
    entries = AuditEntry.objects.filter(action__startswith="token.")
    assert [entry.action for entry in entries.order_by("id")] == ["token.add", "token.revoke"]
    assert all(secret not in f"{entry.target}{entry.after}" for entry in entries)


def test_too_many_requests_wait_for_the_next_minute(made, admin):
    """C127, C129: rate_limited"""
    change_settings({"requests_a_minute": 3}, actor=admin)
    begun = now().replace(second=48, microsecond=0)
    with at(begun):
        codes = [ask(made[1]).status_code for _number in range(4)]
        answer = ask(made[1])
    assert codes == [200, 200, 200, 429]
    assert answer.json()["code"] == "rate_limited"
    assert answer.json()["detail"] == "Try again in 12 seconds."
    assert answer.headers["Retry-After"] == "12"
    with at(begun + timedelta(seconds=12)):
        assert ask(made[1]).status_code == 200


def test_zero_is_no_limit(made, admin):
    """C127"""
    change_settings({"requests_a_minute": 0}, actor=admin)
    assert {ask(made[1]).status_code for _number in range(5)} == {200}


def test_a_session_writes_over_the_api_with_the_csrf_token_only(anna):
    """Cookies come along with requests of foreign pages."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    body = {"name": "paris"}
    refused = client.post("/api/v1/teams", body, content_type="application/json")
    assert refused.status_code == 403
    assert refused.json()["code"] == "not_permitted"

    client.get("/settings/profile/")
    headers = {"x-csrftoken": client.cookies["csrftoken"].value}
    done = client.post("/api/v1/teams", body, content_type="application/json", headers=headers)
    assert done.status_code == 201


def test_a_token_needs_no_csrf_token(anna, admin):
    _token, secret = add_token(anna, name="x", actor=admin)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(
        "/api/v1/teams",
        {"name": "paris"},
        content_type="application/json",
        headers={"authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 201
    assert AuditEntry.objects.get(action="team.add").request_id


def test_the_person_s_language_and_zone_hold(client, person):
    """C104"""
    client.force_login(person("Zofia", language="pl", time_zone="Europe/Warsaw"))
    answer = client.get("/settings/profile/", headers={"accept-language": "fr"})
    assert answer.headers["Content-Language"] == "pl"
    assert 'lang="pl"' in answer.content.decode()


def test_unknown_people_see_the_language_of_their_browser():
    """C104"""
    answer = Client().get("/sign-in/", headers={"accept-language": "fr"})
    assert 'lang="fr"' in answer.content.decode()


@pytest.mark.usefixtures("anna", "bob")
def test_the_command_makes_a_token():
    """C112, cli: tresse token"""
    command = ["token", "Shop", "--user", "bob@example.com", "--read", "--days", "30", "--json"]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout)
    assert answer["name"] == "Shop"
    token = token_given(answer["token"])
    assert (token.scope, token.user.email) == ("read", "bob@example.com")
    assert token.expires_at is not None
    assert token.expires_at < now() + timedelta(days=31)


@pytest.mark.usefixtures("anna", "bob")
def test_the_command_refuses_in_a_sentence():
    """C112: acts as someone else with --as"""
    unknown = CliRunner().invoke(cli, ["token", "Shop", "--user", "bib@example.com"])
    assert unknown.exit_code == 1
    assert 'There is no user "bib@example.com". Did you mean "bob@example.com"?' in unknown.output
    command = ["token", "Shop", "--user", "anna@example.com", "--as", "bob@example.com", "--json"]
    refused = CliRunner().invoke(cli, command)
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["code"] == "not_permitted"
