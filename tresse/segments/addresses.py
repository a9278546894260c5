"""Addresses of lists and segments: `/lists/vip/`, `/segments/customers_france/`."""

from tresse.segments.models import List, Segment


def address_of(row: List | Segment) -> str:
    """The page of a list or segment."""
    return f"/{'lists' if isinstance(row, List) else 'segments'}/{row.name}/"
