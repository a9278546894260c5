"""A person leaves the files that versions share, rows among them that nobody reads any more."""

import pytest

from tests.datasets.erasing.worlds import (
    EMAIL,
    FIRST,
    LAST,
    SHOP,
    build_all,
    customer,
    erased,
    golden,
    holding_files,
)
from tests.datasets.standing import publish, standing
from tresse.accounts.actor import SYSTEM
from tresse.datasets.builds import narrow, region
from tresse.datasets.builds.tables import folder_of
from tresse.datasets.changes.datasets import add_dataset
from tresse.sources.models import Source

SHARED = "+33611111111"
"A phone of both, until one of them is corrected."


@pytest.fixture(autouse=True)
def narrowly(monkeypatch):
    """Versions are made in layers, however small they are."""
    monkeypatch.setattr(narrow, "MOST_CHANGED", float("inf"))
    monkeypatch.setattr(region, "MOST_REACHED", float("inf"))


def test_rows_that_a_layer_took_out_go_too(home):
    """D91: a version shares a file in which another golden record still had the person's values."""
    zelda = customer("2", EMAIL, SHARED, FIRST, LAST, "Lyon")
    rows = [customer("1", None, SHARED, "Bob", None), zelda]
    standing("shop", SHOP, rows, read={"table": "products"})
    item = {
        "name": "people",
        "entity": "contacts",
        "sources": [{"source": "shop"}],
        "identity": {"keys": [["phone"]]},
    }
    people = add_dataset(item, actor=SYSTEM)
    build_all({"people": people})
    [one] = golden(people)
    publish(Source.objects.get(name="shop"), [customer("1", None, None, "Bob", None), zelda])
    build_all({"people": people})
    bob, hers = golden(people)
    assert (one["_id"], one["last_name"]) == (bob["_id"], LAST)
    assert list(folder_of(people.version).glob("golden/layer-*"))

    erased(people)

    assert hers not in golden(people)
    assert golden(people) == [bob]
    assert holding_files(home / "warehouse") == []
