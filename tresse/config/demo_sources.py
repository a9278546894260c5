"""The connections and sources of the demo: a shop, tills and loyalty cards, read for real."""

import csv
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import psycopg
import yaml
from django.conf import settings

from tresse.accounts.actor import Actor
from tresse.accounts.changes import change_settings
from tresse.jobs.worker import run_here
from tresse.kernel.clock import now
from tresse.objects.definitions import apply_file
from tresse.sources.changes.runs import extract
from tresse.sources.models import Source

ADDRESS = "TRESSE_DEMO_SHOP"
"The environment names a PostgreSQL here that the shop may be put into; without: files."
LAST_ORDER = date(2006, 12, 30)
"Of the mail orders as they were published."
WRITTEN = "%d/%m/%Y %H:%M"
"How the shop's file of customers writes times."
TABLES = """
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;
CREATE TABLE shop.customers (
  customer_id integer PRIMARY KEY, first_name text, last_name text, email text, phone text,
  country char(2), newsletter boolean, created_at timestamp, updated_at timestamp NOT NULL
);
CREATE INDEX customers_updated_at ON shop.customers (updated_at, customer_id);
CREATE TABLE shop.orders (
  order_no text PRIMARY KEY, customer_id integer, placed_at timestamp NOT NULL, status text,
  lines integer, total numeric(12, 2), currency char(3), country char(2)
);
"""
Say = Callable[[str], None]


def read_sources(folder: Path, actor: Actor, say: Say) -> int:
    """Define the demo's connections and sources, read each once, and define its datasets.

    Answers how many sources there are.

    Args:
        folder: Of the demo's files.
        actor: In whose name.
        say: Told one line per step.
    """
    address = os.environ.get(ADDRESS, "")
    if address:
        change_settings({"private_addresses": True}, actor=actor)
        _fill_shop(address, folder / "retail" / "shop")
        say("The shop is a PostgreSQL database.")
        _apply(folder, "shop_database.yaml", actor, _words(address))
    else:
        say(f"The shop is a folder of files; with {ADDRESS} it would be a PostgreSQL database.")
        _apply(folder, "shop_files.yaml", actor, {})
    drop = Path(settings.HOME) / "drop" / "in"
    drop.mkdir(parents=True, exist_ok=True)
    for file in sorted((folder / "retail" / "loyalty").glob("*.csv")):
        shutil.copyfile(file, drop / file.name)
    _apply(folder, "connections.yaml", actor, {"mail_order": str(_mail_orders(folder))})
    for source in Source.objects.order_by("pk"):
        _read(source, actor, say)
    _apply(folder, "datasets.yaml", actor, {})
    if address:
        _go_on(address)
        _read(Source.objects.get(name="shop_customers"), actor, say)
    return Source.objects.count()


def _mail_orders(folder: Path) -> Path:
    """Mail orders with their days moved by whole weeks to the last one; answers their folder."""
    there = Path(settings.HOME) / "mail_order"
    there.mkdir(parents=True, exist_ok=True)
    days = (now().date() - LAST_ORDER).days - 1
    moved = timedelta(days=days - days % 7)
    for name, column in (("customers.csv", "since"), ("orders.csv", "ordered_on")):
        with (folder / "retail" / "mail_order" / name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        with (there / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            for row in rows:
                day = date.fromisoformat(row[column]) + moved
                writer.writerow({**row, column: day.isoformat()})
    return there


def _apply(folder: Path, name: str, actor: Actor, words: Mapping[str, str]) -> None:
    text = (folder / "retail" / name).read_text(encoding="utf-8")
    content = yaml.safe_load(text)
    apply_file(_filled(content, {"demo": str(folder), **words}), actor=actor, dry_run=False)


def _filled(content: Any, words: Mapping[str, str]) -> Any:
    """The content of a file with `{demo}` and the like filled in; other braces stay."""
    if isinstance(content, dict):
        return {key: _filled(value, words) for key, value in content.items()}
    if isinstance(content, list):
        return [_filled(value, words) for value in content]
    if isinstance(content, str):
        for name, value in words.items():
            content = content.replace(f"{{{name}}}", value)
    return content


def _words(address: str) -> dict[str, str]:
    parts = urlsplit(address)
    return {
        "host": parts.hostname or "127.0.0.1",
        "port": str(parts.port or 5432),
        "database": parts.path.lstrip("/"),
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }


def _read(source: Source, actor: Actor, say: Say) -> None:
    run, job = extract(source, actor=actor)
    run_here(job)
    run.refresh_from_db()
    say(
        f"{source.name}: {run.state}, {run.read} read, {run.new} new, {run.changed} changed, "
        f"{run.rejected} rejected."
    )


def _fill_shop(address: str, folder: Path) -> None:
    """Make the shop's tables anew, of its files."""
    with psycopg.connect(address) as there:
        there.execute(TABLES)
        _copy(there, "customers", _customers(folder / "customers.csv"))
        _copy(there, "orders", _orders(folder / "orders.csv"))


def _copy(there: psycopg.Connection[Any], table: str, rows: Iterator[tuple[Any, ...]]) -> None:
    with there.cursor().copy(f"COPY shop.{table} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _lines(file: Path) -> Iterator[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        yield from csv.DictReader(opened, delimiter=";")


def _customers(file: Path) -> Iterator[tuple[Any, ...]]:
    for line in _lines(file):
        times = (datetime.strptime(line[at], WRITTEN) for at in ("created_at", "updated_at"))  # noqa: DTZ007  of the shop's own clock
        texts = (line[name] or None for name in ("first_name", "last_name", "email", "phone"))
        is_told = line["newsletter"] == "oui"
        yield (int(line["customer_id"]), *texts, line["country"], is_told, *times)


def _orders(file: Path) -> Iterator[tuple[Any, ...]]:
    for line in _lines(file):
        yield (
            line["order_no"],
            int(line["customer_id"]) if line["customer_id"] else None,
            datetime.fromisoformat(line["placed_at"]),
            line["status"],
            int(line["lines"]),
            line["total"].replace(",", "."),
            line["currency"],
            line["country"],
        )


def _go_on(address: str) -> None:
    """Some days of the shop: customers change and come, so that a second reading finds some."""
    with psycopg.connect(address) as there:
        there.execute(
            "UPDATE shop.customers SET phone = '+44 20 7946 0111', updated_at = '2011-12-09 18:00' "
            "WHERE customer_id IN (SELECT customer_id FROM shop.customers "
            "WHERE country = 'GB' ORDER BY customer_id LIMIT 5)"
        )
        there.execute(
            "INSERT INTO shop.customers VALUES (18300, 'Maud', 'Tilling', "
            "'maud.tilling@post.example', '020 7946 0222', 'GB', true, "
            "'2011-12-09 17:30', '2011-12-09 17:30')"
        )
