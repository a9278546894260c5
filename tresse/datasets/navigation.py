"""Datasets in the shell's navigation."""

from collections.abc import Iterable

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tresse.accounts.actor import Actor
from tresse.accounts.navigation import SettingsPages
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef
from tresse.records.panels import RecordAction
from tresse.web.navigation import Group, Link

READ, ERASE = "datasets.read", "people.erase"
OF_PEOPLE = ("contact",)
"Object types whose records are people."


def links(request: HttpRequest) -> Iterable[Link]:
    """The list of datasets, for those who may see it."""
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has(READ):
        yield Link(gettext("Datasets"), reverse("datasets:datasets"), "database")


def _settings(request: HttpRequest) -> Iterable[Link]:
    actor = getattr(request, "actor", None)
    if actor is not None and actor.has(ERASE):
        yield Link(gettext("Erasures"), reverse("datasets:erasures"), "shield")


def _may_erase(actor: Actor, object: ObjectDef) -> bool:
    return object.name in OF_PEOPLE and actor.has(ERASE)


GROUPS = (Group("datasets", _("Customer data"), links),)
SETTINGS_PAGES = (SettingsPages("erasures", _settings),)
RECORD_ACTIONS = (
    RecordAction(
        "erase",
        N_("Erase this person…"),
        "trash-2",
        _may_erase,
        lambda object, id: reverse("datasets:record-erase", args=[object.slug, id]),
        opens_dialog=False,
    ),
)
