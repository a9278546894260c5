"""Scheduled exports as `apply` and `config` have them (T87)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.filters.mentions import mentions
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.objects.described import DataModel, data_model
from tresse.objects.uses import DefinitionUser, Target
from tresse.transfers.changes.schedules import (
    add_scheduled_export,
    change_scheduled_export,
    pause_scheduled_export,
    resume_scheduled_export,
    scheduled_facts,
)
from tresse.transfers.exporting.asked import NAMES, Asked
from tresse.transfers.models import ScheduledExport

KEYS = ("name", "object", *NAMES, "only_changed", "schedule", "to", "paused")
WHEN = ("cron", "zone")
NEEDED = ("objects", "properties", "association_types", "pipelines", "views", "segments", "lists")
Item = Mapping[str, Any]


def read_scheduled() -> list[dict[str, Any]]:
    """All scheduled exports; what goes without saying is left out."""
    return [said(row) for row in ScheduledExport.objects.order_by("name")]


def said(row: ScheduledExport) -> dict[str, Any]:
    """One of them as a file says it."""
    preset = Asked()
    facts = {
        key: value
        for key, value in scheduled_facts(row).items()
        if key not in NAMES or value != getattr(preset, key)
    }
    if not facts["only_changed"]:
        del facts["only_changed"]
    return {**facts, "paused": True} if row.is_paused else facts


def given_facts(item: Item) -> dict[str, Any]:
    """Arguments of the changes from what a file or a program says.

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    check_keys(item, KEYS, gettext("a scheduled export"))
    facts: dict[str, Any] = {}
    asked = {key: value for key, value in item.items() if key in NAMES}
    if asked:
        facts["asked"] = asked
    if "schedule" in item:
        when = item["schedule"]
        if not isinstance(when, Mapping):
            raise WRONG_VALUE(name="schedule", wanted="{cron, zone}", value=when)
        check_keys(when, WHEN, gettext("a schedule"))
        facts |= when
    return facts | {key: item[key] for key in ("only_changed", "to") if key in item}


def write_scheduled(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one scheduled export so; a new one belongs to the actor.

    Raises:
        TresseError: As `add_scheduled_export` and `change_scheduled_export`; `wrong_value`: it is
            of another object.
    """
    facts = given_facts(item)
    row = ScheduledExport.objects.select_related("owner").filter(name=item.get("name")).first()
    if row is None:
        row = add_scheduled_export(
            item.get("name", ""), object_name=str(item.get("object", "")), actor=actor, **facts
        )
        if item.get("paused"):
            pause_scheduled_export(row, actor=actor)
        return "created"
    if item.get("object", row.object_name) != row.object_name:
        raise WRONG_VALUE(name="object", wanted=row.object_name, value=item["object"])
    before = said(row)
    # A file says what is asked as a whole: what it leaves out is as if it had never been said.
    row = change_scheduled_export(row, actor=actor, **{"asked": {}, **facts})
    if "paused" in item:
        act = pause_scheduled_export if item["paused"] else resume_scheduled_export
        act(row, actor=actor)
    return "unchanged" if said(row) == before else "changed"


KINDS = (DefinitionKind("exports", NEEDED, read_scheduled, write_scheduled),)


def _pairs() -> Iterator[tuple[Target, str]]:
    """Definitions that scheduled exports name, and the exports as people name them."""
    model = data_model()
    for row in ScheduledExport.objects.order_by("name"):
        for target in _targets(row, model):
            yield target, gettext('scheduled export "{name}"').format(name=row.name)


def _uses(target: Target) -> Iterator[str]:
    return (use for used, use in _pairs() if used == target)


def _targets(row: ScheduledExport, model: DataModel) -> set[Target]:
    asked, base = row.settings, Target("object", row.object_name)
    named = {Target("property", name, row.object_name) for name in asked.get("columns") or ()}
    links = {
        Target("association_type", name.partition(":")[0])
        for name in asked.get("associations") or ()
    }
    try:
        filtered = mentions(asked.get("filter"), model.object(row.object_name), model)
    except TresseError:
        filtered = set()
    return {base, *named, *links, *filtered}


USERS = (DefinitionUser("exports", _uses, pairs=_pairs),)
