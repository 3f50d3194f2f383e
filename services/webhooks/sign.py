"""Signatures by the Standard Webhooks specification: HMAC-SHA256 over id, time and body."""

import base64
import binascii
import hashlib
import hmac
from datetime import datetime

PREFIX = "whsec_"


class SecretInvalid(ValueError):
    """Not `whsec_` and base64: nothing can be signed with it."""


def key_of(secret: str) -> bytes:
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise SecretInvalid("the secret is no base64") from None


def message_id(webhook_id: str, position: int) -> str:
    """The same for every attempt, a replay included: receivers know by it what they have seen."""
    return f"msg_{webhook_id}_{position}"


def headers_of(secret: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    timestamp = str(int(at.timestamp()))
    signed = f"{message}.{timestamp}.".encode() + body
    digest = hmac.new(key_of(secret), signed, hashlib.sha256).digest()
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
        "content-type": "application/cloudevents+json",
    }
