"""A mapping file cannot name a property that the person may not see (C109)."""

from types import MappingProxyType

import pytest

from tresse.accounts.actor import Actor, Rights
from tresse.kernel.errors import TresseError
from tresse.transfers.mapping import answers_of

LEA = Actor(
    None,
    "Lea",
    Rights(
        objects=MappingProxyType({"company": {"view": "all"}, "deal": {"view": "all"}}),
        properties=MappingProxyType({"company": {"tax_id": "none"}}),
    ),
)


@pytest.mark.parametrize(
    ("object_name", "columns"),
    [
        ("company", {"Number": {"property": "tax_id"}}),
        ("company", {"Number": {"key": "tax_id"}}),
        ("deal", {"Number": {"association": "deal_company", "key": "tax_id"}}),
        (
            "deal",
            {"Firm": {"association": "deal_company"}, "Number": {"linked": "deal_company.tax_id"}},
        ),
    ],
    ids=["property", "key", "key of a link", "linked"],
)
def test_naming_a_hidden_property_answers_as_if_it_did_not_exist(model, object_name, columns):
    with pytest.raises(TresseError) as refused:
        answers_of(columns, [*columns], object=model.object(object_name), model=model, actor=LEA)

    assert refused.value.code == "unknown_property"
    assert refused.value.message == 'Company has no property named "tax_id".'
