"""Connections and their kinds as pages show them: words, a hue, where they lead, their state."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext

from tresse.connections.kinds import KINDS
from tresse.connections.kinds.base import Kind
from tresse.connections.models import Connection
from tresse.connections.uses import uses_of
from tresse.kernel.marks import N_
from tresse.web.templatetags.components import hue

READS = {
    "table": N_("tables and views"),
    "query": N_("queries"),
    "entity": N_("records"),
    "files": N_("CSV and JSON files"),
}
WRITES = {
    "upsert": N_("new and changed rows"),
    "delete": N_("deletions"),
    "files": N_("files"),
    "records": N_("records and links"),
}
GROUPS = ((N_("Databases"), "table"), (N_("Files"), "files"), (N_("Others"), ""))
"Cards of kinds stand under these, by what a kind reads first."


@dataclass(frozen=True, slots=True)
class ShownKind:
    """A kind as a card."""

    kind: Kind
    label: str
    reads: str
    hue: str


@dataclass(frozen=True, slots=True)
class ShownConnection:
    """A connection as a line of a list or a card."""

    row: Connection
    kind: Kind
    label: str
    hue: str
    where: str
    "Host and database, or the folder; empty for what is built in."
    state: str
    tone: str
    users: list[str]


def words_of(names: Iterable[str], words: dict[str, str]) -> str:
    """What a kind reads or writes, in words; a dash if nothing."""
    return ", ".join(gettext(words[name]) for name in names if name in words) or "–"


def shown_kind(kind: Kind) -> ShownKind:
    """A kind as a card."""
    return ShownKind(kind, gettext(kind.label), words_of(kind.reads, READS), hue(kind.name))


def kind_groups() -> list[tuple[str, list[ShownKind]]]:
    """The kinds that people add, under headings; an empty heading is left out."""
    there = set(Connection.objects.values_list("kind", flat=True))
    # Of what has no settings, such as the drop folder, one is enough.
    left = [
        kind
        for kind in KINDS
        if not kind.is_builtin and kind.reads and (kind.fields or kind.name not in there)
    ]
    found = []
    for label, sort in GROUPS:
        fits = [kind for kind in left if not sort or sort in kind.reads]
        left = [kind for kind in left if kind not in fits]
        if fits:
            found.append((gettext(label), [shown_kind(kind) for kind in fits]))
    return found


def shown_connection(row: Connection, *, users: list[str] | None = None) -> ShownConnection:
    """A connection as a line or card; `users` are asked for if they are not given."""
    kind = KINDS[row.kind]
    state, tone = state_of(row)
    return ShownConnection(
        row=row,
        kind=kind,
        label=gettext(kind.label),
        hue=hue(kind.name),
        where=where_of(row),
        state=state,
        tone=tone,
        users=uses_of(row) if users is None else users,
    )


def where_of(row: Connection) -> str:
    """Host with port and database or folder, or the address, as one text."""
    given: dict[str, Any] = row.settings
    host = str(given.get("host", ""))
    if not host:
        return str(given.get("url", ""))
    port = f":{given['port']}" if given.get("port") else ""
    inside = str(given.get("database") or given.get("folder") or "").strip("/")
    return f"{host}{port}/{inside}" if inside else f"{host}{port}"


def state_of(row: Connection) -> tuple[str, str]:
    """State and tone of a connection: off, built in, not checked, works or fails."""
    if not row.is_enabled:
        return gettext("Switched off"), "grey"
    if row.is_good is False:
        return gettext("Cannot be reached"), "bad"
    if row.is_good:
        return gettext("Works"), "ok"
    if row.is_builtin:
        return gettext("Built in"), "ok"
    return pgettext("connection", "Not checked"), "grey"
