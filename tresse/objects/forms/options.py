"""The options of a property as rows, and where the records of a deleted one go (C13, C14)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tresse.accounts.forms import offer
from tresse.kernel.text import folded
from tresse.objects.described import OptionDef, PropertyDef
from tresse.objects.forms import BLANK, Choices
from tresse.objects.labels import shown_label

EMPTY = "-"
MOST_ROWS = 100
"Of options on one page; a longer list is searched and paged."


@dataclass(frozen=True, slots=True)
class OptionRow:
    """One option as its row shows it; without a name it is a new one."""

    name: str = ""
    label: str = ""
    aliases: str = ""
    colour: str = "grey"
    is_archived: bool = False


def rows_of(prop: PropertyDef, options: Iterable[OptionDef]) -> list[OptionRow]:
    """Options of a property as rows, and an empty one."""
    found = [
        OptionRow(
            each.name,
            shown_label(each, prop),
            "; ".join(each.aliases),
            each.colour,
            each.is_archived,
        )
        for each in options
    ]
    return [*found, OptionRow()]


@dataclass(frozen=True, slots=True)
class Shown:
    """Some options of a long list: those that have the words, from a place on."""

    options: tuple[OptionDef, ...]
    number: int
    "How many have the words."
    words: str = ""
    start: int = 0
    is_all: bool = True
    "Whether the whole list is shown, so that its order can be changed."

    @property
    def previous(self) -> int | None:
        """Where the rows before begin."""
        return max(0, self.start - MOST_ROWS) if self.start else None

    @property
    def next(self) -> int | None:
        """Where the rows after begin."""
        return self.start + MOST_ROWS if self.start + MOST_ROWS < self.number else None


def shown_options(prop: PropertyDef, asked: Any) -> Shown:
    """The options that a page asks for by `q` and `start`, at most `MOST_ROWS` of them."""
    words, start = asked.get("q", "").strip(), asked.get("start", "")
    first = int(start) if start.isdecimal() and len(start) < 7 else 0
    found = [option for option in prop.options if _has(option, prop, words)]
    some = tuple(found[first : first + MOST_ROWS])
    is_all = len(some) == len(prop.options)
    return Shown(some, len(found), words, first, is_all)


def _has(option: OptionDef, prop: PropertyDef, words: str) -> bool:
    texts = (option.name, option.label, shown_label(option, prop), *option.aliases)
    text = folded(" ".join(texts))
    return all(word in text for word in folded(words).split())


def posted_rows(posted: Any) -> list[OptionRow]:
    """Rows as the page sends them, moved where one of its arrows was pressed."""
    columns = [posted.getlist(key) for key in ("name", "label", "aliases", "colour")]
    archived = set(posted.getlist("archived"))
    rows = [
        OptionRow(name, label, aliases, colour, bool(name) and name in archived)
        for name, label, aliases, colour in zip(*columns, strict=False)
    ]
    return moved(rows, posted)


def moved(rows: list[Any], posted: Any) -> list[Any]:
    """Rows in their order; without scripts an arrow sends the form with `up` or `down`."""
    for key, step in (("up", -1), ("down", 1)):
        text = posted.get(key, "")
        if text.isdecimal() and int(text) < len(rows) and 0 <= int(text) + step < len(rows):
            at = int(text)
            rows[at], rows[at + step] = rows[at + step], rows[at]
    return rows


def is_move(posted: Any) -> bool:
    """Whether an arrow was pressed, so that nothing is saved yet."""
    return "up" in posted or "down" in posted


def option_facts(prop: PropertyDef, rows: Iterable[OptionRow]) -> Iterator[dict[str, Any]]:
    """Options as the change takes them; a new row without a label is none.

    A label that was left as shown stays as it is stored, in whichever language it was shown.
    """
    there = {option.name: option for option in prop.options}
    for row in rows:
        label = row.label.strip()
        if not (row.name or label):
            continue
        if row.name in there and label in {"", shown_label(there[row.name], prop)}:
            label = there[row.name].label
        aliases = [part.strip() for part in row.aliases.split(";") if part.strip()]
        facts: dict[str, Any] = {"label": label, "aliases": aliases, "colour": row.colour}
        facts["archived"] = row.is_archived
        yield {**facts, "name": row.name} if row.name else facts


class OptionRemoval(forms.Form):
    """What the records of a deleted option get."""

    replace_with = forms.ChoiceField(label=_("What its records get"), required=False)

    def __init__(self, *args: Any, others: Choices, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        nothing = (EMPTY, _("Nothing: empty the values"))
        offer(self, "replace_with", [(BLANK, _("Choose …")), *others, nothing])

    def facts(self) -> dict[str, Any]:
        """What the change takes."""
        chosen = self.cleaned_data["replace_with"]
        return {"empty": True} if chosen == EMPTY else {"replace_with": chosen or None}
