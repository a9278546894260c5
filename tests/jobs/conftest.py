"""People, kinds of jobs made for one test, and workers that are processes of their own."""

import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection

from tresse.accounts.models import Role, User
from tresse.accounts.queries import actor_of
from tresse.jobs.changes import claim
from tresse.jobs.kinds import JOBS, JobKind

ROOT = Path(__file__).parents[2]


@pytest.fixture
def make_person(db):
    """Makes a user and answers who acts: a member of the sales team, or an administrator."""
    _ = db

    def make(name, *, role="member", language="en"):
        role_, _ = Role.objects.get_or_create(name=role, defaults={"label": role})
        email = f"{name.lower()}@example.com"
        user = User.objects.create(email=email, name=name, role=role_, language=language)
        return actor_of(user)

    return make


@pytest.fixture
def ada(make_person):
    """A person without special rights."""
    return make_person("Ada")


@pytest.fixture
def admin(make_person):
    """An administrator."""
    return make_person("Admin", role="administrator")


@pytest.fixture
def kind():
    """Makes a kind of job that exists for this test: `kind("copy", run)`."""
    made = []

    def make(name, run, **facts):
        JOBS.extend((JobKind(name, facts.pop("label", name.capitalize()), run, **facts),))
        made.append(name)
        return name

    yield make
    for name in made:
        del JOBS._things[name]


@pytest.fixture
def worker(tmp_path, transactional_db):
    """Starts a worker in a process of its own, on this test's database; what lives is killed."""
    _ = transactional_db
    began = []

    def start(*arguments):
        name = connection.settings_dict["NAME"]
        url = f"sqlite:///{name}"
        if connection.vendor == "postgresql":
            of = connection.settings_dict
            url = f"postgresql://{of['USER']}@{of['HOST']}:{of['PORT']}/{name}"
        (tmp_path / "home").mkdir(exist_ok=True)
        process = subprocess.Popen(  # noqa: S603  our own program
            [sys.executable, "-m", "tests.jobs.process", *arguments],
            cwd=ROOT,
            env={
                **os.environ,
                "TRESSE_HOME": str(tmp_path / "home"),
                "TRESSE_DATABASE_URL": url,
            },
        )
        began.append(process)
        return process

    yield start
    for process in began:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_until(true, *, seconds=20.0):
    """Ask again and again until it is true; answers what it was."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)
    return found


def claimed():
    """A job that waits, claimed by this process."""
    job = claim()
    assert job is not None
    return job


@contextmanager
def tally_table():
    """A table without any key: work done twice shows as a number that stands there twice."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS tally")
        cursor.execute("CREATE TABLE tally (job bigint, n bigint)")
    yield lambda: tally()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE tally")


def tally():
    """All that was counted, in order."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT job, n FROM tally ORDER BY job, n")
        return cursor.fetchall()
