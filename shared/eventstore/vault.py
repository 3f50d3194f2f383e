"""Secrets: encrypted under a data key per owner, which lies wrapped by the installation's key.

Events carry only the reference. The mac tells whether a value changed without opening it and is
made under the same erasable key: once the owner's keys are destroyed neither says anything, in
today's log or in yesterday's backup. The installation's key never enters the database.
"""

import hmac
import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.eventstore.messages import SecretRow
from shared.kernel.secrets import SecretRef

log = logging.getLogger(__name__)

KEY_BYTES = 32
_NONCE_BYTES = 12


class VaultFailure(Exception):
    """A secret or a key that does not open: another installation's key, or somebody's edit."""


class UnknownSecret(Exception):
    """No secret of this account has this id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    account_id: str
    owner_id: str
    key_version: int
    wrapped_key: bytes | None


class VaultRows(Protocol):
    """Where keys and secrets lie: vault_rows.py, in Postgres or in memory."""

    async def newest_key(self, account_id: str, owner_id: str) -> KeyRow | None: ...

    async def add_key(self, key: KeyRow) -> KeyRow:
        """Answers the key that is there, which is another's when somebody was faster."""
        ...

    async def secrets(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[SecretRow, KeyRow]]:
        """`wanted` are pairs of an account's id and a secret's."""
        ...

    async def destroy_keys(self, account_id: str, owner_id: str, until: datetime | None) -> int: ...


class Vault:
    def __init__(self, kek: bytes, rows: VaultRows) -> None:
        if len(kek) != KEY_BYTES:
            raise VaultFailure(f"the installation's key must have {KEY_BYTES} bytes")
        self._kek = AESGCM(kek)
        self._rows = rows

    def __repr__(self) -> str:
        return "Vault(***)"

    async def seal(
        self, account_id: str, owner_id: str, name: str, plaintext: str
    ) -> tuple[SecretRef, SecretRow]:
        refs, rows = await self.seal_all(account_id, owner_id, {name: plaintext})
        return refs[name], rows[0]

    async def seal_all(
        self, account_id: str, owner_id: str, plaintexts: Mapping[str, str]
    ) -> tuple[dict[str, SecretRef], tuple[SecretRow, ...]]:
        """By name. The rows go into the commit whose events carry the references, so that both
        are written or neither."""
        key_row, key = await self._key_to_seal(account_id, owner_id)
        cipher = AESGCM(_derived(key, b"seal"))
        refs: dict[str, SecretRef] = {}
        rows: list[SecretRow] = []
        for name, plaintext in plaintexts.items():
            secret_id = secrets.token_hex(12)
            nonce = secrets.token_bytes(_NONCE_BYTES)
            bound = _bound_to(account_id, owner_id, secret_id)
            row = SecretRow(
                id=secret_id,
                account_id=account_id,
                owner_id=owner_id,
                key_version=key_row.key_version,
                nonce=nonce,
                ciphertext=cipher.encrypt(nonce, plaintext.encode(), bound),
            )
            rows.append(row)
            refs[name] = SecretRef(secret_id=secret_id, mac=_mac(key, name, plaintext))
        return refs, tuple(rows)

    async def mac(self, account_id: str, owner_id: str, name: str, plaintext: str) -> str:
        """What `seal` would give: to ask whether a value is the one that an event refers to."""
        _, key = await self._key_to_seal(account_id, owner_id)
        return _mac(key, name, plaintext)

    async def open(self, account_id: str, ids: Iterable[str]) -> dict[str, str | None]:
        """None for a secret whose owner was erased. The account is asked for, so that a
        reference that strayed into another tenant's stream opens nothing."""
        wanted = list(ids)
        found = await self._rows.secrets([(account_id, id_) for id_ in wanted]) if wanted else []
        opened = {row.id: self._opened(row, key) for row, key in found}
        if missing := set(wanted) - set(opened):
            raise UnknownSecret(", ".join(sorted(missing)))
        return opened

    async def read(self, wanted: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Those of the secrets, pairs of an account's id and their own, that can be read: not what
        was erased, what never came here (a log from elsewhere), or what does not open."""
        pairs = sorted(set(wanted))
        found = await self._rows.secrets(pairs) if pairs else []
        readable: dict[str, str] = {}
        for row, key in found:
            try:
                text = self._opened(row, key)
            except VaultFailure:
                log.exception("secret_does_not_open", extra={"secret_id": row.id})
                continue
            if text is not None:
                readable[row.id] = text
        return readable

    async def erase(self, account_id: str, owner_id: str, until: datetime | None = None) -> int:
        """Destroys the owner's keys, for ever: those made up to a moment, or all there are. What is
        sealed afterwards gets a new one."""
        return await self._rows.destroy_keys(account_id, owner_id, until)

    async def _key_to_seal(self, account_id: str, owner_id: str) -> tuple[KeyRow, bytes]:
        newest = await self._rows.newest_key(account_id, owner_id)
        while newest is None or newest.wrapped_key is None:
            version = 1 if newest is None else newest.key_version + 1
            newest = await self._rows.add_key(self._new_key(account_id, owner_id, version))
        return newest, self._unwrapped(newest, newest.wrapped_key)

    def _new_key(self, account_id: str, owner_id: str, version: int) -> KeyRow:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = self._kek.encrypt(
            nonce, secrets.token_bytes(KEY_BYTES), _bound_to(account_id, owner_id, str(version))
        )
        return KeyRow(
            account_id=account_id,
            owner_id=owner_id,
            key_version=version,
            wrapped_key=nonce + wrapped,
        )

    def _unwrapped(self, row: KeyRow, wrapped: bytes) -> bytes:
        bound = _bound_to(row.account_id, row.owner_id, str(row.key_version))
        try:
            return self._kek.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], bound)
        except InvalidTag as error:
            raise VaultFailure(
                f"the key of owner {row.owner_id} does not open with this installation's key"
            ) from error

    def _opened(self, row: SecretRow, key_row: KeyRow) -> str | None:
        if key_row.wrapped_key is None:
            return None
        key = self._unwrapped(key_row, key_row.wrapped_key)
        bound = _bound_to(row.account_id, row.owner_id, row.id)
        try:
            return AESGCM(_derived(key, b"seal")).decrypt(row.nonce, row.ciphertext, bound).decode()
        except InvalidTag as error:
            raise VaultFailure(f"the secret {row.id} was edited or moved") from error


def _derived(key: bytes, purpose: bytes) -> bytes:
    """One erasable key, two uses that must not share bytes."""
    return hmac.digest(key, b"chronoplane|" + purpose, "sha256")


def _mac(key: bytes, name: str, plaintext: str) -> str:
    text = f"{len(name)}|{name}|{plaintext}".encode()
    return hmac.digest(_derived(key, b"mac"), text, "sha256").hex()


def _bound_to(account_id: str, owner_id: str, last: str) -> bytes:
    """With lengths: a row moved to another account, owner or id must not open."""
    return "".join(f"{len(part)}|{part}|" for part in (account_id, owner_id, last)).encode()
