"""What the cells of property kinds ask of a value."""

from collections.abc import Iterable
from itertools import zip_longest

from django import template

from tresse.objects.kinds.phone import is_checked

register = template.Library()


@register.filter
def is_checked_phone(value: object) -> bool:
    """Whether a phone is in E.164, rather than kept as typed (C10)."""
    return is_checked(str(value))


@register.filter
def beside(labels: Iterable[str] | None, tones: Iterable[str] | None) -> list[tuple[str, str]]:
    """Each label with its tone, empty where there is none."""
    known = list(labels or ())
    return list(zip_longest(known, list(tones or ())[: len(known)], fillvalue=""))
