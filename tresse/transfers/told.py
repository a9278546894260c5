"""Keeps the findings of an import: counts all of them, stores at most 100,000 per code (T78)."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db import transaction

from tresse.transfers.findings import Finding
from tresse.transfers.models import Import, ImportFinding
from tresse.transfers.refusals import CELL, LINK, ROW

MOST_KEPT = 100_000
BATCH = 1_000
_PLAIN = (str, int, float, bool, type(None))


class Told:
    """Findings of one check or run, written in small transactions of their own or the caller's.

    A silent one only counts: a plan made anew in the middle of a run tells what was told before.
    """

    def __init__(self, import_id: int, phase: str, *, is_silent: bool = False) -> None:
        self.import_id, self.phase, self._is_silent = import_id, phase, is_silent
        self.codes: Counter[str] = Counter()
        self.levels: Counter[str] = Counter()
        self._waiting: list[ImportFinding] = []
        self._sheet: str | None = None

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it unless there are too many of its code."""
        self.codes[finding.code] += 1
        self.levels[finding.level] += 1
        if self._is_silent or self.codes[finding.code] > MOST_KEPT:
            return
        self._waiting.append(
            ImportFinding(
                belongs_to_id=self.import_id,
                phase=self.phase,
                level=finding.level,
                line=finding.line,
                code=finding.code,
                template=finding.template or finding.message.replace("{", "{{").replace("}", "}}"),
                details={key: _plain(value) for key, value in finding.details.items()},
                column=finding.column,
                column_number=finding.column_number,
                value=finding.value,
                hint=finding.hint,
                sheet=finding.sheet,
                record_id=finding.record_id,
            )
        )
        if len(self._waiting) >= BATCH and not transaction.get_connection().in_atomic_block:
            self.flush()

    def extend(self, findings: Iterable[Finding]) -> None:
        """Add several."""
        for finding in findings:
            self.add(finding)

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting and self._sheet is None:
            form = Import.objects.values_list("form", flat=True).get(pk=self.import_id)
            self._sheet = form.get("sheet") or ""
        for each in self._waiting if self._sheet else ():
            # Whoever found it: a line of a spreadsheet is one of its sheet.
            each.sheet = (self._sheet or "") if each.line else ""
        while self._waiting:
            few, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
            ImportFinding.objects.bulk_create(few)

    @property
    def faults(self) -> int:
        """Findings above a notice that concern rows, cells or links."""
        return sum(self.levels[level] for level in (ROW, CELL, LINK))


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, _PLAIN) else str(value)
