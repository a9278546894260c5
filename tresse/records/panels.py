"""What higher rooms add to a record's page: cards on its right side, entries of its menu."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tresse.accounts.actor import Actor
from tresse.kernel.registry import Registry
from tresse.objects.described import DataModel, ObjectDef


@dataclass(frozen=True, slots=True)
class Panel:
    """A further card of a record's page, below those of its links.

    `context` answers what `template`, the body of the card, is rendered with; None: the record has
    no such card. Two of its keys the card itself shows: `count` beside the label, and `all_address`
    as "All". The page adds `object`, `record` (with `id` and `title`), `address` (its own) and
    `may_edit`. The card is `<section id="panel-<name>">`; it reads itself anew when the record
    changes (`tresse:changed`), from `<address>panels/<name>/`; forms of the template may swap it.
    """

    name: str
    label: str
    icon: str
    template: str
    context: Callable[[DataModel, ObjectDef, int, Actor], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class RecordAction:
    """A further entry of a record's menu.

    A link to `address(object, id)`. `opens_dialog`: with scripts, what that address answers stands
    in the dialog of the page (`#dialog`); without, it is a page. `may`: whether it is offered.
    """

    name: str
    label: str
    icon: str
    may: Callable[[Actor, ObjectDef], bool]
    address: Callable[[ObjectDef, int], str]
    opens_dialog: bool = True


PANELS: Registry[Panel] = Registry("record panel")
"Filled by `config.members.hand_over`."

RECORD_ACTIONS: Registry[RecordAction] = Registry("record action")
"Filled by `config.members.hand_over`."


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel of one record, with what its template is rendered with."""

    panel: Panel
    context: Mapping[str, Any]


def shown_panels(
    model: DataModel, object: ObjectDef, id: int, actor: Actor
) -> Iterator[ShownPanel]:
    """The panels that a record has for a person, in the order of the registry."""
    for panel in PANELS:
        if (shown := shown_panel(panel, model, object, id, actor=actor)) is not None:
            yield shown


def shown_panel(
    panel: Panel, model: DataModel, object: ObjectDef, id: int, *, actor: Actor
) -> ShownPanel | None:
    """One panel of a record; None: the record has no such card."""
    context = panel.context(model, object, id, actor)
    return None if context is None else ShownPanel(panel, context)


def offered_actions(object: ObjectDef, id: int, actor: Actor) -> list[tuple[RecordAction, str]]:
    """Entries of a record's menu that the person may use, each with its address."""
    return [(each, each.address(object, id)) for each in RECORD_ACTIONS if each.may(actor, object)]
