"""A checkpoint: the root over all blocks so far, as a signed note that anybody can keep and check.

The text is a C2SP tlog-checkpoint in a signed note, so existing witnesses can read and countersign
it; lines of signers we do not know are passed over. Keys are spelled as there, too.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.kernel.time import format_rfc3339, parse_rfc3339
from shared.proof.merkle import HASH_BYTES

_ED25519 = b"\x01"
_KEY_BYTES = 32
_DASH = "\u2014 "
NOTE_BYTES_MAX = 16 * 1024


class NoteInvalid(ValueError):
    """Not a checkpoint, or not signed by this key; the text says which."""


class KeyInvalid(ValueError):
    """Not a key as we spell them; never says what the text was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """`tree_root` covers blocks 1 to `blocks`; the last of them ends at `position`."""

    origin: str
    blocks: int
    tree_root: bytes
    position: int
    block_hash: bytes
    sealed_at: datetime

    def text(self) -> str:
        return (
            f"{self.origin}\n{self.blocks}\n{_base64(self.tree_root)}\n"
            f"position {self.position}\nblock {self.block_hash.hex()}\n"
            f"sealed {format_rfc3339(self.sealed_at)}\n"
        )


class Verifier:
    """A public key with its name, spelled `<name>+<key id>+<key>`."""

    __slots__ = ("_key", "name", "public")

    def __init__(self, name: str, public: bytes) -> None:
        self.name = name
        self.public = public
        self._key = Ed25519PublicKey.from_public_bytes(public)

    @classmethod
    def parse(cls, text: str) -> "Verifier":
        name, public = _parse_key(text.strip().split("+", 2))
        verifier = cls(name, public)
        if text.strip() != verifier.text():
            raise KeyInvalid("the key does not go with its name and id")
        return verifier

    def text(self) -> str:
        return (
            f"{self.name}+{_key_id(self.name, self.public).hex()}+{_base64(_ED25519 + self.public)}"
        )

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.public).hexdigest()[:16]

    def accepts(self, checkpoint: Checkpoint, signature: bytes) -> bool:
        try:
            self._key.verify(signature, checkpoint.text().encode())
        except InvalidSignature:
            return False
        return checkpoint.origin == self.name

    def open(self, note: str) -> Checkpoint:
        """The checkpoint of a note with a signature of this key. Raises NoteInvalid."""
        checkpoint, signatures = parse_note(note)
        mark = _key_id(self.name, self.public)
        for name, signature in signatures:
            if name == self.name and signature[:4] == mark:
                if self.accepts(checkpoint, signature[4:]):
                    return checkpoint
                raise NoteInvalid("the signature does not fit the text")
        raise NoteInvalid(f"not signed by the key {self.fingerprint}")

    def note(self, checkpoint: Checkpoint, signature: bytes) -> str:
        mark = _key_id(self.name, self.public)
        return f"{checkpoint.text()}\n{_DASH}{self.name} {_base64(mark + signature)}\n"


class Signer:
    """The private key, spelled `PRIVATE+KEY+<name>+<key id>+<seed>`."""

    __slots__ = ("_key", "_seed", "verifier")

    def __init__(self, name: str, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._seed = seed
        self.verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def new(cls) -> "Signer":
        """A fresh key. Its name, which is the log's, comes from the key: no two logs share it."""
        seed = Ed25519PrivateKey.generate().private_bytes_raw()
        return cls(f"chronoplane/{cls('new', seed).verifier.fingerprint}", seed)

    @classmethod
    def parse(cls, text: str) -> "Signer":
        parts = text.strip().split("+", 4)
        if parts[:2] != ["PRIVATE", "KEY"]:
            raise KeyInvalid("not a private key")
        name, seed = _parse_key(parts[2:])
        return cls(name, seed)

    def text(self) -> str:
        name, public = self.verifier.name, self.verifier.public
        mark = _key_id(name, public).hex()
        return f"PRIVATE+KEY+{name}+{mark}+{_base64(_ED25519 + self._seed)}"

    def __repr__(self) -> str:
        return f"Signer({self.verifier.name})"

    def sign(self, checkpoint: Checkpoint) -> bytes:
        return self._key.sign(checkpoint.text().encode())


def parse_note(note: str) -> tuple[Checkpoint, tuple[tuple[str, bytes], ...]]:
    """What a note says and who signed it, nothing checked yet. Raises NoteInvalid."""
    text, gap, signed = note.partition("\n\n")
    if len(note) > NOTE_BYTES_MAX or not gap:
        raise NoteInvalid("not a signed note")
    checkpoint = _parse_checkpoint(text + "\n")
    signatures: list[tuple[str, bytes]] = []
    for line in signed.splitlines():
        name, _, signature = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not signature:
            raise NoteInvalid("a signature line is not one")
        signatures.append((name, _from_base64(signature)))
    return checkpoint, tuple(signatures)


def _parse_checkpoint(text: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        origin, blocks, root, position, block, sealed = lines[:6]
        sealed_at = parse_rfc3339(sealed.removeprefix("sealed "))
        if sealed_at is None:
            raise ValueError(sealed)
        checkpoint = Checkpoint(
            origin=origin,
            blocks=int(blocks),
            tree_root=_from_base64(root),
            position=int(position.removeprefix("position ")),
            block_hash=bytes.fromhex(block.removeprefix("block ")),
            sealed_at=sealed_at,
        )
    except ValueError as error:
        raise NoteInvalid("not a checkpoint of ours") from error
    # One spelling only: the signature is over the text that we make again from the fields.
    if len(checkpoint.tree_root) != HASH_BYTES or checkpoint.text() != text:
        raise NoteInvalid("not a checkpoint of ours")
    return checkpoint


def _parse_key(parts: list[str]) -> tuple[str, bytes]:
    if len(parts) != 3:
        raise KeyInvalid("not a key")
    name, _, encoded = parts
    try:
        key = _from_base64(encoded)
    except NoteInvalid:
        raise KeyInvalid("not a key") from None
    if len(key) != 1 + _KEY_BYTES or key[:1] != _ED25519 or not name or " " in name:
        raise KeyInvalid("not an Ed25519 key")
    return name, key[1:]


def _key_id(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NoteInvalid("not base64") from None
