"""Sources as `apply` and `config` have them (S31), and who uses a connection (S7)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.connections.models import Connection
from tresse.connections.uses import ConnectionUses
from tresse.kernel.definitions import DefinitionKind, Outcome
from tresse.sources.changes.sources import add_source, change_source, check_leads
from tresse.sources.models import Source
from tresse.sources.queries import A_SOURCE
from tresse.sources.saying import said
from tresse.sources.stored import definition_of

Item = Mapping[str, Any]


def read_sources() -> list[dict[str, Any]]:
    """All sources; what goes without saying is left out."""
    # Said anew, as PostgreSQL keeps the keys of JSON in an order of its own.
    return [said(definition_of(row)) for row in Source.objects.order_by("name")]


def write_source(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one source so; what it leads to is checked by `check_file`, once all are there.

    A file says a source as a whole: what it leaves out takes its default. A person who writes a
    file has looked at its types (S53).

    Raises:
        TresseError: As `add_source` and `change_source`.
    """
    row = Source.objects.filter(name=str(item.get("name"))).first()
    if row is None:
        add_source(item, actor=actor, in_file=True)
        return "created"
    before = row.revision
    row = change_source(row, item, actor=actor, in_file=True)
    return "unchanged" if row.revision == before else "changed"


def check_file(items: Sequence[Item]) -> None:
    """Check where the sources of a file lead, to each other too (S46, S48, S114).

    Raises:
        TresseError: `unknown_reference`, `relation_key_unknown`, `relation_type_mismatch`,
            `schedule_circle`.
    """
    check_leads(str(item.get("name")) for item in items)


def _uses(connection: Connection) -> Iterator[str]:
    for row in Source.objects.filter(connection=connection).order_by("name"):
        yield gettext(A_SOURCE).format(name=row.name)


KINDS = (DefinitionKind("sources", ("connections",), read_sources, write_source, check=check_file),)
CONNECTION_USES = (ConnectionUses("sources", _uses),)
