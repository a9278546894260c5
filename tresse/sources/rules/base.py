"""What a normalisation rule states, and what applying it gives."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import MISSING, dataclass, field, fields
from functools import cached_property
from typing import Any, ClassVar

import sqlalchemy as sa

from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.sources.columns import Defaults

ANY = frozenset(
    {"text", "integer", "decimal", "number", "boolean", "date", "datetime", "list", "json"}
)
TEXT = frozenset({"text"})
NUMBERS = frozenset({"integer", "decimal", "number"})
Value = sa.ColumnElement[Any]


class BadSetting(Exception):  # noqa: N818  reads as a sentence
    """A setting that will not do: `wanted` says what it must be, with names in braces."""

    def __init__(self, name: str, wanted: str, **details: Any) -> None:
        super().__init__(wanted)
        self.name = name
        self.wanted = wanted
        self.details = details


@dataclass(frozen=True, slots=True)
class Applied:
    """A column after a rule."""

    value: Value
    failed: sa.ColumnElement[bool] | None = None
    "True where there was a value and the rule could not read it; never NULL. None: never."


def setting(
    default: Any = MISSING,
    *,
    label: str,
    kind: str = "text",
    choices: tuple[tuple[str, str], ...] = (),
    help: str = "",
) -> Any:
    """A field of a rule's `Settings`; without a default it must be given.

    Args:
        default: Its value where it is left out.
        label: How a form calls it.
        kind: How it is checked and asked for, one of `settings.KINDS`.
        choices: Of a `choice`: stored name and label.
        help: What a form says beside it.
    """
    about = {"label": label, "kind": kind, "choices": choices, "help": help}
    if default is MISSING:
        return field(metadata=about)
    return field(default=default, metadata=about)


@dataclass(frozen=True, slots=True)
class NoSettings:
    """Of a rule without settings."""


class Rule(ABC):
    """A member of `RULES`. Holds no state; `apply` is an expression over a whole column.

    NULL stays NULL, an empty text is NULL, and no rule ever fails: what it cannot read is NULL and
    counted where `can_fail`.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    does: ClassVar[str]
    "One sentence for people."
    takes: ClassVar[frozenset[str]] = TEXT
    "Types of column it can be applied to."
    gives: ClassVar[str] = "text"
    "Type of the result; empty: the type it took."
    Settings: ClassVar[type] = NoSettings
    can_fail: ClassVar[bool] = False
    "Marked † in the reference: what it cannot read becomes NULL, counted as `code`."
    is_settled: ClassVar[bool] = True
    "Twice is once. False is marked ‡ in the reference."
    examples: ClassVar[tuple[tuple[dict[str, Any], Any, Any], ...]]
    "Settings, a value of the first type taken, what comes of it; tested on every engine."

    @property
    def code(self) -> str:
        """Warning of what it cannot read; empty: it reads everything."""
        return f"{self.name}_unreadable" if self.can_fail else ""

    @abstractmethod
    def apply(self, column: Value, type_: str, settings: Any, defaults: Defaults) -> Value:
        """The rule over a column of a type it takes."""

    def check(self, settings: Any, type_: str) -> None:  # noqa: ARG002
        """Refuse settings that make no sense together, or for a column of a type.

        Raises:
            BadSetting: Of the first that will not do.
        """
        return


class TextRule(Rule):
    """A rule that works out each text in Python, once for each distinct one."""

    python: ClassVar[Callable[..., Any]]
    """A function of a module: takes a text, then the settings by name."""
    unchanged: ClassVar[str] = ""
    "Texts that fit this pattern stay as they are whatever the settings: the engine sees to them."
    result: ClassVar[sa.types.TypeEngine[Any]] = sa.Text()

    @cached_property
    def function(self) -> Function:
        """The rule as the engines call it."""
        return Function(f"rule_{self.name}", type(self).python, self.result)

    def arguments(self, settings: Any, defaults: Defaults) -> dict[str, Any]:  # noqa: ARG002
        """What `python` is called with beside the text: constants."""
        return {each.name: getattr(settings, each.name) for each in fields(self.Settings)}

    def apply(self, column: Value, type_: str, settings: Any, defaults: Defaults) -> Value:  # noqa: ARG002
        """The rule over a column of texts."""
        value: Value = self.function(column, **self.arguments(settings, defaults))
        if self.gives == "text":
            value = sa.func.nullif(value, "")
        if self.unchanged:
            plain = columns.matches(column, self.unchanged)
            value = sa.case((plain, column), else_=value)
        return sa.type_coerce(value, self.result)
