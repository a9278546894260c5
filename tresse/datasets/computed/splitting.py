"""Formulas with aggregates of related rows in them, taken apart (D110).

`spent / COUNT(orders)` becomes a formula over one more column, and the aggregate that it is.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from tresse.datasets.computed.paths import Definitions, leads_over, steps_from
from tresse.datasets.computed.refusals import MIXED_PATHS
from tresse.datasets.definition import Aggregate
from tresse.engine.formulas import columns_named, read
from tresse.engine.formulas.reader import Node
from tresse.engine.formulas.refusals import FORMULA_AGGREGATE

MARK = "\ue000"
"Begins the names that stand for aggregates; from an area that no text uses."
PLAIN = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Split:
    """A formula and the aggregates of related rows in it, apart."""

    text: str
    "The formula with a name for each aggregate; characters stand where they stood."
    aggregates: Mapping[str, Aggregate]
    "By that name."
    said: Mapping[str, str]
    "How the formula says each, by that name."

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of its own row that the formula names, each once, in order."""
        named = columns_named(read(self.text))
        return tuple(each for each in named if each not in self.aggregates)


def aggregates_in(
    text: str, definitions: Definitions, dataset: str, own: Collection[str] = (), *, name: str = ""
) -> Split:
    """Take a formula and its aggregates apart: `SUM(orders.amount) FILTER (WHERE …)`.

    Args:
        text: The formula.
        definitions: Of all datasets.
        dataset: Whose column the formula is.
        own: Its columns.
        name: Of the formula, for refusals.

    Raises:
        TresseError: What reading refuses; `formula_aggregate` over own columns, `mixed_paths`,
            `unknown_reference`, `wrong_value`.
    """
    found: dict[str, Aggregate] = {}
    said: dict[str, str] = {}
    letters = list(text)
    whole = read(text, related=True)
    for part in whole.walk():
        if part.sort != "aggregate":
            continue
        mark = f"{MARK}{len(found)}"
        found[mark] = _aggregate(text, part, definitions, dataset, own, name or dataset, mark)
        said[mark] = text[part.start : part.end].strip()
        length = part.end - part.start
        letters[part.start : part.end] = f'"{mark}"'.ljust(length)
    return Split("".join(letters), found, said)


def _aggregate(
    text: str,
    part: Node,
    definitions: Definitions,
    dataset: str,
    own: Collection[str],
    name: str,
    mark: str,
) -> Aggregate:
    column, *conditions = part.parts
    steps = _steps(column.text, definitions, dataset)
    if not steps or column.text in own:
        shown = part.text.upper().replace("_DISTINCT", "")
        raise FORMULA_AGGREGATE(name=shown, position=part.start + 1)
    leads_over(definitions, dataset, steps, name=name)
    path = ".".join(steps)
    rest = column.text[len(path) + 1 :]
    if not rest and part.text != "count":
        raise FORMULA_AGGREGATE(name=part.text.upper(), position=part.start + 1)
    where = _inner(text, conditions[0], path, name) if conditions else None
    return Aggregate(mark, steps, part.text, rest, where)


def _steps(path: str, definitions: Definitions, dataset: str) -> tuple[str, ...]:
    """The steps to many rows that a name begins with."""
    here, found = dataset, list[str]()
    for step in path.split("."):
        leads = steps_from(definitions, here).get(step)
        if not leads:
            break
        found.append(step)
        here = leads[0].of
    return tuple(found)


def _inner(text: str, condition: Node, path: str, name: str) -> str:
    """The condition as rows at the end of the path see it, its characters where they stood."""
    letters = [" "] * condition.start + list(text[condition.start : condition.end])
    for each in condition.walk():
        if each.sort != "column":
            continue
        if not each.text.startswith(f"{path}."):
            raise MIXED_PATHS(name=name, column=each.text, path=path, position=each.start + 1)
        rest = _written(each.text[len(path) + 1 :].split("."))
        letters[each.start : each.end] = rest.rjust(each.end - each.start)
    return "".join(letters)


def _written(names: list[str]) -> str:
    """A name as formulas write it, no longer than it was with a path before it."""
    if len(names) == 1:
        return f'"{names[0]}"'
    return ".".join(each if PLAIN.fullmatch(each) else f'"{each}"' for each in names)
