"""Datasets as `apply` and `config` have them (D3), and which sources they use."""

from collections.abc import Mapping, Sequence
from typing import Any

from tresse.accounts.actor import Actor
from tresse.datasets.changes.datasets import add_dataset, change_dataset
from tresse.datasets.checks import check_leads
from tresse.datasets.models import Dataset
from tresse.datasets.scores.definitions import APPLIED
from tresse.datasets.scores.definitions import KINDS as SCORE_KINDS
from tresse.datasets.stored import facts_of
from tresse.datasets.uses import datasets_fed_by
from tresse.kernel.definitions import DefinitionKind, Outcome
from tresse.sources.uses import SourceUses

Item = Mapping[str, Any]


def read_datasets() -> list[dict[str, Any]]:
    """All datasets with their applied rules; what goes without saying is left out.

    Their scores are definitions of their own (`scores.definitions`).
    """
    rows = Dataset.objects.select_related("rules").order_by("name")
    return [{key: value for key, value in facts_of(row).items() if key != "scores"} for row in rows]


def write_dataset(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one dataset so; what it leads to is checked by `check_file`, once all are there.

    A file says a dataset as a whole: what it leaves out takes its default; but for its scores,
    which a file may say under a key of their own. Other rules than those that hold become a new
    rule version, applied at once (D66).

    Raises:
        TresseError: As `add_dataset` and `change_dataset`.
    """
    row = Dataset.objects.filter(name=str(item.get("name"))).first()
    if row is None:
        add_dataset(item, actor=actor, in_file=True)
        return "created"
    before = row.revision
    if "scores" not in item:
        item = {**item, "scores": facts_of(row).get("scores")}
    row = change_dataset(row, item, actor=actor, in_file=True)
    return "unchanged" if row.revision == before else "changed"


def check_file(items: Sequence[Item]) -> None:
    """Check where the datasets of a file lead, to each other too; computed columns come later.

    Raises:
        TresseError: As `checks.check_leads`.
    """
    APPLIED.set(tuple(items))
    check_leads(str(item.get("name")) for item in items)


KINDS = (
    DefinitionKind("datasets", ("sources",), read_datasets, write_dataset, check=check_file),
    *SCORE_KINDS,
)
SOURCE_USES = (SourceUses("datasets", datasets_fed_by),)
