"""Datasets are built after their sources, at times, and together with what they lead to."""

from datetime import timedelta

import pytest

from tests.datasets.builds.worlds import built, example, fed, golden, people, row
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds.registries import FOLLOWERS, Follower
from tresse.datasets.changes.datasets import add_dataset, enable_dataset
from tresse.datasets.changes.endings import source_ended
from tresse.datasets.models import DatasetBuild
from tresse.jobs.changes import enqueue_due
from tresse.jobs.models import Job, Schedule
from tresse.jobs.worker import run as work
from tresse.jobs.worker import run_here
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.sources.models import Source, SourceRun

NINE = [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, "nine@x.fr", "0000000000")]


def ended(name, state="published"):
    """A run of a source that has just ended."""
    run = SourceRun.objects.create(source=Source.objects.get(name=name), mode="each", state=state)
    source_ended(run)
    return run


def waiting():
    found = DatasetBuild.objects.filter(state="queued").order_by("pk")
    return list(found.values_list("dataset__name", "cause", "cause_name"))


def test_a_new_version_of_a_source_builds_what_it_feeds():
    """S115: once per dataset, after all of its sources that are being read; not the first time."""
    dataset = example()
    ended("web")
    assert waiting() == []
    built(dataset)

    ended("web")
    assert waiting() == []
    fed("web", NINE)
    reading = SourceRun.objects.create(source=Source.objects.get(name="crm"), state="running")
    ended("web")
    assert waiting() == []
    reading.state = "failed"
    reading.save()
    source_ended(reading)
    ended("web")

    assert waiting() == [("people", "after", "crm")]
    work(until_idle=True)
    dataset.refresh_from_db()
    assert dataset.version.number == 2


@pytest.mark.parametrize(
    ("schedule", "name", "expected"),
    [
        ({"after": "crm"}, "web", []),
        ({"after": "web"}, "web", [("people", "after", "web")]),
        ({"cron": "0 6 * * *"}, "web", []),
    ],
)
def test_a_dataset_with_times_of_its_own_follows_no_other_source(schedule, name, expected):
    """S114, S115: after one source alone, or at times alone."""
    dataset = example(schedule=schedule)
    built(dataset)
    fed(name, NINE)

    ended(name)

    assert waiting() == expected


def test_a_dataset_that_is_switched_off_is_not_built_by_itself():
    """D85: as after a rollback."""
    dataset = example(schedule={"cron": "0 6 * * *"})
    built(dataset)
    enable_dataset(dataset, False, actor=SYSTEM)
    fed("web", NINE)

    ended("web")

    assert waiting() == []
    assert not Schedule.objects.filter(name=f"dataset:{dataset.pk}").exists()


def test_a_dataset_is_built_at_its_times():
    """S114: by a cron line in a zone; the schedule goes on whoever made it."""
    dataset = example(schedule={"cron": "0 6 * * *", "zone": "Europe/Paris"})
    due = Schedule.objects.get(name=f"dataset:{dataset.pk}").next_at
    assert due
    with clock.at(due + timedelta(days=3)):
        assert enqueue_due() == 1
        run_here(Job.objects.get(kind="build_due"), show=lambda _: None)
        run_here(dataset.builds.get().job, show=lambda _: None)

    run = dataset.builds.get()
    assert (run.state, run.cause) == ("published", "schedule")


def test_who_follows_is_told_of_every_end():
    """Syncs and automations of higher rooms act on builds, held and failed ones too."""
    told = []
    follower = Follower("test", lambda dataset, run: told.append((dataset.name, run.state)))
    FOLLOWERS.extend((follower,))
    try:
        built(example())
        built(add_dataset({"name": "none", "entity": "stores"}, actor=SYSTEM))
    finally:
        FOLLOWERS._things.pop("test")

    assert told == [("people", "published"), ("none", "failed")]


ORDER = ["order_no", "mail"]
TO_PEOPLE = {"name": "contact", "match": {"email": "mail"}}


@pytest.fixture
def orders():
    """Orders that lead to people by their e-mail address."""
    rows = [{"order_no": str(n), "mail": f"p{n % 3}@x.fr"} for n in range(6)]
    standing("orders", ORDER, rows, entity="orders", key=["order_no"])
    for name in ("crm", "web", "pos"):
        fed(name, [row("1", 1, None, "p0@x.fr", "0611111111")] if name == "crm" else [])
    fed("web", [row("2", 2, None, "p1@x.fr", None)])
    dataset = people()
    item = {"name": "shopping", "entity": "orders", "columns": ["mail"]}
    relations = [{**TO_PEOPLE, "to": "people"}]
    return dataset, add_dataset({**item, "relations": relations}, actor=SYSTEM)


def leads(dataset):
    return {each["_keys"][0]: each["contact_id"] for each in golden(dataset)}


def test_datasets_built_together_lead_to_each_other_in_step(orders):
    """D18, D80: what is made in the same job is led to, in whatever order they are named."""
    contacts, shopping = orders

    [of_orders, of_contacts] = built(shopping, contacts)

    assert (of_orders.state, of_contacts.state) == ("published", "published")
    ids = {each["email"]: each["_id"] for each in golden(contacts)}
    assert leads(shopping)["orders/0"] == ids["p0@x.fr"]
    assert shopping.version.inputs["dataset:people"] == contacts.version.number == 1
    [relation] = shopping.version.relations
    assert (relation["resolved"], relation["unmatched"]) == (4, 2)


def test_other_people_change_where_orders_lead_though_no_order_changed(orders):
    """D18, D82: golden ids follow merges; only rows that lead elsewhere are marked as changed."""
    contacts, shopping = orders
    built(contacts, shopping)
    crm = [
        row("1", 1, None, "p0@x.fr", "0611111111"),
        row("3", 3, None, "p1@x.fr", "0611111111"),
        row("4", 4, None, "p2@x.fr", None),
    ]
    fed("crm", crm)

    [_, again] = built(contacts, shopping)

    assert (again.state, again.is_full, again.changed_records) == ("published", False, 4)
    found = leads(shopping)
    assert found["orders/0"] == found["orders/1"] != found["orders/2"]
    assert None not in found.values()
    alone = built(shopping)
    assert alone.state == "unchanged"


@pytest.mark.usefixtures("orders")
def test_a_circle_of_relations_is_built_in_two_turns():
    """D2, D18: two datasets may lead to each other."""
    publish(
        Source.objects.get(name="orders"),
        [{"order_no": "0", "mail": "p0@x.fr"}, {"order_no": "1", "mail": "p9@x.fr"}],
    )
    relation = {"name": "first_order", "to": "orders_by_mail", "match": {"mail": "email"}}
    item = {"name": "orders_by_mail", "entity": "orders", "identity": {"keys": [["mail"]]}}
    relations = [{**TO_PEOPLE, "to": "people_with_orders"}]
    by_mail = add_dataset({**item, "relations": relations}, actor=SYSTEM, in_file=True)
    whole = people(name="people_with_orders", relations=[relation])

    [one, other] = built(by_mail, whole)

    assert (one.state, other.state) == ("published", "published")
    ids = {each["email"]: each["_id"] for each in golden(whole)}
    mails = {each["mail"]: each["contact_id"] for each in golden(by_mail)}
    assert mails == {"p0@x.fr": ids["p0@x.fr"], "p9@x.fr": None}
    firsts = {each["email"]: each["first_order_id"] for each in golden(whole)}
    assert firsts["p0@x.fr"] in {each["_id"] for each in golden(by_mail)}
    assert firsts["p1@x.fr"] is None


def test_a_dataset_feeds_another_one_of_the_same_job(orders):
    """D2: golden records of orders feed people; both are worked out in one job."""
    contacts, shopping = orders
    feeds = [{"source": "crm"}, {"source": "dataset:shopping", "columns": {"email": "mail"}}]
    buyers = people(name="buyers", sources=feeds, identity={"keys": [["email"]]})

    [of_buyers, of_orders, _] = built(buyers, shopping, contacts)

    assert (of_buyers.state, of_orders.state) == ("published", "published")
    assert {each["email"]: each["_members"] for each in golden(buyers)} == {
        "p0@x.fr": 3,
        "p1@x.fr": 2,
        "p2@x.fr": 2,
    }
    with pytest.raises(TresseError) as caught:
        add_dataset(
            {"name": "loop", "entity": "contacts", "sources": [{"source": "dataset:loop"}]},
            actor=SYSTEM,
        )
    assert caught.value.code == "feed_circle"


def test_datasets_built_together_again_are_as_they_were(orders):
    """D80, D81: of a dataset in which nothing is new, the version that stands is led to."""
    contacts, shopping = orders
    built(contacts, shopping)

    again = built(contacts, shopping)

    assert [each.state for each in again] == ["unchanged", "unchanged"]
    fed("crm", [row("1", 1, None, "p0@x.fr", "0611111111"), row("3", 3, None, "p2@x.fr", None)])
    [of_contacts, of_orders] = built(contacts, shopping)
    assert (of_contacts.state, of_orders.changed_records) == ("published", 2)
