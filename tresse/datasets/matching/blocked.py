"""Blocked values (DG1): which cells of a key column hold a text or a pattern that ties nothing."""

import re
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from tresse.datasets.layout import Planned
from tresse.datasets.matching import lists
from tresse.datasets.matching.values import FOLD, PHONE, TRIM, Value, match_text, normaliser
from tresse.engine import columns
from tresse.objects.kinds.dialling import CODES
from tresse.sources.rules.spacing import WHITE

Condition = sa.ColumnElement[bool]
_LONGEST = 1_000
"Longer texts are no placeholders."
_SHORTEST = 4
"Fewer digits are no phone that could be told by its end."
_NOT_DIGITS = re.compile(r"[^0-9]+")
_BETWEEN = "-.()/ \u00a0\u202f"
"What people put between the digits of a phone number."
_CODE = rf"\+(?:{'|'.join(map(str, sorted(CODES)))})"
"The calling code of a number in E.164: none of them begins another one."
_SAME_DIGITS = tuple(str(digit) * lists.REPEATED for digit in range(10))
_SAME_DIGIT = "|".join(f"{digit}{{{lists.REPEATED},}}" for digit in range(10))
_MAILBOX = f"^(?:{'|'.join(map(re.escape, lists.MAILBOXES))})@"


def as_read(planned: Planned, cell: Value, match: Value, texts: Iterable[str]) -> Value:
    """A cell as it was read, in small letters and trimmed, where its match value tells too little.

    Else NULL. Of a cell that cannot be read there is no match value; a folded one may be that of a
    blocked text, one of `texts` or of `lists.TEXTS`, without being equal to it.
    """
    tells_little: Condition = match.is_(None)
    if normaliser(planned.column.semantic) == FOLD:
        folds = {match_text(text, planned) for text in (*lists.TEXTS, *texts)}
        tells_little = sa.or_(tells_little, match.in_(sorted(filter(None, folds))))
    trimmed = columns.stripped(columns.lowered(columns.text_of(cell)), WHITE)
    return sa.case((tells_little, trimmed))


def blocked_by(
    planned: Planned, read: Value, match: Value, texts: Sequence[str], country: str
) -> list[tuple[str, Condition]]:
    """Conditions by the list they are of, the first that holds names it; they may be NULL.

    Args:
        planned: The key column.
        read: Its cells `as_read`.
        match: Its match values.
        texts: What the definition blocks in it.
        country: Of phones in `texts` that tell none.
    """
    field = planned.column.semantic
    found = [
        (lists.OWN_LIST, _is_text(planned, read, match, texts, country)),
        (lists.TEXTS_LIST, sa.or_(_low(planned, match).in_(lists.TEXTS), read.in_(lists.TEXTS))),
        (lists.ZEROS_LIST, _zeros(field, read, match)),
    ]
    if field in lists.NUMBERS:
        known = _is_text(planned, read, match, lists.OF_PHONES, country)
        found.append((lists.PHONES_LIST, known))
    if field in lists.EMAILS:
        found.append((lists.MAILBOXES_LIST, columns.matches(match, _MAILBOX)))
    if field in lists.EMAILS | lists.NUMBERS | lists.NAMES:
        found.append((lists.REPEATED_LIST, _repeated(field, read, match)))
    return found


def is_value(planned: Planned, match: Value, texts: Sequence[str], country: str) -> Condition:
    """Whether a match value is that of one of some texts as people write them."""
    if not texts:
        return sa.false()
    small = _small(texts)
    made = {match_text(text, planned, country) for text in texts}
    found: list[Condition] = [
        _low(planned, match).in_(small),
        match.in_(sorted(filter(None, made))),
    ]
    if normaliser(planned.column.semantic) == PHONE and (pattern := _in_any_country(small)):
        found.append(columns.matches(match, pattern))
    return sa.or_(*found)


def _is_text(
    planned: Planned, read: Value, match: Value, texts: Sequence[str], country: str
) -> Condition:
    """It is one of some texts: as read, or as match value."""
    if not texts:
        return sa.false()
    return sa.or_(is_value(planned, match, texts, country), read.in_(_small(texts)))


def _small(texts: Iterable[str]) -> list[str]:
    return sorted({text.strip(WHITE).lower() for text in texts})


def _low(planned: Planned, match: Value) -> Value:
    """Match values in small letters; all normalisers but `trim` leave no others."""
    return columns.lowered(match) if normaliser(planned.column.semantic) == TRIM else match


def _both(first: Condition, second: Condition) -> Condition:
    """Both hold; the second one, which costs more, is only asked for where the first does."""
    return sa.case((first, second), else_=sa.false())


def _in_any_country(texts: Sequence[str]) -> str:
    """A pattern of numbers in E.164 that may stand for digits dialled within some country."""
    dialled = {_NOT_DIGITS.sub("", text).lstrip("0") for text in texts if text[:1] != "+"}
    found = "|".join(sorted(digits for digits in dialled if len(digits) >= _SHORTEST))
    return f"^{_CODE}0?(?:{found})$" if found else ""


def _zeros(field: str, read: Value, match: Value) -> Condition:
    """Only zeros and dashes; of phones, with what people put between."""
    if field in lists.NUMBERS:
        return columns.matches(read, f"^[{_BETWEEN}0]*[-0][{_BETWEEN}0]*$")
    begins = columns.substring(match, 1, 1).in_(("0", "-"))
    only = "^[0-]+$"
    return sa.or_(_both(begins, columns.matches(match, only)), columns.matches(read, only))


def _repeated(field: str, read: Value, match: Value) -> Condition:
    """One character again and again: in a name, before the @, or after the calling code."""
    if field in lists.NUMBERS:
        ends = columns.ending(match, lists.REPEATED).in_(_SAME_DIGITS)
        whole = columns.matches(match, f"^{_CODE}(?:{_SAME_DIGIT})$")
        bare = columns.replaced(read, f"[{_BETWEEN}]+", "")
        return sa.or_(_both(ends, whole), _is_one_character(bare))
    text = match
    if field in lists.EMAILS:
        begins = columns.substring(match, 1, 1) == columns.substring(match, 2, 1)
        text = sa.case((begins, columns.extracted(match, "^[^@]+")))
    return sa.or_(_is_one_character(text), _is_one_character(read))


def _is_one_character(text: Value) -> Condition:
    """Its first character put at its end makes the same text."""
    first = columns.substring(text, 1, 1)
    begins = sa.and_(first == columns.substring(text, 2, 1), columns.length(text) >= lists.REPEATED)
    turned = columns.substring(text, 2, _LONGEST) + first
    return _both(begins, turned == text)
