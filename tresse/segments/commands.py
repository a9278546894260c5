"""Lists and segments on the command line."""

import csv
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.kernel.errors import TresseError
from tresse.objects.described import DataModel, data_model
from tresse.segments.answers import count_of, members, since_of, words_of
from tresse.segments.bases import Members, base_of, said
from tresse.segments.changes import Filled, add_members, compare, remove_members
from tresse.segments.keys import ids_of, keys_in
from tresse.segments.models import List, Segment
from tresse.segments.queries import list_named, lists, segment_named, segments
from tresse.segments.sizes import sizes_of

BATCH = 1_000
OUT = click.Path(dir_okay=False, path_type=Path)
IN = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("segments")
@click.argument("name", required=False)
@click.option("--members", "out", type=OUT, help="Write its members here, as CSV.")
@click.option("--sizes", is_flag=True, help="Its size day by day.")
@click.option("--check", is_flag=True, help="Compare stored members with the filter.")
@acting
def segments_command(
    *,
    actor: Actor,
    answer: Answer,
    name: str | None,
    out: Path | None,
    sizes: bool,
    check: bool,
) -> None:
    """Segments with their numbers, or one with its words and members."""
    model = data_model()
    if name is None:
        _need_name(out=out, sizes=sizes, check=check)
        facts = [
            {**_facts(row, model, actor), "watched": row.watched_since is not None}
            for row in segments(actor)
        ]
        answer({"segments": facts}, *map(_line, facts))
        return
    row = segment_named(name, actor)
    found: dict[str, Any] = {
        "name": row.name,
        "base": said(row.base),
        "count": count_of(row, model, actor),
        "words": words_of(row, model, actor),
    }
    lines = [f"{row.label}: {found['count']}", str(found["words"])]
    if sizes:
        found["sizes"] = [
            {"day": each.day, "size": each.size, "entered": each.entered, "left": each.left}
            for each in sizes_of(row, days=366 * 5)
        ]
        lines += [
            f"{each['day']}  {each['size']}  +{each['entered']}  -{each['left']}"
            for each in found["sizes"]
        ]
    if check:
        found["difference"] = compare(mend=False, only=row).get(row.name, 0)
        lines.append(gettext("{number} memberships differ.").format(number=found["difference"]))
    if out is not None:
        lines.append(_write(row, out, model, actor))
    answer(found, *lines)


@click.command("lists")
@click.argument("name", required=False)
@click.option("--add", "adding", type=IN, help="Put on it the records whose keys are in this CSV.")
@click.option("--remove", "removing", type=IN, help="Take off it those whose keys are in this CSV.")
@click.option("--members", "out", type=OUT, help="Write its members here, as CSV.")
@click.option("--strict", is_flag=True, help="Exit with 1 if a key names no record.")
@acting
def lists_command(
    *,
    actor: Actor,
    answer: Answer,
    name: str | None,
    adding: Path | None,
    removing: Path | None,
    out: Path | None,
    strict: bool,
) -> None:
    """Lists with their numbers, or one: put records on it, take them off, write its members."""
    model = data_model()
    if name is None:
        _need_name(adding=adding, removing=removing, out=out)
        facts = [_facts(row, model, actor) for row in lists(actor)]
        answer({"lists": facts}, *map(_line, facts))
        return
    row = list_named(name, actor)
    added = _fill(row, adding, add_members, model, actor)
    removed = _fill(row, removing, remove_members, model, actor)
    failed = [*added[2], *removed[2]]
    written = [_write(row, out, model, actor)] if out is not None else []
    found = {
        "name": row.name,
        "count": count_of(row, model, actor),
        "added": added[0],
        "removed": removed[0],
        "unchanged": added[1] + removed[1],
        "failed": failed,
    }
    lines = [f"{row.label}: {found['count']}"]
    if adding or removing:
        lines.append(
            gettext("{added} added, {removed} removed, {unchanged} unchanged.").format(**found)
        )
    lines += [gettext('"{key}" names no record.').format(key=key) for key in failed]
    lines += written
    answer(found, *lines)
    if strict and failed:
        raise SystemExit(1)


def _need_name(**options: Any) -> None:
    if any(options.values()):
        message = "These options need a NAME."
        raise click.UsageError(message)


def _facts(row: List | Segment, model: DataModel, actor: Actor) -> dict[str, Any]:
    base = said(row.base)
    return {"name": row.name, "base": base, "count": _counted(row, model, actor)}


def _counted(row: List | Segment, model: DataModel, actor: Actor) -> int | None:
    """How many; None where the filter cannot be read: one of them does not hide the others."""
    try:
        return count_of(row, model, actor)
    except TresseError:
        return None


def _line(facts: dict[str, Any]) -> str:
    count = "–" if facts["count"] is None else facts["count"]
    return f"{count:>8}  {facts['name']} ({facts['base']})"


def _fill(
    row: List,
    path: Path | None,
    change: Callable[..., Filled],
    model: DataModel,
    actor: Actor,
) -> tuple[int, int, list[str]]:
    """How many changed, how many were so already, and the keys that name no record."""
    if path is None:
        return 0, 0, []
    ids, failed = ids_of(keys_in(path), model.object(row.base), actor)
    changed = unchanged = 0
    for start in range(0, len(ids), BATCH):
        done = change(row, ids[start : start + BATCH], model=model, actor=actor)
        changed, unchanged = changed + done.changed, unchanged + done.unchanged
    return changed, unchanged, failed


def _write(row: List | Segment, out: Path, model: DataModel, actor: Actor) -> str:
    """Write the members to a file; what to say of it."""
    number = 0
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "title", "since"])
        for page in _pages(row, model, actor):
            since = since_of(row, [each.id for each in page.members])
            for each in page.members:
                at = since.get(each.id)
                writer.writerow([each.id, each.title, at.isoformat() if at else ""])
            number += len(page.members)
    words = ngettext(
        "{number} member written to {path}.", "{number} members written to {path}.", number
    )
    return words.format(number=number, path=out)


def _pages(row: List | Segment, model: DataModel, actor: Actor) -> Iterator[Members]:
    cursor, limit = None, base_of(row, model).at_once
    while True:
        page = members(row, model, actor, cursor=cursor, limit=limit, columns=())
        yield page
        cursor = page.next
        if not cursor:
            return


COMMANDS = (segments_command, lists_command)
