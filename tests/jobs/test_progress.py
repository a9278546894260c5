"""Progress on standard error: a bar on a terminal, else a line every five seconds (cli.md)."""

import threading

import pytest
from django.db import connection

from tresse.jobs import progress, worker
from tresse.jobs.changes import enqueue
from tresse.jobs.work import Progress


def test_a_terminal_gets_a_bar_on_one_line(capsys):
    shown = progress.Shown("contacts.csv", terminal=True)
    shown(Progress(0, None))
    shown(Progress(2_500, 10_000))
    shown(Progress(10_000, 10_000))
    shown.end()

    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "contacts.csv  0 done, 0 s" in err
    assert "█" * 7 + "░" * 23 + " 2,500 of 10,000, 0 s" in err
    assert "█" * 30 in err


def test_anything_else_gets_a_line_every_five_seconds(capsys, monkeypatch):
    moment = 100.0
    monkeypatch.setattr("tresse.jobs.progress.time.monotonic", lambda: moment)
    shown = progress.Shown("contacts.csv", terminal=False)
    for moment in (101.0, 104.0, 105.5, 107.0, 110.6):
        shown(Progress(int(moment), 200))
    shown.end()

    assert capsys.readouterr().err.splitlines() == [
        "contacts.csv 105 of 200, 6 s",
        "contacts.csv 110 of 200, 11 s",
    ]


@pytest.mark.django_db(transaction=True)
def test_a_command_watches_the_job_that_a_worker_took_first(ada, kind, monkeypatch):
    """`run_here` never runs a job twice: it waits for the worker that was quicker."""
    monkeypatch.setattr(progress, "WATCH_SECONDS", 0.02)
    begun, go_on, ran = threading.Event(), threading.Event(), []

    def run(work):
        ran.append(work.attempt)
        begun.set()
        go_on.wait(10)
        return {"rows": 3}

    def work():
        worker.run(until_idle=True)
        connection.close()

    kind("any", run)
    job = enqueue("any", arguments={}, actor=ada)
    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(10)
    seen = []

    def show(shown):
        seen.append(shown)
        go_on.set()

    ended = worker.run_here(job, show=show)
    thread.join()

    assert (ended.state, ended.result, ran) == ("done", {"rows": 3}, [1])
    assert seen
