"""What a property of a record held before, and giving it back (C27)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.kernel.errors import WRONG_VALUE
from tresse.kernel.marks import N_
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_property
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cells
from tresse.records.changes import restore_value
from tresse.records.origins import origins
from tresse.records.queries import history_of
from tresse.records.queries import record as read_record
from tresse.records.views.lines import SOURCES
from tresse.records.views.requests import may

MOST_DIGITS = 18


def property_history(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """Who changed it, when, from where, old and new; in the dialog of the page, or a page."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    found = read_record(model, object, id, actor)
    prop = readable_property(object, name, actor)
    cells = Cells(object, actor)
    changes = history_of(object, id, actor, name=name)
    known = origins((each.source, each.source_id) for each in changes)
    may_write = bool(prop.column) and not prop.is_read_only and not prop.is_archived
    context = {
        "record": found,
        "label": shown_label(prop),
        "name": prop.name,
        "cell": cells.cell(prop, found.values[prop.name]) if prop.name in found.values else None,
        "changes": [
            {
                "change": each,
                "person": cells.people.get(each.user_id or 0, ""),
                "source": gettext(SOURCES[each.source]) if each.source in SOURCES else "",
                "origin": known.get((each.source, each.source_id or 0)),
                "old": cells.cell(prop, each.old),
                "new": cells.cell(prop, each.new),
                "is_now": found.values.get(prop.name) == each.old,
            }
            for each in changes
        ],
        "address": record_address(object, id),
        "plural": shown_plural(object),
        "index_address": index_address(object),
        "may_restore": may_write
        and actor.access(object.name, prop.name) == "edit"
        and may(object, id, actor, "edit"),
    }
    template = "_history" if is_fragment(request) else "history"
    return render(request, f"records/{template}.html", context)


@require_POST
def property_restore(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """Give the property back what it held before a change (`change`)."""
    model = model_of(request)
    object = model.object(object_name)
    change = request.POST.get("change", "")
    if not change.isdecimal() or len(change) > MOST_DIGITS:
        raise WRONG_VALUE(name="change", wanted=N_("the id of a change"), value=change)
    restore_value(model, object, id, name=name, change_set=int(change), actor=request.actor)
    label = shown_label(readable_property(object, name, request.actor))
    messages.success(request, gettext("{label} has its former value.").format(label=label))
    return HttpResponseRedirect(record_address(object, id))
