"""What merging gives, said in plain Python, a cluster at a time."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from tests.datasets.merging.worlds import AS_OF
from tresse.datasets.layout import Plan, Planned

Row = Mapping[str, Any]
Found = tuple[Any, str | None, int, int]
"Value, winner's key, records with a value, distinct values."
SEVERITY = {"unsubscribed": 0, "unknown": 1, "pending": 2, "subscribed": 3}


def text(row: Row) -> str:
    return f"{row['source']}/{row['key']}"


def clamped(time: datetime | None) -> Any:
    return None if time is None else min(time, AS_OF)


class Cluster:
    """Records of one golden record, the latest first."""

    def __init__(self, plan: Plan, rows: Sequence[Row]) -> None:
        self.plan = plan
        self.rows = sorted(rows, key=self._latest)

    def priority(self, row: Row) -> int:
        return self.plan.sources.index(row["source"])

    def modified(self, row: Row) -> float:
        return clamped(row["modified_at"]).timestamp()

    def _latest(self, row: Row) -> Any:
        return (-self.modified(row), self.priority(row), row["source"], row["key"])

    def ties(self, row: Row) -> Any:
        return (self.priority(row), -self.modified(row), row["source"], row["key"])

    def value(self, row: Row, planned: Planned) -> Any:
        found = row["values"].get(planned.column.name)
        return None if isinstance(found, float) and math.isnan(found) else found

    def system(self) -> dict[str, Any]:
        seen = [clamped(row["created_at"] or row["modified_at"]) for row in self.rows]
        return {
            "first_seen_at": min(seen),
            "modified_at": max(clamped(row["modified_at"]) for row in self.rows),
            "members": len(self.rows),
            "sources": sorted({row["source"] for row in self.rows}),
            "keys": sorted(map(text, self.rows)),
        }

    def found(self, planned: Planned) -> Found:
        values = [self.value(row, planned) for row in self.rows]
        known = [each for each in values if each is not None]
        counts = (len(known), len({repr(each) for each in known}))
        method = planned.column.merge.method
        if method in COMBINED:
            return (COMBINED[method](known) if known else None, None, *counts)
        winner = PICKED[method](self, planned)
        if winner is None:
            return (None, None, *counts)
        return (self.value(winner, planned), text(winner), *counts)

    def known(self, planned: Planned) -> list[Row]:
        return [row for row in self.rows if self.value(row, planned) is not None]


def first(rows: Sequence[Row], key: Callable[[Row], Any] | None = None) -> Row | None:
    """The least one; without a key the latest."""
    return min(rows, key=key or (lambda _: 0), default=None)


def latest(cluster: Cluster, planned: Planned) -> Row | None:
    return first(cluster.known(planned))


def latest_record(cluster: Cluster, planned: Planned) -> Row | None:  # noqa: ARG001
    return cluster.rows[0]


def earliest(cluster: Cluster, planned: Planned) -> Row | None:
    by = planned.column.merge.by

    def key(row: Row) -> Any:
        if by:
            time = cluster.value(row, cluster.plan.of(by))
            return (time is None, time and time.toordinal(), cluster.ties(row))
        return (clamped(row["created_at"] or row["modified_at"]), cluster.ties(row))

    return first(cluster.known(planned), key)


def source_priority(cluster: Cluster, planned: Planned) -> Row | None:
    listed = [*planned.column.merge.sources]
    listed += [name for name in cluster.plan.sources if name not in listed]
    return first(cluster.known(planned), lambda row: listed.index(row["source"]))


def most_frequent(cluster: Cluster, planned: Planned) -> Row | None:
    rows = cluster.known(planned)
    counts = Counter(repr(cluster.value(row, planned)) for row in rows)
    return first(rows, lambda row: -counts[repr(cluster.value(row, planned))])


def longest(cluster: Cluster, planned: Planned) -> Row | None:
    return first(cluster.known(planned), lambda row: -len(cluster.value(row, planned)))


def shortest(cluster: Cluster, planned: Planned) -> Row | None:
    return first(cluster.known(planned), lambda row: len(cluster.value(row, planned)))


def least(cluster: Cluster, planned: Planned) -> Row | None:
    key = cluster.value
    return first(cluster.known(planned), lambda row: (key(row, planned), cluster.ties(row)))


def greatest(cluster: Cluster, planned: Planned) -> Row | None:
    rows = cluster.known(planned)
    most = max((cluster.value(row, planned) for row in rows), default=None)
    return first([row for row in rows if cluster.value(row, planned) == most], cluster.ties)


def consent(cluster: Cluster, planned: Planned) -> Row | None:
    """Of the trio `<name>`, `<name>_at`, `<name>_proof`."""
    name = planned.column.name

    def said(row: Row) -> Any:
        return clamped(row["values"].get(f"{name}_at")) or clamped(row["modified_at"])

    def severity(row: Row) -> int:
        return SEVERITY.get(row["values"][name], SEVERITY["unknown"])

    holding: dict[str, Row] = {}
    for row in cluster.known(planned):
        other = holding.setdefault(row["source"], row)
        key = [
            (-said(each).timestamp(), -cluster.modified(each), each["key"]) for each in (row, other)
        ]
        if key[0] < key[1]:
            holding[row["source"]] = row
    refused = [said(row) for row in holding.values() if severity(row) < SEVERITY["subscribed"]]

    def key_of(row: Row) -> Any:
        is_proven = bool(row["values"].get(f"{name}_proof")) and severity(row) == 3
        beats = is_proven and all(said(row) > time for time in refused)
        return (not beats, severity(row), -said(row).timestamp(), cluster.ties(row))

    return first(list(holding.values()), key_of)


def total(values: Sequence[Any]) -> Any:
    if isinstance(values[0], float):
        exact = (Decimal(repr(x)).quantize(Decimal("1e-6"), ROUND_HALF_UP) for x in values)
        return float(sum(exact))
    return sum(values)


def canonical(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def united(values: Sequence[Any]) -> list[str]:
    flat = [part for each in values for part in (each if isinstance(each, list) else [each])]
    return sorted({canonical(each) for each in flat})


PICKED = {
    "latest": latest,
    "latest_record": latest_record,
    "earliest": earliest,
    "source_priority": source_priority,
    "most_frequent": most_frequent,
    "longest": longest,
    "shortest": shortest,
    "min": least,
    "max": greatest,
    "consent": consent,
}
COMBINED: dict[str, Callable[[Sequence[Any]], Any]] = {
    "sum": total,
    "union": united,
    "any": any,
    "all": all,
}
