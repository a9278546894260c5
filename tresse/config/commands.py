"""Commands about the installation itself: `init`, `serve`, `demo`, `bench`."""

import json

import click

from tresse.accounts.commandline import Answer, say
from tresse.config.benches import BENCHES, run_apart, run_here
from tresse.config.installation import initialise, is_made
from tresse.config.installation import serve as serve_site

PORT = click.IntRange(1, 65_535)
as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.command()
@click.option("--email", default="admin@example.com", show_default=True, help="Signs in with it.")
@click.option("--name", default="Administrator", show_default=True, help="Their name.")
@click.option("--password", help="Twelve characters or more; made and printed if left out.")
@as_json
def init(email: str, name: str, password: str | None, *, as_json: bool) -> None:
    """Make the home, the database, the default objects and the first administrator."""
    made = initialise(email=email, name=name, password=password)
    fields = {"home": str(made.home), "database": made.database, "admin": made.admin}
    lines = [f"Home      {made.home}", f"Database  {made.database}", f"Sign in   {made.admin}"]
    if made.password:
        fields["password"] = made.password
        lines.append(f"Password  {made.password}")
    Answer(as_json=as_json)(fields, *lines, "Next: tresse serve")


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@as_json
def serve(host: str, port: int, *, as_json: bool) -> None:
    """Serve the pages, the API and the worker together."""
    if not is_made():
        say("There is no installation here yet; making one.")
        made = initialise(email="admin@example.com", name="Administrator")
        if made.password:
            say(f"Sign in as {made.admin} with the password {made.password}")
    url = f"http://{host}:{port}/"
    say(f"Tresse is at {url}")
    if as_json:
        click.echo(json.dumps({"url": url}))
    serve_site(host, port)


@click.command()
@click.option("--port", type=PORT, default=8000, show_default=True, help="Port to listen on.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--no-serve", is_flag=True, help="Only fill the home.")
@as_json
def demo(port: int, host: str, *, no_serve: bool, as_json: bool) -> None:
    """Fill a fresh home with the shipped demo data through the real import, then serve it."""
    from tresse.config.demo import fill  # noqa: PLC0415  no other command needs it

    filled = fill(say)
    filled["url"] = f"http://{host}:{port}/"
    login = filled["login"]
    Answer(as_json=as_json)(
        filled,
        f"{filled['records']} records, {filled['links']} links.",
        f"Open      {filled['url']}",
        f"Sign in   {login['email']}",
        f"Password  {login['password']}",
    )
    if not no_serve:
        serve_site(host, port)


@click.command()
@click.argument("name", required=False)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    help="How many rows; the benchmark's own number if left out.",
)
@click.option("--here", is_flag=True, hidden=True)
@as_json
def bench(name: str | None, rows: int | None, *, here: bool, as_json: bool) -> None:
    """Measure, each benchmark beside its floor, in a fresh database that goes afterwards."""
    run = run_here if here else run_apart
    results = [run(each, rows=rows) for each in ([name] if name else BENCHES)]
    if as_json:
        click.echo(json.dumps(results[0] if name else {"benches": results}, default=str))
        return
    for result in results:
        click.echo(json.dumps(result, indent=2, default=str))


COMMANDS = (init, serve, demo, bench)
