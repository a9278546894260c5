"""Properties made for columns of a dataset, where a sync asks for them (D121)."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.accounts.rights import NAME
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects.changes import add_property
from tresse.objects.changes.checks import name_from
from tresse.objects.described import ObjectDef
from tresse.objects.queries import object_type_named
from tresse.syncs.destinations.base import NewField

KINDS: Mapping[str, str] = {
    "text": "text",
    "integer": "integer",
    "decimal": "decimal",
    "number": "decimal",
    "boolean": "boolean",
    "date": "date",
    "datetime": "datetime",
    "list": "long_text",
    "json": "long_text",
}
"Kind of property by type of S52."
GROUP = N_("Scores")
"Heading under which properties of computed columns stand."


def make_property(here: ObjectDef, new: NewField, actor: Actor) -> None:
    """Give an object type a property for a column; one of that name stays as it is.

    Raises:
        TresseError: What `add_property` refuses.
    """
    if here.has(new.name):
        return
    kind = "option" if new.choices and new.type == "text" else KINDS[new.type]
    more: dict[str, Any] = {"options": list(_options(new))} if kind == "option" else {}
    if kind == "decimal" and new.unit == "share":
        more["settings"] = {"shown": "percent"}
    add_property(
        object_type_named(here.name),
        name=new.name,
        label=_label(here, new),
        kind=kind,
        group=gettext(GROUP) if new.is_computed else "",
        read_only=new.is_computed,
        actor=actor,
        **more,
    )


def _label(here: ObjectDef, new: NewField) -> str:
    """The label of the score, marked if it is taken, else one made from the name."""
    taken = {normal(prop.label) for prop in here.properties}
    label = gettext(new.label) if new.label else ""
    for each in (label, f"{label} ({new.mark})" if label and new.mark else ""):
        if each and normal(each) not in taken:
            return each
    return new.name.replace("_", " ").capitalize()


def _options(new: NewField) -> Iterator[Mapping[str, Any]]:
    """An option for each value; one that is no name is known by its text as well."""
    taken: list[str] = []
    for value, label in new.choices:
        name = value if NAME.fullmatch(value) and value not in taken else name_from(value, taken)
        taken.append(name)
        shown = gettext(label)
        aliases = [value] if value not in (name, shown) else []
        yield {"name": name, "label": shown, "aliases": aliases}
