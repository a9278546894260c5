"""The score library as a dataset has it: what is offered, used and lacking, and runs (SC2, SC9)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext

from tresse.datasets.builds.plans import plan_of
from tresse.datasets.definition import DatasetDefinition, ScoreUse
from tresse.datasets.layout import Worked
from tresse.datasets.mapping.feeds import feeds_of
from tresse.datasets.mapping.planning import mapped
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.scores.base import GROUPS, Facts, Output, Score, columns_of
from tresse.datasets.scores.clv.checking import WARNINGS
from tresse.datasets.scores.evaluate import Used, used
from tresse.datasets.scores.past import scored_columns
from tresse.datasets.scores.refusals import ENTITY_MISSING, FIELD_MISSING
from tresse.datasets.scores.registry import SCORES
from tresse.datasets.scores.runs import runs_in
from tresse.datasets.scores.saying import group_label, value_shown
from tresse.datasets.scores.settings import OWN, fields_of_lines, missing_fields, unmet
from tresse.datasets.stored import definition_of
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.kernel.marks import N_

CAUSES: Mapping[str, str] = {
    "without_person": N_("They belong to nobody."),
    "not_paid": N_("Their status is none of those that count."),
    "without_time": N_("They have no time."),
    "later": N_("They are of later than the moment of the build."),
    "without_rate": N_("There is no rate for their currency."),
    "without_amount": N_("They have no amount."),
    "not_above_zero": N_("Their net amount is not above 0."),
    "not_chosen": N_("The restriction of the score leaves them out."),
}
"Why orders do not count (SC5), by the names of `Inputs.order_counts`."


@dataclass(frozen=True, slots=True)
class Offered:
    """A score of the library, for one dataset."""

    name: str
    label: str
    group: str
    "One of `GROUPS`."
    meaning: str
    "What it says of a person, in the language of the reader."
    formula: str
    source: str
    used: tuple[str, ...]
    "Keys of its uses in the dataset."
    missing: tuple[str, ...]
    "What to do before it can be used, as sentences; none: it can be."


@dataclass(frozen=True, slots=True)
class Group:
    """Scores that stand together."""

    name: str
    label: str
    scores: tuple[Offered, ...]


@dataclass(frozen=True, slots=True)
class InUse:
    """A use of a score with the columns that it gave a version."""

    used: Used
    columns: tuple[tuple[Worked, Output], ...]

    @property
    def key(self) -> str:
        """Of the use."""
        return self.used.use.key

    @property
    def score(self) -> Score:
        """The member of the library."""
        return self.used.score


@dataclass(frozen=True, slots=True)
class Count:
    """Orders that do not count, by cause."""

    name: str
    number: int
    words: str


@dataclass(frozen=True, slots=True)
class Run:
    """What a score of a version was worked out by (SC9)."""

    in_use: InUse
    settings: Mapping[str, Any]
    "Completed by their defaults."
    as_of: Any
    zone: str
    facts: Facts
    "Cut-points, medians, parameters, as the member keeps them; without `warnings`."
    orders: int | None
    "Orders that were looked at; None: it reads none."
    valid: int | None
    invalid: tuple[Count, ...]
    "Those that did not count, by cause; causes without any are left out."
    warnings: tuple[str, ...]
    "Sentences."
    is_frozen: bool
    today: Facts | None
    "Of a frozen one: the facts it would have if it were cut anew (SC18)."


# The library


def library(dataset: Dataset) -> list[Group]:
    """All scores by group, each with its uses in a dataset and what it still needs."""
    fields = Available(dataset)
    uses = fields.definition.scores
    offered = [_offered(score, uses, fields) for score in SCORES]
    return [
        Group(name, group_label(name), tuple(each for each in offered if each.group == name))
        for name in GROUPS
        if any(each.group == name for each in offered)
    ]


def _offered(score: Score, uses: tuple[ScoreUse, ...], fields: "Available") -> Offered:
    return Offered(
        name=score.name,
        label=gettext(score.label),
        group=score.group,
        meaning=gettext(score.meaning),
        formula=score.formula,
        source=score.source,
        used=tuple(each.key for each in uses if each.score == score.name),
        missing=tuple(missing_of(score, fields)),
    )


class Available:
    """Semantic fields that a dataset, and those that lead to it, have by their definitions."""

    def __init__(self, dataset: Dataset) -> None:
        """See the class; every dataset is looked at no more than once."""
        self.name = dataset.name
        rows = {each.name: each for each in Dataset.objects.select_related("rules")}
        self.definitions = {name: definition_of(row) for name, row in sorted(rows.items())}
        self.definition: DatasetDefinition = self.definitions[dataset.name]
        self._found: dict[str, frozenset[str]] = {}

    def of(self, name: str) -> frozenset[str]:
        """Semantic fields of a dataset."""
        if name not in self._found:
            self._found[name] = frozenset(_semantics(self.definitions[name]))
        return self._found[name]

    def with_products(self, name: str) -> frozenset[str]:
        """Semantic fields of lines, with what the products that they lead to tell of them."""
        for each in self.definitions[name].relations:
            goods = self.definitions.get(each.to)
            if goods is not None and goods.entity == "products":
                return frozenset(fields_of_lines(self.of(name), self.of(goods.name)) or ())
        return self.of(name)

    def related(self, to: str, entity: str) -> str | None:
        """The dataset of an entity whose rows belong to those of another one (`World.related`)."""
        found = [
            each.name
            for each in self.definitions.values()
            if each.entity == entity and any(lead.to == to for lead in each.relations)
        ]
        return entity if entity in found else next(iter(found), None)

    def dataset_of(self, entity: str) -> str | None:
        """The dataset that a score reads an entity from: directly, or over one in between."""
        if entity == OWN:
            return self.name
        direct = self.related(self.name, entity)
        if direct is not None:
            return direct
        for each in self.definitions.values():
            if any(lead.to == self.name for lead in each.relations):
                further = self.related(each.name, entity)
                if further is not None:
                    return further
        return None


def _semantics(definition: DatasetDefinition) -> Iterator[str]:
    said = [each.semantic for each in definition.columns]
    said += [each.semantic for each in definition.computed]
    said += [each.semantic for each in definition.aggregates]
    yield from filter(None, said)
    try:
        feeds = feeds_of(definition)
        plan = mapped(definition, feeds, is_partial=any(not fed.types for fed in feeds)).plan
    except TresseError:  # a mapping with a fault is told on its own page
        return
    yield from (each.column.semantic for each in plan.columns if each.column.semantic)


def missing_of(score: Score, fields: Available) -> Iterator[str]:
    """What a dataset lacks for a score, a sentence each (SC2)."""
    datasets = {need.entity: fields.dataset_of(need.entity) for need in score.needs}
    known = {
        entity: fields.with_products(name) if entity == "order_items" else fields.of(name)
        for entity, name in datasets.items()
        if name is not None
    }
    for entity in dict.fromkeys(need.entity for need in unmet(score, known)):
        if entity not in known:
            text = gettext(ENTITY_MISSING.sentence)
            yield text.format(entity=entity, dataset=fields.name)
    for entity, field in missing_fields(score, known):
        if entity in known:
            text = gettext(FIELD_MISSING.sentence)
            yield text.format(field=field, entity=datasets[entity])


# Uses of a version


def uses_of(version: DatasetVersion) -> list[InUse]:
    """The scores that a version has, in the order of its definition."""
    plan = plan_of(version)
    columns = scored_columns(plan.computed)
    found = []
    for use in plan.definition.scores:
        if use.score not in SCORES:
            continue
        own = {each.name: each for each in columns if each.of == use.key}
        complete = used(use)
        pairs = [
            (own[name], replace(output, choices=choices_in(complete, output)))
            for name, output in columns_of(complete.score, use.prefix)
            if name in own
        ]
        if pairs:
            found.append(InUse(complete, tuple(pairs)))
    return found


def choices_in(used: Used, output: Output) -> tuple[tuple[str, str], ...]:
    """Values that an output may have in this use; all that the score knows where it cannot tell."""
    try:
        return used.score.choices_of(output, used.settings)
    except TresseError:
        return output.choices


def use_named(version: DatasetVersion, key: str) -> InUse:
    """A use of a score by its key, or by the name of one of its columns.

    Raises:
        TresseError: `unknown_name` with the nearest.
    """
    uses = uses_of(version)
    for each in uses:
        if each.key == key or any(column.name == key for column, _ in each.columns):
            return each
    known = [each.key for each in uses]
    sort = gettext("score of {name}").format(name=version.dataset.name)
    raise UNKNOWN_NAME(sort=sort, name=key, nearest=nearest(key, known), known=known)


def run_facts(version: DatasetVersion, key: str) -> Run:
    """What a score of a version was worked out by: settings, t0, facts, orders, warnings.

    Raises:
        TresseError: `unknown_name`.
    """
    found = use_named(version, key)
    facts = dict(version.facts.get(found.key) or {})
    kept = runs_in(version).get(found.key, {})
    orders = dict(kept.get("orders") or {})
    warnings = facts.pop("warnings", [])
    return Run(
        in_use=found,
        settings=found.used.settings,
        as_of=version.as_of,
        zone=str(version.basis.get("zone", "UTC")),
        facts=facts,
        orders=orders.get("all"),
        valid=orders.get("valid"),
        invalid=tuple(
            Count(name, number, gettext(CAUSES.get(name, name)))
            for name, number in orders.items()
            if number and name not in ("all", "valid")
        ),
        warnings=tuple(_warning(each) for each in warnings),
        is_frozen=found.used.use.is_frozen,
        today=kept.get("today"),
    )


def _warning(warning: Any) -> str:
    """A warning as facts keep it, `{code, …}`, as a sentence."""
    if not isinstance(warning, Mapping):
        return gettext(str(warning))
    code = str(warning.get("code", ""))
    facts = {key: _named(value) for key, value in warning.items() if key != "code"}
    return gettext(WARNINGS.get(code, code)).format(**facts)


def _named(value: Any) -> Any:
    """What a sentence names: numbers as the language writes them, lists joined."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value_shown(value)
    return ", ".join(map(str, value)) if isinstance(value, list) else value


@dataclass(frozen=True, slots=True)
class Drift:
    """A cut-point that is frozen, and what it would be today (SC18)."""

    name: str
    "Its place in the facts: `cut_points.r.3`."
    frozen: Any
    today: Any


def drift_of(run: Run) -> list[Drift]:
    """How far frozen cut-points are from those of today; nothing of a use that is not frozen."""
    if run.today is None:
        return []
    score = run.in_use.score
    then, now = dict(_flat(score.cuts(run.facts))), dict(_flat(score.cuts(run.today)))
    return [
        Drift(name, value, now.get(name)) for name, value in then.items() if value != now.get(name)
    ]


def _flat(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Figures of facts by their places, those of lists from 1; words and flags are none."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _flat(each, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, each in enumerate(value, 1):
            yield from _flat(each, f"{place}.{number}")
    elif (figure := _figure(value)) is not None:
        yield place, figure


def _figure(value: Any) -> Decimal | None:
    """A number, or one that facts keep as text as it is a decimal."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return None
