"""Roles and rights: C106, C106a, C107, C109."""

import re

import pytest

from tresse.accounts.actor import ACTIONS, Rights
from tresse.accounts.changes import add_role, change_role, delete_role
from tresse.accounts.defaults import SHIPPED_OBJECTS, make_defaults
from tresse.accounts.models import Role
from tresse.accounts.permission import require, require_right
from tresse.accounts.queries import actor_of
from tresse.accounts.rights import GENERAL, GENERAL_RIGHTS, checked_rights, narrowed, rights_of
from tresse.kernel.errors import TresseError

# C106a, as the page has it: general rights by the shipped roles besides Administrator.
PAGE = {
    "": """model.edit objects.all users.manage tokens.others settings.manage audit.read
        records.purge people.erase connections.manage datasets.manage syncs.manage events.manage
        messages.transactional messages.settings suppressions.lift consent.override
        analytics.publish_link analytics.send_outside""",
    "manager": """views.share segments.share activities.others imports.undo_others datasets.read
        syncs.read events.read automations.edit automations.publish automations.delete
        automations.fire messages.edit messages.send analytics.share""",
    "manager member": "automations.read messages.read analytics.edit",
    "manager member reader": "analytics.read",
}


def refusal(function, *args, **kwargs):
    with pytest.raises(TresseError) as caught:
        function(*args, **kwargs)
    return caught.value


def test_general_rights_are_those_of_the_page():
    """C106a"""
    expected = {name: set(roles.split()) for roles, names in PAGE.items() for name in names.split()}
    assert {right.name: set(right.roles) for right in GENERAL} == expected


def test_every_right_says_what_it_allows():
    """C106a"""
    for right in GENERAL:
        assert re.fullmatch(r"[a-z][a-z ,]+[a-z]", right.label), right


@pytest.mark.parametrize(
    ("role", "action", "scope"),
    [
        ("manager", "view", "all"),
        ("manager", "edit", "team"),
        ("manager", "export", "all"),
        ("member", "view", "team"),
        ("member", "edit", "own"),
        ("member", "create", "all"),
        ("member", "export", "team"),
        ("reader", "view", "all"),
        ("reader", "edit", "none"),
        ("reader", "export", "none"),
    ],
)
def test_shipped_roles_reach_what_the_page_says(role, action, scope):
    """C106"""
    rights = rights_of(Role.objects.get(name=role).rights)
    assert {rights.objects[name][action] for name in SHIPPED_OBJECTS} == {scope}


def test_an_administrator_may_everything(admin):
    """C106, C106a"""
    assert {admin.scope("vehicle", action) for action in ACTIONS} == {"all"}
    assert all(admin.has(name) for name in GENERAL_RIGHTS)
    assert admin.access("deal", "amount") == "edit"


def test_shipped_roles_are_made_once_and_stay_as_people_changed_them(admin):
    """C106"""
    reader = Role.objects.get(name="reader")
    change_role(reader, label="Guest", actor=admin)
    make_defaults()
    assert Role.objects.count() == 4
    assert Role.objects.get(name="reader").label == "Guest"


def test_a_new_object_type_waits_for_a_right(admin, member):
    """C5, C106a: objects.all"""
    assert member.scope("vehicle", "view") == "none"
    role = add_role(name="all_seeing", rights={"rights": ["objects.all"]}, actor=admin)
    assert rights_of(role.rights).objects["*"]["edit"] == "all"


def test_yaml_words_for_yes_and_no_are_read():
    """C106, form C5a"""
    given = {
        "objects": {"contact": {"view": "all", "create": True, "import": "yes", "export": False}}
    }
    contact = checked_rights(given)["objects"]["contact"]
    assert contact == {
        "view": "all",
        "create": "all",
        "edit": "none",
        "delete": "none",
        "merge": "none",
        "bulk_edit": "none",
        "import": "all",
        "export": "none",
    }


@pytest.mark.parametrize(
    ("given", "code", "sentence"),
    [
        (
            {"objects": {"deal": {"view": "own", "edit": "team"}}},
            "bad_role",
            "The right to edit cannot reach further than the right to view.",
        ),
        (
            {"objects": {"deal": {"create": "all"}}},
            "bad_role",
            "The right to create cannot reach further than the right to view.",
        ),
        (
            {"objects": {"deal": {"veiw": "own"}}},
            "unknown_key",
            '"veiw" is not a key of the rights on deal. Did you mean "view"?',
        ),
        (
            {"object": {}},
            "unknown_key",
            '"object" is not a key of a role. Did you mean "objects"?',
        ),
        (
            {"rights": ["views.shar"]},
            "unknown_reference",
            'There is no right "views.shar". Did you mean "views.share"?',
        ),
        (
            {"objects": {"deal": {"view": "most"}}},
            "wrong_value",
            'deal.view needs none / own / team / all, not "most".',
        ),
        (
            {"objects": {"deal": {"view": "all", "import": "own"}}},
            "wrong_value",
            'deal.import needs none / all, not "own".',
        ),
        (
            {"properties": {"deal": {"amount": "write"}}},
            "wrong_value",
            'deal.amount needs none / read / edit, not "write".',
        ),
        (
            {"objects": {"2x": {"view": "all"}}},
            "invalid_name",
            '"2x" must begin with a letter and hold only a–z, 0–9 and _.',
        ),
        ({"objects": ["deal"]}, "wrong_value", "objects needs names with values, not deal."),
        (
            {"rights": "views.share"},
            "wrong_value",
            "rights needs a list of names, not views.share.",
        ),
    ],
)
def test_rights_that_cannot_be_are_refused(given, code, sentence):
    """C107, C129"""
    error = refusal(checked_rights, given)
    assert (error.code, error.message) == (code, sentence)


def test_property_access_is_edit_where_nothing_is_said(admin):
    """C106, C109"""
    role = add_role(
        name="agent",
        rights={"properties": {"deal": {"amount": "read", "lost_reason": "none"}}},
        actor=admin,
    )
    deal = rights_of(role.rights).properties["deal"]
    assert deal == {"amount": "read", "lost_reason": "none"}


@pytest.mark.parametrize(
    ("role", "action", "sentence"),
    [
        ("reader", "edit", "You may see companies but not change them."),
        ("reader", "create", "You may see companies but not add any."),
        ("reader", "delete", "You may see companies but not delete them."),
        ("reader", "merge", "You may see companies but not merge them."),
        ("reader", "bulk_edit", "You may see companies but not change many at once."),
        ("reader", "import", "You may see companies but not import any."),
        ("reader", "export", "You may see companies but not export them."),
        ("nobody", "edit", "You may not see companies."),
        ("nobody", "view", "You may not see companies."),
    ],
)
def test_a_refusal_says_what_one_may(person, admin, role, action, sentence):
    """C129: not_permitted"""
    add_role(name="nobody", rights={}, actor=admin)
    actor = actor_of(person("Rita", role))
    error = refusal(require, actor, action, "company", "Companies")
    assert (error.code, error.status, error.message) == ("not_permitted", 403, sentence)


def test_what_is_allowed_answers_how_far(member):
    """C106"""
    assert require(member, "view", "company", "Companies") == "team"
    assert require(member, "edit", "company", "Companies") == "own"


def test_a_missing_general_right_is_named(member):
    """C129: not_permitted"""
    error = refusal(require_right, member, "audit.read")
    assert error.message == 'Your role lacks the right "audit.read": read the audit log.'


def test_roles_need_the_right_to_manage_users(member):
    """C106a: users.manage"""
    for act in (
        lambda: add_role(name="x", rights={}, actor=member),
        lambda: change_role(Role.objects.get(name="reader"), label="X", actor=member),
        lambda: delete_role(Role.objects.get(name="reader"), actor=member),
    ):
        assert refusal(act).code == "not_permitted"


def test_shipped_roles_stay_and_the_administrator_stays_whole(admin):
    """C106, C129: built_in"""
    reader = Role.objects.get(name="reader")
    assert (
        refusal(delete_role, reader, actor=admin).message
        == "Reader comes with the product and cannot be deleted."
    )
    administrator = Role.objects.get(name="administrator")
    error = refusal(change_role, administrator, rights={"rights": ["audit.read"]}, actor=admin)
    assert error.message == "Administrator comes with the product and cannot be limited."


def test_a_role_in_use_stays(admin, person):
    """C129: in_use"""
    role = add_role(name="agent", label="Agent", rights={}, actor=admin)
    person("Rita", "agent")
    error = refusal(delete_role, role, actor=admin)
    assert error.message == "Agent is used by Rita. Change these first."


def test_a_name_is_given_once(admin):
    """C4, C129: name_taken, invalid_name"""
    add_role(name="agent", rights={}, actor=admin)
    error = refusal(add_role, name="agent", rights={}, actor=admin)
    assert (error.status, error.message) == (409, 'The account already has "agent".')
    assert refusal(add_role, name="2x", rights={}, actor=admin).code == "invalid_name"


def test_a_reading_token_keeps_sight_only():
    """C112"""
    kept = narrowed(Rights(is_administrator=True), read_only=True, objects=None)
    assert kept.objects == {"*": {"view": "all", "export": "all"}}
    assert not kept.is_administrator
    assert "datasets.read" in kept.general
    assert "model.edit" not in kept.general


def test_a_token_for_named_objects_reaches_no_other():
    """C112"""
    kept = narrowed(Rights(is_administrator=True), read_only=False, objects=["deal"])
    assert list(kept.objects) == ["deal"]
    assert kept.objects["deal"]["edit"] == "all"
    assert not kept.general
