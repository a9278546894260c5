"""Texts that break what reads cells, and how to put them through an engine."""

from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa
from hypothesis import strategies as st

from tresse.sources.columns import Defaults

DEFAULTS = Defaults(zone="Europe/Paris", country="FR", key=bytes(range(32)))
CASES = Path(__file__).parents[1] / "cases/sources/hostile.txt"
TEXTS = [line.encode().decode("unicode_escape") for line in CASES.read_text().splitlines()]
"A text a line, with the escapes of Python."
TEXTS += ["1" * 400, "x" * 5_000]
WORDS = st.sampled_from(TEXTS) | st.text(max_size=40) | st.from_regex(r"[0-9 .,:/+\-T()]{1,24}")


def cells(texts):
    """The texts that Arrow keeps: no halves of pairs."""
    return [t.encode("utf-8", "ignore").decode() for t in texts]


def loaded(engine, name, values, type_=None):
    """A table with `id` and `cell`, kept under a name."""
    core = type_ or sa.Text()
    batch = pa.record_batch({"id": range(len(values)), "cell": pa.array(values)})
    return engine.load(name, [batch], [sa.column("id", sa.BigInteger()), sa.column("cell", core)])
