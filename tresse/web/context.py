"""What every template may use: `shell`, worked out only by pages that ask for it."""

from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from tresse.web.navigation import Place, Shown, shown_groups

THEMES = ("light", "dark")


class Shell:
    """The frame of a page for one request."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def person(self) -> Any:
        """The signed-in user, or None."""
        user = getattr(self.request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @property
    def theme(self) -> str:
        """`light`, `dark`, or nothing: as the system has it."""
        chosen = getattr(self.person, "theme", "")
        return chosen if chosen in THEMES else ""

    @property
    def layout(self) -> str:
        """The layout of a page that both signed-in and unknown people may see, such as an error."""
        return "web/base.html" if self.person else "web/plain.html"

    @property
    def languages(self) -> list[tuple[str, Any]]:
        """Code and name of each language."""
        return list(settings.LANGUAGES)

    @cached_property
    def _groups(self) -> list[Shown]:
        return shown_groups(self.request) if self.person else []

    def _at(self, place: Place) -> list[Shown]:
        return [group for group in self._groups if group.place == place]

    @property
    def search(self) -> list[Shown]:
        """The search over everything."""
        return self._at(Place.SEARCH)

    @property
    def top(self) -> list[Shown]:
        """Groups above all others."""
        return self._at(Place.TOP)

    @property
    def main(self) -> list[Shown]:
        """Groups with a heading."""
        return self._at(Place.MAIN)

    @property
    def foot(self) -> list[Shown]:
        """Groups at the bottom."""
        return self._at(Place.FOOT)

    @property
    def workspace_menu(self) -> list[Shown]:
        """Groups behind the workspace button."""
        return self._at(Place.WORKSPACE)

    @property
    def person_menu(self) -> list[Shown]:
        """Groups behind the person's name."""
        return self._at(Place.PERSON)


def shell(request: HttpRequest) -> dict[str, Shell]:
    """The context processor."""
    return {"shell": Shell(request)}
