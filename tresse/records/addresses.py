"""Addresses of records and of their index pages: `/contacts/`, `/contacts/1042/`."""

from tresse.objects.described import ObjectDef


def index_address(object: ObjectDef) -> str:
    """Of the index page."""
    return f"/{object.slug}/"


def record_address(object: ObjectDef, id: int) -> str:
    """Of a record's page."""
    return f"/{object.slug}/{id}/"
