"""Folding by the engine gives what folding in Python gives (D30, D31)."""

import pyarrow as pa
import sqlalchemy as sa

from tresse.engine.base import Engine
from tresse.sources.columns import Defaults
from tresse.sources.rules import RULES
from tresse.sources.rules.letters import folded
from tresse.sources.rules.settings import settings_of

PLAIN = [chr(code) for code in range(32, 127)]
TEXTS = [
    *PLAIN,
    *(f"A{each}b{each}{each}" for each in PLAIN),
    *(f"{each}É\u0301{each}" for each in PLAIN),
    "O'NEIL  Jr.",
    "\tTab\u00a0",
    "\u017ftraße İI",
]


def test_plain_texts_fold_alike_in_both_ways(any_engine: Engine):
    """D31: what engines do by themselves is what the rule does."""
    rule = RULES["fold"]
    column = sa.column("text", sa.Text())
    batch = pa.RecordBatch.from_pydict({"text": [*TEXTS, None, ""]})
    table = any_engine.load("fold_texts", [batch], [column])

    value = rule.apply(table.c.text, "text", settings_of(rule, {}), Defaults())
    found = dict(any_engine.rows(sa.select(table.c.text, value)))

    assert {text: found[text] for text in TEXTS} == {text: folded(text) or None for text in TEXTS}
    assert found[None] is None
    assert found[""] is None
