"""Columns and rules as YAML and JSON write them: read, checked, and written back."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.utils.translation import gettext

from tresse.kernel.errors import UNKNOWN_KEY, UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.sources.columns import Column, RuleUse
from tresse.sources.given import shown
from tresse.sources.refusals import ONLY_OF_TYPE, RULE_TAKES
from tresse.sources.rules import RULES, given_type
from tresse.sources.rules.base import BadSetting
from tresse.sources.rules.settings import checked, format_of, is_zone
from tresse.sources.semantics import FIELDS, rules_for
from tresse.sources.types import TYPES

KEYS = ("name", "type", "rules", "zone", "format", "point", "separator", "required", "semantic")
"Of a column in a definition (S31)."
AUTO = "auto"
LONGEST_NAME, LONGEST_SEPARATOR, MOST_RULES = 200, 10, 30
A_TEXT, A_TRUTH, A_POINT = N_("a text"), N_("true or false"), N_(". or ,")
A_RULE = N_("rules such as trim, or with settings, as phone: country: FR")
A_ZONE = N_("a time zone such as Europe/Paris")
A_FORMAT = N_("a format such as %d/%m/%Y, with a year, a month and a day; or unix, or unix_ms")
OF_TYPES: Mapping[str, tuple[str, ...]] = {
    "zone": ("datetime", "date"),
    "format": ("date", "datetime"),
    "point": ("integer", "decimal", "number"),
    "separator": ("list",),
}


def column_of(item: Mapping[str, Any] | str) -> Column:
    """A column from its YAML: a name alone, or a mapping with `KEYS`.

    `rules` is a list (see `rule_uses`), or `auto`: the rules that its semantic field proposes
    (S61). A column without a type is checked as text.

    Raises:
        TresseError: `unknown_key`, `unknown_name` (type or rule, with the nearest), `wrong_value`
            (naming column and setting), `rule_takes_other_type`.
    """
    given: Mapping[str, Any] = {"name": item} if isinstance(item, str) else item
    name = given.get("name")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise WRONG_VALUE(name="columns.name", wanted=gettext(A_TEXT), value=shown(name))
    for key in given:
        if key not in KEYS:
            near = nearest(str(key), KEYS)
            raise UNKNOWN_KEY(name=f"{name}.{key}", sort=gettext("a column"), nearest=near)
    type_ = _text(given, "type", name)
    if type_:
        _known_type(type_, name)
    semantic = _semantic(given, name)
    column = Column(
        name=name,
        type=type_,
        zone=_zone(given, name),
        format=_format(given, name),
        point=_point(given, name),
        separator=_separator(given, name),
        is_required=_yes(given, "required", name),
        semantic=semantic,
        rules=_rules(given.get("rules"), name, type_, semantic),
    )
    for key, types in OF_TYPES.items():
        if given.get(key) not in (None, "") and type_ and type_ not in types:
            raise ONLY_OF_TYPE(name=f"{name}.{key}", types=list(types), type=type_)
    return column


def column_written(column: Column) -> dict[str, Any]:
    """The YAML of a column, without what is as by default; `column_of` reads it back equal."""
    written = {
        "name": column.name,
        "type": column.type,
        "rules": rules_written(column.rules),
        "zone": column.zone,
        "format": column.format,
        "point": "" if column.point == "." else column.point,
        "separator": column.separator,
        "required": column.is_required,
        "semantic": column.semantic,
    }
    return {key: value for key, value in written.items() if value}


def rules_written(rules: Sequence[RuleUse]) -> list[Any]:
    """Rules as YAML has them: `trim`, or `{phone: {country: FR}}`."""
    return [{use.name: dict(use.settings)} if use.settings else use.name for use in rules]


def rule_uses(items: Sequence[Any], *, column: str, type: str = "") -> tuple[RuleUse, ...]:
    """Rules from their YAML: `trim`, or `{phone: {country: FR}}`.

    Args:
        items: In the order they are applied.
        column: What stands in sentences.
        type: Of the column before them; empty: not known yet, so only what no type could take
            is refused (`check_rules` does the rest).

    Raises:
        TresseError: `unknown_name`, `unknown_key`, `wrong_value`, `rule_takes_other_type`.
    """
    if not isinstance(items, list | tuple) or len(items) > MOST_RULES:
        wanted = gettext("a list of up to {most} rules").format(most=MOST_RULES)
        raise WRONG_VALUE(name=f"{column}.rules", wanted=wanted, value=shown(items))
    uses: list[RuleUse] = []
    for item in items:
        rule_name, settings = _named(item, column)
        rule = _known_rule(rule_name, column)
        here = type_before(uses, type, rule_name)
        if here and here not in rule.takes:
            raise RULE_TAKES(
                name=f"{column}.rules", rule=rule_name, takes=sorted(rule.takes), type=here
            )
        uses.append(RuleUse(rule_name, _checked(rule_name, settings, here, column)))
    return tuple(uses)


def check_rules(column: Column) -> None:
    """Refuse rules that do not take the type of their column, once that is known.

    Raises:
        TresseError: `rule_takes_other_type`, or `wrong_value` for a bound of another type.
    """
    rule_uses(rules_written(column.rules), column=column.name, type=column.type or "text")


def comes_first(use: RuleUse, type_: str) -> bool:
    """Whether a rule of a column of a type works on the text of the cell, before it is read.

    So it is with rules that take text and cannot take the type: `{type: integer, rules:
    [empty_to_null]}` takes the words for nothing away before the number is read.
    """
    rule = RULES[use.name]
    is_of_text = "text" in rule.takes and rule.gives == "text"
    return (type_ or "text") not in rule.takes and is_of_text


def split_rules(column: Column) -> tuple[tuple[RuleUse, ...], tuple[RuleUse, ...]]:
    """The rules of a column before its cells are read as its type, and those after."""
    count = 0
    if column.type not in {"", "text"}:
        while count < len(column.rules) and comes_first(column.rules[count], column.type):
            count += 1
    return column.rules[:count], column.rules[count:]


def type_before(uses: Sequence[RuleUse], type_: str, next_: str) -> str:
    """The type that the next rule meets, after some of a column of a type; empty: not known."""
    here, is_first = type_, True
    for use in uses:
        is_first = is_first and bool(type_) and comes_first(use, type_)
        if not is_first:
            here = given_type(RULES[use.name], here)
    if is_first and type_ not in {"", "text"} and comes_first(RuleUse(next_), type_):
        return "text"
    return here


def result_type(column: Column) -> str:
    """The type of a column after its rules."""
    here = column.type or "text"
    for use in split_rules(column)[1]:
        here = given_type(RULES[use.name], here)
    return here


def _named(item: Any, column: str) -> tuple[str, Mapping[str, Any]]:
    if isinstance(item, str):
        return item, {}
    if isinstance(item, Mapping) and len(item) == 1:
        [(name, settings)] = item.items()
        if isinstance(name, str) and (settings is None or isinstance(settings, Mapping)):
            return name, settings or {}
    wanted = gettext(A_RULE)
    raise WRONG_VALUE(name=f"{column}.rules", wanted=wanted, value=shown(item))


def _known_rule(name: str, column: str) -> Any:
    if name in RULES:
        return RULES[name]
    near = nearest(name, [rule.name for rule in RULES])
    raise UNKNOWN_NAME(
        sort=gettext("rule ({column})").format(column=column), name=name, nearest=near
    )


def _known_type(name: str, column: str) -> None:
    if name not in TYPES:
        near = nearest(name, [each.name for each in TYPES])
        raise UNKNOWN_NAME(
            sort=gettext("type ({column})").format(column=column), name=name, nearest=near
        )


def _checked(
    rule: str, settings: Mapping[str, Any], type_: str, column: str
) -> Mapping[str, Any]:  # fmt: skip
    place = f"{column}.{rule}"
    types = [type_] if type_ else sorted(RULES[rule].takes)
    try:
        for each in types[:-1]:
            with suppress(BadSetting):
                return checked(RULES[rule], settings, each)
        return checked(RULES[rule], settings, types[-1])
    except BadSetting as error:
        name = f"{place}.{error.name}"
        if not error.wanted:
            near = error.details["nearest"]
            raise UNKNOWN_KEY(
                name=name, sort=gettext("the rule {rule}").format(rule=rule), nearest=near
            ) from None
        wanted = gettext(error.wanted).format(**error.details)
        value = shown(settings.get(error.name))
        raise WRONG_VALUE(
            name=name, wanted=wanted, value=value, nearest=error.details.get("nearest")
        ) from None


def _rules(given: Any, column: str, type_: str, semantic: str) -> tuple[RuleUse, ...]:
    if given is None:
        return ()
    if given == AUTO:
        given = list(rules_for(semantic))
    return rule_uses(given, column=column, type=type_)


def _text(given: Mapping[str, Any], key: str, column: str) -> str:
    value = given.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise WRONG_VALUE(name=f"{column}.{key}", wanted=gettext(A_TEXT), value=shown(value))
    return value


def _yes(given: Mapping[str, Any], key: str, column: str) -> bool:
    value = given.get(key, False)
    if not isinstance(value, bool):
        raise WRONG_VALUE(name=f"{column}.{key}", wanted=gettext(A_TRUTH), value=shown(value))
    return value


def _zone(given: Mapping[str, Any], column: str) -> str:
    zone = _text(given, "zone", column)
    if zone and not is_zone(zone):
        wanted = gettext(A_ZONE)
        raise WRONG_VALUE(name=f"{column}.zone", wanted=wanted, value=shown(zone))
    return zone


def _format(given: Mapping[str, Any], column: str) -> str:
    written = _text(given, "format", column)
    if not written:
        return ""
    try:
        return format_of("format", written)
    except BadSetting:
        wanted = gettext(A_FORMAT)
        raise WRONG_VALUE(name=f"{column}.format", wanted=wanted, value=shown(written)) from None


def _point(given: Mapping[str, Any], column: str) -> str:
    point = _text(given, "point", column) or "."
    if point not in {".", ","}:
        raise WRONG_VALUE(name=f"{column}.point", wanted=gettext(A_POINT), value=shown(point))
    return point


def _separator(given: Mapping[str, Any], column: str) -> str:
    separator = _text(given, "separator", column)
    if len(separator) > LONGEST_SEPARATOR:
        wanted = gettext("up to {most} characters").format(most=LONGEST_SEPARATOR)
        raise WRONG_VALUE(name=f"{column}.separator", wanted=wanted, value=shown(separator))
    return separator


def _semantic(given: Mapping[str, Any], column: str) -> str:
    semantic = _text(given, "semantic", column)
    if semantic and semantic not in FIELDS:
        near = nearest(semantic, FIELDS)
        raise UNKNOWN_NAME(
            sort=gettext("semantic field ({column})").format(column=column),
            name=semantic,
            nearest=near,
        )
    return semantic
