"""Lists and segments as `apply` and `config` have them, and which definitions their filters use."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.filters import checked
from tresse.filters.mentions import mentions
from tresse.kernel.definitions import DefinitionKind, Outcome, check_keys
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.objects.described import DataModel, data_model
from tresse.objects.uses import DefinitionUser, Target
from tresse.segments.bases import base_named, base_of, sort_of
from tresse.segments.changes import add_list, add_segment, change_list, change_segment
from tresse.segments.changes.facts import facts_of
from tresse.segments.models import List, Segment
from tresse.segments.refusals import WRONG_BASE

LIST_KEYS = ("name", "label", "base", "folder", "description", "sharing", "team")
SEGMENT_KEYS = (*LIST_KEYS, "filter", "keeps_size")
EVERY_ONE: Mapping[str, Any] = {"all": []}
UNSAID: Mapping[str, Any] = {
    "folder": "",
    "description": "",
    "sharing": "private",
    "team": None,
    "keeps_size": False,
}
"What goes without saying in a file."
Item = Mapping[str, Any]


def read_lists() -> list[dict[str, Any]]:
    """All lists, without members."""
    return [_said(row) for row in List.objects.select_related("team").order_by("name")]


def read_segments() -> list[dict[str, Any]]:
    """All segments, each after those that its filter names."""
    rows = {row.name: row for row in Segment.objects.select_related("team").order_by("name")}
    ordered: dict[str, Segment] = {}
    around: list[str] = []

    def place(row: Segment) -> None:
        if row.name in around or row.name in ordered:
            return
        around.append(row.name)
        for name in names_in(row.filter, "segment"):
            if name in rows:
                place(rows[name])
        around.pop()
        ordered[row.name] = row

    for row in rows.values():
        place(row)
    return [_said(row) for row in ordered.values()]


def _said(row: List | Segment) -> dict[str, Any]:
    return {key: value for key, value in facts_of(row).items() if value != UNSAID.get(key, ...)}


def write_list(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one list so; its members stay.

    Raises:
        TresseError: As `add_list` and `change_list`; `wrong_base`.
    """
    check_keys(item, LIST_KEYS, gettext("a list"))
    row = List.objects.filter(name=_needed(item, "name")).first()
    if row is None:
        add_list(model=data_model(), actor=actor, **_facts(item))
        return "created"
    _check_base(item, row)
    before = row.version
    row = change_list(row, actor=actor, **_changes(item))
    return "unchanged" if row.version == before else "changed"


def write_segment(item: Item, actor: Actor, dry_run: bool) -> Outcome:  # noqa: ARG001  taken back
    """Make one segment so; it fires nothing (G67).

    Raises:
        TresseError: As `add_segment` and `change_segment`; `wrong_base`.
    """
    check_keys(item, SEGMENT_KEYS, gettext("a segment"))
    row = Segment.objects.filter(name=_needed(item, "name")).first()
    model = data_model()
    if row is None:
        add_segment(model=model, actor=actor, **{"filter": EVERY_ONE, **_facts(item)})
        return "created"
    _check_base(item, row)
    before = row.version
    row = change_segment(row, model=model, actor=actor, **_changes(item))
    return "unchanged" if row.version == before else "changed"


def _needed(item: Item, key: str) -> str:
    value = item.get(key)
    if not isinstance(value, str) or not value:
        raise WRONG_VALUE(name=key, wanted=gettext("a text"), value=value or '""')
    return value


def _facts(item: Item) -> dict[str, Any]:
    return {**item, "base": _needed(item, "base")}


def _changes(item: Item) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in {"name", "base"}}


def _check_base(item: Item, row: List | Segment) -> None:
    if "base" not in item or item["base"] == row.base:
        return
    if isinstance(row, List) or base_named(item["base"], data_model()).key != row.base:
        raise WRONG_BASE(name=row.label, base=row.base, wanted=item["base"])


def names_in(filter: Any, sort: str) -> set[str]:
    """Names of the lists or segments that a filter names, however deep."""
    if isinstance(filter, list):
        return {name for each in filter for name in names_in(each, sort)}
    if not isinstance(filter, Mapping):
        return set()
    own = {filter[sort]} if isinstance(filter.get(sort), str) else set()
    return own.union(*(names_in(each, sort) for each in filter.values()))


def _pairs_of_segments() -> Iterator[tuple[Target, str]]:
    model = data_model()
    for row in Segment.objects.order_by("label"):
        for target in _targets(row, model):
            yield target, gettext('segment "{name}"').format(name=row.label)


def _uses_of_segments(target: Target) -> Iterator[str]:
    return (use for used, use in _pairs_of_segments() if used == target)


def _unfit_segments(target: Target, model: DataModel) -> Iterator[str]:
    """Segments whose filter could not be read if the data model were that one (C31)."""
    for row in Segment.objects.order_by("label"):
        if target not in _targets(row, model):
            continue
        try:
            rows = base_of(row, model).rows()
            checked(row.filter, rows, model=model, actor=SYSTEM, personal=False)
        except TresseError:
            yield gettext('segment "{name}"').format(name=row.label)


def _targets(row: Segment, model: DataModel) -> set[Target]:
    sort, name = sort_of(row.base)
    base = Target(sort.name, name)
    try:
        return {base, *mentions(row.filter, base_of(row, model).rows(), model)}
    except TresseError:
        return {base}


def _uses_of_lists(target: Target) -> Iterator[str]:
    if target.sort == "object":
        for row in List.objects.filter(base=target.name).order_by("label"):
            yield gettext('list "{name}"').format(name=row.label)


NEEDED = ("objects", "properties", "association_types", "pipelines", "teams")
KINDS = (
    DefinitionKind("lists", NEEDED, read_lists, write_list),
    DefinitionKind(
        "segments", (*NEEDED, "lists", "datasets", "scores"), read_segments, write_segment
    ),
)
USERS = (
    DefinitionUser("segments", _uses_of_segments, unfit=_unfit_segments, pairs=_pairs_of_segments),
    DefinitionUser("lists", _uses_of_lists),
)
