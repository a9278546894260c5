"""The filter of a page of golden records: where it is edited, and kept as a segment (G70, G74)."""

from typing import Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.http import urlencode

from tresse.accounts.requests import SignedIn
from tresse.datasets.golden_filter import version_base
from tresse.datasets.models import Dataset, DatasetVersion
from tresse.datasets.parsing_rules import PREFIX
from tresse.datasets.views.computed_words import filter_words
from tresse.datasets.views.frame import address_of
from tresse.filters.editor import DRAFT, EDIT, editor_of, query_of
from tresse.filters.texts import json_of

CURSORS = ("after", "before")


def filter_context(
    request: SignedIn, dataset: Dataset, filter: Any, fault: str
) -> dict[str, Any]:  # fmt: skip
    """The filter of a page in words, where it is edited, and where a segment is made of it.

    Args:
        request: Of the page.
        dataset: Whose golden records.
        filter: Of the address; None: all.
        fault: Why it cannot be read; empty: it can.
    """
    base = f"{PREFIX}{dataset.name}"
    asked = {
        "filter_object": base,
        "filter_personal": "0",
        "filter": request.GET.get("filter", ""),
        DRAFT: request.GET.get(DRAFT, ""),
        "filter_next": request.get_full_path(),
    }
    text = urlencode({name: value for name, value in asked.items() if value})
    is_good = filter is not None and not fault
    kept = urlencode({"base": base, "filter": json_of(filter)}) if is_good else ""
    return {
        "filter_words": filter_words(filter, dataset) if is_good else "",
        "filter_fault": fault,
        "filter_address": f"{EDIT}?{text}",
        "segment_address": f"/segments/new/?{kept}" if kept else "",
    }


def with_edited(request: SignedIn, dataset: Dataset, version: DatasetVersion) -> HttpResponse:
    """To the page with the filter that was edited in its address."""
    base = version_base(version)
    editor = editor_of(request, base, data=request.GET, is_personal=False)
    query = query_of(editor, request.GET)
    for name in CURSORS:
        query.pop(name, None)
    if not editor.has_off:
        query.pop(DRAFT, None)
    return HttpResponseRedirect(f"{address_of(dataset)}rows/?{query.urlencode()}")
