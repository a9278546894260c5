"""The inbox of one's teams."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from tresse.accounts.requests import SignedIn
from tresse.jobs.navigation import INBOX_TABS, InboxTab
from tresse.jobs.queries import unread_number
from tresse.kernel.marks import N_
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.readings import people
from tresse.objects.requests import model_of
from tresse.records.addresses import record_address
from tresse.records.team_inbox import newly_assigned

TABS = (InboxTab("team", N_("My team"), "/notifications/team/"),)


@require_safe
def team_inbox(request: SignedIn) -> HttpResponse:
    """Records and tasks newly assigned to people of one's teams; `object` narrows it."""
    model, actor = model_of(request), request.actor
    asked = request.GET.get("object", "")
    object_name = model.object(asked).name if asked else ""
    names = {id: name or email for id, email, name, _ in people().rows}
    found = newly_assigned(model, actor, object_name=object_name)
    context = {
        "rows": [
            {
                "each": each,
                "label": shown_label(each.object),
                "owner": names.get(each.owner, ""),
                "address": record_address(each.object, each.id),
            }
            for each in found
        ],
        "objects": [
            (each.name, shown_plural(each))
            for each in model.objects
            if not each.is_archived and actor.scope(each.name, "view") != "none"
        ],
        "object_name": object_name,
        "has_team": len(actor.team_mates) > 1,
        "unread_number": unread_number(actor),
        "tabs": list(INBOX_TABS),
        "tab_name": TABS[0].name,
    }
    return render(request, "records/team_inbox.html", context)
