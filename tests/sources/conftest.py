"""Sources to test with: a folder of till files, and what reads it."""

import pytest

from tests.records.conftest import make as record  # noqa: F401  a fixture
from tresse.connections.changes import add_connection
from tresse.sources.changes.sources import add_source

ORDERS = """order_no;customer;email;amount;ordered_at;store
1;Ada;ADA@x.fr ;12,50;2026-03-01 10:00:00;paris
2;Ben;ben@x.fr;7,00;2026-03-02 11:30:00;lyon
3;Cy;;100,25;2026-03-03 09:15:00;
"""
STORES = "store;city\nparis;Paris\nlyon;Lyon\nlyon;Lyon again\n"
DEFINITION = {
    "name": "till_orders",
    "connection": "till",
    "read": {"starts_with": "orders"},
    "entity": "orders",
    "record_key": ["order_no"],
}


@pytest.fixture
def folder(tmp_path):
    """The folder of the connection `till`."""
    here = tmp_path / "till"
    here.mkdir()
    return here


@pytest.fixture
def till(folder, ada):
    """A connection to a folder of this machine."""
    return add_connection(name="till", kind="folder", settings={"url": str(folder)}, actor=ada)


@pytest.fixture
def orders(folder):
    """A file of orders in the folder."""
    path = folder / "orders_20260303.csv"
    path.write_text(ORDERS, encoding="utf-8")
    return path


@pytest.fixture
def source(till, ada):  # noqa: ARG001  it stands there
    """Makes a source of the folder; keys change its definition, None leaves one out."""

    def make(actor=ada, **changes):
        item = {key: value for key, value in (DEFINITION | changes).items() if value is not None}
        return add_source(item, actor=actor)

    return make
