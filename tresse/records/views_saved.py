"""Reads of saved views (C84): those a person sees, one by its name, what a view uses."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext, pgettext

from tresse.accounts.actor import SYSTEM, Actor
from tresse.accounts.models import Team
from tresse.accounts.refusals import BUILT_IN
from tresse.filters import checked
from tresse.filters.mentions import mentions, path_mentions
from tresse.filters.paths import sides_named
from tresse.kernel.errors import UNKNOWN_NAME, TresseError, nearest
from tresse.kernel.marks import N_
from tresse.objects.described import DataModel, ObjectDef, data_model
from tresse.objects.uses import DefinitionUser, Target
from tresse.records.models import View

ALL, MINE = "all", "mine"
BUILT_IN_VIEWS = (ALL, MINE)
"Every object type has these two (C5); they do not change."


def views_of(object: ObjectDef, actor: Actor) -> QuerySet[View]:
    """Saved views that stand on a person's page: own ones, those of their teams, of everyone."""
    mine = Q(owner_id=actor.user_id) if actor.user_id else Q()
    teams = Team.objects.filter(members=actor.user_id) if actor.user_id else Team.objects.all()
    seen = Q(sharing="everyone") | Q(sharing="team", team__in=teams)
    found = View.objects.filter(object_type_id=object.id).filter(seen | mine if mine else seen)
    return found.select_related("object_type", "owner", "team").order_by("position", "id")


def view_named(object: ObjectDef, name: str, actor: Actor) -> View:
    """The saved view of that name; who may share views finds those of every team.

    Raises:
        TresseError: `unknown_name`, whether it is not there or not for the person.
    """
    found = views_of(object, actor).filter(name=name).first()
    if found is None and actor.has("views.share"):
        shared = View.objects.filter(object_type_id=object.id, sharing="team", name=name)
        found = shared.select_related("object_type", "owner", "team").first()
    if found is None:
        known = [*BUILT_IN_VIEWS, *views_of(object, actor).values_list("name", flat=True)]
        near = nearest(name, known)
        raise UNKNOWN_NAME(sort=N_("view"), name=name, nearest=near, known=known)
    return found


def view_to_change(object: ObjectDef, name: str, actor: Actor, action: str) -> View:
    """The saved view of that name, for somebody who wants it `changed` or `deleted`.

    Raises:
        TresseError: `unknown_name`; `built_in`: "All" and "Mine" stay as they are.
    """
    if name in BUILT_IN_VIEWS:
        raise BUILT_IN(name=view_label(name), action=action)
    return view_named(object, name, actor)


def view_label(name: str, view: View | None = None) -> str:
    """What a view is called, the built-in ones in the language of the person."""
    if view is not None:
        return view.label
    return pgettext("view", "Mine") if name == MINE else pgettext("view", "All")


def is_shared(view: View) -> bool:
    """Whether others see it too; one of a team that is gone is its owner's alone."""
    return view.sharing == "everyone" or (view.sharing == "team" and view.team_id is not None)


def may_change(view: View, actor: Actor) -> bool:
    """Own ones; shared ones with the right `views.share`."""
    if is_shared(view):
        return actor.has("views.share")
    return view.owner_id == actor.user_id


def view_facts(view: View) -> dict[str, Any]:
    """A view as `apply`, REST and the audit log say it (C5a)."""
    return {
        "object": view.object_type.name,
        "name": view.name,
        "label": view.label,
        "sharing": view.sharing,
        "team": view.team.name if view.team else None,
        "filter": view.filter,
        "columns": list(view.columns),
        "widths": dict(view.widths),
        "sort": list(view.sort),
        "layout": view.layout,
        "layout_settings": dict(view.layout_settings),
        "position": view.position,
    }


def targets_of(view: View, model: DataModel) -> set[Target]:
    """Definitions that a view names: in its filter, its columns, its order, its layout."""
    object = model.object(view.object_type.name)
    return {
        Target("object", object.name),
        *mentions(view.filter, object, model),
        *(target for name in view.columns for target in _of_column(name, object, model)),
        *(Target("property", name.removeprefix("-"), object.name) for name in view.sort),
        *_of_layout(view, object),
    }


def _of_column(name: str, object: ObjectDef, model: DataModel) -> Iterator[Target]:
    if "." in name or object.has(name):
        yield from path_mentions(name, object, model)
        return
    plain = name.removesuffix(":forward")
    for side in sides_named(plain, object, model) or sides_named(
        name.removesuffix(":inverse"), object, model
    ):
        yield Target("association_type", side.association.name)


def _of_layout(view: View, object: ObjectDef) -> Iterator[Target]:
    if view.layout_settings.get("pipeline"):
        yield Target("pipeline", view.layout_settings["pipeline"], object.name)


def _pairs() -> Iterator[tuple[Target, str]]:
    """Definitions that views use, whoever owns them, and the views as people name them."""
    model = data_model()
    for view in View.objects.select_related("object_type", "owner").order_by("id"):
        for target in targets_of(view, model):
            yield target, gettext('view "{label}"').format(label=view.label)


def _uses(target: Target) -> Iterator[str]:
    return (use for used, use in _pairs() if used == target)


def _unfit(target: Target, model: DataModel) -> Iterator[str]:
    """Views that could not be shown if the data model were that one (C31)."""
    for view in View.objects.select_related("object_type", "owner").order_by("id"):
        if view.filter is None or target not in targets_of(view, model):
            continue
        try:
            object = model.object(view.object_type.name)
            checked(view.filter, object, model=model, actor=SYSTEM)
        except TresseError:
            yield gettext('view "{label}"').format(label=view.label)


USERS = (DefinitionUser("views", _uses, _unfit, _pairs),)
