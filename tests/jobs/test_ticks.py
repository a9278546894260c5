"""Short looks that every worker takes beside its jobs."""

import threading

import pytest

from tresse.jobs import ticks
from tresse.jobs.ticks import Tick, Ticking, run_all
from tresse.jobs.worker import run
from tresse.kernel.registry import Registry


@pytest.fixture
def looks(monkeypatch):
    """Ticks of the test alone; answers what they did."""
    done = []
    told = threading.Event()

    def look():
        done.append("look")
        told.set()
        return len(done) < 3

    def fail():
        message = "a bug"
        raise RuntimeError(message)

    members = (Tick("fails", 0.0, fail), Tick("looks", 0.0, look))
    monkeypatch.setattr(ticks, "TICKS", Registry("tick", members[1:]))
    monkeypatch.setattr(ticks, "PAUSE_SECONDS", 0.01)
    return done, told, members


@pytest.mark.django_db
def test_a_worker_until_idle_looks_until_there_is_nothing(looks):
    done, _, _ = looks

    run(until_idle=True)

    assert done == ["look", "look", "look"]
    assert run_all() is False


def test_a_look_that_fails_does_not_end_the_others(looks, monkeypatch, caplog):
    done, told, members = looks
    monkeypatch.setattr(ticks, "TICKS", Registry("tick", members))

    with Ticking():
        assert told.wait(5)

    assert done
    assert "Tick fails failed by a bug" in caplog.text
