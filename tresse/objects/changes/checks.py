"""Checks that several changes of definitions share: names, labels, limits, rights."""

import re
from collections.abc import Iterable, Iterator

from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.accounts.queries import account
from tresse.accounts.refusals import INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.kernel.errors import LIMIT_REACHED
from tresse.kernel.text import clean, folded, normal
from tresse.objects import models
from tresse.objects.changes.refusals import BAD_LABEL, NAME_TAKEN, RESERVED_NAME
from tresse.objects.described import DataModel
from tresse.objects.labels import shown_label, shown_row
from tresse.objects.refusals import OBJECT_ARCHIVED
from tresse.objects.tables import BARE, COMMON

LONGEST_OPTION_LABEL = 200
# Words of our addresses, and of C41. A definition named like one could not be told from it.
# fmt: off
ROUTES = (
    "activities", "api", "association_types", "associations", "audit", "batch", "bulk_edit", "by",
    "connections", "data_model", "exports", "filters", "history", "imports", "jobs", "links",
    "lists", "me", "merge", "notifications", "objects", "openapi", "pipelines", "properties",
    "records", "roles", "search", "segments", "settings", "sign_in", "sign_out", "sources",
    "static", "teams", "timeline", "tokens", "unmerge", "users", "views",
)
# fmt: on
RESERVED = frozenset({"id", *COMMON, *BARE, *ROUTES})


def may_edit(actor: Actor) -> None:
    """Go on only with the right to change the data model.

    Raises:
        TresseError: `not_permitted`.
    """
    require_right(actor, "model.edit")


def checked_name(name: str) -> str:
    """A name that may be given (C4).

    Raises:
        TresseError: `invalid_name`, `reserved_name`.
    """
    if not NAME.fullmatch(str(name)):
        raise INVALID_NAME(name=name)
    if name in RESERVED:
        raise RESERVED_NAME(name=name)
    return name


def name_from(label: str, taken: Iterable[str] = ()) -> str:
    """A name that fits a label, for people who type labels only: `Fuel type` gives `fuel_type`."""
    stem = re.sub(r"[^a-z0-9]+", "_", folded(label)).strip("_")[:50] or "field"
    if not stem[0].isalpha():
        stem = f"n_{stem}"
    name, number, known = stem, 1, {*taken, *RESERVED}
    while name in known:
        number += 1
        name = f"{stem}_{number}"
    return name


def checked_label(label: str, *, most: int | None = None) -> str:
    """A label, trimmed.

    Raises:
        TresseError: `wrong_value`; it is empty or too long.
    """
    text = clean(label)
    most = most or account().max_label
    if not 0 < len(text) <= most:
        raise BAD_LABEL(label=text[:most], number=len(text), most=most)
    return text


def check_limit(setting: str, *, number: int, name: str, things: str) -> None:
    """Refuse one more where the most are there already.

    Raises:
        TresseError: `limit_reached`.
    """
    most = account().values[setting]
    if number >= most:
        raise LIMIT_REACHED(name=name, number=number, things=things)


def check_active(object_type: models.ObjectType) -> None:
    """Refuse changes inside an archived object type.

    Raises:
        TresseError: `object_archived`.
    """
    if object_type.is_archived:
        raise OBJECT_ARCHIVED(name=shown_row(object_type))


def check_header_free(model: DataModel, object_name: str, label: str, *, but: str = "") -> None:
    """Refuse a label that a property or a relation of the object has already (C35).

    Args:
        model: The data model.
        object_name: The object on whose pages and files the label would stand.
        label: The new label.
        but: Name of the property or association type that gets it.

    Raises:
        TresseError: `name_taken`.
    """
    wanted = normal(label)
    for name, taken in _headers(model, object_name):
        if name != but and normal(taken) == wanted:
            raise NAME_TAKEN(object=shown_label(model.object(object_name)), name=label)


def _headers(model: DataModel, object_name: str) -> Iterator[tuple[str, str]]:
    for prop in model.object(object_name).properties:
        yield prop.name, prop.label
    for each in model.associations:
        if each.from_object == object_name:
            yield each.name, each.forward_label
        if each.to_object == object_name:
            yield each.name, each.inverse_label
