"""What a process has read of the definitions stands until somebody changes them."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tresse.objects import marks
from tresse.objects.described import data_model
from tresse.objects.models import (
    AssociationType,
    Mark,
    ObjectType,
    Option,
    Pipeline,
    Property,
    Stage,
)

pytestmark = pytest.mark.django_db
DEFINITIONS = (ObjectType, Property, Option, AssociationType, Pipeline, Stage)


def test_what_was_read_is_read_again_in_one_query():
    """The same value, until something is changed."""
    before = data_model()

    with CaptureQueriesContext(connection) as queries:
        again = data_model()

    assert again is before
    assert len(queries) == 1


@pytest.mark.parametrize("table", DEFINITIONS, ids=lambda each: each.__name__)
def test_any_change_of_any_definition_is_seen(table):
    """Whoever makes it, by whatever statement: a new value is read."""
    before, row = marks.read(), table.objects.order_by("pk").last()
    seen = {before}

    for change in (
        lambda: table.objects.filter(pk=row.pk).update(position=7),
        lambda: table.objects.filter(pk=row.pk).delete(),
        lambda: row.save(force_insert=True),
    ):
        change()
        seen.add(marks.read())

    assert len(seen) == 4
    assert data_model() == data_model()


def test_a_change_that_is_rolled_back_was_never_there():
    """What a transaction read of its own changes is not answered after it."""
    before = data_model()
    contact = ObjectType.objects.get(name="contact")
    with transaction.atomic():
        ObjectType.objects.filter(pk=contact.pk).update(label="Person")
        Option.objects.update(label="Nowhere")
        assert data_model().object("contact").label == "Person"
        transaction.set_rollback(True)

    assert data_model() is before
    assert all(
        option.label != "Nowhere"
        for object_type in data_model().objects
        for prop in object_type.properties
        for option in prop.options
    )


def test_without_marks_nothing_is_kept():
    """Of a database that was emptied, all is read each time."""
    Mark.objects.all().delete()

    assert marks.read() is None
    assert data_model() is not data_model()


def test_marks_do_not_gather():
    """A change takes those before it away."""
    for position in range(5):
        Property.objects.update(position=position)

    assert marks.read()[0] == 1
