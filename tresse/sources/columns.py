"""A column of a source as a person describes it: its type, its rules, how its cells are written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleUse:
    """A rule with the settings that differ from its defaults: `{phone: {country: FR}}`."""

    name: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    "As written in YAML; checked by `written.rule_uses`."


@dataclass(frozen=True, slots=True)
class Defaults:
    """What columns and rules fall back on: settings of the account and of the installation."""

    zone: str = "UTC"
    "Of date-times written without one, where the column says none (S56)."
    country: str = ""
    "Of phones and postal codes written without one, as in ISO 3166; empty: none."
    is_strict: bool = False
    "The decimal sign of a column is its only one: types are proposed by this."
    key: bytes = field(default=b"", repr=False)
    "Of pseudonyms: a secret of the installation, at least 32 bytes."


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read. Frozen, made of plain values, stored as JSON by `written.py`."""

    name: str
    "As the source calls it; what comes of it has the same name."
    type: str = ""
    "Name of one of `types.TYPES`: what the cells are read as (S52). Empty: as detected, else text."
    rules: tuple[RuleUse, ...] = ()
    "In the order they are applied (S60)."
    zone: str = ""
    "Of a datetime written without offset (`Europe/Paris`); empty: `Defaults.zone`."
    format: str = ""
    "Of a date or datetime: `%d/%m/%Y`, `unix` or `unix_ms`; empty: ISO 8601."
    point: str = "."
    """Decimal sign of numbers, `.` or `,`. The other one, blanks and `'` may part thousands. Beside
    the point, which is the default, a comma is read as one where it can be nothing else."""
    separator: str = ""
    "Of a list that is written as text; empty: a JSON array."
    is_required: bool = False
    "`required: true`: a row without a readable value here is rejected (S101)."
    semantic: str = ""
    "What it holds, one of `semantics.FIELDS` (`email phone first_name …`); empty: nothing known."
