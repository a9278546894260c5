"""Syncs of the database as values: their definitions, with the state they are in."""

from dataclasses import replace
from typing import Any

from tresse.syncs.definition import SyncDefinition
from tresse.syncs.models import Sync
from tresse.syncs.parsing import parsed
from tresse.syncs.saying import said


def definition_of(sync: Sync) -> SyncDefinition:
    """The definition as a person gave it; one that is paused or broken is not active (Y4)."""
    return replace(parsed(sync.definition), is_active=sync.state == "active")


def facts_of(sync: Sync) -> dict[str, Any]:
    """The definition as `config` prints it and the API answers it."""
    # Said anew, as PostgreSQL keeps the keys of JSON in an order of its own.
    return said(definition_of(sync))


def kept(definition: SyncDefinition) -> dict[str, Any]:
    """The definition as `Sync.definition` keeps it."""
    return said(replace(definition, is_active=False))
