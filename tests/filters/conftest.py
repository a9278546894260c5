"""Records as they are stored, and a short way to ask which records a filter means."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from tresse.accounts.actor import SYSTEM
from tresse.filters import checked, condition
from tresse.kernel import clock
from tresse.kernel.errors import TresseError
from tresse.objects import database
from tresse.records.tables import LINK


@pytest.fixture
def link(model):
    """Links two records as it is stored: `link("contact_company", 1, 2)`."""

    def write(name, one, two):
        row = {
            "association_id": model.association(name).id,
            "from_id": one,
            "to_id": two,
            "change_set_id": 1,
        }
        database.execute(sa.insert(LINK).values(row))

    return write


@pytest.fixture
def put(model):
    """Writes a record as it is, `put("contact", 1, country="FR")`; normal forms are worked out."""

    def write(object_name, id, /, **values):
        object = model.object(object_name)
        row = {"id": id, "version": 1}
        for key, value in values.items():
            if key == "deleted_at":
                row[key] = value
                continue
            prop = object.property(key)
            row[prop.column] = value
            if prop.has_normal and value is not None:
                row[prop.normal_column] = prop.kind.normal(value)
        database.execute(sa.insert(object.table).values(row))
        return id

    return write


@pytest.fixture
def ids(model):
    """Ids that a filter finds, in order: `ids({...}, "contact")`."""

    def found(filter, name="contact", actor=SYSTEM, at=None):
        object = model.object(name)
        with clock.at(at or datetime(2026, 3, 10, 12, tzinfo=UTC)):
            good = checked(filter, object, model=model, actor=actor)
            where = condition(good, object.table, model=model, actor=actor)
        table = object.table
        statement = sa.select(table.c.id).where(where, table.c.deleted_at.is_(None))
        return [id for (id,) in database.rows(statement.order_by(table.c.id))]

    return found


@pytest.fixture
def faults(model):
    """Places and codes of a filter's faults; empty for a good one."""

    def found(filter, name="contact", actor=SYSTEM, **more):
        try:
            checked(filter, model.object(name), model=model, actor=actor, **more)
        except TresseError as error:
            return [(fault["place"], fault["code"]) for fault in error.details["faults"]]
        return []

    return found
