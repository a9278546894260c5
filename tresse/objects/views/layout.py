"""The layout of a record page: groups and order of properties, cards (C97)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.changes import change_layout
from tresse.objects.described import data_model
from tresse.objects.forms.layout import items_of, posted_items, posted_layout
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.layouts import card_key, card_sides, further_cards
from tresse.objects.queries import object_type_named
from tresse.objects.views.answers import object_to_change, tabs


def object_layout(request: SignedIn, object_name: str) -> HttpResponse:
    """Order groups, properties and cards; without scripts the arrows move one at a time."""
    here, model = object_to_change(request, object_name), data_model()
    items, refusal = items_of(here), ""
    if request.method == "POST":
        items = posted_items(request.POST, here)
        facts = posted_layout(request.POST, items)
        try:
            change_layout(object_type_named(here.name), actor=request.actor, **facts)
        except TresseError as error:
            refusal = message(error)
        else:
            messages.success(request, gettext("The layout is saved."))
            return redirect("objects:object-layout", here.name)
    hidden = set(here.layout.get("hidden", ()))
    cards: list[dict[str, Any]] = [
        {
            "key": card_key(side),
            "label": shown_label(side),
            "other": shown_plural(model.object(side.other)),
            "icon": model.object(side.other).icon,
            "is_shown": card_key(side) not in hidden,
        }
        for side in card_sides(model, here)
    ]
    cards += [
        {
            "key": card.name,
            "label": gettext(card.label),
            "other": "",
            "icon": card.icon,
            "is_shown": card.name not in hidden,
        }
        for card in further_cards(here)
    ]
    context = tabs(request, model, here, "layout") | {
        "items": items,
        "cards": cards,
        "refusal": refusal,
    }
    return render(request, "objects/layout.html", context, status=422 if refusal else 200)
