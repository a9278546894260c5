"""Builds that are killed, cancelled, or go on beside others: nothing is half or doubled (D84)."""

import threading
from typing import Any

import pytest
import sqlalchemy as sa
from django.db import connection

from tests.datasets.builds.worlds import built, clusters, example, fed, golden, people
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds import afterwards, narrow, publishing, working
from tresse.datasets.builds.tables import owner_of, tables_of
from tresse.datasets.changes.builds import build, cancel_build
from tresse.datasets.models import Dataset, DatasetBuild, DatasetVersion
from tresse.engine.warehouse import Warehouse
from tresse.jobs.changes import recover
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.doctor import examine
from tresse.sources.versions import engine, house

PAUSE = 1.0
"Seconds between two looks of a reader: without, twenty of them leave the builds no time."
MORE = [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, "nine@x.fr", "0000000000")]


class Killed(BaseException):
    """As `kill -9`: nothing of ours may catch it."""


def kill(monkeypatch, owner, name, *, after=False):
    """Let the process die at a function, the first time it is reached."""
    real = getattr(owner, name)

    def dying(*args, **named):
        if not after:
            raise Killed
        real(*args, **named)
        raise Killed

    monkeypatch.setattr(owner, name, dying)


POINTS: dict[str, tuple[object, str, dict[str, Any]]] = {
    "before all records are taken in": (working, "worked_out", {}),
    "after all records are joined": (working, "resolve", {"after": True}),
    "after the first tables were written": (working, "write_found", {"after": True}),
    "after all values were chosen": (working, "merge", {"after": True}),
    "before records are taken in": (narrow, "worked_out", {}),
    "after records are joined": (narrow, "resolve", {"after": True}),
    "after values were chosen": (narrow, "merge", {"after": True}),
    "before tables are layered": (narrow, "add_layer", {}),
    "after a table was layered": (narrow, "add_layer", {"after": True}),
    "before the rename": (Warehouse, "publish", {}),
    "after the rename": (Warehouse, "publish", {"after": True}),
    "within the transaction": (publishing, "end", {"after": True}),
    "after the version is published": (publishing, "publish", {"after": True}),
    "before reviews are kept": (afterwards, "keep_found", {}),
    "before old versions go": (afterwards, "retire", {}),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_build_killed_anywhere_ends_as_an_undisturbed_one(monkeypatch, point):
    """D84: after `kill -9` the old version stays; the next attempt gives what was to come."""
    dataset = example()
    built(dataset)
    fed("web", MORE)
    owner, name, how = POINTS[point]
    [run], job = build(dataset, actor=SYSTEM, full=owner is working)
    with monkeypatch.context() as patched:
        kill(patched, owner, name, **how)
        with pytest.raises(Killed):
            run_here(job, show=lambda _: None)
    assert len(clusters(dataset)) == 3

    recover()
    run_here(Job.objects.get(pk=job.pk), show=lambda _: None)

    run.refresh_from_db()
    dataset.refresh_from_db()
    assert (run.state, run.number, run.changed_records) == ("published", 2, 1)
    assert house().numbers(owner_of(dataset.pk)) == [1, 2]
    assert [each["_changed_in"] for each in golden(dataset)] == [1, 1, 2]
    assert [each["email"] for each in golden(dataset)][2] == "nine@x.fr"
    assert not examine()
    assert built(dataset).state == "unchanged"


def test_a_second_build_joins_the_first():
    """D84: one build per dataset at a time; who asks meanwhile is answered with that one."""
    dataset = example()
    [first], job = build(dataset, actor=SYSTEM)

    [second], same = build(dataset, actor=SYSTEM, full=True)

    assert (second.pk, same.pk, second.is_full) == (first.pk, job.pk, True)
    run_here(job, show=lambda _: None)
    first.refresh_from_db()
    assert (first.state, first.is_full) == ("published", True)
    assert DatasetBuild.objects.count() == 1


def test_a_decision_while_a_build_goes_on_is_followed_by_another():
    """D84, D60: the build that goes on may not have seen it."""
    dataset = example()
    built(dataset)
    fed("web", MORE)
    [run], _ = build(dataset, actor=SYSTEM)
    DatasetBuild.objects.filter(pk=run.pk).update(state="running")

    [joined], job = build(dataset, actor=SYSTEM, cause="decision")

    assert joined.pk == run.pk
    run_here(job, show=lambda _: None)
    states = DatasetBuild.objects.order_by("pk").values_list("state", "cause")
    assert list(states) == [("published", "person"), ("published", "person"), ("queued", "after")]


def test_datasets_built_with_others_are_not_built_alone_meanwhile():
    """D80, D84: two of three would be published out of step."""
    one, other = example(), people(name="other")
    build(one, actor=SYSTEM)

    with pytest.raises(TresseError) as caught:
        build([one, other], actor=SYSTEM)

    assert caught.value.code == "build_going_on"
    assert "Build" in caught.value.message
    assert "people" in caught.value.message


def test_a_cancelled_build_leaves_the_old_version():
    """D84: nothing was published, nothing is left."""
    dataset = example()
    built(dataset)
    fed("web", MORE)
    [run], job = build(dataset, actor=SYSTEM)

    cancel_build(run, actor=SYSTEM)
    run_here(job, show=lambda _: None)

    run.refresh_from_db()
    dataset.refresh_from_db()
    assert (run.state, dataset.version.number) == ("cancelled", 1)
    with pytest.raises(TresseError) as caught:
        cancel_build(run, actor=SYSTEM)
    assert (caught.value.code, caught.value.details["state"]) == ("wrong_state", "cancelled")
    assert not examine()


@pytest.mark.django_db(transaction=True)
def test_readers_never_see_half_a_version():
    """D80, D84: twenty readers, while five versions are published: each sees one, whole."""
    dataset = example()
    built(dataset)
    stop, seen, failed = threading.Event(), [], []

    def look():
        while not stop.wait(PAUSE):
            try:
                seen.append(_one_look(dataset.pk))
            except BaseException as error:  # noqa: BLE001  whatever it is, the test fails
                failed.append(error)
                return

    threads = [threading.Thread(target=look) for _ in range(20)]
    for thread in threads:
        thread.start()
    for number in range(5):
        rows = [("7", 2, None, " JANE@x.fr", None)]
        fed("web", rows + [(f"{number}{n}", 6, None, None, None) for n in range(number + 1)])
        assert built(dataset).state == "published"
    stop.set()
    for thread in threads:
        thread.join()

    assert not failed
    assert {golden - rows for _, golden, rows, _ in seen} == {0}
    assert all(members == source_rows for *_, (members, source_rows) in seen)
    assert len({number for number, *_ in seen}) > 1


def _one_look(dataset_id):
    """Number, golden records and rows said, members and source rows said, of what stands."""
    try:
        version = DatasetVersion.objects.get(pk=_published(dataset_id))
        with engine() as session:
            found = tables_of(session, version)
            golden = session.scalar(sa.select(sa.func.count()).select_from(found.golden))
            members = session.scalar(sa.select(sa.func.count()).select_from(found.members))
        return version.number, golden, version.rows, (members, version.source_rows)
    finally:
        connection.close()


def _published(dataset_id):
    return Dataset.objects.values_list("version_id", flat=True).get(pk=dataset_id)


def test_the_doctor_finds_what_killed_builds_left():
    """D85: folders that no version owns are named, and removed by `--fix` alone."""
    dataset = example()
    built(dataset)
    stray = house().root / owner_of(dataset.pk) / "7"
    stray.mkdir()
    aside = house().aside(owner_of(dataset.pk))

    [first, second] = examine()
    assert str(stray) in first.sentence + second.sentence
    assert aside.is_dir()
    assert len(examine(fix=True)) == 2
    assert not examine()

    for file in (house().folder(owner_of(dataset.pk), 1) / "golden").glob("*.parquet"):
        file.unlink()
    [missing] = examine()
    assert "lacks files of golden" in missing.sentence
