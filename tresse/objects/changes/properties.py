"""Changes to properties."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BUILT_IN
from tresse.kernel.errors import IN_USE, WRONG_VALUE
from tresse.kernel.text import clean, normal
from tresse.objects import models
from tresse.objects.calculated import SORTS, is_set_by_product
from tresse.objects.changes.archiving import check_deletable, check_typed, set_archived
from tresse.objects.changes.calculated import (
    begin_stored,
    has_other_sort,
    kept_settings,
    refuse_if_calculated_from,
    take_calculated,
    uses_in_calculations,
)
from tresse.objects.changes.checks import (
    check_active,
    check_header_free,
    check_limit,
    checked_label,
    checked_name,
    may_edit,
)
from tresse.objects.changes.options import checked_options, write_options
from tresse.objects.changes.read_only import NEVER_READ_ONLY, check_needed, take_read_only
from tresse.objects.changes.refusals import (
    KIND_UNFIT,
    NAME_TAKEN,
    NEEDS_PIPELINES,
)
from tresse.objects.changes.settings import settings_for
from tresse.objects.changes.shape import reshape
from tresse.objects.counts import value_count
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.facts import property_facts
from tresse.objects.kinds import KINDS, PropertyKind
from tresse.objects.kinds.rules import BadRule
from tresse.objects.kinds.rules import checked as checked_rules
from tresse.objects.labels import shown_label, shown_row
from tresse.objects.limits import tell_of_property
from tresse.objects.making import make_properties
from tresse.objects.readings import reading_for, value_of
from tresse.objects.refusals import BAD_PATTERN, BAD_RULE, READ_ONLY_PROPERTY
from tresse.objects.uses import KIND_CHANGERS, Deleted, Target, forget, refuse_if_used

FLAGS = {
    "required": "is_required",
    "unique": "is_unique",
    "match_key": "is_match_key",
    "indexed": "is_indexed",
    "read_only": "is_read_only",
}
# What has many values in one, or two values in all, tells no records apart.
NEVER_UNIQUE = ("long_text", "rich_text", "boolean", "option", "options", "pipeline", "stage")
NEVER_INDEXED = ("long_text", "rich_text", "options")


def add_property(
    object_type: models.ObjectType,
    *,
    name: str,
    label: str,
    kind: str = "",
    actor: Actor,
    options: Sequence[Mapping[str, Any]] = (),
    rules: Sequence[Mapping[str, Any]] = (),
    settings: Mapping[str, Any] | None = None,
    **more: Any,
) -> models.Property:
    """Give an object type a new property, with its column and indexes.

    Args:
        object_type: Gets the property.
        name: Stored name; never changes.
        label: What people read.
        kind: Name of a property kind; a calculated property may leave it to its result.
        actor: Needs `model.edit`.
        options: Of the kinds `option` and `options`: `name label aliases colour`.
        rules: Validation rules (C15).
        settings: Of the kind, such as `currency`.
        more: `group description required unique match_key indexed read_only default position`; of
            a calculated property one of `formula between rollup lookup` (C22, C23). `read_only`:
            syncs alone write it (D121).

    Raises:
        TresseError: `not_permitted`, `unknown_name`, `object_archived`, `invalid_name`,
            `reserved_name`, `name_taken`, `unknown_key`, `wrong_value`, `limit_reached`,
            `duplicates_exist`.
    """
    may_edit(actor)
    check_active(object_type)
    before = data_model()
    here = before.object_by_id(object_type.id)
    label = checked_label(label)
    written = {"options": options, "rules": rules}
    more |= {"name": name, "label": label, "kind": kind, **written}
    calculated = take_calculated(before, here, more, actor=actor)
    more = {key: value for key, value in more.items() if key not in written}
    if not (calculated or kind):
        raise WRONG_VALUE(name="kind", wanted=gettext("the name of a kind"), value='""')
    chosen = KINDS[calculated.kind if calculated else kind]
    facts = {
        **more,
        "name": checked_name(name),
        "label": label,
        "kind": chosen.name,
        "rules": rules_for(chosen, rules),
        "settings": settings_for(chosen, settings or {})
        | (dict(calculated.settings) if calculated else {}),
        "read_only": calculated is not None or bool(more.get("read_only")),
        "position": _position(here) if more.get("position") is None else more["position"],
    }
    if here.has(name):
        raise NAME_TAKEN(object=shown_label(here), name=name)
    check_header_free(before, here.name, label)
    check_kind(chosen, here, label=label, flags=more)
    is_required = bool(more.get("required"))
    check_needed(label, is_read_only=facts["read_only"], is_required=is_required)
    _check_limits(here, more)
    with transaction.atomic():
        [prop] = _made(object_type, facts)
        write_options(checked_options(prop, options))
        after = reshape(here)
        check_default(after, name, actor)
        prop.refresh_from_db()
        tell_of_property(after, name)
        audit.log(actor, "property.add", f"{here.name}.{name}", after=property_facts(prop))
        begin_stored(after, prop, actor)
    return prop


def rules_for(kind: PropertyKind, rules: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Validation rules as they are stored (C15).

    Raises:
        TresseError: `wrong_value`, `bad_pattern`, `unknown_name`.
    """
    try:
        return checked_rules(rules, kind)
    except BadRule as error:
        if error.position is not None:
            raise BAD_PATTERN(position=error.position) from None
        value = next((each.get("value") for each in rules if each.get("rule") == error.rule), "")
        raise BAD_RULE(rule=error.rule, wanted=gettext(error.wanted), value=value) from None


def check_default(here: ObjectDef, name: str, actor: Actor) -> None:
    """Refuse a default value that is no value of its property.

    Raises:
        TresseError: With a code of the kind, or `failed_validation`.
    """
    prop = here.property(name)
    if prop.default:
        value_of(prop.kind, prop.default, reading_for(prop, here, actor=actor))


def _made(object_type: models.ObjectType, facts: Mapping[str, Any]) -> list[models.Property]:
    try:
        with transaction.atomic():
            return make_properties(object_type, [facts], is_builtin=False)
    except IntegrityError:
        # Added by somebody else, between the look and the write.
        raise NAME_TAKEN(object=object_type.label, name=facts["name"]) from None


def _position(here: ObjectDef) -> int:
    return 1 + max((prop.position for prop in here.properties if prop.position < 1000), default=0)


def check_kind(
    kind: PropertyKind, here: ObjectDef, *, label: str, flags: Mapping[str, Any]
) -> None:
    """Refuse a flag that properties of the kind cannot have.

    Raises:
        TresseError: `wrong_value`.
    """
    if kind.name in {"pipeline", "stage"} and not here.has_pipelines:
        raise NEEDS_PIPELINES(object=shown_label(here), kind=kind.name)
    able = {
        "match_key": [each.name for each in KINDS if each.is_key],
        "unique": [each.name for each in KINDS if each.name not in NEVER_UNIQUE],
        "indexed": [each.name for each in KINDS if each.name not in NEVER_INDEXED],
        "read_only": [each.name for each in KINDS if each.name not in NEVER_READ_ONLY],
    }
    for flag, names in able.items():
        if flags.get(flag) and kind.name not in names:
            raise KIND_UNFIT(property=label, kind=kind.name, flag=flag, wanted=names)


def _check_limits(here: ObjectDef, flags: Mapping[str, Any]) -> None:
    properties = list(here.properties)
    check_limit(
        "max_properties",
        number=len(properties),
        name=shown_label(here),
        things=gettext("properties"),
    )
    _check_flag_limits(here, flags)


def _check_flag_limits(here: ObjectDef, flags: Mapping[str, Any]) -> None:
    if flags.get("unique"):
        number = sum(prop.is_unique for prop in here.properties)
        things = gettext("unique properties")
        check_limit("max_unique", number=number, name=shown_label(here), things=things)
    if flags.get("indexed"):
        number = sum(prop.is_indexed for prop in here.properties)
        things = gettext("indexed properties")
        check_limit("max_indexed", number=number, name=shown_label(here), things=things)


def change_property(prop: models.Property, *, actor: Actor, **wanted: Any) -> models.Property:
    """Change what is said about a property; what is not named stays (C16, C29).

    Args:
        prop: The property.
        actor: Needs `model.edit`.
        wanted: `label group description required unique match_key indexed read_only default rules
            settings position options` (options: changed or added by name, none removed); `kind`
            where no value fails (C30); of a calculated property its `formula between rollup
            lookup`. None: as it is.

    Raises:
        TresseError: `not_permitted`, `object_archived`, `name_taken`, `wrong_value`, `built_in`,
            `read_only_property`, `limit_reached`, `duplicates_exist`, `in_use` (a sync fills it,
            and people are to write it).
    """
    may_edit(actor)
    check_active(prop.object_type)
    wanted = {key: value for key, value in wanted.items() if value is not None}
    was = property_facts(prop)
    model = data_model()
    here = model.object_by_id(prop.object_type_id)
    again = _recalculated(model, here, prop, wanted, actor)
    other_kind = _other_kind(prop, wanted)
    take_read_only(prop, wanted)
    _check_change(prop, here, wanted)
    if "label" in wanted:
        label = checked_label(wanted["label"])
        check_header_free(model, here.name, label, but=prop.name)
        _relabel(prop, label)
    _take(prop, wanted)
    with transaction.atomic():
        if other_kind:
            [changer] = KIND_CHANGERS
            changer.change(prop, other_kind, actor)
        prop.save()
        if "options" in wanted:
            write_options(checked_options(prop, wanted["options"]))
        now_is = reshape(here)
        check_default(now_is, prop.name, actor)
        tell_of_property(now_is, prop.name)
        prop.refresh_from_db()
        before, after = audit.difference(was, property_facts(prop))
        if after or before:
            target = f"{here.name}.{prop.name}"
            audit.log(actor, "property.change", target, before=before, after=after)
        if again:
            begin_stored(here, prop, actor)
    return prop


def _other_kind(prop: models.Property, wanted: dict[str, Any]) -> dict[str, Any] | None:
    """Take another kind, and what is said of it, out of what is wanted; None if it stays.

    It is changed with all values, and refused with the code of one that fails (C5a, C30).
    """
    kind = wanted.pop("kind", prop.kind)
    if kind == prop.kind:
        return None
    more: dict[str, Any] = {
        key: wanted.pop(key) for key in ("settings", "options") if key in wanted
    }
    return {"kind": KINDS[kind].name, **more}


def _recalculated(
    model: DataModel,
    here: ObjectDef,
    prop: models.Property,
    wanted: dict[str, Any],
    actor: Actor,
) -> bool:
    """Take another calculation out of what is wanted, checked; whether there is one."""
    said = {sort: wanted.pop(sort) for sort in SORTS if sort in wanted}
    facts = {"name": prop.name, "label": prop.label, "kind": prop.kind, **said}
    calculated = take_calculated(model, here, facts, actor=actor)
    if calculated is None:
        return False
    if has_other_sort(prop.settings, calculated):
        raise READ_ONLY_PROPERTY(name=shown_row(prop))
    wanted["calculated"] = dict(calculated.settings)
    return any(prop.settings.get(key) != value for key, value in calculated.settings.items())


def _take(prop: models.Property, wanted: Mapping[str, Any]) -> None:
    for key, column in FLAGS.items():
        if key in wanted:
            setattr(prop, column, bool(wanted[key]))
    for key in ("group", "description", "default"):
        if key in wanted:
            setattr(prop, key, clean(wanted[key]))
    if "rules" in wanted:
        prop.rules = rules_for(KINDS[prop.kind], wanted["rules"])
    if "settings" in wanted:
        # Which expression a derived property is stays with it.
        kept = kept_settings(prop.settings)
        prop.settings = {**settings_for(KINDS[prop.kind], wanted["settings"]), **kept}
    if "calculated" in wanted:
        prop.settings = {**prop.settings, **wanted["calculated"]}
    if "position" in wanted:
        prop.position = wanted["position"]


def _check_change(prop: models.Property, here: ObjectDef, wanted: Mapping[str, Any]) -> None:
    kind = KINDS[prop.kind]
    flags = {
        key: True for key, column in FLAGS.items() if wanted.get(key) and not getattr(prop, column)
    }
    if is_set_by_product(prop) and (set(flags) - {"indexed"} or (flags and not prop.column)):
        raise READ_ONLY_PROPERTY(name=shown_row(prop))
    check_kind(kind, here, label=shown_row(prop), flags=flags)
    _check_flag_limits(here, flags)
    if prop.is_builtin and (prop.is_fixed or prop.name == "external_id"):
        _check_fixed(prop, wanted)


def _check_fixed(prop: models.Property, wanted: Mapping[str, Any]) -> None:
    for key, column in FLAGS.items():
        # Imports, links and consent stand on these; they may become stricter, never looser.
        if wanted.get(key) is False and getattr(prop, column):
            raise BUILT_IN(name=shown_row(prop), action=gettext("made less strict"))


def _relabel(prop: models.Property, label: str) -> None:
    if label == prop.label:
        return
    former = [each for each in prop.former_labels if each != label]
    prop.former_labels = [*former, prop.label]
    prop.label, prop.label_key = label, normal(label)


def archive_property(prop: models.Property, *, actor: Actor) -> models.Property:
    """Hide a property and refuse writes to it; its values stay (C32).

    Raises:
        TresseError: `not_permitted`, `built_in`, `in_use`.
    """
    may_edit(actor)
    if prop.is_fixed or (prop.is_builtin and prop.name in {"id", "external_id", "owner"}):
        raise BUILT_IN(name=shown_row(prop), action=gettext("archived"))
    _refuse_title(prop)
    refuse_if_calculated_from(data_model().object_by_id(prop.object_type_id), prop.name)
    target = f"{prop.object_type.name}.{prop.name}"
    return set_archived(prop, actor, sort="property", target=target, value=True)


def unarchive_property(prop: models.Property, *, actor: Actor) -> models.Property:
    """Bring an archived property back as it was.

    Raises:
        TresseError: `not_permitted`.
    """
    may_edit(actor)
    target = f"{prop.object_type.name}.{prop.name}"
    return set_archived(prop, actor, sort="property", target=target, value=False)


def _refuse_title(prop: models.Property) -> None:
    if prop.name == prop.object_type.title:
        raise IN_USE(
            name=shown_row(prop),
            users=[gettext("the title of {object}").format(object=prop.object_type.label)],
        )


def delete_property(prop: models.Property, *, typed_label: str, actor: Actor) -> None:
    """Delete a property for good, with all of its values (C32).

    Args:
        prop: Archived, custom, used by nothing.
        typed_label: Its label, as proof that it is meant.
        actor: Needs `model.edit`.

    Raises:
        TresseError: `not_permitted`, `built_in`, `not_archived`, `in_use`, `label_not_typed`.
    """
    may_edit(actor)
    check_deletable(prop, shown_row(prop))
    _refuse_title(prop)
    here = data_model().object_by_id(prop.object_type_id)
    refuse_if_used(
        Target("property", prop.name, here.name), shown_row(prop), *_own_uses(here, prop)
    )
    values = value_count(here, here.property(prop.name))
    check_typed(typed_label, prop.label, records=values, links=0)
    with transaction.atomic():
        forget(Deleted(property_id=prop.id))
        target, facts = f"{here.name}.{prop.name}", property_facts(prop)
        prop.delete()
        reshape(here)
        audit.log(actor, "property.delete", target, before={**facts, "values": values})


def _own_uses(here: ObjectDef, prop: models.Property) -> list[str]:
    users = [
        gettext("stage {stage}").format(stage=f'"{stage.label}"')
        for stage in here.stages.values()
        if prop.name in stage.required
    ]
    if prop.name in here.search:
        users.append(gettext("the search of {object}").format(object=shown_label(here)))
    if prop.name == here.subtitle:
        users.append(gettext("the subtitle of {object}").format(object=shown_label(here)))
    return [*users, *uses_in_calculations(here, prop.name)]
