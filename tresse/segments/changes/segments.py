"""Making, changing and deleting segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.permission import require_right
from tresse.filters import checked
from tresse.filters.shape import Base
from tresse.kernel.clock import now
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import check_limit
from tresse.objects.described import DataModel
from tresse.objects.uses import Target, refuse_if_used, users_of
from tresse.records.writing import new_change_set
from tresse.segments.bases import NOT_BUILT, SegmentBase, base_of, sort_of
from tresse.segments.changes.facts import (
    check_sharing,
    checked_facts,
    checked_segment_base,
    facts_of,
    first_facts,
    require_change,
)
from tresse.segments.changes.stays import empty
from tresse.segments.events import holding
from tresse.segments.models import Segment
from tresse.segments.refusals import CHANGED_MEANWHILE, NAME_TAKEN, NO_FIRE
from tresse.segments.stay_keepers import keeper_of

THINGS = N_("segments")
YES_OR_NO = N_("true or false")


def checked_filter(
    filter: Any, base: SegmentBase, *, model: DataModel, actor: Actor, name: str = ""
) -> Any:
    """A filter that a segment may keep: without faults for its author, and without "me" (G10).

    One that names columns which the next build of a dataset brings may be kept before it.

    Raises:
        TresseError: what a filter is refused with; `segment_cycle`.
    """

    def over(rows: Base) -> Any:
        return checked(filter, rows, model=model, actor=actor, personal=False, name=name).source

    try:
        return over(base.rows())
    except TresseError as refusal:
        planned = base.planned()
        try:
            return over(planned)
        except TresseError as other:
            raise (other if refusal.code == NOT_BUILT else refusal) from None


def add_segment(
    *,
    base: str,
    filter: Any,
    model: DataModel,
    actor: Actor,
    name: str = "",
    label: str = "",
    **more: Any,
) -> Segment:
    """Make a segment (G50).

    Args:
        base: What it chooses rows of: an object type, else a dataset of that name;
            `dataset:NAME` is always the dataset.
        filter: In the filter language.
        model: The data model.
        actor: Needs to see its rows; `segments.share` to share it. Owns the segment.
        name: Stored name; made from the label if left out.
        label: What people read; made from the name if left out.
        more: `folder description sharing team keeps_size`.

    Raises:
        TresseError: `unknown_reference`, `not_permitted`, `invalid_name`, `reserved_name`,
            `name_taken`, `wrong_value`, `limit_reached`, what a filter is refused with.
    """
    made_of = checked_segment_base(base, model=model, actor=actor)
    facts = first_facts(Segment, name=name, label=label, more=more) | _size(more)
    check_sharing(facts.get("sharing", "private"), actor)
    number = Segment.objects.count()
    account = gettext("The account")
    check_limit("max_segments", number=number, name=account, things=gettext(THINGS))
    kept = checked_filter(filter, made_of, model=model, actor=actor, name=facts["name"])
    row = Segment(base=made_of.key, owner_id=actor.user_id, filter=kept, **facts)
    try:
        with transaction.atomic():
            row.save()
            audit.log(actor, "segment.add", row.name, after=facts_of(row))
    except IntegrityError:
        raise NAME_TAKEN(sort=gettext("segment"), name=row.name) from None
    return row


def _size(more: dict[str, Any]) -> dict[str, bool]:
    given = more.get("keeps_size")
    if given is None:
        return {}
    if not isinstance(given, bool):
        raise WRONG_VALUE(name="keeps_size", wanted=gettext(YES_OR_NO), value=given)
    return {"keeps_size": given}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a changed filter would do: how many enter and leave, and what uses the segment."""

    enter: int
    leave: int
    users: Sequence[str]


def effect_of(row: Segment, filter: Any, *, model: DataModel, actor: Actor) -> Effect:
    """What a changed filter would do, before it is saved (G56).

    Raises:
        TresseError: what a filter is refused with.
    """
    require_change(row, actor)
    made_of = base_of(row, model)
    kept = checked_filter(filter, made_of, model=model, actor=actor, name=row.name)
    enter, leave = keeper_of(row).effect(row, kept, model)
    return Effect(enter, leave, users_of(Target("segment", row.name)))


def change_segment(
    row: Segment,
    *,
    model: DataModel,
    actor: Actor,
    version: int | None = None,
    fire: bool = False,
    **more: Any,
) -> Segment:
    """Change what is said about a segment, or its filter.

    Stored members follow a changed filter at once, without events unless `fire` (G56).

    Args:
        row: The segment.
        model: The data model.
        actor: Its owner, or of a shared one who has `segments.share`; `automations.fire` to fire.
        version: On which the change is based; refused if the segment has moved on.
        fire: Whether those who enter and leave by the new filter do so with events.
        more: `label folder description sharing team filter keeps_size`.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `unknown_reference`, `changed_meanwhile`, what
            a filter is refused with.
    """
    require_change(row, actor)
    if fire:
        require_right(actor, "automations.fire")
        if sort_of(row.base)[0].prefix:
            raise NO_FIRE(name=row.label)
    facts = checked_facts(more) | _size(more)
    if "filter" in more:
        made_of = base_of(row, model)
        facts["filter"] = checked_filter(
            more["filter"], made_of, model=model, actor=actor, name=row.name
        )
    with holding():
        row = Segment.objects.select_for_update(of=("self",)).get(pk=row.pk)
        if version is not None and version != row.version:
            raise CHANGED_MEANWHILE(name=row.label, version=version)
        before = facts_of(row)
        if facts.get("sharing", row.sharing) != row.sharing:
            check_sharing(facts["sharing"], actor)
        for key, value in facts.items():
            setattr(row, key, value)
        was, now_is = audit.difference(before, facts_of(row))
        if not (was or now_is):
            return row
        row.version, row.updated_at = row.version + 1, now()
        row.save()
        audit.log(actor, "segment.change", row.name, before=was, after=now_is)
        if "filter" in now_is and row.watched_since is not None:
            change_set = new_change_set(actor)
            keeper_of(row).change(row, model, change_set=change_set, with_events=fire)
    return row


def delete_segment(row: Segment, *, actor: Actor) -> None:
    """Delete a segment; its records stay.

    Raises:
        TresseError: `not_permitted`; `in_use`, with what uses it (G60).
    """
    require_change(row, actor)
    refuse_if_used(Target("segment", row.name), row.label)
    with holding():
        audit.log(actor, "segment.delete", row.name, before=facts_of(row))
        empty(row)
        row.delete()
