"""The style guide: every component on one page, for developers."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext

from tresse.kernel.clock import now
from tresse.web.forms import Sample
from tresse.web.templatetags.components import TONES

PEOPLE = (
    ("Camille Laurent", "Maison Verdier", "camille.laurent@verdier.fr", 86, "ok", "Customer"),
    ("Zofia Wiśniewska", "Bławatek Studio", "zofia@blawatek.pl", 64, "violet", "Opportunity"),
    ("James Okafor", "Northline Freight", "j.okafor@northline.co.uk", 38, "info", "Lead"),
    ("Łukasz Żółtowski", "Gdańska Kawiarnia", "lukasz@gdkawa.pl", 9, "", "Subscriber"),
)
GRAPH = {
    "nodes": [
        {
            "id": name,
            "title": title,
            "url": f"#{name}",
            "icon": drawing,
            "hue": hue,
            "count": count,
            "fields": [
                {"name": "id", "type": "key", "icon": "hash", "key": True},
                {"name": "name", "type": "text", "icon": "type"},
            ],
            "more": "12 more properties",
        }
        for name, title, drawing, hue, count in (
            ("contacts", "Contacts", "users", "accent", "21,845"),
            ("companies", "Companies", "building-2", "violet", "4,120"),
            ("deals", "Deals", "handshake", "orange", "1,902"),
        )
    ],
    "edges": [
        {"source": "contacts", "target": "companies", "label": "many to many"},
        {"source": "contacts", "target": "companies", "label": "Primary"},
        {"source": "contacts", "target": "deals", "label": "many to many"},
        {"source": "companies", "target": "companies", "label": "Parent and child"},
    ],
    "labels": {},
}


def styleguide(request: HttpRequest) -> HttpResponse:
    """Every component in the person's theme, where `STYLEGUIDE` is set (debug, tests)."""
    if not settings.STYLEGUIDE:
        raise Http404(gettext("The style guide is shown in debug mode only."))
    if request.GET.get("toast"):
        messages.success(request, "Contact saved.")
        messages.error(request, 'There is no property named "emial".')
    moment = now()
    filled = Sample({"name": "Zofia", "email": "zofia@", "stage": "lead"})
    context = {
        "tones": TONES,
        "people": PEOPLE,
        "form": Sample(),
        "bad_form": filled,
        "number": 1234567.891,
        "moments": [moment - timedelta(**ago) for ago in ({"seconds": 5}, {"minutes": 7})],
        "earlier": [moment - timedelta(days=days) for days in (1, 9, 800)],
    }
    return render(request, "web/styleguide/index.html", context)


def fragment(request: HttpRequest) -> HttpResponse:
    """The dialog of the style guide, as HTMX fetches one; posting it answers with its errors."""
    if not settings.STYLEGUIDE:
        raise Http404
    form = Sample(request.POST) if request.method == "POST" else Sample()
    form.is_valid()
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "web/styleguide/_dialog.html", {"form": form}, status=status)


def model(request: HttpRequest) -> HttpResponse:
    """A small graph, as the data model draws one."""
    if not settings.STYLEGUIDE:
        raise Http404
    return render(
        request,
        "web/styleguide/model.html",
        {"graph": GRAPH | {"icons": static("tresse/dist/icons.svg")}},
    )
