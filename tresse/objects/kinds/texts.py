"""Operators of texts, in normal form (G8), and of sets of options."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from tresse.engine.constructs import Ending, Matches, Position
from tresse.kernel.marks import N_
from tresse.kernel.text import clean, normal
from tresse.objects.kinds.dialling import PUNCTUATION
from tresse.objects.kinds.operators import (
    EMPTINESS,
    Column,
    Condition,
    Operator,
    Read,
    Subject,
    Unfit,
    all_meant,
    joined,
    negative,
    one,
    present,
    several,
)
from tresse.objects.kinds.patterns import BadPattern, portable
from tresse.objects.kinds.reading import Reading

if TYPE_CHECKING:
    from tresse.objects.kinds.base import PropertyKind

LONGEST_OPERAND = 500


def _piece(value: Any, kind: "PropertyKind", reading: Reading) -> str:  # noqa: ARG001
    """A text in normal form."""
    if not isinstance(value, str) or len(value) > LONGEST_OPERAND:
        raise Unfit(N_("a text of up to 500 characters"))
    text = normal(clean(value))
    if not text:
        raise Unfit(N_("a text; for no value, use is_empty"))
    return text


def _pieces(value: Any, kind: "PropertyKind", reading: Reading) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= 1_000:
        raise Unfit(N_("a list of 1 to 1,000 values"))
    return [_piece(each, kind, reading) for each in value]


def _piece_of_phone(value: Any, kind: "PropertyKind", reading: Reading) -> str:
    """A part of a phone: without the blanks and dots that E.164 leaves out."""
    text = _piece(value, kind, reading)
    bare = text.translate(PUNCTUATION)
    return bare if bare.removeprefix("+").isdecimal() else text


def _pattern(value: Any, kind: "PropertyKind", reading: Reading) -> str:  # noqa: ARG001
    if not isinstance(value, str) or not value:
        raise Unfit(N_("a pattern"))
    try:
        return portable(value, fold=True)
    except BadPattern as error:
        raise Unfit(N_("a pattern"), "bad_pattern", position=error.position) from None


def _compared(compare: Callable[[Column, Any], Condition]) -> Callable[[Subject, Any], Condition]:
    """A positive condition on the compared form; the other side may be another property."""

    def where(subject: Subject, operand: Any) -> Condition:
        if isinstance(operand, Subject):
            other = operand.normal
            return present(subject, operand.column.is_not(None), compare(subject.normal, other))
        return present(subject, compare(subject.normal, operand))

    return where


def _starts_with(column: Column, operand: Any) -> Condition:
    """As a range where the beginning is known and the form stored, so that an index serves it."""
    if not isinstance(operand, str) or isinstance(column, sa.sql.functions.FunctionElement):
        return Position(column, operand) == 1
    end = following(operand)
    return column >= operand if end is None else sa.and_(column >= operand, column < end)


def following(text: str) -> str | None:
    """The first text after all those that begin with `text`, by code point; None: there is none."""
    while text:
        point = ord(text[-1])
        if point < 0x10FFFF:
            return text[:-1] + chr(0xE000 if point == 0xD7FF else point + 1)
        text = text[:-1]
    return None


def _ends_with(column: Column, operand: Any) -> Condition:
    length = len(operand) if isinstance(operand, str) else sa.func.length(operand)
    found: Condition = Ending(column, length) == operand
    return found


def _operators(whole: Read, list_of: Read, piece: Read) -> Mapping[str, Operator]:
    equal = Operator(whole, _compared(lambda column, value: column == value), takes_property=True)
    contains = Operator(
        piece, _compared(lambda column, value: Position(column, value) > 0), takes_property=True
    )
    any_of = Operator(list_of, _compared(lambda column, value: column.in_(value)))
    return {
        "is": equal,
        "is_not": negative(equal),
        "contains": contains,
        "does_not_contain": negative(contains),
        "starts_with": Operator(piece, _compared(_starts_with), takes_property=True),
        "ends_with": Operator(piece, _compared(_ends_with), takes_property=True),
        "is_any_of": any_of,
        "is_none_of": negative(any_of),
        "matches": Operator(_pattern, _compared(Matches)),
        **EMPTINESS,
    }


def _on_value(operator: Operator) -> Operator:
    """The same on the stored value: phones kept as typed have no compared form."""

    def stored(subject: Any) -> Any:
        return replace(subject, normal=subject.column) if isinstance(subject, Subject) else subject

    return replace(
        operator, where=lambda subject, operand: operator.where(stored(subject), stored(operand))
    )


TEXT = _operators(_piece, _pieces, _piece)
"Texts, compared in normal form."
EXACT_TEXT = _operators(one, several, _piece)
"E-mails and domains, whose stored form is the compared one."
PHONE = {
    name: _on_value(operator)
    for name, operator in _operators(one, several, _piece_of_phone).items()
}
"Phones, compared as stored: E.164, or as typed."


def _has(subject: Subject, names: list[str], join: Callable[..., Condition]) -> Condition:
    parts = [Position(subject.normal, f"|{name}|") > 0 for name in names]
    return present(subject, joined(join, parts, empty=sa.false()))


_ANY = Operator(all_meant, lambda subject, names: _has(subject, names, sa.or_))
SET: Mapping[str, Operator] = {
    "has_any_of": _ANY,
    "has_all_of": Operator(all_meant, lambda subject, names: _has(subject, names, sa.and_)),
    "has_none_of": negative(_ANY),
    **EMPTINESS,
}
"Sets of options."
