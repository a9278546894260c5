"""Roles, teams and settings as YAML: C5a, C104, C106, C129."""

import pytest
import yaml

from tests.accounts.test_rights import refusal
from tresse.accounts.definitions import KINDS
from tresse.accounts.models import AuditEntry, Role, Team
from tresse.accounts.queries import account

FILE = """
settings: {zone: Europe/Paris, currency: PLN, max_views: 7, unowned_for_all_only: [deal]}
roles:
  - name: agent
    label: Agent
    objects: {contact: {view: all, edit: own, export: no}}
    properties: {deal: {amount: read}}
    rights: [views.share]
teams:
  - {name: paris, label: Paris, members: [Bob@example.com]}
"""
BY_NAME = {kind.name: kind for kind in KINDS}


def apply(given, actor, dry_run=False):
    """What `tresse apply` does with the kinds of this room, without its report."""
    outcomes = {}
    for kind in KINDS:
        items = given.get(kind.name, [])
        for item in items if isinstance(items, list) else [items]:
            outcomes[kind.name, item.get("name")] = kind.write(item, actor, dry_run)
    return outcomes


def printed():
    """What `tresse config` prints of them."""
    text = yaml.safe_dump({kind.name: kind.read() for kind in KINDS})
    return yaml.safe_load(text)


@pytest.mark.usefixtures("bob")
def test_the_example_of_the_page_is_applied_once(admin):
    """C5a"""
    given = yaml.safe_load(FILE)
    first = apply(given, admin)
    assert first == {
        ("settings", None): "changed",
        ("roles", "agent"): "created",
        ("teams", "paris"): "created",
    }
    assert set(apply(given, admin).values()) == {"unchanged"}

    role = Role.objects.get(name="agent").rights
    assert role["objects"]["contact"]["edit"] == "own"
    assert role["objects"]["contact"]["export"] == "none"
    assert role["properties"] == {"deal": {"amount": "read"}}
    assert [user.name for user in Team.objects.get().members.all()] == ["Bob"]
    assert (account().zone, account().max_views) == ("Europe/Paris", 7)
    assert account().unowned_for_all_only == ("deal",)


@pytest.mark.usefixtures("bob")
def test_what_config_prints_changes_nothing(admin):
    """C5a"""
    apply(yaml.safe_load(FILE), admin)
    entries = AuditEntry.objects.count()
    assert set(apply(printed(), admin).values()) == {"unchanged"}
    assert AuditEntry.objects.count() == entries


@pytest.mark.usefixtures("bob")
def test_a_dry_run_says_what_it_would_do_and_writes_nothing(admin):
    """C5a"""
    given = yaml.safe_load(FILE)
    dry = apply(given, admin, dry_run=True)
    assert not Team.objects.exists()
    assert not Role.objects.filter(name="agent").exists()
    assert account().currency == "EUR"
    assert dry == apply(given, admin)

    given["roles"][0]["rights"] = []
    given["teams"][0]["members"] = []
    assert set(apply(given, admin, dry_run=True).values()) == {"changed", "unchanged"}
    assert Role.objects.get(name="agent").rights["rights"] == ["views.share"]
    assert Team.objects.get().members.count() == 1


def test_what_is_not_named_stays(admin):
    """C5a"""
    before = Role.objects.get(name="member").rights
    outcome = BY_NAME["roles"].write({"name": "member", "label": "Colleague"}, admin, False)
    role = Role.objects.get(name="member")
    assert (outcome, role.label, role.rights) == ("changed", "Colleague", before)


@pytest.mark.parametrize(
    ("kind", "item", "sentence"),
    [
        (
            "roles",
            {"name": "agent", "lable": "x"},
            '"lable" is not a key of a role. Did you mean "label"?',
        ),
        (
            "teams",
            {"name": "paris", "member": []},
            '"member" is not a key of a team. Did you mean "members"?',
        ),
        (
            "settings",
            {"curency": "EUR"},
            '"curency" is not a key of settings. Did you mean "currency"?',
        ),
        (
            "teams",
            {"name": "paris", "members": ["x@example.com"]},
            'There is no user "x@example.com". Did you mean "anna@example.com"?',
        ),
        (
            "roles",
            {"name": "Agent"},
            '"Agent" must begin with a letter and hold only a–z, 0–9 and _.',
        ),
        ("roles", {"label": "x"}, "name needs a name, not None."),
        (
            "roles",
            {"name": "administrator", "rights": ["audit.read"]},
            "Administrator comes with the product and cannot be limited.",
        ),
    ],
)
def test_what_cannot_be_is_refused_dry_or_not(admin, kind, item, sentence):
    """C5a, C129: unknown_key"""
    for dry_run in (True, False):
        assert refusal(BY_NAME[kind].write, item, admin, dry_run).message == sentence


@pytest.mark.parametrize("kind", list(BY_NAME))
def test_applying_needs_the_right(member, kind):
    """C106a: users.manage, settings.manage"""
    item = {} if kind == "settings" else {"name": "x"}
    assert refusal(BY_NAME[kind].write, item, member, True).code == "not_permitted"
