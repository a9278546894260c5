"""The person in versions of datasets and of sources: counted, and cut out of their files (D91)."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from django.db import transaction

from tresse.datasets.builds.layers import KEYS, holding, superseded
from tresse.datasets.builds.publishing import size_of
from tresse.datasets.builds.tables import Tables, folder_of, tables_of
from tresse.datasets.erasing.files import Cut, rewrite
from tresse.datasets.erasing.scope import (
    ANONYMISE,
    BY_DEFAULT,
    DELETE,
    PERSONAL,
    Related,
    Scope,
    blanked_of,
    tables_and_rids,
)
from tresse.datasets.erasing.tombstones import condition_of, fields_of
from tresse.datasets.explaining.cluster import in_lists, is_one_of
from tresse.datasets.layout import CHANGED, COMPUTED, TABLES, Plan
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.stored import definition_of as dataset_definition
from tresse.engine.base import Engine
from tresse.kernel.clock import now
from tresse.sources.extraction.layout import DELETED, KEY
from tresse.sources.models import Source, SourceVersion
from tresse.sources.normalising import raw_name
from tresse.sources.stored import definition_of
from tresse.sources.versions import files_of, table_of

GOLDEN, RECORDS, RELATED, SOURCES = "golden_records", "records", "related_rows", "source_rows"
"Places: names in certificates."
LAST = ("members", "records")
IN_ORDER = (*(name for name in TABLES if name not in LAST), COMPUTED, CHANGED, *LAST)
"Members and records last: by them an attempt after a kill finds the rest again."
Tick = Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Hits:
    """What of a version of a dataset goes, and what is emptied."""

    gone_rids: tuple[int, ...] = ()
    "Of every record, there or not: after a kill some tables have lost them, and some not."
    gone_ids: tuple[str, ...] = ()
    blank_rids: tuple[int, ...] = ()
    blank_ids: tuple[str, ...] = ()
    columns: frozenset[str] = frozenset()
    is_related: bool = False
    records: int = 0
    "Records that are there."
    golden: int = 0
    "Golden records that are there."


def datasets_of(scope: Scope) -> list[tuple[Dataset, Related | None]]:
    """Datasets that may hold the person: their own last, so that what is found leads to the end."""
    related = {each.dataset: each for each in scope.related}
    found: list[tuple[Dataset, Related | None]] = [
        (dataset, related[dataset.name])
        for dataset in Dataset.objects.filter(name__in=related).order_by("pk")
    ]
    own = Dataset.objects.filter(name=scope.dataset).first() if scope.dataset else None
    return [*found, *([(own, None)] if own else [])]


def versions_of(dataset: Dataset) -> list[DatasetVersion]:
    """Kept versions, the published one last."""
    found = list(dataset.versions.select_related("dataset").order_by("number"))
    found.sort(key=lambda each: each.pk == dataset.version_id)
    return found


def hits_of(engine: Engine, version: DatasetVersion, scope: Scope, related: Related | None) -> Hits:
    """What of one version is the person's."""
    person = scope.person
    keys, ids = (related.keys, related.ids) if related else (person.keys, person.ids)
    tables, rids = tables_and_rids(engine, version, keys)
    is_blank = related is not None and related.policy == ANONYMISE
    own_ids = set(ids)
    if not is_blank:
        # A golden record of then that held one of the records, whoever else it held.
        members = tables.members
        for some in in_lists(rids):
            found = sa.select(members.c.id).where(is_one_of(members.c.rid, some)).distinct()
            own_ids |= {str(each) for (each,) in engine.rows(found)}
    numbers: dict[str, Any] = {
        "records": _number(engine, tables.records, "rid", rids),
        "golden": _number(engine, tables.merged, "id", sorted(own_ids)),
        "is_related": related is not None,
    }
    if not is_blank:
        return Hits(tuple(rids), tuple(sorted(own_ids)), **numbers)
    leading = [each["name"] for each in version.relations if _leads(each["to"], scope)]
    columns = blanked_of(tables.plan, tables.relations, leading)
    if columns:
        numbers["golden"] = _still_there(engine, tables, sorted(own_ids), columns)
    return Hits(
        blank_rids=tuple(rids), blank_ids=tuple(sorted(own_ids)), columns=columns, **numbers
    )


def _still_there(
    engine: Engine, tables: Tables, ids: Iterable[str], columns: frozenset[str]
) -> int:
    """Golden records that are not emptied yet."""
    golden = tables.merged
    told = [golden.c[name].is_not(None) for name in sorted(columns) if name in golden.c]
    number = 0
    for some in in_lists(ids):
        wanted = sa.select(sa.func.count()).select_from(golden)
        wanted = wanted.where(is_one_of(golden.c.id, some), sa.or_(*told) if told else sa.false())
        number += int(engine.scalar(wanted) or 0)
    return number


def _leads(to: str, scope: Scope) -> bool:
    deleted = {each.dataset for each in scope.related if each.policy == DELETE}
    return to == scope.dataset or to in deleted


def _number(engine: Engine, table: sa.TableClause, name: str, values: Iterable[Any]) -> int:
    number = 0
    for some in in_lists(values):
        wanted = sa.select(sa.func.count()).select_from(table)
        number += int(engine.scalar(wanted.where(is_one_of(table.c[name], some))) or 0)
    return number


def cut_version(engine: Engine, version: DatasetVersion, scope: Scope, hits: Hits) -> None:
    """Write the files of a version anew without the person.

    Rows that a later layer took out go as well, whoever they are of: they may hold values of the
    person under the id of a golden record that no longer does.
    """
    folder, tables = folder_of(version), tables_of(engine, version)
    for table in IN_ORDER:
        if table in KEYS:
            for files, keys in superseded(folder / table, KEYS[table]):
                rewrite(files, Cut(KEYS[table], keys.to_pylist()))
        files = holding(folder / table)
        for cut in _cuts(table, tables, scope, hits):
            rewrite(files, cut)


def _cuts(table: str, tables: Tables, scope: Scope, hits: Hits) -> Iterator[Cut]:
    person = scope.person
    match table:
        case "records":
            yield Cut(
                "rid", hits.gone_rids, hits.blank_rids, hits.columns, is_personal=person.is_in
            )
        case "attachments":
            yield Cut("rid", (*hits.gone_rids, *_tied(tables, hits)))
            yield Cut("rid", (), scrubbed="detail", is_personal=_names(scope))
        case "guards":
            yield Cut("value", [each for found in scope.values.values() for each in found])
        case "members" | "homes":
            yield Cut("rid", hits.gone_rids)
        case "golden":
            yield Cut("id", hits.gone_ids, hits.blank_ids, hits.columns, is_personal=person.is_in)
        case "values" | "computed" | "changes":
            yield from _cuts_by_id(table, tables.plan, scope, hits)
        case "aliases":
            yield from (Cut(name, hits.gone_ids) for name in ("id", "to"))
        case "id_changes":
            yield from (Cut(name, hits.gone_ids) for name in ("old", "new"))


def _cuts_by_id(table: str, plan: Plan, scope: Scope, hits: Hits) -> Iterator[Cut]:
    """Rows of golden records that go; of computed columns also texts that are of the person.

    Texts worked out of a row that is emptied go; those of others go if they name the person.
    """
    if table != "computed":
        yield Cut("id", hits.gone_ids if table == "values" else (*hits.gone_ids, *hits.blank_ids))
        return
    texts = [each.column for each in plan.computed if each.type in ("text", "json")]
    lists = [each.column for each in plan.computed if each.type == "list"]
    emptied = frozenset((*texts, *lists)) if hits.is_related else frozenset()
    yield Cut("id", hits.gone_ids, hits.blank_ids, emptied)
    for name in texts:
        yield Cut("id", (), scrubbed=name, is_personal=scope.person.is_in)


def _tied(tables: Tables, hits: Hits) -> tuple[int, ...]:
    """Records that are emptied, if they are tied by a column that is: nothing of it may stay."""
    plan = tables.plan
    keys = plan.definition.identity.keys
    tying = {plan.of(name).name for key in keys for name in key.columns}
    return hits.blank_rids if tying & hits.columns else ()


def _names(scope: Scope) -> Callable[[str], bool]:
    """Whether a text of another record's attachment names the person or a record of theirs."""
    keys = [f'"{each}"' for each in scope.person.keys]
    return lambda text: scope.person.is_in(text) or any(each in text for each in keys)


def note_version(engine: Engine, version: DatasetVersion, erasure_id: int, hits: Hits) -> None:
    """Note on a version that it was written anew, and what it holds now."""
    tables = tables_of(engine, version)
    numbers = [_rows_in(engine, table) for table in (tables.merged, tables.records)]
    with transaction.atomic():
        row = DatasetVersion.objects.select_for_update().get(pk=version.pk)
        if any(each["erasure"] == erasure_id for each in row.erasures):
            return
        folder = folder_of(version)
        row.rows, row.source_rows = numbers
        row.bytes = size_of(folder)
        row.erasures = [*row.erasures, _note(erasure_id, hits.records)]
        row.save(update_fields=["rows", "source_rows", "bytes", "erasures"])


def _rows_in(engine: Engine, table: sa.TableClause) -> int:
    return int(engine.scalar(sa.select(sa.func.count()).select_from(table)) or 0)


def _note(erasure_id: int, rows: int) -> dict[str, Any]:
    return {"erasure": erasure_id, "at": now().isoformat(), "rows": rows}


# Sources


@dataclass(frozen=True, slots=True)
class SourceHits:
    """Keys of rows of a version of a source that are the person's, and what becomes of them."""

    keys: tuple[str, ...] = ()
    is_blank: bool = False
    columns: frozenset[str] = frozenset()


class SourcePlan:
    """What becomes of rows of each source: whose keys are known, and how others are found."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.known: defaultdict[str, set[str]] = defaultdict(set)
        "Keys by source."
        self.anonymised: set[str] = set()
        "Sources whose rows stay without the person."
        for each in scope.person.keys:
            self._add(each)
        for related in scope.related:
            for each in related.keys:
                source = self._add(each)
                if related.policy == ANONYMISE:
                    self.anonymised.add(source)
        self.tombstones = scope.tombstones()

    def _add(self, name: str) -> str:
        source, _, key = name.partition("/")
        self.known[source].add(key)
        return source

    def policy(self, source: Source) -> str:
        """What becomes of rows of a source that are the person's."""
        if source.name in self.anonymised:
            return ANONYMISE
        feeding = [
            each.dataset
            for each in self.scope.related
            if each.policy == ANONYMISE and source.entity == _entity(each.dataset)
        ]
        is_kept = feeding or source.entity in BY_DEFAULT
        return ANONYMISE if is_kept and not self._is_own(source) else DELETE

    def _is_own(self, source: Source) -> bool:
        return source.entity == _entity(self.scope.dataset)

    def hits(self, engine: Engine, version: SourceVersion) -> SourceHits:
        """What of one version is the person's."""
        source = version.source
        table = table_of(engine, version)
        types = {each["name"]: each["type"] for each in version.columns}
        columns = {name: (type_, table.c[name]) for name, type_ in types.items()}
        conditions: list[sa.ColumnElement[bool]] = []
        keys = sorted(self.known.get(source.name, ()))
        conditions += [is_one_of(table.c[KEY], some) for some in in_lists(keys)]
        alike = condition_of(source, columns, self.tombstones)
        if alike is not None:
            conditions.append(alike)
        if not conditions:
            return SourceHits()
        is_blank = self.policy(source) == ANONYMISE
        emptied = self._columns(source, version) if is_blank else frozenset()
        wanted = sa.select(table.c[KEY]).where(sa.or_(*conditions))
        if is_blank:
            # Those that are emptied already are nobody's any more.
            told = [table.c[name].is_not(None) for name in sorted(emptied) if name in table.c]
            wanted = wanted.where(sa.or_(sa.false(), *told))
        found = engine.rows(wanted)
        return SourceHits(
            tuple(sorted(str(each) for (each,) in found)),
            is_blank,
            emptied,
        )

    def _columns(self, source: Source, version: SourceVersion) -> frozenset[str]:
        """Columns that are emptied: personal ones, and those that lead to a person."""
        fields = fields_of(source)
        definition = definition_of(source)
        leading = {
            column
            for relation in definition.relations
            if relation.to in self.known and relation.to not in self.anonymised
            for column in relation.columns
        }
        matched = _matched_columns(source, self.scope)
        names = {
            each["name"]
            for each in version.columns
            if fields.get(each["name"]) in PERSONAL or each["name"] in leading | matched
        } - set(version.record_key)
        return frozenset(names | {raw_name(name) for name in names})


def _entity(dataset: str) -> str:
    found = Dataset.objects.filter(name=dataset).values_list("entity", flat=True).first()
    return found or ("contacts" if not dataset else "")


def _matched_columns(source: Source, scope: Scope) -> set[str]:
    """Columns of a source by which relations of a dataset lead to the person's (D18)."""
    found: set[str] = set()
    for each in scope.related:
        other = Dataset.objects.get(name=each.dataset)
        definition = dataset_definition(other)
        taken = {feed.source: feed.columns for feed in definition.sources or ()}.get(
            source.name, {}
        )
        for relation in definition.relations:
            if relation.to == scope.dataset:
                found |= {taken.get(here, here) for here in relation.match.values()}
    return found


def source_versions() -> list[SourceVersion]:
    """All kept versions of all sources."""
    return list(SourceVersion.objects.select_related("source").order_by("source_id", "number"))


def cut_source(version: SourceVersion, scope: Scope, hits: SourceHits) -> None:
    """Write the files of a version anew without the person."""
    gone, blank = ((), hits.keys) if hits.is_blank else (hits.keys, ())
    cut = Cut(KEY, gone, blank, hits.columns, is_personal=scope.person.is_in)
    rewrite(files_of(version), cut)


def note_source(engine: Engine, version: SourceVersion, erasure_id: int, hits: SourceHits) -> None:
    """Note on a version that it was written anew, and what it holds now."""
    table = table_of(engine, version)
    counts = sa.select(sa.func.count(), sa.func.count(table.c[DELETED])).select_from(table)
    [(rows, deleted)] = engine.rows(counts)
    with transaction.atomic():
        row = SourceVersion.objects.select_for_update().get(pk=version.pk)
        if any(each["erasure"] == erasure_id for each in row.erasures):
            return
        row.rows, row.deleted = int(rows), int(deleted)
        row.bytes = sum(each.stat().st_size for each in files_of(version))
        row.erasures = [*row.erasures, _note(erasure_id, len(hits.keys))]
        row.save(update_fields=["rows", "deleted", "bytes", "erasures"])


# All of it


def counted(engine: Engine, scope: Scope, tick: Tick = lambda: None) -> Counter[str]:
    """How many rows of versions are the person's, by place; a row counts in each version."""
    found: Counter[str] = Counter()
    for dataset, related in datasets_of(scope):
        for version in versions_of(dataset):
            tick()
            found += counts_of(hits_of(engine, version, scope, related), dataset.name)
    plan = SourcePlan(scope)
    for source_version in source_versions():
        tick()
        found += Counter({SOURCES: len(plan.hits(engine, source_version).keys)})
    return found


def counts_of(hits: Hits, dataset: str) -> Counter[str]:
    """Counts of one version, by place."""
    if hits.is_related:
        return Counter({f"{RELATED}:{dataset}": hits.golden})
    return Counter({GOLDEN: hits.golden, RECORDS: hits.records})
