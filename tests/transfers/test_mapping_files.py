"""Mapping files answer columns and set how the file is read (T88a); forms of columns (T16, T17)."""

from functools import partial

import pytest
import yaml

from tests.transfers.reading import written
from tresse.accounts.actor import Actor, Rights
from tresse.kernel.errors import TresseError
from tresse.objects.kinds.forms import ColumnForm
from tresse.transfers.files import sniff, telling
from tresse.transfers.mapping import (
    AssociationColumn,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    PropertyColumn,
    answers_of,
    decided,
    forms_given,
    forms_of,
    read_template,
    recognise,
)

ADMIN = Actor(None, "Ada", Rights(is_administrator=True))
WHOLE = """
object: deal
mode: update
links: dissociate
reading: {encoding: cp1250, delimiter: ";", header: yes, zone: Europe/Warsaw, dates: dmy,
  numbers: ","}
match: [external_id, [name, owner]]
columns:
  Nazwa: {property: name}
  Numer: {key: external_id}
  Id: {property: id}
  Klient: {association: deal_company, key: domain, many: no, missing: create, existing: replace}
  Branża klienta: {linked: deal_company.industry}
  Osoby: {association: Associated Contact}
  Role: {label: deal_contact}
  Firma klienta: {name_of: Klient}
  Szef: {association: decision_maker}
  Notatki: ignore
"""


def answers(model, text, headers, object="deal"):
    template = read_template(yaml.safe_load(text))
    kind = model.object(object)
    return answers_of(template.columns, headers, object=kind, model=model, actor=ADMIN)


def refused(call, *arguments):
    with pytest.raises(TresseError) as caught:
        call(*arguments)
    return caught.value


def test_every_answer_of_a_mapping_file(model):
    """T88a, T19, T6"""
    headers = list(yaml.safe_load(WHOLE)["columns"])

    found = answers(model, WHOLE, headers)

    client, people, boss = found[3], found[5], found[8]
    assert found[0] == PropertyColumn("name")
    assert found[1] == KeyColumn("external_id")
    assert found[2] == IdColumn()
    assert isinstance(client, AssociationColumn)
    assert (client.side.association.name, client.form) == ("deal_company", "relation")
    assert (client.key, client.many) == ("domain", False)
    assert (client.missing, client.existing) == ("create", "replace")
    assert found[4] == LinkedColumn(3, "industry")
    assert (people.form, people.many, people.key) == ("associated", True, None)
    assert found[6] == LabelsColumn(5)
    assert found[7] == NameColumn(3)
    assert (boss.side.association.name, boss.label) == ("deal_contact", "decision_maker")
    assert found[9] == IgnoredColumn()


def test_settings_reading_and_keys_of_a_mapping_file():
    """T88a, T27"""
    template = read_template(yaml.safe_load(WHOLE))

    assert template.object == "deal"
    assert template.settings == {"mode": "update", "links": "dissociate"}
    assert template.match == ("external_id", "name+owner")
    assert template.reading["encoding"] == "cp1250"
    assert template.reading["header"] is True


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("colums: {}", '"colums" is not a key of a mapping file. Did you mean "columns"?'),
        ("reading: {encodng: x}", '"encodng" is not a key of reading. Did you mean "encoding"?'),
        (
            "columns: {Mail: {proprety: email}}",
            '"proprety" is not a key of the answer for "Mail". Did you mean "property"?',
        ),
        (
            "columns: {Mail: {property: email, missing: create}}",
            '"missing" is not a key of the answer for "Mail".',
        ),
    ],
)
def test_unknown_keys_of_a_mapping_file_are_refused(text, sentence):
    """T88a"""
    error = refused(read_template, yaml.safe_load(text))

    assert error.code == "unknown_key"
    assert error.message.startswith(sentence)


@pytest.mark.parametrize(
    "text",
    [
        "[1]",
        "columns: [a]",
        "columns: {Mail: yes}",
        "columns: {Mail: {property: a, key: b}}",
        "columns: {X: {association: deal_company, missing: maybe}}",
        "reading: {dates: dym}",
    ],
)
def test_wrong_values_of_a_mapping_file_are_refused(text):
    """T88a"""
    error = refused(read_template, yaml.safe_load(text))

    assert error.code == "wrong_value"
    assert "{" not in error.message.replace(text, "").partition(", not ")[0]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("columns: {Nazva: {property: name}}", "unknown_reference"),
        ("columns: {Nazwa: {property: nmae}}", "unknown_property"),
        ("columns: {Nazwa: {association: deal_compny}}", "association_type_not_found"),
        ("columns: {Nazwa: {label: deal_contact}}", "unknown_reference"),
        ("columns: {Nazwa: {association: deal_company, key: mail}}", "unknown_property"),
    ],
)
def test_answers_that_name_nothing_are_refused(model, text, code):
    """T88a"""
    error = refused(answers, model, text, ["Nazwa"])

    assert error.code == code


def test_a_linked_property_that_the_product_sets_is_refused(model):
    """T26, T39: of another record nothing is written but what people may write."""
    text = """columns:
      Klient: {association: deal_company}
      Data: {linked: deal_company.created_at}
    """
    error = refused(answers, model, text, ["Klient", "Data"])

    assert error.code == "read_only_property"


def test_an_answer_settles_a_column_that_asks(model):
    """T43, TE6: yes and no."""
    deal = model.object("company")
    for text, answer in (
        ("columns: {Associated Deals: {association: Associated Deal}}", AssociationColumn),
        ("columns: {associated deals: ignore}", IgnoredColumn),
    ):
        given = answers(model, text, ["Associated Deals"], "company")
        columns = recognise(
            ["Associated Deals"],
            titles=["Associated Deals"],
            object=deal,
            model=model,
            actor=ADMIN,
            given=given,
        )
        (column,) = decided(columns, object=deal)
        assert isinstance(column.answer, answer)
        assert column.reason == "template"


def forms(model, tmp_path, text, **more):
    path = written(tmp_path, text)
    form = sniff(path)
    deal = model.object("deal")
    columns = decided(
        recognise(form.headers, titles=form.titles, object=deal, model=model, actor=ADMIN),
        object=deal,
    )
    return forms_of(columns, partial(telling, path, form), object=deal, model=model, **more)


def test_the_form_of_a_column_is_told_by_the_whole_file(model, tmp_path):
    """T16, T17"""
    unclear = '"03/04/2027";"1,234";x\n' * 30_000
    text = f'Close date;Amount;Name\n{unclear}"13/04/2027";"1 234,50";y\n'

    found = forms(model, tmp_path, text, zone="Europe/Warsaw")

    assert found[0] == ColumnForm(date_order="dmy", zone="Europe/Warsaw")
    assert found[1] == ColumnForm(decimal_sign=",", zone="Europe/Warsaw")
    assert found[2] == ColumnForm(zone="Europe/Warsaw")


def test_two_orders_of_dates_are_refused_unless_the_person_says(model, tmp_path):
    """T16"""
    text = "Close date,Name\n03/04/2027,x\n"

    error = refused(forms, model, tmp_path, text)

    assert error.code == "date_order_unknown"
    assert error.message == (
        'Column "Close date": "03/04/2027" may be 3 April or 4 March. Say which for the column.'
    )
    chosen = forms_given({"dates": {"Close date": "mdy"}}, ["Close date", "Name"])
    assert forms(model, tmp_path, text, chosen=chosen)[0].date_order == "mdy"


def test_two_readings_of_numbers_are_refused_unless_the_person_says(model, tmp_path):
    """T17"""
    text = 'Amount;Name\n"1,234";x\n'

    error = refused(forms, model, tmp_path, text)

    assert error.code == "number_form_unknown"
    assert error.message == (
        'Column "Amount": "1,234" may be 1234 or 1.234. Say which for the column.'
    )
    chosen = forms_given({"numbers": ","}, ["Amount", "Name"])
    assert forms(model, tmp_path, text, chosen=chosen)[0].decimal_sign == ","
