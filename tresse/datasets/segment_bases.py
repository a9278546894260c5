"""Datasets as what segments are made of (G50): their golden records, of the published version."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.rights import NAME
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.cells import cell_of
from tresse.datasets.computed.checks import everything
from tresse.datasets.golden_filter import base_of, version_base
from tresse.datasets.golden_rows import FIRST, golden_page, sortable
from tresse.datasets.mapping import feeds_of, mapped
from tresse.datasets.models import Dataset
from tresse.datasets.naming import title_columns, title_of
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.queries import MANAGE, READ, published
from tresse.datasets.stored import definition_of
from tresse.filters.shape import Base
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel
from tresse.segments.bases import (
    MOST_COLUMNS,
    BaseSort,
    Column,
    Member,
    Members,
    SegmentBase,
)
from tresse.segments.golden_tables import GOLDEN_MEMBER
from tresse.sources.versions import engine

BACK = "<"
"Before a cursor that leads to the page before."
ONE_COLUMN = N_("one column, with - before it descending")


class DatasetBase(SegmentBase):
    """The golden records of a dataset."""

    sort = "dataset"
    icon, colour = "layers", "violet"
    cell = "datasets/_segment_cell.html"
    at_once = 5_000

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self.key = f"{PREFIX}{dataset.name}"
        self.label = self.plural = dataset.name

    @property
    def inside(self) -> str:
        """A dataset's name is no common noun."""
        return gettext("golden records of {dataset}").format(dataset=self.dataset.name)

    def rows(self) -> Base:
        """Columns of the published version, computed ones too."""
        return version_base(published(self.dataset))

    def planned(self) -> Base:
        """Columns that the next build has, as far as they are known before it."""
        definitions = {
            each.name: definition_of(each)
            for each in Dataset.objects.select_related("rules").order_by("name")
        }
        definition = definitions[self.dataset.name]
        plan = mapped(definition, feeds_of(definition), is_partial=True).plan
        worked = everything(definitions).drawing.graph.worked(self.dataset.name)
        relations = tuple(each.name for each in definition.relations)
        return base_of(replace(plan, computed=worked), relations)

    def members(
        self,
        filter: Any,  # as doors call it
        actor: Actor,
        *,
        limit: int,
        cursor: str | None = None,
        sort: Sequence[str] = (),
        columns: Sequence[str] | None = None,
        count: bool = False,
    ) -> Members:
        """A page of golden records."""
        version = published(self.dataset)
        plan = plan_of(version)
        known = [each.name for each in plan.shown]
        chosen = known if columns is None else list(columns)
        for name in chosen:
            _check(name, known, self.dataset.name)
        if len(sort) > 1:
            raise WRONG_VALUE(name="sort", wanted=gettext(ONE_COLUMN), value=", ".join(sort))
        for name in sort:
            _check(name.removeprefix("-"), sortable(plan), self.dataset.name)
        cursor = cursor or ""
        is_back = cursor.startswith(BACK)
        with engine() as session:
            found = golden_page(
                session,
                version,
                [*title_columns(plan), *chosen],
                sort=sort[0] if sort else "",
                filter=filter,
                actor=actor,
                after="" if is_back else cursor,
                before=cursor.removeprefix(BACK) if is_back else "",
                limit=limit,
            )
        place = f"/datasets/{self.dataset.name}/rows/"
        members = [
            Member(
                row["_id"],
                title_of(plan, row),
                f"{place}{row['_id']}/",
                {name: row.get(name) for name in chosen},
            )
            for row in found.rows
        ]
        back = found.previous
        previous = f"{BACK}{back}" if back is not None and back != FIRST else back
        return Members(members, found.following, previous, found.number if count else None)

    def columns(
        self,
        actor: Actor,  # noqa: ARG002  all see the same
        asked: Sequence[str] = (),
    ) -> Sequence[Column]:
        """What the filter asks for, then others that do not name a golden record.

        None before the first build.
        """
        if self.dataset.version is None:
            return []
        plan = plan_of(self.dataset.version)
        titles = set(title_columns(plan))
        every = [each for each in plan.shown if each.name not in titles]
        own = sorted(every, key=lambda each: each.name not in asked)[:MOST_COLUMNS]
        return [
            Column(each.name, each.name, partial(cell_of, type_=each.type, semantic=each.semantic))
            for each in own
        ]

    def answered(self, members: Sequence[Member], actor: Actor) -> Iterator[dict[str, Any]]:  # noqa: ARG002
        """Golden ids with titles and values by column."""
        for each in members:
            yield {"id": each.id, "title": each.title, "values": _plain(each.values)}

    def named(self, ids: Sequence[Any], actor: Actor) -> Mapping[Any, Member]:
        """Golden records of the published version."""
        if not ids or self.dataset.version is None:
            return {}
        some = {"property": "_id", "operator": "is_any_of", "value": list(dict.fromkeys(ids))}
        found = self.members(some, actor, limit=len(ids), columns=())
        return {each.id: each for each in found.members}

    def addresses(self, filter: str, actor: Actor) -> tuple[str, str]:
        """The page of golden records with the filter, and its file for who may export."""
        place, query = f"/datasets/{self.dataset.name}/rows", urlencode({"filter": filter})
        may_export = actor.has(MANAGE)
        return f"{place}/?{query}", f"{place}.csv?all=1&{query}" if may_export else ""


def _check(name: str, known: Sequence[str], dataset: str) -> None:
    if name not in known:
        sort = gettext("column of {name}").format(name=dataset)
        raise UNKNOWN_NAME(sort=sort, name=name, nearest=nearest(name, known), known=list(known))


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as JSON has them: days and instants as ISO 8601 texts, decimals as texts."""
    return {name: _json(value) for name, value in values.items()}


def _json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


class Datasets(BaseSort):
    """Datasets, by `dataset:NAME`; who may read datasets sees all of their rows."""

    name = "dataset"
    prefix = PREFIX
    stays = GOLDEN_MEMBER
    member = "golden_id"

    def find(self, name: str, model: DataModel) -> SegmentBase | None:  # noqa: ARG002
        """A dataset, built or not."""
        if not NAME.fullmatch(name):
            # What is no name is not looked for: a database refuses some characters.
            return None
        found = Dataset.objects.select_related("version__dataset", "rules").filter(name=name)
        return next((DatasetBase(each) for each in found), None)

    def offered(self, model: DataModel, actor: Actor) -> Sequence[SegmentBase]:  # noqa: ARG002
        """Those that were built: their columns are known."""
        if not self.sees("", actor):
            return []
        found = Dataset.objects.select_related("version__dataset", "rules").order_by("name")
        return [DatasetBase(each) for each in found.exclude(version=None)]

    def sees(self, name: str, actor: Actor) -> bool:  # noqa: ARG002
        """The right to read datasets."""
        return actor.has(READ)

    def require(self, base: SegmentBase, actor: Actor) -> None:  # noqa: ARG002
        """The right to read datasets."""
        require_right(actor, READ)


SORTS = (Datasets(),)
