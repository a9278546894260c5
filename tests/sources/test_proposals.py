"""What is proposed for columns of files (S53 to S55, S58, S61)."""

from dataclasses import replace

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from tests.examples import examples
from tests.sources.hostile import DEFAULTS, TEXTS, WORDS, cells, loaded
from tresse.sources.candidates import candidates
from tresse.sources.columns import Column, RuleUse
from tresse.sources.proposals import proposals, with_words_accepted
from tresse.sources.rules.spacing import trimmed
from tresse.sources.semantics import FIELDS, OF_ENTITY, field_named

CELLS = {
    "id": ["1", "2", "-3"],
    "zip": ["01000", "75001", "13001"],
    "plus": ["+1", "+2", "+3"],
    "long": ["12345678901234567", "1", "2"],
    "order": ["01/02/2026", "03/04/2026", "05/06/2026"],
    "day": ["31/01/2026", "03/04/2026", "05/06/2026"],
    "month": ["01/31/2026", "03/04/2026", "05/06/2026"],
    "same": ["05/05/2026", "06/06/2026", None],
    "none": ["31/02/2026", "03/04/2026", "05/06/2026"],
    "iso": ["2026-01-01", "", None],
    "stamp": ["2026-01-01 10:00", "2026-01-01T10:00:00Z", None],
    "local": ["31/12/2025 10:00", "01/01/2026 09:30", ""],
    "compact": ["20260101", "20260301", "20251231"],
    "french": ["3 févr. 2026", "12 mars 2026", ""],
    "comma": ["1 234,50", "7,5", "-3"],
    "grouped": ["1,234", "2,345,678", "1"],
    "unclear": ["1,234", "2,345", "3,456"],
    "fine": ["48.8566123", "2.35", "1"],
    "power": ["1e3", "2", "NaN"],
    "flag": ["0", "1", "1"],
    "ones": ["1", "1", "1"],
    "gaps": ["1", "", "1"],
    "yes": ["Oui", "non", None],
    "object": ['{"a": 1}', "[1, {}]", ""],
    "array": ['["a"]', "[1]", ""],
    "words": ["Ada", "1", "2026-01-01"],
    "blank": ["", None, " "],
}
WANTED = {
    "id": "integer", "zip": "text", "plus": "text", "long": "text", "order": "date %d/%m/%Y",
    "day": "date %d/%m/%Y", "month": "date %m/%d/%Y", "same": "date %d/%m/%Y", "none": "text",
    "iso": "date", "stamp": "datetime", "local": "datetime %d/%m/%Y %H:%M",
    "compact": "date %Y%m%d", "french": "date %d %B %Y", "comma": "decimal ,",
    "grouped": "integer", "unclear": "text", "fine": "number", "power": "number",
    "flag": "boolean", "ones": "integer", "gaps": "integer",
    "yes": "boolean", "object": "json", "array": "list",
    "words": "text", "blank": "text",
}  # fmt: skip


def proposed(engine, name, values, **settings):
    """Proposals by column for columns of texts."""
    batch = pa.record_batch({key: pa.array(cells, pa.string()) for key, cells in values.items()})
    columns = [sa.column(key, sa.Text()) for key in values]
    table = engine.load(name, [batch], columns)
    found = proposals(engine, table, [Column(key) for key in values], **settings)
    return {each.column.name: each for each in found}


def short(column):
    """Type, format and decimal sign."""
    return " ".join(filter(None, (column.type, column.format, column.point.replace(".", ""))))


@pytest.fixture(scope="module")
def found(duck):
    """Proposals for `CELLS`."""
    return proposed(duck, "proposed_cells", CELLS)


def test_the_narrowest_type_is_proposed(found):
    """S53: the narrowest type that every cell fits; S54: no number with a leading zero or plus."""
    assert {name: short(each.column) for name, each in found.items()} == WANTED


@pytest.mark.spark
def test_spark_proposes_the_same(spark, found):
    """S53: the same on a cluster."""
    on_spark = proposed(spark, "proposed_cells", CELLS)

    assert {name: each.column for name, each in on_spark.items()} == {
        name: each.column for name, each in found.items()
    }


def test_asks_where_two_readings_fit(found):
    """S54: both orders of day and month fit all cells, with different days: a person is asked."""
    asked = [name for name, each in found.items() if each.asks_date_order]

    assert asked == ["order"]
    assert found["order"].formats == ("%d/%m/%Y", "%m/%d/%Y")
    assert [name for name, each in found.items() if each.asks_point] == ["unclear"]


def test_one_cell_far_down_counts(duck):
    """S53: the whole file is looked at, not a sample."""
    far = {
        "a": [*["7"] * 9_000, "x"],
        "b": [*["01/02/2026"] * 9_000, "31/01/2026"],
        "c": [*["1"] * 9_000, "1,234"],
        "d": [*["5"] * 9_000, "N/A"],
    }

    found = proposed(duck, "proposed_far", far)

    assert short(found["a"].column) == "text"
    assert (short(found["b"].column), found["b"].asks_date_order) == ("date %d/%m/%Y", False)
    assert found["c"].asks_point
    assert found["d"].null_words == {"N/A": 1}
    assert found["a"].filled == found["a"].rows == 9_001


def test_words_for_nothing_are_proposed_never_applied(duck):
    """S55: as they are written, with how often; the column without them is another proposal."""
    words = {"n": ["1", "N/A", "n/a", "\\N", "3", "-"], "t": ["a", "NULL", "b", "", None, "c"]}

    found = proposed(duck, "proposed_words", words)

    number = found["n"]
    assert number.null_words == {"-": 1, "N/A": 1, "\\N": 1, "n/a": 1}
    assert short(number.column) == "text"
    assert short(number.accepted) == "integer"
    assert number.accepted.rules[0].name == "empty_to_null"
    assert set(number.accepted.rules[0].settings["words"]) == set(number.null_words)
    assert found["t"].null_words == {"NULL": 1}
    assert with_words_accepted(number.column, number) == number.accepted
    trimmed = replace(found["t"].column, rules=(RuleUse("trim"),))
    kept = with_words_accepted(trimmed, found["t"])
    assert (kept.type, [use.name for use in kept.rules]) == ("text", ["empty_to_null", "trim"])


def test_types_of_databases_are_kept(duck):
    """S53: a text of a database stays text, whatever it holds."""
    table = loaded(duck, "proposed_typed", ["1", "2"])

    [found] = proposals(duck, table, [Column("cell", "text")], are_typed=True)
    [number] = proposals(duck, table, [Column("id", "integer")], are_typed=True)

    assert (found.column.type, number.column.type, number.rows) == ("text", "integer", 2)


def test_names_tell_what_columns_hold():
    """S58: names in English, French and Polish."""
    told = {
        "phone": ("telephone", "téléphone", "phone number", "telefon", "Tel."),
        "email": ("E-mail", "courriel", "Adresse e-mail", "EMAIL_ADDRESS", "adres e-mail"),
        "first_name": ("prénom", "imię", "First Name", "firstname"),
        "last_name": ("nom", "nazwisko", "Surname"),
        "birth_date": ("date de naissance", "data urodzenia", "DOB"),
        "postal_code": ("Code postal", "kod pocztowy", "ZIP"),
        "city": ("billing.city", "ville", "miejscowość"),
        "": ("xyz", "colonne_7", ""),
    }
    wrong = {
        name: field_named(name)
        for field, names in told.items()
        for name in names
        if field_named(name) != field
    }

    assert wrong == {}
    assert field_named("date", "orders") == "ordered_at"
    assert field_named("prix", "products") == "price"


def test_all_semantic_fields_are_known():
    """S58: the fields of `datasets.md` D20."""
    assert len(OF_ENTITY) == 15
    assert {"email", "ordered_at", "line_amount", "gtin", "sms_consent_at", "proxy"} <= set(FIELDS)


def test_cells_tell_what_columns_hold(duck):
    """S58, S61: e-mails and phones are told by what cells hold; an odd one does not matter."""
    held = {
        "k1": [f"a{n}@x.fr" for n in range(20)] + ["none"],
        "k2": [f"06123456{n:02}" for n in range(20)] + ["?"],
        "k3": [f"item {n}" for n in range(21)],
    }

    found = proposed(duck, "proposed_held", held, country="FR")

    assert [each.column.semantic for each in found.values()] == ["email", "phone", ""]
    assert [each.rules for each in found.values()] == [("email",), ("phone",), ()]


@given(texts=st.lists(WORDS, min_size=1, max_size=60).map(cells))
@example(texts=cells(TEXTS))
@examples(4)
def test_candidates_are_told_alike(duck, texts):
    """S53: a candidate that a cell speaks against in Python is spoken against by the engine."""
    texts = [text for text in dict.fromkeys(texts) if trimmed(text)] or ["x"]
    table = loaded(duck, "proposed_alike", texts)
    few = [one for one in candidates() if "%I" not in one.column.format][:45] + list(
        candidates()[-8:]
    )

    # In UTC, as elsewhere the first and the last day there is end beyond the calendar.
    defaults = replace(DEFAULTS, zone="UTC")
    made = [one.misfit(table.c.cell, defaults).label(f"m{at}") for at, one in enumerate(few)]
    rows = duck.rows(sa.select(table.c.id, *made).order_by(table.c.id))

    wrong = [
        (text, one.column, one.fits(text), misfit)
        for text, [_, *misfits] in zip(texts, rows, strict=True)
        for one, misfit in zip(few, misfits, strict=True)
        if one.fits(text) == misfit
    ]
    assert wrong == []


def test_a_comma_is_taken_for_itself_only_while_reading(duck):
    """S54: a sign that cells leave open is asked, though reading takes `12,50` without a word."""
    table = loaded(duck, "proposed_comma", ["12,50", "1,234"])

    [read] = proposals(duck, table, [Column("cell")])

    assert (read.column.type, read.column.point) == ("decimal", ",")


@pytest.mark.parametrize(
    ("type_", "cell", "proposed"),
    [
        ("integer", "18446744073709551615", "text"),
        ("integer", "9223372036854775807", "integer"),
        ("decimal", "12345678901234567890", "text"),
        ("decimal", "123456789012345.5", "decimal"),
        ("decimal", "NaN", "decimal"),
    ],
)
def test_numbers_that_no_type_holds_are_proposed_as_text(duck, type_, cell, proposed):
    """S53: of exact numbers of a database that lie beyond 64 bits or 15 digits, all are kept."""
    table = loaded(duck, "proposed_large", ["7", cell])

    [read] = proposals(duck, table, [Column("cell", type_)], are_typed=True)

    assert read.column.type == proposed
