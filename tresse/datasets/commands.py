"""Building datasets, their versions and rolling them back from the command line (`cli.md`)."""

from collections.abc import Mapping, Sequence
from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.datasets import queries
from tresse.datasets.builds.comparison import difference
from tresse.datasets.changes.builds import build, rollback
from tresse.datasets.models import DatasetBuild
from tresse.datasets.told_builds import answer as facts_of
from tresse.datasets.told_builds import version_told
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.marks import N_

ENDINGS: Mapping[str, str] = {
    "published": N_("{dataset}: version {version} is published."),
    "unchanged": N_("{dataset}: nothing new; version {version} stands."),
    "held": N_(
        "{dataset}: the build waits for your decision: tresse build {dataset} --publish-held"
    ),
    "failed": N_("{dataset}: nothing was published."),
    "cancelled": N_("{dataset}: the build was cancelled; nothing was published."),
    "skipped": N_("{dataset}: skipped."),
}
COUNTS = N_(
    "{source_rows} records taken in: {records} golden records, {merged} merged; {blocked_values} "
    "values blocked, {quarantined} attachments refused."
)
A_VERSION = N_("{mark} {version:>4}  {at}  {records} golden records of {source_rows} records")
ROLLED_BACK = N_("{dataset}: version {version} is published again; it was {was}.")
PAUSED = N_("Paused: {paused}.")
DIFFERENCE = N_("{added} added, {removed} removed, {changed} changed.")
NOT_DONE = ("failed", "cancelled", "held")
"How a build may end that makes the command exit with 1."


@click.command("build")
@click.argument("names", metavar="DATASET…", nargs=-1, required=True)
@click.option("--full", is_flag=True, help="Work everything out anew.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="What works it out.")
@click.option("--publish-held", is_flag=True, help="Publish the build that waits for a decision.")
@acting
def build_(
    *,
    actor: Actor,
    answer: Answer,
    names: Sequence[str],
    full: bool,
    engine: str | None,
    publish_held: bool,
) -> None:
    """Build datasets and publish them together, such as: build contacts orders."""
    datasets = queries.datasets_named(names, actor)
    rows, job = build(
        datasets, actor=actor, full=full, engine=engine or "", publish_held=publish_held
    )
    shown = Shown(", ".join(names))
    run_here(job, show=None if answer.as_json else shown)
    shown.end()
    found = [queries.build_numbered(row.dataset, row.pk) for row in rows]
    told = [facts_of(row) for row in found]
    more = {"builds": told} if len(told) > 1 else {}
    answer({**told[0], **more}, *(line for row in found for line in lines_of(row)))
    if any(row.state in NOT_DONE for row in found):
        raise SystemExit(1)


def lines_of(row: DatasetBuild) -> list[str]:
    """What a build answered, for people."""
    facts = facts_of(row)
    lines = [gettext(ENDINGS[row.state]).format(**facts)]
    if "message" in facts:
        lines.append(facts["message"])
    if row.source_rows and row.state != "unchanged":
        counts = {key: f"{value:,}" for key, value in facts.items() if isinstance(value, int)}
        lines.append(gettext(COUNTS).format(**counts))
    return lines


@click.command()
@click.argument("name", metavar="DATASET")
@click.option("--compare", nargs=2, type=int, metavar="V1 V2", help="What differs of two versions.")
@acting
def versions(*, actor: Actor, answer: Answer, name: str, compare: tuple[int, int] | None) -> None:
    """List the versions of a dataset that are kept, or compare two of them."""
    dataset = queries.dataset_named(name, actor)
    if compare:
        found = difference(*(queries.version_numbered(dataset, number) for number in compare))
        answer(found, *_difference_lines(found))
        return
    told = [version_told(each, dataset.version_id) for each in queries.versions_of(dataset)]
    lines = [
        gettext(A_VERSION).format(
            mark="*" if each["published"] else " ",
            version=each["version"],
            at=f"{each['at']:%Y-%m-%d %H:%M}",
            records=f"{each['records']:,}",
            source_rows=f"{each['source_rows']:,}",
        )
        for each in told
    ]
    answer({"versions": told}, *lines)


def _difference_lines(found: Mapping[str, Any]) -> list[str]:
    words = gettext(DIFFERENCE).format(
        added=f"{found['added']:,}",
        removed=f"{found['removed']:,}",
        changed=f"{found['changed_rows']:,}",
    )
    return [words, *(f"{number:>10,}  {name}" for name, number in found["changed"].items())]


@click.command("rollback")
@click.argument("name", metavar="DATASET")
@click.argument("version", type=int)
@acting
def rollback_(*, actor: Actor, answer: Answer, name: str, version: int) -> None:
    """Publish an older version of a dataset; its schedule and syncs are paused."""
    dataset = queries.dataset_named(name, actor)
    done = rollback(queries.version_numbered(dataset, version), actor=actor)
    fields = {"version": done.version, "was": done.was, "paused": list(done.paused)}
    lines = [gettext(ROLLED_BACK).format(dataset=name, version=done.version, was=done.was)]
    if done.paused:
        lines.append(gettext(PAUSED).format(paused=", ".join(done.paused)))
    answer(fields, *lines)


COMMANDS: tuple[click.Command, ...] = (build_, versions, rollback_)
