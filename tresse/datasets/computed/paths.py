"""Paths of relations between datasets: to many rows, and on to one row (D110)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext

from tresse.datasets.computed.refusals import MIXED_PATHS, PATH_SHARED, TOO_MANY_STEPS
from tresse.datasets.computed.world import Lead
from tresse.datasets.definition import DatasetDefinition
from tresse.kernel.errors import UNKNOWN_REFERENCE, nearest
from tresse.kernel.marks import N_

MOST_STEPS = 3
Definitions = Mapping[str, DatasetDefinition]
A_STEP = N_("relation to many rows of {dataset}")
A_RELATION = N_("relation of {dataset}")


@dataclass(frozen=True, slots=True)
class Reached:
    """A column that a path of to-one relations ends at."""

    leads: tuple[Lead, ...]
    "In order; empty: the column is one of the rows themselves."
    dataset: str
    column: str


def steps_from(definitions: Definitions, dataset: str) -> dict[str, list[Lead]]:
    """Relations to many rows of a dataset by what they are called.

    By `inverse`; one without is called as the dataset whose rows it has.
    """
    found: dict[str, list[Lead]] = {}
    for name in sorted(definitions):
        for relation in definitions[name].relations:
            if relation.to == dataset:
                found.setdefault(relation.inverse or name, []).append(Lead(name, relation))
    return found


def leads_over(
    definitions: Definitions, dataset: str, over: Collection[str], *, name: str = ""
) -> tuple[Lead, ...]:
    """The relations of a path to many rows: the first leads to `dataset`, others to the one before.

    Args:
        definitions: Of all datasets.
        dataset: Whose rows get a value.
        over: The path, one to three steps.
        name: Of the aggregate, as sentences show it.

    Raises:
        TresseError: `unknown_reference` with the nearest, `wrong_value` (several of one name).
    """
    here, found = dataset, list[Lead]()
    for step in over:
        known = steps_from(definitions, here)
        if step not in known:
            sort = gettext(A_STEP).format(dataset=here)
            raise UNKNOWN_REFERENCE(sort=sort, name=step, nearest=nearest(step, known))
        if len(known[step]) > 1:
            several = [f"{each.of}.{each.relation.name}" for each in known[step]]
            raise PATH_SHARED(name=name or dataset, dataset=here, step=step, known=several)
        found.append(known[step][0])
        here = found[-1].of
    return tuple(found)


def reached(
    definitions: Definitions,
    dataset: str,
    path: str,
    *,
    own: Collection[str] = (),
    name: str = "",
) -> Reached:
    """Where the name of a column leads: `channel`, or over to-one relations: `product.category`.

    Args:
        definitions: Of all datasets.
        dataset: Whose rows it is said of.
        path: The name as a definition writes it.
        own: Columns of the dataset; one that is called so is meant, whatever is in its name.
        name: Of what says it, as sentences show it.

    Raises:
        TresseError: `unknown_reference` with the nearest, `mixed_paths` (a step to many rows),
            `wrong_value` (too many steps). Whether there is such a column is not looked at.
    """
    *steps, column = path.split(".")
    if path in own or not steps:
        return Reached((), dataset, path)
    if len(steps) > MOST_STEPS:
        raise TOO_MANY_STEPS(name=name, column=path, number=len(steps), most=MOST_STEPS)
    here, found = dataset, list[Lead]()
    for step in steps:
        known = {each.name: each for each in definitions[here].relations}
        if step not in known:
            if step in steps_from(definitions, here):
                raise MIXED_PATHS(name=name, column=path, path=here)
            sort = gettext(A_RELATION).format(dataset=here)
            raise UNKNOWN_REFERENCE(sort=sort, name=step, nearest=nearest(step, known))
        found.append(Lead(here, known[step]))
        here = known[step].to
        if here not in definitions:
            raise UNKNOWN_REFERENCE(sort=gettext("dataset"), name=here, nearest=None)
    return Reached(tuple(found), here, column)


def related(definitions: Definitions, dataset: str, entity: str) -> Lead | None:
    """The relation by which rows of an entity belong to those of a dataset, as `World.related`."""
    found = [
        Lead(name, relation)
        for name in sorted(definitions)
        if definitions[name].entity == entity
        for relation in definitions[name].relations
        if relation.to == dataset
    ]
    return next((lead for lead in found if lead.of == entity), found[0] if found else None)
