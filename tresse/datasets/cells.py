"""Values of golden records and records as pages show them, and icons of columns."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext

from tresse.sources import semantics
from tresse.sources.rules.base import NUMBERS
from tresse.web.templatetags.numbers import day, moment, number

LONGEST = 300
PLACES = 6
"Of a number that is no decimal (D83)."
SHOWN_OF_LIST = 4
TYPE_ICONS = {
    "text": "type",
    "integer": "hash",
    "decimal": "hash",
    "number": "hash",
    "boolean": "toggle-left",
    "date": "calendar",
    "datetime": "calendar-clock",
    "list": "list",
    "json": "list-tree",
}
FIELD_ICONS = {
    "email": "mail",
    **dict.fromkeys(("phone", "mobile", "landline", "whatsapp"), "phone"),
    **dict.fromkeys(("first_name", "last_name", "full_name", "name", "contact"), "user-round"),
    **dict.fromkeys(("address_line1", "address_line2", "postal_code", "city"), "map-pin"),
    **dict.fromkeys(("country", "region"), "globe"),
    **dict.fromkeys(("company_name", "company"), "building-2"),
    "birth_date": "cake",
    "language": "languages",
    **dict.fromkeys(("amount", "net_amount", "price", "revenue", "unit_price"), "banknote"),
    "owner": "user-round",
    **dict.fromkeys(("customer_id", "user_id", "external_id", "record_id", "order_id"), "key"),
}
SYSTEM_ICONS = {
    "_id": "key",
    "_members": "layers",
    "_sources": "plug",
    "_first_seen_at": "clock",
    "_modified_at": "clock",
    "_changed_in": "history",
    "_keys": "key",
}


NAMING = frozenset(
    each
    for names in semantics.OF_ENTITY.values()
    for each in names
    if each.endswith(("_id", "_number", "phone", "_code")) or each in ("mobile", "sku", "gtin")
)
"Fields whose numbers are names: nobody counts with them."


def icon_of(type_: str, semantic: str = "", name: str = "") -> str:
    """The drawing of a column."""
    if name in SYSTEM_ICONS:
        return SYSTEM_ICONS[name]
    if semantic.endswith(("_consent", "_consent_at")):
        return "badge-check"
    return FIELD_ICONS.get(semantic) or TYPE_ICONS.get(type_, "type")


def cell_of(value: Any, type_: str, semantic: str = "") -> dict[str, Any]:
    """A value as a cell: `text` (None for nothing), `is_number`, `parts` of a list, `more` of them.

    Args:
        value: As the engine gives it.
        type_: A name of `sources.types.TYPES`, or empty.
        semantic: What the column holds, or empty.
    """
    is_number = type_ in NUMBERS or type_ in ("_members", "_changed_in")
    found: dict[str, Any] = {
        "text": shown(value, semantic),
        "is_number": is_number,
        "parts": [],
        "more": 0,
    }
    if isinstance(value, list | tuple):
        found["parts"] = [str(each) for each in value[:SHOWN_OF_LIST]]
        found["more"] = len(value) - len(found["parts"])
    return found


def shown(value: Any, semantic: str = "") -> str | None:
    """A value as people of the active language read it; None for nothing.

    Numbers that name something, such as one of a customer, stand as they are.
    """
    match value:
        case None:
            return None
        case bool():
            return gettext("yes") if value else gettext("no")
        case datetime():
            return moment(value)
        case date():
            return day(value)
        case Decimal():
            return number(value, _places(value))
        case int():
            return str(value) if semantic in NAMING else number(value)
        case float():
            return number(round(value, PLACES))
        case list() | tuple():
            return ", ".join(map(str, value)) or None
        case _:
            return str(value)[:LONGEST]


def _places(value: Decimal) -> int:
    """Decimal places that are not zero at the end; two at least if there are any."""
    exponent = value.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return max(places, 2) if places else 0
