"""Merging records and taking merges apart from the command line."""

from collections.abc import Iterable, Mapping
from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.changes import merge_records, unmerge_records
from tresse.records.elsewhere import UNMERGERS, meant

ID = click.IntRange(min=1)
NO_MEMBERS = N_("Of an object one id is taken; {members} is too much. Members are of datasets.")


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
@click.argument("name", metavar="OBJECT|DATASET")
@click.argument("key", metavar="ID|KEY")
@click.argument("members", nargs=-1, metavar="[MEMBER]…")
@click.option("--dry-run", is_flag=True, help="Only say what would come of it.")
@acting
@click.pass_context
def unmerge(
    context: click.Context,
    actor: Actor,
    answer: Answer,
    name: str,
    key: str,
    members: tuple[str, ...],
    *,
    dry_run: bool,
) -> None:
    """Take a merge apart: the last one into a record, or records of a golden record.

    Of an object, every record is as it was before its last merge: unmerge contact 12. Of a
    dataset, the records named are set apart: unmerge contacts ada@x.fr shop/7.
    """
    model = data_model()
    elsewhere = meant(name, UNMERGERS, model)
    if elsewhere is not None:
        unmerger, own_name = elsewhere
        unmerger.run(actor, answer, own_name, key, members, dry_run)
        return
    if members:
        message = gettext(NO_MEMBERS).format(members=" ".join(members))
        raise click.UsageError(message, context)
    object = model.object(name.removeprefix("object:"))
    id = ID(key, None, context)
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
