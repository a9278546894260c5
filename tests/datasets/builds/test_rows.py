"""Rows of a dataset by the filter language, sorted, in pages (D130)."""

import pytest

from tests.datasets.builds.worlds import built, example
from tresse.datasets.rows import Asked, batches_of, rows_of
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine


@pytest.fixture
def version():
    dataset = example()
    built(dataset)
    return dataset.version


def found(version, after="", **asked):
    with engine() as session:
        return rows_of(session, version, Asked(**asked), after=after)


@pytest.mark.parametrize(
    ("filter", "keys"),
    [
        ({"property": "customer_id", "operator": "is", "value": "c1"}, [3]),
        ({"property": "_members", "operator": "less_than", "value": 3}, [2, 1]),
        ({"property": "_keys", "operator": "contains", "value": "web/9"}, [1]),
        ({"property": "email", "operator": "is_empty"}, [1]),
        ({"property": "_first_seen_at", "operator": "before", "value": "2026-03-04"}, [3]),
        ({"not": {"property": "phone", "operator": "starts_with", "value": "06"}}, [1]),
    ],
)
def test_rows_are_filtered_by_the_one_language(version, filter, keys):
    """D130: the conditions of the house on columns of a dataset, `_id` and its like too."""
    rows = found(version, filter=filter, sort=("-_members",))

    assert [row["_members"] for row in rows] == keys


def test_a_page_follows_the_other(version):
    """D130: whatever they are sorted by, rows come once, empty cells last."""
    for sort in ((), ("-_members",), ("email", "-phone"), ("customer_id",), ("-customer_id",)):
        whole = [row["_id"] for row in found(version, sort=sort)]
        pages, after = [], ""
        while page := found(version, after=after, sort=sort, limit=1):
            after = page[-1]["_id"]
            pages.append(after)
        assert pages == whole
    assert found(version, sort=("-customer_id",))[-1]["customer_id"] is None


def test_columns_are_refused_by_name(version):
    """D130: an unknown column is named, with the nearest."""
    with pytest.raises(TresseError) as caught:
        found(version, columns=("emial",))
    assert (caught.value.code, caught.value.details["nearest"]) == ("unknown_name", "email")
    with pytest.raises(TresseError) as caught:
        found(version, filter={"property": "nope", "operator": "is", "value": 1})
    assert caught.value.code == "unknown_property"


def test_rows_are_streamed_under_the_names_that_people_use(version):
    """D130b: batches of one version, for files."""
    with engine() as session:
        batches = list(batches_of(session, version, Asked(columns=("_id", "email"), limit=None)))

    assert [each.schema.names for each in batches] == [["_id", "email"]]
    assert sum(each.num_rows for each in batches) == 3
