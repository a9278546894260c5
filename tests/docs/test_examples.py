"""The commands of the documents are run, and print what the documents say (docs are true now).

The first tutorial makes a home from nothing; every other page goes on from its end, or from that of
the page that it says to go on from. `…` in a shown output stands for anything. On PostgreSQL the
first tutorial alone is run: its database is not a file that could be put back.
"""

import json
import os
import re
import subprocess
import sys

import psycopg
import pytest

from tests.docs.pages import DOCS, ROOT, fences, name_of, prose

TUTORIAL = DOCS / "tutorial" / "first-import.md"
ANYTHING = r"[\s\S]*?"
BLOCK = re.compile(
    r"(?:Save as `(?P<name>[\w.-]+)`[^\n]*\n\n)?"
    r"^```(?P<language>\w+)\n(?P<text>.*?)^```",
    re.MULTILINE | re.DOTALL,
)
BASE = re.compile(r"go(?:es)?\s+on\s+from\s+the\s+end\s+of\s+\[[^\]]*\]\(([^)]+)\)")
ADDRESS = re.compile(r"<(http://127\.0\.0\.1:8000/[^>]*)>")
SERVER, _, NAME = os.environ.get("TRESSE_DATABASE_URL", "").rpartition("/")
OTHERS = [
    each
    for each in sorted(DOCS.rglob("*.md"))
    if each != TUTORIAL and (fences(each, "console") or ADDRESS.search(each.read_text("utf-8")))
]


def base_of(path):
    """The page at whose end a page begins; None of the first one."""
    if path == TUTORIAL:
        return None
    said = BASE.search(path.read_text("utf-8"))
    return (path.parent / said[1]).resolve() if said else TUTORIAL


OTHERS.sort(key=lambda path: base_of(path) != TUTORIAL)
PAGES = [TUTORIAL] if SERVER.startswith("postgres") else [TUTORIAL, *OTHERS]


def steps_of(path):
    """What a page has one do: files to save and commands to run, and the output shown of these."""
    steps, shown = [], []
    for block in BLOCK.finditer(path.read_text("utf-8")):
        if block["language"] == "console":
            for command, output in commands_in(block["text"]):
                steps.append(["run", command])
                shown.append(output)
        elif block["name"]:
            steps.append(["file", block["name"], block["text"]])
    for address in ADDRESS.findall(prose(path)):
        steps.append(["look", address])
        shown.append("200 …")
    return steps, shown


def commands_in(text):
    """Commands (after `$ `, going on after a backslash) and the lines shown after each."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = re.sub(r"\\\n\s*", "", part).partition("\n")
        yield command, output


def fits(shown, printed):
    """Whether an output is the one shown; no output shown: any will do."""
    if not shown.strip():
        return True
    lines = (re.escape(line.rstrip()).replace("…", ANYTHING) for line in shown.strip().splitlines())
    printed = "\n".join(line.rstrip() for line in printed.strip().splitlines())
    return re.fullmatch("\n".join(lines), printed) is not None


@pytest.fixture(scope="module")
def database():
    """The address of a database of its own; empty for SQLite in the home."""
    if not SERVER.startswith("postgres"):
        yield ""
        return
    with psycopg.connect(f"{SERVER}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME}_docs WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}_docs")
        yield f"{SERVER}/{NAME}_docs"
        connection.execute(f"DROP DATABASE {NAME}_docs WITH (FORCE)")


@pytest.fixture(scope="module")
def printed(tmp_path_factory, database):
    """What every command of every page prints, all run once."""
    bases = {path: base_of(path) for path in PAGES}
    asked = {
        name_of(path): {"after": base and name_of(base), "steps": steps_of(path)[0]}
        for path, base in bases.items()
    }
    home = tmp_path_factory.mktemp("docs") / "home"
    environment = {key: value for key, value in os.environ.items() if key[:7] != "TRESSE_"}
    environment |= {"TRESSE_HOME": str(home), "PYTHONPATH": str(ROOT)}
    environment |= {"TRESSE_DATABASE_URL": database} if database else {}
    done = subprocess.run(
        [sys.executable, "-m", "tests.docs.shell"],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.database
@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_commands_print_what_the_page_shows(path, printed):
    steps, shown = steps_of(path)
    commands = [command for sort, command, *_ in steps if sort != "file"]

    for command, wanted, found in zip(commands, shown, printed[name_of(path)], strict=True):
        assert fits(wanted, found), f"$ {command}\n{found[:2000]}\n--- instead of\n{wanted}"
        assert "Traceback" not in found, found


def test_the_tutorial_ends_at_a_deal_with_its_company_and_contact(printed):
    deal = printed[name_of(TUTORIAL)][-3]

    assert all(text in deal for text in ("Winter catalogue", "Alfreds Futterkiste", "Maria Anders"))
