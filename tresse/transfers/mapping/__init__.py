"""Columns given a meaning: headers recognised (`recognise`), answers of people read (`template`).

columns = recognise(form.headers, titles=form.titles, object=model.object("contact"),
                    model=model, actor=actor, template=template)
columns = decided(columns, unmapped="ignore")   # refuses what still asks (T19, T43, T44)
columns[0]          # ColumnAnswer(position, header, answer, reason, is_locked, hint)
columns[0].answer   # PropertyColumn | KeyColumn | IdColumn | AssociationColumn | LabelsColumn
                    # | LinkedColumn | NameColumn | ReadOnlyColumn | IgnoredColumn
                    # before `decided` also AskingColumn | UndecidedColumn
associations(columns)   # columns by association side and link label, keys to be united (T24)

template = read_template(yaml.safe_load(text))  # MAP.yaml, T88a: unknown_key, wrong_value
template.settings, template.reading, template.match, template.columns

keys.split(cell, many=True)                     # T48
keys.read_keys(cells, other=model.object("contact"), key=None, many=True)   # T45, whole column
forms_of(columns, chunks, object=…, chosen=…)   # date order and number form per column (T16, T17)
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
    PropertyColumn,
    ReadOnlyColumn,
    UndecidedColumn,
)

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
    "PropertyColumn",
    "ReadOnlyColumn",
    "UndecidedColumn",
]
