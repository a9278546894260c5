"""How a sentence quotes a piece of a filter."""

import json
from typing import Any

LONGEST = 80


def shown(value: Any) -> str:
    """A text in quotes, anything else as JSON; long pieces are cut."""
    text = f'"{value}"' if isinstance(value, str) else _json(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _json(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, default=str)
    except (RecursionError, ValueError):
        return "…"
