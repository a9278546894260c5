"""The house of the imports, and the world that most of these tests begin with."""

import pytest

from tests.transfers.imports.conftest import (  # noqa: F401  fixtures, used by their names
    _django_db_helper,
    house,
    pytest_collection_modifyitems,
)


@pytest.fixture
def world(house):  # noqa: F811  the fixture above
    """Companies 41 to 43, contacts 51 to 53, deals 61 and 62; no links (section 15)."""
    for id_, name in ((41, "Acme"), (42, "Beta"), (43, "Gamma")):
        house.make("company", id=id_, name=name, domain=f"{name.lower()}.org")
    for id_, name in ((51, "anna"), (52, "bob"), (53, "cleo")):
        house.make("contact", id=id_, email=f"{name}@ex.org", external_id=f"x-{id_}")
    for id_, name in ((61, "Renewal"), (62, "Extension")):
        house.make("deal", id=id_, name=name)
    house.start_ids(70)
    return house
