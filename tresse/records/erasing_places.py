"""Where this room and those below it hold something of a person (D91)."""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from tresse.accounts.models import StoredAnswer
from tresse.engine.constructs import Folded
from tresse.jobs.models import Job, MailCopy, Notification
from tresse.kernel.marks import N_
from tresse.kernel.text import folded
from tresse.objects.database import execute, rows, scalar
from tresse.objects.described import ObjectDef, PropertyDef, data_model
from tresse.records.bulk_tables import BULK_ITEM, BULK_VALUE, UNDO_ITEM
from tresse.records.changes.purge import erase_records
from tresse.records.erasing import Person, Place, dropping, holding, scrubbing
from tresse.records.merging import merged_ids
from tresse.records.models import Undo
from tresse.records.other_values import compared, has_other_value


def _count_records(person: Person) -> int:
    model = data_model()
    number = 0
    for name, ids in person.records.items():
        table = model.object(name).table
        wanted = sa.select(sa.func.count()).select_from(table)
        number += int(scalar(wanted.where(table.c.id.in_(ids))) or 0)
    return number


def _erase_records(person: Person) -> int:
    model = data_model()
    everyone = person.every_record()
    for table in (BULK_ITEM, UNDO_ITEM):
        execute(table.delete().where(table.c.record_id.in_(everyone)))
    return sum(
        erase_records(model, model.object(name), ids) for name, ids in person.records.items()
    )


def records_with(object: ObjectDef, emails: Iterable[str]) -> list[int]:
    """Records, in the bin or not, that hold one of these e-mails; the merged ones with them."""
    wanted = sorted({each for each in emails if each})
    table, found = object.table, set()
    for prop in object.active:
        if prop.kind.name != "email" or not prop.column or not wanted:
            continue
        texts = [prop.kind.normal(each) if prop.has_normal else each for each in wanted]
        column = table.c[prop.normal_column if prop.has_normal else prop.column]
        forms = [compared(prop, each) for each in wanted]
        condition = sa.or_(column.in_(texts), has_other_value(prop, table, forms))
        found |= {int(id) for (id,) in rows(sa.select(table.c.id).where(condition))}
    return sorted({*found, *(other for id in found for other in merged_ids(id))})


def said_of(object: ObjectDef, ids: Iterable[int]) -> dict[str, list[str]]:
    """E-mails (`email`), phones (`phone`) and names (`name`) that records hold."""
    table = object.table
    told: dict[str, list[str]] = {"email": [], "phone": [], "name": []}
    props = [each for each in object.active if each.column]
    by_name = {each.name: each for each in props}
    wanted = {
        kind: [each for each in props if each.kind.name == kind] for kind in ("email", "phone")
    }
    for id in ids:
        for kind, some in wanted.items():
            told[kind] += [text for each in some if (text := _cell(table, id, each))]
        parts = [
            _cell(table, id, by_name[name])
            for name in ("first_name", "last_name")
            if name in by_name
        ]
        if len(parts) == 2 and all(parts):
            told["name"] += [" ".join(parts), " ".join(reversed(parts))]
    return told


def _cell(table: sa.TableClause, id: int, prop: PropertyDef) -> str:
    value: Any = scalar(sa.select(table.c[prop.column]).where(table.c.id == id))
    return "" if value is None else str(value)


def _bulk_condition(person: Person) -> Any:
    columns = (BULK_VALUE.c.old, BULK_VALUE.c.new, BULK_VALUE.c.normal)
    return sa.or_(
        sa.false(),
        *(
            Folded(column).contains(folded(text), autoescape=True)
            for column in columns
            for text in (*person.texts, *person.names)
        ),
    )


def _count_bulk(person: Person) -> int:
    wanted = sa.select(sa.func.count()).select_from(BULK_VALUE)
    return int(scalar(wanted.where(_bulk_condition(person))) or 0)


def _drop_bulk(person: Person) -> int:
    return execute(BULK_VALUE.delete().where(_bulk_condition(person)))


def _answers(person: Person) -> list[int]:
    """Stored answers of the API whose body tells of the person; kept for a day, so few."""
    return [
        pk
        for pk, body in StoredAnswer.objects.values_list("pk", "body")
        if body and person.is_in(bytes(body).decode("utf-8", "replace"))
    ]


PLACES = (
    Place(
        "crm_records", N_("Records of the CRM, with their history"), _count_records, _erase_records
    ),
    Place("bulk_values", N_("Values that bulk edits changed"), _count_bulk, _drop_bulk),
    dropping(
        "stored_answers",
        N_("Answers of the API that are kept for a day"),
        lambda person: StoredAnswer.objects.filter(pk__in=_answers(person)),
    ),
    dropping(
        "notifications",
        N_("Notifications"),
        lambda person: holding(Notification.objects.all(), ("title", "sentence"), person),
    ),
    scrubbing(
        "mails",
        N_("What mail servers said"),
        MailCopy.objects.all,
        ("error",),
    ),
    scrubbing(
        "jobs",
        N_("Logs of background work"),
        lambda: Job.objects.exclude(kind="erase"),
        ("target", "log", "result", "error"),
    ),
    scrubbing("undos", N_("Names of what was undone"), Undo.objects.all, ("target",)),
)
