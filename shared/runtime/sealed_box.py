"""A text for one reader: encrypted to a key that the reader made and never wrote down.

X25519 with a key of the sender's for each text, HKDF, ChaCha20-Poly1305. So what crosses the bus,
whatever records it, is of no use to anybody else, nor to the same reader after its end."""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PUBLIC_BYTES = 32
_NONCE_BYTES = 12
_MEANING = b"chronoplane sealed box 1"


class NotForUs(ValueError):
    """Sealed to another key, for another purpose, or altered."""


class Reader:
    """Its key lives as long as the process."""

    def __init__(self) -> None:
        self._private = X25519PrivateKey.generate()
        self._public = self._private.public_key().public_bytes_raw()

    @property
    def public_key(self) -> str:
        return base64.b64encode(self._public).decode("ascii")

    def open(self, box: str, purpose: str) -> str:
        """Raises NotForUs."""
        try:
            raw = base64.b64decode(box, validate=True)
            theirs, nonce = raw[:_PUBLIC_BYTES], raw[_PUBLIC_BYTES : _PUBLIC_BYTES + _NONCE_BYTES]
            shared = self._private.exchange(X25519PublicKey.from_public_bytes(theirs))
            cipher = ChaCha20Poly1305(_key(shared, theirs, self._public))
            body = raw[_PUBLIC_BYTES + _NONCE_BYTES :]
            return cipher.decrypt(nonce, body, purpose.encode()).decode()
        except (ValueError, InvalidTag):
            raise NotForUs("the box does not open") from None


def seal(text: str, public_key: str, purpose: str) -> str:
    """Raises ValueError where `public_key` is none."""
    theirs = base64.b64decode(public_key, validate=True)
    private = X25519PrivateKey.generate()
    ours = private.public_key().public_bytes_raw()
    shared = private.exchange(X25519PublicKey.from_public_bytes(theirs))
    nonce = os.urandom(_NONCE_BYTES)
    body = ChaCha20Poly1305(_key(shared, ours, theirs)).encrypt(
        nonce, text.encode(), purpose.encode()
    )
    return base64.b64encode(ours + nonce + body).decode("ascii")


def _key(shared: bytes, sender: bytes, reader: bytes) -> bytes:
    derive = HKDF(algorithm=hashes.SHA256(), length=32, salt=sender + reader, info=_MEANING)
    return derive.derive(shared)
