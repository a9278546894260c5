"""Changes to object types."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.refusals import BUILT_IN
from tresse.kernel.errors import IN_USE, UNKNOWN_NAME, WRONG_VALUE, nearest
from tresse.kernel.marks import N_
from tresse.kernel.text import normal
from tresse.objects import models, shipped, words
from tresse.objects.changes.archiving import check_deletable, check_typed, set_archived
from tresse.objects.changes.checks import (
    check_limit,
    checked_label,
    checked_name,
    may_edit,
)
from tresse.objects.changes.refusals import (
    NAME_TAKEN,
)
from tresse.objects.changes.shape import reshape
from tresse.objects.counts import link_count, record_count
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.facts import object_facts
from tresse.objects.labels import shown_label, shown_row
from tresse.objects.limits import tell_if_near
from tresse.objects.making import (
    english,
    make_association,
    make_object,
    make_pipeline,
    make_properties,
    make_table,
    task_facts,
)
from tresse.objects.tables import drop_table
from tresse.objects.uses import Deleted, Target, forget, refuse_if_used

NAME_PROPERTY = {
    "name": "name",
    "label": ["Name", "Nom", "Nazwa"],
    "kind": "text",
    "required": True,
}
MOST_SEARCH = 10
KEYS = ("icon", "colour", "title", "subtitle", "search", "has_pipelines", "has_activities")


def add_object_type(
    *,
    name: str,
    label: str,
    actor: Actor,
    plural: str = "",
    properties: Sequence[Mapping[str, Any]] = (),
    is_partial: bool = False,
    **more: Any,
) -> models.ObjectType:
    """Make a custom object type with all that C5 says: table, common properties, title, tasks.

    Args:
        name: Stored name; never changes.
        label: One of them.
        actor: Needs `model.edit`.
        plural: Many of them; empty: the label and `s`.
        properties: Made with it: keys of `data/templates.yaml`. Without a title among them and in
            `more`, the required text property `name` is added as title.
        is_partial: The properties that `title`, `subtitle` and `search` name follow in the same
            transaction (`apply`); the caller checks them then.
        more: `icon colour title subtitle search has_pipelines has_activities position`.

    Raises:
        TresseError: `not_permitted`, `invalid_name`, `reserved_name`, `name_taken`,
            `wrong_value`, `limit_reached`.
    """
    may_edit(actor)
    model = data_model()
    label = checked_label(label)
    plural = checked_label(plural or f"{label}s")
    checked_name(f"{checked_name(name)}s")
    _check_new(model, name, (label, plural))
    properties = list(properties)
    title = more.get("title") or "name"
    known = {prop["name"] for prop in properties}
    if title == "name" and "name" not in known:
        properties.insert(0, NAME_PROPERTY)
        known.add("name")
    facts = {
        **{key: value for key, value in more.items() if value is not None},
        "name": name,
        "label": label,
        "plural": plural,
        "title": title,
        "search": list(more.get("search") or [title]),
    }
    if not is_partial:
        _check_named(label, facts, known | {prop["name"] for prop in shipped.common()})
    with transaction.atomic():
        made = _made(facts, properties, position=_position(model, more))
        tell_if_near(
            "max_object_types",
            number=len(model.objects) + 1,
            name=gettext("The data model"),
            things=N_("object types"),
        )
        audit.log(actor, "object_type.add", name, after=object_facts(made))
    return made


def _made(
    facts: Mapping[str, Any], properties: Sequence[Mapping[str, Any]], *, position: int
) -> models.ObjectType:
    try:
        with transaction.atomic():
            made = make_object(facts, properties, position=position, is_builtin=False)
    except IntegrityError:
        # Added by somebody else, between the look and the write.
        raise NAME_TAKEN(object=gettext("The data model"), name=facts["name"]) from None
    if made.has_pipelines:
        _give_pipelines(made)
    if made.has_activities:
        _give_tasks(made)
    make_table(made)
    return made


def _position(model: DataModel, more: Mapping[str, Any]) -> int:
    if more.get("position") is not None:
        return int(more["position"])
    return 1 + max((each.position for each in model.objects), default=-1)


def _check_new(model: DataModel, name: str, labels: Sequence[str]) -> None:
    number, things = len(model.objects), gettext("object types")
    check_limit("max_object_types", number=number, name=gettext("The data model"), things=things)
    if any(each.name == name for each in model.objects):
        raise NAME_TAKEN(object=gettext("The data model"), name=name)
    _check_labels(model, labels)


def _check_labels(model: DataModel, labels: Sequence[str], *, but: str = "") -> None:
    taken = {
        normal(text)
        for each in model.objects
        if each.name != but
        for text in (each.label, each.plural)
    }
    for label in labels:
        if normal(label) in taken:
            raise NAME_TAKEN(object=gettext("The data model"), name=label)


def _check_named(label: str, facts: Mapping[str, Any], known: set[str]) -> None:
    """Refuse a title, subtitle or search property that the object does not have."""
    search = facts.get("search", ())
    if "search" in facts and not 1 <= len(search) <= MOST_SEARCH:
        raise WRONG_VALUE(name="search", wanted=gettext("1 to 10 properties"), value=list(search))
    for name in (facts.get("title"), facts.get("subtitle"), *search):
        if name and name not in known:
            near = nearest(name, known)
            raise UNKNOWN_NAME(
                sort=gettext("property of {object}").format(object=label), name=name, nearest=near
            )


def _check_stored(here: ObjectDef, facts: Mapping[str, Any]) -> None:
    """Refuse a title or search property without a column: it could be neither found nor indexed."""
    for name in (facts.get("title"), *facts.get("search", ())):
        if name and here.has(name) and not here.property(name).column:
            label = shown_label(here.property(name))
            wanted = gettext("a property that is stored")
            raise WRONG_VALUE(name=label, wanted=wanted, value=gettext("a calculated one"))


def _give_pipelines(row: models.ObjectType) -> None:
    deal = next(facts for facts in shipped.objects() if facts["name"] == "deal")
    facts = [
        {**prop, "position": 500 + number, "group": "", "required": False}
        for number, prop in enumerate(deal["properties"])
        if prop["name"] in {"pipeline", "stage"}
    ]
    make_properties(row, facts, is_builtin=False)
    first = next(each for each in shipped.pipelines() if not each["object"])
    make_pipeline(row, first, position=0)


def _give_tasks(row: models.ObjectType) -> None:
    task = models.ObjectType.objects.get(name="task")
    facts = task_facts(row, task)
    if not models.AssociationType.objects.filter(name=facts["name"]).exists():
        position = models.AssociationType.objects.count()
        objects = {row.name: row, task.name: task}
        make_association(facts, objects, position=position, is_builtin=False)


def add_object_from_template(
    template: str, *, actor: Actor, name: str = "", label: str = "", plural: str = ""
) -> models.ObjectType:
    """Make a custom object type from a template, with its relations (C8, C8a).

    Args:
        template: `vehicle`, `space` or `project`.
        actor: Needs `model.edit`.
        name: Another name than the template's.
        label: Another label.
        plural: Another plural label.

    Raises:
        TresseError: `unknown_name`, and as `add_object_type`.
    """
    may_edit(actor)
    facts = template_named(template)
    name = name or facts["name"]
    with transaction.atomic():
        made = add_object_type(
            name=name,
            label=label or english(facts["label"]),
            plural=plural or english(facts["plural"]),
            actor=actor,
            properties=facts["properties"],
            **{key: facts[key] for key in KEYS if key in facts},
        )
        objects = {row.name: row for row in models.ObjectType.objects.all()}
        position = models.AssociationType.objects.count()
        for number, each in enumerate(facts["associations"]):
            own = {
                **each,
                "name": f"{name}_{each['to']}"[:60],
                "from": name,
                "inverse": made.label,
                "forward": objects[each["to"]].label,
            }
            make_association(own, objects, position=position + number, is_builtin=False)
    return made


def template_named(name: str) -> Mapping[str, Any]:
    """The template of that name.

    Raises:
        TresseError: `unknown_name`.
    """
    known = {facts["name"]: facts for facts in shipped.templates()}
    if name not in known:
        near = nearest(name, known)
        sort = gettext("object template")
        raise UNKNOWN_NAME(sort=sort, name=name, nearest=near, known=list(known))
    return known[name]


def change_object_type(
    row: models.ObjectType, *, actor: Actor, is_partial: bool = False, **wanted: Any
) -> models.ObjectType:
    """Change what is said about an object type; what is not named stays (C4).

    Args:
        row: The object type.
        actor: Needs `model.edit`.
        is_partial: As `add_object_type`.
        wanted: `label plural icon colour title subtitle search has_pipelines has_activities
            position`. None: as it is. Pipelines and activities can be given, not taken away.

    Raises:
        TresseError: `not_permitted`, `name_taken`, `wrong_value`, `unknown_name`, `in_use`.
    """
    may_edit(actor)
    wanted = {key: value for key, value in wanted.items() if value is not None}
    model = data_model()
    here = model.object_by_id(row.id)
    was = object_facts(row)
    _check_labels(
        model, [wanted[key] for key in ("label", "plural") if key in wanted], but=row.name
    )
    if not is_partial:
        _check_named(row.label, wanted, {prop.name for prop in here.active})
        _check_stored(here, wanted)
    _refuse_taking_away(row, here, wanted)
    given = {key for key in ("has_pipelines", "has_activities") if wanted.get(key)}
    given -= {key for key in given if getattr(row, key)}
    for key in ("label", "plural"):
        if key in wanted and wanted[key] != getattr(row, key):
            row.former_labels = [*row.former_labels, getattr(row, key)]
            setattr(row, key, checked_label(wanted[key]))
    for key in ("icon", "colour", "title", "subtitle", "search", "position", *given):
        if key in wanted:
            setattr(row, key, wanted[key])
    with transaction.atomic():
        row.save()
        if "has_pipelines" in given:
            _give_pipelines(row)
        if "has_activities" in given:
            _give_tasks(row)
        reshape(here)
        before, after = audit.difference(was, object_facts(row))
        if after:
            audit.log(actor, "object_type.change", row.name, before=before, after=after)
    return row


def _refuse_taking_away(row: models.ObjectType, here: ObjectDef, wanted: Mapping[str, Any]) -> None:
    if wanted.get("has_pipelines") is False and row.has_pipelines:
        users = [pipeline.label for pipeline in here.pipelines]
        raise IN_USE(name=gettext("The pipeline of {object}").format(object=row.label), users=users)
    if wanted.get("has_activities") is False and row.has_activities:
        users = [gettext("the timeline of {object}").format(object=row.plural)]
        raise IN_USE(name=gettext("Activities"), users=users)
    if wanted.get("title") == "" and row.title:
        raise WRONG_VALUE(name="title", wanted=gettext("the name of a property"), value='""')


def archive_object_type(row: models.ObjectType, *, actor: Actor) -> models.ObjectType:
    """Take an object type out of menus, search and import; nothing is lost (C6).

    Raises:
        TresseError: `not_permitted`, `built_in` (contact).
    """
    may_edit(actor)
    if row.is_builtin and row.name == "contact":
        raise BUILT_IN(name=shown_row(row), action=gettext("archived"))
    return set_archived(row, actor, sort="object_type", target=row.name, value=True)


def unarchive_object_type(row: models.ObjectType, *, actor: Actor) -> models.ObjectType:
    """Bring an archived object type back as it was.

    Raises:
        TresseError: `not_permitted`.
    """
    may_edit(actor)
    return set_archived(row, actor, sort="object_type", target=row.name, value=False)


def delete_object_type(row: models.ObjectType, *, typed_label: str, actor: Actor) -> None:
    """Delete an object type for good, with its records and links (C7).

    Args:
        row: Custom, archived, used by nothing.
        typed_label: Its label, as proof that it is meant.
        actor: Needs `model.edit`.

    Raises:
        TresseError: `not_permitted`, `built_in`, `not_archived`, `in_use`, `label_not_typed`.
    """
    may_edit(actor)
    check_deletable(row, shown_row(row))
    model = data_model()
    here = model.object_by_id(row.id)
    refuse_if_used(Target("object", row.name), shown_row(row))
    ends = [
        each.id for each in model.associations if row.name in {each.from_object, each.to_object}
    ]
    records, links = record_count(here), link_count(ends)
    check_typed(typed_label, row.label, records=records, links=links)
    with transaction.atomic():
        forget(Deleted(object_id=row.id, association_ids=tuple(ends)))
        before = {**object_facts(row), "records": records, "links": links}
        table_id = row.id
        row.delete()
        words.drop(table_id)
        drop_table(table_id)
        audit.log(actor, "object_type.delete", before["name"], before=before)
