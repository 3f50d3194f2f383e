"""A tenant's subscriber on the bus, by what /ops/v1/subscriptions tells and by nothing else."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from tests.support.outpost import Outpost

WAIT_SECONDS = 5


@dataclass(slots=True, kw_only=True)
class Subscriber:
    client: Client
    told: dict[str, Any]
    inbox: Subscription
    violations: list[str] = field(default_factory=list)
    _asked: int = 0

    async def ask_next(self, *, count: int = 1, reply: str | None = None, **more: Any) -> None:
        self._asked += 1
        body = {"batch": count, **more}
        await self.client.publish(
            self.told["next_subject"],
            json.dumps(body).encode(),
            reply=reply or f"{self.told['inbox_prefix']}.events.{self._asked}",
        )

    async def events(self, count: int) -> list[Msg]:
        """The next ones, acknowledged."""
        await self.ask_next(count=count)
        found = []
        for _ in range(count):
            message = await self.inbox.next_msg(WAIT_SECONDS)
            assert message.reply, message.headers
            found.append(message)
            await self.client.publish(message.reply, b"+ACK")
        await self.client.flush()
        return found

    async def nothing_comes(self, seconds: float = 0.15) -> bool:
        try:
            message = await self.inbox.next_msg(seconds)
        except nats.errors.TimeoutError:
            return True
        return not message.reply  # A status of the server's, and no event.

    async def settled(self) -> None:
        """The server has seen everything we sent, and we its complaints."""
        await self.client.flush(timeout=WAIT_SECONDS)
        await asyncio.sleep(0.02)


@asynccontextmanager
async def connected(told: dict[str, Any], secret: str, **given: Any) -> AsyncIterator[Subscriber]:
    violations: list[str] = []

    async def note(error: Exception) -> None:
        violations.append(str(error).lower())

    options: dict[str, Any] = {"user": told["user"], "password": secret, "allow_reconnect": False}
    client = await nats.connect(
        told["url"],
        inbox_prefix=told["inbox_prefix"].encode(),
        error_cb=note,
        **(options | given),
    )
    try:
        inbox = await client.subscribe(f"{told['inbox_prefix']}.events.*")
        yield Subscriber(client=client, told=told, inbox=inbox, violations=violations)
    finally:
        await client.close()


def subscribed(tenant: Outpost, **body: Any) -> dict[str, Any]:
    """A new subscription of this tenant's key, as the answer says how to connect."""
    answer = tenant.ops("POST", "subscriptions", {"name": "warehouse", **body})
    assert answer.status == 201, answer
    told: dict[str, Any] = answer.body["connection"]
    return told
