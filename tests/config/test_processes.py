"""An installation of its own as people run it: processes that start, answer and end together."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest

TRESSE = (sys.executable, "-m", "tresse")
PATIENCE_SECONDS = 40


@pytest.fixture
def home(tmp_path):
    """A folder for an installation on SQLite that is not made yet; asks by environment."""
    return {**os.environ, "TRESSE_HOME": str(tmp_path / "home"), "TRESSE_DATABASE_URL": ""}


def tresse(environment, *words):
    """A command in a process of its own."""
    return subprocess.run(  # noqa: S603  our own program
        [*TRESSE, *words], env=environment, capture_output=True, text=True, timeout=180, check=False
    )


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def asked(url, token=""):
    """Status, headers and body of an answer; redirects are followed."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        request = urllib.request.Request(url, headers=headers)  # noqa: S310  our own address
        with urllib.request.urlopen(request) as answer:  # noqa: S310
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def alive(pid):
    """Whether a process is there and has not ended yet."""
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    return False


def children_of(pid):
    """All processes below one."""
    with contextlib.suppress(FileNotFoundError):
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            own = [int(each) for each in file.read().split()]
        return [*own, *(each for child in own for each in children_of(child))]
    return []


def wait_for(fact, seconds):
    """Whether something comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if fact():
            return True
        time.sleep(0.1)
    return False


@contextlib.contextmanager
def served(environment):
    """The site as a process, its address and all its processes, once it answers."""
    port = free_port()
    command = [*TRESSE, "serve", "--port", str(port)]
    server = subprocess.Popen(  # noqa: S603  our own program
        command, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"

        def answers():
            with contextlib.suppress(urllib.error.URLError, ConnectionError):
                return asked(f"{url}/sign-in/")[0] == 200

        assert wait_for(answers, PATIENCE_SECONDS)
        yield server, url, [server.pid, *children_of(server.pid)]
    finally:
        for pid in [server.pid, *children_of(server.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        server.wait()


@pytest.mark.parametrize("words", [["jobs"], ["doctor"], ["worker"]])
def test_without_an_installation_a_command_says_so(home, words):
    """cli.md: a refusal is one sentence that says what would be right, exit 1."""
    place = home["TRESSE_HOME"]
    sentence = f"There is no installation in {place} yet. Run tresse init."

    if words == ["jobs"]:
        os.makedirs(place)
    done = tresse(home, *words, "--json") if words != ["worker"] else tresse(home, *words)
    if words == ["worker"]:
        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr
    else:
        answer = json.loads(done.stdout)
        assert (done.returncode, answer["code"]) == (1, "no_installation")
        assert answer["message"] == sentence
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        (
            "TRESSE_DATABASE_URL",
            "mysql://x:secret@db/crm",
            'mysql://x:…@db/crm" is neither SQLite nor PostgreSQL.',
        ),
        ("TRESSE_DATABASE_URL", "postgresql://x@127.0.0.1:1/x", "does not answer"),
        ("TRESSE_DATABASE_URL", "postgresql://x@127.0.0.1:99999/x", "is neither SQLite"),
        ("TRESSE_PROXIES", "two", '"two" is not a whole number'),
        ("TRESSE_HOME", "/proc/no/such", "There is no installation in /proc/no/such yet."),
    ],
)
def test_settings_that_cannot_be_right_are_refused_in_a_sentence(home, variable, value, sentence):
    """cli.md; style: fail with a sentence that names the value."""
    done = tresse({**home, variable: value}, "jobs")

    assert (done.returncode, done.stdout) == (1, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_home_that_cannot_be_made_is_refused(home):
    """cli.md: `init` too."""
    done = tresse({**home, "TRESSE_HOME": "/proc/no/such"}, "init", "--json")

    assert (done.returncode, json.loads(done.stdout)["code"]) == (1, "file_unusable")


def test_from_nothing_to_a_site_that_answers_and_ends(home):
    """cli.md: `init`, `token`, `serve`; C112: 401 without token; SIGTERM ends all within 15 s."""
    made = tresse(home, "init", "--json", "--email", "ada@example.com")
    first = json.loads(made.stdout)
    assert made.returncode == 0
    assert {"home", "database", "admin", "password"} <= set(first)
    assert first["admin"] == "ada@example.com"
    assert "password" not in json.loads(tresse(home, "init", "--json").stdout)
    made = tresse(home, "token", "sync", "--user", "ada@example.com", "--json")
    token = json.loads(made.stdout)["token"]

    with served(home) as (server, url, processes):
        status, _, page = asked(f"{url}/")
        assert (status, 'name="password"' in page) == (200, True)
        status, headers, body = asked(f"{url}/api/v1/records/contacts")
        assert (status, json.loads(body)["code"]) == (401, "token_not_valid")
        assert headers["Content-Type"] == "application/problem+json"
        assert json.loads(asked(f"{url}/api/v1/records/contacts", token)[2])["records"] == []
        for path in set(re.findall(r'(?:href|src)="(/static/[^"]+\.(?:js|css))"', page)):
            status, headers, _ = asked(f"{url}{path}")
            assert (status, "immutable" in headers["Cache-Control"]) == (200, True)
        assert len(processes) >= 3

        server.send_signal(signal.SIGTERM)
        assert server.wait(timeout=15) == 0
        assert wait_for(lambda: not any(map(alive, processes)), 5)


def test_killing_the_server_takes_its_worker_along(home):
    """C119a, cli.md: `serve` is pages, API and worker together, however it ends."""
    assert tresse(home, "init", "--json").returncode == 0
    with served(home) as (server, _, processes):
        assert len(processes) >= 3

        server.kill()
        server.wait()

        assert wait_for(lambda: not any(map(alive, processes)), 15)


def at_red_clinic(name):
    """A filter: contacts of that name who work at Clinique Rouge."""
    clinic = {"property": "name", "operator": "is", "value": "Clinique Rouge"}
    here = {"linked": "company", "filter": clinic}
    return {"all": [{"property": "last_name", "operator": "is", "value": name}, here]}


def test_the_demo_fills_a_home_once(home):
    """cli.md: `demo` and its fields; a home that has records stays as it is."""
    first = json.loads(tresse(home, "demo", "--no-serve", "--json").stdout)
    assert set(first) >= {
        *("records", "links", "datasets", "events", "automations", "url", "login")
    }
    assert min(first["records"], first["links"], first["events"]) > 100

    again = json.loads(tresse(home, "demo", "--no-serve", "--json").stdout)
    assert (again["records"], again["links"]) == (first["records"], first["links"])
    # C130 (j): two doctors of one company, and what each of them wants.
    for name, deal in (("Martin", "Product P1"), ("Philli", "Product P2")):
        doctor = {"linked": "contact", "filter": at_red_clinic(name)}
        found = tresse(home, "rows", "deals", "--filter", json.dumps(doctor), "--columns", "amount")
        assert found.stdout.count(f",{deal},") == found.stdout.count("\n") - 1 == 1


def test_a_benchmark_answers_its_fields(home):
    """cli.md: `bench` in a fresh database of its own, which goes afterwards."""
    done = tresse(home, "bench", "link", "--rows", "200", "--json")

    answer = json.loads(done.stdout)
    assert done.returncode == 0
    assert set(answer) >= {
        *("name", "rows", "seconds", "rows_per_second", "floor_ratio", "peak_mib")
    }
    assert not os.path.exists(home["TRESSE_HOME"])
