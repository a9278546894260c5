"""Users, teams and settings: C104, C105, C111, C114, C116."""

import pytest

from tests.accounts.conftest import PASSWORD
from tests.accounts.test_rights import refusal
from tresse.accounts import audit
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import (
    add_role,
    add_team,
    add_user,
    change_password,
    change_settings,
    change_team,
    change_user,
    deactivate_user,
    delete_team,
    ensure_administrator,
    invite,
)
from tresse.accounts.handover import OWNERSHIPS
from tresse.accounts.models import AuditEntry, User
from tresse.accounts.queries import (
    account,
    actor_of,
    actor_with_email,
    actor_with_id,
    first_administrator,
    team_mates,
)


def actions():
    return list(AuditEntry.objects.order_by("id").values_list("action", flat=True))


def test_a_user_has_what_the_page_says(admin):
    """C104"""
    add_team(name="paris", label="Paris", actor=admin)
    user = add_user(
        email="Zoé@Example.com".replace("é", "e"),
        name=" Zoé ",
        role="member",
        language="fr",
        time_zone="Europe/Paris",
        teams=["paris"],
        actor=admin,
    )

    facts = (user.email, user.name, user.language, user.time_zone, user.role.name)
    assert facts == ("zoe@example.com", "Zoé", "fr", "Europe/Paris", "member")
    assert [team.name for team in user.teams.all()] == ["paris"]
    assert user.is_active
    assert not user.has_usable_password()


def test_an_address_is_given_once_whatever_its_case(admin, bob):
    """C104, C129: name_taken"""
    error = refusal(add_user, email="BOB@example.com", role="member", actor=admin)
    assert (error.code, error.message) == (
        "name_taken",
        'The account already has "bob@example.com".',
    )
    assert User.objects.filter(email=bob.email).count() == 1


@pytest.mark.parametrize(
    ("given", "code", "sentence"),
    [
        ({"email": "anna@"}, "invalid_email", '"anna@" is not an e-mail address.'),
        (
            {"role": "membre"},
            "unknown_reference",
            'There is no role "membre". Did you mean "member"?',
        ),
        ({"teams": ["paris"]}, "unknown_reference", 'There is no team "paris".'),
        ({"language": "de"}, "wrong_value", 'language needs en / fr / pl, not "de".'),
        (
            {"time_zone": "Paris"},
            "wrong_value",
            'time_zone needs a time zone such as Europe/Paris, not "Paris".',
        ),
        ({"password": "elevenchars"}, "password_too_short", "Take 12 characters or more."),
        (
            {"password": "zoe@example.com"},
            "failed_validation",
            "This password is easy to guess: it is common, or much like the name or the e-mail.",
        ),
    ],
)
def test_users_that_cannot_be_are_refused(admin, given, code, sentence):
    """C104, C105, C129"""
    error = refusal(add_user, **{"email": "zoe@example.com", "role": "member"} | given, actor=admin)
    assert (error.code, error.message) == (code, sentence)
    assert not User.objects.filter(email="zoe@example.com").exists()


def test_one_changes_oneself_but_not_ones_role(bob, member):
    """C104, C106a: users.manage"""
    change_user(bob, name="Robert", language="pl", theme="dark", actor=member)
    assert User.objects.get(pk=bob.pk).name == "Robert"
    assert refusal(change_user, bob, role="administrator", actor=member).code == "not_permitted"
    assert refusal(change_user, bob, email="x@example.com", actor=member).code == "not_permitted"


def test_others_are_changed_with_the_right_only(anna, member):
    """C106a: users.manage"""
    for act in (
        lambda: change_user(anna, name="X", actor=member),
        lambda: deactivate_user(anna, actor=member),
        lambda: add_user(email="x@example.com", role="member", actor=member),
        lambda: invite(anna, actor=member),
        lambda: add_team(name="x", actor=member),
    ):
        assert refusal(act).code == "not_permitted"


def test_only_an_administrator_makes_administrators(person, admin, anna):
    """C106: nobody gives more than they have"""
    add_role(name="people", rights={"rights": ["users.manage"]}, actor=admin)
    clerk = actor_of(person("Carl", "people"))
    for act in (
        lambda: change_user(User.objects.get(email=clerk.email), role="administrator", actor=clerk),
        lambda: add_user(email="x@example.com", role="administrator", actor=clerk),
        lambda: change_user(anna, is_active=False, actor=clerk),
        lambda: invite(anna, actor=clerk),
    ):
        error = refusal(act)
        assert error.message == "Only an administrator gives or takes the role Administrator."


def test_the_last_administrator_stays(anna, person, admin):
    """C111, C129: last_administrator"""
    for act in (
        lambda: deactivate_user(anna, actor=admin),
        lambda: change_user(anna, role="member", actor=admin),
    ):
        error = refusal(act)
        assert (error.code, error.status) == ("last_administrator", 409)
        assert error.message == "Anna is the last administrator."
        anna.refresh_from_db()

    person("Olga", "administrator")
    deactivate_user(anna, actor=admin)
    assert not User.objects.get(pk=anna.pk).is_active


def test_an_inactive_administrator_does_not_count(anna, person, admin):
    """C111"""
    other = person("Olga", "administrator")
    deactivate_user(other, actor=admin)
    assert refusal(deactivate_user, anna, actor=admin).code == "last_administrator"


def test_what_a_user_owns_is_handed_over_when_asked(monkeypatch, anna, bob, admin):
    """C111"""
    calls = []

    class Records:
        name = "records"

        def hand_over(self, old, new, *, actor):
            calls.append((old, new, actor.name))

    monkeypatch.setattr(OWNERSHIPS, "_things", {"records": Records()})
    deactivate_user(bob, hand_over_to=anna, actor=admin)
    assert calls == [(bob.pk, anna.pk, "Anna")]


def test_the_first_administrator_is_made_once_with_a_password():
    """C104: tresse init"""
    user, password = ensure_administrator(email="Root@example.com")
    assert password is not None
    assert user.check_password(password)
    assert len(password) >= 12
    again, none = ensure_administrator(email="other@example.com")
    assert (again, none) == (user, None)
    assert first_administrator().email == "root@example.com"


def test_an_actor_is_found_by_address_or_says_who_is_meant(bob, admin):
    """C129: could_not_find_user, inactive_user"""
    assert actor_with_email("BOB@example.com").user_id == bob.pk
    assert (
        refusal(actor_with_email, "bib@example.com").message
        == 'There is no user "bib@example.com". Did you mean "bob@example.com"?'
    )
    deactivate_user(bob, actor=admin)
    assert refusal(actor_with_email, "bob@example.com").message == "Bob is not active."
    assert refusal(actor_with_id, bob.pk).code == "inactive_user"
    assert refusal(actor_with_id, 99).code == "could_not_find_user"


def test_without_an_administrator_nobody_acts():
    assert refusal(first_administrator).code == "could_not_find_user"


def test_team_mates_share_any_team(admin, anna, bob, person):
    """C104, C106"""
    carl = person("Carl")
    add_team(name="paris", members=[anna.email, bob.email], actor=admin)
    add_team(name="lyon", members=[bob.email], actor=admin)
    assert team_mates(bob.pk) == {anna.pk, bob.pk}
    assert team_mates(carl.pk) == {carl.pk}
    assert actor_of(bob).team_mates == {anna.pk, bob.pk}


def test_teams_are_added_changed_and_deleted(admin, bob):
    """C104, C114"""
    team = add_team(name="paris", members=[bob.email], actor=admin)
    change_team(team, label="Paris", members=[], actor=admin)
    assert team.members.count() == 0
    assert refusal(add_team, name="paris", actor=admin).code == "name_taken"
    error = refusal(change_team, team, members=["x@example.com"], actor=admin)
    assert error.code == "could_not_find_user"
    delete_team(team, actor=admin)
    assert [name for name in actions() if name.startswith("team")] == [
        "team.add",
        "team.change",
        "team.delete",
    ]


def test_changes_of_people_are_logged_without_secrets(admin, bob, member):
    """C114, C115, C116"""
    change_user(bob, name="Robert", actor=admin)
    change_password(bob, old=PASSWORD, new="nineteen red foxes", actor=member)
    changed = AuditEntry.objects.get(action="user.change")
    assert (changed.person, changed.target) == ("anna@example.com", "bob@example.com")
    assert (changed.before, changed.after) == ({"name": "Bob"}, {"name": "Robert"})
    for entry in AuditEntry.objects.all():
        assert PASSWORD not in f"{entry.before}{entry.after}{entry.target}"
        assert "foxes" not in f"{entry.before}{entry.after}{entry.target}"


def test_a_secret_is_masked_however_deep(admin):
    """C116"""
    after = {"host": "db", "password": "x", "more": [{"api_key": "y", "port": 1}], "secret": ""}
    entry = audit.log(admin, "connection.change", "Shop", after=after)
    assert entry.after == {
        "host": "db",
        "password": "…",
        "more": [{"api_key": "…", "port": 1}],
        "secret": "",
    }


def test_settings_have_defaults_and_are_changed(admin):
    """C106a: settings.manage, C114, C128"""
    assert (account().currency, account().max_properties, account().undo_days) == ("EUR", 500, 30)
    change_settings({"zone": "Europe/Warsaw", "max_views": 5}, actor=admin)
    assert (account().zone, account().max_views) == ("Europe/Warsaw", 5)
    entry = AuditEntry.objects.get(action="settings.change")
    assert entry.before == {"zone": "UTC", "max_views": 100}
    change_settings({"zone": "Europe/Warsaw"}, actor=admin)
    assert AuditEntry.objects.filter(action="settings.change").count() == 1


# C128: the limits of the page.
LIMITS = {
    "max_object_types": 100,
    "max_properties": 500,
    "max_unique": 20,
    "max_indexed": 20,
    "max_options": 5_000,
    "max_association_types": 500,
    "max_link_labels": 50,
    "max_views": 100,
    "max_label": 100,
    "max_batch": 1_000,
    "max_merge": 10,
    "bin_days": 90,
    "undo_days": 30,
    "requests_a_minute": 6_000,
    "audit_months": 24,
}


@pytest.mark.parametrize(("name", "value"), LIMITS.items())
def test_limits_are_those_of_the_page(name, value):
    """C115, C127, C128"""
    assert getattr(account(), name) == value


@pytest.mark.parametrize(
    ("given", "code", "sentence"),
    [
        ({"zoen": "UTC"}, "unknown_key", '"zoen" is not a key of settings. Did you mean "zone"?'),
        (
            {"zone": "Paris"},
            "wrong_value",
            'zone needs a time zone such as Europe/Paris, not "Paris".',
        ),
        (
            {"currency": "euro"},
            "wrong_value",
            'currency needs three letters such as EUR, not "euro".',
        ),
        ({"language": "de"}, "wrong_value", 'language needs en, fr or pl, not "de".'),
        ({"max_views": 0}, "wrong_value", 'max_views needs a whole number from 1, not "0".'),
        ({"audit_months": 6}, "wrong_value", 'audit_months needs a whole number from 12, not "6".'),
        (
            {"public_url": "crm"},
            "wrong_value",
            'public_url needs a web address such as https://crm.example.com, not "crm".',
        ),
    ],
)
def test_settings_that_cannot_be_are_refused(admin, given, code, sentence):
    """C129"""
    error = refusal(change_settings, given, actor=admin)
    assert (error.code, error.message) == (code, sentence)


def test_settings_need_the_right(member):
    """C106a: settings.manage"""
    assert refusal(change_settings, {"zone": "UTC"}, actor=member).code == "not_permitted"


def test_the_system_may_everything():
    assert SYSTEM.scope("contact", "delete") == "all"
    assert SYSTEM.has("people.erase")
