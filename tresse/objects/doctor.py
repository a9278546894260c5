"""Compares definitions with the physical tables, says what differs, and mends what can be."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects import models, words
from tresse.objects.changes.shape import columns_of, fill_normal_forms, make_indexes
from tresse.objects.database import scalar
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, data_model
from tresse.objects.tables import (
    add_columns,
    create_table,
    described_table,
    indexes,
    physical_columns,
    physical_indexes,
    physical_tables,
    table_name,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be: where, what, and whether it was mended just now."""

    place: str
    sentence: str
    is_fixed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One question of the doctor; `find(fix)` gives the problems, mended where `fix` could."""

    name: str
    label: str
    find: Callable[[bool], Iterator[Problem]]


def examine(*, fix: bool = False) -> list[Problem]:
    """All problems that the checks of all rooms find.

    Args:
        fix: Mend what can be mended without losing anything: add missing tables, columns and
            indexes, correct counters.
    """
    with transaction.atomic():
        return [problem for check in CHECKS for problem in check.find(fix)]


def check_tables(fix: bool) -> Iterator[Problem]:
    """Object types without table, and tables without object type."""
    there = physical_tables()
    model = data_model()
    for each in model.objects:
        if table_name(each.id) not in there:
            if fix:
                create_table(each.id, each.properties)
                words.settle(each)
            sentence = gettext("The table {name} is missing.").format(name=table_name(each.id))
            yield Problem(each.name, sentence, is_fixed=fix)
    known = {table_name(each.id) for each in model.objects}
    for name in sorted(there):
        if name.startswith("object_") and name[7:].isdigit() and name not in known:
            sentence = gettext("The table {name} belongs to no object type.").format(name=name)
            yield Problem(name, sentence)


def check_columns(fix: bool) -> Iterator[Problem]:
    """Columns that definitions ask for and the table lacks, and columns nobody asks for."""
    for here in _with_table(data_model()):
        there = physical_columns(here.id)
        table = described_table(here.id, here.properties)
        wanted = {column.name: column for column in table.columns}
        missing = [column for name, column in wanted.items() if name not in there]
        if fix and missing:
            mine = {**wanted, **columns_of(here.properties)}
            add_columns(here.id, [mine[column.name] for column in missing])
            fill_normal_forms(here, {column.name for column in missing})
        for column in missing:
            sentence = gettext("The column {name} is missing.").format(name=column.name)
            yield Problem(here.name, sentence, is_fixed=fix)
        for name in sorted(set(there) - set(wanted) - kept_columns(here.id)):
            sentence = gettext("The column {name} belongs to no property.").format(name=name)
            yield Problem(here.name, sentence)


def kept_columns(object_id: int) -> set[str]:
    """Columns of former kinds that can still be brought back (C30), and those being filled."""
    changes = models.KindChange.objects.filter(property__object_type=object_id)
    kept = changes.filter(is_kept=True).values_list("old_column", flat=True)
    filling = changes.filter(state="filling").values_list("new_column", flat=True)
    names = {*kept, *filling}
    return names | {f"n_{name.removeprefix('p_')}" for name in names}


def check_indexes(fix: bool) -> Iterator[Problem]:
    """Indexes that definitions ask for and the table lacks, and those nobody asks for."""
    for here in _with_table(data_model()):
        there = physical_indexes(here.id)
        wanted = {str(index.name): index for index in indexes(here.id, here.properties)}
        for name in sorted(set(wanted) - there):
            sentence = gettext("The index {name} is missing.").format(name=name)
            if not fix:
                yield Problem(here.name, sentence)
                continue
            try:
                make_indexes(here, [wanted[name]])
                yield Problem(here.name, sentence, is_fixed=True)
            except TresseError as error:
                yield Problem(here.name, f"{sentence} {error}")
        for name in sorted(there - set(wanted)):
            sentence = gettext("The index {name} belongs to no property.").format(name=name)
            yield Problem(here.name, sentence)


def check_words(fix: bool) -> Iterator[Problem]:
    """Full-text indexes that definitions ask for and the database lacks."""
    for here in data_model().objects:
        wanted, there = words.index_name(here), words.physical(here.id)
        if (not wanted or wanted in there) and set(there) <= {wanted}:
            continue
        if fix:
            words.settle(here)
        sentence = gettext("The full-text index {name} is missing.").format(name=wanted)
        yield Problem(here.name, sentence, is_fixed=fix)


def check_normal_forms(fix: bool) -> Iterator[Problem]:
    """Values whose normal form is not stored although it should be."""
    for here in _with_table(data_model()):
        there = physical_columns(here.id)
        for prop in here.properties:
            # A phone that was not checked has no compared form at all (C10).
            if not prop.has_normal or prop.kind.name == "phone" or prop.normal_column not in there:
                continue
            number = _without_form(here, prop)
            if number:
                if fix:
                    fill_normal_forms(here, {prop.normal_column})
                sentence = gettext("{number} values of {name} have no normal form.").format(
                    number=number, name=prop.name
                )
                yield Problem(here.name, sentence, is_fixed=fix)


def _without_form(here: ObjectDef, prop: PropertyDef) -> int:
    table = here.table
    lacking = sa.and_(table.c[prop.column].is_not(None), table.c[prop.normal_column].is_(None))
    return int(scalar(sa.select(sa.func.count()).select_from(table).where(lacking)))


def check_references(fix: bool) -> Iterator[Problem]:  # noqa: ARG001
    """Titles, subtitles and search properties that do not exist; pairs without a default."""
    model = data_model()
    for here in model.objects:
        for name in (here.title, here.subtitle, *here.search):
            if name and not here.has(name):
                sentence = gettext('It names the property "{name}", which does not exist.')
                yield Problem(here.name, sentence.format(name=name))
    pairs: dict[frozenset[str], list[bool]] = {}
    for each in model.associations:
        if not each.parent and not each.is_archived:
            pair = frozenset((each.from_object, each.to_object))
            pairs.setdefault(pair, []).append(each.is_default)
    for pair, defaults in pairs.items():
        if sum(defaults) != 1:
            sentence = gettext("{number} default relations instead of one.")
            yield Problem(" - ".join(sorted(pair)), sentence.format(number=sum(defaults)))


def _with_table(model: DataModel) -> Iterator[ObjectDef]:
    there = physical_tables()
    return (each for each in model.objects if table_name(each.id) in there)


CHECKS: Registry[Check] = Registry(
    N_("check"),
    (
        Check("tables", "Tables of object types", check_tables),
        Check("columns", "Columns of properties", check_columns),
        Check("indexes", "Indexes of properties", check_indexes),
        Check("words", "Full-text indexes", check_words),
        Check("normal_forms", "Normal forms of values", check_normal_forms),
        Check("references", "Names in definitions", check_references),
    ),
)
