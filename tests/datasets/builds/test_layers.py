"""Versions share what did not change (D82): layers, what they cost, and what is cut out of them."""

import pytest

from tests.datasets.builds.worlds import built, clusters, example, fed, golden, row
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds import layers, narrow, region
from tresse.datasets.builds.layers import KEYS, parquet_of
from tresse.datasets.builds.tables import folder_of, owner_of
from tresse.datasets.changes.builds import rollback
from tresse.datasets.changes.decisions import decide, withdraw
from tresse.datasets.models import DatasetBuild, Decision
from tresse.sources.versions import house


@pytest.fixture(autouse=True)
def narrowly(monkeypatch):
    """Only what a change reaches is worked out, however small the whole is."""
    monkeypatch.setattr(narrow, "MOST_CHANGED", float("inf"))
    monkeypatch.setattr(region, "MOST_REACHED", float("inf"))


def nine(email):
    return [("7", 2, None, " JANE@x.fr", None), ("9", 6, None, email, "0000000000")]


def layers_of(dataset):
    return [path.name for path in sorted(folder_of(dataset.version).glob("golden/layer-*"))]


def test_a_version_has_links_to_the_files_of_the_one_before():
    """D82: no byte of what did not change is written again."""
    dataset = example()
    built(dataset)
    first = folder_of(dataset.version)
    fed("web", nine("nine@x.fr"))

    built(dataset)

    second = folder_of(dataset.version)
    for name in KEYS:
        shared = [file.relative_to(first / name) for file in parquet_of(first / name)]
        assert shared
        for file in shared:
            assert (first / name / file).samefile(second / name / file)
    assert layers_of(dataset) == ["layer-001"]


def test_after_some_layers_a_table_is_written_as_a_whole(monkeypatch):
    """D82: reading never takes many files together."""
    monkeypatch.setattr(layers, "MOST_LAYERS", 2)
    dataset, found = example(), []
    built(dataset)

    for number in range(4):
        fed("web", nine(f"n{number}@x.fr"))
        assert built(dataset).state == "published"
        found.append(layers_of(dataset))

    assert [len(each) for each in found] == [1, 2, 0, 1]
    assert [each["email"] for each in golden(dataset)][2] == "n3@x.fr"


def test_older_versions_may_go_and_the_newer_ones_stay():
    """D85: links keep the files of versions that were removed."""
    dataset = example()
    built(dataset)
    fed("web", nine("nine@x.fr"))
    built(dataset)
    expected = golden(dataset)

    house().remove(owner_of(dataset.pk), 1)

    assert golden(dataset) == expected


def test_a_build_after_a_rollback_works_all_of_it_out():
    """D85: what people are asked about is known of the last version alone."""
    dataset = example()
    built(dataset)
    fed("web", nine("nine@x.fr"))
    built(dataset)
    rollback(dataset.versions.get(number=1), actor=SYSTEM)

    run = built(dataset)

    assert (run.number, run.is_full, run.changed_records) == (3, False, 1)
    assert layers_of(dataset) == []
    assert [each["_changed_in"] for each in golden(dataset)] == [1, 1, 3]


def test_reviews_out_of_reach_stay():
    """D60, D82: what a small build did not look at is not gone."""
    dataset = example()
    built(dataset)
    [item] = dataset.reviews.all()
    assert (item.kind, item.state, item.last_number) == ("refused", "open", 1)
    fed("web", nine("nine@x.fr"))

    built(dataset)

    item.refresh_from_db()
    assert (item.state, item.last_number) == ("open", 2)
    crm = [("1", 1, "C1", "jane@x.fr", "+33 6 11 11 11 11"), ("2", 4, "C2", None, "+33622222222")]
    fed("crm", crm)
    built(dataset)
    item.refresh_from_db()
    assert item.state == "gone"


@pytest.mark.parametrize(
    "definition",
    [
        {"identity": {"keys": [{"columns": ["email"], "memory": "all"}, ["phone"]]}},
        {"identity": {"keys": []}},
    ],
    ids=["sets that remember", "no keys"],
)
def test_what_cannot_be_told_narrowly_is_worked_out_over_all(definition):
    """D46, D81: the result is that of a full build."""
    dataset = example(**definition)
    built(dataset)
    fed("web", nine("nine@x.fr"))

    run = built(dataset)

    assert (run.state, run.is_full) == ("published", False)
    assert layers_of(dataset) == []
    assert DatasetBuild.objects.filter(state="failed").count() == 0


def test_values_that_a_link_ties_are_one_elsewhere_too():
    """DG8, D81: crm/1 and crm/2 are one by decision, so C1 and C2 are one on the web, until not."""
    dataset = example()
    fed("crm", [("1", 1, "C1", None, None), ("2", 2, "C2", None, None)])
    fed("pos", [])
    fed("web", [("1", 3, "C1", "a@x.fr", None), ("2", 4, "C2", None, None)])
    link = decide(dataset, Decision.LINK, "crm/1", "crm/2", actor=SYSTEM, reason="a test")
    built(dataset)
    fed("web", [("1", 3, "C1", "a@x.fr", None), ("2", 4, "C2", "a@x.fr", None)])

    built(dataset)
    assert clusters(dataset) == [["crm/1", "crm/2", "web/1", "web/2"]]
    assert layers_of(dataset) == []
    withdraw(link, actor=SYSTEM)
    built(dataset)
    assert clusters(dataset) == [["crm/1", "web/1"], ["crm/2", "web/2"]]


def test_a_freed_part_of_a_set_of_columns_reaches_over_all():
    """D52, DG2b: the values of such a set change on records that did not."""
    identity = {"keys": [["first_name", "phone"]], "guard": {"blocked": {"first_name": ["nn"]}}}
    dataset = example(identity=identity)
    rows = [row(str(n), n, None, None, f"061111111{n}", first_name="NN") for n in range(1, 6)]
    fed("crm", rows)
    built(dataset)
    rows[0] = {**rows[0], "first_name": "Ann"}
    fed("crm", rows)

    assert built(dataset).state == "published"
    assert layers_of(dataset) == ["layer-001"]
