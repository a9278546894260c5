"""One choice of a list, or a set of them."""

import re
from typing import Any

from tresse.engine.types import Text
from tresse.kernel.errors import nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import clean, normal
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.operators import CHOICE
from tresse.objects.kinds.reading import Reading, Unreadable
from tresse.objects.kinds.texts import SET

PARTS = re.compile(r"[;|\n]")


class Option(PropertyKind):
    """One option of the list, stored by its name."""

    name = "option"
    label = N_("Choice")
    icon = "tag"
    column = Text
    refusals = ("invalid_option",)
    wanted = N_("one of its options")
    operators = CHOICE

    def parse(self, text: str, reading: Reading) -> str:
        """Read a name, a label or an alias."""
        return chosen(text, reading)

    def format(self, value: str, reading: Reading) -> str:
        """Its label, or its name where the label would mean several."""
        return shown(value, reading)


class Options(PropertyKind):
    """A set of options, stored as `|a|b|` in the order of the list."""

    name = "options"
    label = N_("Several choices")
    icon = "tag"
    column = Text
    refusals = ("invalid_option",)
    wanted = N_("one of its options")
    operators = SET

    def parse(self, text: str, reading: Reading) -> str | None:
        """Read parts separated by `;`, `|` or line breaks."""
        if normal(text) in reading.options:
            return joined([chosen(text, reading)], reading)
        parts = [part.strip() for part in PARTS.split(text)]
        return joined([chosen(part, reading) for part in parts if part], reading)

    def format(self, value: str, reading: Reading) -> str:
        """Labels with `; ` between."""
        return "; ".join(shown(name, reading) for name in names(value))

    def meant(self, value: Any, reading: Reading) -> list[str]:
        """The option of that name or label, by its name."""
        return [chosen(clean(str(value)), reading)]

    def to_json(self, value: str, reading: Reading) -> list[str]:  # noqa: ARG002
        """A list of names."""
        return names(value)

    def from_json(self, value: Any, reading: Reading) -> str | None:
        """A list of names or labels, or a text as pages read it."""
        if not isinstance(value, list):
            found: str | None = super().from_json(value, reading)
            return found
        texts = [clean(str(part)) for part in value]
        return joined([chosen(text, reading) for text in texts if text], reading)


def chosen(text: str, reading: Reading) -> str:
    """The option a text means.

    Raises:
        Unreadable: `invalid_option`, with the nearest label.
    """
    found = reading.options.get(normal(text))
    if found is None:
        near = nearest(normal(text), reading.options)
        name = reading.options[near] if near else ""
        raise Unreadable(
            "invalid_option", option=text, nearest=reading.option_labels.get(name, name)
        )
    return found


def shown(name: str, reading: Reading) -> str:
    """What `chosen` reads back."""
    label = reading.option_labels.get(name, name)
    return name if PARTS.search(label) or label.strip() != label or not label else label


def names(value: str) -> list[str]:
    """Names of the options in a stored set."""
    return value.strip("|").split("|")


def joined(chosen_names: list[str], reading: Reading) -> str | None:
    """The stored form of a set."""
    wanted = set(chosen_names)
    if not wanted:
        return None
    ordered = [name for name in reading.option_labels if name in wanted]
    rest = sorted(wanted.difference(ordered))
    return f"|{'|'.join([*ordered, *rest])}|"
