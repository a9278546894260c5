"""Making an installation and running it: what `tresse init`, `serve` and `demo` call."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, OperationalError, connection

from tresse.accounts.changes import ensure_administrator
from tresse.accounts.defaults import make_defaults as make_roles
from tresse.config import environment
from tresse.config.refusals import DATABASE_AWAY, FILE_UNUSABLE, NO_INSTALLATION
from tresse.connections.defaults import make_defaults as make_connections
from tresse.datasets.changes.defaults import make_defaults as make_datasets
from tresse.kernel.errors import TresseError
from tresse.objects.defaults import make_defaults as make_objects
from tresse.web.assets import collect

WORKERS = 3
"Of `tresse serve`: two imports at once (T68), and one for all else."


@dataclass(frozen=True, slots=True)
class Installation:
    """Where it is, and the first administrator; `password` only if it was made now."""

    home: Path
    database: str
    admin: str
    password: str | None


def initialise(*, email: str, name: str, password: str | None = None) -> Installation:
    """Make the home, the tables, the shipped definitions and the first administrator.

    Safe to call again: what is there stays, new tables and definitions are added.
    """
    home = environment.home()
    home.mkdir(parents=True, exist_ok=True)
    environment.secret_key()
    call_command("migrate", interactive=False, verbosity=0)
    make_roles()
    make_objects()
    make_connections()
    make_datasets()
    user, given = ensure_administrator(email=email, name=name, password=password)
    collect()
    return Installation(home, database_shown(), user.email, given)


def database_shown() -> str:
    """The database without its password."""
    chosen = settings.DATABASES["default"]
    if "sqlite" in chosen["ENGINE"]:
        return f"sqlite:///{chosen['NAME']}"
    port = f":{chosen['PORT']}" if chosen["PORT"] else ""
    return f"postgresql://{chosen['USER']}@{chosen['HOST']}{port}/{chosen['NAME']}"


def is_made() -> bool:
    """Whether the tables are there; a database that does not answer raises."""
    if connection.vendor == "sqlite" and not Path(connection.settings_dict["NAME"]).is_file():
        return False
    return "accounts_user" in connection.introspection.table_names()


def explained(error: DatabaseError | OSError) -> TresseError | None:
    """What a person can do about a fault below a command; None where it is a bug of ours."""
    if isinstance(error, OSError):
        return FILE_UNUSABLE(file=error.filename, reason=error.strerror) if error.filename else None
    place = str(environment.home()) if connection.vendor == "sqlite" else database_shown()
    connection.close()
    try:
        return None if is_made() else NO_INSTALLATION(place=place)
    except OperationalError as reason:
        line = str(reason).splitlines()[-1].rstrip(".")
        if "does not exist" in line:
            return NO_INSTALLATION(place=place)
        return DATABASE_AWAY(database=database_shown(), reason=line)


@contextlib.contextmanager
def beside_workers(number: int = WORKERS) -> Iterator[None]:
    """Run workers in processes of their own for as long as the block, or this process, lasts."""
    command = [sys.executable, "-m", "tresse", "worker", "--beside", str(os.getpid())]
    workers = [subprocess.Popen(command) for _ in range(number)]  # noqa: S603  our own program
    try:
        yield
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            try:
                worker.wait(timeout=15)
            except subprocess.TimeoutExpired:
                worker.kill()


def serve(host: str, port: int) -> None:
    """Serve pages and the API with granian, workers beside it, until interrupted."""
    from granian import Granian  # noqa: PLC0415  only the server needs it, and it is slow to load
    from granian.constants import Interfaces  # noqa: PLC0415

    collect()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tresse.config.settings"
    with beside_workers():
        Granian(
            "tresse.config.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=1,
            blocking_threads=8,
            log_access=False,
        ).serve()
