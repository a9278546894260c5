"""Pages and fragments of the filter editor (`filters.editor`)."""

from dataclasses import replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.filters import property_controls
from tresse.filters.compile import condition
from tresse.filters.draft import Line, part_at
from tresse.filters.editing import Asking
from tresse.filters.editor import CHIP, EDIT, Editor, editor_of, query_of
from tresse.filters.operations import State
from tresse.filters.stores import base_named, store_of
from tresse.filters.why import why as reasons
from tresse.kernel.errors import TresseError
from tresse.objects.labels import shown_label, shown_plural
from tresse.objects.requests import model_of

SAMPLE = 5
FOUND = 8
FILTER = ("filter", "filter_draft", "cursor")


def _fields(request: SignedIn) -> QueryDict:
    return request.POST if request.method == "POST" else request.GET


def _editor(request: SignedIn, **more: Any) -> Editor:
    """The editor that a request sent, if the person may look at its object type."""
    fields = _fields(request)
    model = model_of(request)
    base = base_named(fields.get("filter_object", "contact"), model, request.actor)
    is_personal = fields.get("filter_personal") != "0"
    return editor_of(request, base, data=fields, is_personal=is_personal, **more)


def edit(request: SignedIn) -> HttpResponse:
    """The editor anew after a button; or a page, or with HTMX a panel, that edits an address."""
    if request.method == "POST" and is_fragment(request):
        return render(request, "filters/_editing.html", {"editor": _editor(request)})
    fields = _fields(request)
    next_ = fields.get("filter_next", "")
    if not url_has_allowed_host_and_scheme(next_, allowed_hosts=None):
        next_ = "/"
    editor = _editor(request, address=EDIT)
    path, _, query = next_.partition("?")
    state = query_of(editor, QueryDict(query))
    kept = [(name, value) for name, value in _pairs(state) if name not in FILTER]
    context = {
        "editor": editor,
        "next": next_,
        "target": path,
        "kept": kept,
        "plural": shown_plural(editor.base),
        "without": f"{path}?{_without(state)}",
    }
    template = "filters/_panel.html" if is_fragment(request) else "filters/edit.html"
    return render(request, template, context)


def _pairs(query: QueryDict) -> list[tuple[str, str]]:
    return [(name, value) for name, values in query.lists() for value in values if value]


def _without(query: QueryDict) -> str:
    left = query.copy()
    for name in FILTER:
        left.pop(name, None)
    return left.urlencode()


def chip(request: SignedIn) -> HttpResponse:
    """The content of a chip's menu: the list of "+ Filter", or one condition with its fields."""
    editor = _editor(request, name="chip", asks=CHIP, is_flat=True)
    path = _fields(request).get("filter_at") or editor.state.focus
    if path and editor.state == State():
        editor = replace(editor, state=State(focus=path))
    context: dict[str, Any] = {"editor": editor, "at": path}
    if path is None:
        context["groups"] = editor.offered("")
    else:
        context["line"] = next((each for each in editor.lines if each.path == path), None)
    return render(request, "filters/_chip.html", context)


def count(request: SignedIn) -> HttpResponse:
    """How many records the filter finds, five of them, and where its faults are (G73, G74)."""
    editor = _editor(request)
    context: dict[str, Any] = {"editor": editor, "is_exact": False}
    store, base = store_of(editor.base), editor.base
    where = None
    if editor.good:
        asking = editor.asking
        where = condition(
            editor.good,
            base.table,
            model=asking.model,
            actor=asking.actor,
            account=asking.account,
        )
    if where is not None:
        is_exact = _fields(request).get("filter_exact") == "1"
        number = store.count(base, where, request.actor, is_exact=is_exact)
        context |= {
            "count": number,
            "is_exact": is_exact,
            "is_capped": number > 10_000 and not is_exact,
            "sample": store.sample(base, where, request.actor, SAMPLE),
        }
    context |= {"label": shown_label(base).lower(), "plural": shown_plural(base).lower()}
    return render(request, "filters/_count.html", context)


def tally(request: SignedIn) -> HttpResponse:
    """How many records have each choice of one condition: beside the choices, as they open."""
    editor = _editor(request)
    path = _fields(request).get("filter_path", "")
    line, asking = part_at(editor.root, path), editor.asking_at(path)
    found = property_controls.path_in(line.node, asking) if isinstance(line, Line) else None
    numbers: list[tuple[str, int]] = []
    store = store_of(asking.base)
    if found is not None and _is_seen(asking):

        def counted(column: Any) -> Any:
            return store.tally(asking.base, column, request.actor)

        numbers = list(property_controls.tallied(found, asking, counted).items())
    context = {"begin": editor.line_id(path), "numbers": numbers}
    return render(request, "filters/_tally.html", context)


def _is_seen(asking: Asking) -> bool:
    """Whether the person may look at the rows that a condition is on."""
    try:
        return store_of(asking.base).base(asking.base.name, asking.model, asking.actor) is not None
    except TresseError:
        return False


def why(request: SignedIn) -> HttpResponse:
    """Which conditions are true of one record; until one is chosen, those that words find."""
    editor = _editor(request)
    text = _fields(request).get("filter_record", "").strip()
    store, base = store_of(editor.base), editor.base
    context: dict[str, Any] = {"editor": editor, "words": text}
    chosen = _fields(request).get("filter_row", "")
    if chosen and editor.good:
        asking = editor.asking
        context["reason"] = reasons(
            editor.good,
            chosen,
            model=asking.model,
            actor=asking.actor,
            account=asking.account,
        )
    elif text:
        context["found"] = store.named(base, text, request.actor, FOUND)
    return render(request, "filters/_why.html", context)
