"""Reading records from the command line."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import click

from tresse.accounts.actor import Actor
from tresse.accounts.commandline import Answer, acting
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.described import data_model
from tresse.records.answers import Shown
from tresse.records.elsewhere import meant
from tresse.records.lists import Listed, listed
from tresse.records.row_tables import ROW_SOURCES, ROW_TABLES, Chosen, rows_of

PAGE = 200


def filter_of(text: str | None) -> Any:
    """The value of `--filter`: JSON, or `@file` with JSON in it.

    Raises:
        TresseError: `wrong_value`.
    """
    if text is None:
        return None
    if text.startswith("@"):
        with click.open_file(text[1:], encoding="utf-8") as file:
            text = file.read()
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise WRONG_VALUE(name="--filter", wanted=N_("JSON, or @file"), value=text[:80]) from None


@click.command()
@click.argument("object_name", metavar="DATASET|OBJECT|TABLE")
@click.option("--columns", help="Names of properties, joined by commas.")
@click.option("--filter", "filter_text", help="The filter language as JSON, or @file.")
@click.option("--segment", help="Only rows that are in the segment of this name.")
@click.option("--sort", help="Names of properties, joined by commas; - before one descends.")
@click.option("--limit", default=50, show_default=True, help="How many rows at most; 0: all.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["json", "csv"]),
    default="csv",
    help="How rows are printed.",
)
@acting
def rows(
    actor: Actor,
    answer: Answer,
    object_name: str,
    columns: str | None,
    filter_text: str | None,
    segment: str | None,
    sort: str | None,
    limit: int,
    form: str,
) -> None:
    """Print rows of a dataset, of an object type, or of a table such as source_runs."""
    filter = filter_of(filter_text)
    if segment is not None:
        inside = {"segment": segment}
        filter = inside if filter is None else {"all": [inside, filter]}
    if object_name in ROW_TABLES:
        found = list(
            rows_of(
                ROW_TABLES[object_name],
                actor,
                filter=filter,
                sort=[each for each in (sort or "").split(",") if each],
                columns=columns.split(",") if columns else None,
                limit=limit or None,
            )
        )
        answer({"rows": found}, _printed(found, form))
        return
    model = data_model()
    elsewhere = meant(object_name, ROW_SOURCES, model)
    if elsewhere is not None:
        source, name = elsewhere
        chosen = Chosen(
            filter=filter,
            sort=tuple(each for each in (sort or "").split(",") if each),
            columns=tuple(columns.split(",")) if columns else None,
            limit=limit or None,
        )
        found = list(source.read(actor, name, chosen))
        answer({"rows": found}, _printed(found, form))
        return
    object = model.object(object_name.removeprefix("object:"))
    query: dict[str, Any] = {
        "actor": actor,
        "filter": filter,
        "sort": [each for each in (sort or "").split(",") if each],
        "columns": columns.split(",") if columns else None,
    }
    shown = Shown(object, actor)
    found = [
        {"id": record.id, "title": record.title, **shown.values(record.values)}
        for page in _pages(lambda **more: listed(model, object, **query, **more), limit)
        for record in page.records
    ]
    answer({"rows": found}, _printed(found, form))


def _printed(found: list[dict[str, Any]], form: str) -> str:
    return _as_csv(found) if form == "csv" else json.dumps(found, default=str)


def _pages(read: Any, limit: int) -> Iterator[Listed]:
    left, cursor = limit or None, None
    while left is None or left > 0:
        page: Listed = read(cursor=cursor, limit=min(PAGE, left or PAGE))
        yield page
        cursor = page.next
        if not cursor:
            return
        if left is not None:
            left -= len(page.records)


def _as_csv(found: list[dict[str, Any]]) -> str:
    text = io.StringIO()
    if found:
        writer = csv.DictWriter(text, list(found[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: _cell(value) for name, value in row.items()} for row in found)
    return text.getvalue().rstrip("\n")


def _cell(value: Any) -> Any:
    """A value as canonical text (Y21); a list as its values, parted."""
    match value:
        case list():
            return "; ".join(str(_cell(each)) for each in value)
        case bool():
            return "true" if value else "false"
        case Decimal():
            return f"{value.normalize() + 0:f}" if value.is_finite() else str(value)
        case float():
            return f"{value + 0.0:.9g}"
        case datetime() if value.tzinfo is not None:
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return value


COMMANDS = (rows,)
