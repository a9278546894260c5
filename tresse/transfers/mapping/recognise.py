"""Headers recognised (T19 to T26, T42 to T44)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import yaml
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef, Side
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.transfers.mapping import words
from tresse.transfers.mapping.answers import (
    Answer,
    AskingColumn,
    AssociationColumn,
    ColumnAnswer,
    IdColumn,
    IgnoredColumn,
    LabelsColumn,
    LinkedColumn,
    NameColumn,
    PropertyColumn,
    UndecidedColumn,
)
from tresse.transfers.mapping.near import compared
from tresse.transfers.mapping.vocabulary import (
    Meaning,
    Vocabulary,
    properties_of,
    vocabulary_of,
)
from tresse.transfers.refusals import COLUMN_NEEDS_ANSWER

EXTERNAL_ID = compared("external_id")
_INNER_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_OWN_ID = re.compile(r"\d+")
_LINKED = re.compile(r"(.+?)\s*:\s*(.+)", re.DOTALL)
_LABELS = re.compile(rf"(.+) (?:{'|'.join(words.LABEL_WORDS)})")
_NAMES = re.compile(rf"(.+) (?:{'|'.join(words.NAME_WORDS)})")


def recognise(
    headers: Sequence[str],
    *,
    titles: Sequence[str],
    object: ObjectDef,
    model: DataModel,
    actor: Actor,
    given: Mapping[int, Answer] = {},
    sample: Sequence[Sequence[str]] = (),
    known: Vocabulary | None = None,
) -> list[ColumnAnswer]:
    """Give each column its answer; nothing is taken that is not one of the known headers.

    Args:
        headers: Of the file, different from each other.
        titles: The same as the file has them, without the ` (2)` of equal ones (T24a).
        object: What the rows are.
        model: The data model.
        actor: The person; properties they may not see are not known, others may be read only.
        given: Answers of people by position (`template.answers_of`); they win.
        sample: First rows; an unnamed column without value in them is not asked about.
        known: The words of the object, if they are at hand.

    Returns:
        One answer per column, in order. Those that depend on another column come out undecided if
        that one is not there.
    """
    known = known or vocabulary_of(object, model, actor)
    forms = [_form(title, known) for title in titles]
    is_error_file = set(words.ERROR_FILE) <= set(titles)
    columns = []
    for position, (header, title) in enumerate(zip(headers, titles, strict=True)):
        if position in given:
            column = _given(position, header, given[position], known.by_itself(forms[position]))
        elif is_error_file and title in words.ERROR_FILE:
            column = ColumnAnswer(position, header, IgnoredColumn(is_silent=True), "error file")
        elif (
            not title and sample and not any("".join(row[position:][:1]).strip() for row in sample)
        ):
            column = ColumnAnswer(position, header, IgnoredColumn(), "empty")
        else:
            column = known.met.get((position, header)) or _column(
                position, header, forms[position], known
            )
            known.met[position, header] = column
            if isinstance(column.answer, IdColumn):
                column = _of_others(column, forms, sample, known) or column
        columns.append(column)
    return [
        _beside(column, forms, columns, known)
        if isinstance(column.answer, UndecidedColumn | AskingColumn)
        else column
        for column in columns
    ]


def _form(title: str, known: Vocabulary) -> str:
    """A header as it is compared; `firstName` as "first name" if only that is known."""
    form = compared(title)
    words_apart = compared(_INNER_CAPITAL.sub(" ", title))
    return words_apart if form not in known and words_apart in known else form


def _of_others(
    column: ColumnAnswer, forms: Sequence[str], sample: Sequence[Sequence[str]], known: Vocabulary
) -> ColumnAnswer | None:
    """An id column whose values are no ids of ours: those that other software gave (T28)."""
    meaning = known.properties.get(EXTERNAL_ID)
    values = ["".join(row[column.position :][:1]).strip() for row in sample]
    values = [value for value in values if value]
    if not values or meaning is None or any(_OWN_ID.fullmatch(value) for value in values):
        return None
    if any(known.properties.get(form) == meaning for form in forms):
        return None
    hint = gettext("No whole numbers stand here, so they are taken for ids of other software.")
    return replace(column, answer=meaning.answer, reason="id", is_locked=False, hint=hint)


def _given(position: int, header: str, answer: Answer, by_itself: Answer | None) -> ColumnAnswer:
    """A column as a person answered it; one that is needed to link stays so (T22b).

    Options of an association column, such as its key, do not make it another column.
    """
    column = ColumnAnswer(position, header, answer, "template")
    if isinstance(by_itself, IdColumn) and isinstance(answer, IdColumn):
        return replace(column, reason="id", is_locked=True)
    if isinstance(by_itself, AssociationColumn) and isinstance(answer, AssociationColumn):
        is_same = (_side(by_itself), by_itself.form) == (_side(answer), answer.form)
        return replace(column, reason="association", is_locked=True) if is_same else column
    return column


def _column(position: int, header: str, form: str, known: Vocabulary) -> ColumnAnswer:
    """What one header means by itself."""
    if form in known.ids:
        return ColumnAnswer(position, header, IdColumn(), "id", is_locked=True)
    if form in known.relations:
        answer = known.relations[form].answer
        return ColumnAnswer(position, header, answer, "association", is_locked=True)
    if form in known.properties:
        meaning = known.properties[form]
        return ColumnAnswer(position, header, meaning.answer, meaning.reason)
    if form in known.other_ids:
        return _other_id(position, header, known.other_ids[form], known)
    meant = known.asking.get(form)
    near = None if meant else known.near_relations.relation(form)
    if meant or near:
        return ColumnAnswer(position, header, _asking(header, meant or known.relations[near or ""]))
    here, _, there = form.partition(" > ")
    if here and there.strip(" >"):
        refusal = ASSOCIATION_TYPE_NOT_FOUND(
            name=header, known=known.full_names, line=line_for(header, "ignore")
        )
        return ColumnAnswer(position, header, AskingColumn(refusal))
    return _undecided(position, header, form, known)


def _asking(header: str, meant: Meaning) -> AskingColumn:
    line = line_for(header, {"association": meant.header})
    refusal = COLUMN_NEEDS_ANSWER(column=header, nearest=meant.header, line=line)
    return AskingColumn(refusal, meant.answer, meant.header)


def line_for(header: str, answer: str | Mapping[str, str]) -> str:
    """The line of a mapping file, under `columns`, that answers a column."""
    options: dict[str, Any] = {"default_flow_style": True, "allow_unicode": True, "width": 9_999}
    text = str(yaml.safe_dump({header: answer}, **options))
    return text.strip().removeprefix("{").removesuffix("}")


def _other_id(position: int, header: str, other: ObjectDef, known: Vocabulary) -> ColumnAnswer:
    """Ids of another object are not taken for the object's own (T22a)."""
    side = known.model.default_side(known.object.name, other.name)
    meant = AssociationColumn(side, "associated") if side else None
    hint = gettext(
        'These are ids of {others}. To link by them, call the column "Associated {other}"; or '
        "import the file as {others}."
    ).format(others=shown_plural(other).lower(), other=shown_label(other))
    answer = UndecidedColumn(meant, f"Associated {other.label}" if side else "", other.name)
    return ColumnAnswer(position, header, answer, hint=hint)


def _undecided(position: int, header: str, form: str, known: Vocabulary) -> ColumnAnswer:
    bare = next(
        (form.removeprefix(each) for each in known.own_words if form.startswith(each)), form
    )
    near = bare if bare in known.properties else known.near_properties.property(form)
    if near is None:
        return ColumnAnswer(position, header, UndecidedColumn())
    meaning = known.properties[near]
    hint = gettext('Did you mean the property "{property}"?').format(property=meaning.header)
    return ColumnAnswer(
        position, header, UndecidedColumn(meaning.answer, meaning.header), hint=hint
    )


def _beside(
    column: ColumnAnswer, forms: Sequence[str], columns: Sequence[ColumnAnswer], known: Vocabulary
) -> ColumnAnswer:
    """What a header means beside an association column: labels, names, properties of the linked."""
    form = forms[column.position]
    answer: Answer | None = None
    if (found := _LABELS.fullmatch(form)) and (base := _base(found[1], forms, columns, known)):
        answer = LabelsColumn(base.position)
    elif (found := _NAMES.fullmatch(form)) and (base := _base(found[1], forms, columns, known)):
        answer = NameColumn(base.position)
    elif (found := _LINKED.fullmatch(form)) and (base := _base(found[1], forms, columns, known)):
        answer = _linked(base, found[2], known)
    return replace(column, answer=answer, reason="association", hint="") if answer else column


def _linked(base: ColumnAnswer, form: str, known: Vocabulary) -> Answer | None:
    """A property of the record that the column beside links (T26)."""
    link = base.answer
    if not isinstance(link, AssociationColumn):
        return None
    meaning = properties_of(known.model.object(link.side.other), known.actor).get(form)
    if meaning is None or not isinstance(meaning.answer, PropertyColumn):
        return None
    return LinkedColumn(base.position, meaning.answer.property)


def _base(
    form: str, forms: Sequence[str], columns: Sequence[ColumnAnswer], known: Vocabulary
) -> ColumnAnswer | None:
    """The association column that a header speaks of: so called, or else to the same side."""
    links = [each for each in columns if isinstance(each.answer, AssociationColumn)]
    meaning = known.relations.get(form) or known.asking.get(form)
    meant = meaning and _side(meaning.answer)
    named = [each for each in links if forms[each.position] == form]
    alike = [each for each in links if meant and _side(each.answer) == meant]
    return next(iter(named + alike), None)


def _side(answer: Answer) -> tuple[Side, str | None] | None:
    return (answer.side, answer.label) if isinstance(answer, AssociationColumn) else None
