"""Match values (DG17): what of a value is compared, whatever a column's own rules leave of it."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from tresse.datasets.layout import Planned
from tresse.engine import columns
from tresse.engine.functions import Function
from tresse.sources.columns import Defaults, RuleUse
from tresse.sources.rules import RULES
from tresse.sources.rules.codes import countries
from tresse.sources.rules.contacts import phone
from tresse.sources.rules.settings import settings_of
from tresse.sources.semantics import PHONES

Value = sa.ColumnElement[Any]
FOLD = "fold"
PHONE = "phone"
TRIM = "trim"
NORMALISERS: Mapping[str, str] = {
    "email": "email",
    **dict.fromkeys(PHONES, PHONE),
    **dict.fromkeys(("first_name", "last_name", "full_name", "company_name", "name"), FOLD),
    **dict.fromkeys(("address_line1", "address_line2", "postal_code", "city"), FOLD),
    "domain": "domain",
}
"Rule by semantic field, with the rule's default settings; of all other columns `trim`."
JOINT = "\x1f"


def phone_of(text: str) -> str | None:
    """A number in E.164 from `<country>U+001F<text>`; the country may be empty."""
    country, _, number = text.partition(JOINT)
    return phone(number, country)


_PHONE = Function("match_phone", phone_of, sa.Text())


def normaliser(field: str) -> str:
    """Name of the rule that makes match values of a column; `field` may be empty."""
    return NORMALISERS.get(field, TRIM)


def is_settled(rules: Iterable[RuleUse], field: str) -> bool:
    """Whether rules leave values that are match values already: their last one is the normaliser.

    Of a column, first those of its source, then those of the dataset.
    """
    names = [each.name for each in rules]
    return bool(names) and names[-1] == normaliser(field)


def match_value(
    value: Value, planned: Planned, country: Value | str = "", *, is_normalised: bool = False
) -> Value:
    """The match value of a column; NULL where there is none, or it cannot be read.

    Types other than text are compared by their canonical text (Y21).

    Args:
        value: The column, of the type of `planned`, after the rules of the dataset.
        planned: What the column is.
        country: Of phones written without one, as in ISO 3166: a constant, or a column such as
            `country_of` gives. Other fields do not ask for it.
        is_normalised: `is_settled` holds of all rules the value went through. Then nothing is
            worked out again.
    """
    text = columns.text_of(sa.type_coerce(value, planned.core))
    field = planned.column.semantic
    if is_normalised or is_settled(planned.column.rules, field):
        return sa.type_coerce(sa.func.nullif(text, ""), sa.Text())
    name = normaliser(field)
    if name == PHONE and not isinstance(country, str):
        return sa.type_coerce(_PHONE(sa.func.coalesce(country, "") + JOINT + text), sa.Text())
    rule, defaults = RULES[name], Defaults(country=country if isinstance(country, str) else "")
    read = rule.apply(sa.type_coerce(text, sa.Text()), "text", settings_of(rule, {}), defaults)
    return sa.type_coerce(sa.func.nullif(read, ""), sa.Text())


def match_text(text: str, planned: Planned, country: str = "") -> str | None:
    """The match value of one text that a person wrote, such as a blocked one."""
    rule = RULES[normaliser(planned.column.semantic)]
    defaults = Defaults(country=country)
    found: str | None = rule.python(text, **rule.arguments(settings_of(rule, {}), defaults))  # type: ignore[attr-defined]
    return found or None


def country_of(value: Value, fallback: str) -> Value:
    """The country of a record as ISO 3166, from codes and names; the fallback where none is told.

    Args:
        value: Text of the record's country column.
        fallback: That of the source, else of the account; empty: none.
    """
    rule = RULES["country"]
    read = rule.apply(value, "text", settings_of(rule, {}), Defaults())
    is_code = value.in_(sorted(set(countries().values())))
    return sa.func.coalesce(sa.case((is_code, value), else_=read), fallback)
