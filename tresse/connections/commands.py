"""Connections on the command line."""

from typing import Any

import click
from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.connections.changes import check_connection, check_writing
from tresse.connections.facts import seen_as_data
from tresse.connections.queries import connection_named


@click.command("check")
@click.argument("connection")
@click.option("--writing", is_flag=True, help="Make and remove one temporary table or file there.")
@acting
def check_command(*, actor: Actor, answer: Answer, connection: str, writing: bool) -> None:
    """Connect, and say what is seen or what is wrong."""
    row = connection_named(connection, actor)
    seen = (check_writing if writing else check_connection)(row, actor=actor)
    found = seen_as_data(seen)
    answer(found, found["message"], *found["warnings"], *map(_line, found["tables"]))
    if not seen.ok:
        raise SystemExit(1)


def _line(table: dict[str, Any]) -> str:
    if not table["columns"] and table["rows"] is None:
        # A file: neither is known before it is read.
        return f"  {table['name']}"
    rows = "?" if table["rows"] is None else f"{table['rows']:,}"
    about = gettext("about {rows}").format(rows=rows) if table["is_estimate"] else rows
    return f"{about:>18}  {table['name']} ({len(table['columns'])})"


COMMANDS = (check_command,)
