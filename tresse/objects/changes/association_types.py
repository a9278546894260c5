"""Changes to association types and link labels."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.objects import models
from tresse.objects.changes.archiving import check_deletable, check_typed, set_archived
from tresse.objects.changes.checks import (
    check_active,
    check_header_free,
    check_limit,
    checked_label,
    checked_name,
    may_edit,
)
from tresse.objects.changes.refusals import (
    BAD_LIMIT,
    BAD_SYMMETRIC,
    LIMIT_ABOVE_PARENT,
    NAME_TAKEN,
    NOT_A_RELATION,
    ONE_DEFAULT,
    PARENT_ELSEWHERE,
    PRIMARY_IS_LABEL,
)
from tresse.objects.counts import link_count
from tresse.objects.described import DataModel, data_model
from tresse.objects.facts import association_facts
from tresse.objects.limits import tell_of_relations
from tresse.objects.uses import Deleted, Target, forget, refuse_if_used

MOST = 10_000


def add_association_type(
    *,
    name: str,
    from_object: models.ObjectType,
    to_object: models.ObjectType,
    forward_label: str,
    actor: Actor,
    inverse_label: str = "",
    parent: models.AssociationType | None = None,
    **more: Any,
) -> models.AssociationType:
    """Make a relation of two object types, or with `parent` a link label of it (C34).

    The first relation of two object types is their default one.

    Args:
        name: Stored name; never changes.
        from_object: One end; may equal the other.
        to_object: The other end.
        forward_label: What the other record is called on the `from` side.
        actor: Needs `model.edit`.
        inverse_label: What it is called on the `to` side; empty: the same.
        parent: Of a link label its relation.
        more: `max_forward max_inverse symmetric is_default is_primary is_part shares_timeline`.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `invalid_name`, `reserved_name`,
            `name_taken`, `wrong_value`, `limit_above_parent`, `limit_reached`.
    """
    may_edit(actor)
    check_active(from_object)
    check_active(to_object)
    model = data_model()
    forward = checked_label(forward_label)
    row = models.AssociationType(
        name=checked_name(name),
        from_object=from_object,
        to_object=to_object,
        forward_label=forward,
        inverse_label=checked_label(inverse_label or forward),
        parent=parent,
        position=len(model.associations),
        is_symmetric=bool(more.get("symmetric")),
        is_primary=bool(more.get("is_primary")),
        is_part=bool(more.get("is_part")),
        max_forward=more.get("max_forward"),
        max_inverse=more.get("max_inverse"),
        shares_timeline=more.get("shares_timeline") is not False,
    )
    if row.is_part or row.is_primary:
        row.max_forward = 1
    _check_number(model, row)
    if any(each.name == name for each in model.associations):
        raise NAME_TAKEN(object=gettext("The data model"), name=name)
    _check_labels(model, row)
    _check_shape(row)
    _check_limits(row)
    row.is_default = _is_default(model, row, wanted=bool(more.get("is_default")))
    try:
        with transaction.atomic():
            row.save()
            _one_default(row)
            tell_of_relations(parent.name if parent else None)
            audit.log(actor, "association_type.add", name, after=association_facts(row))
    except IntegrityError:
        raise NAME_TAKEN(object=gettext("The data model"), name=name) from None
    return row


def _check_number(model: DataModel, row: models.AssociationType) -> None:
    if row.parent:
        number = sum(each.parent == row.parent.name for each in model.associations)
        things, name = gettext("link labels"), row.parent.name
        check_limit("max_link_labels", number=number, name=name, things=things)
    number = sum(not each.parent for each in model.associations)
    name, things = gettext("The data model"), gettext("association types")
    if not row.parent:
        check_limit("max_association_types", number=number, name=name, things=things)


def _check_labels(model: DataModel, row: models.AssociationType) -> None:
    check_header_free(model, row.from_object.name, row.forward_label, but=row.name)
    check_header_free(model, row.to_object.name, row.inverse_label, but=row.name)


def _check_shape(row: models.AssociationType) -> None:
    same_ends = row.from_object_id == row.to_object_id
    if row.is_symmetric and not (same_ends and row.forward_label == row.inverse_label):
        raise BAD_SYMMETRIC(name=row.name)
    parent = row.parent
    if parent is None:
        if row.is_primary:
            raise PRIMARY_IS_LABEL(name=row.name)
        return
    ends, theirs = (
        (row.from_object_id, row.to_object_id),
        (
            parent.from_object_id,
            parent.to_object_id,
        ),
    )
    if ends != theirs or parent.parent_id:
        raise PARENT_ELSEWHERE(name=row.name, parent=parent.name)
    if row.is_part:
        raise NOT_A_RELATION(name=row.name, flag="is_part")


def _check_limits(row: models.AssociationType) -> None:
    for field in ("max_forward", "max_inverse"):
        most = getattr(row, field)
        if most is None:
            continue
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= MOST:
            raise BAD_LIMIT(value=most)
        above = getattr(row.parent, field) if row.parent else None
        if above is not None and most > above:
            raise LIMIT_ABOVE_PARENT(limit=most, parent=above)


def _is_default(model: DataModel, row: models.AssociationType, *, wanted: bool) -> bool:
    if row.parent:
        if wanted:
            raise NOT_A_RELATION(name=row.name, flag="is_default")
        return False
    there = model.default_side(row.from_object.name, row.to_object.name)
    return wanted or there is None


def _one_default(row: models.AssociationType) -> None:
    """Leave one default relation between two object types, in whichever direction."""
    if not row.is_default:
        return
    here, there = row.from_object_id, row.to_object_id
    pair = Q(from_object=here, to_object=there) | Q(from_object=there, to_object=here)
    others = models.AssociationType.objects.filter(pair, is_default=True).exclude(id=row.id)
    others.update(is_default=False)


def change_association_type(
    row: models.AssociationType, *, actor: Actor, **wanted: Any
) -> models.AssociationType:
    """Change labels, limits and flags of a relation or link label; what is not named stays.

    Links over a lowered limit stay (C37).

    Args:
        row: The association type.
        actor: Needs `model.edit`.
        wanted: `forward_label inverse_label max_forward max_inverse is_default shares_timeline
            position`. A limit of None is no limit; of the others, None is as it is.

    Raises:
        TresseError: `not_permitted`, `name_taken`, `wrong_value`, `limit_above_parent`.
    """
    may_edit(actor)
    was = association_facts(row)
    if wanted.get("is_default") is False and row.is_default:
        raise ONE_DEFAULT(name=row.name)
    _relabel(row, wanted)
    for field in ("max_forward", "max_inverse"):
        if field in wanted:
            setattr(row, field, wanted[field])
    for field in ("shares_timeline", "position"):
        if wanted.get(field) is not None:
            setattr(row, field, wanted[field])
    model = data_model()
    _check_labels(model, row)
    _check_shape(row)
    _check_limits(row)
    if (row.is_part or row.is_primary) and row.max_forward != 1:
        raise BAD_LIMIT(value=row.max_forward)
    if wanted.get("is_default"):
        row.is_default = _is_default(model, row, wanted=True)
    with transaction.atomic():
        row.save()
        _one_default(row)
        before, after = audit.difference(was, association_facts(row))
        if after:
            audit.log(actor, "association_type.change", row.name, before=before, after=after)
    return row


def _relabel(row: models.AssociationType, wanted: Mapping[str, Any]) -> None:
    for field, former in (
        ("forward_label", "former_forward"),
        ("inverse_label", "former_inverse"),
    ):
        label = wanted.get(field)
        if label is not None and label != getattr(row, field):
            setattr(row, former, [*getattr(row, former), getattr(row, field)])
            setattr(row, field, checked_label(label))


def archive_association_type(
    row: models.AssociationType, *, actor: Actor
) -> models.AssociationType:
    """Hide a relation or link label and refuse new links of it; links stay.

    Raises:
        TresseError: `not_permitted`.
    """
    may_edit(actor)
    return set_archived(row, actor, sort="association_type", target=row.name, value=True)


def unarchive_association_type(
    row: models.AssociationType, *, actor: Actor
) -> models.AssociationType:
    """Bring an archived relation back as it was.

    Raises:
        TresseError: `not_permitted`.
    """
    may_edit(actor)
    return set_archived(row, actor, sort="association_type", target=row.name, value=False)


def delete_association_type(row: models.AssociationType, *, typed_label: str, actor: Actor) -> None:
    """Delete a relation for good, with its link labels and links (C40).

    Args:
        row: Custom, archived, used by nothing.
        typed_label: Its forward label, as proof that it is meant.
        actor: Needs `model.edit`.

    Raises:
        TresseError: `not_permitted`, `built_in`, `not_archived`, `in_use`, `label_not_typed`.
    """
    may_edit(actor)
    check_deletable(row, row.forward_label)
    refuse_if_used(Target("association_type", row.name), row.forward_label)
    ids = [row.id, *row.link_labels.values_list("id", flat=True)]
    links = link_count(ids)
    check_typed(typed_label, row.forward_label, records=0, links=links)
    with transaction.atomic():
        forget(Deleted(association_ids=tuple(ids)))
        before = {**association_facts(row), "links": links}
        row.delete()
        audit.log(actor, "association_type.delete", before["name"], before=before)
