"""The part of a definition that makes a rule version (D66): identity, guards, merge, groups."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.rights import NAME
from tresse.datasets.definition import (
    METHODS,
    Direction,
    FanOut,
    Group,
    Guard,
    Identity,
    KeySet,
    Limit,
    Merge,
)
from tresse.datasets.merging.methods import fits_group
from tresse.datasets.refusals import NEEDS_SOURCES, NOT_OF_GROUP, OTHER_GROUP, SAID_TWICE
from tresse.kernel.errors import WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import is_storable
from tresse.sources.definition import MOST_KEY_COLUMNS
from tresse.sources.given import Given, names_in, shown

PREFIX = "dataset:"
"Before the name of a dataset that feeds another one (D2)."
IDENTITY_KEYS = ("keys", "limits", "separate", "guard")
GUARD_KEYS = ("cap", "soft", "blocked", "allowed", "device", "fan_out", "direction")
GROUP_KEYS = ("name", "columns", "merge", "requires")
GROUP_METHODS = tuple(name for name in METHODS if fits_group(name))
"Those that pick a record (D72); others make a value of many records, and a group moves as one."
MOST_KEYS, MOST_GROUPS, MOST_LIMITS, MOST_VALUES, MOST_SOURCES = 20, 100, 50, 10_000, 200
LARGEST_CAP, LONGEST_WINDOW, LONGEST_VALUE = 1_000_000, 3_650, 1_000
A_MERGE = N_("a merge method, or one with a setting, as source_priority: [crm, shop]")
A_COLUMN, A_TEXT_LIST = N_("the name of a column"), N_("a list of texts")


def merge_given(given: Given, key: str = "merge") -> Merge:
    """How one value is chosen: `longest`, `{source_priority: [crm]}`, `{earliest: {by: day}}`.

    Raises:
        TresseError: `wrong_value`, with the nearest method.
    """
    value = given.values.get(key)
    if value is None:
        return Merge()
    method, settings = value, None
    if isinstance(value, Mapping) and len(value) == 1:
        [(method, settings)] = value.items()
    if not isinstance(method, str):
        raise given.refuse(key, gettext(A_MERGE), value)
    if method not in METHODS:
        wanted = gettext("one of {known}").format(known=", ".join(METHODS))
        near = nearest(method, METHODS)
        raise WRONG_VALUE(name=given.name(key), wanted=wanted, value=shown(method), nearest=near)
    if method == "source_priority":
        return Merge(method, sources=_priority(settings, given.name(key)))
    if method == "earliest" and isinstance(settings, Mapping):
        part = Given(settings, given.source, f"{given.place}.{key}".lstrip("."))
        part.check(("by",), gettext("a merge method"))
        return Merge(method, by=column_given(part, "by"))
    if settings is not None:
        raise given.refuse(key, gettext(A_MERGE), value)
    return Merge(method)


def group_given(given: Given) -> Group:
    """Columns that move as one (D72).

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    given.check(GROUP_KEYS, gettext("a group of columns"))
    name = given.text("name", most=60)
    if not NAME.fullmatch(name):
        raise given.refuse("name", gettext("a name of a–z, 0–9 and _"), name)
    columns = given.names("columns", most=MOST_GROUPS)
    requires = given.names("requires", most=MOST_GROUPS) if given.has("requires") else ()
    for column in requires:
        if column not in columns:
            raise NOT_OF_GROUP(name=given.name("requires"), column=column)
    merge = merge_given(given)
    if merge.method not in GROUP_METHODS:
        wanted = gettext("one of {known}").format(known=", ".join(GROUP_METHODS))
        raise given.refuse("merge", wanted, merge.method)
    return Group(name, columns, merge, requires)


def groups_given(given: Given) -> tuple[Group, ...]:
    """All groups; a column is in one of them at most.

    Raises:
        TresseError: As `group_given`.
    """
    groups: list[Group] = []
    homes: dict[str, str] = {}
    for part in given.parts("groups", most=MOST_GROUPS):
        group = group_given(part)
        if any(each.name == group.name for each in groups):
            raise SAID_TWICE(name=given.name("groups"), value=shown(group.name))
        for column in group.columns:
            if column in homes:
                raise OTHER_GROUP(name=part.name(""), column=column, group=homes[column])
            homes[column] = group.name
        groups.append(group)
    return tuple(groups)


def identity_given(given: Given) -> Identity:
    """Which records are one (D40), and the guard rails (D50).

    Raises:
        TresseError: `unknown_key`, `wrong_value`.
    """
    given.check(IDENTITY_KEYS, gettext("an identity"))
    keys = tuple(
        _key(item, given, number)
        for number, item in enumerate(given.items("keys", most=MOST_KEYS), start=1)
    )
    sets = [frozenset(key.columns) for key in keys]
    for number, columns in enumerate(sets):
        if columns in sets[:number]:
            value = shown(list(keys[number].columns))
            raise SAID_TWICE(name=given.name("keys"), value=value)
    return Identity(
        keys=keys,
        limits=_limits(given),
        separate=given.names("separate", most=MOST_KEYS)
        if given.items("separate", most=50)
        else (),
        guard=_guard(given.part("guard")),
    )


def whole_given(given: Given, key: str, default: int | None, *, least: int, most: int) -> int:
    """A whole number between two others; None: it must be there.

    Raises:
        TresseError: `wrong_value`.
    """
    value = given.values.get(key, default)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not least <= value <= most:
        wanted = gettext("a whole number from {least} to {most}")
        raise given.refuse(key, wanted.format(least=f"{least:,}", most=f"{most:,}"), value)
    return int(value)


def column_given(given: Given, key: str) -> str:
    """The name of one column.

    Raises:
        TresseError: `wrong_value`.
    """
    value = given.values.get(key)
    if not isinstance(value, str) or not value or not is_storable(value):
        raise given.refuse(key, gettext(A_COLUMN), value)
    return value


def _priority(settings: Any, name: str) -> tuple[str, ...]:
    if not isinstance(settings, list | tuple) or not 1 <= len(settings) <= MOST_SOURCES:
        raise NEEDS_SOURCES(name=name)
    for each in settings:
        if not isinstance(each, str) or not NAME.fullmatch(each.removeprefix(PREFIX)):
            raise NEEDS_SOURCES(name=name)
        if settings.count(each) > 1:
            raise SAID_TWICE(name=name, value=shown(each))
    return tuple(settings)


def _listed(given: Given, key: str) -> tuple[str, ...]:
    """Names of columns, or none."""
    return given.names(key, most=MOST_KEYS) if given.items(key, most=10_000) else ()


def _key(item: Any, given: Given, number: int) -> KeySet:
    """`[email]`, `email`, or `{columns: [email], memory: all}`."""
    place = f"{given.place}.keys {number}"
    part = Given({"columns": item}, given.source, place)
    if isinstance(item, Mapping):
        part = Given(item, given.source, place)
        part.check(("columns", "memory"), gettext("an identity key"))
    columns = part.values.get("columns")
    listed = columns if isinstance(columns, list | tuple) else [columns]
    remembers = part.choice("memory", ("current", "all"), "current") == "all"
    return KeySet(names_in(listed, part.name("columns"), most=MOST_KEY_COLUMNS), remembers)


def _limits(given: Given) -> tuple[Limit, ...] | None:
    if not given.has("limits"):
        return None
    limits: list[Limit] = []
    for number, part in enumerate(given.parts("limits", most=MOST_LIMITS), start=1):
        at = Given(part.values, given.source, f"{given.place}.limits {number}")
        at.check(("column", "at_most", "days"), gettext("a limit"))
        days = whole_given(at, "days", 1, least=1, most=LONGEST_WINDOW) if at.has("days") else None
        limit = Limit(
            column_given(at, "column"),
            whole_given(at, "at_most", None, least=1, most=LARGEST_CAP),
            days,
        )
        if any((each.column, each.days) == (limit.column, limit.days) for each in limits):
            raise SAID_TWICE(name=given.name("limits"), value=shown(limit.column))
        limits.append(limit)
    return tuple(limits)


def _guard(given: Given) -> Guard:
    given.check(GUARD_KEYS, gettext("guard rails"))
    unsaid = Guard()
    cap = whole_given(given, "cap", unsaid.cap, least=2, most=LARGEST_CAP)
    soft = whole_given(given, "soft", min(unsaid.soft, cap), least=1, most=LARGEST_CAP)
    if soft > cap:
        wanted = gettext("at most the cap, {number}").format(number=f"{cap:,}")
        raise given.refuse("soft", wanted, soft)
    return Guard(
        cap=cap,
        soft=soft,
        blocked=_values(given.part("blocked")),
        allowed=_values(given.part("allowed")),
        device=_listed(given, "device") if given.has("device") else unsaid.device,
        fan_out=_fan_outs(given) if given.has("fan_out") else None,
        direction=tuple(_direction(each) for each in _parts(given, "direction")),
    )


def _values(given: Given) -> Mapping[str, tuple[str, ...]]:
    """Texts by column."""
    found: dict[str, tuple[str, ...]] = {}
    for column in given.values:
        listed = given.items(column, most=MOST_VALUES)
        for value in listed:
            fits = isinstance(value, str) and value and len(value) <= LONGEST_VALUE
            if not fits or not is_storable(value):
                raise WRONG_VALUE(
                    name=given.name(column), wanted=gettext(A_TEXT_LIST), value=shown(value)
                )
        if listed:
            found[column] = tuple(dict.fromkeys(listed))
    return found


def _fan_outs(given: Given) -> tuple[FanOut, ...]:
    found = []
    for part in _parts(given, "fan_out"):
        part.check(("column", "of", "over"), gettext("a limit of different values"))
        over = whole_given(part, "over", None, least=1, most=LARGEST_CAP)
        found.append(FanOut(column_given(part, "column"), column_given(part, "of"), over))
    return tuple(found)


def _direction(given: Given) -> Direction:
    given.check(("each", "of", "at_most"), gettext("a direction"))
    at_most = whole_given(given, "at_most", None, least=1, most=LARGEST_CAP)
    return Direction(column_given(given, "each"), column_given(given, "of"), at_most)


def _parts(given: Given, key: str) -> list[Given]:
    """A list of mappings, each with its whole place."""
    return [
        Given(part.values, given.source, f"{given.place}.{key} {number}")
        for number, part in enumerate(given.parts(key, most=MOST_LIMITS), start=1)
    ]
