"""A property that a role hides is absent at every read (C109)."""

import pytest

from tresse.accounts.actor import SYSTEM
from tresse.accounts.changes import add_role
from tresse.accounts.queries import actor_of
from tresse.kernel.errors import TresseError
from tresse.records.lists import listed
from tresse.records.queries import record_by


@pytest.fixture
def lea(user_of):
    """Sees companies, but not their tax id."""
    rights = {
        "objects": {"company": {"view": "all"}},
        "properties": {"company": {"tax_id": "none"}},
    }
    add_role(name="sales", label="Sales", rights=rights, actor=SYSTEM)
    return actor_of(user_of("Lea", "sales"))


@pytest.mark.parametrize(
    "read",
    [
        lambda model, company, lea: listed(model, company, actor=lea, columns=["tax_id"]),
        lambda model, company, lea: listed(model, company, actor=lea, sort=["-tax_id"]),
        lambda model, company, lea: record_by(company, "tax_id", "FR1", lea),  # noqa: ARG005
    ],
    ids=["columns", "sort", "key"],
)
def test_naming_a_hidden_property_answers_as_if_it_did_not_exist(read, model, make, lea):
    make("company", name="Acme", tax_id="FR1")

    with pytest.raises(TresseError) as refused:
        read(model, model.object("company"), lea)

    assert refused.value.code == "unknown_property"
    assert refused.value.message == 'Company has no property named "tax_id".'
