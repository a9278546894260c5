"""Computed columns in builds: worked out together, taken over, killed, erased (D80, D81, D120)."""

from decimal import Decimal

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a home of each test
from tests.datasets.builds.test_killed import Killed, kill
from tests.datasets.builds.worlds import built, fed, golden
from tests.datasets.computed.shops import (
    AGGREGATES,
    FORMULAS,
    ORDERS,
    PEOPLE,
    SCORES,
    change,
    of,
    order,
    person,
    shop,
    sold,
)
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds import publishing
from tresse.datasets.builds.comparison import difference
from tresse.datasets.builds.layers import parquet_of
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.changes.builds import build
from tresse.datasets.computed import working
from tresse.datasets.models import DatasetBuild, DatasetVersion
from tresse.engine.warehouse import Warehouse
from tresse.jobs.changes import recover
from tresse.jobs.models import Job
from tresse.jobs.worker import run_here

COLUMNS = ("orders_number", "spent", "is_good", "greeting", "days_since_last_order", "rfm_segment")


def test_a_build_works_out_columns_over_related_datasets():
    """D10, D110, D120: orders are built with their people, whichever is asked for."""
    whole, shopping = shop()

    run = built(whole)

    assert (run.state, run.message) == ("published", "")
    found = of(whole, *COLUMNS)
    assert found["Ada"][:5] == (2, Decimal(120), True, "Dear Ada", 10)
    assert found["Bob"][:5] == (1, Decimal(20), False, "Dear Bob", 15)
    assert found["Eve"] == (0, Decimal(0), False, "Dear Eve", None, "prospect")
    shopping.refresh_from_db()
    assert shopping.version is not None
    assert [each["name"] for each in whole.version.computed][:4] == [*COLUMNS[2:4], *COLUMNS[:2]]
    assert set(whole.version.facts) == {"days_since_last_order", "rfm"}


def test_nothing_new_makes_no_version():
    """D81: the same rows, formulas and moment give the version that stands."""
    whole, _ = shop()
    built(whole)

    again = built(whole)

    assert again.state == "unchanged"
    assert whole.versions.count() == 1


def files(version: DatasetVersion) -> dict[str, int]:
    """Files of a version with the place on disk they lie at: links share it."""
    folder = folder_of(version)
    return {str(each.relative_to(folder)): each.stat().st_ino for each in parquet_of(folder)}


def test_a_new_order_changes_its_person_alone():
    """D4, D82: merged rows of people are shared with the version before, nothing is copied."""
    whole, _ = shop(scores=SCORES[:1])
    built(whole)
    first = files(whole.version)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])

    run = built(whole)

    assert (run.state, run.records, run.changed_records) == ("published", 3, 1)
    found = of(whole, "spent", "_changed_in")
    assert found == {"Ada": (120, 1), "Bob": (110, 2), "Eve": (0, 1)}
    second = files(whole.version)
    shared = {name for name in second if second[name] == first.get(name)}
    assert {name.split("/")[0] for name in set(second) - shared} <= {"computed", "changes"}
    assert whole.version.basis["ground"] == 1
    then = whole.versions.get(number=1)
    told = difference(then, whole.version)
    assert (told["changed_rows"], told["changed"]["spent"]) == (1, 1)


def test_another_day_is_another_version_and_resolves_no_order_anew():
    """SC5, D80: what depends on the day is worked out; relations stay as they are."""
    whole, shopping = shop()
    built(whole)
    change(whole, as_of="2026-03-21")

    run = built(whole)

    assert run.state == "published"
    assert of(whole, "days_since_last_order")["Ada"] == (11,)
    shopping.refresh_from_db()
    assert shopping.version.number == 1
    assert shopping.builds.order_by("-pk").first().state == "unchanged"


def test_an_incremental_version_equals_a_full_one():
    """D81, SC10: after any changes, in rows and computed columns."""
    whole, shopping = shop()
    built(whole)
    sold([*ORDERS[1:], order(5, "eve@x.fr", 18, 90)])
    fed("crm", [*PEOPLE, person("4", "nobody@x.fr", "Nob")])
    change(whole, as_of="2026-03-25")
    change(shopping, as_of="2026-03-25")
    built(whole)
    taken = golden(whole)

    run = built(whole, shopping, full=True)

    assert [each.is_full for each in run] == [True, True]
    fresh = golden(whole)
    for rows in (taken, fresh):
        for each in rows:
            each.pop("_changed_in")
    assert taken == fresh


def test_other_formulas_are_worked_out_without_merging_anew():
    """D81: of a definition only its computed columns changed."""
    whole, _ = shop()
    built(whole)
    change(whole, computed=[{"name": "is_good", "sql": "spent > 500"}])

    run = built(whole)

    whole.refresh_from_db()
    assert (run.state, run.is_full, whole.needs_full) == ("published", False, False)
    assert of(whole, "is_good")["Ada"] == (False,)
    assert "greeting" not in golden(whole)[0]
    change(whole, computed=None, aggregates=None, scores=None)
    assert built(whole).state == "published"
    assert whole.version.computed == []
    assert "spent" not in golden(whole)[0]


def test_a_dataset_that_was_rolled_back_is_not_built_along():
    """D85: a rollback stands until somebody builds that dataset."""
    whole, shopping = shop()
    built(whole)
    change(shopping, enabled=False)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])

    run = built(whole)

    assert run.state == "unchanged"
    assert of(whole, "spent")["Bob"] == (20,)
    built(shopping)
    assert of(whole, "spent")["Bob"] == (110,)


POINTS = {
    "before computed columns": (working, "formulas_of", {}),
    "before they are written": (working, "write_table", {}),
    "after they are written": (working, "write_table", {"after": True}),
    "after the rename": (Warehouse, "publish", {"after": True}),
    "within the transaction": (publishing, "end", {"after": True}),
}


@pytest.mark.parametrize("point", POINTS)
def test_a_build_that_is_killed_gives_what_an_uninterrupted_one_gives(point, monkeypatch):
    """D84: whatever phase it dies in; nothing is left over."""
    whole, _ = shop()
    built(whole)
    sold([*ORDERS, order(5, "bob@x.fr", 18, 90)])
    owner, name, how = POINTS[point]
    builds, job = build([whole], actor=SYSTEM)
    with monkeypatch.context() as dying:
        kill(dying, owner, name, **how)
        with pytest.raises(Killed):
            run_here(job, show=lambda _: None)

    Job.objects.filter(pk=job.pk).update(lease_until=None, state="running")
    recover()
    run_here(Job.objects.get(pk=job.pk), show=lambda _: None)

    assert DatasetBuild.objects.get(pk=builds[0].pk).state == "published"
    assert of(whole, "spent", "days_since_last_order")["Bob"] == (110, 2)
    assert whole.version.number == 2


def test_the_definition_is_said_as_it_was_given():
    """D3: formulas, aggregates and scores are data like all else."""
    whole, _ = shop()

    whole.refresh_from_db()

    assert whole.definition["aggregates"] == AGGREGATES
    assert whole.definition["computed"] == FORMULAS
    assert whole.definition["scores"] == SCORES
