"""Canonical text of a row and its hash (Y21), from texts of values; the engine has the same.

`sources.canonical` makes texts and hashes of whole tables; this is for single rows in hand.
"""

import hashlib
from collections.abc import Mapping


def canonical_text(values: Mapping[str, str | None]) -> str:
    """The canonical text of a row: for each field, in code-point order, its text or `~`.

    Args:
        values: Field to its canonical value (`sources.canonical.canonical_value`); None is null.
    """
    parts = []
    for name in sorted(values):
        text = values[name]
        parts.append(f"{name}=~;" if text is None else f"{name}={len(text)}:{text};")
    return "".join(parts)


def canonical_hash(values: Mapping[str, str | None]) -> str:
    """SHA-256 of the canonical text, in hexadecimal."""
    return hashlib.sha256(canonical_text(values).encode()).hexdigest()
