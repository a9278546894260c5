"""What the type checker knows of a request that `middleware.Actors` let through."""

from django.http import HttpRequest

from tresse.accounts.actor import Actor


class SignedIn(HttpRequest):
    """A request of a signed-in person or a valid token."""

    actor: Actor
    id: str
