"""Sources of the database as values: their definitions, with and without what was detected."""

from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tresse.accounts.queries import account
from tresse.sources.columns import Column, Defaults
from tresse.sources.definition import SourceDefinition
from tresse.sources.models import Source
from tresse.sources.parsing import parsed
from tresse.sources.saying import said
from tresse.sources.written import column_of

FLAGS = ("enabled", "reviewed")
"Of a definition, those that the row of a source has as columns of its own."
PURPOSE = b"tresse pseudonyms 1"


def definition_of(source: Source) -> SourceDefinition:
    """The definition as a person gave it."""
    return replace(
        parsed(source.definition), is_enabled=source.is_enabled, is_reviewed=source.is_reviewed
    )


def detected_of(source: Source) -> tuple[Column, ...]:
    """Columns as they were detected; none before the source was looked at."""
    return tuple(column_of(item) for item in source.detected_columns)


def resolved_of(source: Source) -> SourceDefinition:
    """The definition with every column that is read, each with its type as far as known."""
    return definition_of(source).resolved(detected_of(source))


def facts_of(source: Source) -> dict[str, Any]:
    """The definition as `config` prints it and the API answers it."""
    flags = {"enabled": source.is_enabled, "reviewed": source.is_reviewed}
    definition: dict[str, Any] = source.definition
    return definition | {key: value for key, value in flags.items() if not value}


def kept(definition: SourceDefinition) -> dict[str, Any]:
    """The definition as `Source.definition` keeps it: without the flags."""
    return {key: value for key, value in said(definition).items() if key not in FLAGS}


def defaults() -> Defaults:
    """What columns and rules fall back on: zone and country of the account, key of pseudonyms."""
    here = account()
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=PURPOSE)
    return Defaults(
        zone=here.zone, country=here.country, key=derived.derive(settings.SECRET_KEY.encode())
    )
