"""API tokens from the command line."""

import click

from tresse.accounts.actor import Actor
from tresse.accounts.changes import add_token
from tresse.accounts.changes.tokens import DAYS
from tresse.accounts.commandline import Answer, acting
from tresse.accounts.queries import user_with_email


@click.command("token")
@click.argument("name")
@click.option("--user", "email", required=True, metavar="EMAIL", help="Whose rights it has.")
@click.option("--read", "read_only", is_flag=True, help="It may read only.")
@click.option(
    "--days", type=int, default=DAYS, show_default=True, help="Until it expires; 0: never."
)
@acting
def token(
    *, actor: Actor, answer: Answer, name: str, email: str, read_only: bool, days: int
) -> None:
    """Make an API token. Its secret is shown this once."""
    made, secret = add_token(
        user_with_email(email),
        name=name,
        scope="read" if read_only else "write",
        days=days or None,
        actor=actor,
    )
    answer({"name": made.name, "token": secret}, secret)


COMMANDS = (token,)
