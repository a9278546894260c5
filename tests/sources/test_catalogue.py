"""The catalogue: what it shows, its order, its filters, and how fast it opens (S36)."""

import time
from datetime import timedelta

import pytest

from tresse.kernel.clock import at, now
from tresse.kernel.errors import TresseError
from tresse.sources.models import Rejection, Source, SourceFile, SourceRun, SourceVersion
from tresse.sources.queries import (
    catalogue,
    connections_in_use,
    entities_in_use,
    rejections_of,
    run_numbered,
    runs_of,
    source_named,
)

pytestmark = pytest.mark.django_db


def read(source, *, rows=10, rejected=0, state="published", newest=None):
    """As if a run had read it."""
    run = SourceRun.objects.create(source=source, mode="each", state=state, rejected=rejected)
    Rejection.objects.bulk_create(
        Rejection(source=source, run=run, code="key_null") for _ in range(rejected)
    )
    version = SourceVersion.objects.create(
        source=source, number=run.pk, rows=rows, deleted=1, bytes=1, newest_modified_at=newest
    )
    Source.objects.filter(pk=source.pk).update(version=version, last_run=run)
    return run


@pytest.fixture
def three(source):
    """One read lately, one with refused rows, one never read."""
    moment = now()
    read(source(name="b_orders"), rows=101, newest=moment - timedelta(hours=2))
    read(
        source(name="a_stores", entity="stores"),
        rows=6,
        rejected=3,
        state="held",
        newest=moment - timedelta(days=3),
    )
    source(name="c_carts", entity="carts", schedule={"cron": "0 6 * * *"}, enabled=False)
    return moment


def names(ada, **asked):
    return [entry.source.name for entry in catalogue(ada, **asked)]


def test_each_source_shows_what_one_asks_about_it(three, ada):
    """S36: entity, rows, last run, next run, rejected rows, freshness, where it feeds."""
    with at(three):
        stores, orders, carts = catalogue(ada)

    assert (stores.source.entity, stores.rows, stores.rejected) == ("stores", 5, 3)
    assert stores.last_run
    assert stores.last_run.state == "held"
    assert orders.freshness == timedelta(hours=2)
    assert orders.feeds == ("orders",)
    assert (carts.rows, carts.last_run, carts.freshness, carts.next_at) == (None,) * 4


def test_it_sorts_and_filters(three, ada):  # noqa: ARG001
    """S36: it sorts and filters; what is not known comes last."""
    assert names(ada, sort="-rows") == ["b_orders", "a_stores", "c_carts"]
    assert names(ada, sort="rows") == ["a_stores", "b_orders", "c_carts"]
    assert names(ada, sort="newest") == ["a_stores", "b_orders", "c_carts"]
    assert names(ada, sort="-rejected")[0] == "a_stores"
    assert names(ada, sort="entity") == ["c_carts", "b_orders", "a_stores"]
    assert names(ada, entity="carts") == ["c_carts"]
    assert names(ada, state="held") == ["a_stores"]
    assert names(ada, state="never") == ["c_carts"]
    assert names(ada, state="disabled") == ["c_carts"]
    assert names(ada, state="unreviewed") == []
    assert names(ada, connection="till", text="ORD") == ["b_orders"]
    assert entities_in_use() == ["carts", "orders", "stores"]
    assert connections_in_use() == ["till"]


@pytest.mark.parametrize("asked", [{"sort": "colour"}, {"state": "asleep"}], ids=str)
def test_other_orders_and_states_are_refused(three, ada, asked):  # noqa: ARG001
    with pytest.raises(TresseError) as found:
        catalogue(ada, **asked)
    assert found.value.code == "wrong_value"


def test_it_opens_on_500_sources_in_one_statement(till, ada, django_assert_num_queries):
    """S36: it opens on 500 sources in under 1 s."""
    made = [
        Source(name=f"source_{n}", connection=till, entity="orders", definition={})
        for n in range(500)
    ]
    Source.objects.bulk_create(made)
    runs = [SourceRun(source=each, mode="each", state="published") for each in made]
    SourceRun.objects.bulk_create(runs)
    Rejection.objects.bulk_create(
        Rejection(source=run.source, run=run, code="key_null") for run in runs for _ in range(4)
    )
    SourceFile.objects.bulk_create(
        SourceFile(source=run.source, run=run, path=f"{n}.csv", sha256="0", state=state)
        for run in runs
        for n in range(3)
        for state in ("read", "refused")
    )

    with django_assert_num_queries(1):
        began = time.perf_counter()
        found = catalogue(ada, sort="-rows")

    assert len(found) == 500
    assert {(each.rejected, each.refused_files) for each in found} == {(4, 3)}
    assert time.perf_counter() - began < 1


def test_looking_needs_the_right(source, mia):
    """S4: `datasets.read` to look."""
    source()
    with pytest.raises(TresseError) as found:
        catalogue(mia)
    assert found.value.code == "not_permitted"


def test_a_source_is_found_by_its_name(source, ada):
    source()
    with pytest.raises(TresseError) as found:
        source_named("till_order", ada)
    assert 'Did you mean "till_orders"?' in found.value.message


def test_runs_and_refused_rows_are_found(source, ada):  # noqa: ARG001
    """S100, S111: runs by state, refused rows by run, code, column and file."""
    row = source()
    run, other = read(row), read(row, state="failed")
    for code, column in (("key_null", "id"), ("could_not_parse_date", "day")):
        Rejection.objects.create(source=row, run=run, code=code, column=column)
    Rejection.objects.create(source=row, run=other, code="key_null", column="id")

    assert list(runs_of(row, state="failed")) == [other]
    assert run_numbered(row, run.pk) == run
    assert rejections_of(row).count() == 3
    assert rejections_of(row, run=run, code="key_null").count() == 1
    assert rejections_of(row, column="day").get().code == "could_not_parse_date"
    assert not rejections_of(row, file="a.csv").exists()
    for number in (0, 2**70, other.pk + 99):
        with pytest.raises(TresseError):
            run_numbered(row, number)
