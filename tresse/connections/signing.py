"""Signatures of what we send, by Standard Webhooks (Y54).

Source: https://github.com/standard-webhooks/standard-webhooks, specification, "Signature scheme".
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Mapping

PREFIX = "whsec_"
BYTES = 24


def new_secret() -> str:
    """A fresh secret, in the form that receivers' libraries read."""
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signed_headers(
    given: Iterable[str], *, message: str, timestamp: int, body: str
) -> Mapping[str, str]:
    """The three headers of a message.

    Args:
        given: Secrets, the present one first; during a rotation the former one as well.
        message: The message's id, the same on every retry.
        timestamp: Seconds since 1970.
        body: The body as it is sent.
    """
    content = f"{message}.{timestamp}.{body}".encode()
    signatures = " ".join(f"v1,{_signature(secret, content)}" for secret in given)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signatures,
    }


def _signature(secret: str, content: bytes) -> str:
    return base64.b64encode(hmac.digest(_key(secret), content, hashlib.sha256)).decode()


def _key(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        # A secret that somebody else chose need not be base64.
        return secret.encode()
