"""The house of the tests of imports."""

from tests.transfers.imports.conftest import (
    _django_db_helper,
    house,
    pytest_collection_modifyitems,
    start,
)

__all__ = ["_django_db_helper", "house", "pytest_collection_modifyitems", "start"]
