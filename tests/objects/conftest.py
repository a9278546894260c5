"""Fixtures for tests of definitions."""

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import RequestFactory

from tresse.accounts.actor import Actor, Rights
from tresse.objects.defaults import make_defaults
from tresse.objects.described import data_model
from tresse.objects.queries import object_type_named

ADMIN = Actor(None, "Ada", Rights(is_administrator=True), email="ada@example.com")
READER = Actor(None, "Rea", Rights(objects={"*": {"view": "all"}}), email="rea@example.com")


@pytest.fixture
def shipped(db):  # noqa: ARG001  opens the database
    """The shipped object types and their tables."""
    make_defaults()


@pytest.fixture
def admin():
    """Someone who may everything."""
    return ADMIN


@pytest.fixture
def reader():
    """Someone who may see everything and change no definition."""
    return READER


@pytest.fixture
def contact(shipped):  # noqa: ARG001  makes it
    """The object type contact, as a row."""
    return object_type_named("contact")


@pytest.fixture
def model():
    """Reads the data model, each time anew."""
    return data_model


@pytest.fixture
def ask(admin):
    """Calls a view as a person, without the shell's middleware."""

    def asked(view, *args, actor=admin, data=None, query=""):
        factory = RequestFactory()
        address = f"/?{query}"
        request = factory.get(address) if data is None else factory.post(address, data)
        vars(request).update(actor=actor, session={})
        vars(request).update(_messages=FallbackStorage(request))
        return view(request, *args)

    return asked
