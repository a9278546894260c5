"""What may be done with the selected rows of an index page: the buttons of the bulk bar (C90)."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext

from tresse.accounts.actor import Actor
from tresse.kernel.marks import N_
from tresse.kernel.registry import Registry
from tresse.objects.described import ObjectDef
from tresse.records.addresses import bulk_address
from tresse.records.selection import Selection

May = Callable[[Actor, ObjectDef], bool]


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A button of the bulk bar.

    It opens `address(object)` by GET with the fields of the selection (`selection_of`); what is
    answered to HTMX is a fragment for the page's dialog, without scripts a page of its own.
    """

    name: str
    label: str
    icon: str
    may: May
    address: Callable[[ObjectDef], str]
    in_menu: bool = False
    "Whether it stands in the menu at the end rather than in the bar itself."
    is_danger: bool = False


def allows(*actions: str) -> May:
    """The person's rights let all of these actions reach some records."""
    return lambda actor, object: all(
        actor.scope(object.name, action) != "none" for action in actions
    )


def _may_move(actor: Actor, object: ObjectDef) -> bool:
    return (
        object.has_pipelines
        and allows("bulk_edit", "edit")(actor, object)
        and actor.access(object.name, "stage") == "edit"
    )


def _may_give_tasks(actor: Actor, object: ObjectDef) -> bool:
    return (
        object.has_activities
        and object.name != "task"
        and allows("bulk_edit")(actor, object)
        and actor.scope("task", "create") != "none"
    )


def _page(act: str) -> Callable[[ObjectDef], str]:
    return lambda object: bulk_address(object, act)


_edit = allows("bulk_edit", "edit")

ACTIONS = (
    BulkAction("edit", N_("Edit"), "pencil", _edit, _page("edit")),
    BulkAction(
        "owner",
        N_("Owner"),
        "user-round",
        lambda actor, object: _edit(actor, object) and actor.access(object.name, "owner") == "edit",
        _page("owner"),
    ),
    BulkAction("stage", N_("Stage"), "square-kanban", _may_move, _page("stage")),
    BulkAction("task", N_("Task"), "square-check", _may_give_tasks, _page("task")),
    BulkAction("link", N_("Link records"), "link", _edit, _page("link"), in_menu=True),
    BulkAction("unlink", N_("Unlink"), "unlink", _edit, _page("unlink"), in_menu=True),
    BulkAction(
        "delete",
        N_("Delete"),
        "trash-2",
        allows("bulk_edit", "delete"),
        _page("delete"),
        in_menu=True,
        is_danger=True,
    ),
)

BULK_ACTIONS: Registry[BulkAction] = Registry(N_("bulk action"))
"Filled by `config.members.hand_over`."


@dataclass(frozen=True, slots=True)
class Button:
    """A bulk action as the bar shows it."""

    name: str
    label: str
    icon: str
    address: str
    in_menu: bool
    is_danger: bool


def buttons(object: ObjectDef, actor: Actor) -> list[Button]:
    """The actions a person has on an object type; dangerous ones last."""
    found = [
        Button(
            each.name,
            gettext(each.label),
            each.icon,
            each.address(object),
            each.in_menu,
            each.is_danger,
        )
        for each in BULK_ACTIONS
        if each.may(actor, object)
    ]
    return sorted(found, key=lambda each: each.is_danger)


@dataclass(frozen=True, slots=True)
class Bar:
    """What the bulk bar holds: its buttons, and fields that say what "all" means."""

    buttons: list[Button]
    state: tuple[tuple[str, str], ...]
    is_more: bool
    "Whether more records match than the page shows."

    @property
    def has_menu(self) -> bool:
        """Whether any action stands in the menu."""
        return any(each.in_menu for each in self.buttons)


def bar_of(
    object: ObjectDef, actor: Actor, selection: Selection, *, shown: int, count: int | None
) -> Bar | None:
    """The bar of a page that shows some of a selection's records; None if nothing may be done."""
    found = buttons(object, actor)
    if not found:
        return None
    state = tuple(field for field in selection.fields() if field[0] != "all")
    return Bar(found, state, is_more=count is not None and count > shown)
