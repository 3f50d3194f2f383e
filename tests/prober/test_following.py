"""Which replicas are probed: whole lists heal, events hurry, and neither undoes the other."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.prober.address import ReplicaTarget
from services.prober.reports import Reporter
from services.prober.rounds import Rounds
from services.prober.targets import TargetFollower, health_command
from shared.bus.broker import Unanswered
from shared.bus.subjects import event_subject
from shared.domain.replica.commands import ReportReplicaHealth
from shared.domain.replica.events import ReplicaStarted
from shared.envelope.codec import encode
from shared.envelope.event import EventEnvelope, to_cloud_event
from shared.envelope.messages import Accepted, Answered, Rejected
from shared.queries.services import ListProbeTargets, ProbeTarget, ProbeTargetList
from shared.runtime.clock import SystemClock
from tests.prober.office import Ward, document, id_of, until

ACCOUNT = "a" * 24


@dataclass(slots=True)
class Query:
    """The view: answers from `items` as of `position`; fails as often as `broken` says."""

    items: list[ProbeTarget] = field(default_factory=list)
    position: int = 10
    broken: int = 0
    asked: list[tuple[ListProbeTargets, int]] = field(default_factory=list)

    async def ask(self, question: ListProbeTargets, after: int) -> Answered | Rejected:
        self.asked.append((question, after))
        if self.broken > 0:
            self.broken -= 1
            raise Unanswered("nobody listens")
        fitting = [
            item
            for item in sorted(self.items, key=lambda item: item.replica_id)
            if item.replica_id > question.after_id
            and question.service_id in (None, item.service_id)
        ]
        return Answered(
            document=ProbeTargetList(items=tuple(fitting[: question.limit])),
            position=self.position,
            stale=after > self.position,
        )


@dataclass(slots=True)
class Scene:
    query: Query
    rounds: Rounds[ReplicaTarget]
    follower: TargetFollower
    reconnected: asyncio.Event
    sent: list[ReportReplicaHealth]

    def watched(self) -> set[str]:
        return {watched.target.replica_id for watched in self.rounds.watched()}

    async def hear(self, number: int, event: str, position: int) -> None:
        data = ReplicaStarted(
            replica_id=id_of(number),
            service_id="5" * 24,
            project_id="6" * 24,
            deployment_id="7" * 24,
            ordinal=0,
            generation=1,
            runtime="process",
            isolated=True,
            address="127.0.0.1:1",
        )
        envelope = EventEnvelope(
            position=position,
            at=datetime(2026, 1, 1, tzinfo=UTC),
            account_id=ACCOUNT,
            stream=f"replica-{id_of(number)}",
            version=1,
            event_id="e",
            type=f"replica.{event}",
            schema_version=1,
            command_id="c",
            correlation_id="c",
            causation_id=None,
            actor="process:scheduler",
            credential_id=None,
            surface="control",
            reason=None,
            data=encode(data).decode(),
        )
        subject = event_subject(ACCOUNT, "replica", id_of(number), event)
        await self.follower.hear(subject, to_cloud_event(envelope))


@asynccontextmanager
async def following(query: Query) -> AsyncIterator[Scene]:
    sent: list[ReportReplicaHealth] = []

    async def send(command: ReportReplicaHealth, command_id: str) -> Accepted | Rejected:
        sent.append(command)
        return Accepted(position=1)

    reporter = Reporter(send, health_command)
    rounds = Ward().rounds()
    rounds._tell = reporter.tell
    follower = TargetFollower(rounds=rounds, reporter=reporter, ask=query.ask, clock=SystemClock())
    reconnected = asyncio.Event()
    tasks = [
        asyncio.create_task(follower.run(reconnected)),
        asyncio.create_task(reporter.run()),
    ]
    yield Scene(query, rounds, follower, reconnected, sent)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_the_whole_list_is_read_at_the_start() -> None:
    query = Query(items=[document(1), document(2, is_ready=True), document(3, is_draining=True)])
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        assert scene.watched() == {id_of(1), id_of(2)}
        ready = {w.target.replica_id for w in scene.rounds.watched() if w.health.is_ready}
        assert ready == {id_of(2)}


async def test_a_long_list_is_read_page_by_page() -> None:
    query = Query(items=[document(n) for n in range(1, 2002)])
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        assert len(scene.watched()) == 2001
    assert [question.after_id for question, _ in query.asked] == ["", id_of(1000), id_of(2000)]


async def test_it_is_not_current_before_query_has_answered() -> None:
    async with following(Query(broken=1)) as scene:
        await until(lambda: scene.query.asked)
        assert not scene.follower.is_current
        await until(lambda: scene.follower.is_current)


async def test_a_start_is_looked_at_once_its_view_has_passed_it() -> None:
    async with following(Query()) as scene:
        await until(lambda: scene.follower.is_current)
        scene.query.items.append(document(1))
        scene.query.position = 20
        await scene.hear(1, "started", 20)
        await until(lambda: scene.watched() == {id_of(1)})
        assert scene.query.asked[-1] == (ListProbeTargets(service_id="5" * 24), 20)


async def test_a_view_that_is_behind_is_asked_again() -> None:
    async with following(Query()) as scene:
        await until(lambda: scene.follower.is_current)
        await scene.hear(1, "started", 20)
        await until(lambda: len(scene.query.asked) == 2)
        scene.query.items.append(document(1))
        scene.query.position = 20
        await until(lambda: scene.watched() == {id_of(1)})


async def test_a_stop_and_a_drain_end_the_probes_at_once_and_for_good() -> None:
    async with following(Query(items=[document(1), document(2)])) as scene:
        await until(lambda: scene.follower.is_current)
        await scene.hear(1, "stopped", 21)
        await scene.hear(2, "drained", 22)
        assert scene.watched() == set()
        scene.reconnected.set()  # The view still shows them.
        await until(lambda: len(scene.query.asked) == 2)
        await asyncio.sleep(0.01)
        assert scene.watched() == set()


async def test_an_older_whole_list_drops_nothing_that_an_event_has_shown() -> None:
    query = Query()
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        query.items, query.position = [document(1)], 20
        await scene.hear(1, "started", 20)
        await until(lambda: scene.watched() == {id_of(1)})
        query.items, query.position = [], 15
        scene.reconnected.set()
        await until(lambda: len(query.asked) == 3)
        await asyncio.sleep(0.01)
        assert scene.watched() == {id_of(1)}


async def test_what_a_newer_list_does_not_name_is_dropped() -> None:
    query = Query(items=[document(1), document(2)])
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        query.items, query.position = [document(2)], 30
        scene.reconnected.set()
        await until(lambda: scene.watched() == {id_of(2)})


async def test_where_the_log_says_otherwise_it_is_told_again() -> None:
    query = Query(items=[document(1, is_ready=True)])
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        query.items = [document(1, is_ready=False)]
        scene.reconnected.set()
        await until(lambda: scene.sent)
    assert [(command.replica_id, command.ready) for command in scene.sent] == [(id_of(1), True)]


async def test_an_address_no_runtime_wrote_is_never_probed() -> None:
    query = Query(items=[document(1, address="http://169.254.169.254/latest"), document(2)])
    async with following(query) as scene:
        await until(lambda: scene.follower.is_current)
        assert scene.watched() == {id_of(2)}


async def test_what_is_no_event_of_ours_changes_nothing() -> None:
    async with following(Query(items=[document(1)])) as scene:
        await until(lambda: scene.follower.is_current)
        await scene.follower.hear("commands.prober.replica", b"{}")
        await scene.follower.hear(f"events.{ACCOUNT}.replica.{id_of(1)}.started", b"not json")
        await scene.follower.hear(f"events.{ACCOUNT}.service.{id_of(1)}.workload_revised", b"{}")
        assert scene.watched() == {id_of(1)}


async def test_the_age_of_a_replica_counts_from_its_start() -> None:
    started = datetime.now(UTC) - timedelta(seconds=40)
    async with following(Query(items=[document(1, started_at=started)])) as scene:
        await until(lambda: scene.follower.is_current)
        (watched,) = scene.rounds.watched()
        assert 39 < SystemClock().monotonic() - watched.born < 45
