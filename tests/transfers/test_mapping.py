"""Headers mean what they say, in three languages; near ones ask (T19 to T26, T42 to T44)."""

import pytest

from tresse.accounts.actor import Actor, Rights
from tresse.engine.files.layout import distinct
from tresse.kernel.errors import TresseError
from tresse.objects import models
from tresse.objects.changes.association_types import (
    add_association_type,
    change_association_type,
)
from tresse.objects.changes.object_types import add_object_from_template
from tresse.objects.changes.properties import change_property
from tresse.objects.described import data_model
from tresse.transfers.mapping import (
    AskingColumn,
    AssociationColumn,
    IdColumn,
    IgnoredColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    PropertyColumn,
    ReadOnlyColumn,
    UndecidedColumn,
    decided,
    recognise,
)

ADMIN = Actor(None, "Ada", Rights(is_administrator=True))


@pytest.fixture
def columns_of(model):
    """Recognises the headers of a file of an object."""

    def columns(object, *titles, actor=ADMIN, sample=()):
        kind = model.object(object)
        headers = distinct(titles)
        return recognise(
            headers, titles=titles, object=kind, model=model, actor=actor, sample=sample
        )

    return columns


@pytest.fixture
def answer_of(columns_of):
    """What one header means."""
    return lambda object, title: columns_of(object, title)[0].answer


def to(answer):
    """Other object, relation, form and link label of an association column."""
    assert isinstance(answer, AssociationColumn), answer
    return answer.side.other, answer.side.association.name, answer.form, answer.label


@pytest.mark.parametrize(
    ("object", "header", "name"),
    [
        ("contact", "email", "email"),
        ("contact", "E-mail", "email"),
        ("contact", "first_name", "first_name"),
        ("contact", "FIRST NAME", "first_name"),
        ("contact", " First-name ", "first_name"),
        ("contact", "Prénom", "first_name"),
        ("contact", "Imię", "first_name"),
        ("contact", "Nazwisko", "last_name"),
        ("contact", "Identifiant externe", "external_id"),
        ("company", "Nom", "name"),
        ("company", "Branża", "industry"),
        ("deal", "Opiekun", "owner"),
    ],
)
def test_properties_are_known_by_name_and_label_in_three_languages(answer_of, object, header, name):
    """T20"""
    assert answer_of(object, header) == PropertyColumn(name)


@pytest.mark.parametrize(
    ("object", "header"),
    [
        ("company", "ID"),
        ("company", "id"),
        ("company", "Company ID"),
        ("company", "company_id"),
        ("company", "ID de l'entreprise"),
        ("company", "ID de l\u2019entreprise"),
        ("company", "ID firmy"),
        ("contact", "Contact ID"),
        ("contact", "Person ID"),
        ("contact", "ID du contact"),
        ("contact", "ID kontaktu"),
        ("contact", "ID osoby"),
        ("deal", "Deal ID"),
        ("deal", "ID de l'opportunité"),
        ("deal", "ID szansy sprzedaży"),
        ("order", "ID zamówienia"),
        ("ticket", "ID zgłoszenia"),
        ("product", "ID produktu"),
        ("task", "ID de la tâche"),
        ("order_line", "Order line ID"),
    ],
)
def test_id_columns_are_recognised_and_locked(columns_of, object, header):
    """T22, T22b"""
    (column,) = columns_of(object, header)

    assert column.answer == IdColumn()
    assert column.is_locked


def test_ids_of_another_object_are_not_taken_for_the_own_one(columns_of, model):
    """T22a: by file and API the hint says what to do; the wizard may link by it."""
    column, name = columns_of("deal", "Company ID", "Name")

    assert isinstance(column.answer, UndecidedColumn)
    assert column.answer.meant_header == "Associated Company"
    assert column.hint == (
        "These are ids of companies. To link by them, call the column "
        '"Associated Company"; or import the file as companies.'
    )
    ignored, _ = decided([column, name], object=model.object("deal"))
    assert ignored.answer == IgnoredColumn()
    assert ignored.hint == column.hint


@pytest.mark.parametrize(
    ("object", "header", "other"),
    [
        ("company", "Associated Deal", "deal"),
        ("company", "associated_deal", "deal"),
        ("company", "ASSOCIATED-CONTACT", "contact"),
        ("deal", "Associated Company", "company"),
        ("deal", "associated_contact", "contact"),
        ("contact", "Associated Order", "order"),
        ("contact", "Associated Ticket", "ticket"),
        ("contact", "Associated Contact", "contact"),
        ("company", "Opportunité associée", "deal"),
        ("company", "Contact associé", "contact"),
        ("deal", "Entreprise associée", "company"),
        ("deal", "Produit associé", "product"),
        ("contact", "Commande associée", "order"),
        ("contact", "Ticket associé", "ticket"),
        ("company", "Powiązana szansa sprzedaży", "deal"),
        ("company", "Powiązany kontakt", "contact"),
        ("company", "Powiązana osoba", "contact"),
        ("deal", "Powiązana firma", "company"),
        ("deal", "Powiązany produkt", "product"),
        ("contact", "Powiązane zamówienie", "order"),
        ("contact", "Powiązane zgłoszenie", "ticket"),
        ("contact", "Powiązane zadanie", "task"),
    ],
)
def test_associated_columns_in_three_languages(columns_of, object, header, other):
    """T42: the default type of the two objects, locked (T22b)."""
    (column,) = columns_of(object, header)

    assert to(column.answer)[0] == other
    assert column.answer.side.association.is_default
    assert column.answer.form == "associated"
    assert column.answer.label is None
    assert column.is_locked


@pytest.mark.parametrize(
    ("object", "header", "name"),
    [
        ("deal", "Deal > Company", "deal_company"),
        ("deal", "deal>company", "deal_company"),
        ("deal", "Deal → Company", "deal_company"),
        ("deal", "Deal -> Contact", "deal_contact"),
        ("deal", "Deal > Person", "deal_contact"),
        ("deal", "Szansa sprzedaży > Firma", "deal_company"),
        ("deal", "Szansa sprzedaży > Osoba", "deal_contact"),
        ("deal", "Szansa sprzedaży > Kontakt", "deal_contact"),
        ("deal", "Opportunité > Entreprise", "deal_company"),
        ("deal", "Opportunité > Personne", "deal_contact"),
        ("company", "Company > Deal", "deal_company"),
        ("contact", "Person > Company", "contact_company"),
        ("contact", "Osoba > Firma", "contact_company"),
        ("company", "Company > Related company", "company_company"),
    ],
)
def test_full_names_of_relations(answer_of, object, header, name):
    """T42: they link only what they name (T50)."""
    assert to(answer_of(object, header))[1:] == (name, "relation", None)


@pytest.mark.parametrize(
    ("object", "header", "relation", "label", "forward"),
    [
        ("company", "Parent company", "company_company", "company_parent", True),
        ("company", "Subsidiary", "company_company", "company_parent", False),
        ("company", "Société mère", "company_company", "company_parent", True),
        ("company", "Firma zależna", "company_company", "company_parent", False),
        ("deal", "Decision maker", "deal_contact", "decision_maker", True),
        ("deal", "Deal > Decision maker", "deal_contact", "decision_maker", True),
        ("contact", "Former company", "contact_company", "former_company", True),
        ("company", "Former employee", "contact_company", "former_company", False),
    ],
)
def test_link_labels_by_what_they_are_called_here(
    answer_of, object, header, relation, label, forward
):
    """T42, C35"""
    answer = answer_of(object, header)

    assert to(answer)[1:] == (relation, "relation", label)
    assert answer.side.forward is forward


@pytest.mark.parametrize(
    ("object", "header", "meant"),
    [
        ("company", "Associated Deals", "Associated Deal"),
        ("company", "Asociated Deal", "Associated Deal"),
        ("company", "Associated Contcat", "Associated Contact"),
        ("deal", "Associated Companies", "Associated Company"),
        ("contact", "Company", "Associated Company"),
        ("contact", "Companies", "Associated Company"),
        ("contact", "Firma", "Associated Company"),
        ("company", "Person", "Associated Contact"),
        ("company", "Kontakty", "Associated Contact"),
        ("deal", "Deals > Companies", "Deal > Company"),
        ("deal", "Deal > Compani", "Deal > Company"),
        ("company", "Opportunités associées", "Associated Deal"),
        ("deal", "Entreprise associé", "Entreprise associée"),
        ("company", "Powiązana szansa sprzedazy", "Powiązana szansa sprzedaży"),
        ("company", "Parrent compagny", "Parent company"),
        ("company", "Related company", "Associated Company"),
    ],
)
def test_near_misses_of_relations_ask(answer_of, object, header, meant):
    """T43: neither taken nor ignored."""
    answer = answer_of(object, header)

    assert isinstance(answer, AskingColumn)
    assert answer.meant_header == meant
    assert isinstance(answer.meant, AssociationColumn)
    assert answer.refusal.message == f'"{header}" is no relation. Did you mean "{meant}"?'


@pytest.mark.parametrize("header", ["Fax", "Notatki", "Partnership", "Xyzzy", "Brands"])
def test_other_headers_do_not_ask(answer_of, header):
    """T43: under 12 characters only one edit is near."""
    assert isinstance(answer_of("company", header), UndecidedColumn)


def test_a_pair_that_is_no_relation_asks_and_lists_those_there_are(answer_of):
    """T44"""
    answer = answer_of("deal", "Deal > Warehouse")

    assert isinstance(answer, AskingColumn)
    assert answer.refusal.code == "association_type_not_found"
    assert "Deal > Company" in answer.refusal.message
    assert answer.refusal.details["line"] == "Deal > Warehouse: ignore"


def test_asking_columns_block_at_every_door_with_the_line_to_add(columns_of, model):
    """T43, TE6: also where unmapped columns are ignored."""
    columns = columns_of("company", "Company ID", "Associated Deals", "Contacts")

    with pytest.raises(TresseError) as caught:
        decided(columns, object=model.object("company"), unmapped="ignore")

    assert (caught.value.code, caught.value.status) == ("column_needs_answer", 422)
    assert (
        caught.value.message == '"Associated Deals" is no relation. Did you mean "Associated Deal"?'
    )
    assert caught.value.details["lines"] == [
        "Associated Deals: {association: Associated Deal}",
        "Contacts: {association: Associated Contact}",
    ]


def test_a_near_property_is_a_suggestion(columns_of, model):
    """T20: two edits or fewer, or the plural; by REST and command it is left out with a hint."""
    columns = columns_of("contact", "Frist name", "Phones", "Job titel", "Faxes", "E-mail")

    assert [each.answer.meant for each in columns[:4]] == [
        PropertyColumn("first_name"),
        PropertyColumn("phone"),
        PropertyColumn("job_title"),
        None,
    ]
    left = decided(columns, object=model.object("contact"))
    assert left[0].answer == IgnoredColumn()
    assert left[0].hint == 'Did you mean the property "First name"?'


def test_a_label_behind_the_label_of_the_object_is_a_suggestion(answer_of):
    """T20"""
    assert answer_of("company", "Company name").meant == PropertyColumn("name")


def test_undecided_columns_block_where_they_are_asked_about(columns_of, model):
    """T19"""
    columns = columns_of("contact", "E-mail", "Shoe size", "Fax")

    with pytest.raises(TresseError) as caught:
        decided(columns, object=model.object("contact"), unmapped="ask")

    assert caught.value.code == "columns_undecided"
    assert caught.value.message == "2 columns have no answer: Shoe size, Fax."


def test_a_file_of_which_no_column_is_known_is_refused_whole(columns_of, model):
    """T19, T79: one sentence instead of a refusal per row."""
    columns = columns_of("contact", "A", "B")
    with pytest.raises(TresseError) as caught:
        decided(columns, object=model.object("contact"))
    assert caught.value.code == "columns_undecided"


@pytest.mark.parametrize("header", ["firstName", "FirstName", "first_Name"])
def test_capitals_inside_begin_a_word(answer_of, header):
    """T20: as programs write names."""
    assert answer_of("contact", header).property == "first_name"


def test_ids_of_other_software_are_external_ids(columns_of):
    """T22, T27: where no whole number stands, no id of ours can be meant."""
    sample = [("d1bdf186-7dd9", "a@ex.org"), ("", "b@ex.org"), ("x7", "c@ex.org")]
    column, _ = columns_of("contact", "id", "email", sample=sample)
    assert (column.answer.property, column.is_locked) == ("external_id", False)
    assert column.hint

    column, _ = columns_of("contact", "id", "external id", sample=sample)
    assert isinstance(column.answer, IdColumn)
    column, _ = columns_of("contact", "id", "email", sample=[*sample, ("51", "d@ex.org")])
    assert isinstance(column.answer, IdColumn)
    column, _ = columns_of("contact", "id", "email", sample=[("", "b@ex.org")])
    assert isinstance(column.answer, IdColumn)


def test_two_columns_on_one_property_are_refused(columns_of, model):
    """T24"""
    columns = columns_of("contact", "E-mail", "email")

    with pytest.raises(TresseError) as caught:
        decided(columns, object=model.object("contact"))

    assert caught.value.code == "property_mapped_twice"
    assert caught.value.message == '"E-mail" and "email" both go to E-mail.'


def test_equal_headers_are_one_property_twice_or_one_relation(columns_of, model):
    """T24a: the (2) plays no part."""
    relations = columns_of("deal", "Deal > Company", "Deal > Company")

    assert relations[1].header == "Deal > Company (2)"
    assert to(relations[0].answer) == to(relations[1].answer)
    decided(relations, object=model.object("deal"))
    with pytest.raises(TresseError, match="both go to"):
        decided(columns_of("deal", "Name", "Name"), object=model.object("deal"))


def test_link_labels_beside_an_association_column(columns_of):
    """T42"""
    columns = columns_of("deal", "Associated Contact Label", "Associated Contact")

    assert columns[0].answer == LabelsColumn(1)
    columns = columns_of("deal", "Deal > Contact", "Deal > Contact Label", "Deal > Company")
    assert columns[1].answer == LabelsColumn(0)
    (alone,) = columns_of("deal", "Associated Contact Label")
    assert isinstance(alone.answer, UndecidedColumn)


def test_names_beside_an_association_column_write_nothing(columns_of):
    """T25"""
    columns = columns_of("deal", "Associated Company", "Company name", "Deal > Contact Name")

    assert columns[1].answer == NameColumn(0)
    assert isinstance(columns[2].answer, AskingColumn)


def test_properties_of_the_linked_record(columns_of):
    """T26"""
    columns = columns_of("contact", "Associated Company", "Company: Industry", "Firma: Branża")

    assert columns[1].answer == LinkedColumn(0, "industry")
    assert columns[2].answer == LinkedColumn(0, "industry")
    (alone,) = columns_of("contact", "Company: Industry")
    assert isinstance(alone.answer, UndecidedColumn)


def test_properties_set_by_the_product_are_known_and_not_imported(columns_of, model):
    """T39"""
    columns = columns_of("deal", "Created at", "Is won", "updated_at")

    assert [each.answer for each in columns] == [
        ReadOnlyColumn("created_at"),
        ReadOnlyColumn("is_won"),
        ReadOnlyColumn("updated_at"),
    ]
    assert decided(columns, object=model.object("deal"), unmapped="ask") == columns


def test_properties_a_person_may_not_write_or_see(columns_of):
    """T39, C109"""
    rights = Rights(
        objects={"*": {"view": "all"}},
        properties={"contact": {"phone": "read", "email": "none"}},
    )
    actor = Actor(1, "Rea", rights)

    phone, email = columns_of("contact", "Phone", "E-mail", actor=actor)

    assert phone.answer == ReadOnlyColumn("phone")
    assert isinstance(email.answer, UndecidedColumn)


def test_the_columns_of_an_error_file_are_skipped(columns_of):
    """T77"""
    added = ("_line", "_code", "_column", "_value", "_hint")
    columns = columns_of("contact", "E-mail", *added)

    assert columns[0].answer == PropertyColumn("email")
    assert {each.answer for each in columns[1:]} == {IgnoredColumn(is_silent=True)}


def test_an_unnamed_column_without_values_is_not_asked_about(columns_of):
    """T14, T19"""
    sample = [("a", "", "x"), ("b", " ", "")]
    columns = columns_of("contact", "E-mail", "", "", sample=sample)

    assert columns[1].answer == IgnoredColumn()
    assert isinstance(columns[2].answer, UndecidedColumn)


def test_property_names_win_over_ids_of_other_objects(columns_of):
    """T22a: a property of that very name is meant."""
    (column,) = columns_of("company", "Tax id")

    assert column.answer == PropertyColumn("tax_id")


@pytest.fixture
def changed_model(db):  # noqa: ARG001  makes definitions in the test database
    """With vehicles and spaces, drivers, an e-mail and a relation called otherwise."""
    add_object_from_template("vehicle", actor=ADMIN)
    add_object_from_template("space", actor=ADMIN)
    email = models.Property.objects.get(object_type__name="contact", name="email")
    change_property(email, actor=ADMIN, label="Mail address")
    relation = models.AssociationType.objects.get(name="deal_company")
    change_association_type(relation, actor=ADMIN, forward_label="Buyer")
    objects = {row.name: row for row in models.ObjectType.objects.all()}
    add_association_type(
        name="driver",
        from_object=objects["vehicle"],
        to_object=objects["contact"],
        forward_label="Driver",
        inverse_label="Drives",
        actor=ADMIN,
    )
    return data_model()


def test_what_people_made_or_renamed_is_known(changed_model):
    """T20, T22, T42, C8, C29"""
    for object, header, name, form in (
        ("contact", "Associated Vehicle", "vehicle_contact", "associated"),
        ("contact", "Powiązany pojazd", "vehicle_contact", "associated"),
        ("company", "Powiązana przestrzeń", "space_company", "associated"),
        ("vehicle", "Associated Contact", "vehicle_contact", "associated"),
        ("vehicle", "Driver", "driver", "relation"),
        ("vehicle", "Vehicle > Driver", "driver", "relation"),
        ("contact", "Drives", "driver", "relation"),
        ("deal", "Deal > Buyer", "deal_company", "relation"),
        ("deal", "Deal > Company", "deal_company", "relation"),
        ("deal", "Associated Company", "deal_company", "associated"),
    ):
        assert to(recognised(changed_model, object, header))[1:3] == (name, form), header
    for header in ("Mail address", "E-mail", "email"):
        assert recognised(changed_model, "contact", header) == PropertyColumn("email"), header
    assert recognised(changed_model, "vehicle", "Vehicle ID") == IdColumn()
    assert recognised(changed_model, "vehicle", "ID pojazdu") == IdColumn()
    assert isinstance(recognised(changed_model, "contact", "Vehicle ID"), UndecidedColumn)


def recognised(model, object, header):
    kind = model.object(object)
    (column,) = recognise([header], titles=[header], object=kind, model=model, actor=ADMIN)
    return column.answer
