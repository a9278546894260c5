"""Logging, editing and deleting notes, calls, e-mails and meetings (C69 to C71)."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.permission import refused
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, TOO_LONG, UNKNOWN_KEY, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean
from tresse.objects.database import execute, first, load, rows, scalar
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_plural
from tresse.records.activities import ACTIVITY_KINDS, ActivityKind
from tresse.records.changes.activities_at_once import (
    addressed_contacts,
    addresses_of,
    logged_data,
    recount,
)
from tresse.records.changes.telling import mentioned, tell_mentioned
from tresse.records.refusals import (
    ACTIVITY_NOT_FOUND,
    ACTIVITY_WITHOUT_RECORD,
    ANOTHER_RECORD,
    DUPLICATE_VALUE,
    MISSING_REQUIRED_PROPERTY,
)
from tresse.records.tables import ACTIVITY, ACTIVITY_RECORD
from tresse.records.visibility import found, visible
from tresse.records.writing import new_change_set, write_event

LONGEST_TEXT = 65_536
WHOLE = re.compile(r"-?[0-9]{1,18}")
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

    An e-mail is also about every contact in sight with an address among from, to and cc (C71). Who
    is named by `@name` in the text is told (C72).

    Args:
        model: The data model.
        kind: One of `ACTIVITY_KINDS`.
        about: Records, each with its object type; at least one.
        fields: Of the kind; those left out take their first choice or stay empty.
        actor: The author; needs edit on one of the records and view on the others.
        at: When it happened; now if left out.
        external_id: Its id elsewhere.

    Raises:
        TresseError: `unknown_name` (kind), `unknown_key`, `wrong_value`, `record_not_found`,
            `record_in_bin`, `missing_required_property` (no record, or nothing said),
            `not_permitted` (about records that one may only read; somebody named who may see
                none), `duplicate_value` (another activity has the external id).
    """
    chosen = ACTIVITY_KINDS[kind]
    kept = said_fields(chosen, fields)
    named = [*about, *_addressed(model, chosen, kept, actor)]
    everyone = list({record: (object, record) for object, record in named}.values())
    if not everyone:
        raise ACTIVITY_WITHOUT_RECORD()
    for object, ids in _by_object(everyone):
        found(model, object, ids, actor)
    _check_may_log(everyone, actor)
    named_people = mentioned(kept, everyone)
    if named_people:
        kept["mentions"] = [person.user_id for person, _ in named_people]
    at = at or now()
    change_set = new_change_set(actor)
    id = _insert(
        kind=chosen.name,
        at=at,
        author_id=actor.user_id,
        change_set_id=change_set,
        external_id=external_id,
        fields=json.dumps(kept, ensure_ascii=False),
    )
    _write_about(everyone, id, at)
    for object, record in everyone:
        write_event(
            "activity_logged",
            change_set=change_set,
            object=object,
            record_id=record,
            data=logged_data(id, chosen.name, kept),
        )
    tell_mentioned(id, named_people, text=kept.get("text", ""), actor=actor)
    return id


def _insert(*, external_id: str | None, **values: Any) -> int:
    """A new activity's id; the database alone knows of an external id taken at this moment."""
    try:
        with transaction.atomic(savepoint=external_id is not None):
            made = ACTIVITY.insert().values(external_id=external_id, **values)
            return int(scalar(made.returning(ACTIVITY.c.id)))
    except IntegrityError:
        if external_id is None:
            raise
        raise DUPLICATE_VALUE(
            name=gettext("External id"),
            value=external_id,
            holder=gettext(ANOTHER_RECORD).format(object=gettext("activity")),
        ) from None


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

    Who is named in the text for the first time is told.

    Raises:
        TresseError: `record_not_found`, `not_permitted` (not the author), as `log_activity`.
    """
    kind, old, was_at = own_activity(model, id, actor)
    before = json.loads(old)
    earlier, told = before.pop("earlier", []), before.pop("mentions", [])
    kept = said_fields(ACTIVITY_KINDS[kind], {**before, **fields})
    if kept == before and (at is None or at == was_at):
        return
    named_people = mentioned(kept, _about(model, id))
    stamp = {"at": now().isoformat(), "by": actor.user_id, "fields": {**before, "mentions": told}}
    kept["earlier"] = [*earlier, stamp]
    if named_people:
        kept["mentions"] = [person.user_id for person, _ in named_people]
    new_people = [each for each in named_people if each[0].user_id not in told]
    tell_mentioned(id, new_people, text=kept.get("text", ""), actor=actor)
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
    own_activity(model, id, actor)
    about = _about(model, id)
    execute(ACTIVITY.update().where(ACTIVITY.c.id == id).values(deleted_at=now()))
    execute(ACTIVITY_RECORD.delete().where(ACTIVITY_RECORD.c.activity_id == id))
    recount(about)


def said_fields(kind: ActivityKind, given: Mapping[str, Any]) -> dict[str, Any]:
    """As `checked_fields`, of an activity that says something beside how it came about.

    Raises:
        TresseError: `unknown_key`, `wrong_value`, `missing_required_property`.
    """
    kept = checked_fields(kind, given)
    if not any(value for name, value in kept.items() if not isinstance(kind.fields[name], tuple)):
        raise MISSING_REQUIRED_PROPERTY(object=gettext(kind.label), name=gettext("Text"))
    return kept


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
        if isinstance(value, bool) or not WHOLE.fullmatch(str(value)):
            raise WRONG_VALUE(name=name, wanted=N_("a whole number"), value=value)
        return int(value)
    if form == "instant":
        return _instant(name, value)
    if form == "texts":
        return _texts(name, value)
    if isinstance(value, dict | list):
        raise WRONG_VALUE(name=name, wanted=N_("a text"), value=value)
    if len(str(value)) > LONGEST_TEXT:
        raise TOO_LONG(name=name, most=LONGEST_TEXT)
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
    found = addressed_contacts(model, addresses_of(fields), actor)
    contact = model.object("contact")
    return [(contact, id) for ids in found.values() for id in ids]


def _write_about(about: Iterable[About], id: int, at: datetime) -> None:
    everyone = list(about)
    load(
        ACTIVITY_RECORD,
        ("record_id", "at", "activity_id", "object_id"),
        [(record, at, id, object.id) for object, record in everyone],
    )
    recount(everyone)


def _about(model: DataModel, id: int) -> list[About]:
    statement = sa.select(ACTIVITY_RECORD.c.object_id, ACTIVITY_RECORD.c.record_id).where(
        ACTIVITY_RECORD.c.activity_id == id
    )
    return [(model.object_by_id(object), record) for object, record in rows(statement)]


def _by_object(about: Iterable[About]) -> list[tuple[ObjectDef, list[int]]]:
    found: dict[str, tuple[ObjectDef, list[int]]] = {}
    for object, id in about:
        found.setdefault(object.name, (object, []))[1].append(id)
    return list(found.values())


def may_log(object: ObjectDef, actor: Actor) -> bool:
    """Whether the person may write on timelines: readers may not.

    Colleagues write about each other's records, so seeing the record is enough for all others.
    """
    return actor.scope(object.name, "edit") != "none"


def _check_may_log(about: Sequence[About], actor: Actor) -> None:
    if not any(may_log(object, actor) for object, _ in about):
        object, _ = about[0]
        raise refused(actor, "edit", object.name, shown_plural(object))


def own_activity(model: DataModel, id: int, actor: Actor) -> tuple[str, str, datetime]:
    """Kind, fields (JSON) and time of an activity that the person may change.

    Raises:
        TresseError: `record_not_found`, `not_permitted` (not the author).
    """
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
