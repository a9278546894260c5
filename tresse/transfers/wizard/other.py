"""The same file as another object, or by a kept template (T22a, T88)."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.transfers import changes, queries


@require_POST
def as_other(request: SignedIn, import_id: int) -> HttpResponse:
    """Import the file as another object: its columns are recognised anew (T22a)."""
    row = queries.import_with_id(import_id, actor=request.actor)
    row = changes.turn_import(row, object_name=request.POST.get("object", ""), actor=request.actor)
    if is_fragment(request):
        return HttpResponseClientRedirect(f"/imports/{row.pk}/map/")
    return redirect("transfers:map", row.pk)


@require_POST
def use_template(request: SignedIn, import_id: int) -> HttpResponse:
    """Take mapping and settings of a kept template (T88)."""
    row = queries.import_with_id(import_id, actor=request.actor)
    template = queries.template_named(request.POST.get("template", ""), actor=request.actor)
    row = changes.take_over(row, template.content, actor=request.actor)
    return redirect("transfers:map", row.pk)
