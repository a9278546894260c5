"""What definitions are called: as shown to a person, and by which words a file may name them.

Definitions store one label. While it is still the shipped (English) one, people see it in their
language; once changed, everybody sees what was typed.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import get_language

from tresse.accounts.account import LANGUAGES
from tresse.kernel.text import normal
from tresse.objects import models, shipped
from tresse.objects.described import (
    AssociationDef,
    ObjectDef,
    OptionDef,
    PipelineDef,
    PropertyDef,
    Side,
    StageDef,
)

Definition = ObjectDef | PropertyDef | OptionDef | Side | PipelineDef | StageDef


def shown_label(definition: Definition, within: ObjectDef | PropertyDef | None = None) -> str:
    """The label of a definition in the language of the person.

    Args:
        definition: What has the label.
        within: Of an option its property, of a pipeline or stage its object type; without, their
            label is shown as stored.
    """
    return _shown(definition.label, _key(definition, within))


def shown_row(row: models.ObjectType | models.Property) -> str:
    """The label of a stored object type or property in the language of the person."""
    if isinstance(row, models.ObjectType):
        return _shown(row.label, ("object", row.name))
    return _shown(row.label, _property_key(row.object_type.name, row.name))


def shown_plural(definition: ObjectDef) -> str:
    """The plural label of an object type in the language of the person."""
    return _shown(definition.plural, ("plural", definition.name))


def shown_group(group: str) -> str:
    """A group of properties in the language of the person; one without name is "Other"."""
    label = group or shipped.group("other")
    return _shown(label, ("group", label))


def shown_full_name(definition: Side, here: ObjectDef) -> str:
    """`Deal > Company` in the language of the person."""
    return f"{shown_label(here)} > {shown_label(definition)}"


def known_labels(definition: ObjectDef | PropertyDef | Side) -> list[str]:
    """Every text that names a definition in a file header or cell, each once.

    The name, the label, former labels (C29), and the shipped labels in English, French and Polish
    (T20); of an object type also its plurals and the words people use for it.
    """
    texts: list[str] = [definition.label, *_former(definition)]
    if not isinstance(definition, Side):
        texts.insert(0, definition.name)
    texts.extend(shipped.labels().get(_key(definition, None), ()))
    if isinstance(definition, ObjectDef):
        texts.append(definition.plural)
        texts.extend(shipped.labels().get(("plural", definition.name), ()))
        texts.extend(_other_words(definition))
    return _each_once(texts)


def _other_words(definition: ObjectDef) -> Iterable[str]:
    for facts in shipped.objects():
        if facts["name"] == definition.name:
            return list(facts.get("aliases", ()))
    return ()


def _former(definition: Definition) -> Iterable[str]:
    if isinstance(definition, Side):
        here: AssociationDef = definition.association
        return here.former_forward if definition.forward else here.former_inverse
    if isinstance(definition, ObjectDef | PropertyDef):
        return definition.former_labels
    return ()


def _key(definition: Definition, within: ObjectDef | PropertyDef | None) -> tuple[str, ...]:
    key: tuple[str, ...] = ()
    if isinstance(definition, ObjectDef):
        key = ("object", definition.name)
    elif isinstance(definition, PropertyDef):
        key = _property_key(definition.object_name, definition.name)
    elif isinstance(definition, Side):
        key = ("forward" if definition.forward else "inverse", definition.association.name)
    elif isinstance(definition, OptionDef) and isinstance(within, PropertyDef):
        key = ("option", within.object_name, within.name, definition.name)
    elif isinstance(within, ObjectDef):
        key = _pipeline_key(definition, within)
    return key


def _property_key(object_name: str, name: str) -> tuple[str, ...]:
    key = ("property", object_name, name)
    # Else a common property of a type that people made.
    return key if key in shipped.labels() else ("property", "contact", name)


def _pipeline_key(definition: Any, within: ObjectDef) -> tuple[str, ...]:
    if isinstance(definition, PipelineDef):
        return ("pipeline", within.name, definition.name)
    if isinstance(definition, StageDef):
        pipeline = next(each for each in within.pipelines if each.id == definition.pipeline_id)
        return ("stage", within.name, pipeline.name, definition.name)
    return ()


def shown_shipped(triple: Sequence[str]) -> str:
    """A shipped label, English, French and Polish, in the language of the person."""
    language = (get_language() or "en").partition("-")[0]
    return triple[LANGUAGES.index(language) if language in LANGUAGES else 0]


def _shown(label: str, key: tuple[str, ...]) -> str:
    triple = shipped.labels().get(key)
    return label if triple is None or triple[0] != label else shown_shipped(triple)


def _each_once(texts: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for text in texts:
        if text:
            found.setdefault(normal(text), text)
    return list(found.values())
