"""The contract of cli.md: exit codes, one JSON object, refusals in a sentence with their code."""

import json

import click
import pytest
from click.testing import CliRunner

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_user, deactivate_user
from tresse.config.doors import cli

NAMES = (
    *("init", "demo", "serve", "worker", "import", "imports", "resume", "export", "apply"),
    *("config", "doctor", "token", "jobs", "bench", "rows"),
)
CSV = "E-mail,Last name\nanna@example.com,Nowak\nb@example.com,Martin\n"
YAML = "teams: [{name: paris, label: Paris}]\n"
COUNTERS = ("rows", "created", "updated", "unchanged", "repeated", "skipped", "failed", "blank")
LINKS = {"asked", "created", "existing", "removed", "missing", "failed", "not_tried"}
JOB = {"id", "kind", "state", "done", "total", "author"}
IMPORT = {
    *("import_id", "state", *COUNTERS, "links", "links_by_pair", "through_links"),
    *("cells_left_out", "errors", "seconds"),
}
ERROR = {"level", "line", "sheet", "column", "value", "code", "message", "hint", "record_id"}
LISTED = {"import_id", "object", "file", "state", "author", "started"}


def run(*words):
    """A command as a person types it."""
    return CliRunner().invoke(cli, [str(word) for word in words], catch_exceptions=False)


def told(*words):
    """Exit code and the one JSON object on standard output."""
    result = run(*words, "--json")
    assert result.stdout.count("\n") == 1, result.stdout
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture
def people(house):
    """Beside Ada: Rea, who only reads, and Ina, who is not active any more."""
    for name, role in (("Rea", "reader"), ("Ina", "member")):
        user = add_user(email=f"{name.lower()}@example.com", name=name, role=role, actor=SYSTEM)
    deactivate_user(user, actor=SYSTEM)
    return house


def test_every_command_of_the_first_step_is_there():
    """cli.md, section 1"""
    assert set(NAMES) <= set(cli.commands)


@pytest.mark.parametrize("name", sorted(cli.commands))
def test_every_command_takes_json_and_says_what_it_does(name):
    """cli.md: every command takes `--json`; wrong usage exits 2."""
    options = [each for each in cli.commands[name].params if isinstance(each, click.Option)]

    assert any("--json" in each.opts for each in options)
    assert all(each.help or each.hidden for each in options)
    assert run(name, "--help").exit_code == 0
    assert len((cli.commands[name].help or "").split("\n")[0]) > 10
    wrong = run(name, "--no-such-flag")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert "--no-such-flag" in wrong.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["import"],
        ["import", "contacts"],
        ["import", "contacts", "/no/such/file.csv"],
        ["export", "contacts"],
        ["apply"],
        ["apply", "/no/such/file.yaml"],
        ["resume"],
        ["resume", "x"],
        ["rows"],
        ["rows", "contacts", "--limit", "x"],
        ["rows", "contacts", "--format", "xml"],
        ["imports", "x"],
        ["imports", "--limit", "0"],
        ["token"],
        ["token", "x"],
        ["token", "x", "--user", "ada@example.com", "--days", "soon"],
        ["jobs", "x"],
        ["serve", "--port", "x"],
        ["serve", "--port", "99999"],
        ["bench", "import", "--rows", "x"],
        ["bench", "import", "--rows", "0"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2(words):
    """cli.md: 2 on wrong usage, and nothing on standard output, with `--json` neither."""
    for result in (run(*words), run(*words, "--json")):
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("Usage: ")


def test_wrong_usage_that_only_the_command_sees(house):  # noqa: ARG001
    """cli.md: 2 on wrong usage"""
    for words in (["jobs", "--wait"], ["jobs", "--cancel"], ["imports", "--findings", "x.csv"]):
        assert run(*words).exit_code == 2


def test_fields_of_commands_that_read(house):
    """cli.md: `rows`, `jobs`, `imports`, `config`, `doctor`, `worker`, `token`."""
    id = house.make("company", name="Acme")

    code, found = told("rows", "companies", "--columns", "name")
    assert (code, found) == (0, {"rows": [{"id": id, "title": "Acme", "name": "Acme"}]})
    assert told("rows", "object:company", "--limit", "0")[1]["rows"][0]["id"] == id
    csv = run("rows", "company", "--columns", "name", "--format", "csv")
    assert csv.stdout == f"id,title,name\n{id},Acme,Acme\n"
    assert told("imports") == (0, {"imports": []})
    assert told("jobs") == (0, {"jobs": []})
    assert told("doctor") == (0, {"problems": []})
    assert set(told("config")[1]) >= {"objects", "properties", "association_types", "pipelines"}
    assert told("config", "objects", "contact")[1]["objects"][0]["name"] == "contact"
    assert told("worker", "--until-idle") == (0, {"jobs": 0})
    code, token = told("token", "sync", "--user", "ada@example.com", "--read", "--days", "3")
    assert (code, token["name"]) == (0, "sync")
    assert token["token"].startswith("trs_")


def test_fields_of_apply(house):
    """cli.md: `created[], changed[], unchanged[]`; `--dry-run` writes nothing."""
    file = house.file(YAML, name="x.yaml")
    assert told("apply", file, "--dry-run")[1]["created"] == ["teams paris"]
    code, first = told("apply", file)
    assert (code, first) == (0, {"created": ["teams paris"], "changed": [], "unchanged": []})
    assert told("apply", file)[1] == {"created": [], "changed": [], "unchanged": ["teams paris"]}


def test_apply_of_what_config_printed_changes_nothing(house):
    """cli.md, section 3"""
    file = house.file(run("config").stdout, name="all.yaml")
    code, done = told("apply", file)
    assert (code, done["created"], done["changed"]) == (0, [], [])


def test_fields_of_import_imports_resume_and_export(house):
    """cli.md: `import`, `imports`, `resume`, `export`; section 2."""
    file, out = house.file(CSV, name="people.csv"), house.folder / "out.csv"
    code, made = told("import", "contacts", file)
    assert (code, made["state"], made["rows"], made["created"]) == (0, "done", 2, 2)
    assert set(made) >= IMPORT
    assert set(made["links"]) == LINKS

    code, listed = told("imports")
    assert set(listed["imports"][0]) >= LISTED | set(COUNTERS)
    assert told("imports", made["import_id"])[1]["created"] == 2
    assert {"jobs"} == set(told("jobs")[1])
    assert set(told("jobs")[1]["jobs"][0]) >= JOB
    code, refused = told("resume", made["import_id"])
    assert (code, refused["code"]) == (1, "wrong_state")

    code, written = told("export", "contacts", out, "--columns", "email,last_name", "--no-links")
    assert code == 0
    assert set(written) >= {"rows", "columns", "bytes", "seconds"}
    assert written["bytes"] == out.stat().st_size
    assert "anna@example.com" in out.read_text("utf-8-sig")


def test_an_import_with_failed_rows_exits_0_and_with_strict_1(house):
    """cli.md: with `--strict` also 1 with failed rows."""
    file = house.file("E-mail,Last name\nx@example.com,A\nnot an address,B\n")
    code, made = told("import", "contacts", file, "--set", "bad_cell=refuse")
    assert (code, made["failed"]) == (0, 1)
    assert set(made["errors"][0]) >= ERROR
    assert told("import", "contacts", file, "--set", "bad_cell=refuse", "--strict")[0] == 1


REFUSED = [
    (["rows", "contactz"], "unknown_object"),
    (["rows", "contacts", "--columns", "emial"], "unknown_property"),
    (["rows", "contacts", "--sort", "emial"], "unknown_property"),
    (["rows", "contacts", "--filter", "{"], "wrong_value"),
    (["rows", "contacts", "--filter", "[" * 20_000], "wrong_value"),
    (["rows", "contacts", "--filter", "@/no/such/file"], "file_unusable"),
    (["rows", "contacts", "--filter", '{"property": "emial"}'], "unknown_property"),
    (["jobs", "999"], "unknown_name"),
    (["jobs", str(10**30)], "unknown_name"),
    (["imports", "999"], "unknown_name"),
    (["imports", str(10**30)], "unknown_name"),
    (["resume", "999"], "unknown_name"),
    (["export", "contactz", "{home}/x.csv"], "unknown_object"),
    (["export", "contacts", "{home}/no/such/x.csv"], "file_unusable"),
    (["export", "contacts", "{home}/x.csv", "--filter", "{"], "wrong_value"),
    (["export", "contacts", "{home}/x.csv", "--filter", "@/no/such"], "file_unusable"),
    (["import", "contactz", "{home}/people.csv"], "unknown_object"),
    (["import", "contacts", "{home}/people.csv", "--set", "x"], "wrong_value"),
    (["import", "contacts", "{home}/people.csv", "--set", "no_such=1"], "unknown_key"),
    (["import", "contacts", "{home}/people.csv", "--mode", "x"], "wrong_value"),
    (["import", "contacts", "{home}/people.csv", "--errors", "{home}/no/e.csv"], "file_unusable"),
    (["apply", "{home}/unknown.yaml"], "unknown_key"),
    (["apply", "{home}/broken.yaml"], "yaml_broken"),
    (["apply", "{home}/list.yaml"], "wrong_value"),
    (["config", "objectz"], "unknown_name"),
    (["token", "x", "--user", "nobody@example.com"], "could_not_find_user"),
    (["token", "x", "--user", "ina@example.com"], "inactive_user"),
    (["token", "x", "--user", "ada@example.com", "--days", str(10**12)], "wrong_value"),
    (["bench", "no_such"], "unknown_name"),
    (["doctor", "--as", "nobody@example.com"], "could_not_find_user"),
    (["rows", "contacts", "--as", "ina@example.com"], "inactive_user"),
    (["apply", "{home}/teams.yaml", "--as", "rea@example.com"], "not_permitted"),
    (["import", "contacts", "{home}/people.csv", "--as", "rea@example.com"], "not_permitted"),
    (["export", "contacts", "{home}/x.csv", "--as", "rea@example.com"], "not_permitted"),
    (["token", "x", "--user", "ada@example.com", "--as", "rea@example.com"], "not_permitted"),
]


def short(each):
    """The name of a case."""
    return each if isinstance(each, str) else " ".join(each)[:60]


@pytest.mark.parametrize(("words", "code"), REFUSED, ids=short)
def test_refusals_are_one_sentence_and_with_json_a_code(people, words, code):
    """cli.md: exit 1, one sentence on standard error; with `--json` an object with `code`."""
    files = {
        "people.csv": CSV,
        "unknown.yaml": "teamz: []\n",
        "broken.yaml": "teams: [\n",
        "binary.yaml": b"\xff\xfe\x00x",
        "list.yaml": "- x\n",
        "teams.yaml": YAML,
    }
    for name, content in files.items():
        people.file(content, name=name)
    words = [word.replace("{home}", str(people.folder)) for word in words]

    exit_code, refused = told(*words)
    assert (exit_code, refused.get("code")) == (1, code), refused
    plain = run(*words)
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert plain.stderr == f"Error: {refused['message']}\n"
    assert plain.stderr[-2] in ".?"


@pytest.mark.parametrize(
    "hostile",
    [
        "'; DROP TABLE object_1; --",
        "\udcff",
        "\x00",
        "🎉\u202e",
        "a" * 5_000,
        "{x}%s",
        "../..",
        "-",
    ],
)
def test_hostile_arguments_are_refused_or_found_empty(house, hostile):
    """C124 for the command line: never a traceback, whatever the words are."""
    out = house.folder / "out.csv"
    for words in (
        ["rows", hostile],
        ["rows", "contacts", "--columns", hostile],
        ["rows", "contacts", "--filter", hostile],
        ["rows", "contacts", "--sort", hostile],
        ["config", hostile],
        ["config", "objects", hostile],
        ["export", hostile, out],
        ["export", "contacts", out, "--columns", hostile],
        ["export", "contacts", out, "--keys", hostile],
        ["export", "contacts", out, "--form", hostile],
        ["token", "x", "--user", hostile],
        ["rows", "contacts", "--as", hostile],
        ["imports", "--state", hostile],
    ):
        code, answer = told(*words)
        assert code in (0, 1)
        assert code == 0 or answer["code"]


@pytest.mark.parametrize("command", ["extract", "segments", "lists"])
def test_bytes_that_are_no_text_name_nothing(house, command):  # noqa: ARG001  it is there
    """C124: no traceback, and a sentence that repeats what was given."""
    code, answer = told(command, "caf\udcff")

    assert (code, answer["code"]) == (1, "not_text")
    assert answer["message"].startswith('"caf\udcff" holds bytes')
