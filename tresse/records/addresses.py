"""Addresses of records and of their index pages: `/contacts/`, `/contacts/1042/`."""

from tresse.objects.described import ObjectDef

TASK = "task"


def index_address(object: ObjectDef) -> str:
    """Of the index page; that of tasks is told from the page of tasks, `/tasks/`."""
    if object.name == TASK:
        return f"/{TASK}/"
    if object.id < 0:
        return "/imports/"  # a kind of activity, as files hold them: it has no page of its own
    return f"/{object.slug}/"


def record_address(object: ObjectDef, id: int) -> str:
    """Of a record's page."""
    return f"/{object.slug}/{id}/"


def bulk_address(object: ObjectDef, act: str) -> str:
    """Of what is done with many records at once."""
    return f"/{object.slug}/bulk/{act}/"
