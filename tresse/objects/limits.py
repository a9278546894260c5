"""Tells administrators when a limit of the data model comes near (C128)."""

from collections import Counter
from collections.abc import Callable

from django.urls import reverse
from django.utils.translation import gettext, override

from tresse.accounts.queries import account, administrators
from tresse.accounts.usage import PERCENT_TOLD, LimitUses
from tresse.jobs.changes import notify
from tresse.jobs.kinds import NotificationKind
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef, data_model
from tresse.objects.labels import shown_label

NOTIFICATIONS = (NotificationKind("limit", N_("Limit near"), "triangle-alert"),)
TITLE = N_("A limit is near")
SENTENCE = N_("{name} has {number} of {most} {things}.")


def tell_if_near(setting: str, *, number: int, name: str, things: str) -> None:
    """Tell each administrator once, in the caller's transaction, from 80 % of a limit on.

    Args:
        setting: The limit, a setting of the account.
        number: How many there are now.
        name: What has them, such as `Contact`.
        things: What they are, as marked for translation: `properties`.
    """
    most = account().values[setting]
    if number * 100 < most * PERCENT_TOLD:
        return
    for person in administrators():
        with override(person.language):
            sentence = gettext(SENTENCE).format(
                name=name, number=number, most=most, things=gettext(things)
            )
            notify(
                person.pk,
                "limit",
                title=gettext(TITLE),
                sentence=sentence,
                link=reverse("objects:model"),
                cause=f"limit:{setting}:{name}:{most}",
            )


def tell_of_property(here: ObjectDef, name: str) -> None:
    """Tell administrators what comes near with a property that was added or changed."""
    properties = here.properties
    numbers = (
        ("max_properties", len(properties), N_("properties")),
        ("max_unique", sum(prop.is_unique for prop in properties), N_("unique properties")),
        ("max_indexed", sum(prop.is_indexed for prop in properties), N_("indexed properties")),
    )
    for setting, number, things in numbers:
        tell_if_near(setting, number=number, name=here.label, things=things)
    prop = here.property(name)
    if prop.options:
        number, things = len(prop.options), N_("options")
        tell_if_near("max_options", number=number, name=prop.label, things=things)


def tell_of_relations(parent: str | None) -> None:
    """Tell administrators what comes near with a relation, or a link label of `parent`."""
    there = data_model().associations
    if parent:
        number, things = sum(each.parent == parent for each in there), N_("link labels")
        tell_if_near("max_link_labels", number=number, name=parent, things=things)
        return
    number, things = sum(not each.parent for each in there), N_("association types")
    tell_if_near(
        "max_association_types", number=number, name=gettext("The data model"), things=things
    )


def used() -> dict[str, tuple[int, str]]:
    """The most that is used of each limit of the data model, and by which object type."""
    model = data_model()
    relations = [each for each in model.associations if not each.parent]
    labels = Counter(each.parent for each in model.associations if each.parent)
    [(busiest, most)] = labels.most_common(1) or [("", 0)]

    def per_object(count: Callable[[ObjectDef], int]) -> tuple[int, str]:
        found = max(model.objects, key=count, default=None)
        return (count(found), shown_label(found)) if found else (0, "")

    return {
        "max_object_types": (len(model.objects), ""),
        "max_association_types": (len(relations), ""),
        "max_link_labels": (most, busiest or ""),
        "max_properties": per_object(lambda here: len(here.properties)),
        "max_unique": per_object(lambda here: sum(prop.is_unique for prop in here.properties)),
        "max_indexed": per_object(lambda here: sum(prop.is_indexed for prop in here.properties)),
    }


USES = (LimitUses("data model", used),)
