"""Paths to a property: of the row itself, or over at most four relations with limit 1 (G4)."""

from collections.abc import Iterable
from dataclasses import dataclass

from tresse.accounts.actor import Actor
from tresse.filters.refusals import AMBIGUOUS_PATH, NOT_ONE, OWN_COLUMNS_ALONE, PATH_TOO_LONG
from tresse.filters.shape import Base
from tresse.kernel.errors import nearest
from tresse.objects.described import DataModel, PropertyDef, Side
from tresse.objects.labels import shown_full_name, shown_label, shown_plural
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND
from tresse.objects.sight import readable_property

MOST_HOPS = 4
INVERSE = ":inverse"


@dataclass(frozen=True, slots=True)
class Hop:
    """One step of a path: the relation as seen from here, and what is there."""

    side: Side
    base: Base


@dataclass(frozen=True, slots=True)
class Path:
    """A property, and the steps that lead to its row; no steps: of the row itself."""

    hops: tuple[Hop, ...]
    base: Base
    prop: PropertyDef

    @property
    def label(self) -> str:
        """What people call it: `Company > Industry`."""
        return " > ".join([*(shown_label(hop.side) for hop in self.hops), shown_label(self.prop)])


def path_of(text: str, base: Base, *, model: DataModel, actor: Actor) -> Path:
    """Read `industry` or `company.industry`.

    Raises:
        TresseError: `unknown_property` (also unreadable or archived), `association_type_not_found`,
            `ambiguous_path`, `bad_filter`.
    """
    *names, last = text.split(".")
    if len(names) > MOST_HOPS:
        raise PATH_TOO_LONG(path=text, number=len(names), most=MOST_HOPS)
    hops = hops_of(names, base, model)
    here = hops[-1].base if hops else base
    return Path(tuple(hops), here, readable_property(here, last, actor, archived=False))


def hops_of(names: Iterable[str], base: Base, model: DataModel) -> list[Hop]:
    """The steps of a path, each over a relation that leads to one record at most.

    Raises:
        TresseError: `association_type_not_found`, `ambiguous_path`, `bad_filter`.
    """
    hops: list[Hop] = []
    here = base
    for name in names:
        side = _to_one(name, here, model)
        here = model.object(side.other)
        hops.append(Hop(side, here))
    return hops


def sides_named(name: str, base: Base, model: DataModel) -> list[Side]:
    """An association type or link label as seen from a base.

    Where both ends are the same object and named differently, `company_parent` leads from the
    `from` end (to the parent company), `company_parent:inverse` the other way.
    """
    plain = name.removesuffix(INVERSE)
    inverse = plain != name
    return [
        side
        for side in model.sides(base.name, labels=True)
        if side.association.name == plain and _is_inverse(side) == inverse
    ]


def _is_inverse(side: Side) -> bool:
    """Whether the side is the second one of a relation of one object type."""
    ends = side.association
    return ends.from_object == ends.to_object and not side.forward


def side_named(name: str, base: Base, model: DataModel) -> Side:
    """The one side of that name.

    Raises:
        TresseError: `association_type_not_found`, with those there are.
    """
    found = sides_named(name, base, model)
    if found:
        return found[0]
    known = [side_name(side) for side in model.sides(base.name, labels=True)]
    raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=nearest(name, known))


def side_name(side: Side) -> str:
    """How filters write a side."""
    return f"{side.association.name}{INVERSE}" if _is_inverse(side) else side.association.name


def check_relations(name: str, base: Base, model: DataModel) -> None:
    """Refuse what leads from rows that are no records: golden records have no relations here.

    Raises:
        TresseError: `bad_filter`.
    """
    is_of_columns = base.condition == "property"
    if is_of_columns and all(each.name != base.name for each in model.objects):
        raise OWN_COLUMNS_ALONE(base=shown_label(base), name=name)


def _to_one(name: str, base: Base, model: DataModel) -> Side:
    check_relations(name, base, model)
    named = sides_named(name, base, model)
    if named:
        if named[0].most != 1:
            relation = shown_full_name(named[0], model.object(base.name))
            raise NOT_ONE(relation=relation, other=shown_plural(model.object(named[0].other)))
        return named[0]
    if any(each.name == name and not each.is_archived for each in model.objects):
        return _only(name, base, model)
    ones = [each for each in model.sides(base.name, labels=True) if each.most == 1]
    known = [side_name(side) for side in ones]
    raise ASSOCIATION_TYPE_NOT_FOUND(name=name, known=known, nearest=nearest(name, known))


def _only(other: str, base: Base, model: DataModel) -> Side:
    ones = [s for s in model.sides(base.name, labels=True) if s.other == other and s.most == 1]
    primary = [side for side in ones if side.association.is_primary]
    for candidates in (ones, primary):
        if len(candidates) == 1:
            return candidates[0]
    known = _names(ones or [s for s in model.sides(base.name, labels=True) if s.other == other])
    if ones:
        raise AMBIGUOUS_PATH(
            number=len(ones),
            here=shown_label(base),
            other=shown_label(model.object(other)),
            known=known,
        )
    raise ASSOCIATION_TYPE_NOT_FOUND(name=other, known=known, nearest=None)


def _names(sides: Iterable[Side]) -> list[str]:
    return [side_name(side) for side in sides]
