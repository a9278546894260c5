"""Records to test with."""

from datetime import UTC, datetime

import pytest

from tests.records.visits import Visit
from tresse.kernel import clock
from tresse.records.changes import create_record

NOW = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def noon():
    """It is the same moment in every test."""
    with clock.at(NOW):
        yield


@pytest.fixture
def make(model, ada):
    """Makes a record by its object type and values; links as (side, id) or (side, id, label)."""

    def record(object_name, *, actor=ada, links=(), **values):
        full = [(*link, None) if len(link) == 2 else link for link in links]
        object_ = model.object(object_name)
        return create_record(model, object_, values=values, actor=actor, links=full)

    return record


@pytest.fixture
def side(model):
    """The default association type of two objects, seen from the first."""
    return model.default_side


@pytest.fixture
def visit(ada):
    """Ada, the administrator, at the pages."""
    return Visit(ada.user_id)


@pytest.fixture
def reader(rea):
    """Rea, who sees all and changes nothing."""
    return Visit(rea.user_id)
