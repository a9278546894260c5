"""Reads every setting from `TRESSE_…` variables: name, type, default and meaning in one table.

`docs/reference/settings.md` is compared with this table by a test.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tresse.engine.refusals import BAD_ENGINE
from tresse.engine.sqlite import SETTINGS as SQLITE_SETTINGS
from tresse.kernel.errors import Refusal
from tresse.kernel.marks import N_

BAD_DATABASE_URL = Refusal(
    "bad_setting",
    422,
    N_(
        'TRESSE_DATABASE_URL "{value}" is neither SQLite nor PostgreSQL. '
        "Write it as sqlite:///path/to/file or postgresql://user:password@host/name."
    ),
)

MAIL_SECURITIES = ("starttls", "tls", "none")
BAD_MAIL_SECURITY = Refusal(
    "bad_setting", 422, N_('TRESSE_SMTP_SECURITY "{value}" is none of starttls, tls, none.')
)
BAD_MEMORY = Refusal(
    "bad_setting", 422, N_('TRESSE_MEMORY "{value}" is no size such as 512MB or 4GB.')
)
BAD_NUMBER = Refusal("bad_setting", 422, N_('{name} "{value}" is not a whole number from 0 on.'))


@dataclass(frozen=True, slots=True)
class Setting:
    """One variable of the environment."""

    name: str
    default: str
    meaning: str


SETTINGS = (
    Setting("TRESSE_HOME", "./tresse-home", "Folder for the database, files and the secret key."),
    Setting(
        "TRESSE_DATABASE_URL",
        "",
        "sqlite:///path or postgresql://user:password@host/name; empty: SQLite in the home.",
    ),
    Setting("TRESSE_ENGINE", "duckdb", "Warehouse engine: duckdb or spark://host:port."),
    Setting("TRESSE_MEMORY", "512MB", "Most that the engine duckdb holds in memory; then disk."),
    Setting("TRESSE_SECRET_KEY", "", "Signs sessions; empty: a key kept in the home."),
    Setting("TRESSE_ALLOWED_HOSTS", "*", "Host names that pages answer to, joined by commas."),
    Setting("TRESSE_DEBUG", "0", "1 shows tracebacks on pages; never on a public machine."),
    Setting("TRESSE_HTTPS", "0", "1 when served over HTTPS: cookies are sent over HTTPS only."),
    Setting(
        "TRESSE_PROXIES",
        "0",
        "How many proxies of yours stand in front and add to X-Forwarded-For; 0: it is not read.",
    ),
    Setting("TRESSE_SMTP_HOST", "", "Mail server that sends e-mail of notifications; empty: none."),
    Setting("TRESSE_SMTP_PORT", "587", "Its port."),
    Setting("TRESSE_SMTP_USER", "", "Name to sign in with; empty: without signing in."),
    Setting("TRESSE_SMTP_PASSWORD", "", "Password to sign in with."),
    Setting("TRESSE_SMTP_SECURITY", "starttls", "starttls, tls (from the first byte on) or none."),
    Setting("TRESSE_SMTP_FROM", "tresse@localhost", "Address that e-mail comes from."),
)


def read(name: str, environment: Mapping[str, str] | None = None) -> str:
    """The value of a setting, or its default."""
    known = {setting.name: setting.default for setting in SETTINGS}
    return (environment or os.environ).get(name) or known[name]


def number(name: str) -> int:
    """The value of a setting that is a whole number.

    Raises:
        TresseError: `bad_setting`.
    """
    value = read(name)
    if not (value.isascii() and value.isdecimal()):
        raise BAD_NUMBER(name=name, value=value)
    return int(value)


def engine() -> str:
    """The address of the warehouse engine.

    Raises:
        TresseError: `bad_setting`.
    """
    value = read("TRESSE_ENGINE").strip()
    if value != "duckdb" and not re.fullmatch(r"spark://[^/\s,]+:[0-9]+(,[^/\s,]+:[0-9]+)*", value):
        raise BAD_ENGINE(value=value)
    return value


def memory() -> str:
    """The most memory of the warehouse engine, as DuckDB writes it.

    Raises:
        TresseError: `bad_setting`.
    """
    value = read("TRESSE_MEMORY").strip()
    if not re.fullmatch(r"[1-9][0-9]{0,5}\s?(MB|GB)", value, re.IGNORECASE):
        raise BAD_MEMORY(value=value)
    return value


def mail_security() -> str:
    """How the mail server is spoken to.

    Raises:
        TresseError: `bad_setting`.
    """
    value = read("TRESSE_SMTP_SECURITY")
    if value not in MAIL_SECURITIES:
        raise BAD_MAIL_SECURITY(value=value)
    return value


def home() -> Path:
    """The folder that holds what this installation keeps."""
    return Path(read("TRESSE_HOME")).absolute()


def secret_key() -> str:
    """The key from the environment, else the one in the home, made at first need."""
    if given := read("TRESSE_SECRET_KEY"):
        return given
    file = home() / "secret.key"
    if not file.exists():
        if not home().is_dir():
            return secrets.token_urlsafe(48)
        file.write_text(secrets.token_urlsafe(48))
        file.chmod(0o600)
    return file.read_text().strip()


def database() -> dict[str, Any]:
    """Django's description of the operational database.

    Raises:
        TresseError: `bad_setting`; the address is neither SQLite nor PostgreSQL.
    """
    url = read("TRESSE_DATABASE_URL") or f"sqlite:///{home() / 'tresse.sqlite3'}"
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError:
        raise BAD_DATABASE_URL(value=without_password(url)) from None
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "tresse.config.sqlite",
            "NAME": url.removeprefix("sqlite:///"),
            # Tests use a file too: an in-memory database has neither WAL nor several connections.
            "TEST": {"NAME": str(home() / "test.sqlite3")},
            "OPTIONS": {
                # Values are read by the types of our statements; the driver's own guesses by
                # column type would come in between.
                "detect_types": 0,
                "init_command": SQLITE_SETTINGS,
                "transaction_mode": "IMMEDIATE",
                "timeout": 30,
            },
        }
    if parts.scheme in {"postgresql", "postgres"} and parts.path.strip("/"):
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.strip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": port,
            "CONN_MAX_AGE": 60,
        }
    raise BAD_DATABASE_URL(value=without_password(url))


def without_password(url: str) -> str:
    """An address as it may be shown."""
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:…@", url)
