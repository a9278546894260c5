"""Association types and link labels: shape, labels, limits, defaults (C34 to C40, C45)."""

import pytest
from django.utils.translation import override

from tresse.accounts.models import Setting
from tresse.kernel.errors import TresseError
from tresse.objects.changes import (
    add_association_type,
    add_object_type,
    archive_association_type,
    change_association_type,
    delete_association_type,
    unarchive_association_type,
)
from tresse.objects.labels import known_labels, shown_full_name
from tresse.objects.queries import association_type_named, object_type_named

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


@pytest.fixture
def boat(admin):
    return add_object_type(name="boat", label="Boat", actor=admin)


@pytest.fixture
def captain(admin, boat, contact):
    return add_association_type(
        name="boat_contact",
        from_object=boat,
        to_object=contact,
        forward_label="Captain",
        inverse_label="Ship",
        max_forward=2,
        actor=admin,
    )


def full_names(model, name):
    return [model().full_name(side) for side in model().sides(name)]


@pytest.mark.usefixtures("captain")
def test_a_relation_has_a_name_on_either_side(model):
    """C34, C35: written once, read from both sides."""
    assert full_names(model, "boat")[-1] == "Boat > Captain"
    assert full_names(model, "contact")[-1] == "Contact > Ship"
    side = model().default_side("contact", "boat")
    assert (side.association.name, side.label, side.most) == ("boat_contact", "Ship", None)


@pytest.mark.parametrize(
    ("name", "most", "default"),
    [
        ("contact_company", (None, None), True),
        ("primary_company", (1, None), False),
        ("deal_contact", (None, None), True),
        ("order_contact", (1, None), True),
        ("order_line_order", (1, None), True),
        ("company_parent", (1, None), False),
        ("ticket_deal", (None, None), True),
        ("task_deal", (None, None), True),
        ("supplier", (None, None), False),
    ],
)
def test_ships_relations(model, name, most, default):
    """C45, C45a, C45b."""
    here = model().association(name)
    assert ((here.max_forward, here.max_inverse), here.is_default) == (most, default)


def test_parts_belong_to_one_record(model):
    """C34 is_part."""
    assert [each.name for each in model().associations if each.is_part] == ["order_line_order"]


def test_every_pair_has_one_default_which_is_no_link_label(model):
    """C34 is_default."""
    pairs: dict[frozenset[str], list[bool]] = {}
    for each in model().associations:
        if not each.parent:
            pair = frozenset((each.from_object, each.to_object))
            pairs.setdefault(pair, []).append(each.is_default)
        else:
            assert not each.is_default
    assert all(sum(defaults) == 1 for defaults in pairs.values())


def test_labels_on_one_object_differ(model):
    """C35: a file header means one thing."""
    for here in model().objects:
        labels = [side.label.casefold() for side in model().sides(here.name, labels=True)]
        labels += [prop.label.casefold() for prop in here.properties]
        # Relations to different objects of one pair of names are told apart by the object.
        assert len(labels) == len(set(labels)), here.name


def test_full_names_follow_the_language(model):
    """C35, T42."""
    deal = model().object("deal")
    side = model().default_side("deal", "company")
    with override("pl"):
        assert shown_full_name(side, deal) == "Szansa sprzedaży > Firma"
    with override("fr"):
        assert shown_full_name(side, deal) == "Opportunité > Entreprise"
    assert {"Company", "Entreprise", "Firma"} <= set(known_labels(side))


@pytest.mark.parametrize("label", ["E-mail", "Company", "company "])
def test_refuses_a_label_that_the_object_has(admin, boat, contact, label):
    """C35, C129 name_taken."""
    with pytest.raises(TresseError, match="Contact already has") as refusal:
        add_association_type(
            name="x",
            from_object=contact,
            to_object=boat,
            forward_label=label,
            inverse_label="Y",
            actor=admin,
        )
    assert refusal.value.code == "name_taken"


@pytest.mark.usefixtures("captain")
def test_a_second_relation_is_not_the_default_unless_asked(admin, boat, contact, model):
    """C34: exactly one default per pair, in whichever direction."""
    ends = {"from_object": contact, "to_object": boat, "actor": admin}
    add_association_type(name="a", forward_label="A", inverse_label="B", **ends)
    assert not model().association("a").is_default
    add_association_type(name="c", forward_label="C", inverse_label="D", is_default=True, **ends)
    assert model().default_side("boat", "contact").association.name == "c"
    assert not model().association("boat_contact").is_default

    with pytest.raises(TresseError, match="Make another one the default"):
        change_association_type(association_type_named("c"), is_default=False, actor=admin)


def test_only_single_relations_of_one_object_are_symmetric(admin, boat, contact):
    """C34 symmetric."""
    for ends, inverse in (((boat, contact), ""), ((boat, boat), "Other")):
        with pytest.raises(TresseError, match="symmetric"):
            add_association_type(
                name="x",
                from_object=ends[0],
                to_object=ends[1],
                forward_label="Twin",
                inverse_label=inverse,
                symmetric=True,
                actor=admin,
            )


@pytest.mark.parametrize("most", [0, 10_001, "2", True])
def test_limits_go_from_one_to_ten_thousand(admin, captain, most):
    """C34."""
    with pytest.raises(TresseError, match="from 1 to 10,000"):
        change_association_type(captain, max_forward=most, actor=admin)


def test_a_limit_may_be_lowered_and_lifted(admin, captain, model):
    """C37: links over it stay."""
    change_association_type(captain, max_forward=1, actor=admin)
    assert model().association("boat_contact").max_forward == 1
    change_association_type(captain, max_forward=None, actor=admin)
    assert model().association("boat_contact").max_forward is None


def test_a_link_label_allows_no_more_than_its_relation(admin, captain, boat, contact):
    """C38, C129 limit_above_parent."""
    with pytest.raises(TresseError) as refusal:
        add_association_type(
            name="first_mate",
            from_object=boat,
            to_object=contact,
            forward_label="First mate",
            parent=captain,
            max_forward=5,
            actor=admin,
        )
    assert refusal.value.code == "limit_above_parent"
    assert refusal.value.message == "It allows 5, its relation 2."


def test_a_link_label_joins_what_its_relation_joins(admin, captain, boat):
    """C34 parent."""
    with pytest.raises(TresseError, match="is a link label of boat_contact"):
        add_association_type(
            name="x",
            from_object=boat,
            to_object=object_type_named("deal"),
            forward_label="X",
            parent=captain,
            actor=admin,
        )


def test_a_primary_link_label_has_limit_one(admin, captain, boat, contact, model):
    """C39."""
    add_association_type(
        name="main_captain",
        from_object=boat,
        to_object=contact,
        forward_label="Main captain",
        parent=captain,
        is_primary=True,
        actor=admin,
    )
    assert model().association("main_captain").max_forward == 1
    assert not model().association("main_captain").is_default


def test_a_symmetric_relation_has_paired_link_labels(model):
    """C38."""
    parent = model().association("company_company")
    labels = {each.name: each for each in model().labels_of(parent)}
    assert parent.is_symmetric
    assert labels["company_parent"].forward_label != labels["company_parent"].inverse_label
    assert labels["competitor"].is_symmetric


def test_former_labels_stay_known(admin, captain, model):
    """C29."""
    change_association_type(captain, forward_label="Skipper", actor=admin)
    side = model().default_side("boat", "contact")
    assert known_labels(side) == ["Skipper", "Captain"]


def test_archived_relations_are_not_offered(admin, captain, model):
    """C40."""
    archive_association_type(captain, actor=admin)
    assert "Boat > Captain" not in full_names(model, "boat")
    unarchive_association_type(captain, actor=admin)
    assert "Boat > Captain" in full_names(model, "boat")


def test_shipped_relations_are_only_archived(admin):
    """C40, C129 built_in."""
    row = archive_association_type(association_type_named("deal_contact"), actor=admin)
    with pytest.raises(TresseError, match="comes with the product and cannot be deleted"):
        delete_association_type(row, typed_label="Contact", actor=admin)


def test_deleting_for_good_asks_for_the_label(admin, captain, model):
    """C40."""
    with pytest.raises(TresseError, match="Archive it first"):
        delete_association_type(captain, typed_label="Captain", actor=admin)
    archive_association_type(captain, actor=admin)
    with pytest.raises(TresseError, match="and 0 links"):
        delete_association_type(captain, typed_label="", actor=admin)
    delete_association_type(captain, typed_label="captain", actor=admin)
    with pytest.raises(TresseError, match="no relation"):
        model().association("boat_contact")


def test_needs_the_right(reader, boat, contact):
    """C101."""
    with pytest.raises(TresseError, match=r"model\.edit"):
        add_association_type(
            name="x", from_object=boat, to_object=contact, forward_label="X", actor=reader
        )


@pytest.mark.parametrize(
    ("flags", "is_label", "sentence"),
    [
        (
            {"is_part": True},
            True,
            "x is a link label; is_part is for relations in their own right.",
        ),
        ({"is_default": True}, True, "x is a link label; is_default is for relations"),
        ({"is_primary": True}, False, "x is a relation in its own right; only a link label is"),
    ],
)
def test_flags_fit_relations_or_link_labels(
    admin, captain, boat, contact, flags, is_label, sentence
):
    """C34, C39."""
    with pytest.raises(TresseError) as refusal:
        add_association_type(
            name="x",
            from_object=boat,
            to_object=contact,
            forward_label="X",
            parent=captain if is_label else None,
            actor=admin,
            **flags,
        )
    assert sentence in refusal.value.message


@pytest.mark.parametrize(
    ("setting", "things"),
    [("max_association_types", "association types"), ("max_link_labels", "link labels")],
)
def test_limits_relations_and_link_labels(admin, captain, boat, contact, setting, things):
    """C128, C129 limit_reached."""
    Setting.objects.create(name=setting, value=1)
    ends = {"from_object": boat, "to_object": contact, "actor": admin}
    parent = captain if things == "link labels" else None
    if parent:
        add_association_type(name="x", forward_label="X", parent=parent, **ends)
    with pytest.raises(TresseError, match=f"{things}, the most allowed"):
        add_association_type(name="y", forward_label="Y", parent=parent, **ends)
