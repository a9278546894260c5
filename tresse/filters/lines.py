"""A draft as the page shows it: cards of lines, each with its controls and its fault."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from tresse.filters.controls import Shown
from tresse.filters.draft import INNER
from tresse.filters.editing import Head
from tresse.filters.operations import ROOT
from tresse.filters.shown import shown
from tresse.kernel.marks import N_

FIELD = "filter"
SORTS: Mapping[str, str] = {
    "all": N_("All of these"),
    "any": N_("Any of these"),
    "none": N_("None of these"),
}


@dataclass(frozen=True, slots=True)
class ShownLine:
    """One condition as the page shows it."""

    path: str
    id: str
    node: Any
    head: Head | None
    controls: tuple[Shown, ...]
    inner: "ShownCard | None"
    may_have_inner: bool
    is_off: bool
    fault: str
    is_incomplete: bool
    is_picking: bool
    has_focus: bool
    targets: tuple[tuple[str, str], ...]
    is_card: bool = False
    is_inner: bool = False

    @property
    def is_quiet(self) -> bool:
        """Whether what it lacks is no fault yet."""
        return self.is_incomplete

    @property
    def text(self) -> str:
        """A condition that cannot be read."""
        return shown(self.node)

    @property
    def label(self) -> str:
        """What the condition is on, for the names of its buttons."""
        return self.head.label if self.head else self.text


@dataclass(frozen=True, slots=True)
class ShownCard:
    """A group as the page shows it."""

    path: str
    id: str
    sort: str
    parts: tuple["ShownCard | ShownLine", ...]
    is_off: bool
    fault: str
    is_picking: bool
    targets: tuple[tuple[str, str], ...]
    base: str
    "Nodes move only between cards of one base."
    inner_label: str = ""
    is_card: bool = True

    @property
    def is_inner(self) -> bool:
        """Whether it is the filter on what a line is linked to."""
        return self.path.endswith(INNER)

    @property
    def is_empty(self) -> bool:
        """Whether it has no nodes."""
        return not self.parts

    @property
    def is_quiet(self) -> bool:
        """Whether what it lacks is no fault yet."""
        return self.is_empty

    @property
    def called(self) -> str:
        """What screen readers call it."""
        return gettext("Group: %(sort)s") % {"sort": gettext(SORTS[self.sort])}

    @property
    def order(self) -> str:
        """Its path as buttons name it."""
        return self.path or ROOT

    @property
    def name(self) -> str:
        """Of the field that chooses between all, any and none."""
        return f"{FIELD}.{self.order}.sort"

    @property
    def sorts(self) -> list[tuple[str, str]]:
        """All, any, none."""
        return [(key, gettext(text)) for key, text in SORTS.items()]

    @property
    def between(self) -> str:
        """What stands between its nodes."""
        return gettext("or") if self.sort == "any" else gettext("and")

    @property
    def is_root(self) -> bool:
        """Whether it is the whole filter."""
        return not self.path


def below(card: ShownCard) -> Iterator[ShownLine | ShownCard]:
    """Every node below a card, filters inside lines included."""
    for part in card.parts:
        yield part
        if isinstance(part, ShownCard):
            yield from below(part)
        elif part.inner is not None:
            yield part.inner
            yield from below(part.inner)
