"""The validation rules of a property as rows of its page (C15): one for each rule of its kind."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.kernel.errors import TresseError
from tresse.kernel.marks import N_
from tresse.objects.kinds.rules import RULES, Rule

# How a page asks for the setting of a rule; those not named take one line of text.
WIDGETS = {
    "shortest": "number",
    "longest": "number",
    "most_decimals": "number",
    "lowest": "decimal",
    "highest": "decimal",
    "earliest": "date",
    "latest": "date",
    "days_from_today": "days",
    "digits_only": "yes",
    "no_spaces": "yes",
    "allowed_domains": "list",
    "blocked_domains": "list",
}
WORDS = {
    "shortest": N_("Characters at least"),
    "longest": N_("Characters at most"),
    "pattern": N_("Pattern that the whole value fits"),
    "digits_only": N_("Digits only"),
    "no_spaces": N_("No spaces"),
    "lowest": N_("At least"),
    "highest": N_("At most"),
    "most_decimals": N_("Decimals at most"),
    "earliest": N_("Not before"),
    "latest": N_("Not after"),
    "days_from_today": N_("Days from today"),
    "allowed_domains": N_("Only these domains"),
    "blocked_domains": N_("Not these domains"),
}


@dataclass
class RuleRow:
    """One rule: `value` as typed, `most` the second number of days from today."""

    rule: Rule
    number: int
    value: Any = ""
    most: str = ""
    message: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def prefix(self) -> str:
        """Of the names of its fields."""
        return f"rule-{self.number}"

    @property
    def label(self) -> str:
        """What the page calls it."""
        return gettext(WORDS[self.rule.name])

    @property
    def widget(self) -> str:
        """How its setting is asked for."""
        return WIDGETS.get(self.rule.name, "text")

    @property
    def is_set(self) -> bool:
        """Whether the rule is in force."""
        return bool(self.value or self.most)

    def stored(self) -> dict[str, Any]:
        """The rule as the change takes it."""
        facts = {"rule": self.rule.name, "value": _read(self)}
        return {**facts, "message": self.message} if self.message else facts


class RulesForm:
    """All rules that properties of a kind may have, those in force filled in."""

    def __init__(
        self, kind: str, stored: tuple[Mapping[str, Any], ...] = (), posted: Any = None
    ) -> None:
        names = [each["rule"] for each in stored]
        names += [each.name for each in RULES if kind in each.kinds and each.name not in names]
        if posted is None:
            given = [*stored, *[None] * (len(names) - len(stored))]
            self.rows = [
                _row(RULES[name], number, facts)
                for number, (name, facts) in enumerate(zip(names, given, strict=True))
            ]
        else:
            self.rows = list(_posted(posted, kind))

    @property
    def is_open(self) -> bool:
        """Whether any rule is in force or refused."""
        return any(row.is_set or row.errors for row in self.rows)

    @property
    def has_errors(self) -> bool:
        """Whether a rule was refused."""
        return any(row.errors for row in self.rows)

    def stored(self) -> list[dict[str, Any]]:
        """The rules in force, as the change takes them."""
        return [row.stored() for row in self.rows if row.is_set]

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Show what is refused about a rule beside it; other refusals go on.

        Raises:
            TresseError: Of anything but a rule.
        """
        try:
            yield
        except TresseError as error:
            name = "pattern" if error.code == "bad_pattern" else error.details.get("rule")
            row = next((row for row in self.rows if row.rule.name == name and row.is_set), None)
            if row is None:
                raise
            row.errors.append(message(error))


def _posted(posted: Any, kind: str) -> Iterator[RuleRow]:
    for number in range(100):
        name = posted.get(f"rule-{number}")
        if name is None or name not in RULES or kind not in RULES[name].kinds:
            return
        at = f"rule-{number}"
        texts = (posted.get(f"{at}-{key}", "").strip() for key in ("value", "most", "message"))
        yield RuleRow(RULES[name], number, *texts)


def _row(rule: Rule, number: int, facts: Mapping[str, Any] | None) -> RuleRow:
    if facts is None:
        return RuleRow(rule, number)
    value, most = facts.get("value", True), ""
    if isinstance(value, Mapping):
        most = str(value.get("most", ""))
        value = value.get("least", "")
    elif isinstance(value, list):
        value = ", ".join(map(str, value))
    return RuleRow(rule, number, str(value), most, facts.get("message", ""))


def _read(row: RuleRow) -> Any:
    """What the rule takes; a text that is none is left as typed, so that it is refused."""
    if row.widget == "yes":
        return True
    if row.widget == "list":
        return [part for part in row.value.replace(";", ",").replace(" ", ",").split(",") if part]
    if row.widget == "days":
        given = {"least": _whole(row.value), "most": _whole(row.most)}
        return {key: value for key, value in given.items() if value != ""}
    return _whole(row.value) if row.widget == "number" else row.value


def _whole(text: str) -> Any:
    try:
        return int(text)
    except ValueError:
        return text
