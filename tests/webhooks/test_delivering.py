"""From the log to a receiver: over the deliverer's own tables and role, with a real receiver."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from services.webhooks.deliver import Deliverer
from services.webhooks.ledger import Ledger, NewDelivery
from services.webhooks.measures import Measures
from services.webhooks.sign import headers_of
from services.webhooks.take import REPLAYED, Taker
from shared.eventstore.reader import Reader
from shared.fetch import Fetcher, Policy
from shared.queries.audit import AuditEvent, FeedPage, FollowLog
from shared.queries.webhooks import WebhookTarget
from shared.runtime.clock import SystemClock
from shared.runtime.metrics import new_registry
from tests.support.postgres import Database

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
ACCOUNT = "aa" * 12
TARGET = WebhookTarget(
    id="bb" * 12, account_id=ACCOUNT, project_id=None, url="", types=("service.*",),
    secret=SECRET, since=2,
)  # fmt: skip


def event(position: int, /, type_: str = "service.removed", **data: object) -> AuditEvent:
    return AuditEvent(
        position=position, at=datetime(2026, 1, 1, tzinfo=UTC), account_id=ACCOUNT,
        stream="service-x", version=1, event_id=f"e{position}", type=type_, schema_version=1,
        command_id="c", correlation_id="r", causation_id=None, actor="user:u", actor_name="u",
        credential_id=None, surface="ops", reason=None, words="", data=data,
    )  # fmt: skip


@dataclass(slots=True)
class Log:
    """What the query process would answer."""

    events: list[AuditEvent] = field(default_factory=list)

    async def follow(self, question: FollowLog) -> FeedPage:
        assert question.account_id == ACCOUNT
        head = max((each.position for each in self.events), default=0)
        wanted = [each for each in self.events if each.position > question.after]
        if question.types == (REPLAYED,):
            wanted = [each for each in wanted if each.type == REPLAYED]
        elif question.types:
            wanted = [each for each in wanted if each.type.startswith("service.")]
        return FeedPage(events=tuple(wanted[: question.limit]), seen=head, head=head)


@dataclass(slots=True)
class Receiver:
    """Answers with the statuses it was given, then 200; keeps what it was sent."""

    statuses: list[int] = field(default_factory=list)
    seen: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    port: int = 0

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head.split("\r\n")[1:])
            if name
        }
        body = await reader.readexactly(int(headers["content-length"]))
        self.seen.append((headers, body))
        status = self.statuses.pop(0) if self.statuses else 200
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@dataclass(slots=True, kw_only=True)
class Office:
    log: Log
    ledger: Ledger
    reader: Reader
    taker: Taker
    deliverer: Deliverer
    receiver: Receiver

    @property
    def target(self) -> WebhookTarget:
        return replace(TARGET, url=f"http://127.0.0.1:{self.receiver.port}/hook")

    async def deliver(self, target: WebhookTarget | None = None) -> int:
        chosen = target or self.target
        begun = await self.deliverer.deliver_due({chosen.id: chosen})
        await self.deliverer.settle(5)
        return begun

    async def rows(self) -> list[tuple[int, str, int, int | None, str | None]]:
        found = await self.reader.rows(
            "select position, state, attempts, status, reason from webhook.delivery order by 1"
        )
        return [(row[0], row[1], row[2], row[3], row[4]) for row in found]


@asynccontextmanager
async def opened(database: Database, allow: str = "127.0.0.1") -> AsyncIterator[Office]:
    log, receiver = Log(), Receiver()
    server = await asyncio.start_server(receiver.connected, "127.0.0.1", 0)
    receiver.port = server.sockets[0].getsockname()[1]
    reader = await Reader.open(database.webhooks, pool_max=2)
    ledger, fetcher = Ledger(reader), Fetcher(Policy.of(allow))
    try:
        yield Office(
            log=log,
            ledger=ledger,
            reader=reader,
            taker=Taker(ledger=ledger, follow=log.follow),
            deliverer=Deliverer(
                ledger=ledger,
                fetcher=fetcher,
                clock=SystemClock(),
                measures=Measures(new_registry("webhooks")),
                delays=(0.0, 0.0),
            ),
            receiver=receiver,
        )
    finally:
        await fetcher.close()
        await reader.close()
        server.close()


@pytest.fixture
async def office(database: Database) -> AsyncIterator[Office]:
    async with opened(database) as made:
        yield made


async def test_what_came_after_the_webhook_is_posted_signed_as_a_cloud_event(
    office: Office,
) -> None:
    office.log.events = [event(2), event(3, name="a"), event(4, "replica.started")]
    assert await office.taker.take(office.target) is False
    assert await office.deliver() == 1
    ((headers, body),) = office.receiver.seen
    sent = json.loads(body)
    assert (sent["sequence"], sent["data"], sent["specversion"]) == ("3", {"name": "a"}, "1.0")
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = headers_of(SECRET, message=headers["webhook-id"], at=at, body=body)
    assert headers["webhook-signature"] == expected["webhook-signature"]
    assert headers["content-type"] == "application/cloudevents+json"
    assert await office.rows() == [(3, "delivered", 1, 200, None)]


@pytest.mark.parametrize(("left", "signatures"), [(60, 2), (-1, 1)])
async def test_while_a_former_secret_lives_it_signs_too(
    office: Office, left: int, signatures: int
) -> None:
    former = "whsec_" + base64.b64encode(b"f" * 32).decode()
    until = datetime.now(UTC) + timedelta(seconds=left)
    target = replace(office.target, former_secret=former, former_until=until)
    office.log.events = [event(3)]
    await office.taker.take(target)
    await office.deliver(target)
    ((headers, body),) = office.receiver.seen
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"]), UTC)
    expected = [
        headers_of(secret, message=headers["webhook-id"], at=at, body=body)["webhook-signature"]
        for secret in (SECRET, former)
    ]
    assert headers["webhook-signature"].split(" ") == expected[:signatures]


async def test_a_page_that_is_taken_twice_is_delivered_once(office: Office) -> None:
    office.log.events = [event(3)]
    await office.taker.take(office.target)
    await office.ledger.take(
        TARGET.id, [NewDelivery(position=3, type="service.removed", payload="{}")], seen=3
    )
    await office.taker.take(office.target)
    await office.deliver()
    assert await office.deliver() == 0
    assert len(office.receiver.seen) == 1


async def test_a_failure_is_tried_again_with_the_same_id_and_at_last_is_dead(
    office: Office,
) -> None:
    office.receiver.statuses = [500, 503, 404]
    office.log.events = [event(3)]
    await office.taker.take(office.target)
    for _ in range(3):
        await office.deliver()
    assert await office.rows() == [(3, "dead", 3, 404, "answered_no")]
    assert len({headers["webhook-id"] for headers, _ in office.receiver.seen}) == 1
    assert await office.deliver() == 0


async def test_a_dead_letter_is_replayed_when_somebody_asks_once_for_each_asking(
    office: Office,
) -> None:
    office.receiver.statuses = [410]  # Gone: never tried again by itself.
    office.log.events = [event(3)]
    await office.taker.take(office.target)
    await office.deliver()
    assert await office.rows() == [(3, "dead", 1, 410, "answered_no")]
    office.log.events.append(event(4, REPLAYED, position=3))
    await office.taker.take(office.target)
    await office.taker.take(office.target)
    assert await office.deliver() == 1
    assert await office.rows() == [(3, "delivered", 1, 200, None)]
    await office.taker.take(office.target)
    assert await office.deliver() == 0


async def test_a_replay_of_what_the_account_does_not_have_delivers_nothing(
    office: Office,
) -> None:
    office.log.events = [event(3), event(5, REPLAYED, position=4)]
    await office.taker.take(office.target)
    assert [row[0] for row in await office.rows()] == [3]


async def test_a_target_inside_is_refused_and_the_tenant_learns_one_word(
    database: Database,
) -> None:
    async with opened(database, allow="") as office:
        office.log.events = [event(3)]
        await office.taker.take(office.target)
        await office.deliver()
        assert await office.rows() == [(3, "pending", 1, None, "target_refused")]
        assert office.receiver.seen == []


async def test_an_erased_secret_ends_the_deliveries(office: Office) -> None:
    office.log.events = [event(3)]
    await office.taker.take(office.target)
    await office.deliver(replace(office.target, secret=None))
    assert await office.rows() == [(3, "dead", 1, None, "secret_erased")]
    assert office.receiver.seen == []


async def test_a_delivery_that_is_leased_is_not_taken_by_another(office: Office) -> None:
    office.log.events = [event(3), event(4)]
    await office.taker.take(office.target)
    first = await office.ledger.lease([TARGET.id], limit=1, seconds=60)
    second = await office.ledger.lease([TARGET.id], limit=10, seconds=60)
    assert {each.position for each in (*first, *second)} == {3, 4}
    assert await office.ledger.lease([TARGET.id], limit=10, seconds=60) == []


async def test_what_was_delivered_is_forgotten_in_time(office: Office) -> None:
    office.log.events = [event(3)]
    await office.taker.take(office.target)
    await office.deliver()
    await office.ledger.forget(days=30)
    assert len(await office.rows()) == 1
    await office.ledger.forget(days=0)
    assert await office.rows() == []
