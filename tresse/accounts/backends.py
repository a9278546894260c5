"""How Django finds the person of a session or a password."""

from typing import Any

from django.contrib.auth.backends import ModelBackend

from tresse.accounts.models import User


class Passwords(ModelBackend):
    """E-mail and password; reads the role along with the person, since every request asks it."""

    def get_user(self, user_id: Any) -> User | None:
        """The active person with that id."""
        return User.objects.select_related("role").filter(pk=user_id, is_active=True).first()
