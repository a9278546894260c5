"""Other values of one property of a record: shown, added, taken away (C21)."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.kernel.errors import TresseError
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.objects.sight import readable_property
from tresse.records.addresses import index_address, record_address
from tresse.records.cells import Cells
from tresse.records.changes import add_other_value, remove_other_value
from tresse.records.queries import record as read_record
from tresse.records.views.requests import may
from tresse.records.views.values import posted

NOT_TYPED = {"not_permitted", "record_not_found", "record_in_bin", "no_other_values"}


def others(request: SignedIn, object_name: str, id: int, name: str) -> HttpResponse:
    """The page of a property's other values; POST adds one, or takes one away (`remove`)."""
    model, actor = model_of(request), request.actor
    object = model.object(object_name)
    prop = readable_property(object, name, actor)
    found = read_record(model, object, id, actor)
    sentence = ""
    if request.method == "POST":
        try:
            if gone := request.POST.get("remove"):
                remove_other_value(model, object, id, name=name, value=gone, actor=actor)
                messages.success(request, gettext("It finds the record no more."))
            else:
                value = posted(request, name)
                if add_other_value(model, object, id, name=name, value=value, actor=actor):
                    messages.success(request, gettext("It finds the record from now on."))
            return HttpResponseRedirect(request.path)
        except TresseError as error:
            if error.code in NOT_TYPED:
                raise
            sentence = message(error)
    cells = Cells(object, actor)
    may_edit = may(object, id, actor, "edit") and actor.access(object.name, name) == "edit"
    context = {
        "record": found,
        "prop": prop,
        "label": shown_label(prop),
        "cell": cells.cell(prop, found.values[name]),
        "others": cells.others(prop, id),
        "may_edit": may_edit and not prop.is_read_only,
        "sentence": sentence,
        "typed": posted(request, name),
        "address": record_address(object, id),
        "plural": shown_plural(object),
        "index_address": index_address(object),
    }
    return render(request, "records/others.html", context, status=422 if sentence else 200)
