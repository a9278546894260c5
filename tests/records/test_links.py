import pytest

from tresse.kernel.errors import TresseError
from tresse.objects.database import rows
from tresse.objects.described import Side, data_model
from tresse.records.changes import Linked, delete_records, link_records, unlink_records
from tresse.records.links import counts, linked
from tresse.records.queries import record
from tresse.records.tables import EVENT


@pytest.fixture
def two(make):
    """A contact and two companies."""
    return make("contact", last_name="Anna"), make("company", name="A"), make("company", name="B")


def titles(model, side, here, actor):
    return [(each["title"], each["is_primary"]) for each in linked(model, side, here, actor)]


def test_a_second_company_keeps_the_first(model, side, two, ada):
    """C36, C39, C130a: no link removes another; the first link made is the primary one."""
    anna, one, other = two
    companies = side("contact", "company")
    assert link_records(model, companies, [(anna, one)], actor=ada) == Linked(1, 0, 0)
    assert link_records(model, companies, [(anna, other)], actor=ada) == Linked(1, 0, 0)
    assert titles(model, companies, anna, ada) == [("A", True), ("B", False)]
    assert titles(model, side("company", "contact"), other, ada) == [("Anna", False)]


def test_linking_twice_and_unlinking_nothing_are_no_errors(model, side, two, ada):
    """C36: already linked; nothing to do."""
    anna, one, other = two
    companies = side("contact", "company")
    link_records(model, companies, [(anna, one)], actor=ada)
    assert link_records(model, companies, [(anna, one)], actor=ada) == Linked(0, 1, 0)
    assert unlink_records(model, companies, [(anna, other)], actor=ada) == 0
    assert unlink_records(model, companies, [(anna, one)], actor=ada) == 1


def test_links_are_read_from_either_side(model, side, two, ada):
    """C34: written once, read from either side; each link writes one event."""
    anna, one, _ = two
    link_records(model, side("company", "contact"), [(one, anna)], actor=ada)
    assert titles(model, side("contact", "company"), anna, ada) == [("A", True)]
    told = rows(EVENT.select().where(EVENT.c.name == "record_linked"))
    assert [(each[4], each[5]) for each in told] == [(anna, one), (anna, one)]


def test_when_the_primary_goes_the_oldest_left_takes_over(model, side, make, ada):
    """C39: to the first link made; then to the oldest left; given to another it moves."""
    anna = make("contact", last_name="Anna")
    companies = side("contact", "company")
    ids = [make("company", name=name) for name in "ABC"]
    for company in ids:
        link_records(model, companies, [(anna, company)], actor=ada)
    unlink_records(model, companies, [(anna, ids[0])], actor=ada)
    assert titles(model, companies, anna, ada)[0] == ("B", True)

    link_records(model, companies, [(anna, ids[2])], actor=ada, label="primary_company")
    assert titles(model, companies, anna, ada) == [("C", True), ("B", False)]


def test_link_labels_need_and_leave_the_relation(model, side, two, ada):
    """C38: a link label links the relation too; removing the label leaves it, the reverse not."""
    anna, one, _ = two
    companies = side("contact", "company")
    link_records(model, companies, [(anna, one)], actor=ada, label="former_company")
    [entry] = linked(model, companies, anna, ada)
    assert sorted(entry["labels"]) == ["former_company", "primary_company"]

    unlink_records(model, companies, [(anna, one)], actor=ada, label="former_company")
    assert linked(model, companies, anna, ada)[0]["labels"] == ["primary_company"]

    unlink_records(model, companies, [(anna, one)], actor=ada)
    assert linked(model, companies, anna, ada) == []


def test_a_symmetric_pair_is_one_link(model, make, ada):
    """C34: a–b and b–a are one link, seen from both."""
    one, two = make("company", name="A"), make("company", name="B")
    [related] = [
        each for each in model.sides("company") if each.association.name == "company_company"
    ]
    assert link_records(model, related, [(one, two), (two, one)], actor=ada).created == 1
    assert titles(model, related, two, ada) == [("A", False)]
    assert titles(model, related, one, ada) == [("B", False)]


@pytest.mark.parametrize(
    ("pair", "code", "sentence"),
    [
        pytest.param((0, 0), "link_to_itself", "A record is not linked to itself.", id="C36"),
        pytest.param((0, 99_999), "record_not_found", "There is no company 99999.", id="C108"),
    ],
)
def test_refuses_pairs(model, make, ada, pair, code, sentence):
    """C36, C129."""
    first = make("company", name="A")
    [related] = [s for s in model.sides("company") if s.association.name == "company_company"]
    real = tuple(first if each == 0 else each for each in pair)
    with pytest.raises(TresseError) as refused:
        link_records(model, related, [real], actor=ada)
    assert (refused.value.code, refused.value.message) == (code, sentence)


def test_an_id_of_another_object_is_named(model, side, two, ada):
    """C129: wrong_object."""
    anna, one, _ = two
    with pytest.raises(TresseError) as refused:
        link_records(model, side("contact", "company"), [(anna, anna)], actor=ada)
    assert refused.value.code == "link_to_itself"
    with pytest.raises(TresseError) as refused:
        link_records(model, side("contact", "company"), [(one, anna)], actor=ada)
    assert refused.value.message == f"{one} is a company, not a contact."


def test_a_limit_is_kept_before_any_write(model, make, side, ada):
    """C37, C130a: over a limit that link is refused; `mode=replace` replaces."""
    order, anna, bob = (
        make("order", ordered_at="2026-01-01", order_number="1"),
        *(make("contact", last_name=name) for name in ("Anna", "Bob")),
    )
    contacts = side("order", "contact")
    link_records(model, contacts, [(order, anna)], actor=ada)
    with pytest.raises(TresseError) as refused:
        link_records(model, contacts, [(order, bob)], actor=ada)
    assert refused.value.message == (
        f'Order "1" ({order}) already has 1 Contact, the most Order > Contact allows.'
    )
    replaced = link_records(model, contacts, [(order, bob)], actor=ada, mode="replace")
    assert replaced == Linked(1, 0, 1)
    assert titles(model, contacts, order, ada) == [("Bob", False)]


def test_an_unknown_link_label_is_refused_with_those_there_are(model, side, two, ada):
    """C38: association_label_not_found."""
    anna, one, _ = two
    with pytest.raises(TresseError) as refused:
        link_records(model, side("contact", "company"), [(anna, one)], actor=ada, label="boss")
    assert refused.value.message == (
        'Contact > Company has no link label "boss". Known: primary_company, former_company.'
    )


def test_linking_needs_edit_on_one_and_view_on_the_other(model, side, make, mia, rea):
    """C110: not_permitted otherwise, in the words of the other doors."""
    own = make("contact", last_name="Own", owner=mia.email)
    shared = make("company", name="Shared", owner="")
    companies = side("contact", "company")
    assert link_records(model, companies, [(own, shared)], actor=mia).created == 1
    with pytest.raises(TresseError) as refused:
        unlink_records(model, companies, [(own, shared)], actor=rea)
    assert refused.value.message == "You may see contacts but not change them."


def test_links_to_binned_records_wait(model, side, two, ada):
    """C58, C59: a record in the bin is in no count or card."""
    anna, one, _ = two
    companies = side("contact", "company")
    link_records(model, companies, [(anna, one)], actor=ada)
    delete_records(model, model.object("company"), [one], actor=ada)
    assert linked(model, companies, anna, ada) == []
    assert counts(model, model.object("contact"), anna, ada).get("contact_company:forward", 0) == 0


def test_contact_count_follows_the_links(model, side, make, ada):
    """C43: a deal's number of contacts."""
    deal, anna = make("deal", name="Roof"), make("contact", last_name="Anna")
    link_records(model, side("deal", "contact"), [(deal, anna)], actor=ada)
    assert record(model, model.object("deal"), deal, ada).values["contact_count"] == 1


def test_the_hubspot_example(model, make, side, ada):
    """C130j: two doctors, one clinic, two products: one company, two contacts, two deals."""
    clinic = make("company", name="Clinique Rouge")
    for doctor, product in (("Martin", "P1"), ("Philli", "P2")):
        contact = make("contact", last_name=doctor, links=[(side("contact", "company"), clinic)])
        make(
            "deal",
            name=product,
            links=[(side("deal", "contact"), contact), (side("deal", "company"), clinic)],
        )
    numbers = counts(model, model.object("company"), clinic, ada)
    assert (numbers["contact_company:inverse"], numbers["deal_company:inverse"]) == (2, 2)


@pytest.mark.django_db
def test_both_sides_of_a_paired_relation_on_one_object():
    """C34: paired labels of one object read from either end."""
    fresh = data_model()
    parent = next(
        s
        for s in fresh.sides("company", labels=True)
        if s.association.name == "company_parent" and s.forward
    )
    assert parent.label != Side(parent.association, forward=False).label
