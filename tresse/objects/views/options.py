"""The options of a property: change them as rows, delete one (C13, C14)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.changes import change_property, delete_option
from tresse.objects.changes.options import option_named
from tresse.objects.counts import option_count
from tresse.objects.described import PropertyDef
from tresse.objects.forms import COLOURS, refusals_in
from tresse.objects.forms.options import (
    OptionRemoval,
    OptionRow,
    is_move,
    option_facts,
    posted_rows,
    rows_of,
    shown_options,
)
from tresse.objects.labels import shown_label
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.sight import readable_property
from tresse.objects.views.answers import done, form_answer, named, object_to_change, posted_by


def options_context(prop: PropertyDef, rows: list[OptionRow], refusal: str = "") -> dict[str, Any]:
    """The rows of options as a page shows them."""
    colours = [(value, str(word)) for value, word in COLOURS]
    return {"property": prop, "rows": rows, "blank": OptionRow(), "colours": colours} | {
        "options_refusal": refusal
    }


def options_page(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Change, add, archive and order options; a page of its own without scripts."""
    here = object_to_change(request, object_name)
    prop = readable_property(here, name, request.actor)
    shown = shown_options(prop, request.GET)
    rows, refusal = rows_of(prop, shown.options), ""
    if request.method == "POST":
        rows = posted_rows(request.POST)
        if not is_move(request.POST):
            try:
                row = property_named(object_type_named(here.name), prop.name)
                options = list(option_facts(prop, rows))
                change_property(row, options=options, actor=request.actor)
            except TresseError as error:
                refusal = message(error)
            else:
                messages.success(request, gettext("The options are saved."))
                if shown.is_all:
                    return redirect("objects:property", here.name, prop.name)
                return redirect(request.get_full_path())
    context = named(here) | options_context(prop, rows, refusal)
    context |= {"title": shown_label(prop), "shown": shown, "path": request.get_full_path()}
    return render(request, "objects/options.html", context, status=422 if refusal else 200)


def option_delete(request: SignedIn, object_name: str, name: str, option: str) -> HttpResponse:
    """Ask what the records of an option get, then take it off the list."""
    here = object_to_change(request, object_name)
    prop = readable_property(here, name, request.actor)
    row = option_named(property_named(object_type_named(here.name), prop.name), option)
    others = [
        (each.name, shown_label(each, prop))
        for each in prop.options
        if each.name != option and not each.is_archived
    ]
    number = option_count(here, prop, option)
    form = OptionRemoval(posted_by(request), others=others)
    if not number:
        del form.fields["replace_with"]
    if form.is_valid():
        with refusals_in(form):
            facts = form.facts() if number else {}
            delete_option(row, actor=request.actor, **facts)
            messages.success(request, gettext("{name} is deleted.").format(name=row.label))
            return done(request, "objects:property", here.name, prop.name)
    context = named(here) | {
        "title": gettext("Delete the option {label}").format(label=row.label),
        "number": number,
        "is_deletion": True,
        "back": reverse("objects:property", args=[here.name, prop.name]),
    }
    return form_answer(request, form, template="objects/_removal.html", **context)
