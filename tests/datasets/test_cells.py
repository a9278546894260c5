"""How values of golden records are read by people."""

import pytest

from tresse.datasets.cells import cell_of, shown


@pytest.mark.parametrize(
    ("semantic", "text"),
    [("", "17,652"), ("customer_id", "17652"), ("postal_code", "17652"), ("quantity", "17,652")],
)
def test_numbers_that_name_something_stand_as_they_are(semantic, text):
    """D2: a number of a customer is no number to count with."""
    assert shown(17652, semantic) == text
    assert cell_of(17652, "integer", semantic)["text"] == text
