"""Where the vault's rows lie: in Postgres, or beside a MemoryStore.

Secrets enter with the commit that refers to them (es.append), so there is nothing here to add one.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from shared.eventstore.memory import MemoryStore
from shared.eventstore.messages import SecretRow
from shared.eventstore.reader import Reader
from shared.eventstore.vault import KeyRow

_NEWEST_KEY = """
select account_id, owner_id, key_version, wrapped_key from vault.data_key
 where account_id = %s and owner_id = %s order by key_version desc limit 1"""

_ADD_KEY = """
insert into vault.data_key (account_id, owner_id, key_version, wrapped_key)
values (%s, %s, %s, %s) on conflict do nothing"""

_SECRETS = """
select s.id, s.account_id, s.owner_id, s.key_version, s.nonce, s.ciphertext, k.wrapped_key
  from vault.secret s join vault.data_key k using (account_id, owner_id, key_version)
 where (s.account_id, s.id) in (select * from unnest(%s::text[], %s::text[]))"""


class PostgresVaultRows:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def newest_key(self, account_id: str, owner_id: str) -> KeyRow | None:
        found = await self._reader.rows(_NEWEST_KEY, (account_id, owner_id))
        return _key(found[0]) if found else None

    async def add_key(self, key: KeyRow) -> KeyRow:
        values = (key.account_id, key.owner_id, key.key_version, key.wrapped_key)
        await self._reader.rows(_ADD_KEY, values)
        newest = await self.newest_key(key.account_id, key.owner_id)
        if newest is None:
            raise AssertionError("a data key that was just added is not there")
        return newest

    async def secrets(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[SecretRow, KeyRow]]:
        accounts, ids = [each[0] for each in wanted], [each[1] for each in wanted]
        found = await self._reader.rows(_SECRETS, (accounts, ids))
        return [(_secret(row), _key((row[1], row[2], row[3], row[6]))) for row in found]

    async def destroy_keys(self, account_id: str, owner_id: str, until: datetime | None) -> int:
        statement = "select vault.destroy_keys(%s, %s, coalesce(%s::timestamptz, 'infinity'))"
        return int((await self._reader.rows(statement, (account_id, owner_id, until)))[0][0])


class MemoryVaultRows:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._keys: dict[tuple[str, str], list[KeyRow]] = {}
        self._made_at: dict[tuple[str, str, int], datetime] = {}

    async def newest_key(self, account_id: str, owner_id: str) -> KeyRow | None:
        keys = self._keys.get((account_id, owner_id))
        return keys[-1] if keys else None

    async def add_key(self, key: KeyRow) -> KeyRow:
        keys = self._keys.setdefault((key.account_id, key.owner_id), [])
        if len(keys) < key.key_version:
            keys.append(key)
            self._made_at[key.account_id, key.owner_id, key.key_version] = datetime.now(UTC)
        return keys[-1]

    async def secrets(self, wanted: Sequence[tuple[str, str]]) -> list[tuple[SecretRow, KeyRow]]:
        rows = [
            row
            for account_id, id_ in wanted
            if (row := self._store.secrets.get(id_)) is not None and row.account_id == account_id
        ]
        return [
            (row, self._keys[row.account_id, row.owner_id][row.key_version - 1]) for row in rows
        ]

    async def destroy_keys(self, account_id: str, owner_id: str, until: datetime | None) -> int:
        keys = self._keys.get((account_id, owner_id), [])
        count = 0
        for place, key in enumerate(keys):
            made_at = self._made_at[account_id, owner_id, key.key_version]
            if key.wrapped_key is not None and (until is None or made_at <= until):
                keys[place] = replace(key, wrapped_key=None)
                count += 1
        return count


def _key(row: tuple[Any, ...]) -> KeyRow:
    return KeyRow(account_id=row[0], owner_id=row[1], key_version=row[2], wrapped_key=row[3])


def _secret(row: tuple[Any, ...]) -> SecretRow:
    return SecretRow(
        id=row[0],
        account_id=row[1],
        owner_id=row[2],
        key_version=row[3],
        nonce=row[4],
        ciphertext=row[5],
    )
