"""Records named in a file of keys: by id, external id or e-mail (`cli.md`)."""

import csv
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from tresse.accounts.actor import Actor
from tresse.kernel.text import normal
from tresse.objects.database import rows
from tresse.objects.described import ObjectDef
from tresse.records.visibility import visible

EXTERNAL = "ext:"
AT_ONCE = 1_000


def keys_in(path: Path) -> list[str]:
    """The first column of a CSV file; a header that is no key, such as `id` or `email`, aside."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = [row[0].strip() for row in csv.reader(file) if row and row[0].strip()]
    is_header = bool(found) and not found[0].isdecimal() and not _is_key(found[0])
    return found[1:] if is_header else found


def _is_key(text: str) -> bool:
    return text.startswith(EXTERNAL) or "@" in text


def ids_of(keys: Sequence[str], object: ObjectDef, actor: Actor) -> tuple[list[int], list[str]]:
    """Ids of the records in sight that keys name, and the keys that name none or several."""
    found: dict[str, list[int]] = {}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        found |= _by_id([key for key in part if key.isdecimal() and len(key) < 19], object, actor)
        for name, given in (
            ("external_id", {k: k.removeprefix(EXTERNAL) for k in part if k.startswith(EXTERNAL)}),
            ("email", {k: k for k in part if "@" in k and not k.startswith(EXTERNAL)}),
        ):
            if given and object.has(name):
                found |= _by_property(name, given, object, actor)
    ids = {one[0]: None for key in keys if len(one := found.get(key, [])) == 1}
    return list(ids), [key for key in keys if len(found.get(key, [])) != 1]


def _by_id(keys: Sequence[str], object: ObjectDef, actor: Actor) -> dict[str, list[int]]:
    table = object.table
    statement = sa.select(table.c.id).where(
        table.c.id.in_([int(key) for key in keys]), visible(object, actor, table)
    )
    return {str(id): [id] for (id,) in rows(statement)}


def _by_property(
    name: str, given: dict[str, str], object: ObjectDef, actor: Actor
) -> dict[str, list[int]]:
    table, prop = object.table, object.property(name)
    if actor.access(object.name, name) == "none":
        return {}
    column = table.c[prop.normal_column]
    wanted = {
        key: prop.kind.normal(text) if prop.has_normal else normal(text)
        for key, text in given.items()
    }
    by_value: dict[str, list[int]] = {}
    statement = sa.select(column, table.c.id).where(
        column.in_(set(wanted.values())), visible(object, actor, table)
    )
    for value, id in rows(statement):
        by_value.setdefault(value, []).append(id)
    return {key: by_value.get(value, []) for key, value in wanted.items()}
