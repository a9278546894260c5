"""Which computed column is made of which: one graph by column over all datasets (D120)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from tresse.datasets.computed.needs import Facts, Needs
from tresse.datasets.computed.refusals import FORMULA_CYCLE
from tresse.datasets.definition import Aggregate, DatasetDefinition, Formula, ScoreUse
from tresse.datasets.layout import AGGREGATE, FORMULA, SCORE, Worked
from tresse.datasets.refusals import COLUMN_REPEATED, COLUMNS_ALIKE, SEMANTIC_TAKEN
from tresse.datasets.scores.base import columns_of
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.settings import missing_fields
from tresse.kernel.errors import TresseError

Name = tuple[str, str]
"A dataset, and one of its columns."
Item = Formula | Aggregate | ScoreUse


@dataclass(frozen=True, slots=True)
class Known:
    """What the graph asks of a dataset."""

    definition: DatasetDefinition
    "Its computed columns are those to be worked out; none where they stand already."
    types: Mapping[str, str]
    "Type of S52 of every column that stands: merged ones, `<relation>_id`, computed ones."
    semantics: Mapping[str, str]
    "Semantic field by column, where there is one."


@dataclass(frozen=True, slots=True)
class Node:
    """A formula, an aggregate or a use of a score, and the columns that it gives."""

    dataset: str
    item: Formula | Aggregate | ScoreUse
    columns: tuple[Worked, ...]
    uses: frozenset[Name]
    "Columns it is made of."
    has_time: bool
    "Its values change with the moment alone: `today()`, windows, scores with time in them."


@dataclass(frozen=True, slots=True)
class Graph:
    """All computed columns, in an order in which each comes after what it is made of."""

    strata: tuple[tuple[Node, ...], ...]
    "Nodes of one stratum need none of each other."
    reads: Mapping[str, frozenset[str]]
    "By dataset with computed columns: the datasets that these are made of, itself left out."

    def worked(self, dataset: str) -> tuple[Worked, ...]:
        """Computed columns of a dataset in the order of their numbers: as it defines them."""
        found = [
            column
            for stratum in self.strata
            for node in stratum
            if node.dataset == dataset
            for column in node.columns
        ]
        return tuple(sorted(found, key=lambda each: each.number))


def graph_of(known: Mapping[str, Known]) -> Graph:
    """The graph of all computed columns.

    Numbers of columns go by formulas, aggregates, scores, each in their order.

    Raises:
        TresseError: `formula_cycle`; what formulas, aggregates and uses of scores are refused for.
    """
    drawn = drawing_of(known)
    for fault in drawn.faults.values():
        raise fault
    return drawn.graph


@dataclass(frozen=True, slots=True)
class Drawing:
    """A graph as far as it can be drawn, and what is wrong with the rest."""

    graph: Graph
    faults: Mapping[Name, TresseError]
    "By dataset and name of the item (`called`), in the order of definitions."
    broken: Mapping[Name, frozenset[Name]]
    "Columns that the items with a fault name, as far as it could be told."
    missing: Mapping[Name, Sequence[tuple[str, str]]]
    "By use of a score without a fault: entity and field that it lacks (SC2), where it does."


def drawing_of(known: Mapping[str, Known], unsure: Collection[str] = ()) -> Drawing:
    """The graph of all that is right, without refusing the rest.

    Args:
        known: All datasets.
        unsure: Those whose columns are not all known: what they lack is nobody's fault, and what
            is made of it has the type text for want of a better one.
    """
    return _Drawer(known, unsure).drawn()


def called(item: Item) -> str:
    """What an item is called among those of its dataset: its column, or the key of its use."""
    return item.key if isinstance(item, ScoreUse) else item.name


def names_of(item: Item) -> tuple[str, ...]:
    """Names of the columns that an item gives; none of a score that the library lacks."""
    if not isinstance(item, ScoreUse):
        return (item.name,)
    if item.score not in SCORES:
        return ()
    return tuple(name for name, _ in columns_of(SCORES[item.score], item.prefix))


def items_of(definition: DatasetDefinition) -> Iterator[Item]:
    """All computed columns of a dataset, in the order of their numbers."""
    yield from definition.computed
    yield from definition.aggregates
    yield from definition.scores


@dataclass(slots=True)
class _Draft:
    """An item before its types are known."""

    dataset: str
    item: Item
    number: int
    "Of its first column."
    names: tuple[str, ...]
    facts: Facts = field(default_factory=Facts)
    types: tuple[str, ...] = ()

    @property
    def key(self) -> Name:
        return self.dataset, called(self.item)

    def node(self) -> Node:
        if isinstance(self.item, ScoreUse):
            columns = [
                Worked(name, output.type, SCORE, number, of=self.item.key)
                for number, (name, output) in enumerate(
                    columns_of(SCORES[self.item.score], self.item.prefix), self.number
                )
            ]
        else:
            sort = FORMULA if isinstance(self.item, Formula) else AGGREGATE
            semantic = self.item.semantic
            columns = [Worked(self.item.name, self.types[0] or "text", sort, self.number, semantic)]
        return Node(
            self.dataset, self.item, tuple(columns), frozenset(self.facts.uses), self.facts.has_time
        )


class _Drawer:
    """One drawing in progress."""

    def __init__(self, known: Mapping[str, Known], unsure: Collection[str]) -> None:
        self.known = known
        self.faults: dict[Name, TresseError] = {}
        self.drafts = [each for name in sorted(known) for each in self._drafts(name)]
        self.makers = {(d.dataset, name): d for d in self.drafts for name in d.names}
        fields = {name: dict(each.semantics) for name, each in known.items()}
        for draft in self.drafts:
            if not isinstance(draft.item, ScoreUse) and draft.item.semantic:
                fields[draft.dataset][draft.item.name] = draft.item.semantic
        self.needs = Needs(
            definitions={name: each.definition for name, each in known.items()},
            types={name: dict(each.types) for name, each in known.items()},
            coming={
                name: {column for dataset, column in self.makers if dataset == name}
                for name in known
            },
            fields=fields,
            partial=unsure,
        )

    def drawn(self) -> Drawing:
        for draft in self.drafts:
            self._try(draft, self._look)
        strata: list[tuple[Node, ...]] = []
        for drafts in self._strata():
            for draft in drafts:
                self._try(draft, self._type)
            strata.append(tuple(d.node() for d in drafts if d.key not in self.faults))
        nodes = [node for stratum in strata for node in stratum]
        reads: dict[str, set[str]] = {}
        for node in nodes:
            others = {name for name, _ in node.uses if name != node.dataset}
            reads.setdefault(node.dataset, set()).update(others)
        graph = Graph(
            tuple(each for each in strata if each),
            {name: frozenset(others) for name, others in reads.items()},
        )
        order = [draft.key for draft in self.drafts]
        return Drawing(
            graph,
            {key: self.faults[key] for key in order if key in self.faults},
            {d.key: frozenset(d.facts.uses) for d in self.drafts if d.key in self.faults},
            {d.key: found for d in self.drafts if (found := self._missing(d))},
        )

    def _missing(self, draft: _Draft) -> list[tuple[str, str]]:
        if not isinstance(draft.item, ScoreUse) or draft.key in self.faults:
            return []
        return missing_fields(SCORES[draft.item.score], self.needs.fields_by_entity(draft.dataset))

    def _drafts(self, name: str) -> Iterator[_Draft]:
        known = self.known[name]
        taken = {each.casefold(): each for each in known.types}
        number = 0
        for item in items_of(known.definition):
            draft = _Draft(name, item, number, ())
            self._try(draft, _names)
            self._try(draft, partial(_check_names, taken=dict(taken)))
            self._try(draft, partial(_check_field, semantics=known.semantics))
            taken |= {each.casefold(): each for each in draft.names}
            number += len(draft.names)
            yield draft

    def _try(self, draft: _Draft, step: "Callable[[_Draft], None]") -> None:
        """Take a step with an item unless one before was refused."""
        if draft.key in self.faults:
            return
        try:
            step(draft)
        except TresseError as error:
            error.details.setdefault("place", f"datasets {draft.dataset}: {called(draft.item)}")
            self.faults[draft.key] = error

    def _look(self, draft: _Draft) -> None:
        draft.facts = self.needs.of(draft.dataset, draft.item, draft.facts)

    def _type(self, draft: _Draft) -> None:
        draft.types = self.needs.types_of(draft.dataset, draft.item, draft.facts)
        types = self.needs.types[draft.dataset]
        for name, type_ in zip(draft.names, draft.types, strict=True):
            if type_:
                types[name] = type_

    # The order

    def _strata(self) -> Iterator[list[_Draft]]:
        """Items by stratum; of those in circles, and what is made of them, nothing."""
        waiting = [draft for draft in self.drafts if draft.key not in self.faults]
        done: set[Name] = {draft.key for draft in self.drafts if draft.key in self.faults}
        while waiting:
            ready = [d for d in waiting if all(m.key in done for m in self._makers(d))]
            if not ready:
                self._refuse_circles(waiting)
                return
            yield ready
            done |= {draft.key for draft in ready}
            waiting = [draft for draft in waiting if draft.key not in done]

    def _makers(self, draft: _Draft) -> list[_Draft]:
        return [self.makers[name] for name in sorted(draft.facts.uses) if name in self.makers]

    def _refuse_circles(self, waiting: Iterable[_Draft]) -> None:
        for draft in waiting:
            path = self._circle(draft)
            if path:
                shown = " → ".join(f"{dataset}.{column}" for dataset, column in path)
                place = f"datasets {draft.dataset}: {called(draft.item)}"
                self.faults[draft.key] = FORMULA_CYCLE(path=shown, place=place)

    def _circle(self, draft: _Draft) -> list[Name]:
        """Columns by which an item is made of itself, the first again at the end; or none."""
        waiting: list[tuple[Name, ...]] = [
            (name,) for name in sorted(draft.facts.uses) if name in self.makers
        ]
        seen: set[Name] = set()
        while waiting:
            path = waiting.pop(0)
            maker = self.makers[path[-1]]
            if maker is draft:
                return [path[-1], *path]
            if path[-1] in seen:
                continue
            seen.add(path[-1])
            waiting += [(*path, name) for name in sorted(maker.facts.uses) if name in self.makers]
        return []


def _names(draft: _Draft) -> None:
    if isinstance(draft.item, ScoreUse):
        SCORES[draft.item.score]  # refused with the nearest
    draft.names = names_of(draft.item)


def _check_names(draft: _Draft, taken: Mapping[str, str]) -> None:
    """Refuse a column that is called as another one."""
    for name in draft.names:
        other = taken.get(name.casefold())
        if other == name:
            raise COLUMN_REPEATED(dataset=draft.dataset, name=name)
        if other is not None:
            raise COLUMNS_ALIKE(dataset=draft.dataset, first=other, second=name)


def _check_field(draft: _Draft, semantics: Mapping[str, str]) -> None:
    """Refuse a semantic field that a mapped column holds (D17)."""
    field = "" if isinstance(draft.item, ScoreUse) else draft.item.semantic
    for column, other in semantics.items():
        if field and other == field:
            name = called(draft.item)
            raise SEMANTIC_TAKEN(dataset=draft.dataset, first=column, second=name, semantic=field)
