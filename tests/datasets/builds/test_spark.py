"""The same dataset built on DuckDB and on a Spark cluster: not one row differs (D84)."""

import random

import pytest

from tests.datasets.builds.test_incremental import tables
from tests.datasets.builds.worlds import built, fed, people, row
from tests.engines import NO_SPARK, SPARK
from tresse.datasets.models import Dataset
from tresse.datasets.reviewing import reviews

RECORDS = 240


def crowd(drawn: random.Random, number: int):
    """People with shared phones, typing errors, placeholders and customer numbers that clash."""
    for n in range(number):
        person = drawn.randrange(number // 2)
        yield row(
            str(n),
            drawn.randrange(1, 28),
            drawn.choice([None, None, f"C{person}"]),
            drawn.choice([f"p{person}@x.fr", f" P{person}@X.fr", None, "info@x.fr", "n/a"]),
            drawn.choice([f"+336{person // 2:08}", None, "0000000000", f"06 {person:08}"]),
            first_name=drawn.choice(["Ann", "Bob", "Zoé", "Łukasz", None]),
        )


def written(dataset: Dataset):
    found = tables(dataset)
    kept = reviews(dataset, state="all").values_list("kind", "a", "b", "golden_id", "facts")
    return found, dataset.version.health, sorted(map(repr, kept))


@pytest.mark.spark
def test_a_dataset_is_the_same_on_spark(settings):
    """D84, D88: rows, ids, provenance, guards, reviews and health, in full and incrementally."""
    if not SPARK:
        pytest.skip(NO_SPARK)
    columns = [
        {"name": "email", "semantic": "email", "rules": ["trim", "email"]},
        {"name": "first_name", "semantic": "first_name", "merge": "most_frequent"},
        {"name": "phone", "semantic": "phone", "merge": "union"},
    ]
    worlds = [random.Random(seed) for seed in (1, 2, 3, 4)]  # noqa: S311  test data
    crm, web, pos, later = (list(crowd(drawn, RECORDS // 3)) for drawn in worlds)
    for name, rows in {"crm": crm, "web": web, "pos": pos}.items():
        fed(name, rows)
    dataset, found, usual = people(columns=columns), {}, settings.ENGINE
    for engine in ("duckdb", "spark"):
        fed("web", web)
        Dataset.objects.filter(pk=dataset.pk).update(version=None, last_number=0, needs_full=True)
        dataset.versions.all().delete()
        dataset.reviews.all().delete()
        settings.ENGINE = SPARK if engine == "spark" else usual
        first = built(dataset, engine=engine)
        settings.ENGINE = usual  # It reads faster.
        whole = written(dataset)
        fed("web", [*web[:-9], *later[-9:]])
        settings.ENGINE = SPARK if engine == "spark" else usual
        again = built(dataset, engine=engine)
        settings.ENGINE = usual
        found[engine] = (whole, written(dataset))
        assert (first.state, again.state, again.engine) == ("published", "published", engine)
        assert not again.is_full

    for one, other in zip(found["duckdb"], found["spark"], strict=True):
        for name in one[0]:
            assert one[0][name] == other[0][name], name
        assert one[1:] == other[1:]
