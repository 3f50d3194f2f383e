"""Transitions reach the log: told until answered, once each, the last word of a replica wins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from services.prober import reports
from services.prober.address import ReplicaTarget
from services.prober.judge import Verdict
from services.prober.reports import Reporter
from services.prober.targets import health_command
from shared.bus.broker import Unanswered
from shared.domain.rejections import Contended, NotFound
from shared.domain.replica.commands import ReportReplicaHealth
from shared.envelope.messages import Accepted, Rejected
from tests.prober.office import id_of, target, until


@dataclass(slots=True)
class Log:
    """The far end: answers as the test says, `sent` is what came."""

    replies: list[Accepted | Rejected | Exception] = field(default_factory=list)
    sent: list[tuple[ReportReplicaHealth, str]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, command: ReportReplicaHealth, command_id: str) -> Accepted | Rejected:
        self.sent.append((command, command_id))
        await self.gate.wait()
        reply = self.replies.pop(0) if self.replies else Accepted(position=1)
        if isinstance(reply, Exception):
            raise reply
        return reply

    def said(self) -> list[bool]:
        return [command.ready for command, _ in self.sent]


@asynccontextmanager
async def reporting(log: Log, *, is_open: bool = True) -> AsyncIterator[Reporter[ReplicaTarget]]:
    if is_open:
        log.gate.set()
    reporter = Reporter(log.send, health_command)
    task = asyncio.create_task(reporter.run())
    yield reporter
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def settled(reporter: Reporter[ReplicaTarget], *numbers: int) -> None:
    await until(lambda: not any(reporter.is_waiting(id_of(n)) for n in numbers))


async def test_a_verdict_becomes_a_command_with_its_reason_and_age() -> None:
    log = Log()
    async with reporting(log) as reporter:
        reporter.tell(target(1), Verdict(ready=True), 0.1234)
        reporter.tell(target(2), Verdict(ready=False, reason="503"), 9.0)
        await settled(reporter, 1, 2)
    assert [command for command, _ in log.sent] == [
        ReportReplicaHealth(replica_id=id_of(1), project_id="6" * 24, ready=True, duration_ms=123),
        ReportReplicaHealth(replica_id=id_of(2), project_id="6" * 24, ready=False, reason="503"),
    ]


async def test_unanswered_it_is_told_again_under_the_same_command_id() -> None:
    log = Log(replies=[Unanswered("nobody"), Unanswered("nobody")])
    async with reporting(log) as reporter:
        reporter.tell(target(1), Verdict(ready=True), 1.0)
        await settled(reporter, 1)
    assert len(log.sent) == 3
    assert len({command_id for _, command_id in log.sent}) == 1


async def test_the_last_word_wins_and_words_never_overtake() -> None:
    log = Log()
    async with reporting(log, is_open=False) as reporter:
        reporter.tell(target(1), Verdict(ready=True), 1.0)
        await until(lambda: log.sent)
        reporter.tell(target(1), Verdict(ready=False, reason="503"), 2.0)
        reporter.tell(target(1), Verdict(ready=True), 3.0)
        reporter.tell(target(1), Verdict(ready=False, reason="404"), 4.0)
        await asyncio.sleep(0.02)
        assert log.said() == [True]
        log.gate.set()
        await settled(reporter, 1)
    assert log.said() == [True, False]
    assert log.sent[-1][0].reason == "404"


async def test_a_rejection_ends_it_and_a_crowded_stream_does_not() -> None:
    log = Log(replies=[Rejected(rejection=Contended())])
    async with reporting(log) as reporter:
        reporter.tell(target(1), Verdict(ready=True), 1.0)
        await settled(reporter, 1)
        assert len(log.sent) == 2
        log.replies.append(Rejected(rejection=NotFound(kind="replica", key=id_of(2))))
        reporter.tell(target(2), Verdict(ready=True), 1.0)
        await settled(reporter, 2)
    assert len(log.sent) == 3


async def test_one_that_is_not_answered_does_not_hold_up_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reports, "PAUSE_FIRST", 60.0)
    log = Log(replies=[Unanswered("nobody")] * 3)
    async with reporting(log) as reporter:
        for number in range(1, 4):
            reporter.tell(target(number), Verdict(ready=True), 1.0)
        await until(lambda: len(log.sent) == 3)
        reporter.tell(target(9), Verdict(ready=True), 1.0)
        await settled(reporter, 9)
        assert all(reporter.is_waiting(id_of(number)) for number in range(1, 4))


async def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WAITING_MAX", 2)
    log = Log()
    async with reporting(log, is_open=False) as reporter:
        for number in range(3):
            reporter.tell(target(number), Verdict(ready=True), 1.0)
        assert [reporter.is_waiting(id_of(n)) for n in range(3)] == [True, True, False]
