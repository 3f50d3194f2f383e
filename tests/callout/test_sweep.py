"""Who is closed and which consumers go, on what the server and the query process say."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from services.callout.connections import Connections
from services.callout.consumers import Consumers
from services.callout.measures import Measures
from services.callout.sweep import (
    CONNECTIONS_EACH_MAX,
    TIDY_SECONDS,
    UNCONFIRMED_SECONDS,
    Sweep,
)
from services.callout.tokens import user_name
from shared.bus.broker import Unanswered
from shared.bus.subjects import CONSUMER_NAMES, LIST_CONNECTIONS
from shared.envelope.messages import Answered, decode_question, encode_reply
from shared.queries.subscriptions import (
    Admitted,
    AdmittedList,
    ConfirmSubscribers,
    ListSubscriptionIds,
    SubscriptionIds,
)
from shared.runtime.metrics import new_registry

INSTALLATION = b"i" * 32
ACME, BETA = "1a" * 12, "2b" * 12
KEY = "3c" * 12
POSITION = 40


class Clock:
    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> datetime:
        return datetime(2026, 3, 18, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.seconds


class Bus:
    """What the callout would reach over NATS."""

    process = "callout"

    def __init__(self) -> None:
        self.users: list[str] = []
        self.allowed: set[str] = set()
        self.known: list[str] = []
        self.consumers: list[str] = []
        self.kicked: list[int] = []
        self.asked: list[Any] = []
        self.is_away = False
        self.is_stale = False

    async def request(self, subject: str, body: bytes, **_: Any) -> bytes:
        if subject == LIST_CONNECTIONS:
            return self._connections(json.loads(body))
        if subject == CONSUMER_NAMES:
            names = self.consumers[json.loads(body)["offset"] :][:2]
            return json.dumps({"consumers": names, "total": len(self.consumers)}).encode()
        if subject.startswith("$SYS."):
            self.kicked.append(json.loads(body)["cid"])
            return b"{}"
        if self.is_away:
            raise Unanswered("nobody listens")
        return self._answer(body)

    def _connections(self, asked: dict[str, Any]) -> bytes:
        listed = [{"cid": i, "authorized_user": user} for i, user in enumerate(self.users)]
        page = listed[asked["offset"] :][: asked["limit"]]
        return json.dumps({"server": {"id": "N1"}, "data": {"connections": page}}).encode()

    def _answer(self, body: bytes) -> bytes:
        envelope = decode_question(body)
        self.asked.append(envelope)
        match envelope.question:
            case ConfirmSubscribers(items=items):
                document: Any = AdmittedList(
                    items=tuple(
                        Admitted(
                            subscription_id=each.subscription_id,
                            account_id="0f" * 12,
                            key_id=each.key_id,
                            after=0,
                        )
                        for each in items
                        if each.subscription_id in self.allowed
                    )
                )
            case ListSubscriptionIds(after=after):
                document = SubscriptionIds(items=tuple(i for i in self.known if i > after)[:1])
        return encode_reply(Answered(document=document, position=POSITION, stale=self.is_stale))


class Kept(Consumers):
    """JetStream's own part of it, in memory."""

    def __init__(self, bus: Bus) -> None:
        super().__init__(bus, INSTALLATION)  # type: ignore[arg-type]  # all that is asked of it
        self.bus = bus

    async def ensure(self, admitted: Admitted) -> str:
        name = self.name_of(admitted.subscription_id)
        self.bus.consumers.append(name)
        return name

    async def remove(self, name: str) -> None:
        self.bus.consumers.remove(name)

    async def last_position(self) -> int:
        return POSITION


class Stage:
    def __init__(self) -> None:
        self.bus, self.clock = Bus(), Clock()
        self.consumers = Kept(self.bus)
        self.sweep = Sweep(
            bus=self.bus,  # type: ignore[arg-type]  # all that is asked of it
            connections=Connections(self.bus),  # type: ignore[arg-type]  # the same
            consumers=self.consumers,
            clock=self.clock,
            measures=Measures(new_registry("callout")),
        )


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_who_may_stay_stays_and_who_may_not_is_closed(stage: Stage) -> None:
    stage.bus.users = [user_name(ACME, KEY), user_name(BETA, KEY), user_name(ACME, KEY)]
    stage.bus.allowed = {ACME}
    await stage.sweep.look()
    assert stage.bus.kicked == [1]


async def test_a_connection_that_nobody_let_in_is_closed(stage: Stage) -> None:
    stage.bus.users = ["somebody", ""]
    await stage.sweep.look()
    assert stage.bus.kicked == [0, 1]


async def test_of_too_many_the_newest_are_closed(stage: Stage) -> None:
    stage.bus.users = [user_name(ACME, KEY)] * (CONNECTIONS_EACH_MAX + 2)
    stage.bus.allowed = {ACME}
    await stage.sweep.look()
    assert stage.bus.kicked == [CONNECTIONS_EACH_MAX, CONNECTIONS_EACH_MAX + 1]


async def test_every_page_of_the_list_is_looked_at(stage: Stage) -> None:
    ids = [f"{number:024x}" for number in range(2500)]
    stage.bus.users = [user_name(id_, KEY) for id_ in ids]
    stage.bus.allowed = set(ids[:-1])
    await stage.sweep.look()
    assert stage.bus.kicked == [2499]


async def test_while_nobody_confirms_everybody_stays_for_a_while_and_then_nobody(
    stage: Stage,
) -> None:
    stage.bus.users = [user_name(ACME, KEY)]
    stage.bus.allowed = {ACME}
    await stage.sweep.look()
    stage.bus.is_away = True
    stage.clock.seconds += UNCONFIRMED_SECONDS - 1
    with pytest.raises(Unanswered):
        await stage.sweep.look()
    assert stage.bus.kicked == []
    stage.clock.seconds += 2
    await stage.sweep.look()
    assert stage.bus.kicked == [0]


async def test_a_consumer_without_a_subscription_is_removed_and_others_are_left(
    stage: Stage,
) -> None:
    name = stage.consumers.name_of
    stage.bus.consumers = ["ours", name(ACME), "other", name(BETA), "last"]
    stage.bus.known = [ACME]
    await stage.sweep.look()
    assert stage.bus.consumers == ["ours", name(ACME), "other", "last"]


async def test_no_consumer_is_removed_while_the_view_is_behind(stage: Stage) -> None:
    stage.bus.consumers = [stage.consumers.name_of(ACME)]
    stage.bus.is_stale = True
    await stage.sweep.look()
    assert stage.bus.consumers == [stage.consumers.name_of(ACME)]
    assert stage.bus.asked[-1].after == POSITION
    stage.bus.is_stale = False
    await stage.sweep.look()
    assert stage.bus.consumers == []


async def test_a_consumer_that_went_with_its_stream_is_made_again(stage: Stage) -> None:
    stage.bus.users = [user_name(ACME, KEY)]
    stage.bus.allowed, stage.bus.known = {ACME}, [ACME]
    await stage.sweep.look()
    stage.bus.consumers.clear()
    stage.clock.seconds += TIDY_SECONDS + 1
    await stage.sweep.look()
    assert stage.bus.consumers == [stage.consumers.name_of(ACME)]


async def test_what_was_heard_is_asked_after(stage: Stage) -> None:
    stage.bus.users = [user_name(ACME, KEY)]
    await stage.sweep.hear("events.a.api_key.b.revoked", b"not an event")
    await stage.sweep.look()
    assert stage.bus.asked[0].after == 0
    event = {
        "specversion": "1.0", "id": "e", "source": "/accounts/a", "type": "api_key.revoked",
        "subject": "api_key-b", "time": "2026-03-18T12:00:00Z", "sequence": "39",
        "datacontenttype": "application/json", "dataschema": "/ops/v1/schemas/api_key.revoked/1",
        "streamversion": 2, "commandid": "c", "correlationid": "c", "causationid": None,
        "actor": "user:x", "credentialid": None, "surface": "ops", "reason": None, "data": {},
    }  # fmt: skip
    await stage.sweep.hear("events.a.api_key.b.revoked", json.dumps(event).encode())
    stage.bus.users = [user_name(BETA, KEY)]
    await stage.sweep.look()
    assert [each.after for each in stage.bus.asked if each.after != POSITION][-1] == 39
