"""What is not taken in, with which words and which line; and that nothing of it stays."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.command.bootstrap import Names
from services.command.imports import arrivals
from shared.domain.principal.commands import CreateUser
from shared.domain.replica.events import ReplicaStarted
from shared.domain.service.commands import RegisterService
from shared.domain.service.workload import Workload
from shared.envelope.codec import encode
from shared.envelope.messages import Accepted
from shared.eventstore import MemoryStore, Recorded
from shared.proof.checkpoint import Signer
from tests.command.office import Office
from tests.imports.place import Target, exported, opened, parsed, written
from tests.proof.sealed_log import SealedLog
from tests.support.commits import commit, event
from tests.support.postgres import Database

Line = dict[str, Any]


def of_events(lines: list[Line]) -> list[int]:
    return [n for n, line in enumerate(lines) if line["kind"] == "event"]


def changed(lines: list[Line]) -> int:
    at = next(n for n, line in enumerate(lines) if line.get("type") == "service.registered")
    lines[at]["data"] = lines[at]["data"].replace("web", "wob")
    return at + 1


def reason_forged(lines: list[Line]) -> int:
    at = of_events(lines)[3]
    lines[at]["reason"] = "for the best"
    return at + 1


def missing(lines: list[Line]) -> int:
    at = of_events(lines)[4]
    del lines[at]
    return at + 1  # What follows stands there now.


def twice(lines: list[Line]) -> int:
    at = of_events(lines)[4]
    lines.insert(at, lines[at])
    return at + 2


def no_json(lines: list[Line]) -> int:
    at = of_events(lines)[2]
    lines[at] = {"kind": "nonsense"}
    return at + 1


def cut(lines: list[Line]) -> int:
    del lines[-1]
    return len(lines)


@pytest.mark.parametrize("forge", [changed, reason_forged, missing, twice, no_json, cut])
async def test_a_broken_file_is_refused_with_the_line_and_leaves_nothing(
    office: Office, target: Target, forge: Callable[[list[Line]], int]
) -> None:
    acme = office.handler.access.index.project_of_handle("acme")
    assert acme is not None
    lines = parsed(await exported(office, acme.account_id))
    line = forge(lines)
    before = await target.store.head()
    state, report = await target.bring(written(lines))
    assert (state, report["line"]) == ("refused", line), report
    events = await target.store.read_log(before, 100)
    assert [e.type for e in events] == ["import.begun", "import.refused"]
    assert await target.waiting() == 0


@pytest.mark.parametrize("forge", [changed, reason_forged, missing, twice, no_json, cut])
async def test_so_is_a_broken_whole_log(
    office: Office, target: Target, forge: Callable[[list[Line]], int]
) -> None:
    lines = parsed(await exported(office))
    forge(lines)
    state, report = await target.bring(written(lines))
    assert state == "refused" and report["line"] >= 1 and report["message"], report


async def test_a_stream_that_is_here_already_refuses_all(office: Office, target: Target) -> None:
    lines = await exported(office)
    await target.bring(lines)
    head = await target.store.head()
    state, report = await target.bring(lines)
    assert (state, report["code"], report["is_conflict"]) == ("refused", "stream_taken", True)
    assert await target.store.head() == head + 2  # Begun, refused.


async def test_a_name_that_another_has_here_refuses_all(office: Office, database: Database) -> None:
    async with opened(database, Names(admin="acme", organization="")) as target:
        state, report = await target.bring(await exported(office))
    assert (state, report["code"]) == ("refused", "claim_taken")
    assert "handle acme" in report["message"]


async def test_work_of_the_same_time_refuses_all(office: Office, target: Target) -> None:
    lines = await exported(office)
    made = CreateUser(
        principal_id=target.ids.new(), home_project_id=target.ids.new(), handle="carol", name="C"
    )
    assert isinstance(await target.give(made), Accepted)
    project = target.handler.access.index.project_of_handle("carol")
    assert project is not None
    registered = RegisterService(
        service_id=target.ids.new(),
        project_id=project.id,
        deployment_id=target.ids.new(),
        name="mine",
        workload=Workload(repo="carol/mine"),
    )
    assert isinstance(await target.give(registered), Accepted)
    state, report = await target.bring(lines)
    assert (state, report["code"]) == ("refused", "times_mix")


async def test_what_an_installation_makes_at_its_start_is_nobodys_work(
    office: Office, database: Database
) -> None:
    acme = office.handler.access.index.project_of_handle("acme")
    assert acme is not None
    lines = await exported(office, acme.account_id)
    async with opened(database, Names(admin="root")) as target:
        assert (await target.bring(lines))[0] == "done"


async def test_a_key_that_did_not_sign_refuses_all(office: Office, target: Target) -> None:
    lines = await exported(office)
    state, report = await target.bring(lines, key=Signer.new().verifier.text())
    assert (state, report["code"]) == ("refused", "unsigned")


async def test_what_is_no_key_is_said_to_be_none(office: Office, target: Target) -> None:
    import_id = await target.begin()
    await target.send(import_id, b"".join(await exported(office)), key="no key at all")
    state, report = await target.report(import_id)
    assert (state, report["code"]) == ("refused", "invalid")


async def test_a_part_that_was_lost_is_noticed(office: Office, target: Target) -> None:
    state, report = await target.bring(await exported(office), sha256="0" * 64)
    assert (state, report["code"]) == ("refused", "incomplete")
    state, report = await target.bring(await exported(office), parts=9)
    assert (state, report["code"]) == ("refused", "incomplete")


async def test_parts_of_an_import_that_nobody_began_are_not_kept(target: Target) -> None:
    assert "problem" in await target.say(target.ids.new(), "0", b"x")
    assert await target.waiting() == 0


async def test_parts_are_bounded(target: Target) -> None:
    import_id = await target.begin()
    assert "problem" in await target.say(import_id, "0", b"x" * (300 * 1024))
    assert "problem" in await target.say(import_id, "99999999", b"x")


async def test_what_the_sender_gives_up_is_dropped(office: Office, target: Target) -> None:
    import_id = await target.begin()
    assert await target.say(import_id, "0", b"some") == {}
    assert await target.say(import_id, "abandon") == {}
    assert (await target.report(import_id))[0] == "refused"
    assert await target.say(import_id, "1", b"more") != {}
    await target.arrivals.settle()
    assert await target.waiting() == 0
    past = await target.store.read(f"import-{import_id}")
    assert [e.type for e in past.events] == ["import.begun", "import.refused"]


async def test_a_silent_sender_is_given_up(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "SILENT_SECONDS", 0.0)
    import_id = await target.begin()
    await target.say(import_id, "0", b"some")
    await asyncio.sleep(0.01)
    await target.arrivals.give_up_silent()
    assert (await target.report(import_id))[0] == "refused"
    assert await target.waiting() == 0


# -- sealed well, but no history of ours


PROJECT = "65f0c1a2b3c4d5e6f7a8b9d0"
SERVICE = "65f0c1a2b3c4d5e6f7a8b9d1"


def replica(service_id: str) -> str:
    started = ReplicaStarted(
        replica_id="65f0c1a2b3c4d5e6f7a8b9d2",
        service_id=service_id,
        project_id=PROJECT,
        deployment_id="65f0c1a2b3c4d5e6f7a8b9d3",
        ordinal=0,
        generation=1,
        runtime="process",
        isolated=True,
        address="/run/replica.sock",
    )
    return encode(started).decode()


FORGED = {
    "a service of somebody else": ("replica-65f0c1a2b3c4d5e6f7a8b9d2", "replica.started", SERVICE),
    "another replica than its stream": ("replica-65f0c1a2b3c4d5e6f7a8b9d9", "replica.started", ""),
    "an event of another kind": ("project-65f0c1a2b3c4d5e6f7a8b9d2", "replica.started", SERVICE),
    "a stream of no kind": ("secret-65f0c1a2b3c4d5e6f7a8b9d2", "replica.started", SERVICE),
    "a stream that is no subject": ("replica-a b.>", "replica.started", SERVICE),
    "an event of a newer version": ("replica-65f0c1a2b3c4d5e6f7a8b9d2", "replica.cloned", SERVICE),
    "an end without a beginning": ("api_key-65f0c1a2b3c4d5e6f7a8b9d2", "api_key.revoked", ""),
}


@pytest.mark.parametrize("name", FORGED)
async def test_what_is_sealed_but_does_not_follow_is_refused(target: Target, name: str) -> None:
    stream, type_, service = FORGED[name]
    data = replica(service or SERVICE)
    if type_ == "api_key.revoked":
        data = '{"key_id": "65f0c1a2b3c4d5e6f7a8b9d2", "principal_id": "65f0c1a2b3c4d5e6f7a8b9c0"}'
    store = MemoryStore()
    await store.append(commit(stream, event(data, type_)))
    lines = await SealedLog(await store.read_log(0, 9), Signer.new()).lines()
    state, report = await target.bring(lines)
    assert state == "refused", name
    assert report["code"] in ("unreadable", "inconsistent", "malformed"), report
    assert report["line"] == 3


async def test_events_of_the_future_are_refused(office: Office, target: Target) -> None:
    source = await office.store.read_log(0, 10_000)
    later = [moved(e, timedelta(days=1)) for e in source]
    lines = await SealedLog(later, Signer.new()).lines()
    state, report = await target.bring(lines)
    assert (state, report["code"]) == ("refused", "future")


async def test_times_that_fell_there_fall_here_and_moments_stay_findable(
    office: Office, target: Target
) -> None:
    """As in a log that had imported something itself."""
    source = await office.store.read_log(0, 10_000)
    half = len(source) // 2
    past = [moved(e, timedelta(days=-9 if e.position > half else -1)) for e in source]
    state, report = await target.bring(await SealedLog(past, Signer.new()).lines())
    assert state == "done", report
    shift = report["first_position"] - 1
    assert await target.store.position_at(past[-1].recorded_at) == len(past) + shift
    assert await target.store.position_at(past[half - 1].recorded_at) == len(past) + shift
    assert await target.store.position_at(datetime(2001, 1, 1, tzinfo=UTC)) == 0


def moved(recorded: Recorded, by: timedelta) -> Recorded:

    return replace(recorded, recorded_at=recorded.recorded_at + by)
