"""The page of docs/reference on kinds of connections, from what each kind says about itself."""

from collections.abc import Iterable, Iterator
from importlib import import_module
from typing import Any

HEAD = (
    "Connections",
    """A connection says how something is reached: its kind, settings and secrets. It is made on the
    page *Connections*, over REST, or by `tresse apply`, as
    [connect-a-database.md](../how-to/connect-a-database.md) shows. A setting in bold is
    needed. A secret is kept encrypted, or is `${NAME}` and is then read from the
    environment at each use. Kinds that are built in stand from the start; nobody adds or removes
    one.""",
)
ONLY_READ = "–"


def connections_page() -> Iterator[str]:
    """All kinds in a table, then each with its settings and secrets."""
    kinds = import_module("tresse.connections.kinds").KINDS
    yield "| kind | reads | writes | |"
    yield "| --- | --- | --- | --- |"
    for kind in kinds:
        reads, writes = ", ".join(kind.reads), ", ".join(kind.writes) or ONLY_READ
        built = "built in" if kind.is_builtin else ""
        yield f"| [`{kind.name}`](#{kind.name}) {kind.label} | {reads} | {writes} | {built} |"
    for kind in kinds:
        yield from _kind(kind)


def _kind(kind: Any) -> Iterator[str]:
    yield ""
    yield f"## {kind.name}"
    yield ""
    doc = " ".join((type(kind).__doc__ or "").strip().split("\n\n")[0].split())
    yield doc
    if kind.fields:
        yield ""
        yield from _fields("setting", kind.fields)
    if kind.secrets:
        yield ""
        yield from _fields("secret", kind.secrets)


def _fields(what: str, fields: Iterable[Any]) -> Iterator[str]:
    yield f"| {what} | default | meaning |"
    yield "| --- | --- | --- |"
    for field in fields:
        name = f"**`{field.name}`**" if field.is_required else f"`{field.name}`"
        default = "" if field.default in (None, "") else f"`{field.default}`"
        choices = ", ".join(f"`{each}`" for each in field.choices)
        meaning = ": ".join(part for part in (field.label, choices) if part)
        help_ = f". {field.help}" if field.help else ""
        yield f"| {name} | {default} | {meaning}{help_} |".replace("\n", " ")
