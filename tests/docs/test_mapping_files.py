"""The page about mapping files names what the code takes, and its examples are read."""

import re

import yaml

from tests.docs.pages import DOCS, fences
from tresse.transfers.mapping import template
from tresse.transfers.settings import CHOICES, NAMES

PAGE = DOCS / "reference" / "mapping-files.md"


def rows(title):
    """First two cells of the table under a heading."""
    part = PAGE.read_text("utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith(("| `", "| {"))]
    return [[cell.strip() for cell in line.split("|")[1:3]] for line in lines]


def names(title):
    return [name for cell, _ in rows(title) for name in re.findall(r"`\{?(\w+)", cell)]


def test_every_setting_stands_with_its_values():
    """T6"""
    assert sorted(names("Settings")) == sorted(NAMES)
    written = {name.strip("`"): re.findall(r"`(\w+)`", cell) for name, cell in rows("Settings")}
    assert {name: tuple(written[name]) for name in CHOICES} == dict(CHOICES)


def test_every_key_of_reading_and_answers_stands():
    """T88a"""
    assert names("Reading") == list(template._READING)
    assert names("Columns") == [*template._ANSWERS, *template._OPTIONS]


def test_the_example_is_a_mapping_file():
    [[_, text]] = fences(PAGE, "yaml")

    read = template.read_template(yaml.safe_load(text))

    assert read.match == ("external_id", "first_name+last_name")
    assert set(read.columns) == {"Wartość", "Kontrahent", "Uwagi"}
