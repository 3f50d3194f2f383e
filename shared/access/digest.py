"""How a credential is looked up: a keyed digest of its secret, so that nobody who reads the log
(or the bus) holds anything that opens a door, and no table of common tokens helps."""

import hashlib
import hmac
import re
from dataclasses import dataclass

TOKEN = re.compile(r"cp_([0-9a-f]{24})_([A-Za-z0-9-]{20,128})\Z")


def digest_of(secret: str, installation: bytes) -> str:
    return hmac.new(installation, b"api_key:" + secret.encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """What a caller showed. `key_id` or `key_name`, where it named one, must fit the key found."""

    secret: str
    key_id: str | None = None
    key_name: str | None = None


def presented_bearer(token: str) -> Presented:
    """`cp_<key id>_<secret>`; any other text is a secret as a whole (an operator's admin token)."""
    match = TOKEN.match(token)
    if match is None:
        return Presented(secret=token)
    return Presented(secret=match.group(2), key_id=match.group(1))


def token_of(key_id: str, secret: str) -> str:
    return f"cp_{key_id}_{secret}"
