"""Tombstones: keyed hashes of somebody erased, and the rows that they keep out (D92, S103)."""

import hmac
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tresse.accounts.queries import account
from tresse.datasets.definition import Column
from tresse.datasets.layout import Planned
from tresse.datasets.matching.values import match_value
from tresse.datasets.models import Dataset, Tombstone
from tresse.engine.base import Engine
from tresse.engine.functions import Function
from tresse.sources.canonical import key_text
from tresse.sources.extraction.steps import Columns
from tresse.sources.models import Source
from tresse.sources.rules.structured import Key
from tresse.sources.stored import definition_of, detected_of
from tresse.sources.types import TYPES

PURPOSE = b"tresse tombstones 1"
RECORD = "record"
"Sort of the tombstone of a record of a source: its value is `source/key`."
VALUES = ("email", "customer_id", "external_id", "user_id", "anonymous_id", "loyalty_id")
"Semantic fields whose values are of one person: sorts of tombstones too (D92)."
Value = sa.ColumnElement[Any]


def secret() -> Key:
    """The key of the hashes, made from that of the installation."""
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=PURPOSE)
    return Key(derived.derive(settings.SECRET_KEY.encode()))


def hash_of(sort: str, value: str, key: bytes | None = None) -> str:
    """What stays of a value: HMAC-SHA256 in hexadecimal."""
    text = f"{sort}\x1f{value}".encode()
    return hmac.digest(bytes(secret() if key is None else key), text, "sha256").hex()


@lru_cache(maxsize=32)
def _among(known: str) -> frozenset[str]:
    return frozenset(known.split())


def is_erased(text: str, *, key: bytes, sort: str, known: str) -> bool:
    """Whether the hash of a value is among `known` (hashes with blanks between them)."""
    return hash_of(sort, text, key) in _among(known)


ERASED = Function("is_erased", is_erased, sa.Boolean())


def standing(sorts: Iterable[str] = ()) -> dict[str, list[str]]:
    """Hashes of all who are erased and did not come back, by sort."""
    found = Tombstone.objects.filter(lifted_at=None)
    wanted = list(sorts)
    if wanted:
        found = found.filter(sort__in=wanted)
    by_sort: defaultdict[str, list[str]] = defaultdict(list)
    for sort, hash_ in found.order_by("hash").values_list("sort", "hash").distinct():
        by_sort[sort].append(hash_)
    return dict(by_sort)


def erased(_engine: Engine, source: Source, columns: Columns) -> Value | None:
    """A condition over the rows of a source: they are of somebody erased; None: nobody is.

    By the record itself, by records of other sources that it leads to, and by its identifiers.
    """
    return condition_of(source, columns, standing())


def condition_of(source: Source, columns: Columns, known: Mapping[str, list[str]]) -> Value | None:
    """As `erased`, for these hashes by sort."""
    if not known:
        return None
    key, found = secret(), []
    for sort, value in values_of(source, columns):
        if known.get(sort):
            wanted = " ".join(known[sort])
            found.append(sa.func.coalesce(ERASED(value, key=key, sort=sort, known=wanted), False))
    return sa.or_(*found) if found else None


def values_of(source: Source, columns: Columns) -> list[tuple[str, Value]]:
    """What a row is known by: sort and text of its record, of those it leads to, of its values."""
    definition = definition_of(source)
    found: list[tuple[str, Value]] = []
    parts = [columns[name] for name in definition.record_key if name in columns]
    if parts and len(parts) == len(definition.record_key):
        found.append((RECORD, sa.literal(f"{source.name}/") + key_text(parts)))
    for relation in definition.relations:
        # Keys of another source that is erased: the row of a person, such as an order.
        led = [columns[name] for name in relation.columns if name in columns]
        if led and len(led) == len(relation.columns) and _is_record_key(relation):
            found.append((RECORD, sa.literal(f"{relation.to}/") + key_text(_typed(relation, led))))
    country = account().country
    for name, field in fields_of(source).items():
        if field in VALUES and name in columns:
            type_, value = columns[name]
            planned = Planned(Column(name, type_, field), type_, TYPES[type_].column, 0)
            found.append((field, match_value(value, planned, country)))
    return found


def _is_record_key(relation: Any) -> bool:
    there = Source.objects.filter(name=relation.to).first()
    return there is not None and list(there.definition.get("record_key", ())) == list(relation.key)


def _typed(_relation: Any, led: list[tuple[str, Value]]) -> list[tuple[str, Value]]:
    return led


def fields_of(source: Source) -> dict[str, str]:
    """Semantic field by column: as the source says, and as datasets take its columns (D15)."""
    definition = definition_of(source).resolved(detected_of(source))
    found = {column.name: column.semantic for column in definition.columns or () if column.semantic}
    for dataset in Dataset.objects.select_related("version"):
        feeds = dataset.definition.get("sources") or ()
        said = {each["source"]: each.get("columns") or {} for each in feeds}
        fields = _fields_of_dataset(dataset)
        for column, taken in (said.get(source.name) or {}).items():
            if taken and fields.get(column):
                found[taken] = fields[column]
    return found


def _fields_of_dataset(dataset: Dataset) -> dict[str, str]:
    """Semantic field by column of a dataset, as far as it is known."""
    said = {
        each["name"]: each.get("semantic", "") for each in dataset.definition.get("columns") or ()
    }
    built = dataset.version.columns if dataset.version else ()
    return {**said, **{each["name"]: each["semantic"] for each in built}}
