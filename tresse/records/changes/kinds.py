"""Changes of a property's kind: checked, then filled by a job and swapped at once (C30, C31)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from django.db import connection, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.queries import account
from tresse.engine.statements import prepared, writer
from tresse.engine.stored import stored_text
from tresse.jobs import changes as jobs
from tresse.jobs.work import Work
from tresse.kernel import clock
from tresse.kernel.errors import IN_USE, WRONG_VALUE, TresseError
from tresse.objects import models as definitions
from tresse.objects import words
from tresse.objects.calculated import Columns, calculated_from, is_set_by_product, result_of
from tresse.objects.changes.checks import may_edit, name_from
from tresse.objects.changes.options import checked_options, write_options
from tresse.objects.changes.properties import check_kind, rules_for
from tresse.objects.changes.refusals import DUPLICATES_EXIST
from tresse.objects.changes.settings import settings_for
from tresse.objects.changes.shape import fill_normal_forms, make_indexes, settle_normal_forms
from tresse.objects.database import execute, vendor
from tresse.objects.derived import value_of
from tresse.objects.described import DataModel, ObjectDef, PropertyDef, data_model
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.labels import shown_label, shown_row
from tresse.objects.refusals import READ_ONLY_PROPERTY, refused_value
from tresse.objects.tables import (
    add_columns,
    drop_columns,
    drop_indexes,
    indexes,
    physical_columns,
    property_columns,
)
from tresse.objects.uses import Deleted, Target, unfit_users
from tresse.records.conversion import Conversion, Report, as_kind, batches, distinct_texts
from tresse.records.refusals import KIND_CHANGE_RUNS, NOT_KEPT
from tresse.records.tables import EVENT, HISTORY
from tresse.records.writing import new_change_set

KEPT = timedelta(days=30)
NEVER = ("pipeline", "stage")
FILLING, DONE, FAILED, BACK = "filling", "done", "failed", "brought_back"


def examine_kind(
    row: definitions.Property,
    kind: str,
    *,
    actor: Actor,
    settings: Mapping[str, Any] | None = None,
    options: Sequence[Mapping[str, Any]] = (),
    form: Mapping[str, str] | None = None,
) -> tuple[Report, definitions.KindChange]:
    """The dry run: what every record would have, and the change as it would be made, unsaved.

    Args:
        row: A custom property with values of its own.
        kind: The kind it shall have.
        actor: Needs `model.edit`.
        settings: Of the new kind.
        options: Of the kinds option and options; none: one for each text there is.
        form: `date_order`, `decimal_sign` of the texts; None: they tell.

    Raises:
        TresseError: `not_permitted`, `read_only_property`, `unknown_name`, `wrong_value`,
            `in_use`; another change runs.
    """
    may_edit(actor)
    if row.is_builtin or is_set_by_product(row):
        raise READ_ONLY_PROPERTY(name=shown_row(row))
    wanted = KINDS[kind]
    here = data_model().object_by_id(row.object_type_id)
    prop = here.property(row.name)
    if wanted.name in {prop.kind.name, *NEVER} or prop.kind.name in NEVER:
        raise WRONG_VALUE(name="kind", wanted=gettext("another kind"), value=f'"{kind}"')
    flags = {
        "unique": row.is_unique,
        "match_key": row.is_match_key,
        "indexed": row.is_indexed,
    }
    check_kind(wanted, here, label=shown_label(prop), flags=flags)
    if definitions.KindChange.objects.filter(property=row, state=FILLING).exists():
        raise KIND_CHANGE_RUNS(name=shown_label(prop))
    facts: dict[str, Any] = {"settings": settings_for(wanted, settings or {}), "rules": []}
    if wanted.name in {"option", "options"}:
        facts["options"] = [dict(each) for each in options] or _options(here, prop, actor)
    new = as_kind(prop, wanted.name, facts)
    _refuse_if_unfit(here, prop, new)
    given = ColumnForm(**form) if form else None
    conversion = Conversion(here, prop, new, actor=actor, form=given)
    change = definitions.KindChange(
        property=row,
        old_kind=row.kind,
        new_kind=wanted.name,
        old_column=row.column,
        old_facts={"settings": row.settings, "rules": row.rules, "default": row.default},
        new_facts=facts,
        form=asdict(conversion.form) if conversion.form else {},
        created_at=clock.now(),
    )
    return conversion.report(), change


def _options(here: ObjectDef, prop: PropertyDef, actor: Actor) -> list[dict[str, Any]]:
    """An option for each text there is, if they are no more than a list may hold."""
    made: list[dict[str, Any]] = []
    taken: list[str] = []
    for text in distinct_texts(here, prop, account().values["max_options"], actor=actor):
        label = text[:200]
        taken.append(name_from(label, taken))
        made.append({"name": taken[-1], "label": label})
    return made


def _refuse_if_unfit(here: ObjectDef, prop: PropertyDef, new: PropertyDef) -> None:
    """Go on only if what uses the property takes the new kind (C31)."""
    model = data_model()
    changed = _with(here, [new if each.id == prop.id else each for each in here.properties])
    others = [changed if each.id == here.id else each for each in model.objects]
    target = Target("property", prop.name, here.name)
    users = unfit_users(target, DataModel(tuple(others), model.associations))
    for each in calculated_from(here, prop.name):
        columns = Columns(changed, here.table, model, value_of=value_of, path=(each.name,))
        try:
            if "formula" in each.settings:
                result_of(each.settings["formula"], each.kind.name, columns)
            elif new.kind.name not in {"date", "datetime"}:
                raise READ_ONLY_PROPERTY(name=each.label)
        except TresseError:
            sentence = gettext('calculated property "{name}"')
            users.append(sentence.format(name=shown_label(each)))
    if users:
        raise IN_USE(name=shown_label(prop), users=users)


def _with(here: ObjectDef, properties: Sequence[PropertyDef]) -> ObjectDef:
    facts = {name: getattr(here, name) for name in ObjectDef.__dataclass_fields__}
    return ObjectDef(**{**facts, "properties": tuple(properties)})


def change_kind(
    row: definitions.Property,
    kind: str,
    *,
    actor: Actor,
    empties: bool = False,
    **more: Any,
) -> definitions.KindChange:
    """Begin a change of kind: a job fills a new column, then swaps it in.

    Args:
        row: A custom property with values of its own.
        kind: The kind it shall have.
        actor: Needs `model.edit`.
        empties: Empty the values that the new kind refuses; else one that fails stops it.
        more: `settings options form`, as `examine_kind` takes them.

    Raises:
        TresseError: As `examine_kind`; `duplicates_exist`; the code of the first value that fails.
    """
    report, change = examine_kind(row, kind, actor=actor, **more)
    if report.shared:
        shown = list(report.shared[:20])
        raise DUPLICATES_EXIST(number=len(report.shared), property=row.label, values=shown)
    if report.failing and not empties:
        first = report.failing[0]
        error = refused_value(row.label, first.refused)
        error.details |= {
            "number": report.emptied,
            "values": [each.value for each in report.failing],
        }
        raise error
    change.empties = empties
    with transaction.atomic():
        change.save()
        change.new_column = f"p_{row.id}_{change.pk}"
        change.save()
        object_type = row.object_type
        jobs.enqueue(
            "kind_change",
            arguments={"change": change.pk},
            actor=actor,
            target=f"{object_type.label}: {row.label}",
            link=f"/data-model/{object_type.name}/properties/{row.name}/",
            unique=f"kind_change {change.pk}",
        )
        target = f"{object_type.name}.{row.name}"
        audit.log(actor, "property.kind", target, before={"kind": row.kind}, after={"kind": kind})
    return change


class _Filling:
    """One change of kind at work: its definitions, and how values are written over."""

    def __init__(self, change: definitions.KindChange, actor: Actor) -> None:
        self.change = change
        self.row = definitions.Property.objects.select_related("object_type").get(
            pk=change.property_id
        )
        self.here = data_model().object_by_id(self.row.object_type_id)
        self.old = self.here.property(self.row.name)
        self.new = as_kind(self.old, change.new_kind, change.new_facts, column=change.new_column)
        form = ColumnForm(**change.form) if change.form else None
        self._conversion = Conversion(self.here, self.old, self.new, actor=actor, form=form)
        self.table = sa.table(
            self.here.table.name,
            sa.column("id", sa.BigInteger()),
            sa.column("updated_at", self.here.table.c.updated_at.type),
            sa.column(self.old.column, self.old.kind.column),
            sa.column(change.new_column, self.new.kind.column),
        )

    def prepare(self) -> None:
        """Make the new column, unless an earlier attempt did."""
        if self.change.new_column not in physical_columns(self.here.id):
            add_columns(self.here.id, [sa.Column(self.change.new_column, self.new.kind.column)])

    def write(self, batch: Sequence[tuple[int, Any]]) -> None:
        """Convert some values and write them."""
        values, refused = self._conversion.convert([value for _, value in batch])
        if refused and not self.change.empties:
            raise refused_value(self.row.label, refused[0])
        bound = sa.bindparam("value", type_=self.new.kind.column)
        update = (
            sa.update(self.table)
            .where(self.table.c.id == sa.bindparam("record"))
            .values({self.change.new_column: bound})
        )
        ready = prepared(update, connection.vendor)
        write = writer(self.new.kind.column, connection.vendor)
        with connection.cursor() as cursor:
            cursor.executemany(
                ready.text,
                [
                    {"record": id, "value": write(value) if write else value}
                    for (id, _), value in zip(batch, values, strict=True)
                ],
            )


def fill_kind(work: Work) -> dict[str, Any]:
    """The job of `change_kind`: fills the new column, goes on at its cursor, swaps at the end."""
    change = definitions.KindChange.objects.get(pk=work.arguments["change"])
    if change.state != FILLING:
        return {"state": change.state}
    filling = _Filling(change, work.actor)
    filling.prepare()
    cursor = work.cursor or {"after": 0, "done": 0}
    for batch in batches(filling.here, filling.old, after=cursor["after"]):
        work.check_cancelled()
        with transaction.atomic():
            filling.write(batch)
            cursor = {"after": batch[-1][0], "done": cursor["done"] + len(batch)}
            work.save(cursor, done=cursor["done"])
    with transaction.atomic():
        _lock(filling.here)
        table = filling.here.table
        # What was written while the column was being filled.
        execute(
            sa.update(filling.table)
            .where(filling.table.c[filling.old.column].is_(None))
            .values({change.new_column: None})
        )
        later = table.c.updated_at >= change.created_at
        for batch in batches(filling.here, filling.old, where=later):
            filling.write(batch)
        swap(filling, work.actor)
    return {"state": DONE}


def _lock(here: ObjectDef) -> None:
    if vendor() == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f'LOCK TABLE "{here.table.name}" IN SHARE ROW EXCLUSIVE MODE')


def swap(filling: "_Filling", actor: Actor) -> None:
    """Put the new column in place of the old one, with history, in the caller's transaction."""
    change, row, table = filling.change, filling.row, filling.table
    change_set = new_change_set(actor, source="type_change", source_id=change.pk, is_quiet=True)
    old, new = stored_text(table.c[filling.old.column]), stored_text(table.c[change.new_column])
    moved = sa.select(
        sa.literal(change_set),
        sa.literal(filling.here.id),
        table.c.id,
        sa.literal(row.id),
        old,
        new,
    ).where(table.c[filling.old.column].is_not(None), old.is_distinct_from(new))
    names = ["change_set_id", "object_id", "record_id", "property_id", "old", "new"]
    execute(sa.insert(HISTORY).from_select(names, moved))
    told = sa.select(
        sa.literal("record_changed"),
        HISTORY.c.change_set_id,
        HISTORY.c.object_id,
        HISTORY.c.record_id,
    ).where(HISTORY.c.change_set_id == change_set)
    names = ["name", "change_set_id", "object_id", "record_id"]
    execute(sa.insert(EVENT).from_select(names, told))
    said = change.new_facts
    row.kind, row.column = change.new_kind, change.new_column
    row.settings = said["settings"]
    row.rules = rules_for(KINDS[change.new_kind], said.get("rules", []))
    row.default = said.get("default", "")
    _reshape(filling.here, row, said.get("options"))
    change.state, change.change_set_id = DONE, change_set
    change.done_at, change.is_kept = clock.now(), True
    change.save()


def _reshape(before: ObjectDef, row: definitions.Property, options: Any) -> None:
    """Bring normal forms and indexes in line; the column is there already, the old one stays."""
    was = {str(index.name) for index in indexes(before.id, before.properties)}
    row.has_normal = False
    row.save()
    if options and row.kind in {"option", "options"}:
        known = set(row.options.values_list("name", flat=True))
        write_options(checked_options(row, [o for o in options if o["name"] not in known]))
    settle_normal_forms(before.id)
    after = data_model().object_by_id(before.id)
    there = physical_columns(after.id)
    prop = after.property(row.name)
    missing = [each for each in property_columns(prop) if each.name not in there]
    wanted = {str(index.name): index for index in indexes(after.id, after.properties)}
    drop_indexes(name for name in was if name not in wanted)
    words.drop_stale(after)
    add_columns(after.id, missing)
    if prop.has_normal:
        fill_normal_forms(after, {prop.normal_column})
    make_indexes(after, [index for name, index in wanted.items() if name not in was])
    words.settle(after)


def kind_change_ended(job: Any) -> None:
    """When the job ends without the swap: the new column goes again."""
    change = definitions.KindChange.objects.filter(pk=job.arguments["change"]).first()
    if change is None or change.state != FILLING:
        return
    change.state = FAILED
    change.save()
    object_id = change.property.object_type_id
    if change.new_column in physical_columns(object_id):
        drop_columns(object_id, [sa.Column(change.new_column, sa.Text())])


def bring_back(change: definitions.KindChange, *, actor: Actor) -> definitions.Property:
    """Bring the old column back, with the values it had, within 30 days.

    Values written since are in the history.

    Raises:
        TresseError: `not_permitted`; the old column is gone, or another change came after.
    """
    may_edit(actor)
    latest = definitions.KindChange.objects.filter(property=change.property_id, state=DONE)
    newest = latest.order_by("-pk").first()
    if not change.is_kept or newest is None or newest.pk != change.pk:
        raise NOT_KEPT(name=change.property.label)
    with transaction.atomic():
        back = definitions.KindChange.objects.create(
            property_id=change.property_id,
            old_kind=change.new_kind,
            new_kind=change.old_kind,
            old_column=change.new_column,
            new_column=change.old_column,
            old_facts=change.new_facts,
            new_facts=change.old_facts,
            form=asdict(ColumnForm()),
            created_at=clock.now(),
        )
        filling = _Filling(back, actor)
        _refuse_if_unfit(filling.here, filling.old, filling.new)
        _lock(filling.here)
        swap(filling, actor)
        back.state, back.is_kept = BACK, False
        back.save()
        change.state, change.is_kept = BACK, False
        change.save()
        drop_columns(filling.here.id, _kept_columns(filling.here, change.new_column))
        target = f"{filling.here.name}.{filling.row.name}"
        audit.log(
            actor,
            "property.kind",
            target,
            before={"kind": back.old_kind},
            after={"kind": back.new_kind},
        )
    return filling.row


def _kept_columns(here: ObjectDef, column: str) -> list[sa.Column[Any]]:
    there = physical_columns(here.id)
    names = (column, f"n_{column.removeprefix('p_')}")
    return [sa.Column(name, sa.Text()) for name in names if name in there]


def drop_old_columns(_work: Work) -> dict[str, int]:
    """Every night: let old columns go that have been kept for 30 days."""
    old = definitions.KindChange.objects.filter(is_kept=True, done_at__lt=clock.now() - KEPT)
    number = 0
    for change in old.select_related("property"):
        with transaction.atomic():
            _forget_column(change)
        number += 1
    return {"dropped": number}


def _forget_column(change: definitions.KindChange) -> None:
    here = data_model().object_by_id(change.property.object_type_id)
    drop_columns(here.id, _kept_columns(here, change.old_column))
    change.is_kept = False
    change.save()


def forget_kinds(deleted: Deleted) -> None:
    """A property goes for good: the columns it had before go with it."""
    for change in _kept_of(deleted.property_id):
        _forget_column(change)


def _kept_of(property_id: int | None) -> Iterator[definitions.KindChange]:
    if property_id is not None:
        found = definitions.KindChange.objects.filter(property=property_id, is_kept=True)
        yield from found.select_related("property")
