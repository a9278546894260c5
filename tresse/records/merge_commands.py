"""Merging records and taking merges apart from the command line."""

from collections.abc import Iterable, Mapping
from typing import Any

import click

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.changes import merge_records, unmerge_records

ID = click.IntRange(min=1)


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("survivor", type=ID, metavar="SURVIVOR")
@click.argument("ids", type=ID, nargs=-1, required=True, metavar="ID…")
@click.option(
    "--take",
    multiple=True,
    metavar="PROPERTY=ID",
    help="Whose value a property takes; the survivor's, if filled, where left out.",
)
@click.option(
    "--keep",
    multiple=True,
    metavar="RELATION=ID,ID",
    help="Which links stay where a relation allows fewer, such as order_contact:forward=7.",
)
@acting
def merge(
    actor: Actor,
    answer: Answer,
    object_name: str,
    survivor: int,
    ids: tuple[int, ...],
    take: tuple[str, ...],
    keep: tuple[str, ...],
) -> None:
    """Merge records into a survivor; `unmerge` takes them apart again."""
    model = data_model()
    made = merge_records(
        model,
        model.object(object_name.removeprefix("object:")),
        survivor,
        ids,
        actor=actor,
        choices={name: numbers[0] for name, numbers in _pairs("--take", take)},
        links=dict(_pairs("--keep", keep)),
    )
    fields = {"survivor": made.survivor, "merged": list(made.others)}
    answer(fields, f"Merged {', '.join(map(str, made.others))} into {made.survivor}.")


def _pairs(option: str, given: Iterable[str]) -> Iterable[tuple[str, list[int]]]:
    for text in given:
        name, _, numbers = text.partition("=")
        each = numbers.split(",")
        if not name or not all(number.isdecimal() for number in each):
            raise WRONG_VALUE(name=option, wanted=N_("a name, = and ids"), value=f'"{text}"')
        yield name, [int(number) for number in each]


@click.command()
@click.argument("object_name", metavar="OBJECT")
@click.argument("id", type=ID)
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@acting
def unmerge(actor: Actor, answer: Answer, object_name: str, id: int, *, dry_run: bool) -> None:
    """Take the last merge into a record apart: every record as it was before."""
    model = data_model()
    object = model.object(object_name.removeprefix("object:"))
    told = unmerge_records(model, object, id, actor=actor, dry_run=dry_run)
    verb = "Would restore" if dry_run else "Restored"
    answer(
        told.fields,
        f"{verb} {', '.join(map(str, told.records))}.",
        *(f"Stays with {told.survivor}: {_line(each)}" for each in told.kept_with_survivor),
        *(f"Not restored: {_line(each)}" for each in told.conflicts),
    )


def _line(item: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in item.items())


COMMANDS = (merge, unmerge)
