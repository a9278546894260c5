"""The documents of the project and what stands in them."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TOP = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES = [*TOP, *sorted(DOCS.rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")


def name_of(path):
    return path.relative_to(ROOT).as_posix()


def fences(path, *languages):
    """Language and text of the fenced blocks of a page."""
    found = FENCE.findall(path.read_text("utf-8"))
    return [(language, text) for language, text in found if not languages or language in languages]


def prose(path):
    """A page without its fenced blocks."""
    return FENCE.sub("", path.read_text("utf-8"))


def anchors(path):
    """What the headings of a page can be linked by, as GitHub makes it."""
    headings = re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.strip().replace(" ", "-") for heading in plain}
