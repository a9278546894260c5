"""Layouts of record pages: groups, order, cards (C97)."""

import pytest

from tresse.accounts.models import AuditEntry
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property, change_layout
from tresse.objects.definitions import apply_file, config
from tresse.objects.described import data_model
from tresse.objects.layouts import card_key, card_sides, layout_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
GROUPS = [
    {"label": "Key facts", "properties": ["email", "city"]},
    {"label": "Identity", "properties": ["last_name", "first_name"]},
]


def groups_of(name="contact"):
    """Group labels with the names of their properties."""
    found = layout_of(data_model().object(name)).groups
    return {group.label: [prop.name for prop in group.properties] for group in found}


def test_groups_stand_as_they_are_defined():
    """C97: without a layout, in the order of the definitions."""
    assert list(groups_of()) == ["Identity", "Work", "Address", "System"]


def test_sets_groups_and_order(contact, admin):
    """C97: what no group names stays in its own, behind those named."""
    change_layout(contact, groups=GROUPS, actor=admin)

    found = groups_of()
    assert list(found)[:2] == ["Key facts", "Identity"]
    assert found["Key facts"] == ["email", "city"]
    assert found["Identity"][:3] == ["last_name", "first_name", "phone"]
    assert "city" not in found["Address"]


def test_a_new_property_shows_in_other_at_once(contact, admin):
    """C97."""
    change_layout(contact, groups=GROUPS, actor=admin)
    add_property(contact, name="fax", label="Fax", kind="text", actor=admin)
    assert groups_of()["Other"] == ["fax"]


def test_cards_are_ordered_and_hidden(contact, admin):
    """C97: cards that the layout does not name come last."""
    change_layout(
        contact, cards=["deal_contact:inverse"], hidden=["task_contact:inverse"], actor=admin
    )
    model = data_model()
    here = model.object("contact")
    shown = layout_of(here).arranged(model.sides("contact"), card_key)
    keys = [card_key(side) for side in shown]
    assert keys[0] == "deal_contact:inverse"
    assert "task_contact:inverse" not in keys
    assert len(card_sides(model, here)) == len(keys) + 1


def test_a_group_is_known_in_every_language(contact, admin):
    """A shipped group stays translated, whoever saves the layout."""
    change_layout(contact, groups=[{"label": "Identité", "properties": ["email"]}], actor=admin)
    assert "Identity" in groups_of()


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        ({"groups": [{"label": "A", "properties": ["emial"]}]}, "unknown_property"),
        ({"groups": [{"label": "A"}, {"label": " a"}]}, "name_taken"),
        ({"groups": [{"label": "x" * 101}]}, "wrong_value"),
        ({"cards": ["deal_firm:inverse"]}, "association_type_not_found"),
        ({"hidden": ["duplicate"]}, "unknown_name"),
    ],
)
def test_refuses_what_is_not_there(contact, admin, wanted, code):
    """C97: each by its code."""
    with pytest.raises(TresseError) as refused:
        change_layout(contact, actor=admin, **wanted)
    assert refused.value.code == code


def test_needs_the_right_and_is_audited(contact, admin, reader):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        change_layout(contact, groups=GROUPS, actor=reader)
    change_layout(contact, groups=GROUPS, actor=admin)
    assert AuditEntry.objects.filter(action="layout.change", target="contact").count() == 1
    change_layout(contact, groups=GROUPS, actor=admin)
    assert AuditEntry.objects.filter(action="layout.change").count() == 1


def test_layouts_are_applied_from_yaml(admin):
    """C5a: and what `config` prints changes nothing."""
    result = apply_file({"layouts": [{"object": "contact", "groups": GROUPS}]}, admin)
    assert result["changed"] == ["layouts contact"]
    assert apply_file(config("layouts"), admin)["unchanged"] == ["layouts contact"]
    with pytest.raises(TresseError, match="not a key of a group"):
        apply_file({"layouts": [{"object": "contact", "groups": [{"lable": "A"}]}]}, admin)
