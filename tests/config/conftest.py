"""An installation for commands: outside of any transaction, as imports need it."""

from tests.transfers.imports.conftest import (  # noqa: F401  fixtures and a hook, used by their names
    _django_db_helper,
    house,
    pytest_collection_modifyitems,
)
