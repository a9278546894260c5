"""Canonical texts and hashes of rows (Y21)."""

from tresse.syncs.canonical import canonical_hash, canonical_text

ROW = {
    "total": "120.5",
    "email": "jane@x.fr",
    "first_name": "Jané",
    "orders": "3",
    "opt_in": "true",
    "birthday": None,
}
TEXT = "birthday=~;email=9:jane@x.fr;first_name=4:Jané;opt_in=4:true;orders=1:3;total=5:120.5;"


def test_the_example_of_the_spec_is_met():
    """Y21: the text of the example, and the beginnings of its two hashes."""
    assert canonical_text(ROW) == TEXT
    assert canonical_hash(ROW).startswith("f08c4e983a22ea6e")
    assert canonical_hash({**ROW, "total": "135.5"}).startswith("740c2658430b8d5b")


def test_the_order_of_fields_is_that_of_code_points():
    """Y21: it does not depend on column order."""
    turned = dict(reversed(ROW.items()))

    assert canonical_hash(turned) == canonical_hash(ROW)
    assert canonical_text({"b": "1", "B": "2", "é": "3"}) == "B=1:2;b=1:1;é=1:3;"
