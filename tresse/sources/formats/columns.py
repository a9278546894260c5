"""The columns a definition picks, looked for in those of a file (S88)."""

from collections.abc import Sequence

from tresse.kernel.errors import nearest
from tresse.kernel.text import clean
from tresse.sources.formats.form import MOST_COLUMNS, Wanted
from tresse.sources.formats.refusals import HEADER_MISMATCH, HEADERS_MISMATCH

_SHOWN = 10


def check_columns(headers: Sequence[str], wanted: Wanted, name: str) -> None:
    """Refuse a file that lacks a picked column (S88).

    Raises:
        TresseError: `header_mismatch`, with near names.
    """
    missing = [
        column
        for column in wanted.columns
        if column not in headers and clean(column) not in headers
    ]
    if not missing:
        return
    near = {column: nearest(column, headers) for column in missing}
    details = {"missing": missing, "headers": list(headers[:MOST_COLUMNS])}
    if len(missing) == 1:
        column = missing[0]
        raise HEADER_MISMATCH(file=name, column=column, nearest=near[column], **details)
    columns = [
        f'"{column}" (≈ "{near[column]}")' if near[column] else f'"{column}"'
        for column in missing[:_SHOWN]
    ] + (["…"] if len(missing) > _SHOWN else [])
    raise HEADERS_MISMATCH(file=name, columns=columns, **details)
