"""Changes to saved views (C84): private ones by their owner, shared ones with `views.share`."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext

from tresse.accounts import audit
from tresse.accounts.actor import Actor
from tresse.accounts.models import Team
from tresse.accounts.permission import require, require_right
from tresse.accounts.queries import teams_named
from tresse.accounts.refusals import INVALID_NAME
from tresse.accounts.rights import NAME
from tresse.filters import checked
from tresse.kernel.clock import now
from tresse.kernel.errors import NOT_PERMITTED, WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.changes.checks import check_limit, checked_label, name_from
from tresse.objects.changes.refusals import NAME_TAKEN, RESERVED_NAME
from tresse.objects.described import DataModel, ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.limits import tell_if_near
from tresse.records.columns import columns_named
from tresse.records.lists import sorts
from tresse.records.models import View
from tresse.records.refusals import VIEW_CHANGED_MEANWHILE
from tresse.records.views_saved import BUILT_IN_VIEWS, is_shared, may_change, view_facts

SHARINGS = ("private", "team", "everyone")
LAYOUTS = ("table", "board")
LAYOUT_SETTINGS = ("pipeline",)
TITLE_WIDTH = "*"
NARROWEST, WIDEST = 48, 800
NOT_YOURS = N_("The view {label} belongs to another person.")
FIELDS = (
    "label",
    "sharing",
    "team",
    "filter",
    "columns",
    "widths",
    "sort",
    "layout",
    "layout_settings",
    "position",
)
"What can be said about a view at any time."


def add_view(
    model: DataModel, object: ObjectDef, *, label: str, actor: Actor, name: str = "", **facts: Any
) -> View:
    """Save a view of the object's records.

    Args:
        model: The data model.
        object: The object type.
        label: What people call it.
        actor: Owns it; needs `views.share` to share it.
        name: Its name for good; made from the label if left out.
        facts: Of `FIELDS`, see `change_view`.

    Raises:
        TresseError: `not_permitted`, `invalid_name`, `reserved_name`, `name_taken`,
            `limit_reached`, and as `change_view`.
    """
    require(actor, "view", object.name, shown_plural(object))
    taken = View.objects.filter(object_type_id=object.id).values_list("name", flat=True)
    own = View.objects.filter(object_type_id=object.id, owner_id=actor.user_id)
    view = View(
        object_type_id=object.id,
        name=_checked_name(name) if name else name_from(label, {*taken, *BUILT_IN_VIEWS}),
        owner_id=actor.user_id,
        position=(own.order_by("position").values_list("position", flat=True).last() or 0) + 1,
    )
    _fill(view, model, object, {"label": label, **facts}, actor)
    _check_sharing(view, actor)
    try:
        with transaction.atomic():
            number = own.count()
            check_limit("max_views", number=number, name=shown_label(object), things=N_("views"))
            view.save()
            _log(actor, "view.add", view, after=view_facts(view))
            tell_if_near("max_views", number=number + 1, name=object.label, things=N_("views"))
    except IntegrityError:
        raise NAME_TAKEN(object=shown_label(object), name=view.name) from None
    return view


def change_view(
    model: DataModel, view: View, *, actor: Actor, version: int | None = None, **facts: Any
) -> View:
    """Change what is said about a view, nothing else.

    Args:
        model: The data model.
        view: The view.
        actor: Its owner, or of a shared one somebody with `views.share`.
        version: The version the change is based on; refused if the view has moved on.
        facts: `label`; `sharing` (`private`, `team`, `everyone`); `team`, a name; `filter`, or None
            for every record; `columns`, names; `widths`, pixels by column; `sort`, up to three
            properties; `layout` (`table`, `board`); `layout_settings`; `position`.

    Raises:
        TresseError: `not_permitted`, `wrong_value`, `unknown_reference` (team), what a filter is
            refused with, `unknown_property`, `association_type_not_found`, `changed_meanwhile`.
    """
    object = model.object(view.object_type.name)
    _check_change(view, actor)
    with transaction.atomic():
        view = (
            View.objects.select_for_update(of=("self",))
            .select_related("object_type", "owner", "team")
            .get(pk=view.pk)
        )
        _check_change(view, actor)
        if version is not None and version != view.version:
            raise VIEW_CHANGED_MEANWHILE(view=view.label)
        before, was_shared = view_facts(view), is_shared(view)
        _fill(view, model, object, facts, actor)
        _check_sharing(view, actor)
        was, now_is = audit.difference(before, view_facts(view))
        if not now_is:
            return view
        view.version += 1
        view.updated_at = now()
        view.save()
        if was_shared or is_shared(view):
            _log(actor, "view.change", view, before=was, after=now_is, always=True)
    return view


def delete_view(view: View, *, actor: Actor) -> None:
    """Delete a view; records stay as they are.

    Raises:
        TresseError: `not_permitted`.
    """
    _check_change(view, actor)
    with transaction.atomic():
        _log(actor, "view.delete", view, before=view_facts(view))
        view.delete()


class ViewOwnership:
    """Shared views of somebody who leaves pass to another; private ones stay where they are."""

    name = "views"

    def hand_over(self, old: int, new: int, *, actor: Actor) -> None:  # noqa: ARG002
        """Make `new` the owner of the views that `old` shared (C111)."""
        View.objects.filter(owner_id=old).exclude(sharing="private").update(owner_id=new)


def _check_change(view: View, actor: Actor) -> None:
    if is_shared(view):
        require_right(actor, "views.share")
    elif not may_change(view, actor):
        raise NOT_PERMITTED(sentence=gettext(NOT_YOURS).format(label=view.label))


def _check_sharing(view: View, actor: Actor) -> None:
    if is_shared(view):
        require_right(actor, "views.share")
    elif view.owner_id is None:
        raise WRONG_VALUE(name="sharing", wanted=N_("team or everyone"), value="private")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(str(name)):
        raise INVALID_NAME(name=name)
    if name in BUILT_IN_VIEWS:
        raise RESERVED_NAME(name=name)
    return name


def _fill(
    view: View, model: DataModel, object: ObjectDef, facts: Mapping[str, Any], actor: Actor
) -> None:
    """Put checked facts into a view that is not saved yet."""
    unknown = [name for name in facts if name not in FIELDS]
    assert not unknown, unknown  # noqa: S101  doors check their keys
    if "label" in facts:
        view.label = checked_label(facts["label"])
    if "sharing" in facts or "team" in facts:
        view.sharing, view.team = _shared_with(view, facts)
    if "filter" in facts:
        if facts["filter"] is not None:
            checked(facts["filter"], object, model=model, actor=actor)
        view.filter = facts["filter"]
    if "columns" in facts:
        view.columns = _checked_columns(model, object, facts["columns"], actor)
    if "widths" in facts:
        view.widths = _checked_widths(facts["widths"])
    if "sort" in facts:
        names = _texts("sort", facts["sort"])
        sorts(object, names, actor)
        view.sort = names
    if "layout" in facts or "layout_settings" in facts:
        view.layout, view.layout_settings = _checked_layout(view, object, facts)
    if facts.get("position") is not None:
        view.position = facts["position"]


def _shared_with(view: View, facts: Mapping[str, Any]) -> tuple[str, Team | None]:
    sharing = facts.get("sharing") or view.sharing
    if sharing not in SHARINGS:
        wanted = N_("private, team or everyone")
        raise WRONG_VALUE(name="sharing", wanted=wanted, value=f'"{sharing}"')
    if sharing != "team":
        if facts.get("team"):
            raise WRONG_VALUE(name="team", wanted=N_("the sharing team"), value=f'"{sharing}"')
        return sharing, None
    if "team" not in facts and view.team is not None:
        return sharing, view.team
    if not facts.get("team"):
        raise WRONG_VALUE(name="team", wanted=N_("the name of a team"), value='""')
    [team] = teams_named([facts["team"]])
    return sharing, team


def _checked_columns(model: DataModel, object: ObjectDef, given: Any, actor: Actor) -> list[str]:
    columns, refused = columns_named(model, object, _texts("columns", given), actor)
    if refused:
        raise refused[0]
    return [column.key for column in columns]


def _checked_widths(given: Any) -> dict[str, int]:
    widths = given or {}
    if not isinstance(widths, Mapping):
        raise WRONG_VALUE(name="widths", wanted=N_("pixels by column"), value=given)
    for name, width in widths.items():
        sound = isinstance(width, int) and not isinstance(width, bool)
        if not sound or not NARROWEST <= width <= WIDEST:
            wanted = f"{NARROWEST} – {WIDEST}"
            raise WRONG_VALUE(name=f"widths.{name}", wanted=wanted, value=width)
    return dict(widths)


def _checked_layout(
    view: View, object: ObjectDef, facts: Mapping[str, Any]
) -> tuple[str, dict[str, Any]]:
    layout = facts.get("layout") or view.layout
    known = LAYOUTS if object.has_pipelines else LAYOUTS[:1]
    if layout not in known:
        raise WRONG_VALUE(name="layout", wanted=", ".join(known), value=f'"{layout}"')
    settings = facts.get("layout_settings", view.layout_settings) or {}
    names = [each.name for each in object.pipelines]
    for name, value in settings.items():
        if name not in LAYOUT_SETTINGS:
            wanted = ", ".join(LAYOUT_SETTINGS)
            raise WRONG_VALUE(name="layout_settings", wanted=wanted, value=f'"{name}"')
        if value not in names:
            raise WRONG_VALUE(name=name, wanted=", ".join(names), value=f'"{value}"')
    return layout, dict(settings)


def _texts(name: str, given: Any) -> list[str]:
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise WRONG_VALUE(name=name, wanted=N_("a list of names"), value=f'"{given}"')
    for each in given:
        if not isinstance(each, str):
            raise WRONG_VALUE(name=name, wanted=N_("a list of names"), value=f'"{each}"')
    return list(given)


def _log(actor: Actor, action: str, view: View, *, always: bool = False, **states: Any) -> None:
    """Shared views are logged (C114), private ones are nobody else's business."""
    if always or is_shared(view):
        audit.log(actor, action, f"{view.object_type.name}.{view.name}", **states)
