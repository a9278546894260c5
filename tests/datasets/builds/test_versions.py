"""Versions kept, compared and rolled back; builds held by their health (D80, D85, D88)."""

import pytest

from tests.datasets.builds.worlds import built, example, fed, golden, people, row
from tresse.accounts.actor import SYSTEM
from tresse.accounts.answers import said
from tresse.datasets.builds import publishing
from tresse.datasets.builds.comparison import difference
from tresse.datasets.builds.registries import PAUSES, VERSION_USERS, Pauses, VersionUsers
from tresse.datasets.builds.tables import owner_of
from tresse.datasets.changes.builds import build, cancel_build, publish_held, rollback
from tresse.datasets.changes.datasets import change_dataset, merged
from tresse.datasets.models import DatasetVersion
from tresse.jobs.models import Notification
from tresse.jobs.worker import run_here
from tresse.kernel.errors import TresseError
from tresse.objects.doctor import examine
from tresse.sources.extraction.registries import VERSION_USERS as SOURCE_VERSION_USERS
from tresse.sources.models import Source
from tresse.sources.versions import house

NINE = [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, "nine@x.fr", "0000000000")]


def numbers(dataset):
    return list(dataset.versions.order_by("-number").values_list("number", flat=True))


def test_a_version_holds_what_it_was_made_of():
    """D80: inputs, rules, moment, engine, counts, health; its folder holds every table."""
    dataset = example()

    run = built(dataset)

    version = dataset.version
    assert version.inputs == {"crm": 1, "web": 1, "pos": 1}
    assert (version.rules, version.build, version.engine) == (dataset.rules, run, "duckdb")
    assert version.as_of == run.as_of == run.started_at
    assert (version.rows, version.source_rows) == (3, 6)
    assert [each["name"] for each in version.columns] == [
        "customer_id",
        "email",
        "phone",
        "first_name",
    ]
    assert {each["name"] for each in version.health} >= {"golden_records", "unexplained"}
    assert version.bytes > 0


def test_the_published_version_and_ten_before_it_are_kept(monkeypatch):
    """D85: and those that somebody reads, for as long as they do; here it is three before it."""
    assert publishing.KEPT_VERSIONS == 11
    monkeypatch.setattr(publishing, "KEPT_VERSIONS", 4)
    dataset = example()
    built(dataset)
    reader = VersionUsers("reader", lambda _: [DatasetVersion.objects.get(number=1).pk])
    VERSION_USERS.extend((reader,))
    try:
        for _ in range(5):
            built(dataset, full=True)
        assert numbers(dataset) == [*range(6, 2, -1), 1]
        assert house().numbers(owner_of(dataset.pk)) == [1, *range(3, 7)]
    finally:
        VERSION_USERS._things.pop("reader")
    built(dataset, full=True)
    assert numbers(dataset) == list(range(7, 3, -1))


def test_versions_of_sources_that_kept_versions_were_built_from_are_kept():
    """S117: the doors of sources ask datasets which versions they need."""
    dataset = example()
    built(dataset)
    for _ in range(2):
        fed("web", NINE)
    [users] = [each for each in SOURCE_VERSION_USERS if each.name == "datasets"]

    needed = users.of(Source.objects.get(name="web"))

    kept = Source.objects.get(name="web").versions.filter(pk__in=needed)
    assert [each.number for each in kept] == [1]


def test_two_versions_are_compared():
    """D85: rows added, removed and changed, per column."""
    dataset = example()
    built(dataset)
    first = dataset.version
    fed("web", [("7", 2, None, " JANE@x.fr", None), ("8", 6, None, "eight@x.fr", None)])
    built(dataset)

    found = difference(first, dataset.version)

    assert found == {"added": 1, "removed": 1, "changed_rows": 0, "changed": {}}
    fed("web", [("7", 2, None, " JANE@x.fr", None), ("8", 6, None, "acht@x.fr", "0611223344")])
    second = dataset.version
    built(dataset)
    found = difference(second, dataset.version)
    assert found["changed"] == {"email": 1, "phone": 1}
    assert (found["added"], found["removed"], found["changed_rows"]) == (0, 0, 1)


def test_versions_of_other_columns_are_compared_by_name():
    """D85: a column that only one of them has differs where it is filled."""
    dataset = example()
    built(dataset)
    first = dataset.version
    columns = [{"name": "mail", "semantic": "email"}]
    identity = {"keys": [["customer_id"], ["mail"], ["phone"]]}
    item = merged(dataset, {"columns": columns, "identity": identity})
    change_dataset(dataset, item, actor=SYSTEM)
    built(dataset)

    found = difference(first, dataset.version)

    assert found["changed"] == {"mail": 2, "email": 2}


def test_a_rollback_publishes_an_older_version_and_pauses():
    """D85: schedule and syncs pause, and it says so; the next build takes a new number."""
    dataset = example(schedule={"cron": "0 6 * * *"})
    built(dataset)
    fed("web", NINE)
    built(dataset)
    pauses = Pauses("test", lambda dataset, _actor: [f'sync "{dataset.name}"'])
    PAUSES.extend((pauses,))
    try:
        done = rollback(dataset.versions.get(number=1), actor=SYSTEM)
    finally:
        PAUSES._things.pop("test")

    dataset.refresh_from_db()
    assert (done.version, done.was) == (1, 2)
    assert done.paused == ('schedule of "people"', 'sync "people"')
    assert (dataset.version.number, dataset.is_enabled, dataset.schedule) == (1, False, None)
    assert [each["email"] for each in golden(dataset)] == [" JANE@x.fr", "jane@x.fr", None]
    run = built(dataset)
    assert (run.state, run.number) == ("published", 3)
    assert golden(dataset)[2]["email"] == "nine@x.fr"


def test_a_rollback_is_refused_with_the_reason():
    """D85: the published version, a build that goes on, a version whose files are gone."""
    dataset = example()
    built(dataset)
    built(dataset, full=True)
    published, older = dataset.version, dataset.versions.get(number=1)

    def refused(version):
        with pytest.raises(TresseError) as caught:
            rollback(version, actor=SYSTEM)
        return caught.value.code

    assert refused(published) == "already_published"
    [_], job = build(dataset, actor=SYSTEM)
    assert refused(older) == "build_going_on"
    run_here(job, show=lambda _: None)
    house().remove(owner_of(dataset.pk), 1)
    assert refused(older) == "version_gone"


MANY = 260


def many(number=MANY):
    return [row(str(n), 1, None, f"p{n}@x.fr", None) for n in range(number)]


@pytest.fixture
def sick(mia):
    """A dataset that lost a fifth of its golden records since it was built."""
    for name in ("crm", "web", "pos"):
        fed(name, many() if name == "crm" else [])
    dataset = people()
    dataset.owner_id = mia.user_id
    dataset.save()
    built(dataset)
    fed("crm", many(200))
    return dataset


@pytest.mark.django_db(transaction=True)
def test_an_unhealthy_build_is_held_until_a_person_decides(sick):
    """D88: what a bad check would spoil is not published; its owner is told once, with figures."""
    run = built(sick)

    assert (run.state, run.code, sick.version.number) == ("held", "unhealthy", 1)
    assert said(run.message, run.details) == (
        "people looks unhealthy: Fewer golden records than in the last version (23.0769). If that "
        "is right, publish this build; otherwise look at its sources and rules first."
    )
    built(sick)
    told = Notification.objects.filter(user_id=sick.owner_id)
    assert [each.title for each in told] == ["people waits for your decision"]
    held = sick.builds.get(state="held")

    [same], job = publish_held(held, actor=SYSTEM)
    run_here(job, show=lambda _: None)

    same.refresh_from_db()
    sick.refresh_from_db()
    assert (same.pk, same.state, same.is_confirmed) == (held.pk, "published", True)
    assert (sick.version.number, sick.version.rows) == (2, 200)
    assert not examine()


@pytest.mark.django_db(transaction=True)
def test_a_build_that_is_held_gives_way_to_what_came_later(sick):
    """D88: one decision at a time; what was thrown away leaves nothing."""
    run = built(sick)
    fed("crm", many(250))

    assert built(sick).state == "published"

    run.refresh_from_db()
    assert (run.state, run.code) == ("cancelled", "held_outdated")
    with pytest.raises(TresseError) as caught:
        publish_held(run, actor=SYSTEM)
    assert (caught.value.code, caught.value.details["state"]) == ("wrong_state", "cancelled")
    with pytest.raises(TresseError) as caught:
        build(sick, actor=SYSTEM, publish_held=True)
    assert caught.value.message == "No build of people waits for a decision."
    assert not examine()


@pytest.mark.django_db(transaction=True)
def test_a_held_build_is_thrown_away(sick):
    """D88: the person says no."""
    run = built(sick)

    cancel_build(run, actor=SYSTEM)

    run.refresh_from_db()
    assert run.state == "cancelled"
    assert not examine()


def test_what_is_built_with_an_unhealthy_one_waits_with_it(sick):
    """D80, D88: datasets built together are published together, or not at all."""
    other = people(name="other")

    [first, second] = built(sick, other)

    assert (first.state, first.code) == ("held", "unhealthy")
    assert (second.state, second.code) == ("held", "held_together")
    assert said(second.message, second.details) == (
        "other waits with people: datasets that are built together are published together."
    )
    builds, job = publish_held(second, actor=SYSTEM)
    run_here(job, show=lambda _: None)
    assert {each.dataset.name for each in builds} == {"people", "other"}
    sick.refresh_from_db()
    other.refresh_from_db()
    assert (sick.version.number, other.version.number) == (2, 1)
