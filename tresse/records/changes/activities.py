"""Logging, editing and deleting notes, calls, e-mails and meetings (C69 to C71)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, UNKNOWN_KEY, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.objects.database import execute, first, load, rows, scalar
from tresse.objects.described import DataModel, ObjectDef
from tresse.records.activities import ACTIVITY_KINDS, ActivityKind
from tresse.records.refusals import ACTIVITY_NOT_FOUND, ACTIVITY_WITHOUT_RECORD
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.visibility import found, visible
from tresse.records.writing import new_change_set, write_event

LONGEST_TEXT = 65_536
About = tuple[ObjectDef, int]


@transaction.atomic
def log_activity(
    model: DataModel,
    kind: str,
    about: Sequence[About],
    *,
    fields: Mapping[str, Any],
    actor: Actor,
    at: datetime | None = None,
    external_id: str | None = None,
) -> int:
    """Log an activity about one or more records; answers its id.

    An e-mail is also about every contact in sight with an address among from, to and cc (C71).

    Args:
        model: The data model.
        kind: One of `ACTIVITY_KINDS`.
        about: Records, each with its object type; at least one.
        fields: Of the kind; those left out take their first choice or stay empty.
        actor: The author; needs to see the records.
        at: When it happened; now if left out.
        external_id: Its id elsewhere.

    Raises:
        TresseError: `unknown_name` (kind), `unknown_key`, `wrong_value`, `record_not_found`,
            `record_in_bin`, `missing_required_property` (no record).
    """
    chosen = ACTIVITY_KINDS[kind]
    kept = checked_fields(chosen, fields)
    named = [*about, *_addressed(model, chosen, kept, actor)]
    everyone = list({record: (object, record) for object, record in named}.values())
    if not everyone:
        raise ACTIVITY_WITHOUT_RECORD()
    for object, id in everyone:
        found(model, object, [id], actor)
    at = at or now()
    change_set = new_change_set(actor)
    id = int(
        scalar(
            ACTIVITY.insert()
            .values(
                kind=chosen.name,
                at=at,
                author_id=actor.user_id,
                change_set_id=change_set,
                external_id=external_id,
                fields=json.dumps(kept, ensure_ascii=False),
            )
            .returning(ACTIVITY.c.id)
        )
    )
    _write_about(everyone, id, at)
    data = {
        "activity": id,
        **{key: kept[key] for key in ("outcome", "direction") if kept.get(key)},
        "kind": chosen.name,
    }
    for object, record in everyone:
        write_event(
            "activity_logged",
            change_set=change_set,
            object=object,
            record_id=record,
            data=json.dumps(data, ensure_ascii=False),
        )
    return id


@transaction.atomic
def edit_activity(
    model: DataModel,
    id: int,
    *,
    fields: Mapping[str, Any],
    actor: Actor,
    at: datetime | None = None,
) -> None:
    """Change fields of an activity; the former ones are kept in it (C70).

    Raises:
        TresseError: `record_not_found`, `not_permitted` (not the author), as `log_activity`.
    """
    kind, old, was_at = _own(model, id, actor)
    before = json.loads(old)
    earlier = before.pop("earlier", [])
    kept = checked_fields(ACTIVITY_KINDS[kind], {**before, **fields})
    if kept == before and (at is None or at == was_at):
        return
    stamp = {"at": now().isoformat(), "by": actor.user_id, "fields": before}
    kept["earlier"] = [*earlier, stamp]
    execute(
        ACTIVITY.update()
        .where(ACTIVITY.c.id == id)
        .values(fields=json.dumps(kept, ensure_ascii=False), edited_at=now(), at=at or was_at)
    )
    if at and at != was_at:
        about = _about(model, id)
        execute(ACTIVITY_RECORD.delete().where(ACTIVITY_RECORD.c.activity_id == id))
        _write_about(about, id, at)


@transaction.atomic
def delete_activity(model: DataModel, id: int, *, actor: Actor) -> None:
    """Take an activity off all timelines; its row is kept.

    Raises:
        TresseError: `record_not_found`, `not_permitted` (not the author).
    """
    _own(model, id, actor)
    about = _about(model, id)
    execute(ACTIVITY.update().where(ACTIVITY.c.id == id).values(deleted_at=now()))
    execute(ACTIVITY_RECORD.delete().where(ACTIVITY_RECORD.c.activity_id == id))
    _recount(about)


def checked_fields(kind: ActivityKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a kind, in its order; empty ones are left out.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    for name in given:
        if name not in kind.fields:
            raise UNKNOWN_KEY(name=name, sort=kind.name, nearest=nearest(name, kind.fields))
    kept = {}
    for name, form in kind.fields.items():
        value = _field(name, form, given.get(name))
        if value not in (None, "", []):
            kept[name] = value
    return kept


def _field(name: str, form: str | tuple[str, ...], value: Any) -> Any:
    if isinstance(form, tuple):
        chosen = value or form[0]
        if chosen not in form:
            raise WRONG_VALUE(name=name, wanted=" / ".join(form), value=chosen)
        return chosen
    if value in (None, ""):
        return None
    if form == "integer":
        if isinstance(value, bool) or not str(value).lstrip("-").isdigit():
            raise WRONG_VALUE(name=name, wanted=N_("a whole number"), value=value)
        return int(value)
    if form == "instant":
        return _instant(name, value)
    if form == "texts":
        return _texts(name, value)
    if isinstance(value, dict | list):
        raise WRONG_VALUE(name=name, wanted=N_("a text"), value=value)
    if len(str(value)) > LONGEST_TEXT:
        raise WRONG_VALUE(name=name, wanted=f"at most {LONGEST_TEXT:,} characters", value="…")
    return clean(str(value))


def _texts(name: str, value: Any) -> list[str]:
    texts = value.replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise WRONG_VALUE(name=name, wanted=N_("a list of texts"), value=value)
    return [text for text in map(clean, texts) if text]


def _instant(name: str, value: Any) -> str:
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        raise WRONG_VALUE(
            name=name, wanted=N_("a time like 2026-03-01T14:05Z"), value=value
        ) from None
    if read.tzinfo is None:
        raise WRONG_VALUE(name=name, wanted=N_("a time with its zone"), value=value)
    return read.isoformat()


def _addressed(
    model: DataModel, kind: ActivityKind, fields: Mapping[str, Any], actor: Actor
) -> list[About]:
    if kind.name != "email":
        return []
    addresses = {fields.get("from", ""), *fields.get("to", ()), *fields.get("cc", ())}
    contact = model.object("contact")
    table = contact.table
    statement = sa.select(table.c.id).where(
        table.c[contact.property("email").column].in_({each.lower() for each in addresses}),
        visible(contact, actor, table),
    )
    return [(contact, id) for (id,) in rows(statement)]


def _write_about(about: Iterable[About], id: int, at: datetime) -> None:
    everyone = list(about)
    load(
        ACTIVITY_RECORD,
        ("record_id", "at", "activity_id", "object_id"),
        [(record, at, id, object.id) for object, record in everyone],
    )
    _recount(everyone)


def _recount(about: Iterable[About]) -> None:
    """Bring `last_activity_at` and `activity_count` of the records up to date (C41)."""
    for object, record in about:
        table = object.table
        own = sa.select(sa.func.max(ACTIVITY_RECORD.c.at)).where(
            ACTIVITY_RECORD.c.record_id == record
        )
        number = sa.select(sa.func.count()).where(ACTIVITY_RECORD.c.record_id == record)
        execute(
            table.update()
            .where(table.c.id == record)
            .values(last_activity_at=own.scalar_subquery(), activity_count=number.scalar_subquery())
        )


def _about(model: DataModel, id: int) -> list[About]:
    statement = sa.select(ACTIVITY_RECORD.c.object_id, ACTIVITY_RECORD.c.record_id).where(
        ACTIVITY_RECORD.c.activity_id == id
    )
    return [(model.object_by_id(object), record) for object, record in rows(statement)]


def _own(model: DataModel, id: int, actor: Actor) -> tuple[str, str, datetime]:
    statement = sa.select(
        ACTIVITY.c.kind, ACTIVITY.c.author_id, ACTIVITY.c.fields, ACTIVITY.c.at
    ).where(ACTIVITY.c.id == id, ACTIVITY.c.deleted_at.is_(None))
    activity = first(statement)
    if activity is None or not any(
        rows(
            sa.select(object.table.c.id).where(
                object.table.c.id == record, visible(object, actor, object.table)
            )
        )
        for object, record in _about(model, id)
    ):
        raise ACTIVITY_NOT_FOUND(id=id)
    kind, author, fields, at = activity
    if author != actor.user_id and not actor.has("activities.others"):
        raise NOT_PERMITTED(sentence=gettext("You may see this activity but not change it."))
    return kind, fields, at
