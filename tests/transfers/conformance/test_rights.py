"""What a person without all rights may import (T5, T34, C108, C109)."""

import pytest

from tests.transfers.imports.house import codes, error_file, links, numbers
from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.transfers import changes
from tresse.transfers.queries import import_with_id, imports_of


@pytest.fixture
def member(world):  # noqa: ARG001  the world is there first
    """Somebody with the shipped role: edits own records."""
    return actor_of(add_user(email="mel@example.com", name="Mel", role="member", actor=SYSTEM))


def test_a_member_makes_records_but_changes_only_own_ones(world, member):
    """T34: other people's records are matched, not changed, not named."""
    content = "E-mail,First name,Associated Company\nanna@ex.org,X,41\nnew@ex.org,Y,\n"
    row = world.load("contacts", content, actor=member)
    assert codes(row, "row") == [(2, "not_permitted")]
    assert numbers(row) == {"rows": 2, "created": 1, "failed": 1}
    assert links(row) == {"asked": 1, "not_tried": 1}
    text = error_file(row)
    assert "51" not in text.replace("anna@ex.org", "")
    owners = world.values("contact", "email", "owner")
    assert ("new@ex.org", member.user_id) in owners.values()

    row = world.load("contacts", "E-mail,First name\nnew@ex.org,Z\n", actor=member)
    assert numbers(row) == {"rows": 1, "updated": 1}


def test_a_member_may_not_make_options(world, member):
    """T5, T37: `model.edit` for new options."""
    with pytest.raises(TresseError) as refused:
        world.add(
            "contacts", "E-mail,Lead source\nz@ex.org,Fair\n", actor=member, unknown_options="add"
        )
    assert refused.value.code == "not_permitted"


def test_a_member_may_not_fire_automations(world, member):
    """T69: the right `automations.fire`."""
    with pytest.raises(TresseError) as refused:
        world.add("contacts", "E-mail\nz@ex.org\n", actor=member, fire_automations=True)
    assert refused.value.code == "not_permitted"


def test_imports_of_others_are_not_seen_nor_touched(world, member):
    """T75, C108: only own imports, unless one has `imports.undo_others`."""
    row = world.add("contacts", "E-mail\nz@ex.org\n")
    assert list(imports_of(member)) == []
    with pytest.raises(TresseError) as refused:
        import_with_id(row.pk, actor=member)
    assert refused.value.code == "unknown_name"
    for act in (changes.check_import, changes.run_import):
        with pytest.raises(TresseError) as refused:
            act(row, actor=member)
        assert refused.value.code == "not_permitted"
    row.refresh_from_db()
    assert row.state == "draft"


def test_a_user_is_named_by_e_mail_id_or_full_name(world, member):
    """T38: two of one name are `multiple_users_found`, one who left `inactive_user`."""
    twin = add_user(email="mel2@example.com", name="Mel", role="member", actor=SYSTEM)
    gone = add_user(email="gone@example.com", name="Gone", role="member", actor=SYSTEM)
    gone.is_active = False
    gone.save()
    content = (
        "E-mail,Owner\n"
        f"a@ex.org,mel@example.com\nb@ex.org,{twin.pk}\nc@ex.org,Mel\nd@ex.org,Gone\ne@ex.org,Ada\n"
    )
    row = world.load("contacts", content)
    assert codes(row) == [(4, "multiple_users_found"), (5, "inactive_user")]
    owners = dict(world.values("contact", "email", "owner").values())
    assert owners["a@ex.org"] == member.user_id
    assert owners["b@ex.org"] == twin.pk
    assert owners["e@ex.org"] == world.ada.user_id
