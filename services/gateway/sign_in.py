"""Signing in with a password. The gateway computes the hash of what was typed, with the salt of the
right one; whether it is the right one, the command process judges under the vault's key.

Nobody's handle, a user without a password and a wrong password cost the same and answer alike."""

import hashlib
import hmac
from base64 import b64encode
from typing import Final

from services.gateway.call import Call
from services.gateway.dispatch import PROCESS, Sender
from services.gateway.limits import Rate
from services.gateway.refusals import CommandRejected, RateLimited, Refused
from services.gateway.sessions import LIFE, Opened, opened
from shared.domain.principal.commands import OpenSession
from shared.domain.rejections import Unauthenticated
from shared.kernel.actor import process_actor
from shared.queries.sign_in import GetHashing, HashingDocument

# Enough for somebody who mistypes, too few for somebody who guesses.
TRIES: Final = Rate(per_minute=5, burst_per_second=5)
HANDLE_LENGTH_MAX = 63
ADDRESS_LENGTH_MAX = 255
# Asked about where nobody has the handle: one id, so that the vault gets one key for it, not many.
NOBODY: Final = "0" * 24


async def open_by_password(call: Call, handle: str, password: str, address: str) -> Opened | None:
    """None where it opens nothing. Takes a tenth of a second either way. An address is as good as a
    handle."""
    if len(handle) > (ADDRESS_LENGTH_MAX if "@" in handle else HANDLE_LENGTH_MAX):
        handle = ""
    _count(call, handle, address)
    sender = Sender(
        actor=process_actor(PROCESS),
        surface=call.surface.name,
        correlation_id=call.request_id,
        reason=call.reason,
    )
    answer = await call.parts.dispatch.query(GetHashing(handle=handle), sender)
    hashing = answer.document
    if not isinstance(hashing, HashingDocument):
        raise TypeError("asked how a password was hashed, got something else")
    hashers = call.parts.hashers
    parameters = hashing.parameters or hashers.parameters(_salt_of_nobody(call, handle))
    proof = await hashers.hash_as(password, parameters)
    session_id, ends = call.parts.ids.new(), call.parts.clock.now() + LIFE
    principal_id = hashing.principal_id or NOBODY
    command = OpenSession(
        principal_id=principal_id, session_id=session_id, proof=proof, expires_at=ends
    )
    try:
        await call.parts.dispatch.command(command, sender)
    except CommandRejected as rejected:
        if isinstance(rejected.rejection, Unauthenticated):
            return None
        raise
    call.parts.authenticator.forget()
    return opened(call, principal_id=principal_id, session_id=session_id, ends=ends)


def _count(call: Call, handle: str, address: str) -> None:
    """Per account and address, so that nobody locks another out of his own account."""
    allowance = call.parts.limits.take("sign_in", f"{handle.lower()}@{address}", TRIES)
    if allowance.retry_after_seconds is not None:
        raise Refused(RateLimited(retry_after_seconds=allowance.retry_after_seconds))


def _salt_of_nobody(call: Call, handle: str) -> str:
    """The same for the same handle, as a real one would be."""
    digest = hmac.new(call.parts.installation, b"salt:" + handle.encode(), hashlib.sha256)
    return b64encode(digest.digest()[:16]).rstrip(b"=").decode()
