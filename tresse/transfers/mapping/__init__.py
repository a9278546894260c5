"""Columns given a meaning: headers recognised (`recognise`), answers of people read (`template`).

    template = read_template(yaml.safe_load(text))  # MAP.yaml (T88a): unknown_key, wrong_value
    template.object, template.settings, template.match, template.reading

    given = answers_of(template.columns, form.headers, object=contact, model=model, actor=actor)
    columns = recognise(form.headers, titles=form.titles, object=contact, model=model, actor=actor,
                        given=given, sample=form.sample)
    columns = decided(columns, object=contact, unmapped="ignore")   # refuses what asks (T19, T43)
    columns[0]          # ColumnAnswer(position, header, answer, reason, is_locked, hint)
    columns[0].answer   # PropertyColumn | NewColumn | KeyColumn | IdColumn | AssociationColumn
                        # | LabelsColumn | LinkedColumn | NameColumn | ReadOnlyColumn
                        # | IgnoredColumn
                        # before `decided` also AskingColumn | UndecidedColumn

    forms = forms_of(columns, partial(telling, path, form), object=contact, model=model,
                     chosen=forms_given(template.reading, form.headers), zone=None)  # T16, T17
    keys.read_keys(cells, other=company, key=None, many=True)   # T45, T48, a whole column
    keys.split(cell)    # keys.classify(text, other=company)

The refusals of `decided` have `details["lines"]`: what to add to the mapping file under `columns`.
"""

from tresse.transfers.mapping.answers import (
    Answer,
    AskingColumn,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    KeyColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    NewColumn,
    PropertyColumn,
    ReadOnlyColumn,
    UndecidedColumn,
)
from tresse.transfers.mapping.columns import forms_of
from tresse.transfers.mapping.decided import decided
from tresse.transfers.mapping.recognise import recognise
from tresse.transfers.mapping.template import Template, answers_of, forms_given, read_template

__all__ = [
    "Answer",
    "AskingColumn",
    "AssociationColumn",
    "ColumnAnswer",
    "IdColumn",
    "IgnoredColumn",
    "KeyColumn",
    "LabelsColumn",
    "LinkedColumn",
    "NameColumn",
    "NewColumn",
    "PropertyColumn",
    "ReadOnlyColumn",
    "Template",
    "UndecidedColumn",
    "answers_of",
    "decided",
    "forms_given",
    "forms_of",
    "read_template",
    "recognise",
]
