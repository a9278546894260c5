"""A role as its page shows it: a table of scopes, properties apart, rights in groups, in words."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext_lazy

from tresse.accounts.actor import ACTIONS, SCOPES
from tresse.accounts.handover import object_labels, property_labels
from tresse.accounts.queries import account
from tresse.accounts.rights import GENERAL, YES_OR_NO, Right
from tresse.kernel.marks import N_

ACTION_WORDS = {
    "view": N_("See"),
    "create": N_("Add"),
    "edit": N_("Change"),
    "delete": N_("Delete"),
    "merge": N_("Merge"),
    "bulk_edit": N_("Change many"),
    "import": N_("Import"),
    "export": N_("Export"),
}
SCOPE_WORDS = {
    # Translators: how far a right reaches, in narrow columns: short words.
    "none": pgettext_lazy("scope", "None"),
    "own": pgettext_lazy("scope", "Own"),
    "team": pgettext_lazy("scope", "Team"),
    "all": pgettext_lazy("scope", "All"),
}
YES_WORDS = {"none": N_("No"), "all": N_("Yes")}
ACCESS_WORDS = {"read": N_("See, not change"), "none": N_("Hidden")}
SIGHT_WORDS = {
    "none": N_("Does not exist for them"),
    "own": N_("See their own and those without owner"),
    "team": N_("See those of their teams and those without owner"),
    "all": N_("See all"),
}
# Where a setting leaves records without owner to those who see all (C107).
OWNED_WORDS = {"own": N_("See their own"), "team": N_("See those of their teams")}
# Which rights stand together: what their names begin with.
AREAS = (
    (N_("Account and data model"), ("model", "objects", "users", "tokens", "settings", "audit")),
    (
        N_("Records"),
        ("records", "people", "views", "segments", "activities", "imports"),
    ),
    (N_("Customer data"), ("connections", "datasets", "syncs", "events")),
    (N_("Automations"), ("automations",)),
    (N_("Messages and consent"), ("messages", "suppressions", "consent")),
    (N_("Analytics"), ("analytics",)),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """How far one action reaches on one object type; `choices`: value, word, whether it is so."""

    name: str
    label: str
    choices: tuple[tuple[str, str, bool], ...]
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class ObjectLine:
    """A line of the table of scopes."""

    name: str
    label: str
    cells: tuple[Cell, ...]
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Restriction:
    """A property that a role sees only, or not at all; `key`: `contact.birthday`."""

    key: str = ""
    access: str = "read"


def lines(
    objects: Mapping[str, Mapping[str, str]], refused: Mapping[str, Any], sentence: str
) -> Iterator[ObjectLine]:
    """A line for each object type.

    Args:
        objects: The rights of the role.
        refused: Details of `bad_role`, which stands at its cell; empty: nothing was refused.
        sentence: What it says.
    """
    for name, label in object_labels(objects).items():
        given = objects.get(name, {})
        is_here = refused.get("object") == name
        cells = tuple(
            _cell(name, label, action, given.get(action, "none"), is_here and refused)
            for action in ACTIONS
        )
        yield ObjectLine(name, label, cells, sentence if is_here else "")


def _cell(name: str, label: str, action: str, given: str, refused: Any) -> Cell:
    is_yes_or_no = action in YES_OR_NO
    words = {k: gettext(word) for k, word in YES_WORDS.items()} if is_yes_or_no else SCOPE_WORDS
    choices = tuple(
        (scope, str(words[scope]), given == scope)
        for scope in (("none", "all") if is_yes_or_no else SCOPES)
    )
    is_refused = bool(refused) and refused.get("action") == action
    return Cell(
        f"{name}.{action}", f"{label}: {gettext(ACTION_WORDS[action])}", choices, is_refused
    )


def restrictions(properties: Mapping[str, Mapping[str, str]]) -> list[Restriction]:
    """Properties whose access is less than edit."""
    return [
        Restriction(f"{name}.{prop}", access)
        for name, each in properties.items()
        for prop, access in each.items()
        if access != "edit"
    ]


def posted_properties(posted: Any) -> dict[str, dict[str, str]]:
    """Property access as the page sends it: a property and an access in each row."""
    found: dict[str, dict[str, str]] = {}
    rows = zip(posted.getlist("property"), posted.getlist("access"), strict=False)
    for key, access in rows:
        name, _dot, prop = key.partition(".")
        if prop:
            found.setdefault(name, {})[prop] = access
    return found


def property_choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """All properties under the labels of their object types, for a select."""
    labels = object_labels(())
    return [
        (labels[name], [(f"{name}.{prop}", label) for prop, label in each.items()])
        for name, each in property_labels().items()
        if name in labels
    ]


def areas(given: Any) -> Iterator[tuple[str, list[tuple[Right, str, bool]]]]:
    """General rights in groups: each with its sentence, and whether the role has it."""
    left = list(GENERAL)
    for title, beginnings in AREAS:
        mine = [right for right in left if right.name.partition(".")[0] in beginnings]
        yield gettext(title), [(each, _sentence(each), each.name in given) for each in mine]


def _sentence(right: Right) -> str:
    text = gettext(right.label)
    return text[:1].upper() + text[1:]


@dataclass(frozen=True, slots=True)
class Preview:
    """What people with a role may do with one object type, in words."""

    label: str
    sight: str
    actions: str
    hidden: str
    fixed: str
    is_seen: bool


def previews(rights: Mapping[str, Any]) -> Iterator[Preview]:
    """What a role may do, object type by object type."""
    objects, properties = rights.get("objects", {}), rights.get("properties", {})
    others = objects.get("*", {})
    names, unowned_hidden = property_labels(), account().unowned_for_all_only
    for name, label in object_labels(objects).items():
        words = SIGHT_WORDS | (OWNED_WORDS if name in unowned_hidden else {})
        given = objects.get(name, others if name != "*" else {})
        sight = given.get("view", "none")
        acts = [
            _act(action, given) for action in ACTIONS[1:] if given.get(action, "none") != "none"
        ]
        of = {
            access: [
                names.get(name, {}).get(prop, prop)
                for prop, its in properties.get(name, {}).items()
                if its == access
            ]
            for access in ACCESS_WORDS
        }
        yield Preview(
            label,
            gettext(words[sight]),
            " · ".join(acts),
            ", ".join(of["none"]),
            ", ".join(of["read"]),
            sight != "none",
        )


def _act(action: str, given: Mapping[str, str]) -> str:
    word = gettext(ACTION_WORDS[action]).lower()
    if action in YES_OR_NO:
        return word
    return f"{word} ({str(SCOPE_WORDS[given[action]]).lower()})"
