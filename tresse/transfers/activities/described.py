"""A kind of activity in the shape of an object type, so that files of it are read like others.

Ids of what is described here are below 0: no definition of the house has them. A record type that
people named `note` or `call` goes before the kind of activity.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from django.utils import translation
from django.utils.translation import gettext

from tresse.accounts.account import LANGUAGES
from tresse.accounts.actor import Actor
from tresse.engine.constructs import JsonText
from tresse.filters.fields import field
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import (
    AssociationDef,
    DataModel,
    ObjectDef,
    OptionDef,
    PropertyDef,
    data_model,
)
from tresse.records.activities import ACTIVITY_KINDS, ActivityKind
from tresse.records.activity_fields import CHOICES, LABELS
from tresse.records.changes.activities import may_log
from tresse.records.tables import ACTIVITY
from tresse.transfers.settings import Settings

EXTERNAL_ID, AT, AUTHOR = "external_id", "at", "author"
PLURALS: Mapping[str, str] = {
    "note": N_("Notes"),
    "call": N_("Calls"),
    "email": N_("E-mails"),
    "meeting": N_("Meetings"),
}
KINDS = {
    "key": "text",
    "integer": "integer",
    "instant": "datetime",
    "text": "long_text",
    "texts": "long_text",
    "user": "user",
}
WORDS: Mapping[str, tuple[str, ...]] = {
    EXTERNAL_ID: (N_("External id"), N_("External ID")),
    AT: (N_("When"), N_("Date"), N_("Time")),
    AUTHOR: (N_("Author"), N_("Logged by")),
    "text": (N_("Text"), N_("Note"), N_("Notes"), N_("Content")),
    "outcome": (N_("Outcome"), N_("Result")),
    "subject": (N_("Subject"), N_("Title")),
    "starts_at": (N_("Starts"), N_("Start")),
    "ends_at": (N_("Ends"), N_("End")),
    "place": (N_("Place"), N_("Location")),
    "attendees": (N_("Attendees"), N_("Participants")),
}
"Words of headers beside the label, which comes first."

ONLY_ADDED = N_("associate or ignore: activities are taken off a record by deleting them")
ONLY_KEPT = N_("keep: what an activity is about is added to, not replaced")
KNOWN_FIELD = N_("a field that activities have")
NEW = N_("a new property")
LEFT_OR_MAPPED = N_("leave or map: the choices of activities are fixed")


@dataclass(frozen=True)
class Activities(ObjectDef):
    """One kind of activity. Its table is a query, with columns as the plan asks them of records."""

    @cached_property
    def table(self) -> sa.Subquery:  # type: ignore[override]
        """Activities of the kind: who wrote one owns it."""
        known = ACTIVITY.c
        fields = [
            JsonText(known.fields, sa.literal(prop.name)).label(prop.column)
            for prop in self.properties
            if prop.name in ("text", "subject")
        ]
        return (
            sa.select(
                known.id,
                known.deleted_at,
                sa.null().label("merged_into"),
                known.external_id,
                known.author_id.label("owner"),
                *fields,
            )
            .where(known.kind == self.name)
            .subquery()
        )

    @property
    def kind(self) -> ActivityKind:
        """Its fields."""
        return ACTIVITY_KINDS[self.name]


def is_activity(object: ObjectDef) -> bool:
    """Whether an object type is a kind of activity."""
    return isinstance(object, Activities)


def import_model(name: str) -> DataModel:
    """The data model as files of an object type see it: with the kind of activity, if it is one."""
    model = data_model()
    try:
        model.object(name)
    except TresseError as error:
        for kind in ACTIVITY_KINDS:
            extended = with_kind(model, kind)
            try:
                found = extended.object(name)
            except TresseError:
                continue
            if is_activity(found):
                return extended
        raise error from None
    return model


def with_kind(model: DataModel, kind: ActivityKind) -> DataModel:
    """A data model with a kind of activity and its relations to what it can be about."""
    object = described(kind)
    subjects = [each for each in model.objects if each.has_activities and not each.is_archived]
    relations = tuple(_relation(object, each) for each in subjects)
    return DataModel((*model.objects, object), (*model.associations, *relations))


def importable(model: DataModel, actor: Actor) -> list[ObjectDef]:
    """Object types, then kinds of activity, that a person may import."""
    return [
        each
        for each in with_kinds(model).objects
        if not each.is_archived and acting(actor, each, model).scope(each.name, "import") != "none"
    ]


def with_kinds(model: DataModel) -> DataModel:
    """A data model that knows the kinds of activity by their names, without relations."""
    names = {each.name for each in model.objects}
    kinds = [described(kind) for kind in ACTIVITY_KINDS if kind.name not in names]
    return DataModel((*model.objects, *kinds), model.associations)


def described(kind: ActivityKind) -> Activities:
    """A kind of activity as an object type."""
    labels, plurals = _in_all(kind.label), _in_all(PLURALS[kind.name])
    number = list(PLURALS).index(kind.name) + 1
    title = "subject" if "subject" in kind.fields else "text"
    return Activities(
        id=-number,
        name=kind.name,
        label=gettext(kind.label),
        plural=gettext(PLURALS[kind.name]),
        icon=kind.icon,
        colour="grey",
        title=title,
        subtitle="",
        search=(),
        has_pipelines=False,
        has_activities=False,
        position=number,
        is_builtin=True,
        is_archived=False,
        former_labels=(*labels, *plurals),
        properties=tuple(_properties(kind, number)),
    )


def _properties(kind: ActivityKind, object_number: int) -> list[PropertyDef]:
    forms: list[tuple[str, str, str | tuple[str, ...]]] = [
        (EXTERNAL_ID, N_("External id"), "key"),
        (AT, N_("When"), "instant"),
        (AUTHOR, N_("Author"), "user"),
    ]
    forms += [(name, LABELS[name], form) for name, form in kind.fields.items()]
    found = []
    for place, (name, label, form) in enumerate(forms, 1):
        choices = [(each, gettext(CHOICES[each])) for each in form] if _is_choice(form) else []
        sort = "option" if choices else KINDS[str(form)]
        prop = field(object_number * 100 + place, name, gettext(label), sort, options=choices)
        words = [text for each in (label, *WORDS.get(name, ())) for text in _in_all(each)]
        found.append(
            replace(
                prop,
                object_name=kind.name,
                column=EXTERNAL_ID if name == EXTERNAL_ID else f"p_{name}",
                is_unique=name == EXTERNAL_ID,
                is_match_key=name == EXTERNAL_ID,
                is_read_only=False,
                former_labels=tuple(dict.fromkeys(words)),
                read_options=_options(choices),
            )
        )
    return found


def _is_choice(form: str | tuple[str, ...]) -> bool:
    return isinstance(form, tuple)


def _options(
    choices: Sequence[tuple[str, str]],
) -> Callable[[int], tuple[OptionDef, ...]] | None:
    known = tuple(
        OptionDef(name, label, aliases=tuple(_in_all(CHOICES[name]))) for name, label in choices
    )
    return (lambda _: known) if known else None


def _in_all(text: str) -> list[str]:
    """A text in all languages of the product."""
    found = []
    for language in LANGUAGES:
        with translation.override(language):
            found.append(gettext(text))
    return list(dict.fromkeys(found))


def _relation(object: Activities, subject: ObjectDef) -> AssociationDef:
    """What an activity is about, as an association type."""
    return AssociationDef(
        id=-subject.id,
        name=f"{object.name}_{subject.name}",
        from_object=object.name,
        to_object=subject.name,
        forward_label=subject.label,
        inverse_label=object.label,
        max_forward=None,
        max_inverse=None,
        is_symmetric=False,
        parent=None,
        is_default=True,
        is_primary=False,
        is_part=False,
        shares_timeline=False,
        position=subject.position,
        is_builtin=True,
        is_archived=False,
    )


def acting(actor: Actor, object: ObjectDef, model: DataModel) -> Actor:
    """The person with the rights on a kind of activity that follow from those on records.

    Who may import records of an object that has activities, and write on their timelines, may
    import activities; they change their own, or with `activities.others` those of all.
    """
    if not is_activity(object) or actor.rights.is_administrator:
        return actor
    may = any(
        actor.scope(each.name, "import") != "none" and may_log(each, actor)
        for each in model.objects
        if each.has_activities
    )
    whose = "all" if actor.has("activities.others") else "own"
    scopes = {"view": whose, "edit": whose if may else "none"}
    scopes |= dict.fromkeys(("create", "import"), "all" if may else "none")
    rights = replace(actor.rights, objects={**actor.rights.objects, object.name: scopes})
    return replace(actor, rights=rights)


def check_settings(settings: Settings, match: Sequence[str], mapping: Mapping[str, Any]) -> None:
    """Refuse what makes no sense for activities.

    Raises:
        TresseError: `wrong_value`.
    """
    wrong = {
        "links": (settings.links == "dissociate", ONLY_ADDED),
        "existing": (settings.existing == "replace", ONLY_KEPT),
        "unknown_options": (settings.unknown_options == "add", LEFT_OR_MAPPED),
    }
    for name, (is_wrong, wanted) in wrong.items():
        if is_wrong:
            raise WRONG_VALUE(name=name, wanted=gettext(wanted), value=getattr(settings, name))
    for header, answer in mapping.items():
        if isinstance(answer, Mapping) and "new" in answer:
            raise WRONG_VALUE(name=header, wanted=gettext(KNOWN_FIELD), value=gettext(NEW))
    for key in match:
        if key != EXTERNAL_ID:
            raise WRONG_VALUE(name="match", wanted=EXTERNAL_ID, value=key)


def own_settings(settings: Settings, object: ObjectDef) -> Settings:
    """Settings as they hold for an object: what an activity is about is not linked by it (T50)."""
    return replace(settings, pairs="own") if is_activity(object) else settings
