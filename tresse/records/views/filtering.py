"""The filter of an index page: its chips, and the address that an edited filter leads to."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext

from tresse.accounts.answers import message
from tresse.accounts.requests import SignedIn
from tresse.filters import checked, words
from tresse.filters.draft import Card, filter_of, taken, text_of
from tresse.filters.editor import DRAFT, EDIT, editor_of, query_of
from tresse.filters.texts import json_of
from tresse.kernel.errors import TresseError
from tresse.objects.described import ObjectDef
from tresse.records.index import Shape, address_of


@dataclass(frozen=True, slots=True)
class Chip:
    """One condition of the filter in words.

    `at`: its path in the editor. `rest`, `draft`: the filter and the draft without it, as they
    stand in an address.
    """

    at: str
    words: str
    rest: str
    draft: str = ""
    fault: str = ""
    is_off: bool = False


def filter_of_page(request: SignedIn, object: ObjectDef, shape: Shape) -> dict[str, Any]:
    """Its chips, and where the whole of it is edited."""
    query = {
        "filter_object": object.name,
        "filter": shape.filter_text,
        "filter_draft": request.GET.get(DRAFT, ""),
        "filter_next": request.get_full_path(),
    }
    text = urlencode({name: value for name, value in query.items() if value})
    return {"chips": chips_of(request, object, shape), "filter_address": f"{EDIT}?{text}"}


def chips_of(request: SignedIn, object: ObjectDef, shape: Shape) -> list[Chip]:
    """The conditions that stand side by side, those that are switched off too."""
    asks = "filter" in shape.given
    data = request.GET if asks else QueryDict()
    editor = editor_of(request, object, data=data, kept=shape.filter, is_flat=True)
    chips = []
    for at, part in enumerate(editor.root.parts):
        left = Card("all", list(editor.root.parts))
        taken(left, str(at))
        has_off = any(each.is_off for each in left.parts)
        rest = json_of(filter_of(left)[0])
        draft = text_of(left) if has_off else ""
        was_off, part.is_off = part.is_off, False
        alone = filter_of(Card("all", [part]))[0]
        part.is_off = was_off
        try:
            good = checked(alone, object, model=editor.asking.model, actor=request.actor)
            chips.append(Chip(str(at), words(good), rest, draft, is_off=was_off))
        except TresseError as error:
            text = gettext("This condition cannot be read")
            chips.append(Chip(str(at), text, rest, draft, message(error), is_off=was_off))
    return chips


def with_edited(request: SignedIn, object: ObjectDef, shape: Shape) -> HttpResponse:
    """To the index page with the filter that was edited in its address."""
    editor = editor_of(request, object, data=request.GET, kept=shape.filter)
    query = query_of(editor, request.GET)
    query.pop("cursor", None)
    if not editor.has_off:
        query.pop(DRAFT, None)
    return HttpResponseRedirect(address_of(query, object))
