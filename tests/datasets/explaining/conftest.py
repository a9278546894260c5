"""The example of D45, built, and an engine that reads it."""

import pytest

from tests.datasets.builds.conftest import home  # noqa: F401  a fixture
from tests.datasets.builds.worlds import built, example
from tresse.sources.versions import engine


@pytest.fixture
def people(home):  # noqa: ARG001, F811  it stands there
    """The dataset of D45, built once."""
    dataset = example()
    assert built(dataset).state == "published"
    return dataset


@pytest.fixture
def session(people):  # noqa: ARG001  its home
    """An open engine."""
    with engine() as opened:
        yield opened
