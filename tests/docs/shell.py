"""Runs the commands of documents in one process, in a home of its own.

Reads JSON on standard input: pages, each with its `steps` (`["file", name, text]`, `["run",
command]` or `["look", address]`) and `after`, the page before it at whose end it begins; the first
one makes the home and has none. Writes what each command of each page printed. Nothing but
`tresse`, `cat`, `head`, `cp`, `curl` and `NAME=$(…)` is known; `curl` asks the application itself,
no server.
"""

import json
import os
import re
import shlex
import shutil
import sys
import traceback
from pathlib import Path
from typing import Any

import django
from django.core.files.uploadedfile import SimpleUploadedFile

HOME = Path(os.environ["TRESSE_HOME"])
DEMO = Path(__file__).parents[2] / "demo"
CALL = re.compile(r"([A-Z]+)=\$\((.+)\)")
PRETTY = " | python3 -m json.tool"
SITE = "http://127.0.0.1:8000"


class Shell:
    """The commands that documents use, and the variables they set."""

    def __init__(self):
        self.variables = {}

    def run(self, command):
        """What a command prints."""
        if call := CALL.fullmatch(command):
            self.variables[call[1]] = self.run(call[2]).strip()
            return ""
        is_pretty = command.endswith(PRETTY)
        command = command.removesuffix(PRETTY)
        for name, value in self.variables.items():
            command = command.replace(f"${name}", value)
        name, *arguments = shlex.split(command)
        printed = getattr(self, name)(arguments)
        if is_pretty:
            return json.dumps(json.loads(printed), indent=4, ensure_ascii=False)
        return printed

    def look(self, address):
        """The answer to an administrator who opens a page."""
        from django.conf import settings  # noqa: PLC0415  after django.setup()
        from django.test import Client  # noqa: PLC0415

        from tresse.accounts.models import User  # noqa: PLC0415

        client = Client(raise_request_exception=False)
        user = User.objects.get(email="admin@example.com")
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[-1])
        answer = client.get(address.removeprefix(SITE))
        return f"{answer.status_code} {answer.content.decode()}"

    def tresse(self, arguments):
        from click.testing import CliRunner  # noqa: PLC0415  after django.setup()

        from tresse.config.doors import cli  # noqa: PLC0415

        result = CliRunner().invoke(cli, arguments, prog_name="tresse")
        if result.exception and not isinstance(result.exception, SystemExit):
            return "".join(traceback.format_exception(result.exception))
        return result.output

    def cat(self, arguments):
        return Path(arguments[0]).read_text("utf-8-sig")

    def head(self, arguments):
        lines = self.cat(arguments[1:]).splitlines(keepends=True)
        return "".join(lines[: int(arguments[0].removeprefix("-"))])

    def cp(self, arguments):
        """Documents call the home by its usual name."""
        name, target = arguments
        folder = HOME / target.removeprefix("tresse-home/")
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(name, folder)
        return ""

    def curl(self, arguments):
        from django.test import Client  # noqa: PLC0415  after django.setup()

        asked: dict[str, Any] = {
            "method": "GET",
            "headers": {},
            "data": b"",
            "files": {},
            "url": "",
        }
        words = iter(arguments)
        for word in words:
            if word == "-X":
                asked["method"] = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                asked["headers"][name] = value
            elif word in {"-d", "-F"}:
                asked["method"] = "POST" if asked["method"] == "GET" else asked["method"]
                self._add(asked, word, next(words))
            elif word != "-s":
                asked["url"] = word.removeprefix(SITE)
        client = Client(raise_request_exception=False, headers=asked["headers"])
        if asked["files"]:
            answer = client.post(asked["url"], asked["files"])
        else:
            answer = client.generic(
                asked["method"], asked["url"], asked["data"], content_type="application/json"
            )
        body = answer.getvalue() if answer.streaming else answer.content
        return body.decode("utf-8-sig")

    def _add(self, asked, word, given):
        if word == "-d":
            is_file = given.startswith("@")
            asked["data"] = Path(given[1:]).read_bytes() if is_file else given.encode()
            return
        name, _, value = given.partition("=")
        if value.startswith("@"):
            path = Path(value[1:])
            asked["files"][name] = SimpleUploadedFile(path.name, path.read_bytes())
        else:
            asked["files"][name] = value


def run_page(steps, folder):
    """What each command of a page printed, run in a folder with the demo's files beside."""
    folder.mkdir()
    os.chdir(folder)
    Path("demo").symlink_to(DEMO)
    shell, printed = Shell(), []
    for sort, *given in steps:
        if sort == "file":
            Path(given[0]).write_text(given[1], "utf-8")
        else:
            printed.append(getattr(shell, sort)(given[0]))
    return printed


def main():
    """Run all pages; what one leaves in the home is kept for those that go on from it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tresse.config.settings")
    django.setup()
    from django.db import connections  # noqa: PLC0415  after django.setup()

    pages, printed = json.load(sys.stdin), {}
    kept = {
        name: HOME.parent / f"kept{number}"
        for number, name in enumerate({page["after"] for page in pages.values()} - {None})
    }
    for number, (name, page) in enumerate(pages.items()):
        if page["after"] is not None:
            shutil.rmtree(HOME)
            shutil.copytree(kept[page["after"]], HOME)
        printed[name] = run_page(page["steps"], HOME.parent / f"page{number}")
        connections.close_all()
        if name in kept:
            shutil.copytree(HOME, kept[name])
    json.dump(printed, sys.stdout)


if __name__ == "__main__":
    main()
