"""Options a file names that the property does not have (T37): left out, added, or mapped."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tresse.kernel.text import clean, folded, normal
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.option import PARTS
from tresse.objects.kinds.reading import Reading, Refused
from tresse.transfers.wanted import Cells

CODE = "invalid_option"
_NOT_NAME = re.compile(r"[^a-z0-9]+")
MOST_DISTINCT = 5_000


@dataclass
class NewOptions:
    """Unknown options met so far. `unknown`: property → text → cells; `added`: (name, label).

    `chosen`: property → text → option, as the person said (`unknown_options` = `map`).
    """

    chosen: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    adds: bool = False
    unknown: dict[str, Counter[str]] = field(default_factory=dict)
    added: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _readings: dict[str, Reading] = field(default_factory=dict)

    def mapped(self, column: Cells, texts: list[str]) -> list[str]:
        """The cells with texts replaced as the person said."""
        chosen = self.chosen.get(column.name)
        if not chosen:
            return texts
        known = {normal(text): option for text, option in chosen.items()}
        return [known.get(normal(text), text) if text else text for text in texts]

    def settle(
        self, column: Cells, values: list[Any], refused: Sequence[Refused]
    ) -> tuple[list[Any], list[Refused]]:
        """Count unknown options and, if asked, take them as options to be added at the run."""
        if not any(each.code == CODE for each in refused):
            return values, list(refused)
        if column.is_new:
            return self._all_added(column, values, refused)
        counts = self.unknown.setdefault(column.name, Counter())
        for each in refused:
            if each.code == CODE and (each.text in counts or len(counts) < MOST_DISTINCT):
                counts[each.text] += 1
        if not self.adds:
            return values, list(refused)
        return self._all_added(column, values, refused)

    def _all_added(
        self, column: Cells, values: list[Any], refused: Sequence[Refused]
    ) -> tuple[list[Any], list[Refused]]:
        reading = self._with_new(column, [each.text for each in refused if each.code == CODE])
        left = []
        for each in refused:
            [value], again = KINDS[column.kind].parse_all([each.text], reading)
            values[each.position] = value
            left += [each] if again else []
        return values, left

    def _with_new(self, column: Cells, texts: Sequence[str]) -> Reading:
        name = column.name
        reading = self._readings.get(name, column.reading)
        options, labels = dict(reading.options), dict(reading.option_labels)
        taken = set(labels)
        for text in texts:
            parts = PARTS.split(text) if column.kind == "options" else [text]
            for part in map(clean, parts):
                # An archived one keeps its name and texts: it is refused, not made twice.
                if not part or normal(part) in options or normal(part) in reading.archived_options:
                    continue
                option = _name(part, taken)
                taken.add(option)
                options[normal(part)] = option
                labels[option] = part
                self.added.setdefault(name, []).append((option, part))
        self._readings[name] = replace(reading, options=options, option_labels=labels)
        return self._readings[name]


def _name(label: str, taken: set[str]) -> str:
    stem = _NOT_NAME.sub("_", folded(label)).strip("_")[:50] or "option"
    if not stem[0].isalpha():
        stem = f"o_{stem}"
    name, number = stem, 2
    while name in taken:
        name, number = f"{stem}_{number}", number + 1
    return name
