"""What every command of ours takes and gives: `--as`, `--json` and one answer."""

import functools
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import click

from tresse.accounts.queries import actor_with_email, first_administrator


def acting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command `--as EMAIL` and `--json`, and its function an `actor` and an `answer`.

    `answer(fields, *lines)` prints the lines for people, or with `--json` the fields as one JSON
    object on standard output and nothing else there. Without `--as`, the first administrator acts.
    """

    @click.option("--as", "acting_as", metavar="EMAIL", help="Act as this user.")
    @click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
    @functools.wraps(function)
    def command(acting_as: str | None, as_json: bool, **arguments: Any) -> Any:
        actor = actor_with_email(acting_as) if acting_as else first_administrator()
        return function(
            actor=replace(actor, source="api"), answer=Answer(as_json=as_json), **arguments
        )

    return command


class Answer:
    """Prints the result of a command, for people or for programs."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def __call__(self, fields: Mapping[str, Any], *lines: str) -> None:
        """Print the fields as JSON, or the lines."""
        if self.as_json:
            lines = (json.dumps(fields, ensure_ascii=False, default=str),)
        for line in lines:
            click.echo(printable(line))


def printable(text: str) -> str:
    """Text as a terminal takes it; a byte of an argument that is no UTF-8 as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def say(text: str) -> None:
    """Progress and remarks: on standard error, so that standard output stays clean."""
    click.echo(printable(text), err=True)


def is_terminal() -> bool:
    """Whether a person watches standard error."""
    return sys.stderr.isatty()
