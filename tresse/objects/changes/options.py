"""Changes to the option list of a property."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.kernel.errors import UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.text import clean, normal
from tresse.objects import models
from tresse.objects.changes.checks import (
    LONGEST_OPTION_LABEL,
    check_active,
    check_limit,
    checked_label,
    checked_name,
    may_edit,
    name_from,
)
from tresse.objects.changes.refusals import NAME_TAKEN, OPTION_IN_USE
from tresse.objects.counts import option_count
from tresse.objects.described import data_model
from tresse.objects.labels import shown_plural
from tresse.objects.uses import REWRITERS

T = TypeVar("T")
OPTION_KINDS = ("option", "options")


def checked_options(
    prop: models.Property, wanted: Iterable[Mapping[str, Any]]
) -> list[models.Option]:
    """The option rows of a property after a change: those it has, changed or added to by name.

    A list that names them all gives their order; else new ones come last.

    Args:
        prop: Of the kind `option` or `options`.
        wanted: `name label aliases colour archived`; without `name`, one is made from the label.

    Raises:
        TresseError: `wrong_value`, `invalid_name`, `name_taken`, `limit_reached`.
    """
    wanted = list(wanted)
    if wanted and prop.kind not in OPTION_KINDS:
        raise WRONG_VALUE(name="kind", wanted=" / ".join(OPTION_KINDS), value=f'"{prop.kind}"')
    there = {option.name: option for option in prop.options.order_by("position", "id")}
    named: dict[str, models.Option] = {}
    for facts in wanted:
        name = facts.get("name") or _known(there, facts) or name_from(facts["label"], there)
        option = there.get(name) or models.Option(property=prop, name=checked_name(name))
        named[name] = _filled(option, facts)
    ordered = in_place(there, named)
    for position, option in enumerate(ordered):
        option.position = position
    if len(ordered) > 1:
        number, things = len(ordered) - 1, gettext("options")
        check_limit("max_options", number=number, name=prop.label, things=things)
    _check_texts(prop.label, ordered)
    return ordered


def in_place(there: Mapping[str, T], named: Mapping[str, T]) -> list[T]:
    """The members of a list after a change that names some or all of them."""
    if set(there) <= set(named):
        return list(named.values())
    kept = [named.get(name, each) for name, each in there.items()]
    return [*kept, *(each for name, each in named.items() if name not in there)]


def _known(there: Mapping[str, models.Option], facts: Mapping[str, Any]) -> str | None:
    wanted = normal(str(facts["label"]))
    return next((name for name, each in there.items() if normal(each.label) == wanted), None)


def _filled(option: models.Option, facts: Mapping[str, Any]) -> models.Option:
    label = facts.get("label") or option.label or option.name.replace("_", " ").capitalize()
    option.label = checked_label(label, most=LONGEST_OPTION_LABEL)
    if "aliases" in facts:
        option.aliases = [clean(alias) for alias in facts["aliases"] if clean(alias)]
    if facts.get("colour"):
        option.colour = facts["colour"]
    if "archived" in facts:
        option.is_archived = bool(facts["archived"])
    return option


def _check_texts(label: str, options: Sequence[models.Option]) -> None:
    """Refuse two equal texts in a list, by normal form (C13)."""
    taken: dict[str, str] = {}
    for option in options:
        for text in (option.name, option.label, *option.aliases):
            if taken.setdefault(normal(text), option.name) != option.name:
                raise NAME_TAKEN(object=label, name=text)


def write_options(options: Sequence[models.Option]) -> None:
    """Store option rows as `checked_options` gave them."""
    fields = ["label", "aliases", "colour", "position", "is_archived"]
    new = [option for option in options if option._state.adding]
    models.Option.objects.bulk_create(new)
    models.Option.objects.bulk_update([each for each in options if each not in new], fields)


def option_named(prop: models.Property, name: str) -> models.Option:
    """The option of that name.

    Raises:
        TresseError: `unknown_name`.
    """
    there = {option.name: option for option in prop.options.all()}
    if name not in there:
        raise UNKNOWN_NAME(sort=gettext("option"), name=name, nearest=nearest(name, there))
    return there[name]


def delete_option(
    option: models.Option,
    *,
    actor: Actor,
    replace_with: str | None = None,
    empty: bool = False,
) -> None:
    """Take an option off its list; records that have it get another one or none (C14).

    Args:
        option: The option.
        actor: Needs `model.edit`.
        replace_with: Name of the option that its records get.
        empty: Whether its records are emptied instead.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `option_in_use`, `unknown_name`.
    """
    may_edit(actor)
    row = option.property
    check_active(row.object_type)
    new = option_named(row, replace_with).name if replace_with else None
    here = data_model().object_by_id(row.object_type_id)
    prop = here.property(row.name)
    number = option_count(here, prop, option.name)
    if number and not ((new or empty) and len(REWRITERS)):
        raise OPTION_IN_USE(number=number, things=shown_plural(here), option=option.label)
    with transaction.atomic():
        if number:
            for rewriter in REWRITERS:
                rewriter.rewrite(here, prop, option.name, new, actor)
        target = f"{here.name}.{prop.name}.{option.name}"
        before = {"label": option.label, "records": number}
        option.delete()
        audit.log(actor, "option.delete", target, before=before, after={"replaced_by": new})
