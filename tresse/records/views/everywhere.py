"""The search over everything: a page, and the palette that Ctrl+K opens on every page."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render

from tresse.accounts.requests import SignedIn, is_fragment
from tresse.engine.fulltext import words
from tresse.objects.labels import shown_plural
from tresse.objects.requests import model_of
from tresse.records.addresses import index_address, record_address
from tresse.records.everywhere import SHORTEST, Hits, found_everywhere
from tresse.records.wording import inside
from tresse.web.navigation import Link, Place, shown_groups

ON_A_PAGE = 20


def search(request: SignedIn) -> HttpResponse:
    """Records and pages that the typed words find; with HTMX the results alone."""
    typed = request.GET.get("q", "").strip()
    limit = {} if is_fragment(request) else {"limit": ON_A_PAGE}
    groups = found_everywhere(model_of(request), typed, request.actor, **limit)
    context = {
        "typed": typed,
        "is_short": len(typed) < SHORTEST,
        "groups": list(_shown(groups, typed)),
        "pages": _pages(request, typed),
        "all_address": f"/search/?{urlencode({'q': typed})}",
    }
    template = "_search_results.html" if is_fragment(request) else "search.html"
    return render(request, f"records/{template}", context)


def _shown(groups: list[Hits], typed: str) -> Iterator[dict[str, object]]:
    for group in groups:
        yield {
            "object": group.object,
            "plural": shown_plural(group.object),
            "plural_inside": inside(shown_plural(group.object)),
            "avatar_class": "avatar--xs"
            if group.object.name == "contact"
            else "avatar--xs avatar--sq",
            "hits": [
                {"hit": hit, "address": record_address(group.object, hit.id)} for hit in group.hits
            ],
            "more": f"{index_address(group.object)}?{urlencode({'q': typed})}"
            if group.has_more
            else "",
        }


def _pages(request: SignedIn, typed: str) -> list[Link]:
    """Pages whose name has words that begin as typed (C103); all of them before anything is."""
    asked = words(typed)
    links = [
        link
        for group in shown_groups(request)
        for link in group.links
        if not link.is_post and group.place != Place.SEARCH
    ]
    return [
        link
        for link in {link.url: link for link in links}.values()
        if all(any(word.startswith(each) for word in words(str(link.label))) for each in asked)
    ]
