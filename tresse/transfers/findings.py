"""A finding: one thing a report says about a file, a column, a row, a cell, a link."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tresse.kernel.errors import Refusal, TresseError, sentence
from tresse.transfers.refusals import LEVEL_OF

VALUE_SHOWN = 200
"Characters of a value that a finding keeps."


class Finding(NamedTuple):
    """One line of a report.

    `line`: number in the file, from 1, header included; 0: the whole file. `column` is the header,
    `column_number` counts from 1 (None: not about a column). `message` and `hint` are English.
    """

    level: str
    line: int
    code: str
    message: str
    column: str = ""
    column_number: int | None = None
    value: str = ""
    hint: str = ""
    sheet: str = ""
    record_id: int | None = None
    details: Mapping[str, Any] = {}
    template: str = ""
    "The sentence with its braces, to be said in other languages."


def finding(  # keyword arguments name the place, `details` fill the sentence
    refusal: Refusal,
    line: int = 0,
    *,
    column: tuple[str, int] | None = None,
    value: str = "",
    **details: Any,
) -> Finding:
    """A finding of one of the codes of T79.

    Args:
        refusal: What is found.
        line: Where; 0 is the whole file.
        column: Header and number, from 1.
        value: The cell; cut to 200 characters.
        details: Fill the braces of the sentence.
    """
    header, number = column or ("", None)
    return Finding(
        LEVEL_OF[refusal.code],
        line,
        refusal.code,
        sentence(refusal.sentence, details),
        header,
        number,
        value[:VALUE_SHOWN],
        details=details,
        template=refusal.sentence,
    )


def of_error(
    error: TresseError,
    line: int,
    *,
    level: str,
    column: tuple[str, int] | None = None,
    value: str = "",
) -> Finding:
    """A finding that says what a refusal says."""
    header, number = column or ("", None)
    return Finding(
        level,
        line,
        error.code,
        error.message,
        header,
        number,
        value[:VALUE_SHOWN],
        details=error.details,
        template=error.template,
    )
