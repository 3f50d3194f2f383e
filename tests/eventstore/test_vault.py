"""Secrets: sealed apart from the log, opened by their own account, erased for ever."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from shared.eventstore import EventStore, MemoryStore, SecretRow, Store
from shared.eventstore.vault import UnknownSecret, Vault, VaultFailure, VaultRows
from shared.eventstore.vault_rows import MemoryVaultRows, PostgresVaultRows
from tests.support.commits import ACCOUNT, claim, commit
from tests.support.postgres import Database

KEK = bytes(range(32))
OWNER = "service-owner"


@pytest.fixture
def rows(store: Store) -> VaultRows:
    if isinstance(store, MemoryStore):
        return MemoryVaultRows(store)
    assert isinstance(store, EventStore)
    return PostgresVaultRows(store.reader)


async def _keep(store: Store, *secrets: SecretRow) -> None:
    await store.append(commit("service-" + secrets[0].id, secrets=secrets))


async def test_a_sealed_secret_opens_again(store: Store, rows: VaultRows) -> None:
    vault = Vault(KEK, rows)
    one, one_row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s3cret é")
    two, two_row = await vault.seal(ACCOUNT, OWNER, "OTHER", "")
    await _keep(store, one_row, two_row)
    assert await vault.open(ACCOUNT, [one.secret_id, two.secret_id]) == {
        one.secret_id: "s3cret é",
        two.secret_id: "",
    }
    assert b"s3cret" not in one_row.ciphertext
    assert "s3cret" not in repr(vault)


async def test_the_mac_tells_equal_values_apart_from_others(rows: VaultRows) -> None:
    vault = Vault(KEK, rows)
    first, _ = await vault.seal(ACCOUNT, OWNER, "TOKEN", "same")
    again, _ = await vault.seal(ACCOUNT, OWNER, "TOKEN", "same")
    assert first.secret_id != again.secret_id
    assert first.mac == again.mac == await vault.mac(ACCOUNT, OWNER, "TOKEN", "same")
    for owner, name, value in (
        (OWNER, "TOKEN", "other"),
        (OWNER, "NAME", "same"),
        ("another", "TOKEN", "same"),
    ):
        assert await vault.mac(ACCOUNT, owner, name, value) != first.mac


async def test_another_account_opens_nothing(store: Store, rows: VaultRows) -> None:
    vault = Vault(KEK, rows)
    ref, row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s")
    await _keep(store, row)
    with pytest.raises(UnknownSecret):
        await vault.open("another", [ref.secret_id])


async def test_a_refused_commit_keeps_no_secret(store: Store, rows: VaultRows) -> None:
    vault = Vault(KEK, rows)
    await store.append(commit("service-a", claims=(claim("take", "api"),)))
    ref, row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s")
    await store.append(commit("service-b", claims=(claim("take", "api"),), secrets=(row,)))
    with pytest.raises(UnknownSecret):
        await vault.open(ACCOUNT, [ref.secret_id])


async def test_an_erased_owner_is_unreadable_and_may_start_anew(
    store: Store, rows: VaultRows
) -> None:
    vault = Vault(KEK, rows)
    gone, gone_row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s")
    kept, kept_row = await vault.seal(ACCOUNT, "another", "TOKEN", "s")
    await _keep(store, gone_row, kept_row)
    assert await vault.erase(ACCOUNT, OWNER) == 1
    assert await vault.erase(ACCOUNT, OWNER) == 0
    assert await vault.open(ACCOUNT, [gone.secret_id, kept.secret_id]) == {
        gone.secret_id: None,
        kept.secret_id: "s",
    }
    anew, anew_row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "t")
    await _keep(store, anew_row)
    assert anew_row.key_version == 2
    assert anew.mac != gone.mac
    assert await vault.open(ACCOUNT, [gone.secret_id, anew.secret_id]) == {
        gone.secret_id: None,
        anew.secret_id: "t",
    }


async def test_an_erasure_that_is_followed_up_again_spares_what_was_sealed_after_it(
    store: Store, rows: VaultRows
) -> None:
    vault = Vault(KEK, rows)
    _, gone_row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s")
    await _keep(store, gone_row)
    erased_at = datetime.now(UTC)
    assert await vault.erase(ACCOUNT, OWNER, erased_at) == 1
    anew, anew_row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "t")
    await _keep(store, anew_row)
    assert await vault.erase(ACCOUNT, OWNER, erased_at) == 0
    assert (await vault.open(ACCOUNT, [anew.secret_id]))[anew.secret_id] == "t"


@pytest.mark.parametrize(
    "edit",
    [
        lambda row, other: replace(row, ciphertext=other.ciphertext, nonce=other.nonce),
        lambda row, other: replace(row, owner_id=other.owner_id),
        lambda row, other: replace(row, ciphertext=row.ciphertext[:-1] + b"\x00"),
    ],
)
async def test_a_moved_or_edited_secret_does_not_open(
    store: Store, rows: VaultRows, edit: Callable[[SecretRow, SecretRow], SecretRow]
) -> None:
    vault = Vault(KEK, rows)
    ref, row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "s")
    _, other = await vault.seal(ACCOUNT, "another", "TOKEN", "t")
    await _keep(store, edit(row, other))
    with pytest.raises(VaultFailure):
        await vault.open(ACCOUNT, [ref.secret_id])


async def test_another_installations_key_opens_nothing(store: Store, rows: VaultRows) -> None:
    ref, row = await Vault(KEK, rows).seal(ACCOUNT, OWNER, "TOKEN", "s")
    await _keep(store, row)
    with pytest.raises(VaultFailure):
        await Vault(bytes(32), rows).open(ACCOUNT, [ref.secret_id])
    with pytest.raises(VaultFailure):
        Vault(b"short", rows)


async def test_the_database_never_holds_the_plaintext(
    database: Database, event_store: EventStore
) -> None:
    vault = Vault(KEK, PostgresVaultRows(event_store.reader))
    _, row = await vault.seal(ACCOUNT, OWNER, "TOKEN", "canary-4711")
    await _keep(event_store, row)
    with psycopg.connect(database.admin) as admin:
        for everything in (
            "select t::text from vault.secret t",
            "select t::text from vault.data_key t",
            "select t::text from es.event t",
            "select t::text from es.command t",
        ):
            rows = admin.execute(everything).fetchall()
            assert rows
            assert all("canary-4711" not in text for (text,) in rows)
            assert all(b"canary-4711".hex() not in text for (text,) in rows)
