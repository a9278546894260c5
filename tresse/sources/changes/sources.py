"""Making, changing, reviewing and removing sources."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.kernel.clock import now
from tresse.kernel.errors import IN_USE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.changes.refusals import RESERVED_NAME
from tresse.sources.changes.runs import live_run
from tresse.sources.changes.schedules import set_times
from tresse.sources.checks import all_sources, check_references, check_types, connection_of
from tresse.sources.columns import Column
from tresse.sources.definition import SourceDefinition, When
from tresse.sources.extraction.places import forget
from tresse.sources.extraction.refusals import RUN_GOING_ON
from tresse.sources.models import Source
from tresse.sources.parsing import parsed
from tresse.sources.queries import MANAGE, users_of
from tresse.sources.refusals import CHANGED_MEANWHILE, NAME_TAKEN, PATCH_NAMED
from tresse.sources.saying import column_said, said
from tresse.sources.stored import definition_of, detected_of, facts_of, kept

WORDS = ("new", "detect", "preview", "tables")
"Words of our addresses."
Item = Mapping[str, Any]
THE_SOURCE = N_('The source "{name}"')


def add_source(
    item: Item,
    *,
    actor: Actor,
    detected: Iterable[Column] = (),
    seen: Iterable[Mapping[str, str]] = (),
    in_file: bool = False,
) -> Source:
    """Make a source from its definition (S30, S31). Nothing is read yet.

    Args:
        item: The definition, complete: what is left out takes its default.
        actor: Needs `datasets.manage`. Owns the source: is told of its runs.
        detected: Columns as `detection.detect` proposed them; empty: the first run detects.
        seen: All columns the source has now, `{name, type}`; later ones are offered (S51).
        in_file: What it leads to may stand further down in a file of definitions; whoever reads
            the file calls `check_leads` at its end.

    Raises:
        TresseError: `not_permitted`, `name_taken`, `reserved_name`; what `parsing.parsed`,
            `checks.connection_of`, `checks.check_types` and `checks.check_references` refuse.
    """
    require_right(actor, MANAGE)
    definition = parsed(item)
    if definition.name in WORDS:
        raise RESERVED_NAME(name=definition.name)
    connection = connection_of(definition)
    columns, there = tuple(detected), [dict(column) for column in seen]
    names = [column["name"] for column in there]
    _check(definition, columns, in_file=in_file, names=names)
    row = Source(
        name=definition.name,
        connection=connection,
        entity=definition.entity,
        definition=kept(definition),
        owner_id=actor.user_id,
        is_enabled=definition.is_enabled,
        is_reviewed=definition.is_reviewed,
        detected_columns=[column_said(column) for column in columns],
        seen_columns=there,
    )
    try:
        with transaction.atomic():
            row.save()
            set_times(row, definition.schedule)
            audit.log(actor, "source.add", row.name, after=facts_of(row))
    except IntegrityError:
        raise NAME_TAKEN(name=row.name) from None
    return row


def change_source(
    source: Source,
    item: Item,
    *,
    actor: Actor,
    revision: int | None = None,
    in_file: bool = False,
) -> Source:
    """Give a source another definition; `merged` makes one of single keys that change.

    What changes stored rows (connection, what is read, key, columns, formulas, `modified_at`,
    cursor) has the next run read everything again (S45).

    Args:
        source: The source.
        item: The definition, complete; its name is that of the source, or left out.
        actor: Needs `datasets.manage`.
        revision: On which the change is based; refused if the source has moved on.
        in_file: As `add_source`.

    Raises:
        TresseError: As `add_source`; `wrong_value` (another name), `changed_meanwhile`.
    """
    require_right(actor, MANAGE)
    definition = _named(source, item)
    connection = connection_of(definition)
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        if revision is not None and revision != row.revision:
            raise CHANGED_MEANWHILE(name=row.name)
        before, facts = definition_of(row), facts_of(row)
        is_other = _reads_other(before, definition)
        columns = () if is_other else detected_of(row)
        _check(definition, columns, in_file=in_file)
        if said(before) == said(definition):
            return row
        row.needs_full = row.needs_full or _stores_other(before, definition, columns)
        if is_other:
            row.detected_columns, row.seen_columns, row.offered_columns = [], [], []
        if is_other or before.extract.cursor != definition.extract.cursor:
            row.cursor = None
        row.connection, row.entity = connection, definition.entity
        row.definition = kept(definition)
        row.is_enabled, row.is_reviewed = definition.is_enabled, definition.is_reviewed
        _save(row)
        if _times(before) != _times(definition):
            set_times(row, definition.schedule)
        old, new = audit.difference(facts, {**dict.fromkeys(facts), **facts_of(row)})
        audit.log(actor, "source.change", row.name, before=old, after=new)
    return row


def merged(source: Source, changes: Item) -> dict[str, Any]:
    """The definition of a source with some keys changed; None takes a key's default again."""
    item = {**facts_of(source), **changes}
    return {key: value for key, value in item.items() if value is not None}


def remove_source(source: Source, *, actor: Actor) -> None:
    """Remove a source with its versions, runs and refused rows; what it reads from stays.

    Raises:
        TresseError: `not_permitted`, `in_use` (sources lead to it or come after it),
            `run_going_on`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        if users := users_of(row):
            raise IN_USE(name=gettext(THE_SOURCE).format(name=row.name), users=users)
        if live := live_run(row):
            raise RUN_GOING_ON(run=live.pk, source=row.name)
        source_id, run_ids = row.pk, list(row.runs.values_list("pk", flat=True))
        set_times(Source(pk=row.pk, name=row.name), When())
        audit.log(actor, "source.remove", row.name, before=facts_of(row))
        # Else the row would be changed once more by each of those it points to.
        Source.objects.filter(pk=row.pk).update(version=None, last_run=None)
        row.delete()
        transaction.on_commit(lambda: forget(source_id, run_ids))


def review_source(source: Source, *, actor: Actor, columns: Iterable[Item] | None = None) -> Source:
    """Say that its types have been looked at, and maybe what they are (S53). It may now be read.

    Raises:
        TresseError: As `change_source`.
    """
    changes: dict[str, Any] = {"reviewed": None}
    if columns is not None:
        changes["columns"] = list(columns)
    return change_source(source, merged(source, changes), actor=actor)


def enable_source(source: Source, is_enabled: bool, *, actor: Actor) -> Source:
    """Switch a source off, or on again; while it is off it is not read.

    Raises:
        TresseError: `not_permitted`.
    """
    return change_source(source, merged(source, {"enabled": is_enabled}), actor=actor)


def take_columns(source: Source, names: Iterable[str], *, actor: Actor) -> Source:
    """Read columns that appeared at the source later, with the types it proposes (S51).

    Names that are not offered are passed over.

    Raises:
        TresseError: As `change_source`.
    """
    require_right(actor, MANAGE)
    wanted = set(names)
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        known = {item["name"] for item in row.detected_columns}
        added = [
            column_said(Column(name=item["name"], type=item.get("proposed") or "text"))
            for item in row.seen_columns
            if item["name"] in wanted - known
        ]
        if not added:
            return row
        row.detected_columns = [*row.detected_columns, *added]
        row.needs_full = True
        _save(row)
        picked = definition_of(row).columns
        if picked is None:
            audit.log(actor, "source.change", row.name, after={"columns": added})
            return row
        there = {column.name for column in picked}
        more = [column for column in added if column["name"] not in there]
        item = merged(row, {"columns": [*row.definition["columns"], *more]})
        return change_source(row, item, actor=actor)


def pass_over_columns(source: Source, names: Iterable[str], *, actor: Actor) -> Source:
    """Do not offer columns again that appeared at the source later (S51).

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, MANAGE)
    with transaction.atomic():
        row = Source.objects.select_for_update().get(pk=source.pk)
        seen = {item["name"] for item in row.seen_columns}
        row.offered_columns = sorted({*row.offered_columns, *seen.intersection(names)})
        row.save(update_fields=["offered_columns"])
    return row


class SourceOwnership:
    """Sources of somebody who leaves pass to another, who is then told of their runs."""

    name = "sources"

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:  # noqa: ARG002
        """Make `new` the owner of the sources of `old` (C111)."""
        Source.objects.filter(owner_id=old).update(owner_id=new)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a changed definition does (S45)."""

    reads_again: bool
    "The next run reads everything again, and `rows` rows get their keys and values anew."
    rows: int
    changes_key: bool
    loses_files: bool
    "Files that were moved away or deleted after reading cannot be read again."


def effect_of(source: Source, item: Item, *, actor: Actor) -> Effect:
    """What a changed definition would do, before it is saved; nothing is written (S45).

    Raises:
        TresseError: As `change_source`.
    """
    require_right(actor, MANAGE)
    definition, before = _named(source, item), definition_of(source)
    columns = () if _reads_other(before, definition) else detected_of(source)
    connection_of(definition)
    _check(definition, columns, in_file=False)
    again = source.version is not None and _stores_other(before, definition, columns)
    return Effect(
        reads_again=again,
        rows=source.version.rows if source.version and again else 0,
        changes_key=before.record_key != definition.record_key,
        loses_files=again and before.read.is_files and before.read.afterwards != "leave",
    )


def check_leads(names: Iterable[str]) -> None:
    """Check what leads from sources to others, once all of a file are there, and set their times.

    Raises:
        TresseError: As `checks.check_references`; `place` names the source.
    """
    everyone = all_sources()
    for name in sorted({name for name in names if name in everyone}):
        row = everyone[name]
        definition = definition_of(row)
        resolved = definition.resolved(detected_of(row))
        try:
            check_references(resolved, check_types(resolved), everyone)
        except TresseError as error:
            error.details.setdefault("place", f"sources {row.name}")
            raise
        after = definition.schedule.after
        if after and (row.after is None or row.after.name != after):
            set_times(row, definition.schedule)


def _named(source: Source, item: Item) -> SourceDefinition:
    name = item.get("name", source.name)
    if name != source.name:
        raise PATCH_NAMED(name=source.name, value=f'"{name}"')
    return parsed({**item, "name": source.name})


def _check(
    definition: SourceDefinition,
    detected: tuple[Column, ...],
    *,
    in_file: bool,
    names: Iterable[str] = (),
) -> None:
    """Check all that is not in the definition alone; `names`: all columns the source has now."""
    resolved = definition.resolved(detected) if detected else definition
    types = check_types(resolved, names)
    if not in_file:
        check_references(resolved, types)


def _reads_other(before: SourceDefinition, after: SourceDefinition) -> bool:
    """Whether what was detected no longer holds: it reads something else."""
    return (before.connection, _what(before)) != (after.connection, _what(after))


def _what(definition: SourceDefinition) -> tuple[str, ...]:
    read = definition.read
    return (read.table, read.query, read.entity, read.files, read.starts_with, read.path)


def _stores_other(
    before: SourceDefinition, after: SourceDefinition, detected: tuple[Column, ...]
) -> bool:
    """Whether rows that are stored already would be stored otherwise now."""
    if _reads_other(before, after):
        return True
    old, new = before.resolved(detected), after.resolved(detected)
    facts = ("record_key", "computed", "modified_at")
    return (
        {column.name: column for column in old.columns or ()}
        != {column.name: column for column in new.columns or ()}
        or any(getattr(old, name) != getattr(new, name) for name in facts)
        or (old.extract.cursor, old.extract.deletes_column)
        != (new.extract.cursor, new.extract.deletes_column)
    )


def _times(definition: SourceDefinition) -> tuple[Any, ...]:
    return definition.schedule, definition.is_enabled


def _save(row: Source) -> None:
    row.revision += 1
    row.updated_at = now()
    row.save()
