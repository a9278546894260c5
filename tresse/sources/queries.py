"""Reads of the catalogue: sources, their runs, files, versions and refused rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import CombinedExpression, OrderBy
from django.db.models.functions import Coalesce
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.kernel.clock import now
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.sources.models import STATES, Rejection, Source, SourceFile, SourceRun, SourceVersion
from tresse.sources.parsing import RESERVED_COLUMNS
from tresse.sources.refused import open_refused
from tresse.sources.refused_order import ORDER
from tresse.sources.uses import USES

READ, MANAGE = "datasets.read", "datasets.manage"
SORTS: Mapping[str, F | CombinedExpression] = {
    "name": F("name"),
    "entity": F("entity"),
    "connection": F("connection__name"),
    "rows": F("version__rows") - F("version__deleted"),
    "last_run": F("last_run__requested_at"),
    "next_run": F("schedule__next_at"),
    "rejected": F("open_rejected"),
    "newest": F("version__newest_modified_at"),
}
"What the catalogue sorts by (S36); a `-` before one descends. Unknown values come last."
NEVER = "never"
"State of a source that was never read, beside those of runs."


@dataclass(frozen=True, slots=True)
class Entry:
    """A source in the catalogue (S36). `None`: not known, or not yet."""

    source: Source
    rows: int | None
    "Of its published version, without those that are gone at the source."
    last_run: SourceRun | None
    next_at: datetime | None
    "None also of a source that comes after another one (`source.after`)."
    rejected: int
    "Rejected rows that are open, of whatever run."
    refused_files: int
    "Files that are refused, and still there."
    newest_modified_at: datetime | None
    freshness: timedelta | None
    "Since the newest change at the source (`modified_at`)."
    feeds: tuple[str, ...]
    "Datasets it feeds: that of its entity (S32)."


def sources(actor: Actor) -> QuerySet[Source]:
    """All sources by name, with what the catalogue shows of each, in one statement.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, READ)
    found = Source.objects.select_related(
        "connection", "version__run", "last_run", "schedule", "after", "owner"
    )
    left = Rejection.objects.filter(source_id=OuterRef("pk"), state=Rejection.OPEN)
    numbers: dict[str, Any] = {
        "open_rejected": _number_of(left),
        "open_refused": _number_of(open_refused(OuterRef("pk"))),
    }
    return found.annotate(**numbers).order_by("name")


def _number_of(found: QuerySet[Any]) -> Coalesce:
    """How many rows a query about each source finds."""
    counted = found.order_by().values("source_id").annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)


def source_named(name: str, actor: Actor) -> Source:
    """One source.

    Raises:
        TresseError: `not_permitted`, `unknown_name` with the nearest.
    """
    found = sources(actor).filter(name=name).first()
    if found is None:
        known = Source.objects.values_list("name", flat=True)
        raise UNKNOWN_NAME(sort=gettext("source"), name=name, nearest=nearest(name, known))
    return found


def catalogue(
    actor: Actor,
    *,
    sort: str = "name",
    state: str = "",
    entity: str = "",
    connection: str = "",
    text: str = "",
) -> list[Entry]:
    """The catalogue, sorted and filtered, in one statement (S36).

    Args:
        actor: Needs `datasets.read`.
        sort: One of `SORTS`, with `-` before it descending.
        state: Of the last run; `never`: never read; `disabled`; `unreviewed`.
        entity: Its name.
        connection: Its name.
        text: Part of the name of a source.

    Raises:
        TresseError: `not_permitted`, `wrong_value` (sort or state).
    """
    found = sources(actor)
    if entity:
        found = found.filter(entity=entity)
    if connection:
        found = found.filter(connection__name=connection)
    if text:
        found = found.filter(name__icontains=text.strip())
    if state:
        found = found.filter(_in_state(state))
    moment = now()
    return [_entry(source, moment) for source in found.order_by(_order(sort), "name")]


def entry_of(source: Source) -> Entry:
    """One source as the catalogue shows it; taken from `sources`."""
    return _entry(source, now())


def entities_in_use() -> list[str]:
    """Entities of all sources, each once, sorted: what the catalogue filters by."""
    return sorted(Source.objects.values_list("entity", flat=True).distinct())


def connections_in_use() -> list[str]:
    """Names of the connections of all sources, each once, sorted."""
    return sorted(Source.objects.values_list("connection__name", flat=True).distinct())


def _order(sort: str) -> OrderBy:
    by = SORTS.get(sort.removeprefix("-"))
    if by is None:
        wanted = gettext("one of {known}").format(known=", ".join(SORTS))
        raise WRONG_VALUE(name="sort", wanted=wanted, value=f'"{sort}"')
    if sort.startswith("-"):
        return by.desc(nulls_last=True)
    return by.asc(nulls_last=True)


def _in_state(state: str) -> Q:
    special = {
        NEVER: Q(last_run__isnull=True),
        "disabled": Q(is_enabled=False),
        "unreviewed": Q(is_reviewed=False),
    }
    if state not in special and state not in STATES:
        wanted = gettext("one of {known}").format(known=", ".join((*STATES, *special)))
        raise WRONG_VALUE(name="state", wanted=wanted, value=f'"{state}"')
    return special.get(state) or Q(last_run__state=state)


def _entry(source: Source, moment: datetime) -> Entry:
    version, run = source.version, source.last_run
    newest = version.newest_modified_at if version else None
    return Entry(
        source=source,
        rows=version.rows - version.deleted if version else None,
        last_run=run,
        next_at=source.schedule.next_at if source.schedule and source.is_enabled else None,
        rejected=source.open_rejected,
        refused_files=source.open_refused,
        newest_modified_at=newest,
        freshness=max(moment - newest, timedelta()) if newest else None,
        feeds=(source.entity,),
    )


def runs_of(source: Source, *, state: str = "") -> QuerySet[SourceRun]:
    """Runs of a source, latest first; of one state or of all.

    Raises:
        TresseError: `wrong_value`.
    """
    found = source.runs.select_related("version", "author", "job").order_by("-id")
    if state and state not in STATES:
        wanted = gettext("one of {known}").format(known=", ".join(STATES))
        raise WRONG_VALUE(name="state", wanted=wanted, value=f'"{state}"')
    return found.filter(state=state) if state else found


def run_numbered(source: Source, number: int) -> SourceRun:
    """One run of a source.

    Raises:
        TresseError: `unknown_name`.
    """
    fits = 0 < number < 2**63
    found = runs_of(source).filter(pk=number).first() if fits else None
    if found is None:
        raise UNKNOWN_NAME(sort=gettext("run of {name}").format(name=source.name), name=number)
    return found


def versions_of(source: Source) -> QuerySet[SourceVersion]:
    """Versions that are kept, latest first (S117)."""
    return source.versions.select_related("run").order_by("-number")


def files_of(source: Source, *, run: SourceRun | None = None) -> QuerySet[SourceFile]:
    """Files a source took, latest first; of one run in their order."""
    found = SourceFile.objects.filter(source=source).select_related("run", "same_as")
    return found.filter(run=run).order_by("position", "id") if run else found.order_by("-id")


def rejections_of(
    source: Source,
    *,
    run: SourceRun | None = None,
    code: str = "",
    column: str = "",
    file: str = "",
) -> QuerySet[Rejection]:
    """Refused rows of a source: newest run, then file, then line (S100).

    Args:
        source: The source.
        run: Of one run; None: of all that are kept.
        code: With this code alone.
        column: About this column alone.
        file: Of the file with this path alone.
    """
    found = Rejection.objects.filter(source=source).select_related("file", "run")
    wanted = {"run": run, "code": code, "column": column, "file__path": file}
    return found.filter(**{key: value for key, value in wanted.items() if value}).order_by(*ORDER)


def new_columns(source: Source, read: Sequence[str]) -> list[str]:
    """Columns that the source has since it was defined and nobody was shown yet (S51).

    Those whose type cannot be read are left out.

    Args:
        source: The source.
        read: Names of the columns it reads (`resolved_of(source).columns`).
    """
    known = {*read, *source.offered_columns, *(item["name"] for item in source.detected_columns)}
    readable = (item for item in source.seen_columns if item.get("proposed") != "")
    names = [item["name"] for item in readable if item["name"] not in known]
    return [name for name in names if name.casefold() not in RESERVED_COLUMNS]


def users_of(source: Source) -> list[str]:
    """Sources that lead to this one or come after it, then what higher rooms say (S7)."""
    users = []
    for other in Source.objects.exclude(pk=source.pk).order_by("name"):
        leads = any(each["to"] == source.name for each in other.definition.get("relations", ()))
        if leads or other.after_id == source.pk:
            users.append(gettext(A_SOURCE).format(name=other.name))
    return [*users, *(each for use in USES for each in use.of(source))]


A_SOURCE = N_('source "{name}"')
