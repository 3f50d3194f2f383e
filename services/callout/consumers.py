"""One durable pull consumer for each subscription: made before its subscriber is let in, removed
after the subscription. Its position is the subscriber's; the log keeps none."""

import json

from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from shared.access.subscriber import consumer_of
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import CONSUMER_NAMES, EVENT_STREAM, events_of_account
from shared.queries.subscriptions import Admitted

API_SECONDS = 0.7
ACK_SECONDS = 30.0
PENDING_ACKS_MAX = 1000
WAITING_MAX = 32
_PREFIX = "sub_"


class Consumers:
    def __init__(self, bus: Bus, installation: bytes) -> None:
        self._bus = bus
        self._installation = installation

    async def ensure(self, admitted: Admitted) -> str:
        """Answers its name. Where it exists, it stays at its position."""
        name = consumer_of(admitted.subscription_id, self._installation)
        config = ConsumerConfig(
            name=name,
            durable_name=name,
            filter_subject=events_of_account(admitted.account_id),
            deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
            opt_start_seq=admitted.after + 1,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=ACK_SECONDS,
            max_ack_pending=PENDING_ACKS_MAX,
            max_waiting=WAITING_MAX,
        )
        await self._js.add_consumer(EVENT_STREAM, config, timeout=API_SECONDS)
        return name

    def name_of(self, subscription_id: str) -> str:
        return consumer_of(subscription_id, self._installation)

    async def names(self) -> frozenset[str]:
        """Those of subscribers, whoever made them."""
        found: set[str] = set()
        seen = 0
        while True:
            body = json.dumps({"offset": seen}).encode()
            page = json.loads(await self._bus.request(CONSUMER_NAMES, body, seconds=API_SECONDS))
            if "error" in page:
                raise Unanswered(f"{CONSUMER_NAMES}: {page['error'].get('description')}")
            names = page.get("consumers") or []
            found.update(names)
            seen += len(names)
            if not names or seen >= page["total"]:
                return frozenset(name for name in found if name.startswith(_PREFIX))

    async def remove(self, name: str) -> None:
        await self._js.delete_consumer(EVENT_STREAM, name)

    async def last_position(self) -> int:
        info = await self._js.stream_info(EVENT_STREAM)
        return int(info.state.last_seq)

    @property
    def _js(self) -> JetStreamContext:
        return self._bus.client.jetstream(timeout=API_SECONDS)
