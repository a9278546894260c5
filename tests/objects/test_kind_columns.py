"""A column read by one look is read as its cells are, one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tresse.kernel.text import normal, normals
from tresse.objects.kinds import KINDS
from tresse.objects.kinds.base import PropertyKind
from tresse.objects.kinds.lines import each_line, others
from tresse.objects.kinds.reading import Reading

ODD = [
    "",
    " ",
    None,
    "\n",
    "a\nb",
    "\t",
    "a\u00a0b",
    "İ",
    "ﬁ",
    "e\u0301",
    "\u0301",
    "ß",
    "a  b",
    "Ł\x00",
]
TEXTS = [*ODD, "Anna", " Anna ", "Élodie", "ΣΑΣ", "x" * 70]
MAILS = [
    *ODD,
    *(
        "a@b.fr",
        "A@B.FR",
        " a@b.fr",
        "a--b@c.fr",
        "a.b+c@d-e.example.org",
        "a..b@c.fr",
        "a@b",
        "@b.fr",
    ),
    *(
        "a@b.f",
        "Anna <a@b.fr>",
        "mailto:a@b.fr",
        "a@-b.fr",
        "a@b-.fr",
        "a@b.fr\n",
        "ä@b.fr",
        "a@bä.fr",
    ),
    *("x" * 60 + "@b.fr", "x" * 59 + "@b.fr", "a@" + "y" * 63 + ".fr", "a@b.c1", "a@b.fr."),
]
PHONES = [
    *ODD,
    *("+33 6 12 34 56 78", "+33612345678", "06 12 34 56 78", "0048 500 600 700", "+48500600700"),
    *(
        "+33 06 12 34 56 78",
        "(+33) 612345678",
        "tel:+33612345678",
        "+33 1",
        "call me",
        "+336123456789",
    ),
    *("+1 212 555 0123", "+1.212.555.0199", "+999 1", "-+33612345678", "+33612345678 ext 3", "+"),
    *("-", " ( ) ", "+n/a", "+5+", "+420", "+33"),
]
COLUMNS = [("text", TEXTS), ("long_text", TEXTS), ("email", MAILS), ("phone", PHONES)]


def column(texts):
    return st.lists(st.sampled_from(texts) | st.text(max_size=6), max_size=30)


@pytest.mark.parametrize(("name", "texts"), COLUMNS, ids=[name for name, _ in COLUMNS])
@examples(30)
@given(data=st.data())
def test_columns_are_read_as_cells_are(name, texts, data):
    """C10, T28: values, refusals with their places, and what is compared."""
    kind = KINDS[name]
    cells = data.draw(column(texts))
    reading = Reading(label="X", country=data.draw(st.sampled_from(["", "FR", "PL"])))

    values, refused = kind.parse_all(cells, reading)

    singly = [kind.parse_all([cell], reading) for cell in cells]
    assert values == [value for [value], _ in singly]
    expected = [
        (place, each._replace(position=place)) for place, (_, r) in enumerate(singly) for each in r
    ]
    assert [(each.position, each) for each in refused] == expected
    assert values == PropertyKind.read_all(kind, cells, reading)[0]
    assert kind.normals(values) == [None if v is None else kind.normal(v) for v in values]


def test_a_phone_of_signs_alone_is_not_empty():
    """C10: kept as typed, or refused, like any other text that is no number."""
    cells = ["+33 6 12 34 56 78", "", "-", "+n/a", "+5+", "+420"]

    values, refused = KINDS["phone"].parse_all(cells, Reading(label="Phone"))

    assert values == ["+33612345678", None, "-", "+n/a", "+5+", "+420"]
    assert refused == []


@given(column(TEXTS))
def test_normal_forms_of_a_column(texts):
    """C18: taken at once, each is the normal form of its own text."""
    assert normals(texts) == [None if text is None else normal(text) for text in texts]


@given(st.lists(st.sampled_from(["a", "aa", "b", "", "ab"]), min_size=1))
def test_lines_that_do_not_fit(lines):
    """Each by its number, from 0."""
    found = others(each_line("a+"), "\n".join(lines))
    assert found == [place for place, line in enumerate(lines) if line.strip("a")]
