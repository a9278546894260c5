"""Normalisation rules (D30): the registry, and applying one."""

import sqlalchemy as sa

from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.sources.columns import Defaults, RuleUse
from tresse.sources.rules.base import Applied, Rule, Value
from tresse.sources.rules.bounds import Clamp, Day, Round
from tresse.sources.rules.codes import Country, Currency, Language
from tresse.sources.rules.companies import CompanyName
from tresse.sources.rules.contacts import EmailRule, Gender, PhoneRule
from tresse.sources.rules.letters import (
    Capitalise,
    Fold,
    KeepDigits,
    KeepLetters,
    Lower,
    StripAccents,
    Title,
    Upper,
)
from tresse.sources.rules.pieces import PadLeft, Part, Prefix, Suffix, Truncate
from tresse.sources.rules.places import PostalCode
from tresse.sources.rules.readings import BooleanRule, DateRule, DateTimeRule, DecimalRule
from tresse.sources.rules.replacing import MapValues, NullIf, Replace, ReplacePattern
from tresse.sources.rules.settings import settings_of
from tresse.sources.rules.spacing import CollapseSpaces, EmptyToNull, Trim
from tresse.sources.rules.structured import JsonValue, ListRule, Pseudonym, StripHtml
from tresse.sources.rules.web import Domain, Url

RULES: Registry[Rule] = Registry(
    N_("rule"),
    (
        Trim(),
        CollapseSpaces(),
        Lower(),
        Upper(),
        Title(),
        Capitalise(),
        StripAccents(),
        Fold(),
        Replace(),
        ReplacePattern(),
        MapValues(),
        EmptyToNull(),
        NullIf(),
        Clamp(),
        KeepDigits(),
        KeepLetters(),
        Prefix(),
        Suffix(),
        PadLeft(),
        Truncate(),
        Part(),
        EmailRule(),
        PhoneRule(),
        Url(),
        Domain(),
        Country(),
        Language(),
        Currency(),
        PostalCode(),
        CompanyName(),
        DecimalRule(),
        Round(),
        BooleanRule(),
        Gender(),
        DateRule(),
        DateTimeRule(),
        Day(),
        ListRule(),
        JsonValue(),
        StripHtml(),
        Pseudonym(),
    ),
)


def given_type(rule: Rule, type_: str) -> str:
    """The type of a column after a rule."""
    return rule.gives or type_


def applied(use: RuleUse, column: Value, type_: str, defaults: Defaults) -> Applied:
    """A column after one rule whose settings were checked (`written.rule_uses`).

    Args:
        use: The rule and its settings.
        column: Values of `type_`, a name of `types.TYPES` that the rule takes.
        type_: The column's type.
        defaults: Zone and country of the account, key of the installation.
    """
    rule = RULES[use.name]
    value = rule.apply(column, type_, settings_of(rule, use.settings), defaults)
    if not rule.can_fail:
        return Applied(value)
    return Applied(value, sa.and_(column.is_not(None), value.is_(None)))
