"""What holds for every document: links lead somewhere, names exist, words are ours."""

import json
import re
import shlex

import pytest
import yaml

from scripts.build_variables import BUILD_VARIABLES
from tests.docs.pages import DOCS, LINK, PAGES, ROOT, anchors, fences, name_of, prose
from tresse.config.doors import cli
from tresse.config.environment import SETTINGS

LONGEST_README = 150
REGISTRIES = re.compile(r"pypi\.org|npmjs|yarnpkg|docker\.io|ghcr\.io", re.IGNORECASE)
MACHINE = re.compile(r"(?<![\w.])/(?:work|root|home|tmp|Users)/")
PICTURES = sorted(ROOT.glob("docs/images/*"))
LARGEST_PICTURE_BYTES = 200_000
EASY = re.compile(r"\b(simply|just|obviously|easily|of course)\b", re.IGNORECASE)
COMMAND = re.compile(r"`tresse ([a-z]+)[^`]*`")
# The words of the specification, section 3.
WORDS = """account; activity; alert; association type; audience; automation; bin; build; campaign;
change set; company; connection; consent; contact; dashboard, tile; dataset; deal; destination;
event; filter; finding; golden record; guard rail; lead score; link; link label; list; match key;
merge; object type; order; owner; pass; pipeline, stage; property; record; right, role; run; score;
segment; source; suppression; sync; topic; trigger, step; view"""

each_page = pytest.mark.parametrize("path", PAGES, ids=name_of)


@each_page
def test_links_lead_to_files_and_headings(path):
    for target in LINK.findall(prose(path)):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        found = (path.parent / file).resolve() if file else path
        assert found.is_relative_to(ROOT), target
        assert found.exists(), target
        if anchor:
            assert anchor in anchors(found), target


@each_page
def test_no_page_names_a_registry_or_a_path_of_a_machine(path):
    text = path.read_text("utf-8")

    assert REGISTRIES.findall(text) == []
    assert MACHINE.findall(text) == []


@each_page
def test_headings_are_sentences_and_nothing_is_called_easy(path):
    text = prose(path)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)

    assert headings, "a page has a title"
    assert [
        h for h in headings if re.match(r"[a-zà-ÿ]", h) and " " in h and not h.startswith("tresse ")
    ] == []
    assert EASY.findall(text) == []


@each_page
def test_commands_named_exist(path):
    named = COMMAND.findall(prose(path))
    for _, text in fences(path, "console", "sh"):
        named += re.findall(r"^(?:\$ )?tresse ([a-z]+)", text, re.MULTILINE)

    assert set(named) <= set(cli.commands)


@each_page
def test_flags_of_commands_exist(path):
    """In the examples; what a command takes is asked of the command."""
    for _, text in fences(path, "console", "sh"):
        joined = re.sub(r"\\\n\s*", "", text)
        for line in re.findall(r"^(?:\$ )?tresse (.+)$", joined, re.MULTILINE):
            name, *words = shlex.split(line, comments=True)
            known = {opt for param in cli.commands[name].params for opt in param.opts}
            given = {word.partition("=")[0] for word in words if word.startswith("--")}
            assert given <= known | {"--help"}, line


@each_page
def test_variables_named_exist(path):
    known = {each.name for each in SETTINGS} | set(BUILD_VARIABLES)

    assert set(re.findall(r"TRESSE_[A-Z_]*[A-Z]", path.read_text("utf-8"))) <= known


@each_page
def test_targets_of_make_exist(path):
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))

    assert set(re.findall(r"[`\n]make ([a-z]+)", path.read_text("utf-8"))) <= targets


@each_page
def test_data_in_examples_can_be_read(path):
    for _, text in fences(path, "json"):
        json.loads(text)
    for _, text in fences(path, "yaml"):
        yaml.safe_load(text)


def test_the_readme_is_short_and_has_a_picture():
    text = (ROOT / "README.md").read_text("utf-8")

    assert len(text.splitlines()) < LONGEST_README
    assert "![" in text
    assert "make demo" in text
    assert "make test" in text


@pytest.mark.parametrize("path", PICTURES, ids=name_of)
def test_pictures_are_small(path):
    assert path.stat().st_size < LARGEST_PICTURE_BYTES


@pytest.mark.parametrize("word", [word.strip() for word in WORDS.replace("\n", " ").split(";")])
def test_the_glossary_has_every_word_in_three_languages(word):
    text = (DOCS / "explanation" / "words.md").read_text("utf-8")
    [row] = [line for line in text.splitlines() if line.startswith(f"| {word} |")]

    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.parametrize("folder", sorted(DOCS.glob("*/README.md")), ids=name_of)
def test_every_page_of_a_folder_is_listed_in_its_readme(folder):
    listed = folder.read_text("utf-8")
    pages = {path.name for path in folder.parent.glob("*.md")} - {"README.md"}

    assert {name for name in pages if f"({name})" not in listed} == set()


DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_a_decision_has_its_parts(path):
    """style.md 15: context, decision, consequences, alternatives, where it is enforced."""
    text = path.read_text("utf-8")
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)

    assert parts == ["Context", "Decision", "Consequences", "Alternatives", "Enforced in"]
    assert f"# {int(path.name[:4])} " in text
    assert f"({path.name})" in (path.parent / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", DECISIONS, ids=name_of)
def test_what_enforces_a_decision_exists(path):
    last = path.read_text("utf-8").partition("## Enforced in")[2]
    for named in re.findall(r"`((?:tests|bench|docs)/[\w/.*]+)`", last):
        assert list(ROOT.glob(named.rstrip("/"))), named


def test_numbers_of_decisions_follow_each_other():
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
