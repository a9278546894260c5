"""Computed columns judged against all datasets, before one of them is saved (D106, D120, D121)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from django.utils.translation import gettext

from tresse.datasets.computed.graph import (
    Drawing,
    Item,
    Known,
    Name,
    called,
    drawing_of,
    items_of,
    names_of,
)
from tresse.datasets.computed.refusals import (
    A_COLUMN,
    A_SCORE,
    USED_COLUMN,
    USED_COLUMNS,
    USED_DATASET,
)
from tresse.datasets.definition import DatasetDefinition, ScoreUse
from tresse.datasets.mapping import feeds_of, mapped
from tresse.datasets.scores.refusals import ENTITY_MISSING, FIELD_MISSING
from tresse.datasets.scores.settings import OWN
from tresse.kernel.errors import IN_USE, TresseError

Definitions = Mapping[str, DatasetDefinition]
ColumnUsers = Callable[[str, Collection[str]], Iterable[str]]
"Who else uses columns of a dataset: its name, the columns; as sentences show them."


@dataclass(frozen=True, slots=True)
class Everything:
    """All datasets as they are mapped now, and the graph of their computed columns."""

    known: Mapping[str, Known]
    unsure: frozenset[str]
    "Datasets that may have other columns than are known."
    drawing: Drawing

    def columns_of(self, name: str) -> set[str]:
        """All columns of a dataset, computed ones too, those with a fault as well."""
        known = self.known[name]
        return {*known.types, *(c for item in items_of(known.definition) for c in names_of(item))}

    def users_of(self, dataset: str) -> Iterator[str]:
        """Computed columns of other datasets that are made of a dataset, as sentences show them."""
        for stratum in self.drawing.graph.strata:
            for node in stratum:
                if node.dataset != dataset and any(name == dataset for name, _ in node.uses):
                    yield item_shown(node.dataset, node.item)

    def troubles(self) -> dict[Name, TresseError]:
        """What is refused of each item: its fault, else the first field that it lacks."""
        definitions = {name: each.definition for name, each in self.known.items()}
        missing = self.drawing.missing
        lacking = {key: lacks(key, fields[0], definitions) for key, fields in missing.items()}
        return {**self.drawing.faults, **lacking}


def everything(
    definitions: Definitions, *, like: Everything | None = None, changed: str = ""
) -> Everything:
    """All datasets by their definitions.

    Args:
        definitions: By name.
        like: The same but for the definition of one of them, to look at nothing twice.
        changed: That one.
    """
    known: dict[str, Known] = {}
    unsure: set[str] = set()
    for name, definition in definitions.items():
        if like is not None and name != changed and name in like.known:
            known[name] = like.known[name]
            unsure |= {name} & like.unsure
            continue
        known[name], is_sure = known_of(definition)
        if not is_sure:
            unsure.add(name)
    return Everything(known, frozenset(unsure), drawing_of(known, unsure))


def known_of(definition: DatasetDefinition) -> tuple[Known, bool]:
    """What is known of the columns of a dataset by its sources, and whether that is all."""
    feeds = feeds_of(definition)
    types = {f"{each.name}_id": "text" for each in definition.relations}
    try:
        plan = mapped(definition, feeds, is_partial=True).plan
    except TresseError:  # it is refused where its mapping is checked
        return Known(definition, types, {}), False
    fields = {e.column.name: e.column.semantic for e in plan.columns if e.column.semantic}
    types = {each.column.name: each.merged_type for each in plan.columns} | types
    return Known(definition, types, fields), bool(feeds) and all(each.types for each in feeds)


def check_saved(
    definition: DatasetDefinition, others: Definitions, column_users: ColumnUsers
) -> None:
    """Refuse computed columns that cannot be, and the removal of what is used (D121).

    Args:
        definition: As it is to be saved.
        others: All that are saved, this one as it was too.
        column_users: Who else uses columns.

    Raises:
        TresseError: `formula_cycle`, `in_use`, `field_missing`; what formulas, aggregates and uses
            of scores are refused for. What was refused before is refused again of this dataset
            alone.
    """
    name = definition.name
    before = everything(others)
    after = everything({**others, name: definition}, like=before, changed=name)
    removed: set[str] = set()
    if name in others and not {name} & (before.unsure | after.unsure):
        removed = before.columns_of(name) - after.columns_of(name)
    was, found = before.troubles(), after.troubles()
    kept = {
        (dataset, called(item)): item for dataset, each in others.items() for item in items_of(each)
    }
    users, own = list[str](), list[TresseError]()
    for key, error in found.items():
        item = next(
            i for i in items_of(after.known[key[0]].definition) if called(i) == key[1]
        )  # fmt: skip
        stood = kept.get(key) == item and key not in was
        if stood and (key[0] != name or removed):
            users.append(item_shown(key[0], item))
        elif key[0] == name:
            own.append(error)
    for error in own:
        raise error
    used = {column for column in removed if column_users(name, [column])}
    for key in found:
        used |= removed & {c for dataset, c in after.drawing.broken.get(key, ()) if dataset == name}
    users += column_users(name, used) if used else ()
    if users:
        _refuse_use(name, used or removed, users)


def check_file(names: Collection[str], definitions: Definitions) -> None:
    """Check the computed columns of datasets of a file, once all of them are there.

    Raises:
        TresseError: As `check_saved`; `in_use` of what other datasets use of them.
    """
    found = everything(definitions)
    users: dict[str, list[str]] = {}
    for key, error in found.troubles().items():
        if key[0] in names:
            raise error
        used = {dataset for dataset, _ in found.drawing.broken.get(key, ())} & set(names)
        if used:
            item = next(i for i in items_of(definitions[key[0]]) if called(i) == key[1])
            users.setdefault(min(used), []).append(item_shown(key[0], item))
    for dataset, listed in users.items():
        _refuse_use(dataset, (), listed)


def item_shown(dataset: str, item: Item) -> str:
    """A computed column, or a use of a score, as lists of users show it."""
    text = gettext(A_SCORE if isinstance(item, ScoreUse) else A_COLUMN)
    return text.format(name=called(item), dataset=dataset)


def _refuse_use(dataset: str, removed: Collection[str], users: Iterable[str]) -> NoReturn:
    text = USED_DATASET
    if removed:
        text = USED_COLUMN if len(removed) == 1 else USED_COLUMNS
    columns = ", ".join(f'"{each}"' for each in sorted(removed))
    shown = gettext(text).format(columns=columns, dataset=dataset)
    raise IN_USE(name=shown, users=list(dict.fromkeys(users)))


def lacks(key: Name, missing: tuple[str, str], definitions: Definitions) -> TresseError:
    """The refusal of a score for a field that it lacks (SC2).

    Args:
        key: The dataset, and the key of the use.
        missing: Entity and field.
        definitions: Of all datasets.
    """
    dataset, score = key
    entity, name = missing
    details = {"score": score, "place": f"datasets {dataset}: {score}"}
    # Lines lead to orders, not to people.
    is_there = entity in (OWN, "order_items") or any(
        relation.to == dataset
        for each in definitions.values()
        if each.entity == entity
        for relation in each.relations
    )
    if is_there:
        of = dataset if entity == OWN else entity
        return FIELD_MISSING(field=name, entity=of, **details)
    return ENTITY_MISSING(field=name, entity=entity, dataset=dataset, **details)
