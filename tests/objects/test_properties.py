"""Properties: adding, flags, option lists, archiving, deleting (C9, C13 to C20, C29, C32)."""

from typing import Any

import pytest
import sqlalchemy as sa
from django.utils.translation import override

from tresse.accounts.models import AuditEntry, Setting
from tresse.jobs.models import Notification
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_association_type,
    add_property,
    archive_property,
    change_property,
    delete_option,
    delete_property,
    unarchive_property,
)
from tresse.objects.changes.options import option_named
from tresse.objects.database import execute, rows
from tresse.objects.labels import known_labels, shown_label
from tresse.objects.queries import association_type_named, object_type_named, property_named
from tresse.objects.tables import index_names, physical_columns, physical_indexes
from tresse.objects.uses import REWRITERS, Rewriter

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]
YES_NO: list[dict[str, object]] = [
    {"name": "yes", "label": "Yes", "aliases": ["oui"]},
    {"name": "no", "label": "No"},
]


def fill(model, texts, name="fax"):
    """One contact per text, from id 1."""
    contact = model().object("contact")
    column = contact.property(name).column
    for number, text in enumerate(texts, 1):
        execute(sa.insert(contact.table).values({"id": number, column: text}))
    return contact


@pytest.fixture
def fax(contact, admin):
    return add_property(contact, name="fax", label="Fax", kind="text", actor=admin)


def test_a_property_is_a_column(contact, admin, model):
    """C1, C9: with all that can be said about it."""
    added = add_property(
        contact,
        name="shoe_size",
        label=" Shoe  size ",
        kind="integer",
        group="Body",
        description="EU",
        required=True,
        indexed=True,
        default="42",
        rules=[{"rule": "lowest", "value": 10}],
        actor=admin,
    )
    here = model().object("contact")
    prop = here.property("shoe_size")
    assert (prop.label, prop.group, prop.default, prop.is_required) == (
        "Shoe  size",
        "Body",
        "42",
        True,
    )
    assert f"p_{added.id}" in physical_columns(here.id)
    assert set(index_names(here.id, prop).values()) <= physical_indexes(here.id)
    assert AuditEntry.objects.get(action="property.add").target == "contact.shoe_size"


@pytest.mark.parametrize(
    ("name", "label", "code", "sentence"),
    [
        ("fax no", "Fax", "invalid_name", '"fax no" must begin with a letter'),
        ("owner", "Fax", "reserved_name", '"owner" is a word of the product.'),
        ("email", "Fax", "name_taken", 'Contact already has "email".'),
        ("fax", "  e-MAIL", "name_taken", 'Contact already has "e-MAIL".'),
        ("fax", "Company", "name_taken", 'Contact already has "Company".'),
        ("fax", " ", "wrong_value", "A label has 1 to 100 characters"),
        ("fax", "x" * 101, "wrong_value", "has 101"),
    ],
)
def test_refuses_names_and_labels(contact, admin, name, label, code, sentence):
    """C4, C9, C35: labels of properties and relations are unique together."""
    with pytest.raises(TresseError) as refusal:
        add_property(contact, name=name, label=label, kind="text", actor=admin)
    assert refusal.value.code == code
    assert sentence in refusal.value.message


def test_refuses_an_unknown_kind(contact, admin):
    with pytest.raises(TresseError) as refusal:
        add_property(contact, name="age", label="Age", kind="integr", actor=admin)
    sentence = 'There is no property kind "integr". Did you mean "integer"?'
    assert refusal.value.message == sentence


@pytest.mark.parametrize(
    ("kind", "flag"),
    [("long_text", "unique"), ("boolean", "unique"), ("date", "match_key"), ("options", "indexed")],
)
def test_refuses_flags_that_do_not_fit_the_kind(contact, admin, kind, flag):
    """C18, C20."""
    flags: dict[str, Any] = {flag: True}
    with pytest.raises(TresseError) as refusal:
        add_property(contact, name="x", label="X", kind=kind, actor=admin, **flags)
    assert refusal.value.code == "wrong_value"
    assert flag in refusal.value.message


def test_stages_need_pipelines(contact, admin):
    """C10: pipeline and stage only on objects with pipelines."""
    with pytest.raises(TresseError, match="Contact has no pipelines"):
        add_property(contact, name="step", label="Step", kind="stage", actor=admin)


def test_refuses_a_default_that_is_no_value(contact, admin, model):
    """C17: a default is a value of the kind."""
    with pytest.raises(TresseError, match='"many" is not a number'):
        add_property(contact, name="x", label="X", kind="integer", default="many", actor=admin)
    assert not model().object("contact").has("x")


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([{"rule": "pattern", "value": "("}], "bad_pattern"),
        ([{"rule": "lowest", "value": 1}], "wrong_value"),
        ([{"rule": "nothing"}], "unknown_name"),
    ],
)
def test_refuses_rules_that_cannot_be_used(contact, admin, rules, code):
    """C15, C129 bad_pattern."""
    with pytest.raises(TresseError) as refusal:
        add_property(contact, name="x", label="X", kind="text", rules=rules, actor=admin)
    assert refusal.value.code == code


def test_stricter_rules_leave_values_alone(fax, admin, model):
    """C16."""
    contact = fill(model, ["12", "abc"])
    change_property(fax, required=True, rules=[{"rule": "digits_only"}], actor=admin)
    column = contact.table.c[contact.property("fax").column]
    assert rows(sa.select(column).order_by(contact.table.c.id)) == [("12",), ("abc",)]


def test_unique_is_refused_while_values_occur_twice(fax, admin, model):
    """C18, C19, C129 duplicates_exist: by normal form, and the bin is left out."""
    contact = fill(model, ["A b", "a  B", "c", None, None])
    with pytest.raises(TresseError) as refusal:
        change_property(fax, unique=True, actor=admin)
    assert refusal.value.message == "1 values of Fax occur more than once."
    assert refusal.value.details["values"] in (["A b"], ["a  B"])
    assert not model().object("contact").property("fax").is_unique

    table = contact.table
    execute(sa.delete(table).where(table.c.id == 2))
    change_property(fax, unique=True, actor=admin)
    here = model().object("contact")
    prop = here.property("fax")
    normal = here.table.c[prop.normal_column]
    assert rows(sa.select(normal).order_by(here.table.c.id)) == [("a b",), ("c",), (None,), (None,)]
    assert index_names(here.id, prop)["unique"] in physical_indexes(here.id)


def test_unique_may_be_switched_off(fax, admin, model):
    """C19: the index and the column of normal forms go."""
    change_property(fax, unique=True, actor=admin)
    with_it = model().object("contact")
    name = index_names(with_it.id, with_it.property("fax"))["unique"]

    change_property(fax, unique=False, actor=admin)
    here = model().object("contact")
    assert name not in physical_indexes(here.id)
    assert set(physical_columns(here.id)) == {column.name for column in here.table.columns}


def test_match_keys_and_indexed_properties_have_plain_indexes(fax, admin, model):
    """C20, C87."""
    change_property(fax, match_key=True, indexed=True, actor=admin)
    here = model().object("contact")
    names = index_names(here.id, here.property("fax"))
    assert set(names) == {"match", "sorted"}
    assert set(names.values()) <= physical_indexes(here.id)


def test_a_rename_touches_nothing_else(fax, admin, model):
    """C4, C29: former labels stay known as file headers."""
    was = model().object("contact").property("fax")
    change_property(fax, label="Telefax", actor=admin)
    prop = model().object("contact").property("fax")
    assert prop.column == was.column
    assert known_labels(prop) == ["fax", "Telefax"]
    change_property(fax, label="Tele", actor=admin)
    assert "Telefax" in known_labels(model().object("contact").property("fax"))


def test_shipped_labels_are_known_in_three_languages(model):
    """T20: and shown in the language of the person until somebody changes them."""
    prop = model().object("contact").property("birthday")
    assert {"birthday", "Date de naissance", "Data urodzenia"} <= set(known_labels(prop))
    with override("fr"):
        assert shown_label(prop) == "Date de naissance"
        assert shown_label(model().object("contact").property("owner")) == "Propriétaire"


@pytest.mark.parametrize(
    ("name", "flags"), [("created_at", {"required": True}), ("id", {"unique": True})]
)
def test_read_only_properties_take_no_rules(contact, admin, name, flags):
    """C41, C129 read_only_property."""
    with pytest.raises(TresseError, match="is set by the product and cannot be written"):
        change_property(property_named(contact, name), actor=admin, **flags)


def test_email_stays_unique(contact, admin):
    """C43: fixed."""
    with pytest.raises(TresseError, match="E-mail comes with the product"):
        change_property(property_named(contact, "email"), unique=False, actor=admin)


def test_archived_properties_keep_their_values(fax, admin, model):
    """C32."""
    contact = fill(model, ["12"])
    archive_property(fax, actor=admin)
    assert model().object("contact").property("fax").is_archived
    assert "fax" not in [prop.name for prop in model().object("contact").active]
    unarchive_property(fax, actor=admin)
    column = contact.table.c[contact.property("fax").column]
    assert rows(sa.select(column)) == [("12",)]


@pytest.mark.parametrize(
    ("object_name", "name"), [("contact", "email"), ("company", "name"), ("deal", "stage")]
)
def test_titles_and_fixed_properties_are_not_archived(admin, object_name, name):
    """C43, C129 built_in."""
    prop = property_named(object_type_named(object_name), name)
    with pytest.raises(TresseError, match="comes with the product and cannot be archived"):
        archive_property(prop, actor=admin)


def test_deleting_for_good_asks_for_the_label(fax, admin, model):
    """C32: archived, unused, label typed, values counted."""
    contact = fill(model, ["12", None, "34"])
    with pytest.raises(TresseError, match="Archive it first"):
        delete_property(fax, typed_label="Fax", actor=admin)
    archive_property(fax, actor=admin)
    with pytest.raises(TresseError, match="with 2 records"):
        delete_property(fax, typed_label="", actor=admin)
    delete_property(fax, typed_label="FAX", actor=admin)
    assert contact.property("fax").column not in physical_columns(contact.id)
    assert not model().object("contact").has("fax")


def test_shipped_properties_are_not_deleted(contact, admin):
    """C43, C129 built_in."""
    prop = archive_property(property_named(contact, "region"), actor=admin)
    with pytest.raises(TresseError, match="Region comes with the product and cannot be deleted"):
        delete_property(prop, typed_label="Region", actor=admin)


def test_options_have_names_labels_and_aliases(contact, admin, model):
    """C13: one without name gets it from the label; two equal texts are refused."""
    add_property(contact, name="vip", label="VIP", kind="option", options=YES_NO, actor=admin)
    prop = property_named(contact, "vip")
    change_property(prop, options=[{"label": "Très peut-être"}], actor=admin)
    names = [option.name for option in model().object("contact").property("vip").options]
    assert names == ["yes", "no", "tres_peut_etre"]

    with pytest.raises(TresseError, match='VIP already has "OUI"'):
        change_property(prop, options=[{"name": "no", "aliases": ["OUI"]}], actor=admin)
    with pytest.raises(TresseError, match="A label has 1 to 200 characters"):
        change_property(prop, options=[{"name": "no", "label": "x" * 201}], actor=admin)


def test_an_option_in_use_is_not_deleted_without_an_answer(contact, admin, model, monkeypatch):
    """C14, C129 option_in_use."""
    prop = add_property(
        contact, name="vip", label="VIP", kind="option", options=YES_NO, actor=admin
    )
    fill(model, ["yes", "yes"], name="vip")
    with pytest.raises(TresseError) as refusal:
        delete_option(option_named(prop, "yes"), actor=admin)
    assert refusal.value.message == "2 Contacts have Yes. Choose what replaces it."

    asked = []
    monkeypatch.setattr(REWRITERS, "_things", {})
    REWRITERS.extend([Rewriter("spy", lambda _o, _p, old, new, _a: asked.append((old, new)))])
    delete_option(option_named(prop, "yes"), replace_with="no", actor=admin)
    assert asked == [("yes", "no")]
    assert [option.name for option in prop.options.all()] == ["no"]


def test_countries_are_known_by_names_in_three_languages(model):
    """C44."""
    prop = model().object("contact").property("country")
    assert len(prop.options) == 249
    poland = next(option for option in prop.options if option.name == "pl")
    assert {"Poland", "Pologne", "Polska", "POL"} <= {poland.label, *poland.aliases}


@pytest.mark.parametrize(
    ("setting", "flags", "things"),
    [
        ("max_properties", {}, "properties"),
        ("max_unique", {"unique": True}, "unique properties"),
        ("max_indexed", {"indexed": True}, "indexed properties"),
    ],
)
def test_limits_properties(contact, admin, setting, flags, things):
    """C128, C129 limit_reached."""
    Setting.objects.create(name=setting, value=1)
    with pytest.raises(TresseError, match=f"{things}, the most allowed") as refusal:
        add_property(contact, name="x", label="X", kind="text", actor=admin, **flags)
    assert refusal.value.code == "limit_reached"


def test_limits_options(contact, admin):
    """C13, C128."""
    Setting.objects.create(name="max_options", value=1)
    with pytest.raises(TresseError, match="options, the most allowed"):
        add_property(contact, name="v", label="V", kind="option", options=YES_NO, actor=admin)


def test_needs_the_right(contact, reader):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        add_property(contact, name="fax", label="Fax", kind="text", actor=reader)


def test_administrators_are_told_when_a_limit_comes_near(contact, admin, ada):
    """C128: at 80 %, once."""
    Setting.objects.create(name="max_properties", value=34)
    for name in ("x", "y", "z"):
        add_property(contact, name=name, label=name, kind="text", actor=admin)
    [told] = Notification.objects.filter(user_id=ada.user_id)
    assert told.sentence == "Contact has 28 of 34 properties."


def test_each_limit_is_told_of_when_it_comes_near(contact, admin, ada):
    """C128: unique and indexed properties, options, relations, link labels."""
    limits = {"max_unique": 4, "max_indexed": 5, "max_options": 5}
    limits |= {"max_association_types": 25, "max_link_labels": 7}
    for name, value in limits.items():
        Setting.objects.create(name=name, value=value)
    flags: dict[str, Any] = {"unique": True, "indexed": True}
    add_property(contact, name="x", label="X", kind="text", actor=admin, **flags)
    add_property(contact, name="y", label="Y", kind="text", actor=admin, **flags)
    options = [{"label": str(number)} for number in range(4)]
    add_property(contact, name="z", label="Z", kind="option", options=options, actor=admin)
    related = {"from_object": contact, "to_object": contact, "actor": admin}
    parent = association_type_named("contact_contact")
    add_association_type(name="peer", forward_label="Peer", **related)
    for name in "abcdef":
        add_association_type(name=name, forward_label=f"Label {name}", parent=parent, **related)

    told = {each.sentence for each in Notification.objects.filter(user_id=ada.user_id)}
    assert "Contact has 4 of 4 unique properties." in told
    assert "Z has 4 of 5 options." in told
    assert any("link labels" in each for each in told)
    assert any("indexed properties" in each for each in told)
    assert any("association types" in each for each in told)
