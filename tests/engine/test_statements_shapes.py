"""Statements of one shape are compiled once, whoever describes the table."""

from typing import Any

import sqlalchemy as sa

from tresse.engine.statements import SHAPES, prepared
from tresse.engine.types import Text
from tresse.objects.tables import RecordTable


def table(*more: str) -> RecordTable:
    columns: dict[str, sa.types.TypeEngine[Any]] = {"id": sa.BigInteger(), "p_1": Text}
    columns |= dict.fromkeys(more, Text)
    return RecordTable("object_9", columns)


def named(here: RecordTable, *names: str) -> sa.Select[tuple[str]]:
    return sa.select(here.c.p_1).where(here.c.p_1.in_(names), here.c.id > len(names))


def test_another_request_finds_the_statement_again():
    prepared(named(table(), "a", "b"), "sqlite")
    before = len(SHAPES)

    again = prepared(named(table(), "c", "d", "e"), "sqlite")

    assert len(SHAPES) == before
    assert sorted(map(str, again.parameters.values())) == ["3", "c", "d", "e"]
    assert again.text.count("%(") == 4


def test_a_table_with_another_column_is_another_shape():
    one, other = table(), table("p_2")

    prepared(named(one, "a"), "sqlite")
    before = len(SHAPES)
    prepared(named(other, "a"), "sqlite")

    assert len(SHAPES) == before + 1


def test_every_database_has_its_own_text():
    one = prepared(named(table(), "a"), "sqlite")
    other = prepared(named(table(), "a"), "postgresql")

    assert one.parameters.keys() == other.parameters.keys()
    assert one.text != "" != other.text


def test_an_empty_list_of_values_finds_nothing():
    prepared(named(table(), "a"), "sqlite")

    empty = prepared(named(table()), "sqlite")

    assert "SELECT 1 FROM" in empty.text.replace("\n", " ") or "1 != 1" in empty.text
