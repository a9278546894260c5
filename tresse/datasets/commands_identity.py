"""Explaining golden records and deciding on them from the command line (`cli.md`)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import click
from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.accounts.permission import require_right
from tresse.datasets import queries
from tresse.datasets.builds.plans import plan_of
from tresse.datasets.cells import shown
from tresse.datasets.changes.decisions import KINDS, decide, decision_about, withdraw
from tresse.datasets.changes.unmerging import preview, unmerge, unmerging
from tresse.datasets.explaining import Explanation, Two, explain, explain_two
from tresse.datasets.explaining.ties import Edge
from tresse.datasets.explaining.told import decision_told, explanation_told, two_told
from tresse.datasets.explaining.values import Value
from tresse.datasets.models import Dataset, DatasetBuild
from tresse.datasets.outlook import Outlook
from tresse.datasets.records_named import ids_of, records_named
from tresse.datasets.scores.doors import computed_told
from tresse.datasets.told_builds import answer as facts_of
from tresse.jobs.progress import Shown
from tresse.jobs.worker import run_here
from tresse.kernel.marks import N_
from tresse.records.elsewhere import Unmerger
from tresse.sources.versions import engine

SHARED = N_("{a} and {b} share {key}: {value}")
DECIDED = N_("{a} and {b} are the same by a decision: {reason}")
VALUE = N_("{record}, {day}, {method} of {candidates}")
LOST = N_("not {values}")
ONE = N_("They are one golden record: {id}")
APART = N_("They are apart: {left} and {right}")
SAID = N_("Decided: {a} and {b} are the same.")
SAID_APART = N_("Decided: {a} and {b} are different.")
NOW_IN = N_("{record} is in {id}.")
NEVER_BUILT = N_("{dataset} was never built: its first build takes the decision in.")
PART = N_("{id}: {records}")
WOULD_BE = N_("Its records would be in {number} golden records:")
IS_NOW = N_("Its records are in {number} golden records:")
NOT_DONE = ("failed", "cancelled")


@click.command("explain")
@click.argument("name", metavar="DATASET")
@click.argument("key", metavar="KEY")
@click.argument("other", metavar="[KEY]", required=False)
@acting
def explain_(*, actor: Actor, answer: Answer, name: str, key: str, other: str | None) -> None:
    """Say why a golden record is what it is, or why two records are one or apart."""
    dataset = queries.dataset_named(name, actor)
    version = queries.published(dataset)
    with engine() as session:
        if other is None:
            found = explain(session, version, key)
            computed = computed_told(session, version, found.cluster.golden)
            fields = {**explanation_told(found), "computed": computed}
            answer(fields, *_lines(found), *_computed_lines(computed))
            return
        two = explain_two(session, version, key, other)
    answer(two_told(two), *_lines_of_two(two))


def _lines(found: Explanation) -> Iterator[str]:
    head = ngettext(
        "{dataset} {id}: {number} record, version {version}, rules {rules}.",
        "{dataset} {id}: {number} records, version {version}, rules {rules}.",
        len(found.members),
    )
    yield head.format(
        dataset=found.version.dataset.name,
        id=found.id,
        number=len(found.members),
        version=found.version.number,
        rules=found.rules or "–",
    )
    for member in found.members:
        # A build for a past moment sees records that were modified before they were read.
        days = sorted((member.first_seen.date(), member.modified_at.date()))
        yield f"  {member.name}  {days[0].isoformat()} – {days[1].isoformat()}"
    for edge in found.edges:
        yield f"  {_edge(edge)}"
    yield from (f"  {each.guard}: {each.words}" for each in found.refused)
    yield from (f"  {each.guard}: {each.words}" for each in found.kept_back)
    plan = plan_of(found.version)
    for value in found.values:
        if value.value is not None or value.lost:
            field = plan.of(value.column).column.semantic
            yield f"  {value.column}: {shown(value.value, field) or '–'}  ({_why(value, field)})"


def _computed_lines(computed: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Computed columns with what they are made of; the sum of a score is said once."""
    said: set[str] = set()
    for each in computed:
        made_of = each["words"] or each["formula"] or ""
        if each["score"]:
            made_of = "" if each["score"] in said else made_of
            said.add(each["score"])
        words = f"  ({made_of})" if made_of else ""
        yield f"  {each['column']}: {each['label'] or shown(each['value']) or '–'}{words}"


def _edge(edge: Edge) -> str:
    if edge.decision is not None:
        facts = {"a": edge.a.name, "b": edge.b.name, "reason": edge.decision.reason or "–"}
        return gettext(DECIDED).format(**facts)
    return gettext(SHARED).format(
        a=edge.a.name, b=edge.b.name, key=", ".join(edge.columns), value=edge.value
    )


def _why(value: Value, field: str) -> str:
    record = "/".join(filter(None, (value.source, value.record_key))) or "–"
    day = f"{value.updated_at:%Y-%m-%d}" if value.updated_at else "–"
    method = f"{value.group}: {value.method}" if value.group else value.method
    said = gettext(VALUE).format(record=record, day=day, method=method, candidates=value.candidates)
    lost = ", ".join(f"{shown(each.value, field)} ({each.member.name})" for each in value.lost)
    return "; ".join([said, gettext(LOST).format(values=lost)] if lost else [said])


def _lines_of_two(two: Two) -> Iterator[str]:
    if two.is_one:
        yield gettext(ONE).format(id=two.left.id)
        yield from (f"  {_edge(edge)}" for edge in two.path)
        return
    yield gettext(APART).format(left=two.left.id, right=two.right.id)
    yield from (f"  {each.words}" for each in two.reasons)


@click.command("decide")
@click.argument("name", metavar="DATASET")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("a", metavar="A")
@click.argument("b", metavar="B")
@click.option("--reason", default="", help="Why, for others to follow; needed to decide.")
@click.option("--withdraw", "is_withdrawn", is_flag=True, help="Take the decision back.")
@acting
def decide_(
    *,
    actor: Actor,
    answer: Answer,
    name: str,
    kind: str,
    a: str,
    b: str,
    reason: str,
    is_withdrawn: bool,
) -> None:
    """Say that two records are one, or are not; the golden records are built anew."""
    dataset = queries.dataset_named(name, actor)
    require_right(actor, queries.MANAGE)
    one, other = records_named(dataset, (a, b))
    if is_withdrawn:
        rows = withdraw(decision_about(dataset, kind, one, other), actor=actor)
        taken_back = ngettext(
            "{number} decision is withdrawn.", "{number} decisions are withdrawn.", len(rows)
        )
        row, words = rows[0], taken_back.format(number=len(rows))
    else:
        row = decide(dataset, kind, one, other, actor=actor, reason=reason)
        words = gettext(SAID if kind == KINDS[0] else SAID_APART).format(a=row.a, b=row.b)
    build = _built(dataset, answer)
    records = ids_of(dataset, (one, other))
    fields = {"decision": decision_told(row), "records": records, "build": build}
    lines = [gettext(NOW_IN).format(**each) for each in records if each["id"]]
    if dataset.version is None:
        lines.append(gettext(NEVER_BUILT).format(dataset=name))
    answer(fields, words, *lines)
    _exit(build)


def _built(dataset: Dataset, answer: Answer) -> dict[str, Any] | None:
    """Run the build that a decision asked for, here; None: there is none."""
    dataset.refresh_from_db()
    row = dataset.last_build
    if dataset.version is None or row is None or row.job is None or not row.job.is_live:
        return None
    progress = Shown(dataset.name)
    run_here(row.job, show=None if answer.as_json else progress)
    progress.end()
    dataset.refresh_from_db()
    return facts_of(DatasetBuild.objects.select_related("dataset__version").get(pk=row.pk))


def _exit(build: dict[str, Any] | None) -> None:
    if build is not None and build["state"] in NOT_DONE:
        raise SystemExit(1)


def _unmerge(
    actor: Actor, answer: Answer, name: str, key: str, members: tuple[str, ...], dry_run: bool
) -> None:
    """Set records of a golden record apart; with `dry_run` only say what would come of it."""
    dataset = queries.dataset_named(name, actor)
    with engine() as session:
        wanted = unmerging(session, dataset, key, members, actor=actor)
        seen = preview(session, wanted)
    build = None
    if not dry_run:
        unmerge(wanted, actor=actor)
        build = _built(dataset, answer)
    fields = {
        "records": [
            {"id": each.id, "new": each.is_new, "members": list(each.records)}
            for each in seen.parts
        ],
        "kept_with_survivor": list(wanted.kept),
        "conflicts": [],
        "build": build,
    }
    answer(fields, *_parts(seen, dry_run=dry_run))
    _exit(build)


def _parts(seen: Outlook, *, dry_run: bool) -> Iterator[str]:
    yield gettext(WOULD_BE if dry_run else IS_NOW).format(number=len(seen.parts))
    for each in seen.parts:
        yield "  " + gettext(PART).format(id=each.id, records=", ".join(each.records))


COMMANDS: tuple[click.Command, ...] = (explain_, decide_)
UNMERGERS = (Unmerger(N_("dataset"), "dataset", queries.is_published, _unmerge),)
