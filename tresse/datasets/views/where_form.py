"""Which rows of a dataset count, as forms of aggregates and scores ask it (G66).

All of them, those of a filter in the house's editor, or those where a formula is true.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn
from tresse.datasets.builds.plans import plan_of, relations_of
from tresse.datasets.golden_filter import base_of
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE
from tresse.datasets.views.frame import address_of, dataset_of, page
from tresse.filters.editor import Editor, editor_of
from tresse.kernel.marks import N_

ALL, FILTER, FORMULA = "all", "filter", "formula"
SORTS = {ALL: N_("All of them"), FILTER: N_("Those of a filter"), FORMULA: N_("By a formula")}
FORMULA_KEY = {"formula"}


@dataclass(frozen=True, slots=True)
class Where:
    """What is chosen, and what the page shows of it."""

    sort: str
    formula: str
    editor: Editor | None
    "None: nothing of the dataset was built yet, so that nobody knows its columns."
    rows: str = ""
    "Name of the dataset whose rows are chosen."

    @property
    def value(self) -> Any:
        """As a definition writes it; None: all rows."""
        if self.sort == FORMULA:
            return self.formula.strip() or None
        if self.sort == FILTER and self.editor is not None:
            return self.editor.filter
        return None

    @property
    def is_edit(self) -> bool:
        """Whether a button of the editor was pressed, without scripts."""
        return self.editor is not None and self.editor.is_edit

    @property
    def is_incomplete(self) -> bool:
        """Whether a condition still waits for its value: nothing can be tried yet."""
        editor = self.editor if self.sort == FILTER else None
        return editor is not None and bool(editor.incomplete)

    @property
    def sorts(self) -> list[tuple[str, str]]:
        """What there is to choose from."""
        known = [ALL, FILTER, FORMULA] if self.editor is not None else [ALL, FORMULA]
        return [(each, gettext(SORTS[each])) for each in known]


def where_of(request: SignedIn, other: Dataset | None, kept: Any = None) -> Where:
    """What a request chose of the rows of a dataset, else what is kept.

    Args:
        request: Of a page that has the fields of `_where.html`.
        other: Whose rows; None: nothing is chosen yet.
        kept: As a definition has it.
    """
    if isinstance(kept, Mapping) and set(kept) == FORMULA_KEY:
        kept = kept["formula"]
    formula = kept if isinstance(kept, str) else ""
    sort = FORMULA if formula else FILTER if kept else ALL
    editor = _editor(request, other, None if formula else kept)
    given = request.POST
    if "where_sort" in given:
        sort = given["where_sort"] if given["where_sort"] in SORTS else ALL
        formula = given.get("where_formula", "")
    if editor is not None and editor.is_edit:
        sort = FILTER
    return Where(sort, formula, editor, other.name if other else "")


def _editor(request: SignedIn, other: Dataset | None, kept: Any) -> Editor | None:
    version = other.version if other is not None else None
    if other is None or version is None:
        return None
    base = base_of(plan_of(version), relations_of(version))
    asks = f"{address_of(other)}where/"
    return editor_of(request, base, kept=kept, data=request.POST, is_personal=False, asks=asks)


@require_POST
def where_edit(request: SignedIn, name: str) -> HttpResponse:
    """The editor of a filter over the rows of a dataset anew, after one of its buttons."""
    dataset = dataset_of(request, name)
    require_right(request.actor, MANAGE)
    context = {"editor": _editor(request, dataset, None)}
    return page(request, "_where_filter.html", context)
