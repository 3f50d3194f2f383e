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


def headers_of(*secrets: str, message: str, at: datetime, body: bytes) -> dict[str, str]:
    """A signature by each secret: a receiver takes the message where one of them is right, so that
    a secret can be changed while messages come."""
    timestamp = str(int(at.timestamp()))
    signed = f"{message}.{timestamp}.".encode() + body
    digests = [hmac.new(key_of(secret), signed, hashlib.sha256).digest() for secret in secrets]
    return {
        "webhook-id": message,
        "webhook-timestamp": timestamp,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(d).decode()}" for d in digests),
        "content-type": "application/cloudevents+json",
    }
