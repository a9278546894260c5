"""What feeds a dataset: sources, and other datasets, as they stand (D2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.builds.tables import Tables, folder_of
from tresse.datasets.definition import DatasetDefinition
from tresse.datasets.layout import Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.engine import columns
from tresse.engine.base import Engine
from tresse.engine.types import Instant
from tresse.kernel.errors import TresseError
from tresse.sources.checks import types_of
from tresse.sources.columns import RuleUse
from tresse.sources.definition import Relation, SourceDefinition
from tresse.sources.extraction.layout import DELETED, FIRST_READ, HASH, KEY, MODIFIED
from tresse.sources.models import Source, SourceVersion
from tresse.sources.parsing import parsed
from tresse.sources.stored import detected_of, resolved_of
from tresse.sources.versions import table_of

Value = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Fed:
    """A source, or another dataset, that feeds a dataset.

    Its columns are known as far as its version says them, or as they were detected.
    """

    name: str
    "As a definition says it: `shop_customers`, or `dataset:orders`."
    entity: str
    types: Mapping[str, str] = field(default_factory=dict)
    "Of its columns, after its own rules: names of S52. Empty: not known yet."
    semantics: Mapping[str, str] = field(default_factory=dict)
    "Semantic field by column, where one is known."
    rules: Mapping[str, tuple[RuleUse, ...]] = field(default_factory=dict)
    "Of its own, by column."
    created_at: str = ""
    "The column that tells when a row was made; empty: none does."
    is_trusted: bool = True
    relations: tuple[Relation, ...] = ()
    "Of a source (S46)."
    version: SourceVersion | None = None
    "Of a source; None: not read yet, or a dataset."
    golden: "Golden | None" = None
    "Of a dataset."

    @property
    def is_read(self) -> bool:
        """Whether there are rows."""
        return self.version is not None or self.golden is not None

    @property
    def number(self) -> int | None:
        """Number of its version, where it has one."""
        return self.version.number if self.version else None


@dataclass(frozen=True, slots=True)
class Golden:
    """Where the golden records of a dataset lie, published or being written."""

    folder: Path
    plan: Plan
    relations: tuple[str, ...] = ()

    def tables(self, engine: Engine) -> Tables:
        """Its tables."""
        return Tables(engine, self.folder, self.plan, self.relations)


BOOK = ("_key", "_hash", "_created_at", "_modified_at", "_first_read_at")


def rows_of(engine: Engine, fed: Fed) -> sa.FromClause:
    """The rows of a feed that are there: its columns by name, and `BOOK`.

    Rows that are gone at the source are left out. `_created_at` is NULL where nothing tells it;
    the others never are. A golden record has its id for a key, and the version in which it last
    changed for a hash: numbers of versions are not used twice.
    """
    if fed.golden is not None:
        return _golden_rows(engine, fed.golden)
    if fed.version is None:
        message = f"{fed.name} has no version."
        raise AssertionError(message)
    table = table_of(engine, fed.version)
    created: Value = sa.cast(sa.null(), Instant())
    if fed.created_at in table.c:
        created = sa.cast(table.c[fed.created_at], Instant())
    return (
        sa.select(
            *(table.c[name] for name in fed.types if name in table.c),
            table.c[KEY],
            table.c[HASH],
            created.label("_created_at"),
            table.c[MODIFIED],
            table.c[FIRST_READ],
        )
        .where(table.c[DELETED].is_(None))
        .subquery("fed")
    )


def _golden_rows(engine: Engine, golden: Golden) -> sa.FromClause:
    table = golden.tables(engine).merged
    changed = sa.type_coerce(table.c.changed_in, sa.BigInteger())
    return sa.select(
        *(table.c[each.name].label(each.column.name) for each in golden.plan.columns),
        *(table.c[f"{name}_id"] for name in golden.relations),
        table.c.id.label(KEY),
        columns.text_of(changed).label(HASH),
        table.c.first_seen_at.label("_created_at"),
        table.c.modified_at.label(MODIFIED),
        table.c.first_seen_at.label(FIRST_READ),
    ).subquery("fed")


def feeds_of(
    definition: DatasetDefinition,
    *,
    inputs: Mapping[str, int] | None = None,
    making: Mapping[str, Golden] | None = None,
) -> tuple[Fed, ...]:
    """What feeds a dataset, highest priority first (D3).

    Those it names in its order, or all sources of its entity by name (D1). Names that nothing has
    are left out: `checks.check_references` refuses them.

    Args:
        definition: Of the dataset.
        inputs: Numbers of the versions to take, by name of feed; what is not in it is left out.
            None: the published versions.
        making: Golden records of datasets that are worked out in the same build, by name.
    """
    if definition.sources is None:
        found = Source.objects.filter(entity=definition.entity).order_by("name")
        names = list(found.values_list("name", flat=True))
    else:
        names = [feed.source for feed in definition.sources]
    if inputs is not None:
        names = [name for name in names if name in inputs]
    sources = {
        each.name: each for each in Source.objects.filter(name__in=names).select_related("version")
    }
    datasets = {
        f"{PREFIX}{each.name}": each
        for each in Dataset.objects.filter(name__in=_datasets(names)).select_related("version")
    }
    feeds = []
    for name in names:
        if name in sources:
            feeds.append(fed_source(sources[name], number=inputs[name] if inputs else None))
        elif name in datasets:
            made = (making or {}).get(name[len(PREFIX) :])
            number = inputs[name] if inputs else None
            feeds.append(fed_dataset(datasets[name], number=number, making=made))
    return tuple(feeds)


def fed_source(source: Source, *, number: int | None = None) -> Fed:
    """A source as a feed, by its published version, or by the version of a number."""
    version = source.version
    if number is not None and (version is None or version.number != number):
        version = source.versions.get(number=number)
    now = resolved_of(source)
    read = _as_read(source, version) if version else now
    if version is not None:
        types = {each["name"]: each["type"] for each in version.columns}
    else:
        types = _known_types(now)
    created = now.created_at if now.created_at in types else ""
    fields = {column.name: column.semantic for column in now.columns or () if column.semantic}
    return Fed(
        name=source.name,
        entity=source.entity,
        types=types,
        semantics={name: field for name, field in fields.items() if name in types},
        rules={column.name: column.rules for column in read.columns or () if column.rules},
        created_at=created or _created(fields, types),
        is_trusted=now.trusted,
        relations=now.relations,
        version=version,
    )


def fed_dataset(
    dataset: Dataset, *, number: int | None = None, making: Golden | None = None
) -> Fed:
    """A dataset as a feed of another one."""
    golden = making
    if golden is None:
        version = dataset.version
        if number is not None and (version is None or version.number != number):
            version = dataset.versions.get(number=number)
        golden = golden_of(version) if version else None
    types, semantics = {}, {}
    if golden is not None:
        types = {each.column.name: each.merged_type for each in golden.plan.columns}
        types |= {f"{name}_id": "text" for name in golden.relations}
        semantics = {
            each.column.name: each.column.semantic
            for each in golden.plan.columns
            if each.column.semantic
        }
    return Fed(
        name=f"{PREFIX}{dataset.name}",
        entity=dataset.entity,
        types=types,
        semantics=semantics,
        golden=golden,
    )


def golden_of(version: DatasetVersion) -> Golden:
    """The golden records of a version."""
    return Golden(folder_of(version), plan_of(version), relations_of(version))


def _datasets(names: Iterable[str]) -> list[str]:
    return [name[len(PREFIX) :] for name in names if name.startswith(PREFIX)]


def _as_read(source: Source, version: SourceVersion) -> SourceDefinition:
    """The definition a version was read by: what its rules left is what stands in it."""
    try:
        return parsed(version.definition).resolved(detected_of(source))
    except TresseError:  # written by an older release
        return resolved_of(source)


def _known_types(definition: SourceDefinition) -> dict[str, str]:
    """Types of its columns; none as long as one is named alone and was not looked at yet."""
    if not all(column.type for column in definition.columns or ()):
        return {}
    try:
        return types_of(definition)
    except TresseError:  # that source is refused when it is saved or read, not the dataset
        return {}


def _created(fields: Mapping[str, str], types: Mapping[str, str]) -> str:
    """The column that holds `created_at`, where the source does not say one."""
    dated = ("date", "datetime")
    return next(
        (
            name
            for name, field in fields.items()
            if field == "created_at" and types.get(name) in dated
        ),
        "",
    )
