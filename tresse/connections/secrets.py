"""Secrets at rest: sealed with a key made of the installation's own (`TRESSE_SECRET_KEY`)."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tresse.connections.refusals import SECRET_NOT_READABLE

PURPOSE = b"tresse secrets 1"


def seal(secret: str) -> str:
    """The secret as it may stand in the database; empty stays empty."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again.

    Raises:
        TresseError: `secret_not_readable`; it was sealed by another installation's key.
    """
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise SECRET_NOT_READABLE() from None


def _box() -> Fernet:
    derived = HKDF(hashes.SHA256(), 32, salt=None, info=PURPOSE)
    return Fernet(base64.urlsafe_b64encode(derived.derive(settings.SECRET_KEY.encode())))
