"""The reference pages of this room name what the code knows, and nothing else."""

import re
from pathlib import Path

from tresse.accounts.account import SETTINGS
from tresse.accounts.rights import GENERAL

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"


def rows(page, heading=""):
    """Cells of the table under a heading, without marks."""
    text = (REFERENCE / page).read_text().partition(heading)[2]
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    return [[re.sub(r"`", "", cell.strip()) for cell in line.split("|")[1:-1]] for line in lines]


def test_general_rights_are_in_the_reference():
    """C106a"""
    shipped = ("manager", "member", "reader")
    expected = [
        [right.name, right.label, ", ".join(r for r in shipped if r in right.roles) or "–"]
        for right in GENERAL
    ]
    assert rows("rights.md", "## General rights") == expected


def test_settings_of_the_account_are_in_the_reference():
    """C128"""
    expected = [
        [
            each.name,
            each.label,
            "empty" if each.default in {"", ()} else str(each.default),
            each.wanted,
        ]
        for each in SETTINGS
    ]
    assert rows("account-settings.md", "# Settings") == expected
