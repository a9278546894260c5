"""Changes to the layout of record pages (C97)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.kernel.errors import nearest
from tresse.kernel.text import clean, normal
from tresse.objects import models, shipped
from tresse.objects.changes.checks import check_active, checked_label, may_edit
from tresse.objects.changes.refusals import NAME_TAKEN
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.facts import layout_facts
from tresse.objects.labels import shown_label
from tresse.objects.layouts import CARDS, OTHER, card_key
from tresse.objects.refusals import ASSOCIATION_TYPE_NOT_FOUND

Groups = Sequence[Mapping[str, Any]]


def change_layout(
    row: models.ObjectType,
    *,
    actor: Actor,
    groups: Groups | None = None,
    cards: Sequence[str] | None = None,
    hidden: Sequence[str] | None = None,
) -> models.ObjectType:
    """Set groups, order of properties and cards of a record page; what is not named stays (C97).

    Args:
        row: The object type.
        actor: Needs `model.edit`.
        groups: In order, each `{label, properties: [name]}`; an empty label is Other. Properties
            that no group names keep their group and come after those that one names.
        cards: In order: relations as `name:forward` or `name:inverse`, other cards by name.
        hidden: Those of them that are not shown.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `unknown_property`, `name_taken`,
            `wrong_value`, `association_type_not_found`, `unknown_name`.
    """
    may_edit(actor)
    check_active(row)
    model = data_model()
    here = model.object_by_id(row.id)
    was = layout_facts(row)
    layout = dict(row.layout)
    for key, keys in (("cards", cards), ("hidden", hidden)):
        if keys is not None:
            layout[key] = _checked_cards(model, here, keys)
    placed = _placed(here, groups) if groups is not None else {}
    with transaction.atomic():
        if groups is not None:
            layout["groups"] = list(placed)
            _place(row, placed)
        row.layout = layout
        row.save(update_fields=["layout"])
        before, after = audit.difference(was, layout_facts(row))
        if after:
            audit.log(actor, "layout.change", row.name, before=before, after=after)
    return row


def _checked_cards(model: DataModel, here: ObjectDef, keys: Sequence[str]) -> list[str]:
    known = [card_key(side) for side in model.sides(here.name)]
    for key in keys:
        if ":" not in key:
            CARDS[key]  # refuses a card that there is not
        elif key not in known:
            near = nearest(key, known)
            raise ASSOCIATION_TYPE_NOT_FOUND(name=key, known=known, nearest=near)
    return list(dict.fromkeys(keys))


def _placed(here: ObjectDef, groups: Groups) -> dict[str, list[str]]:
    """Names of properties by the group they are in, both in order."""
    found: dict[str, list[str]] = {}
    taken: dict[str, str] = {}
    placed: set[str] = set()
    for group in groups:
        name = group_named(here, str(group.get("label") or ""))
        if normal(name) in taken:
            raise NAME_TAKEN(object=shown_label(here), name=name or shipped.group("other"))
        taken[normal(name)] = name
        names = [here.property(each).name for each in group.get("properties", ())]
        found[name] = [each for each in dict.fromkeys(names) if each not in placed]
        placed |= set(names)
    return found


def group_named(here: ObjectDef, label: str) -> str:
    """The stored name of a group that a person typed, in whichever language it was shown."""
    wanted = normal(label)
    for key, triple in shipped.labels().items():
        if key[0] == "group" and wanted in {normal(text) for text in triple}:
            return OTHER if triple[0] == shipped.group("other") else triple[0]
    known = {normal(prop.group): prop.group for prop in here.properties}
    return known.get(wanted) or (checked_label(label) if clean(label) else OTHER)


def _place(row: models.ObjectType, placed: Mapping[str, Sequence[str]]) -> None:
    group_of = {name: group for group, names in placed.items() for name in names}
    order = {name: number for number, name in enumerate(group_of)}
    props = sorted(
        row.properties.all(),
        key=lambda prop: (order.get(prop.name, len(order)), prop.position, prop.pk),
    )
    for position, prop in enumerate(props):
        prop.position = position
        prop.group = group_of.get(prop.name, prop.group)
    models.Property.objects.bulk_update(props, ["position", "group"])
