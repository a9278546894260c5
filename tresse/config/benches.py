"""The benchmarks of `bench/`, found beside the package in a checkout."""

import importlib
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import tresse
from tresse.kernel.errors import UNKNOWN_NAME, nearest

BENCHES: Mapping[str, str] = {
    "import": "bench.import_contacts",
    "index": "bench.index_page",
    "record": "bench.record_page",
    "link": "bench.link_insert",
}
"""Name to module; each has `run(rows=…) -> dict` with its floor measured in the same run."""


def run_bench(name: str, *, rows: int | None) -> dict[str, Any]:
    """Run one benchmark.

    Raises:
        TresseError: `unknown_name`.
    """
    if name not in BENCHES:
        raise UNKNOWN_NAME(sort="benchmark", name=name, nearest=nearest(name, BENCHES))
    checkout = str(Path(tresse.__file__).parents[1])
    if checkout not in sys.path:
        sys.path.insert(0, checkout)
    run: Callable[..., dict[str, Any]] = importlib.import_module(BENCHES[name]).run
    return run(**({"rows": rows} if rows else {}))
