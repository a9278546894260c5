"""Fills a home with the shipped demo data, through the same functions as every other door."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import yaml
from django.db import transaction

import tresse
from tresse.accounts.actor import Actor
from tresse.accounts.changes import add_user, change_settings
from tresse.accounts.models import User
from tresse.accounts.queries import account, actor_with_email, first_administrator
from tresse.config.demo_datasets import unify
from tresse.config.demo_sources import read_sources
from tresse.config.installation import initialise
from tresse.datasets.models import Dataset
from tresse.jobs.worker import run as work
from tresse.jobs.worker import run_here
from tresse.kernel.clock import now
from tresse.objects.database import scalar
from tresse.objects.definitions import apply_file
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.records.changes import add_task, log_activity
from tresse.records.queries import record_by
from tresse.records.selection import Selection
from tresse.records.tables import EVENT, LINK
from tresse.segments.changes import make_list
from tresse.transfers.changes import add_import, run_import
from tresse.transfers.models import Import
from tresse.transfers.report import counters_of

EMAIL = "admin@example.com"
PASSWORD = "braid-the-strands"  # noqa: S105  of a demo on one's own machine
DUE = time(17)
Say = Callable[[str], None]


def folder() -> Path:
    """Where the demo's files are: in the package, or beside it in a checkout."""
    inside = Path(tresse.__file__).parent / "demo"
    return inside if inside.is_dir() else Path(tresse.__file__).parents[1] / "demo"


def fill(say: Say) -> dict[str, Any]:
    """Make a home with people, records, links and activities; one that has records stays as it is.

    Args:
        say: Told one line per step.

    Returns:
        The JSON fields of `tresse demo`, but for `url`.
    """
    made = initialise(email=EMAIL, name="Ada Demo", password=PASSWORD)
    actor = first_administrator()
    if not Import.objects.exists() and not _records(data_model()):
        _fill(yaml.safe_load((folder() / "demo.yaml").read_text(encoding="utf-8")), actor, say)
    else:
        say(f"{made.home} holds records already; nothing was imported again.")
    return {
        "records": _records(data_model()),
        "links": scalar(sa.select(sa.func.count()).select_from(LINK)),
        "datasets": Dataset.objects.exclude(version=None).count(),
        "events": scalar(sa.select(sa.func.count()).select_from(EVENT)),
        "automations": 0,
        "login": {"email": EMAIL, "password": PASSWORD},
    }


def _fill(script: Mapping[str, Any], actor: Actor, say: Say) -> None:
    change_settings(script["settings"], actor=actor)
    for person in script["people"]:
        if not User.objects.filter(email=person["email"]).exists():
            add_user(**person, password=PASSWORD, actor=actor)
    apply_file(
        yaml.safe_load((folder() / script["apply"]).read_text(encoding="utf-8")),
        actor=actor,
        dry_run=False,
    )
    for each in script["imports"]:
        _import(each, actor, say)
        if each.get("settles"):
            # What follows imports: rollups, likely duplicates, segments.
            work(until_idle=True)
    for each in script["lists"]:
        facts = {key: value for key, value in each.items() if key != "filter"}
        chosen = Selection(filter=each["filter"], is_all=True)
        make_list(chosen, model=data_model(), actor=actor, **facts)
    with transaction.atomic():
        for each in script["activities"]:
            _log(data_model(), each)
        for each in script["tasks"]:
            _add_task(data_model(), each)
    say(f"{len(script['activities'])} activities logged, {len(script['tasks'])} tasks added.")
    read_sources(folder(), actor, say)
    unify(folder(), actor, say)
    work(until_idle=True)


def _import(asked: Mapping[str, Any], actor: Actor, say: Say) -> None:
    file = folder() / asked["file"]
    row = add_import(
        asked["object"],
        file=file,
        file_name=file.name,
        actor=actor,
        **{key: asked[key] for key in ("settings", "reading", "match", "mapping") if key in asked},
    )
    row, job = run_import(row, actor=actor)
    run_here(job)
    row.refresh_from_db()
    counters = counters_of(row)
    say(
        f"{file.name}: {row.state}, {counters.rows} rows, {counters.created} created, "
        f"{counters.failed} failed."
    )


def _log(model: DataModel, asked: Mapping[str, Any]) -> None:
    log_activity(
        model,
        asked["kind"],
        [_about(model, asked)],
        fields=asked["fields"],
        actor=actor_with_email(asked["by"]),
        at=now() - timedelta(days=asked["days_ago"]),
    )


def _add_task(model: DataModel, asked: Mapping[str, Any]) -> None:
    zone = ZoneInfo(account().zone)
    day = now().astimezone(zone).date() + timedelta(days=asked["due_in"])
    due = datetime.combine(day, DUE, zone)
    values = {**asked["values"], "owner": asked["by"], "due_at": due.isoformat()}
    add_task(model, [_about(model, asked)], values=values, actor=actor_with_email(asked["by"]))


def _about(model: DataModel, asked: Mapping[str, Any]) -> tuple[ObjectDef, int]:
    name, external_id = asked["about"]
    object = model.object(name)
    return object, record_by(object, "external_id", external_id, first_administrator())


def _records(model: DataModel) -> int:
    numbers = (
        scalar(sa.select(sa.func.count()).select_from(object.table)) for object in model.objects
    )
    return sum(numbers)
