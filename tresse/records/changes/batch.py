"""Many records in one call (C121): item by item in order, each all or nothing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_KEY, UNKNOWN_NAME, WRONG_VALUE, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label
from tresse.objects.refusals import UNKNOWN_PROPERTY
from tresse.objects.tables import LARGEST_ID
from tresse.records.changes.bin import delete_records, restore_records
from tresse.records.changes.create import create_record
from tresse.records.changes.links import link_records
from tresse.records.changes.telling import tell_of_many
from tresse.records.changes.update import update_record
from tresse.records.led import led
from tresse.records.queries import record_by
from tresse.records.refusals import BATCH_TOO_LARGE, NO_ITEM, RECORD_NOT_FOUND
from tresse.records.upsert.asked import check_parts, links_of
from tresse.records.writing import new_change_set

MOST = 1_000
ACTS = ("create", "update", "upsert", "delete", "restore")
KEYS = {"act", "id", "version", "properties", "match", "links"}
FORMS: Mapping[str, tuple[type, str]] = {
    "act": (str, "a text"),
    "properties": (dict, "a JSON object"),
    "match": (list, "a list of names"),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one item: `done` says what; `error` if it was refused."""

    index: int
    done: str = ""
    id: int | None = None
    error: TresseError | None = None


def apply_batch(
    model: DataModel,
    object: ObjectDef,
    items: Sequence[Any],
    *,
    actor: Actor,
    all_or_nothing: bool = False,
) -> list[Outcome]:
    """Apply items in order under one change set; a refused one stops no other.

    Args:
        model: The data model.
        object: The object type of all items.
        items: At most 1,000, each `{act, id, version, properties, match, links}`. `act` is
            `create`, `update`, `upsert`, `delete` or `restore` (`upsert` if left out). `match`
            names keys in order, of which the first that finds a record decides. `links` of
            `{type, id, label}` are made with it.
        actor: Who acts.
        all_or_nothing: The first refusal takes everything back and is raised.

    Raises:
        TresseError: `batch_too_large`; with `all_or_nothing` any refusal of an item.
    """
    if len(items) > MOST:
        raise BATCH_TOO_LARGE(number=len(items), most=MOST)
    outcomes = []
    with transaction.atomic():
        change_set = new_change_set(actor)
        for index, item in enumerate(items):
            try:
                with transaction.atomic():
                    done, id = _apply(model, object, item, actor, change_set=change_set)
                outcomes.append(Outcome(index, done, id))
            except TresseError as error:
                if all_or_nothing:
                    error.details["index"] = index
                    raise
                given = item.get("id") if isinstance(item, Mapping) else None
                outcomes.append(Outcome(index, id=given, error=error))
        tell_of_many(object, actor=actor, change_set=change_set)
    return outcomes


def check_item(item: Any) -> None:
    """Check the form of an item, its properties apart.

    Raises:
        TresseError: `unknown_key`, `unknown_name`, `wrong_value`.
    """
    if not isinstance(item, Mapping):
        raise NO_ITEM(value=json.dumps(item))
    for key in item:
        if key not in KEYS:
            raise UNKNOWN_KEY(name=key, sort=N_("a batch item"), nearest=nearest(key, KEYS))
    for key, (kind, wanted) in FORMS.items():
        if not isinstance(item.get(key, kind()), kind):
            raise WRONG_VALUE(name=key, wanted=wanted, value=json.dumps(item[key]))
    check_parts(item)
    act = item.get("act", "upsert")
    if act not in ACTS:
        raise UNKNOWN_NAME(sort=N_("act"), name=act, nearest=nearest(act, ACTS))


def _apply(
    model: DataModel, object: ObjectDef, item: Mapping[str, Any], actor: Actor, *, change_set: int
) -> tuple[str, int]:
    check_item(item)
    act, values = item.get("act", "upsert"), item.get("properties", {})
    links = links_of(model, object, item)
    if act == "create":
        return "created", create_record(
            model, object, values=values, actor=actor, links=links, change_set=change_set
        )
    meant = _meant(object, item, actor)
    if meant is None:
        if act != "upsert":
            raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=item.get("id") or "")
        return "created", create_record(
            model, object, values=values, actor=actor, links=links, change_set=change_set
        )
    id = meant
    if act == "delete":
        delete_records(model, object, [id], actor=actor, change_set=change_set)
        return "deleted", id
    if act == "restore":
        restore_records(model, object, [id], actor=actor, change_set=change_set)
        return "restored", id
    changed, id = _updated(
        model,
        object,
        id=id,
        values=values,
        actor=actor,
        version=item.get("version"),
        change_set=change_set,
    )
    for side, other, label in links:
        link_records(model, side, [(id, other)], actor=actor, label=label, change_set=change_set)
    return "updated" if changed else "unchanged", id


@led
def _updated(
    model: DataModel, object: ObjectDef, *, id: int, **more: Any
) -> tuple[tuple[str, ...], int]:
    return update_record(model, object, id, **more), id


def _meant(object: ObjectDef, item: Mapping[str, Any], actor: Actor) -> int | None:
    if (id := item.get("id")) is not None:
        if not (isinstance(id, int) or str(id).isdecimal()) or abs(int(id)) > LARGEST_ID:
            raise RECORD_NOT_FOUND(object=shown_label(object).lower(), id=id)
        return int(id)
    values = item.get("properties", {})
    for name in item.get("match", ()):
        if not object.has(str(name)):
            raise UNKNOWN_PROPERTY(object=shown_label(object), name=name, nearest=None)
        if values.get(name) in (None, ""):
            continue
        try:
            return record_by(object, name, str(values[name]), actor)
        except TresseError as error:
            if error.code != "record_not_found":
                raise
    return None
