"""The canonical text of a row and its hash (Y21), and the text of a record key (S42)."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from tresse.engine import columns

KEY_JOINT = "\x1f"
"Stands between the parts of a key (S42)."
Field = tuple[str, str, sa.ColumnElement[Any]]
"Name, type (a name of `types.TYPES`) and column."
_UNPLAIN = {"text", "json"}


def canonical_value(value: sa.ColumnElement[Any], type_: str) -> sa.ColumnElement[Any]:
    """One value as canonical text; NULL for NULL. `type_` is a name of `types.TYPES`.

    Text and JSON in NFC, integers plain, decimals without trailing zeros, numbers to 9 significant
    places, `true` and `false`, dates ISO, date-times UTC with 6 decimals and `Z`, lists as JSON.
    """
    if type_ in _UNPLAIN:
        return columns.nfc(sa.type_coerce(value, sa.Text()))
    return columns.text_of(value)


def canonical_text(
    fields: Sequence[Field], *, settled: Collection[str] = ()
) -> sa.ColumnElement[Any]:
    """The canonical text of a row; never NULL.

    For each field in code-point order of its name `field=~;` for NULL, else
    `field=<characters>:<text>;`.

    Args:
        fields: In any order.
        settled: Names of those whose texts are in NFC as they are.
    """
    parts: list[sa.ColumnElement[Any]] = []
    for name, type_, value in sorted(fields, key=lambda each: each[0]):
        text = value if name in settled else canonical_value(value, type_)
        length = columns.text_of(sa.type_coerce(columns.length(text), sa.BigInteger()))
        # One call that joins is half the work of a chain of joints.
        written = columns.joined("", sa.literal(f"{name}="), length, sa.literal(":"), text)
        parts.append(sa.case((text.is_(None), f"{name}=~"), else_=written))
    return columns.joined(";", *parts, sa.literal("")) if parts else sa.literal("")


def canonical_hash(
    fields: Sequence[Field], *, settled: Collection[str] = ()
) -> sa.ColumnElement[Any]:
    """SHA-256 of the canonical text in hexadecimal, 64 characters; never NULL."""
    return columns.sha256(canonical_text(fields, settled=settled))


def key_text(parts: Sequence[tuple[str, sa.ColumnElement[Any]]]) -> sa.ColumnElement[Any]:
    """A record key as text: type and column of each part; NULL where any part is NULL (S43)."""
    texts = [canonical_value(value, type_) for type_, value in parts]
    text = texts[0]
    for each in texts[1:]:
        text = text.concat(KEY_JOINT).concat(each)
    return text
