"""The page that changes the kind of a property: the dry run, then stop or empty (C30)."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.changes.checks import may_edit
from tresse.objects.described import ObjectDef, PropertyDef
from tresse.objects.kinds import KINDS
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.models import KindChange, Property
from tresse.objects.queries import object_type_named, property_named
from tresse.objects.refusals import refused_value
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_property
from tresse.objects.uses import Target, users_of
from tresse.records.changes.kinds import NEVER, bring_back, change_kind, examine_kind


def kind(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Choose a kind, see what it would do to every record, then begin or leave it."""
    may_edit(request.actor)
    here = model_of(request).object(object_name)
    prop = readable_property(here, name, request.actor)
    row = property_named(object_type_named(here.name), prop.name)
    given = request.POST if request.method == "POST" else request.GET
    wanted = given.get("kind", "")
    context = _context(here, prop, wanted, given.get("date_order", ""))
    status = 200
    if wanted:
        try:
            form = {"date_order": given["date_order"]} if given.get("date_order") else None
            if request.method == "POST":
                return _begun(request, row, wanted, form)
            context |= _report(row, wanted, form, request)
        except TresseError as error:
            context["refusal"], status = message(error), 422
    return render(request, "records/kind.html", context, status=status)


def _begun(
    request: SignedIn, row: Property, kind: str, form: dict[str, str] | None
) -> HttpResponse:
    empties = request.POST.get("failing") == "empty"
    change_kind(row, kind, actor=request.actor, empties=empties, form=form)
    sentence = gettext("The kind of {name} is being changed. You are told when it is done.")
    messages.success(request, sentence.format(name=row.label))
    return redirect("objects:property", row.object_type.name, row.name)


def _report(
    row: Property, kind: str, form: dict[str, str] | None, request: SignedIn
) -> dict[str, Any]:
    report, change = examine_kind(row, kind, actor=request.actor, form=form)
    failing = [
        (each.value, each.number, each.refused.code, message(refused_value("", each.refused)))
        for each in report.failing
    ]
    return {
        "report": report,
        "failing": failing,
        "more": report.distinct - len(failing),
        "options": [each["label"] for each in change.new_facts.get("options", ())],
        "shared": report.shared[:20],
    }


def _context(here: ObjectDef, prop: PropertyDef, wanted: str, order: str) -> dict[str, Any]:
    kinds = [each for each in KINDS if each.name not in {prop.kind.name, *NEVER}]
    changes = KindChange.objects.filter(property=prop.id)
    return {
        "object": here,
        "plural": shown_plural(here),
        "property": prop,
        "label": shown_label(prop),
        "kind_label": gettext(prop.kind.label),
        "kinds": [(each.name, gettext(each.label)) for each in kinds],
        "wanted": wanted,
        "wanted_label": gettext(KINDS[wanted].label) if wanted in KINDS else wanted,
        "order": order,
        "orders": [
            ("", gettext("As the values tell")),
            ("dmy", gettext("Day, month, year")),
            ("mdy", gettext("Month, day, year")),
            ("ymd", gettext("Year, month, day")),
        ]
        if wanted in {"date", "datetime"}
        else [],
        "users": users_of(Target("property", prop.name, here.name)),
        "running": changes.filter(state="filling").first(),
        "kept": changes.filter(is_kept=True, state="done").order_by("-pk").first(),
        "title": gettext("Change the kind of {name}").format(name=shown_label(prop)),
    }


@require_POST
def kind_back(request: SignedIn, object_name: str, name: str) -> HttpResponse:
    """Bring the former column of a property back."""
    may_edit(request.actor)
    row = property_named(object_type_named(object_name), name)
    change = row.kind_changes.filter(is_kept=True, state="done").order_by("-pk").first()
    if change is not None:
        bring_back(change, actor=request.actor)
        sentence = gettext("{name} has its former kind and values again.")
        messages.success(request, sentence.format(name=row.label))
    return redirect("objects:property", row.object_type.name, row.name)
