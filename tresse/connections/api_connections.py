"""Connections over REST."""

from typing import Any

from ninja import Router, Status

from tresse.accounts.requests import SignedIn
from tresse.connections import schemas_connections as shape
from tresse.connections.changes import (
    accept_host_key,
    add_connection,
    change_connection,
    check_connection,
    check_settings,
    check_writing,
    remove_connection,
)
from tresse.connections.facts import kinds_as_data, seen_as_data, shown, tables_as_data
from tresse.connections.queries import connection_named, connections
from tresse.connections.seeing import tables_of

router = Router(tags=["Connections"])


@router.get("/connections", response=list[shape.ConnectionOut], summary="Connections")
def connection_list(request: SignedIn) -> Any:
    """All connections with what their last check found; secrets are never given."""
    return [shown(row) for row in connections(request.actor)]


@router.get("/connection_kinds", summary="Kinds of connection")
def connection_kinds(request: SignedIn) -> list[dict[str, Any]]:
    """Each kind with its settings, the names of its secrets, what it reads and writes."""
    connections(request.actor)
    return kinds_as_data()


@router.post("/connections", response={201: shape.ConnectionOut}, summary="Make a connection")
def connection_add(request: SignedIn, body: shape.ConnectionIn) -> Status[Any]:
    """Keep how something is reached; nothing is reached yet."""
    return Status(201, shown(add_connection(actor=request.actor, **body.given())))


@router.post("/connections/check", response=shape.SeenOut, summary="Check settings")
def settings_check(request: SignedIn, body: shape.SettingsIn) -> Any:
    """Connect with settings that are not kept, and say what is seen."""
    return seen_as_data(check_settings(actor=request.actor, **body.given()))


@router.get("/connections/{name}", response=shape.ConnectionOut, summary="One connection")
def connection_show(request: SignedIn, name: str) -> Any:
    """A connection; of its secrets, whether they are set."""
    return shown(connection_named(name, request.actor))


@router.patch("/connections/{name}", response=shape.ConnectionOut, summary="Change a connection")
def connection_change(request: SignedIn, name: str, body: shape.ConnectionChange) -> Any:
    """Change what is named; `settings` are given whole, of `secrets` those named change."""
    row = connection_named(name, request.actor)
    return shown(change_connection(row, actor=request.actor, **body.given()))


@router.delete("/connections/{name}", response={204: None}, summary="Remove a connection")
def connection_remove(request: SignedIn, name: str) -> Status[None]:
    """Remove a connection that nothing uses, with its secrets."""
    remove_connection(connection_named(name, request.actor), actor=request.actor)
    return Status(204, None)


@router.post("/connections/{name}/check", response=shape.SeenOut, summary="Check a connection")
def connection_check(request: SignedIn, name: str) -> Any:
    """Connect, and say what is seen or what is wrong; never writes."""
    row = connection_named(name, request.actor)
    return seen_as_data(check_connection(row, actor=request.actor))


@router.post("/connections/{name}/check_writing", response=shape.SeenOut, summary="Check writing")
def connection_check_writing(request: SignedIn, name: str) -> Any:
    """Make and remove one temporary table or file there."""
    row = connection_named(name, request.actor)
    return seen_as_data(check_writing(row, actor=request.actor))


@router.post(
    "/connections/{name}/accept_host_key",
    response=shape.ConnectionOut,
    summary="Accept the key of a server",
)
def connection_accept_host_key(request: SignedIn, name: str) -> Any:
    """Take the key that the server showed at the last check as its key."""
    row = connection_named(name, request.actor)
    return shown(accept_host_key(row, actor=request.actor))


@router.get("/connections/{name}/tables", summary="What a connection has")
def connection_tables(request: SignedIn, name: str) -> list[dict[str, Any]]:
    """Its tables or entities with their columns."""
    return tables_as_data(tables_of(connection_named(name, request.actor), request.actor))
