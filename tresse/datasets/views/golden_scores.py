"""Computed columns of one golden record: scores with their words, formulas, aggregates (D130a)."""

from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext

from tresse.datasets.builds.plans import plan_of
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.cells import cell_of, icon_of
from tresse.datasets.layout import SCORE
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.scores.library import InUse, uses_of
from tresse.datasets.scores.saying import value_shown
from tresse.datasets.views.computed import PAGES
from tresse.datasets.views.frame import address_of
from tresse.datasets.views.score_form import score_label
from tresse.datasets.views.scores import is_doubtful
from tresse.engine.base import Engine

KEYS = {"formula": "computed", "aggregate": "aggregates"}


def worked_shown(
    session: Engine, dataset: Dataset, version: DatasetVersion, id_: str
) -> dict[str, Any]:
    """`scores`: uses with a line per output; `worked`: formulas and aggregates."""
    computed = plan_of(version).computed
    if not computed:
        return {}
    table = tables_of(session, version).computed
    found = session.rows(
        sa.select(*(table.c[each.column] for each in computed)).where(table.c.id == id_)
    )
    cells = found[0] if found else [None] * len(computed)
    values = dict(zip((each.name for each in computed), cells, strict=True))
    here = address_of(dataset)
    return {
        "scores": [_use(each, values, here, id_, version) for each in uses_of(version)],
        "worked": [
            {
                "name": each.name,
                "icon": icon_of(each.type, each.semantic),
                "cell": cell_of(values[each.name], each.type, each.semantic),
                "address": f"{here}{PAGES[KEYS[each.sort]]}/?name={each.name}",
            }
            for each in computed
            if each.sort != SCORE
        ],
    }


def _use(
    use: InUse, values: dict[str, Any], here: str, id_: str, version: DatasetVersion
) -> dict[str, Any]:
    address = f"{here}scores/{use.key}/"
    return {
        "label": score_label(use.score),
        "prefix": use.used.use.prefix,
        "is_doubtful": is_doubtful(version, use.key),
        "address": address,
        "why_address": f"{address}why/?person={id_}",
        "lines": [
            {
                "label": gettext(output.label),
                "name": column.name,
                "text": value_shown(values.get(column.name), output),
            }
            for column, output in use.columns
        ],
    }
