"""Formulas give the same on Spark as `tests/engine/formulas` expects of all databases."""

import pyarrow as pa
import pytest
import sqlalchemy as sa

from tests.engine.formulas.engines import ROW, SETTING
from tests.engine.formulas.test_functions import EXAMPLES
from tresse.engine.formulas import Column, built
from tresse.engine.formulas.values import constant
from tresse.engine.relations import schema
from tresse.engine.types import Instant

COLUMNS = [sa.column(name, constant(v, t).type) for name, (t, v) in ROW.items()]


def test_formulas_mean_the_same_on_every_engine(any_engine):
    """D101, D102, D103: all examples in one statement."""
    cells = schema(COLUMNS)
    arrays = [pa.array([v], f.type) for f, (_, v) in zip(cells, ROW.values(), strict=True)]
    table = any_engine.load("formulas", [pa.RecordBatch.from_arrays(arrays, schema=cells)], COLUMNS)
    given = {name: Column(t, table.c[name], name) for name, (t, _) in ROW.items()}
    values = {text: built(text, given, SETTING) for text in EXAMPLES}

    [found] = any_engine.rows(
        sa.select(*(v.expression.label(f"f{i}") for i, v in enumerate(values.values())))
    )

    wrong = {
        text: value
        for (text, wanted), value in zip(EXAMPLES.items(), found, strict=True)
        if not _alike(value, wanted)
    }
    assert wrong == {}


def _alike(value, wanted) -> bool:
    if isinstance(wanted, float):
        return bool(value == pytest.approx(wanted, abs=1e-12))
    return (value, isinstance(value, bool)) == (wanted, isinstance(wanted, bool))


def test_instants_of_formulas_are_utc():
    assert any(isinstance(column.type, Instant) for column in COLUMNS)
