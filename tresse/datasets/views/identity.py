"""Which records are one: keys, limits, guard rails, and what they did (D40, D50, D52)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from tresse.accounts.answers import message, said
from tresse.accounts.permission import require_right
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.datasets.builds.tables import tables_of
from tresse.datasets.deciding import lifts_of
from tresse.datasets.definition import Guard, Identity
from tresse.datasets.identity.constraints import limits_of
from tresse.datasets.matching import lists
from tresse.datasets.matching.figures import Act, Acts, KeyFigures, figures
from tresse.datasets.models import Dataset
from tresse.datasets.queries import MANAGE, published
from tresse.datasets.rule_versions import draft_of, rule_versions
from tresse.datasets.shown import guard_label, guard_words
from tresse.datasets.views.drafting import (
    content_of,
    drafted_definition,
    save_rules,
    tell_saved,
)
from tresse.datasets.views.frame import address_of, dataset_of, frame, page
from tresse.datasets.views.mapped import Mapped, mapped_of
from tresse.kernel.errors import TresseError
from tresse.sources.versions import engine

BLANK = 1
"Empty lines at the end of each list, to be filled in."
SHOWN_RULES, SHOWN_SENTENCES = 8, 12


def dataset_identity(request: SignedIn, name: str) -> HttpResponse:
    """The rules of identity; what is changed becomes a draft once there is a version."""
    dataset = dataset_of(request, name)
    sentence = ""
    if request.method == "POST":
        require_right(request.actor, MANAGE)
        try:
            content = {**content_of(dataset), "identity": given_identity(request.POST)}
            draft = save_rules(dataset, content, actor=request.actor)
        except TresseError as error:
            sentence = message(error)
        else:
            tell_saved(request, draft)
            where = "identity/draft/" if draft else "identity/"
            return redirect(f"{address_of(dataset)}{where}")
    definition = drafted_definition(dataset)
    mapped = mapped_of(dataset, definition)
    context = {
        **frame(request, dataset, "identity"),
        **_form(definition.identity, mapped, request.POST if sentence else None),
        "draft": draft_of(dataset),
        "rule_versions": list(_rule_versions(dataset)),
        "mapping_sentence": mapped.sentence,
        "sentence": sentence,
        "lifts_number": lifts_of(dataset).count(),
        "decisions_number": dataset.decisions.filter(withdrawn_at=None).count(),
        "lists": _lists(),
    }
    return page(request, "identity.html", context, is_refused=bool(sentence))


def given_identity(given: QueryDict) -> dict[str, Any]:
    """The identity of a definition as the form has it; what cannot be read is refused there."""
    keys: list[Any] = []
    memories = given.getlist("memory")
    for at, text in enumerate(given.getlist("key")):
        columns = _names(text)
        if columns:
            remembers = at < len(memories) and memories[at] == "all"
            keys.append({"columns": columns, "memory": "all"} if remembers else columns)
    identity: dict[str, Any] = {"keys": keys, "separate": _names(given.get("separate", ""))}
    limits = list(_rows(given, ("limit_column", "limit_most", "limit_days")))
    if limits:
        identity["limits"] = [
            {"column": column, "at_most": _whole(most)} | ({"days": _whole(days)} if days else {})
            for column, most, days in limits
        ]
    guard = _guard(given)
    if guard:
        identity["guard"] = guard
    return {key: value for key, value in identity.items() if value != []}


def _guard(given: QueryDict) -> dict[str, Any]:
    unsaid = Guard()
    found: dict[str, Any] = {}
    for name in ("cap", "soft"):
        text = given.get(name, "").strip()
        if text and text != str(getattr(unsaid, name)):
            found[name] = _whole(text)
    for name in ("blocked", "allowed"):
        values = {
            key.removeprefix(f"{name}-"): lines
            for key in given
            if key.startswith(f"{name}-") and (lines := _lines(str(given[key])))
        }
        if values:
            found[name] = values
    device = _names(given.get("device", ""))
    if "device" in given and tuple(device) != unsaid.device:
        found["device"] = device
    fans = list(_rows(given, ("fan_column", "fan_of", "fan_over")))
    if fans:
        found["fan_out"] = [
            {"column": column, "of": of, "over": _whole(over)} for column, of, over in fans
        ]
    ways = list(_rows(given, ("way_each", "way_of", "way_most")))
    if ways:
        found["direction"] = [
            {"each": each, "of": of, "at_most": _whole(most)} for each, of, most in ways
        ]
    return found


def _names(text: str) -> list[str]:
    return list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def _lines(text: str) -> list[str]:
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


def _whole(text: str) -> int | str:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _rows(given: QueryDict, names: tuple[str, str, str]) -> Iterator[tuple[str, str, str]]:
    """Lines of a list of three fields; those without the first one are left out."""
    for row in zip(*(given.getlist(name) for name in names), strict=False):
        first, second, third = (each.strip() for each in row)
        if first:
            yield first, second, third


def _form(identity: Identity, mapped: Mapped, given: QueryDict | None) -> dict[str, Any]:
    """The fields; after a refusal what was typed stays."""
    guard = identity.guard
    columns = [each.column.name for each in mapped.plan.columns] if mapped.plan else []
    keys = [(", ".join(each.columns), each.remembers) for each in identity.keys]
    limits = [
        (each.column, str(each.at_most), "" if each.days is None else str(each.days))
        for each in identity.limits or ()
    ]
    fans = [(each.column, each.of, str(each.over)) for each in guard.fan_out or ()]
    ways = [(each.each, each.of, str(each.at_most)) for each in guard.direction]
    fields = {
        "separate": ", ".join(identity.separate),
        "cap": str(guard.cap),
        "soft": str(guard.soft),
        "device": ", ".join(guard.device),
    }
    blocked = {name: "\n".join(values) for name, values in guard.blocked.items()}
    allowed = {name: "\n".join(values) for name, values in guard.allowed.items()}
    if given is not None:
        memories = given.getlist("memory")
        typed = given.getlist("key")
        keys = [(text, memories[at : at + 1] == ["all"]) for at, text in enumerate(typed) if text]
        limits = list(_rows(given, ("limit_column", "limit_most", "limit_days")))
        fans = list(_rows(given, ("fan_column", "fan_of", "fan_over")))
        ways = list(_rows(given, ("way_each", "way_of", "way_most")))
        fields = {name: given.get(name, value) for name, value in fields.items()}
        blocked |= {k.removeprefix("blocked-"): str(given[k]) for k in given if k[:8] == "blocked-"}
        allowed |= {k.removeprefix("allowed-"): str(given[k]) for k in given if k[:8] == "allowed-"}
    used = dict.fromkeys(name for text, _ in keys for name in _names(text))
    return {
        **fields,
        "keys": keys,
        "limits": [*limits, *[("", "", "")] * BLANK],
        "fans": [*fans, *[("", "", "")] * BLANK],
        "ways": [*ways, *[("", "", "")] * BLANK],
        "columns": columns,
        "blocking": [
            {"name": each, "blocked": blocked.get(each, ""), "allowed": allowed.get(each, "")}
            for each in dict.fromkeys((*used, *blocked, *allowed))
        ],
        "limit_defaults": _limit_defaults(mapped),
    }


def _limit_defaults(mapped: Mapped) -> list[str]:
    """The limits that hold without being given (D51), as sentences."""
    if mapped.plan is None:
        return []
    given = {(each.column, each.days) for each in mapped.definition.identity.limits or ()}
    by_number: dict[int, list[str]] = {}
    for each in limits_of(mapped.plan):
        if (each.column, each.days) not in given:
            by_number.setdefault(each.at_most, []).append(each.column)
    text = gettext("{columns}: at most {n} different ones in a golden record")
    return [
        text.format(columns=", ".join(columns), n=number)
        for number, columns in sorted(by_number.items())
    ]


def _lists() -> list[tuple[str, str]]:
    """What is blocked without being asked (D51): label and what is on it."""
    return [
        (gettext("Words, in every column"), ", ".join(lists.TEXTS)),
        (gettext("Phones"), ", ".join(lists.OF_PHONES)),
        (gettext("Mailboxes, at any domain"), ", ".join(f"{each}@" for each in lists.MAILBOXES)),
        (
            gettext("Besides"),
            gettext("only zeros and dashes; one character six times or more"),
        ),
    ]


def _rule_versions(dataset: Dataset) -> Iterator[dict[str, Any]]:
    for row in rule_versions(dataset)[:SHOWN_RULES]:
        yield {
            "row": row,
            "is_draft": row.applied_at is None,
            "is_current": row.pk == dataset.rules_id,
            "at": row.applied_at or row.created_at,
            "author": row.author.name or row.author.email if row.author else "Tresse",
        }


@require_safe
def identity_figures(request: SignedIn, name: str) -> HttpResponse:
    """What the published version's identity did, by key; the page asks for it once it is there."""
    dataset = dataset_of(request, name)
    if not is_fragment(request):
        return redirect(f"{address_of(dataset)}identity/")
    version = published(dataset)
    with engine() as session:
        tables = tables_of(session, version)
        found = figures(session, tables.plan, tables.attachments, tables.guards)
    lifted = set(lifts_of(dataset).values_list("column", "value"))
    context = {
        "address": address_of(dataset),
        "may_manage": request.actor.has(MANAGE),
        "version": version,
        "figures": [_figures(each, lifted) for each in found],
        "sentences": [
            said(each.template, _told(each.details)) for keys in found for each in keys.sentences
        ][:SHOWN_SENTENCES],
    }
    return page(request, "_figures.html", context)


def _told(details: Mapping[str, Any]) -> dict[str, Any]:
    """Details of a sentence, the guard by its name for people."""
    return {**details, "guard": guard_label(str(details.get("guard", "")))}


def _figures(found: KeyFigures, lifted: set[tuple[str, str]]) -> dict[str, Any]:
    acts = (
        (gettext("Blocked"), found.blocked),
        (gettext("Fanned out"), found.fanned_out),
        (gettext("Only claimed"), found.claimed),
        (gettext("Refused"), found.refused),
    )
    return {
        "label": found.keys.label,
        "strength": found.keys.strength + 1,
        "is_device": found.keys.is_device,
        "values": found.values,
        "records": found.records,
        "shared": found.shared,
        "top": found.top,
        "acts": [_acts(label, each, lifted) for label, each in acts],
    }


def _acts(label: str, acts: Acts, lifted: set[tuple[str, str]]) -> dict[str, Any]:
    return {
        "label": label,
        "values": acts.values,
        "records": acts.records,
        "top": [_act(each, lifted) for each in _once(acts.top)],
    }


def _once(acts: Sequence[Act]) -> Iterator[Act]:
    """Each value once, by its first guard."""
    seen = set()
    for each in acts:
        if (each.label, each.match) not in seen:
            seen.add((each.label, each.match))
            yield each


def _act(act: Act, lifted: set[tuple[str, str]]) -> dict[str, Any]:
    can_lift = act.guard in ("DG1", "DG2", "DG2b", "DG7")
    return {
        "value": act.value,
        "match": act.match,
        "column": act.label,
        "records": act.records,
        "guard": guard_label(act.guard),
        "about": guard_words(act.guard),
        "counted": f"{act.count} > {act.most}" if act.count and act.most else "",
        "can_lift": can_lift,
        "is_lifted": (act.label, act.match) in lifted,
    }
