"""What the dialog and the form of scheduled exports offer to write: columns, format, choices."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_full_name, shown_group, shown_label
from tresse.objects.sight import readable_properties
from tresse.transfers.exporting import Asked, read_asked
from tresse.transfers.exporting.columns import FIRST, associations_in_use, offered_links
from tresse.transfers.models import Export

PRESET = ("title", "email", "first_name", "last_name")
FORMATS = (
    ("csv", "CSV", _("Text with commas")),
    ("xlsx", "Excel", _("XLSX, typed cells")),
    ("ods", "OpenDocument", _("ODS, typed cells")),
    ("txt", "TXT", _("Text with tabs")),
    ("jsonl", "JSON", _("A line per record")),
)
KEYS = (
    ("id", _("ids")),
    ("external_id", _("external ids")),
    ("email", _("e-mail addresses")),
    ("title", _("names")),
)
HEADERS = (
    ("", _("Labels")),
    ("names", _("Names, for programs")),
    ("brevo", _("As Brevo: a row per link")),
)
DELIMITERS = ((",", _("Comma")), (";", _("Semicolon")))
DECIMALS = ((".", _("1234.5")), (",", _("1234,5")))
ENDINGS = (".csv", ".txt", ".xlsx", ".ods", ".jsonl")


@dataclass(frozen=True)
class Tick:
    """A column that may be written."""

    name: str
    label: str
    icon: str
    is_ticked: bool
    is_used: bool = True


@dataclass(frozen=True)
class Ticks:
    """Columns of one group."""

    label: str
    columns: Sequence[Tick]


def asked_of(given: QueryDict) -> dict[str, Any]:
    """What the fields of the form ask for; the records apart."""
    return {
        "columns": given.getlist("column"),
        "with_links": bool(given.getlist("association")),
        "associations": given.getlist("association"),
        "with_names": given.get("with_names") == "1",
        "form": given.get("form", ""),
        "keys": given.get("keys", "id"),
        "format": given.get("format", "csv"),
        "delimiter": given.get("delimiter", ","),
        "decimal": given.get("decimal", "."),
        "guard": given.get("guard") == "1",
    }


def remembered(object: ObjectDef, actor: Actor) -> dict[str, Any]:
    """Format and choices of the last export of these records by the person."""
    last = (
        Export.objects.filter(author_id=actor.user_id, object_name=object.name, schedule=None)
        .order_by("-id")
        .first()
    )
    kept = ("format", "delimiter", "decimal", "guard", "form", "keys", "with_names")
    settings = last.settings if last else {}
    return {name: settings[name] for name in kept if name in settings}


def offered(
    model: DataModel, object: ObjectDef, actor: Actor, *, asked: Mapping[str, Any], chosen: Any
) -> dict[str, Any]:
    """Context of the fields: groups of properties, associations, choices with their answers.

    Args:
        model: The data model.
        object: What is exported.
        actor: Who asks.
        asked: Choices, and `associations`; without them those in use are ticked.
        chosen: Names of the ticked properties.
    """
    groups: dict[str, list[Tick]] = {}
    for prop in readable_properties(object, actor):
        if prop.name in FIRST:
            continue
        tick = Tick(prop.name, shown_label(prop), prop.kind.icon, prop.name in set(chosen))
        groups.setdefault(shown_group(prop.group), []).append(tick)
    fixed = [each for each in readable_properties(object, actor) if each.name in FIRST]
    answers: Asked = read_asked({k: v for k, v in asked.items() if k not in ("filter", "words")})
    return {
        "groups": [Ticks(label, ticks) for label, ticks in groups.items()],
        "fixed": [shown_label(prop) for prop in fixed],
        "number_of_properties": sum(map(len, groups.values())),
        "associations": _associations(model, object, actor, asked),
        "asked": answers,
        "formats": FORMATS,
        "keys": KEYS,
        "headers": HEADERS,
        "delimiters": DELIMITERS,
        "decimals": DECIMALS,
    }


def _associations(
    model: DataModel, object: ObjectDef, actor: Actor, asked: Mapping[str, Any]
) -> list[Tick]:
    links = offered_links(model, object, actor)
    used = associations_in_use(each.side.association.id for each in links)
    wanted = asked.get("associations")
    ticks = []
    for each in links:
        is_used = each.side.association.id in used
        names = (each.key, each.side.association.name)
        is_ticked = is_used if wanted is None else any(name in wanted for name in names)
        label = shown_full_name(each.side, object)
        ticks.append(Tick(each.key, label, each.other.icon, is_ticked, is_used))
    # Those in use stand first.
    return sorted(ticks, key=lambda tick: not tick.is_used)


def preset(object: ObjectDef, columns: Iterable[str]) -> set[str]:
    """What is ticked at first: title, a contact's e-mail and names, the columns of the page."""
    titled = [object.title] if object.title else []
    return {*PRESET, *titled, *(name for name in columns if object.has(name))}


def file_name(given: str, format: str) -> str:
    """The name with the ending of the format."""
    stem = given.strip()
    for ending in ENDINGS:
        if stem.lower().endswith(ending):
            stem = stem[: -len(ending)]
            break
    return f"{stem[:240]}.{format}" if stem else ""
