"""Each refusal of a filter in its words (C129)."""

from typing import Any

import pytest

from tresse.accounts.actor import SYSTEM
from tresse.filters import checked
from tresse.kernel.errors import TresseError


def city(**keys):
    return {"property": "city", "operator": "is", "value": "Lyon", **keys}


DEEP: dict[str, Any] = {"all": [{"all": [{"all": [{"all": [{"all": [{"all": []}]}]}]}]}]}


@pytest.mark.parametrize(
    ("filter", "sentence"),
    [
        (
            {"all": [], "not": []},
            '{"all": [], "not": []} mixes all, not. Take one, or join them with all, any or not.',
        ),
        (
            {"any": []},
            '"any" needs at least one condition. Every row is written {"all": []}.',
        ),
        ({"all": 7}, '"all" needs a list of conditions, not 7.'),
        (
            {"property": "is_there", "value": 1},
            'Contact has no property named "is_there".',
        ),
        (
            {"property": "country", "value": "fr"},
            "The condition on Country needs an operator. "
            "It takes is, is_not, is_any_of, is_none_of, is_empty, is_not_empty.",
        ),
        ({"property": 7}, '"property" needs the name of a property, not 7.'),
        (city(operatr="is"), '"operatr" is not a key of a condition. Did you mean "operator"?'),
        (
            {"property": "country", "operator": "contains", "value": "f"},
            'Country has no "contains". '
            "It takes is, is_not, is_any_of, is_none_of, is_empty, is_not_empty.",
        ),
        (
            {"property": "country", "operator": "is", "value": "fra"},
            'Country needs one of its options, not "fra".',
        ),
        ([city()] * 101, "101 conditions; the most is 100."),
        (DEEP, "6 levels; the most is 5."),
        (city(operator="is_any_of", value=["a"] * 1001), "1001 values; the most is 1000."),
        (city(value="a" * 501), "501 characters; the most is 500."),
        (city(value="a" * 70_000), "70051 bytes; the most is 64000."),
        (
            {"property": "company_parent.company_parent.company_parent.a.b.c", "operator": "is"},
            'The path "company_parent.company_parent.company_parent.a.b.c" has 5 steps; '
            "the most is 4.",
        ),
        (
            {"property": "contact_company.name", "operator": "is", "value": "x"},
            'Contact > Company may lead to many Companies. Ask with "linked" instead of a path.',
        ),
        (city(operator="matches", value="a(?=b)"), "The pattern cannot be read at character 4."),
        (
            {"linked": "deel"},
            'There is no object type "deel". Did you mean "deal"?',
        ),
        ({"linked": "order_line"}, "A Contact has no Order line."),
        (
            {"linked": "deal", "value": -1},
            "Deal needs a whole number from 0, not -1.",
        ),
        (
            {"activity": "cal"},
            'There is no kind of activity "cal". Did you mean "call"?',
        ),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_refusal_names_value_place_and_remedy(model, filter, sentence):
    with pytest.raises(TresseError) as caught:
        checked(filter, model.object("contact"), model=model, actor=SYSTEM)
    text = str(caught.value)
    hint = text.find(" Did you mean")
    assert sentence in {text, text[:hint] if hint > 0 else text}
    assert caught.value.status == 422
