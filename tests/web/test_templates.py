"""Rules that hold for every template of the project."""

import re
from pathlib import Path

import pytest
from django.template.loader import get_template

ROOT = Path(__file__).parents[2]
PATHS = sorted(ROOT.glob("tresse/*/templates/**/*.html"))
LONGEST = 200
# A script element may only load a file of ours; JSON for islands comes from json_script.
INLINE = {
    "a style attribute": r"<[^>]*\sstyle\s*=",
    "a style element": r"<style\b",
    "an inline script": r"<script(?![^>]*\ssrc=)",
    "an event attribute": r"<[^>]*\son[a-z]+\s*=",
    "an hx-on attribute": r"\shx-on[:-]",
    "a javascript: address": r"javascript:",
    "an htmx trigger filter": r"hx-trigger=\"[^\"]*\w\[",
    "a value from script": r"hx-va(?:l|r)s=.js:",
    "an address of another host": r"(?:src=|<link[^>]*href=)\"https?://",
}

STYLES = "".join(path.read_text() for path in (ROOT / "frontend/src/css").rglob("*.css"))
STYLED = set(re.findall(r"\.([a-zA-Z][\w-]*)", STYLES))
# Classes that only scripts or tests look for.
HOOKS = {"board__more", "members", "merge", "rule__message"}
"Without a style: a test or a reader of the page finds the part by it."
ACTIONS = {
    name
    for script in (ROOT / "frontend/src/js").glob("*.js")
    for pattern in (
        r"^  (?:async )?\"?([a-z-]+)\"?\(.*\) {$",  # in the table of actions
        r"^  \"?([a-z-]+)\"?: \(.*\) =>",
        r"\[data-action=\\?[\"']([a-z-]+)",  # looked for where it happens
    )
    for name in re.findall(pattern, script.read_text(), re.MULTILINE)
}

each_template = pytest.mark.parametrize("path", PATHS, ids=lambda p: p.name)


@each_template
def test_templates_hold_nothing_inline(path):
    text = path.read_text()

    found = [name for name, pattern in INLINE.items() if re.search(pattern, text)]

    assert found == [], f"{path.relative_to(ROOT)} holds {found}"


@each_template
def test_templates_stay_short(path):
    assert len(path.read_text().splitlines()) <= LONGEST


@each_template
def test_templates_compile(path):
    get_template(path.as_posix().partition("/templates/")[2])


@each_template
def test_forms_that_post_carry_the_token(path):
    forms = re.findall(r"<form[^>]*method=\"post\".*?</form>", path.read_text(), re.S | re.I)

    assert all("csrf_token" in form for form in forms)


@each_template
def test_buttons_of_an_icon_alone_have_a_name(path):
    buttons = re.findall(r"<(?:button|a)\b[^>]*btn--icon[^>]*>", path.read_text())

    assert [button for button in buttons if "aria-label" not in button] == []


def test_styles_name_colours_in_the_tokens_only():
    folder = ROOT / "frontend/src/css"
    colour = re.compile(r"#[0-9a-f]{3,8}(?![\w-])|\brgb\(|\bhsl\(", re.I)
    allowed = re.compile(r"url\(.*?\)|rgb\(255 255 255 / 0\.\d+\)|rgb\(0 0 0 / 0\.\d+\)")

    found = [
        f"{path.name}: {line.strip()}"
        for path in folder.rglob("*.css")
        if path.name != "tokens.css"
        for line in path.read_text().splitlines()
        if colour.search(allowed.sub("", line))
    ]

    assert found == []


def without_tags(path):
    """A template with its tags and variables struck out, so that half a name is seen as one."""
    return re.sub(r"{%.*?%}|{{.*?}}", "\0", path.read_text())


@each_template
def test_classes_named_in_templates_have_a_style(path):
    """A class without a style is a slip of the pen, or a style that nobody wrote."""
    named = " ".join(re.findall(r"class=\"([^\"]*)\"", without_tags(path))).split()

    unknown = {name for name in named if "\0" not in name} - STYLED - HOOKS

    assert unknown == set()


@each_template
def test_actions_named_in_templates_have_a_function(path):
    named = set(re.findall(r"data-action=\"([^\"]*)\"", without_tags(path)))

    assert named - ACTIONS == set()
