"""What a careless or hostile program may send where something else is wanted."""

import copy
import json
from collections.abc import Iterable
from typing import Any

HUGE = 10**30
TEXTS = (
    "",
    " ",
    "x",
    "-1",
    "0",
    str(HUGE),
    "null",
    "1e400",
    "\x00",
    "\ud800",
    "a" * 70_000,
    "\u202eזרה 🎉",
    "'; DROP TABLE object_1; --",
    "<script>alert(1)</script>",
    "{{ x }}{x}%s%(x)s",
    "../../etc/passwd",
    "2026-02-30T25:00",
)
VALUES: tuple[Any, ...] = (
    *TEXTS,
    None,
    True,
    False,
    -1,
    0,
    1.5,
    HUGE,
    -HUGE,
    float("nan"),
    float("inf"),
    [],
    [[]],
    ["x", None, 3],
    {},
    {"x": {"y": []}},
    {"id": HUGE},
)
BODIES = (
    b"",
    b"null",
    b"[]",
    b"3",
    b'"x"',
    b"{",
    b"\xff\xfe",
    b"NaN",
    b"[" * 5_000,
    b'{"a": ' * 5_000,
    b"9" * 5_000,
    b'{"properties": {"last_name": "\\ud800"}}',
    b'{"": 1}',
)


def places(value, at=()):
    """Paths to every part of a JSON value, itself first."""
    yield at
    parts: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        parts = enumerate(value)
    for key, part in parts:
        yield from places(part, (*at, key))


def spoilt(body, random):
    """A copy of a body with one or two parts replaced, one taken out, or one too many."""
    body = copy.deepcopy(body)
    for _ in range(random.choice((1, 1, 2))):
        at = random.choice(list(places(body)))
        if not at:
            if isinstance(body, dict) and random.random() < 0.5:
                body[random.choice(TEXTS)] = copy.deepcopy(random.choice(VALUES))
                continue
            return random.choice(VALUES)
        holder = body
        for key in at[:-1]:
            holder = holder[key]
        if random.random() < 0.1:
            del holder[at[-1]]
        else:
            holder[at[-1]] = copy.deepcopy(random.choice(VALUES))
    return body


def sample(schema, document, depth=0):
    """A value that fits a JSON schema of the OpenAPI document, more or less."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return sample(document["components"]["schemas"][name], document, depth)
    for key in ("anyOf", "allOf", "oneOf"):
        if key in schema:
            return sample(schema[key][0], document, depth)
    if "default" in schema and schema["default"] is not None:
        return schema["default"]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {name: sample(each, document, depth + 1) for name, each in fields.items()}
    if kind == "array":
        return [sample(schema.get("items", {}), document, depth + 1)] if depth < 4 else []
    return {"integer": 1, "number": 1.5, "boolean": True, "null": None}.get(kind, "sample_text")


def as_json(body):
    """The bytes of a body; lone surrogates and not-a-numbers as JSON writers of others do."""
    return json.dumps(body).encode()
