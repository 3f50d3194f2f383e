"""Idempotency keys as ZenML's client sends them: a fresh UUID with every request, which its retries
repeat. A key means one method on one path; what it was first used for stays as it was answered."""

import hashlib
from uuid import UUID

from services.gateway.call import Call
from services.gateway.surfaces.zenml.errors import Told, named


def require_uuid_key(call: Call) -> None:
    key = call.idempotency_key
    if key is None:
        return
    try:
        UUID(key)
    except ValueError:
        text = f"Invalid UUID idempotency key: {key}. Please use a valid UUID."
        raise Told(named(422, "ValueError", text)) from None


def step_of(call: Call, body: bytes) -> str:
    return f"{call.method} {call.path} {hashlib.sha256(body).hexdigest() if body else ''}"
