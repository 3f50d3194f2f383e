"""A superuser rewrites the past, triggers or not: the audit, the export and a kept checkpoint tell.

Each tampering is shown to be found twice: by the sealer's own audit in the database, and by who
verifies an export with the key and the witness's checkpoints."""

import json
from dataclasses import replace

import psycopg
import pytest

from shared.eventstore import Appended, Recorded
from shared.eventstore.chain import _envelope, _leaf  # what a forger who knows our code would use
from shared.eventstore.messages import NewEvent
from shared.eventstore.vault import Vault
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.eventstore.verify_export import Report, verify_export
from shared.proof.checkpoint import Signer
from tests.proof.office import ACCOUNT, Office
from tests.proof.source import exported
from tests.support.commits import commit, event

# Events 1-4, 5-12, 13-20: three blocks. service-2's are 3 (first), then some in each block.
STREAMS = 4


async def grown(office: Office) -> None:
    await office.fill(streams=STREAMS, events=1)
    await office.seal_all()
    for _ in range(2):
        await office.fill(streams=STREAMS, events=2)
        await office.seal_all()
    assert await office.store.head() == 20


def kept(office: Office) -> list[str]:
    return [json.loads(line)["note"] for line in office.witness_file.open()]


async def judged(office: Office, account_id: str | None = None) -> Report:
    lines = await exported(office, account_id)
    return verify_export(lines, pinned=office.signer.verifier, outside=kept(office))


def rewritten_tail(office: Office, position: int, data: str) -> list[str]:
    """The statements of a forger: other data at a position, new leaves to the end of its stream."""
    with psycopg.connect(office.database.admin) as connection:
        rows = connection.execute(
            "select e.* from es.event e, es.event c where c.position = %s"
            " and e.stream_id = c.stream_id and e.version >= c.version order by e.version",
            [position],
        ).fetchall()
        before = connection.execute(
            "select p.leaf from es.event p, es.event c where c.position = %s"
            " and p.stream_id = c.stream_id and p.version = c.version - 1",
            [position],
        ).fetchone()
    leaf = before[0] if before else None
    statements = []
    for row in rows:
        old = recorded(row)
        forged = replace(old, data=data) if old.position == position else old
        new = NewEvent(type=forged.type, schema_version=forged.schema_version, data=forged.data)
        leaf = _leaf(_envelope(forged), forged.version, forged.event_id, new, leaf)
        change = f"data = '{forged.data}', leaf = '\\x{leaf.hex()}'"
        where = f"position = {forged.position}"
        statements.append(" ".join(("update es.event set", change, "where", where)))
    assert leaf is not None
    return statements


def recorded(row: tuple[object, ...]) -> Recorded:
    names = (
        "position recorded_at account_id stream stream_type version event_id type schema_version"
        " command_id correlation_id causation_id actor credential_id surface reason data leaf"
    ).split()
    values: dict[str, object] = dict(zip(names, row, strict=True))
    for name in ("event_id", "command_id", "correlation_id"):
        values[name] = str(values[name])
    return Recorded(**values)  # type: ignore[arg-type]  # a row of es.event in its own order


async def test_what_nobody_touched_is_found_good(office: Office) -> None:
    await grown(office)
    assert (await office.auditor().verify_and_record()).bad_position is None
    for account_id in (None, ACCOUNT):
        report = await judged(office, account_id)
        assert (report.finding, report.outside) == (None, 3)
    with psycopg.connect(office.database.admin) as connection:
        found = connection.execute(
            "select last_position, bad_position, reason from es.verification"
        ).fetchall()
    assert found == [(20, None, None)]


SIMPLE = {
    "data": ('update es.event set data = \'{"name": "b"}\' where position = 7', 7, "changed"),
    "actor": ("update es.event set actor = 'user:x' where position = 7", 7, "changed"),
    "reason": ("update es.event set reason = 'because' where position = 7", 7, "changed"),
    "leaf": ("update es.event set leaf = sha256('x') where position = 7", 7, "changed"),
    "one deleted": ("delete from es.event where position = 7", 7, "missing"),
    "the end deleted": ("delete from es.event where position >= 18", 18, "missing"),
    "two exchanged": (
        "update es.event set position = case position when 7 then 8 when 8 then 7 end"
        " + 100 where position in (7, 8);"
        " update es.event set position = position - 100 where position > 100",
        7,
        None,
    ),
    "a time": (
        "update es.event set recorded_at = recorded_at - interval '1 year' where position = 7",
        7,
        None,
    ),
}


@pytest.mark.parametrize("name", list(SIMPLE))
async def test_a_change_in_the_database_is_found_where_it_is(office: Office, name: str) -> None:
    statement, position, kind = SIMPLE[name]
    await grown(office)
    office.as_superuser(statement)
    outcome = await office.auditor().verify()
    report = await judged(office)
    assert outcome.bad_position is not None
    assert report.finding is not None
    if kind is not None:
        assert outcome.bad_position == position
        assert (report.finding.kind, report.finding.position) == (kind, position)
    else:  # Only the block's root can tell: it says which block.
        assert 5 <= outcome.bad_position <= position
        last = report.finding.last_position or report.finding.position
        assert report.finding.position <= position <= last <= 12


async def test_an_event_that_was_put_in_between_is_found(office: Office) -> None:
    await grown(office)
    office.as_superuser(
        "create temporary table copied as select * from es.event where position = 7;"
        "update es.event set position = position + 1000 where position >= 7;"
        "update es.event set position = position - 999 where position > 1000;"
        "update copied set stream_id = 'service-new', version = 1;"
        "insert into es.event select * from copied"
    )
    outcome = await office.auditor().verify()
    assert outcome.bad_position == 7
    report = await judged(office)
    assert report.finding is not None
    assert report.finding.position == 7


async def test_a_tail_rewritten_with_new_leaves_but_without_the_key_is_found(
    office: Office,
) -> None:
    await grown(office)
    office.as_superuser(*rewritten_tail(office, 7, '{"name": "forged"}'))
    outcome = await office.auditor().verify()
    assert outcome.bad_position == 5  # the first of its block
    report = await judged(office)
    assert report.finding is not None
    assert (report.finding.position, report.finding.last_position) == (5, 12)
    # The forger seals it again with a key of his own, and shows no one a kept checkpoint.
    office.as_superuser("delete from es.block")
    honest, file = office.signer, office.witness_file.read_text()
    office.signer = Signer.new()
    office.witness_file.unlink()
    await office.seal_all()
    lines = await exported(office)
    assert verify_export(lines).ok, "self-signed: nothing to hold against it"
    pinned = verify_export(lines, pinned=honest.verifier)
    assert pinned.finding is not None
    assert pinned.finding.kind == "unsigned"
    outside = [json.loads(line)["note"] for line in file.splitlines()]
    assert verify_export(lines, outside=outside[-1:]).finding is not None


async def test_a_log_sealed_again_with_the_stolen_key_is_caught_by_a_kept_checkpoint(
    office: Office,
) -> None:
    await grown(office)
    all_kept = kept(office)
    # Seals in the same places, so that only what is sealed differs.
    office.as_superuser(*rewritten_tail(office, 7, '{"name": "forged"}'), "delete from es.block")
    office.witness_file.unlink()
    await reseal(office, (4, 12, 20))
    lines = await exported(office)
    key = office.signer.verifier
    assert verify_export(lines, pinned=key).ok, "the key alone cannot show it"
    # Any kept checkpoint shows it; all of them show in which block.
    one = verify_export(lines, pinned=key, outside=all_kept[-1:])
    assert one.finding is not None
    assert (one.finding.kind, one.finding.position, one.finding.last_position) == (
        "rewritten",
        1,
        20,
    )
    each = verify_export(lines, pinned=key, outside=all_kept)
    assert each.finding is not None
    assert (each.finding.kind, each.finding.position, each.finding.last_position) == (
        "rewritten",
        5,
        12,
    )
    account = verify_export(await exported(office, ACCOUNT), pinned=key, outside=all_kept)
    assert account.finding is not None
    assert (account.finding.position, account.finding.last_position) == (5, 12)


async def reseal(office: Office, ends: tuple[int, ...]) -> None:
    for end in ends:
        sealing = office.sealing()
        await sealing.open()
        entries = sealing._ledger.entries

        async def some(
            *, after: int, limit: int, upto: int = end, entries: object = entries
        ) -> list[bytes]:
            assert callable(entries)
            found: list[bytes] = await entries(after=after, limit=upto - after)
            return found

        sealing._ledger.entries = some  # type: ignore[method-assign]  # seal up to here only
        await sealing.seal_next()


async def test_a_log_cut_back_to_an_older_checkpoint_is_caught_by_a_newer_one(
    office: Office,
) -> None:
    await grown(office)
    all_kept = kept(office)
    office.as_superuser(
        "delete from es.event where position > 12", "delete from es.block where block_no > 2"
    )
    lines = await exported(office)
    key = office.signer.verifier
    assert verify_export(lines, pinned=key).ok, "to who kept nothing it is an older log"
    report = verify_export(lines, pinned=key, outside=all_kept)
    assert report.finding is not None
    assert (report.finding.kind, report.finding.position) == ("missing", 13)
    assert verify_export(lines, pinned=key, outside=all_kept, may_be_older=True).ok
    assert (await office.auditor().verify()).bad_position == 13


async def test_an_erased_secret_leaves_everything_verifiable(office: Office) -> None:
    await grown(office)
    vault = Vault(bytes(range(32)), PostgresVaultRows(office.store.reader))
    ref, row = await vault.seal(ACCOUNT, "owner", "TOKEN", "canary")
    verdict = await office.store.append(
        commit("service-secret", event(f'{{"env": "{ref.secret_id}"}}'), secrets=(row,))
    )
    assert isinstance(verdict, Appended)
    await office.seal_all()
    before = await exported(office)
    assert await vault.open(ACCOUNT, [ref.secret_id]) == {ref.secret_id: "canary"}
    await vault.erase(ACCOUNT, "owner")
    assert await vault.open(ACCOUNT, [ref.secret_id]) == {ref.secret_id: None}
    assert (await office.auditor().verify()).bad_position is None
    assert (await judged(office)).ok
    assert await exported(office) == before
    assert b"canary" not in b"".join(before)
