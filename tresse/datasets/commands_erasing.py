"""Erasing a person from the command line (D90; `cli.md`)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.datasets import queries
from tresse.datasets.changes.erasures import erase, find, find_record
from tresse.datasets.erasing.looking import Found, crm_record, label_of
from tresse.datasets.erasing.told import certificate_of
from tresse.datasets.models import Erasure
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.elsewhere import meant

FOUND = N_("Found:")
REMOVED = N_("Removed:")
LINE = N_("{number:>8,}  {place}")
DESTINATION = N_("{name}: {answer}")
SURE = N_("Nothing was changed. Add --yes to erase this person for good.")
DONE = N_("Erasure {number} is done. Its certificate is at /erasures/{number}/.")
NOT_DONE = N_("Erasure {number} is not done: {state}.")


@dataclass(frozen=True, slots=True)
class Sets:
    """Datasets, as names that objects may have too."""

    name: str
    prefix: str
    has: Callable[[str], bool]


DATASETS = Sets(N_("dataset"), "dataset", queries.is_published)


@click.command("erase")
@click.argument("name", metavar="OBJECT|DATASET")
@click.argument("key", metavar="KEY")
@click.option("--dry-run", is_flag=True, help="Only show what is found, also with --yes.")
@click.option("--yes", "is_sure", is_flag=True, help="Erase; else it is only shown.")
@acting
def erase_(
    *, actor: Actor, answer: Answer, name: str, key: str, dry_run: bool, is_sure: bool
) -> None:
    """Erase a person everywhere: versions of datasets and sources, the CRM, destinations.

    Without --yes all that is found is shown, and nothing changes. It cannot be taken back.
    """
    seen = _found(name, key, actor)
    if dry_run or not is_sure:
        fields = {
            "found": dict(seen.counts),
            "removed": {},
            "destinations": list(seen.destinations),
            "certificate": None,
        }
        lines = [*_lines(FOUND, fields["found"]), *_answers(seen.destinations)]
        answer(fields, *lines, gettext(SURE))
        return
    row = erase(seen, actor=actor)
    if row.job is not None:
        shown = Shown(str(row.pk))
        run_here(row.job, show=None if answer.as_json else shown)
        shown.end()
    row = Erasure.objects.select_related("author", "dataset").get(pk=row.pk)
    fields = {
        "found": row.found,
        "removed": row.removed,
        "destinations": row.destinations,
        "certificate": certificate_of(row),
    }
    words = DONE if row.state == "done" else NOT_DONE
    last = gettext(words).format(number=row.pk, state=row.state)
    answer(fields, *_lines(REMOVED, row.removed), *_answers(row.destinations), last)
    if row.state != "done":
        raise SystemExit(1)


def _found(name: str, key: str, actor: Actor) -> Found:
    model = data_model()
    elsewhere = meant(name, (DATASETS,), model)
    if elsewhere is not None:
        return find(queries.dataset_named(elsewhere[1], actor), key, actor=actor)
    object = model.object(name.removeprefix("object:"))
    return find_record(object, crm_record(object, key, actor), actor=actor)


def _lines(head: str, counts: Any) -> Iterator[str]:
    yield gettext(head)
    for place, number in counts.items():
        yield gettext(LINE).format(number=number, place=label_of(place))


def _answers(destinations: Any) -> Iterator[str]:
    for each in destinations:
        yield gettext(DESTINATION).format(**each)


COMMANDS: tuple[click.Command, ...] = (erase_,)
