"""Reference pages say what the code knows."""

import re
from pathlib import Path

import pytest

from scripts import reference, reference_pages
from scripts.build_variables import BUILD_VARIABLES
from tests.docs.pages import DOCS, ROOT, name_of
from tresse.config.environment import SETTINGS
from tresse.objects.kinds import KINDS

VARIABLE = re.compile(r"TRESSE_[A-Z_]*[A-Z]")
SOURCES = [
    path
    for folder in ("tresse", "scripts", "tests", "bench")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".sh"}
] + [ROOT / "Makefile"]


@pytest.mark.parametrize("name", reference_pages.PAGES)
def test_generated_pages_are_fresh(name):
    path = reference.REFERENCE / name
    assert path.read_text("utf-8") == reference.written(name), f"{name_of(path)}: run make docs"


def test_the_check_names_a_stale_page(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(reference, "REFERENCE", tmp_path)
    monkeypatch.setattr(reference, "PAGES", {"settings.md": reference_pages.settings_page})
    monkeypatch.setenv("TRESSE_HOME", str(tmp_path))

    assert reference.main(["--check"]) == 1
    assert "docs/reference/settings.md is stale" in capsys.readouterr().out
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0


def test_every_variable_that_is_read_is_in_the_reference():
    """cli.md: each variable is in the reference and a test compares the two."""
    read = {name for path in SOURCES for name in VARIABLE.findall(path.read_text("utf-8"))}

    assert read == {each.name for each in SETTINGS} | set(BUILD_VARIABLES)


def test_every_event_has_a_meaning():
    """C55"""
    assert set(reference_pages.event_names()) == set(reference_pages.EVENT_MEANINGS)


def test_every_code_is_lower_snake_case():
    """C129: codes are never translated and never renamed."""
    codes = {refusal.code for _, refusal in reference_pages.refusals()}

    assert len(codes) > 100
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+|_[0-9]+)*", code) for code in codes)


def test_every_property_kind_has_its_row():
    """C9"""
    page = Path(DOCS, "reference", "property-kinds.md").read_text("utf-8")

    assert [name for name in KINDS.choices() if f"| `{name[0]}` |" not in page] == []
