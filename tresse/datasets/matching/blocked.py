"""Blocked values (DG1): which cells of a key column hold a text or a pattern that ties nothing."""

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from tresse.datasets.layout import Planned
from tresse.datasets.matching import lists
from tresse.datasets.matching.values import FOLD, PHONE, Value, match_text, normaliser
from tresse.engine import columns
from tresse.objects.kinds.dialling import CODES
from tresse.sources.rules.spacing import WHITE

Condition = sa.ColumnElement[bool]
_DIGITS = re.compile(r"[^0-9]+")
_BETWEEN = "-.()/ \u00a0\u202f"
"What people put between the digits of a phone number."
_LONGEST = 1_000
"Longer texts are no placeholders."


def as_read(column: Value) -> Value:
    """A cell as it was read, in small letters and without blanks at its ends."""
    return columns.stripped(columns.lowered(columns.text_of(column)), WHITE)


def blocked_by(
    planned: Planned, read: Value, match: Value, texts: Iterable[str], country: str
) -> list[tuple[str, Condition]]:
    """Conditions by the list they are of, the first that holds names it; they may be NULL.

    Args:
        planned: The key column.
        read: Its cells `as_read`.
        match: Its match values.
        texts: What the definition blocks in it.
        country: Of phones in `texts` that tell none.
    """
    own = tuple(texts)
    found = [
        (lists.OWN_LIST, _any(_is_one_of(planned, read, match, own, country))),
        (lists.TEXTS_LIST, _any(_says(planned, read, match, lists.TEXTS))),
        (lists.ZEROS_LIST, _any(_zeros(planned, read, match))),
    ]
    field = planned.column.semantic
    if field in lists.NUMBERS:
        known = _is_one_of(planned, read, match, lists.OF_PHONES, country)
        found.append((lists.PHONES_LIST, _any(known)))
    if field in lists.EMAILS:
        found.append((lists.MAILBOXES_LIST, columns.matches(match, _MAILBOX)))
    if field in lists.EMAILS | lists.NUMBERS | lists.NAMES:
        found.append((lists.REPEATED_LIST, _any(_repeated(planned, read, match))))
    return found


def is_listed(planned: Planned, match: Value, texts: Sequence[str], country: str) -> Condition:
    """Whether a match value is that of one of some texts, as `allowed` names them; never NULL."""
    known = _any(_is_one_of(planned, sa.null(), match, texts, country))
    return sa.func.coalesce(known, sa.false())


_MAILBOX = f"^(?:{'|'.join(map(re.escape, lists.MAILBOXES))})@"
_SAME_DIGIT = "|".join(f"{digit}{{{lists.REPEATED},}}" for digit in range(10))
_SAME_DIGITS = tuple(str(digit) * lists.REPEATED for digit in range(10))
_CODE = rf"\+(?:{'|'.join(map(str, sorted(CODES)))})"
"The calling code of a number in E.164: none of them begins another one."


def _any(conditions: Sequence[Condition]) -> Condition:
    return sa.or_(sa.false(), *conditions)


def _reads(planned: Planned, read: Value, match: Value, holds: Condition) -> Condition:
    """A condition on cells as read, where the match value does not tell as much.

    It does, where there is one: all but `fold` keep what sets texts apart.
    """
    if isinstance(read, sa.sql.elements.Null):
        return sa.false()
    return holds if normaliser(planned.column.semantic) == FOLD else _both(match.is_(None), holds)


def _both(first: Condition, second: Condition) -> Condition:
    """Both hold; the second one, which costs more, is only asked for where the first does."""
    return sa.case((first, second), else_=sa.false())


def _says(planned: Planned, read: Value, match: Value, texts: Sequence[str]) -> list[Condition]:
    """It is one of some texts of small letters, in any case."""
    low = match if normaliser(planned.column.semantic) != "trim" else columns.lowered(match)
    return [low.in_(texts), _reads(planned, read, match, read.in_(texts))]


def _is_one_of(
    planned: Planned, read: Value, match: Value, texts: Sequence[str], country: str
) -> list[Condition]:
    """It is one of some texts as people write them: as read, as match value, or has its match."""
    if not texts:
        return []
    small = sorted({text.strip(WHITE).lower() for text in texts})
    made = {match_text(text, planned, country) for text in texts} - {None, ""}
    found = _says(planned, read, match, small)
    if made:
        found.append(match.in_(sorted(filter(None, made))))
    if normaliser(planned.column.semantic) == PHONE and (pattern := _in_any_country(small)):
        found.append(columns.matches(match, pattern))
    return found


def _in_any_country(texts: Sequence[str]) -> str:
    """A pattern of numbers in E.164 that may stand for digits dialled within some country."""
    dialled = {_DIGITS.sub("", text).lstrip("0") for text in texts if text[:1] != "+"}
    found = "|".join(sorted(re.escape(digits) for digits in dialled if len(digits) >= 4))
    return rf"^{_CODE}0?(?:{found})$" if found else ""


def _zeros(planned: Planned, read: Value, match: Value) -> list[Condition]:
    """Only zeros and dashes; of phones, whatever stands between them."""
    pattern = "^[0-]+$"
    if planned.column.semantic in lists.NUMBERS:
        pattern = f"^[{_BETWEEN}0]*[-0][{_BETWEEN}0]*$"
        return [_reads(planned, read, match, columns.matches(read, pattern))]
    begins = columns.substring(match, 1, 1).in_(("0", "-"))
    found = _both(begins, columns.matches(match, pattern))
    return [found, _reads(planned, read, match, columns.matches(read, pattern))]


def _repeated(planned: Planned, read: Value, match: Value) -> list[Condition]:
    """One character again and again."""
    field = planned.column.semantic
    if field in lists.EMAILS:
        begins = columns.substring(match, 1, 1) == columns.substring(match, 2, 1)
        return [
            _both(begins, _is_one_character(columns.extracted(match, "^[^@]+"))),
            _reads(planned, read, match, _is_one_character(read)),
        ]
    if field in lists.NUMBERS:
        bare = columns.replaced(read, f"[{_BETWEEN}]+", "")
        return [
            _both(
                columns.ending(match, lists.REPEATED).in_(_SAME_DIGITS),
                columns.matches(match, f"^{_CODE}(?:{_SAME_DIGIT})$"),
            ),
            _reads(planned, read, match, _is_one_character(bare)),
        ]
    return [_is_one_character(match), _reads(planned, read, match, _is_one_character(read))]


def _is_one_character(text: Value) -> Condition:
    """Its first character put at its end makes the same text."""
    first = columns.substring(text, 1, 1)
    begins = sa.and_(first == columns.substring(text, 2, 1), columns.length(text) >= lists.REPEATED)
    turned = columns.substring(text, 2, _LONGEST) + first
    return _both(begins, turned == text)
