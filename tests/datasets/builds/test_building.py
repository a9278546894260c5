"""Builds from sources to published versions (D45, D80, D130)."""

from tests.datasets.builds.worlds import built, clusters, example


def test_the_example_of_the_spec_comes_out():
    """D45, D130: clusters and counts of the example, with the guards of the start."""
    dataset = example()

    run = built(dataset)

    assert (run.state, run.message, run.details) == ("published", "", {})
    assert clusters(dataset) == [["crm/1", "pos/A", "web/7"], ["crm/2", "pos/B"], ["web/9"]]
    counts = (run.source_rows, run.records, run.merged, run.blocked_values, run.quarantined)
    assert counts == (6, 3, 3, 1, 1)
