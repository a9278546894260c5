"""The doctor: definitions against physical tables."""

import pytest
import sqlalchemy as sa
from django.db import connection

from tresse.kernel.errors import TresseError
from tresse.objects import models, tables
from tresse.objects.changes import add_property
from tresse.objects.database import execute, rows
from tresse.objects.doctor import examine
from tresse.objects.tables import drop_columns, drop_indexes, physical_indexes, property_columns
from tresse.records.writing import take_id

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped")]


def sentences(problems):
    return [f"{each.place}: {each.sentence}" for each in problems]


def test_finds_nothing_in_a_fresh_house():
    assert examine() == []


def test_adds_missing_columns_with_normal_forms_and_indexes(admin, contact, model):
    fax = add_property(contact, name="fax", label="Fax", kind="text", unique=True, actor=admin)
    here = model().object("contact")
    prop = here.property("fax")
    execute(sa.insert(here.table).values({"id": take_id(), prop.column: "A  b"}))
    index = f"object_{here.id}_n_{fax.id}_unique"
    drop_indexes([index])
    drop_columns(here.id, property_columns(prop)[1:])

    found = examine()
    assert sentences(found) == [
        f"contact: The column n_{fax.id} is missing.",
        f"contact: The index {index} is missing.",
    ]
    assert all(each.is_fixed for each in examine(fix=True))
    assert examine() == []
    assert index in physical_indexes(here.id)
    assert rows(sa.select(here.table.c[prop.normal_column])) == [("a b",)]


def test_finds_columns_and_tables_of_nobody(model):
    here = model().object("contact")
    with connection.cursor() as cursor:
        cursor.execute(f'ALTER TABLE "{here.table.name}" ADD COLUMN p_9999 TEXT')
        cursor.execute("CREATE TABLE object_9999 (id INTEGER)")
    assert sentences(examine()) == [
        "object_9999: The table object_9999 belongs to no object type.",
        "contact: The column p_9999 belongs to no property.",
    ]


def test_says_which_unique_values_keep_an_index_from_being_made(admin, contact, model):
    fax = add_property(contact, name="fax", label="Fax", kind="text", unique=True, actor=admin)
    here = model().object("contact")
    prop = here.property("fax")
    drop_indexes([f"object_{here.id}_n_{fax.id}_unique"])
    for _ in range(2):
        values = {"id": take_id(), prop.column: "x", prop.normal_column: "x"}
        execute(sa.insert(here.table).values(values))

    [problem] = examine(fix=True)
    assert not problem.is_fixed
    assert "1 values of Fax occur more than once." in problem.sentence


def test_finds_titles_that_do_not_exist():
    models.ObjectType.objects.filter(name="deal").update(title="nothing")
    assert sentences(examine()) == ['deal: It names the property "nothing", which does not exist.']


def test_finds_normal_forms_that_were_lost(model):
    here = model().object("company")
    column = here.property("name").column
    execute(sa.insert(here.table).values({"id": take_id(), column: "Acme"}))
    assert sentences(examine()) == ["company: 1 values of name have no normal form."]
    assert examine(fix=True)[0].is_fixed
    assert examine() == []


def test_gives_up_on_a_table_that_stays_busy(monkeypatch, contact, admin):
    """DDL waits briefly and asks again, so that nobody waits behind it."""
    monkeypatch.setattr(tables, "_ran", lambda _text: False)
    monkeypatch.setattr(tables, "PAUSE_SECONDS", 0)
    with pytest.raises(TresseError, match="The table is in use by a long change") as refusal:
        add_property(contact, name="fax", label="Fax", kind="text", actor=admin)
    assert (refusal.value.code, refusal.value.status) == ("table_busy", 503)
