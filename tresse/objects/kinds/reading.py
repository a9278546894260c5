"""What a kind must know to read a column of texts: settings, and the words of the account."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, tzinfo
from typing import Any, NamedTuple

ORDERS = ("ymd", "dmy", "mdy")
LONGEST = 65_536
"Characters of any text (C10)."
INDEXED_LONGEST = 600
"Of a text that an index keeps: PostgreSQL takes 2,704 bytes an entry, a character up to 4."


class Unreadable(Exception):  # noqa: N818  reads as a sentence: raise Unreadable(...)
    """A text that a kind cannot read; `code` says why, `details` fill the sentence."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code)
        self.code = code
        self.details = details


class Refused(NamedTuple):
    """A cell that was not taken. `details` fill the sentence of `code` in `objects.refusals`."""

    position: int
    text: str
    code: str
    details: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """How the cells of one column, or the field of one form, are read. Knows no database.

    Keys of all mappings are normal forms (`kernel.text.normal`).
    """

    label: str = ""
    "What people call the property; stands in sentences."
    settings: Mapping[str, Any] = field(default_factory=dict)
    rules: tuple[Mapping[str, Any], ...] = ()
    "Validation rules as stored (`kinds.rules`)."
    zone: tzinfo = UTC
    "Of times written without one, and of today."
    date_order: str | None = "ymd"
    "One of `ORDERS`. Year-first is always read as well; None: nothing but it and month names."
    decimal_sign: str = "."
    "`.` or `,`; the other one may part thousands."
    by_cell: bool = True
    "A number that does not fit `decimal_sign` may be read by the other one (pages, not files)."
    country: str = ""
    "Default country of phones, as in ISO 3166 (`FR`)."
    currency: str = ""
    "Of a money property, as in ISO 4217."
    options: Mapping[str, str] = field(default_factory=dict)
    "Name, label and aliases of each active option, to its name."
    archived_options: Mapping[str, str] = field(default_factory=dict)
    option_labels: Mapping[str, str] = field(default_factory=dict)
    "Name of each option, archived ones too, to its label; in list order."
    users: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    "E-mail, id and full name, to the ids of the active users who have it."
    inactive_users: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    user_emails: Mapping[int, str] = field(default_factory=dict)
    "Of all users, inactive ones too."
    pipelines: Mapping[str, int] = field(default_factory=dict)
    pipeline_labels: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    "Id to name and label, in order; the first is the default one."
    stages: Mapping[int, Mapping[str, int]] = field(default_factory=dict)
    "Pipeline id to name and label of each of its stages, to the stage's id."
    stage_labels: Mapping[int, tuple[str, str]] = field(default_factory=dict)
    "Id to name and label."
    longest: int = LONGEST
    "Most characters of a text; fewer where an index keeps it (`INDEXED_LONGEST`)."
    pipeline: int | None = None
    "Stages are read in this one; None: in the only one that has it, the default one first."

    def widened(self) -> "Reading":
        """For filters, where archived options and inactive users still mean their records (G10)."""
        if not (self.archived_options or self.inactive_users):
            return self
        return replace(
            self,
            options={**self.archived_options, **self.options},
            users={**self.inactive_users, **self.users},
            archived_options={},
            inactive_users={},
        )
