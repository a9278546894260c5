"""Writes the pages of docs/reference that the code knows: `python -m scripts.reference [--check]`.

With `--check` nothing is written; a page that differs is named and the exit is 1.
"""

import os
import sys
import tempfile
import textwrap
from collections.abc import Sequence
from pathlib import Path

import django

from scripts.reference_pages import HEADS, PAGES, ROOT

REFERENCE = ROOT / "docs" / "reference"


def written(name: str) -> str:
    """The text of a page as it should be."""
    note = "<!-- Written by `make docs`; change the code, not this page. -->"
    title, text = HEADS[name]
    words = textwrap.fill(
        " ".join(text.split()), 120, break_long_words=False, break_on_hyphens=False
    )
    return "\n".join([f"# {title}", "", note, "", words, "", *PAGES[name]()]) + "\n"


def stale() -> list[str]:
    """Names of pages that are not as the code would have them."""
    return [
        name
        for name in PAGES
        if not (REFERENCE / name).is_file()
        or (REFERENCE / name).read_text("utf-8") != written(name)
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with `--check` name those that differ."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tresse.config.settings")
    # The pages speak of no installation; none must be made or opened for them.
    os.environ["TRESSE_HOME"] = str(Path(tempfile.gettempdir()) / "tresse-reference")
    django.setup()
    names = stale()
    if "--check" in arguments:
        for name in names:
            sys.stdout.write(f"docs/reference/{name} is stale: run make docs.\n")
        return 1 if names else 0
    for name in names:
        (REFERENCE / name).write_text(written(name), "utf-8")
        sys.stdout.write(f"docs/reference/{name} is written.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
