"""Pages and routes of people: C104 to C116, C125."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.accounts.conftest import PASSWORD
from tresse.accounts.changes import add_role, add_team, add_token, invite
from tresse.accounts.models import AuditEntry, Role, Team, Token, User
from tresse.accounts.queries import account

JSON = "application/json"
ADMINISTRATORS = [
    "/settings/people/",
    "/settings/teams/new/",
    "/settings/roles/new/",
    "/settings/roles/member/",
    "/settings/roles/administrator/",
    "/settings/audit/",
    "/settings/account/",
]
EVERYONE = ["/settings/profile/", "/settings/tokens/"]


@pytest.fixture
def as_anna(client, anna):
    client.force_login(anna)
    return client


@pytest.fixture
def as_bob(client, bob):
    client.force_login(bob)
    return client


@pytest.mark.parametrize("address", EVERYONE + ADMINISTRATORS)
@pytest.mark.parametrize("language", ["en", "fr", "pl"])
def test_an_administrator_opens_every_page(client, anna, address, language):
    User.objects.update(language=language)
    client.force_login(anna)
    answer = client.get(address)
    assert answer.status_code == 200
    assert f'lang="{language}"' in answer.content.decode()


@pytest.mark.parametrize("address", ADMINISTRATORS)
def test_a_member_opens_no_page_of_administration(as_bob, address):
    """C106a: users.manage, audit.read, settings.manage"""
    answer = as_bob.get(address)
    assert answer.status_code == 403
    assert "Your role lacks the right" in answer.content.decode()


@pytest.mark.parametrize("address", EVERYONE)
def test_everyone_opens_their_own_pages(as_bob, address):
    assert as_bob.get(address).status_code == 200


def test_the_profile_is_changed_on_its_page(as_bob, bob):
    """C104"""
    posted = {"name": "Robert", "language": "fr", "time_zone": "Europe/Paris", "theme": "dark"}
    assert as_bob.post("/settings/profile/", posted).status_code == 302
    bob.refresh_from_db()
    facts = (bob.name, bob.language, bob.time_zone, bob.theme)
    assert facts == ("Robert", "fr", "Europe/Paris", "dark")
    assert 'data-theme="dark"' in as_bob.get("/settings/profile/").content.decode()


def test_the_theme_is_kept_with_and_without_scripts(as_bob, bob):
    """C104"""
    quiet = as_bob.post("/settings/theme/", {"theme": "dark"}, headers={"hx-request": "true"})
    assert quiet.status_code == 204
    loud = as_bob.post("/settings/theme/", {"theme": "light"})
    assert loud.status_code == 302
    bob.refresh_from_db()
    assert bob.theme == "light"
    assert as_bob.post("/settings/theme/", {"theme": "pink"}).status_code == 422


def test_a_user_is_invited_on_the_page(as_anna):
    """C104, C105"""
    posted = {"email": "zoe@example.com", "name": "Zoé", "role": "member"}
    page = as_anna.post("/settings/people/", posted).content.decode()
    assert "/invitations/" in page
    assert User.objects.get(email="zoe@example.com").role.name == "member"

    again = as_anna.post("/settings/people/", posted)
    assert again.status_code == 422
    assert "The account already has &quot;zoe@example.com&quot;." in again.content.decode()


def test_a_user_is_changed_deactivated_and_let_in_again(as_anna, bob):
    """C104, C111"""
    address = f"/settings/people/{bob.pk}/"
    assert as_anna.get(address).status_code == 200
    posted = {"email": "robert@example.com", "name": "Robert", "role": "manager"}
    assert as_anna.post(address, posted).status_code == 302
    assert as_anna.post(f"{address}deactivate/").status_code == 302
    bob.refresh_from_db()
    assert (bob.email, bob.role.name, bob.is_active) == ("robert@example.com", "manager", False)
    assert as_anna.get(address).status_code == 200
    as_anna.post(f"{address}activate/")
    bob.refresh_from_db()
    assert bob.is_active
    assert "/invitations/" in as_anna.post(f"{address}invite/").content.decode()


def test_the_last_administrator_is_told_on_the_page(as_anna, anna):
    """C111, C129"""
    answer = as_anna.post(f"/settings/people/{anna.pk}/deactivate/")
    assert answer.status_code == 422
    assert "Anna is the last administrator." in answer.content.decode()


def test_teams_are_kept_on_pages(as_anna, bob):
    """C104"""
    posted = {"name": "paris", "label": "Paris", "members": [bob.email]}
    assert as_anna.post("/settings/teams/new/", posted).status_code == 302
    assert as_anna.get("/settings/teams/paris/").status_code == 200
    as_anna.post("/settings/teams/paris/", {"label": "Paris 9e", "members": []})
    team = Team.objects.get()
    assert (team.label, team.members.count()) == ("Paris 9e", 0)
    assert "Paris 9e" in as_anna.get("/settings/people/").content.decode()
    as_anna.post("/settings/teams/paris/delete/")
    assert not Team.objects.exists()


def test_roles_are_kept_on_pages(as_anna):
    """C106, C107"""
    posted = {
        "name": "agent",
        "label": "Agent",
        "deal.view": "all",
        "deal.edit": "own",
        "rights": ["views.share"],
    }
    assert as_anna.post("/settings/roles/new/", posted).status_code == 302
    role = Role.objects.get(name="agent")
    assert role.rights["objects"]["deal"]["edit"] == "own"
    assert role.rights["rights"] == ["views.share"]

    wrong = posted | {"deal.view": "own", "deal.edit": "all"}
    answer = as_anna.post("/settings/roles/agent/", wrong)
    assert answer.status_code == 422
    assert "The right to edit cannot reach further" in answer.content.decode()
    as_anna.post("/settings/roles/agent/", posted | {"label": "Agents", "rights": []})
    role.refresh_from_db()
    assert (role.label, role.rights["rights"]) == ("Agents", [])
    as_anna.post("/settings/roles/agent/delete/")
    assert not Role.objects.filter(name="agent").exists()


def test_the_administrator_role_keeps_everything_on_its_page(as_anna):
    """C106"""
    as_anna.post("/settings/roles/administrator/", {"label": "Boss"})
    role = Role.objects.get(name="administrator")
    assert role.label == "Boss"
    assert role.is_administrator


def test_a_token_is_shown_once(as_bob):
    """C113"""
    made = as_bob.post("/settings/tokens/", {"name": "Shop", "scope": "read", "objects": "deal"})
    token = Token.objects.get()
    secret = made.content.decode().partition('value="trs_')[2].partition('"')[0]
    assert len(secret) > 30
    assert made.headers["Cache-Control"] == "no-store"
    assert (token.scope, token.objects_allowed, token.expires_at) == ("read", ["deal"], None)
    page = as_bob.get("/settings/tokens/").content.decode()
    assert token.prefix in page
    assert secret not in page
    as_bob.post(f"/settings/tokens/{token.pk}/revoke/")
    token.refresh_from_db()
    assert token.revoked_at


def test_a_foreign_token_is_not_there(as_bob, anna, admin):
    """C112"""
    token, _secret = add_token(anna, name="x", actor=admin)
    assert as_bob.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    assert as_bob.get("/api/v1/tokens").json()["tokens"] == []


def test_the_account_is_changed_on_its_page(as_anna):
    """C106a: settings.manage"""
    posted = {
        "zone": "Europe/Paris",
        "language": "fr",
        "currency": "PLN",
        "country": "PL",
        "public_url": "https://crm.example.com",
        "requests_a_minute": 100,
        "audit_months": 12,
    }
    assert as_anna.post("/settings/account/", posted).status_code == 302
    assert (account().zone, account().currency) == ("Europe/Paris", "PLN")
    answer = as_anna.post("/settings/account/", posted | {"currency": "eu"})
    assert answer.status_code == 422
    assert "currency needs three letters such as EUR" in answer.content.decode()


def test_the_audit_log_is_read_on_its_page(as_anna, anna, bob):
    """C115"""
    as_anna.post(f"/settings/people/{bob.pk}/deactivate/")
    page = as_anna.get("/settings/audit/", {"action": "user.change", "user": anna.pk})
    text = page.content.decode()
    assert "bob@example.com" in text
    assert re.search(r"is_active</span>\s*<s>yes</s>.*no", text)
    assert "127.0.0.1" in text
    assert as_anna.get("/settings/audit/", {"cursor": "x"}).status_code == 422


def test_users_over_the_api(as_anna, bob):
    """C104, C105"""
    body = {"email": "zoe@example.com", "role": "member", "teams": []}
    made = as_anna.post("/api/v1/users", body, content_type=JSON)
    assert made.status_code == 201
    assert "/invitations/" in made.json()["invitation"]
    address = f"/api/v1/users/{bob.pk}"
    assert as_anna.get(address).json()["role"] == "member"
    changed = as_anna.patch(address, {"language": "pl"}, content_type=JSON).json()
    assert changed["language"] == "pl"
    assert as_anna.delete(address).json()["is_active"] is False
    assert as_anna.post(f"{address}/invite").status_code == 201
    assert as_anna.get("/api/v1/users/99999").status_code == 404


def test_users_page_by_cursor(as_anna, person):
    """C125"""
    for number in range(4):
        person(f"U{number}")
    first = as_anna.get("/api/v1/users", {"limit": 3}).json()
    second = as_anna.get("/api/v1/users", {"limit": 3, "cursor": first["cursor"]}).json()
    names = [user["name"] for user in first["users"] + second["users"]]
    assert names == ["U3", "U2", "U1", "U0", "Anna"]
    assert second["cursor"] is None
    broken = as_anna.get("/api/v1/users", {"cursor": "x"})
    assert (broken.status_code, broken.json()["code"]) == (422, "bad_cursor")
    assert as_anna.get("/api/v1/users", {"limit": 201}).status_code == 422


def test_teams_and_roles_over_the_api(as_anna, bob):
    """C104, C106"""
    team = {"name": "paris", "label": "Paris", "members": [bob.email]}
    assert as_anna.post("/api/v1/teams", team, content_type=JSON).json() == team
    changed = as_anna.patch("/api/v1/teams/paris", {"members": []}, content_type=JSON)
    assert changed.json()["members"] == []
    assert as_anna.delete("/api/v1/teams/paris").status_code == 204
    assert as_anna.get("/api/v1/teams").json() == []

    role = {"name": "agent", "objects": {"deal": {"view": "own"}}, "rights": ["views.share"]}
    made = as_anna.post("/api/v1/roles", role, content_type=JSON).json()
    assert made["objects"]["deal"]["edit"] == "none"
    part = as_anna.patch("/api/v1/roles/agent", {"rights": []}, content_type=JSON).json()
    assert (part["rights"], part["objects"]["deal"]["view"]) == ([], "own")
    names = [each["name"] for each in as_anna.get("/api/v1/roles").json()]
    assert names == ["administrator", "manager", "member", "reader", "agent"]
    assert as_anna.delete("/api/v1/roles/agent").status_code == 204
    unknown = as_anna.get("/api/v1/roles")
    assert unknown.status_code == 200
    assert as_anna.delete("/api/v1/roles/readr").json()["detail"] == (
        'There is no role "readr". Did you mean "reader"?'
    )


def test_tokens_settings_and_audit_over_the_api(as_anna):
    """C112, C113, C115"""
    made = as_anna.post("/api/v1/tokens", {"name": "Shop"}, content_type=JSON).json()
    assert made["token"].startswith(made["prefix"])
    listed = as_anna.get("/api/v1/tokens").json()["tokens"][0]
    assert "token" not in listed
    assert "hash" not in listed
    assert as_anna.delete(f"/api/v1/tokens/{made['id']}").json()["revoked_at"]

    settings = as_anna.patch("/api/v1/settings", {"zone": "Europe/Paris"}, content_type=JSON)
    assert settings.json()["zone"] == "Europe/Paris"
    assert as_anna.get("/api/v1/settings").json()["currency"] == "EUR"
    log = as_anna.get("/api/v1/audit", {"limit": 1, "action": "settings"}).json()
    assert log["entries"][0]["action"] == "settings.change"
    assert as_anna.get("/api/v1/audit", {"cursor": log["entries"][0]["id"]}).status_code == 200


def test_a_member_is_refused_in_the_same_words(as_bob):
    """C106a, C129: not_permitted"""
    bodies = {
        "/api/v1/users": {"email": "x@example.com", "role": "member"},
        "/api/v1/teams": {"name": "x"},
        "/api/v1/roles": {"name": "x"},
    }
    sentence = (
        'Your role lacks the right "users.manage": manage users, teams, roles and invitations.'
    )
    for address, body in bodies.items():
        answer = as_bob.post(address, body, content_type=JSON)
        assert answer.status_code == 403
        assert answer.json()["detail"] == sentence
    page = as_bob.post("/settings/people/", {"email": "x@example.com", "role": "member"})
    assert sentence in page.content.decode().replace("&quot;", '"')
    assert as_bob.get("/api/v1/audit").status_code == 403
    assert as_bob.patch("/api/v1/settings", {}, content_type=JSON).status_code == 403


def test_pages_of_people_ask_a_fixed_number_of_questions(as_anna, admin, person):
    add_team(name="paris", actor=admin)
    person("First", teams=["paris"])

    def asked():
        with CaptureQueriesContext(connection) as questions:
            as_anna.get("/settings/people/")
        return len(questions)

    asked()
    few = asked()
    add_role(name="agent", rights={}, actor=admin)
    for number in range(10):
        person(f"U{number}", teams=["paris"])
    assert asked() == few


def test_an_invitation_link_does_not_sign_out_or_in_by_looking(client, person, admin):
    """C105"""
    secret = invite(person("Zoe", password=None), actor=admin)
    client.get(f"/invitations/{secret}/")
    assert client.get("/settings/profile/").status_code == 302
    assert not AuditEntry.objects.filter(action="sign_in").exists()
    client.post(f"/invitations/{secret}/", {"name": "Zoe", "password": PASSWORD})
    assert AuditEntry.objects.filter(action="sign_in").count() == 1
