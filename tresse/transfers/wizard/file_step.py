"""The first step: an object type, a file, and how it is read (T3a, T7 to T18)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRedirect

from tresse.accounts import queries as accounts
from tresse.accounts.account import ZONES
from tresse.accounts.answers import message
from tresse.accounts.permission import require
from tresse.accounts.requests import SignedIn, is_fragment
from tresse.engine.files.encoding import ENCODINGS
from tresse.kernel.errors import WRONG_VALUE, TresseError
from tresse.kernel.marks import N_
from tresse.objects.described import ObjectDef
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address
from tresse.records.wording import inside
from tresse.transfers import activities, changes, queries
from tresse.transfers.changes.starting import fits
from tresse.transfers.files import FileForm
from tresse.transfers.limits import most_megabytes
from tresse.transfers.models import Import
from tresse.transfers.prepare import file_of, stored_form
from tresse.transfers.profile import profile_of
from tresse.transfers.template_contents import content_of, usable

CURABLE = ("undecodable_text", "sheet_not_chosen")
"Refusals that another way of reading may end: the draft is kept and the person asked."
LINES = 6
"Sample lines shown."
WIDEST_SAMPLE = 40
LONGEST_ID = 18
MOST_TEMPLATES = 3
"Shown as fitting."
DELIMITERS = (",", ";", "\t", "|")
CHOICES = ("encoding", "delimiter", "header", "sheet", "zone")


@dataclass(frozen=True, slots=True)
class Came:
    """What a new import takes over, and what the person is told of it."""

    title: str
    content: Mapping[str, Any]
    sentences: Sequence[str]


@require_safe
def choose_object(request: SignedIn) -> HttpResponse:
    """Which object the file holds, for those who come from elsewhere than its index page."""
    objects = [{"object": each, "plural": shown_plural(each)} for each in importable(request)]
    context = {"objects": objects, "step": "file"}
    return render(request, "transfers/wizard/objects.html", context)


def importable(request: SignedIn) -> list[ObjectDef]:
    """Object types, and kinds of activity, that the person may import."""
    return activities.importable(model_of(request), request.actor)


def add_file(request: SignedIn, object_name: str) -> HttpResponse:
    """Take a file in; it becomes a draft, and the page goes on to how it is read."""
    model = activities.with_kinds(model_of(request))
    object = model.object(object_name)
    acting = activities.acting(request.actor, object, model)
    require(acting, "import", object.name, shown_plural(object))
    sentence, came = "", _came(request, object)
    if request.method == "POST":
        try:
            return _gone_on(request, _added(request, object, came))
        except TresseError as error:
            if error.code == "not_permitted":
                raise
            sentence = message(error)
    context = {
        **of_object(object),
        "step": "file",
        "objects": [(each.slug, shown_plural(each)) for each in importable(request)],
        "most_bytes": most_megabytes() << 20,
        "most": str(most_megabytes()),
        "sentence": sentence,
        "came": came,
    }
    template = "_new.html" if is_fragment(request) else "new.html"
    status = 422 if sentence else 200
    return render(request, f"transfers/wizard/{template}", context, status=status)


def _came(request: SignedIn, object: ObjectDef) -> Came | None:
    """What the address says to take over: `repeat` an import, or a `template` (T88)."""
    given, actor = request.GET, request.actor
    if _is_id(given.get("repeat", "")):
        row = queries.import_with_id(int(given["repeat"]), actor=actor)
        title = gettext("As in the import of {file}").format(file=row.file_name)
        content = content_of(row, actor=actor)
    elif "template" in given:
        template = queries.template_named(given["template"], actor=actor)
        title = gettext("By the template “{name}”").format(name=template.name)
        content = template.content
    else:
        return None
    if content.get("object"):
        # A repeated import may begin at another object's page: what it was of is what counts.
        content = {**content, "object": object.name}
    kept = usable(content, object=object, actor=actor)
    settled = gettext("Mapping and settings are taken over; look at them before the check.")
    return Came(title, content, [settled, *kept.sentences])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def of_object(object: ObjectDef) -> dict[str, Any]:
    """What every page of the wizard says of its object type."""
    plural = shown_plural(object)
    return {
        "object": object,
        "label": shown_label(object),
        "plural": plural,
        "plural_inside": inside(plural),
        "index_address": reverse("transfers:imports")
        if activities.is_activity(object)
        else index_address(object),
    }


def _added(request: SignedIn, object: ObjectDef, came: Came | None) -> Import:
    given = request.FILES.get("file")
    if given is None or given.file is None:
        raise WRONG_VALUE(name=gettext("The import"), wanted=N_("a file"), value="–")
    row = changes.add_import(
        object.name,
        file=cast(BinaryIO, given.file),
        file_name=str(given.name),
        actor=request.actor,
    )
    try:
        if came is not None:
            return changes.take_over(row, came.content, actor=request.actor)
        return changes.read_import(row, actor=request.actor)
    except TresseError as error:
        if error.code not in CURABLE:
            changes.drop_import(row, actor=request.actor)
            raise
    return row


def _gone_on(request: SignedIn, row: Import) -> HttpResponse:
    address = f"/imports/{row.pk}/file/"
    if is_fragment(request):
        return HttpResponseClientRedirect(address)
    return HttpResponseRedirect(address)


def reading(request: SignedIn, import_id: int) -> HttpResponse:
    """How the file is read, with its first lines; a choice reads it anew."""
    row = queries.import_with_id(import_id, actor=request.actor)
    if row.state not in ("draft", "checked", "failed"):
        return redirect("transfers:import", row.pk)
    refusal: TresseError | None = None
    chosen: dict[str, Any] = dict(row.reading)
    try:
        if request.method == "POST":
            chosen = {**row.reading, **_chosen(request)}
            row = changes.read_import(row, actor=request.actor, reading=chosen)
            if not is_fragment(request):
                return redirect("transfers:file", row.pk)
        elif not row.form:
            row = changes.read_import(row, actor=request.actor)
    except TresseError as error:
        refusal = error
    context = _read(request, row, chosen, refusal)
    template = "_file.html" if is_fragment(request) else "file.html"
    status = 422 if refusal and request.method == "POST" else 200
    return render(request, f"transfers/wizard/{template}", context, status=status)


def _chosen(request: SignedIn) -> dict[str, Any]:
    """Choices of the form; None takes one back, so that it is found by itself again."""
    given = request.POST
    found: dict[str, Any] = {name: given.get(name) or None for name in CHOICES if name in given}
    if "header" in found:
        found["header"] = {"yes": True, "no": False}.get(found["header"] or "")
    return found


def _read(
    request: SignedIn, row: Import, chosen: Mapping[str, Any], refusal: TresseError | None
) -> dict[str, Any]:
    object = activities.with_kinds(model_of(request)).object(row.object_name)
    form = stored_form(row) if row.form and refusal is None else None
    context = {
        **of_object(object),
        "step": "file",
        "row": row,
        "refusal": message(refusal) if refusal else "",
        "form": form,
        "encodings": [(name, name) for name in ENCODINGS],
        "delimiters": [(sign, delimiter_label(sign)) for sign in DELIMITERS],
        "zones": ZONES,
        "zone": chosen.get("zone") or accounts.account().zone,
        "chosen": chosen,
        "sheets": list(refusal.details.get("sheets", ())) if refusal else [],
    }
    if form is None:
        return context
    profile = profile_of(file_of(row.pk), form)
    return context | {
        "sheets": list(form.sheets),
        "is_text": form.type in ("csv", "txt"),
        "delimiter_is_other": form.delimiter not in DELIMITERS,
        "before": queries.same_file_before(row, actor=request.actor),
        "fitting": _fitting(request, row, form),
        "lines": [each[:WIDEST_SAMPLE] for each in form.sample[:LINES]],
        "heads": form.headers[:WIDEST_SAMPLE],
        "left_out": max(0, form.width - WIDEST_SAMPLE),
        "profile": profile,
    }


def _fitting(request: SignedIn, row: Import, form: FileForm) -> list[str]:
    """Names of the templates whose columns the file has, and that are not taken over yet."""
    templates = queries.templates_of(request.actor, object_name=row.object_name)
    return [
        each.name
        for each in templates
        if fits(each.content, form.headers)
        and any(row.mapping.get(h) != a for h, a in each.content["columns"].items())
    ][:MOST_TEMPLATES]


def delimiter_label(sign: str) -> str:
    """What people call a delimiter."""
    labels = {
        ",": gettext("Comma ( , )"),
        ";": gettext("Semicolon ( ; )"),
        "\t": gettext("Tab"),
        "|": gettext("Bar ( | )"),
    }
    return labels.get(sign, sign)


@require_POST
def discard(request: SignedIn, import_id: int) -> HttpResponse:
    """Throw the draft away."""
    row = queries.import_with_id(import_id, actor=request.actor)
    object = activities.with_kinds(model_of(request)).object(row.object_name)
    changes.drop_import(row, actor=request.actor)
    return redirect(index_address(object))
