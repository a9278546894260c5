"""Keys in association cells are split and told apart (T45, T46, T48)."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tresse.kernel.errors import TresseError
from tresse.objects.kinds import KINDS
from tresse.transfers.mapping.keys import Key, classify, expected, read_keys, split


def an_object(called, title="name", **kinds):
    """An object type as far as keys are concerned."""

    def prop(name):
        return SimpleNamespace(name=name, label=name.title(), kind=KINDS[kinds[name]])

    return SimpleNamespace(name=called, label=called.title(), title=title, property=prop)


CONTACT = an_object("contact", title="", email="email", phone="phone")
COMPANY = an_object("company", name="text", tax_id="text", domain="domain")
DEAL = an_object("deal", name="text")
PRODUCT = an_object("product", name="text", sku="text")


@pytest.mark.parametrize(
    ("cell", "keys"),
    [
        ("anna@ex.org; bob@ex.org;53", ["anna@ex.org", "bob@ex.org", "53"]),
        ("a|b\nc\r\nd", ["a", "b", "c", "d"]),
        (" 52 ;; \u00a052", ["52"]),
        ("Acme, Inc", ["Acme, Inc"]),
        ("Acme;ACME", ["Acme"]),
        ("", []),
        (" ; ", []),
    ],
)
def test_cells_are_split(cell, keys):
    """T48: trimmed, empties dropped, each once; a comma never splits."""
    assert split(cell) == keys


def test_splitting_can_be_switched_off():
    """T48"""
    assert split(" a; b ", many=False) == ["a; b"]


@pytest.mark.parametrize(
    ("other", "text", "key"),
    [
        (DEAL, "61", Key("id", 61, None)),
        (CONTACT, "0061", Key("id", 61, None)),
        (DEAL, "ext: A-17", Key("external_id", None, "a-17")),
        (COMPANY, "EXT:x", Key("external_id", None, "x")),
        (CONTACT, "Anna@Ex.org", Key("email", None, "anna@ex.org")),
        (CONTACT, "Anna <anna@ex.org>", Key("email", None, "anna@ex.org")),
        (CONTACT, "+33 6 12 34 56 78", Key("phone,mobile", None, "+33612345678")),
        (COMPANY, "www.Acme.com", Key("domain,name", None, "acme.com")),
        (COMPANY, "Beta  Sp. z o.o.", Key("name", None, "beta sp. z o.o.")),
        (COMPANY, "Acme SA", Key("name", None, "acme sa")),
        (COMPANY, "anna@ex.org", Key("name", None, "anna@ex.org")),
        (PRODUCT, "PV-400", Key("name,sku", None, "pv-400")),
    ],
    ids=str,
)
def test_keys_are_told_apart(other, text, key):
    """T45"""
    assert classify(text, other=other) == key


@pytest.mark.parametrize(
    ("other", "text"),
    [
        (DEAL, "Roof"),
        (CONTACT, "Anna Nowak"),
        (CONTACT, "anna@"),
        (CONTACT, "+12"),
        (DEAL, "9" * 19),
        (DEAL, "ext:"),
    ],
    ids=str,
)
def test_what_is_no_key_is_a_fault(other, text):
    """T46: `invalid_association_key`; other objects go by title only if the person says so."""
    assert classify(text, other=other) is None
    assert read_keys([text], other=other).faults == [(0, text)]


def test_the_person_sets_one_key():
    """T45"""
    assert classify("Roof  A", other=DEAL, key="title") == Key("name", None, "roof a")
    assert classify("61", other=COMPANY, key="tax_id") == Key("tax_id", None, "61")
    assert classify("ext:1", other=DEAL, key="id") is None
    assert expected(COMPANY, "tax_id") == "Tax_Id"
    assert expected(DEAL) == "id"
    with pytest.raises(TresseError) as caught:
        classify("Anna", other=CONTACT, key="title")
    assert caught.value.code == "wrong_value"


def test_a_column_gives_parallel_lists():
    """T45, T48"""
    keys = read_keys(["anna@ex.org; 53", "", "x", "54"], other=CONTACT)

    assert keys.rows == [0, 0, 3]
    assert keys.numbers == [0, 1, 0]
    assert keys.hows == ["email", "id", "id"]
    assert keys.ids == [None, 53, 54]
    assert keys.texts == ["anna@ex.org", None, None]
    assert keys.shown == ["anna@ex.org", "53", "54"]
    assert keys.faults == [(2, "x")]


@given(
    st.lists(
        st.sampled_from(
            ["", "61", "0", "a@x.org", "B@x.org", "x y", "ext:1", "+33612345678", "1;2"]
        )
        | st.text(max_size=5)
    ),
    st.sampled_from([CONTACT, COMPANY, DEAL, PRODUCT]),
)
def test_the_quick_ways_read_like_the_slow_one(cells, other):
    """T45"""
    keys = read_keys(cells, other=other)

    slow = [
        (row, number, text, classify(text, other=other))
        for row, cell in enumerate(cells)
        for number, text in enumerate(split(cell))
    ]
    entries = zip(keys.rows, keys.numbers, keys.shown, keys.hows, keys.ids, keys.texts, strict=True)
    read = [(row, at, shown, Key(how, id, text)) for row, at, shown, how, id, text in entries]
    assert read == [each for each in slow if each[3] is not None]
    assert keys.faults == [(row, text) for row, _, text, key in slow if key is None]
