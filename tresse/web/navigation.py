"""What the shell offers: groups of links that higher rooms hand over, so `web` knows none of them.

A room makes a `Group` and `config/members.py` gives it to `GROUPS`:

    def links(request: HttpRequest) -> Iterable[Link]:
        return [Link(gettext("Jobs"), reverse("jobs"), "activity")]

    GROUPS.extend((Group("data", _("Customer data"), links),))

The callable is asked once per full page, for a signed-in person; it leaves out what that person
may not see. A group without links is not shown.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.http import HttpRequest
from django.utils.functional import Promise

from tresse.kernel.registry import Registry


class Place(StrEnum):
    """Where the shell shows a group."""

    SEARCH = "search"
    """The search over everything, above all."""
    TOP = "top"
    """Above all groups, without a heading: home, inbox, tasks."""
    MAIN = "main"
    """Under its heading."""
    FOOT = "foot"
    """At the bottom: settings."""
    WORKSPACE = "workspace"
    """In the menu of the workspace button."""
    PERSON = "person"
    """In the menu of the signed-in person."""
    PALETTE = "palette"
    """Nowhere but among what the search over everything finds."""


@dataclass(frozen=True, slots=True)
class Link:
    """One place to go."""

    label: str | Promise
    url: str
    icon: str
    count: int | None = None
    """Shown at the end of the line when it is above zero."""
    is_post: bool = False
    """A button that posts instead of a link: signing out."""
    is_current: bool = False
    """Set by the shell for the page being shown."""


@dataclass(frozen=True, slots=True)
class Group:
    """Links that stand together."""

    name: str
    label: str | Promise
    links: Callable[[HttpRequest], Iterable[Link]]
    place: Place = Place.MAIN


GROUPS: Registry[Group] = Registry("navigation group")


@dataclass(frozen=True, slots=True)
class Shown:
    """A group as one page shows it."""

    name: str
    label: str | Promise
    links: tuple[Link, ...]
    place: Place


def shown_groups(request: HttpRequest) -> list[Shown]:
    """All groups with links for this request, the current one marked.

    The link with the longest address that begins the path is current, so that a record's page
    marks its index.
    """
    found = [(group, tuple(group.links(request))) for group in GROUPS]
    urls = [link.url for _, links in found for link in links if not link.is_post]
    current = max((url for url in urls if leads_to(url, request.path)), key=len, default=None)
    shown: dict[tuple[Place, str], Shown] = {}
    for group, links in found:
        marked = tuple(replace(link, is_current=link.url == current) for link in links)
        # Groups of several rooms that have one label stand under one heading.
        key = (group.place, str(group.label) or group.name)
        if links and key in shown:
            shown[key] = replace(shown[key], links=(*shown[key].links, *marked))
        elif links:
            shown[key] = Shown(group.name, group.label, marked, group.place)
    return list(shown.values())


def leads_to(url: str, path: str) -> bool:
    """Whether a page at `path` belongs to the link at `url`."""
    address = url.partition("?")[0]
    return path == address or (address != "/" and path.startswith(address.rstrip("/") + "/"))
