"""NATS's own spelling of keys (nkeys) and tokens: what the server takes for a user's permissions.

Ed25519 with a kind in front and a checksum behind, in base32; a token is a JWT whose algorithm is
called `ed25519-nkey`. Only account keys are made here: those that may sign users."""

import base64
import binascii
import json
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

_ACCOUNT = 0 << 3  # reads `A` in base32
_SEED = 18 << 3  # reads `S`
_KEY_BYTES = 32


class NkeyInvalid(ValueError):
    """Not the seed of an account; never says what the text was."""


class AccountKey:
    __slots__ = ("_private",)

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def new(cls) -> "AccountKey":
        return cls(Ed25519PrivateKey.generate())

    @classmethod
    def parse(cls, seed: str) -> "AccountKey":
        raw = _unspelled(seed)
        if len(raw) != 2 + _KEY_BYTES or raw[:2] != bytes((_SEED | _ACCOUNT >> 5, 0)):
            raise NkeyInvalid("not the seed of an account")
        return cls(Ed25519PrivateKey.from_private_bytes(raw[2:]))

    @property
    def seed(self) -> str:
        """Secret: whoever has it lets anybody in."""
        return _spelled(bytes((_SEED | _ACCOUNT >> 5, 0)) + self._private.private_bytes_raw())

    @property
    def public(self) -> str:
        return _spelled(bytes((_ACCOUNT,)) + self._private.public_key().public_bytes_raw())

    def token(self, claims: Mapping[str, Any], *, issued_at: int) -> str:
        whole = {**claims, "iss": self.public, "iat": issued_at, "jti": secrets.token_hex(16)}
        head = _base64({"typ": "JWT", "alg": "ed25519-nkey"})
        signed = f"{head}.{_base64(whole)}"
        signature = self._private.sign(signed.encode())
        return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def claims_of(token: bytes) -> dict[str, Any]:
    """What a token says, its signature unread. Raises ValueError where it is none."""
    parts = token.split(b".")
    if len(parts) != 3:
        raise ValueError("not a token")
    body = base64.urlsafe_b64decode(parts[1] + b"=" * (-len(parts[1]) % 4))
    claims = json.loads(body)
    if not isinstance(claims, dict):
        raise ValueError("not a token")
    return claims


def _spelled(raw: bytes) -> str:
    checked = raw + binascii.crc_hqx(raw, 0).to_bytes(2, "little")
    return base64.b32encode(checked).rstrip(b"=").decode()


def _unspelled(text: str) -> bytes:
    try:
        checked = base64.b32decode(text + "=" * (-len(text) % 8))
    except binascii.Error:
        raise NkeyInvalid("not base32") from None
    raw, checksum = checked[:-2], checked[-2:]
    if binascii.crc_hqx(raw, 0).to_bytes(2, "little") != checksum:
        raise NkeyInvalid("the checksum is wrong")
    return raw


def _base64(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
