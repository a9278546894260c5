"""The session store: Django's own, in a table that says whose session it is and from where."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends import db

from tresse.accounts.models import Session


class SessionStore(db.SessionStore):
    """Keeps sessions in `accounts.Session`, so that people can see and end their own (C105)."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for a session, with the facts that `sign_in` put into it."""
        session: Session = super().create_model_instance(data)  # type: ignore[assignment]
        user = data.get("_auth_user_id")
        session.user_id = int(user) if user else None
        session.address = data.get("address", "")
        session.browser = data.get("browser", "")
        for name in ("started_at", "seen_at"):
            if name in data:
                setattr(session, name, datetime.fromisoformat(data[name]))
        return session
