"""What is kept of a run of scores beside facts: code, orders that counted and why not (SC9)."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from tresse.datasets.definition import ScoreUse
from tresse.datasets.models import DatasetVersion, Rate
from tresse.datasets.scores.base import Facts
from tresse.datasets.scores.evaluate import Sheet, Used, used

RUNS = "runs"
"""Key of `DatasetVersion.basis`: by key of the use `{version, orders: {all, valid, <cause>: n},
today, money}`; `orders` of scores that read orders, `today` (facts as they would be) of frozen
ones; `money` tells currencies and rates apart."""
Runs = Mapping[str, Mapping[str, Any]]


def runs_of(sheet: Sheet, today: Mapping[str, Facts]) -> dict[str, dict[str, Any]]:
    """What to keep of the runs of scores under `RUNS`.

    Args:
        sheet: Of all people, whose scores were worked out.
        today: Of `frozen_facts`.
    """
    found: dict[str, dict[str, Any]] = {}
    counted: dict[str, dict[str, int]] = {}
    money = money_of(sheet.world.currency)
    for each in sheet.uses:
        facts: dict[str, Any] = {"version": each.score.version, "money": money}
        if any(need.entity == "orders" for need in each.score.needs):
            key = each.restriction.key
            if key not in counted:
                counted[key] = sheet.inputs_of(each).order_counts()
            facts["orders"] = counted[key]
        if each.use.key in today:
            facts["today"] = today[each.use.key]
        found[each.use.key] = facts
    return found


def runs_in(version: DatasetVersion) -> dict[str, dict[str, Any]]:
    """What a version keeps of its runs."""
    return dict(version.basis.get(RUNS) or {})


def money_of(currency: str) -> str:
    """What tells the currency of the account and its rates apart, which settings are too (SC7)."""
    rates = Rate.objects.order_by("currency", "date").values_list("currency", "date", "rate")
    said = [currency, *("/".join(map(str, each)) for each in rates)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def is_same_run(then: ScoreUse, now: Used, runs: Runs, money: str) -> bool:
    """Whether a use gives what it gave, of the same orders on the same day (SC16, step 1)."""
    is_same_money = runs.get(then.key, {}).get("money", money) == money
    return is_same_money and is_same_rule(then, now, runs)


def is_same_rule(then: ScoreUse, now: Used, runs: Runs) -> bool:
    """Whether the rule of a use is as it was: its settings, restriction and code.

    Args:
        then: The use as it was.
        now: The use as it is.
        runs: Of the version in which it was as `then`.
    """
    is_alike = used(then).settings == now.settings and then.where == now.use.where
    code = runs.get(then.key, {}).get("version", now.score.version)
    return is_alike and int(code) == now.score.version


def kept_facts(
    facts: Mapping[str, Any], runs: Runs, before: Iterable[ScoreUse], uses: Iterable[ScoreUse]
) -> Facts:
    """Facts of the version before that stay as they were: of frozen uses whose rule did not change.

    A frozen use whose settings change is cut anew: its cut-points were made for the old ones; so
    is one that a person recut since.

    Args:
        facts: Of the version before.
        runs: Likewise.
        before: Its uses.
        uses: Those of now.
    """
    then = {each.key: each for each in before}
    found: Facts = {}
    for use in uses:
        known = then.get(use.key)
        is_kept = use.is_frozen and known is not None and known.frozen_on == use.frozen_on
        if is_kept and known is not None and facts.get(use.key):
            now = used(use)
            if is_same_rule(known, now, runs):
                found[use.key] = dict(facts[use.key])
    return found


def frozen_facts(sheet: Sheet, kept: Mapping[str, Facts]) -> tuple[Facts, Facts]:
    """Facts of frozen uses, and those they would have if they were cut anew (SC18); by their keys.

    Frozen are the cut-points of before alone; days and counts are those of today.

    Args:
        sheet: Of all people.
        kept: Of `kept_facts`.
    """
    today = {each.use.key: sheet.facts_of(each) for each in sheet.uses if each.use.key in kept}
    frozen = {
        each.use.key: {**today[each.use.key], **each.score.cuts(kept[each.use.key])}
        for each in sheet.uses
        if each.use.key in kept
    }
    return frozen, today
