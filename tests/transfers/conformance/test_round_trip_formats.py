"""Export, then import of the untouched file: every object type, kind, format and choice (T85)."""

import contextlib
import csv
import io
import itertools
from typing import Any

import pytest
from django.db import connection

from tests.transfers.conformance.test_round_trip import HOSTILE, assert_unchanged
from tests.transfers.imports.house import numbers
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.changes import add_property, archive_property, delete_property
from tresse.objects.kinds.forms import ColumnForm
from tresse.objects.models import ObjectType
from tresse.objects.readings import reading_for
from tresse.records.changes import link_records
from tresse.transfers import changes
from tresse.transfers.changes.exporting import path_of
from tresse.transfers.exporting import Exporting, read_asked
from tresse.transfers.exporting.texts import unambiguous
from tresse.transfers.files.texts import instant
from tresse.transfers.models import Export

FORMATS = ("csv", "txt", "xlsx", "ods", "jsonl")
TEXTS = (
    *HOSTILE,
    "\u00a0a\u00a0",
    "\ufeff",
    "x" * 32_000,
    "1 234,50",
    "٣",
    "=A1\n+B2",
    "'",
    "a\tb",
)
VALUES = {
    "integer": ("0", "-7", "1200", str(2**53 - 1)),
    "decimal": ("0.5", "-1234.567", "1.234", "99999999999999.9999", "1000", "-0.0001"),
    "money": ("0.5", "-1234.567", "1.234", "99999999999999.9999", "12345678.9"),
    "boolean": ("true", "false"),
    "date": ("1000-01-01", "1899-12-31", "1900-02-28", "1969-07-20", "2027-04-03", "9999-12-31"),
    "datetime": (
        *("1901-01-01T00:00:00Z", "2026-03-29T01:30:00Z", "2026-10-25T00:30:00Z"),
        *("2026-10-25T01:30:00Z", "2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05Z"),
    ),
    "email": ("a@ex.org", "o'b+tag@ex.org", "zoë@ex.org"),
    "phone": ("+33612345678", "=1+1", "ask Bob", "-5", "+48 600 100 200 ext 5"),
    "url": ("https://ex.org/a?b=1,2;3", "http://ex.org"),
    "domain": ("ex.org", "żubr.pl"),
    "rich_text": ("<p>a</p><p>=1+1</p>", "=1+1", "'x", "a &amp; b", "1<br>2"),
    "user": ("ada@example.com",),
}


def values_of(prop, number):
    kind = prop.kind.name
    if kind in ("text", "long_text"):
        return TEXTS[number % len(TEXTS)]
    if kind in ("option", "options"):
        known = [each.name for each in prop.options if not each.is_archived]
        if not known:
            return None
        if kind == "options":
            return known[number % len(known) : number % len(known) + 2]
        return known[number % len(known)]
    return VALUES[kind][number % len(VALUES[kind])] if kind in VALUES else None


def fill(house, object_, number):
    """Records with all sorts of values in all properties that can be written."""
    made = []
    for at in range(number):
        values = {}
        for position, prop in enumerate(object_.active):
            if not prop.column or prop.is_read_only or prop.name == "id":
                continue
            value = values_of(prop, at + position)
            if prop.is_unique or prop.name == "external_id":
                value = f"{at}-{object_.name}" if prop.kind.name == "text" else None
                if prop.kind.name == "email":
                    value = f"r{at}@ex.org"
            if value is not None:
                values[prop.name] = value
        made += made_with(house, object_, values)
    return made


def made_with(house, object_, values):
    """The record, without the values that a rule of its own refuses."""
    while values:
        try:
            return [house.make(object_.name, **values)]
        except TresseError as error:
            name = str(error.details.get("property", ""))
            label = {prop.label: prop.name for prop in object_.active}
            bad = label.get(name, name)
            if bad not in values:
                bad = next(iter(values))
            values.pop(bad)
    return []


KINDS = (
    *("text", "long_text", "rich_text", "integer", "decimal", "money", "boolean", "date"),
    *("datetime", "email", "phone", "url", "domain", "user"),
)


@pytest.fixture
def full(house):
    """Every object type filled; contacts have a property of each kind."""
    contact = ObjectType.objects.get(name="contact")
    settings = {"decimal": {"shown": "percent"}}
    made = [
        add_property(
            contact,
            name=f"any_{kind}",
            label=f"Any {kind}",
            kind=kind,
            settings=settings.get(kind),
            actor=house.ada,
        )
        for kind in KINDS
    ]
    yield house, {each.name: fill(house, each, 8) for each in house.model.objects}
    for prop in made:
        archive_property(prop, actor=house.ada)
        delete_property(prop, typed_label=prop.label, actor=house.ada)


def link_all(house, ids):
    """Links of every relation, from each record to two others."""
    for here in ids:
        for side in house.model.sides(here):
            others = ids.get(side.other, [])
            pairs = [
                (one, two)
                for at, one in enumerate(ids[here])
                for two in (others[at % len(others) : at % len(others) + 2] if others else [])
                if one != two
            ]
            for pair in pairs:
                # Some relations take one record only.
                with contextlib.suppress(TresseError):
                    link_records(house.model, side, [pair], actor=house.ada)


def exported(house, name, **asked):
    format = asked.get("format", "csv")
    row, job = changes.add_export(name, file_name=f"x.{format}", asked=asked, actor=house.ada)
    run_here(job, show=lambda _: None)
    row = Export.objects.get(pk=row.pk)
    assert row.state == "done"
    return path_of(row.pk).read_bytes()


def test_every_object_in_every_format(full, subtests):
    """T85, T83: nothing is created, updated or linked, and there is no finding."""
    house, ids = full
    link_all(house, ids)
    # One world for all, since no import changes it; no database has a say in how a file is written.
    formats = FORMATS if connection.vendor == "sqlite" else FORMATS[:1]
    for format, name in itertools.product(formats, filter(ids.get, ids)):
        with subtests.test(format=format, object=name):
            content = exported(house, name, format=format)
            row = house.load(name, content, name=f"x.{format}")
            assert_unchanged(row)
            assert numbers(row)["rows"] == len(ids[name])


CHOICES: dict[str, dict[str, Any]] = {
    "semicolon and comma": {"delimiter": ";", "decimal": ","},
    "comma and comma": {"decimal": ","},
    "names of columns": {"form": "names", "decimal": ","},
    "names of linked": {"with_names": True},
    "e-mail": {"keys": "email"},
    "external ids with names": {"keys": "external_id", "with_names": True, "format": "xlsx"},
    "brevo": {"form": "brevo"},
    "brevo in a sheet": {"form": "brevo", "format": "ods"},
}


def test_every_choice(full, subtests):
    """T81 to T83: nothing changes either with other delimiters, headers, keys and names."""
    house, ids = full
    link_all(house, ids)
    names = ("contact", "deal") if connection.vendor == "sqlite" else ("deal",)
    for choice, name in itertools.product(CHOICES, names):
        asked = CHOICES[choice]
        with subtests.test(choice=choice, object=name):
            content = exported(house, name, **asked)
            assert_unchanged(house.load(name, content, name=f"x.{asked.get('format', 'csv')}"))


def test_the_world_of_these_tests_has_a_value_of_every_kind(full):
    """T83: what stands in the file, kind by kind."""
    house, _ = full
    columns = [f"any_{kind}" for kind in KINDS]
    text = exported(house, "contact", columns=columns, with_links=False).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    found = {kind: {row[f"Any {kind}"] for row in rows} - {""} for kind in KINDS}
    assert all(found.values())
    assert found["boolean"] == {"true", "false"}
    assert found["user"] == {"ada@example.com"}
    assert {"9999-12-31", "1000-01-01"} <= found["date"]
    assert {"2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05Z"} <= found["datetime"]
    assert {"50 %", "-123456.7 %"} <= found["decimal"]
    assert {"1.2340", "99999999999999.9999"} <= found["money"]
    assert {"'=1+1", "+33612345678", "-5"} <= found["phone"]


def test_both_ways_to_cells_are_one(full):
    """T83: texts made of what the database gives are what the kinds' own `format` says."""
    house, _ = full
    object_ = house.model.object("contact")
    cells = {}
    for format in ("csv", "jsonl"):
        asked = read_asked({"format": format, "guard": False})
        made = Exporting(house.model, object_, asked, house.ada)
        cells[format] = made.first(50)
    form = ColumnForm("ymd", ".", "UTC")
    for at, column in enumerate(made.properties):
        kind = column.prop.kind
        reading = reading_for(column.prop, object_, actor=house.ada, form=form)
        for texts, values in zip(cells["csv"], cells["jsonl"], strict=True):
            value = said = values[at]
            if kind.name == "datetime" and value is not None:
                said = instant(value)
            elif value is not None and not isinstance(value, str):
                said = unambiguous(kind.format(value, reading), ".")
            assert texts[at] == said or str(texts[at]) == said, column.prop.name
