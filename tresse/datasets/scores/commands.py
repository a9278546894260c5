"""Scores of a dataset from the command line (`cli.md`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import click
from django.utils.translation import gettext, ngettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.accounts.queries import account
from tresse.datasets import queries
from tresse.datasets.scores.distribution import Distribution, distribution
from tresse.datasets.scores.doors import described, scores_told
from tresse.datasets.scores.explaining import Explained, explained
from tresse.datasets.scores.library import Run, run_facts, use_named
from tresse.datasets.scores.saying import value_shown
from tresse.datasets.scores.told import explained_told
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.sources.versions import engine
from tresse.web.templatetags.numbers import number

HEAD = N_("{dataset}, version {version}: {score}, as of {at}.")
A_SETTING = N_("  {name}: {value}")
A_PART = N_("    {name}: {value}")
SETTINGS, FACTS = N_("Settings:"), N_("Worked out by:")
T0 = "t0"
_DECIMAL = re.compile(r"-?\d+\.\d+")
ORDERS = N_("{valid} of {all} orders count.")
NOT_COUNTED = N_("  {number}: {cause}")
NOTHING = N_("nothing")
NONE = N_("{dataset} has no scores. Its library: {names}.")
NOT_BUILT = N_("{dataset} was not built with them yet.")
NEEDS_SCORE = N_("the name of a score before it")
WIDTH = 40
"Of the longest bar, in characters."


@click.command("score")
@click.argument("name", metavar="DATASET")
@click.argument("score", metavar="[SCORE]", required=False)
@click.option("--explain", "key", metavar="KEY", help="The sum of the score for one record.")
@acting
def score_(*, actor: Actor, answer: Answer, name: str, score: str | None, key: str | None) -> None:
    """List the scores of a dataset, show one with its run facts, or explain it for one record."""
    dataset = queries.dataset_named(name, actor)
    if score is None:
        if key is not None:
            raise WRONG_VALUE(name="--explain", wanted=NEEDS_SCORE, value=f'"{key}"')
        found = scores_told(dataset)
        answer(found, *_listed(name, found))
        return
    version = queries.published(dataset)
    with engine() as session:
        if key is not None:
            sum_ = explained(session, dataset, score, key)
            answer(explained_told(sum_, score), *_sum(sum_))
            return
        told = described(session, version, score)
        run = run_facts(version, score)
        columns = [
            column.name
            for column, _ in use_named(version, score).columns
            if score in (run.in_use.key, column.name)
        ]
        lines = list(_described(name, run, version.number))
        for column in columns:
            lines += _bars(distribution(session, version, column))
    answer(told, *lines)


def _listed(name: str, found: Mapping[str, Any]) -> Iterator[str]:
    uses = found["scores"]
    used = sorted({key for each in found["library"] for key in each["used"]})
    if not uses:
        known = ", ".join(each["score"] for each in found["library"] if not each["missing"])
        yield gettext(NONE).format(dataset=name, names=known or "–")
        if used:
            yield gettext(NOT_BUILT).format(dataset=name)
        return
    width = max(len(each["key"]) for each in uses)
    for each in uses:
        columns = ", ".join(column["name"] for column in each["columns"])
        yield f"{each['key']:<{width}}  {columns}"


def _described(name: str, run: Run, version: int) -> Iterator[str]:
    at = f"{_local(run.as_of):%Y-%m-%d %H:%M}"
    yield gettext(HEAD).format(dataset=name, version=version, score=run.in_use.key, at=at)
    yield from _listing(SETTINGS, run.settings)
    facts = {
        name: value
        for name, value in run.facts.items()
        # The moment stands in the head, and settings are said once.
        if name != T0 and (name not in run.settings or run.settings[name] != value)
    }
    yield from _listing(FACTS, facts)
    if run.orders is not None:
        counts = {"valid": number(run.valid), "all": number(run.orders)}
        yield gettext(ORDERS).format(**counts)
        for each in run.invalid:
            yield gettext(NOT_COUNTED).format(number=number(each.number), cause=each.words)
    yield from run.warnings


def _listing(title: str, values: Mapping[str, Any]) -> Iterator[str]:
    """A title, and a line per value; one more for each part of a value that has parts."""
    said = {name: value for name, value in values.items() if value not in (None, "", [], (), {})}
    if said:
        yield gettext(title)
    for name, value in said.items():
        parts: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, Mapping) else ()
        if isinstance(value, list | tuple) and any(isinstance(each, Mapping) for each in value):
            parts = enumerate(value, 1)
        yield gettext(A_SETTING).format(name=name, value="" if parts else _value(value)).rstrip()
        for key, each in parts:
            if each is not None:
                yield gettext(A_PART).format(name=key, value=_value(each))


def _value(value: Any) -> str:
    """A setting or a figure on one line; the names of settings stay as files have them."""
    match value:
        case Mapping():
            return ", ".join(
                f"{name} {_value(each)}" for name, each in value.items() if each is not None
            )
        case list() | tuple():
            return ", ".join(map(_value, value)) or "–"
        case bool():
            return gettext("yes") if value else gettext("no")
        case int() | float():
            is_whole = isinstance(value, float) and value.is_integer()
            return value_shown(int(value) if is_whole else value) or "–"
        case str():
            return _plain(value)
    return str(value)


def _plain(text: str) -> str:
    """Decimals, which facts keep as texts, without zeros at their end; other texts as they are."""
    return (text.rstrip("0").rstrip(".") or "0") if _DECIMAL.fullmatch(text) else text


def _bars(found: Distribution) -> Iterator[str]:
    yield f"{found.column.name}"
    most = max((each.count for each in found.bars), default=0) or 1
    width = max((len(each.label) for each in found.bars), default=0)
    for each in found.bars:
        bar = "█" * max(round(each.count / most * WIDTH), 1 if each.count else 0)
        yield f"  {each.label:>{width}}  {number(each.count):>10}  {bar}"
    if found.nulls:
        yield f"  {gettext(NOTHING):>{width}}  {number(found.nulls):>10}"


def _sum(found: Explained) -> Iterator[str]:
    yield found.words
    for figure in (*found.outputs, *found.parts):
        shown = value_shown(figure.value, figure.output)
        yield f"  {gettext(figure.output.label)}: {shown if shown is not None else '–'}"
    counted = [each for each in found.orders if not each.cause]
    if found.orders:
        words = ngettext("{number} order counts:", "{number} orders count:", len(counted))
        yield words.format(number=number(len(counted)))
    for each in found.orders:
        day = f"{_local(each.at):%Y-%m-%d}" if each.at else "–"
        yield f"  {each.key}  {day}  {value_shown(each.net) or '–'}  {each.words}".rstrip()


def _local(moment: datetime) -> datetime:
    """As the account's clock has it: scores count by its days (SC5)."""
    try:
        return moment.astimezone(ZoneInfo(account().zone))
    except OverflowError:  # the last hours of the year 9999
        return moment


COMMANDS: tuple[click.Command, ...] = (score_,)
