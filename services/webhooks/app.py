"""The deliverer put together. Several may run: leases and positions in Postgres keep them apart."""

import asyncio
import json
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from services.webhooks.deliver import Deliverer
from services.webhooks.ledger import Ledger
from services.webhooks.measures import Measures
from services.webhooks.take import Taker
from shared.bus.ask import ask
from shared.bus.broker import Bus, Unanswered
from shared.bus.subjects import RELAYED, health_subject
from shared.envelope.messages import Answered
from shared.eventstore import EventStoreFailure
from shared.eventstore.reader import Reader
from shared.fetch import Fetcher, Policy
from shared.kernel.actor import process_actor
from shared.queries.audit import FeedPage, FollowLog
from shared.queries.webhooks import ListWebhookTargets, WebhookTarget, WebhookTargetList
from shared.runtime.clock import SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown

log = logging.getLogger(__name__)

PROCESS: Final = "webhooks"
ACTOR = process_actor(PROCESS)
POOL_MAX = 4
TARGETS_PAGE = 500
# Without news from the bus everything is looked at that often all the same.
LOOK_SECONDS = 5.0
DUE_SECONDS = 0.5
GATHER_SECONDS = 0.05
RETRY_SECONDS = 1.0
LEAVE_SECONDS = 5.0
FORGET_SECONDS = 3600.0
KEPT_DAYS = 30

Document = TypeVar("Document")


class Refused(Exception):
    """A question was answered with a rejection: what it asks about is gone, or we are not let."""


@dataclass(slots=True, kw_only=True)
class Webhooks:
    bus: Bus
    settings: Settings
    ledger: Ledger
    deliverer: Deliverer
    measures: Measures
    targets: dict[str, WebhookTarget] = field(default_factory=dict)
    is_current: bool = False
    _stirred: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, subject: str, body: bytes) -> None:
        self._stirred.set()

    async def run_taking(self) -> None:
        """Looks at the log for every webhook whenever it has grown."""
        taker = Taker(ledger=self.ledger, follow=self._follow)
        while True:
            try:
                self._stirred.clear()
                await self._list_targets()
                more = [await self._take(taker, target) for target in self.targets.values()]
                self.is_current = True
            except (Unanswered, Refused, EventStoreFailure, OSError) as error:
                self.is_current = False
                log.warning("webhooks_not_taken", extra={"error": str(error)[:200]})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not any(more):
                await self._rest(LOOK_SECONDS)
                # What comes together is taken together.
                await asyncio.sleep(GATHER_SECONDS)

    async def run_delivering(self) -> None:
        while True:
            try:
                begun = await self.deliverer.deliver_due(self.targets)
            except (EventStoreFailure, OSError) as error:
                log.warning("webhooks_not_delivered", extra={"error": str(error)[:200]})
                await asyncio.sleep(RETRY_SECONDS)
                continue
            if not begun:
                await asyncio.sleep(DUE_SECONDS)

    async def run_forgetting(self) -> None:
        while True:
            try:
                await self.ledger.forget(days=KEPT_DAYS)
            except (EventStoreFailure, OSError) as error:
                log.warning("deliveries_not_forgotten", extra={"error": str(error)[:200]})
            await asyncio.sleep(FORGET_SECONDS)

    async def _take(self, taker: Taker, target: WebhookTarget) -> bool:
        try:
            return await taker.take(target)
        except Refused as refused:
            # Its project or account is gone, or its filter names what no longer exists: the others
            # get theirs.
            log.warning("webhook_not_served", extra={"webhook_id": target.id, "why": str(refused)})
            return False

    async def _list_targets(self) -> None:
        found: dict[str, WebhookTarget] = {}
        after = ""
        while True:
            question = ListWebhookTargets(after_id=after, limit=TARGETS_PAGE)
            items = (await self._ask(question, WebhookTargetList)).items
            found |= {target.id: target for target in items}
            if not items:
                break
            after = items[-1].id
        self.targets = found
        self.measures.endpoints.set(len(found))

    async def _follow(self, question: FollowLog) -> FeedPage:
        return await self._ask(question, FeedPage)

    async def _ask(self, question: Any, kind: type[Document]) -> Document:
        answer = await ask(self.bus, question, asker=ACTOR, seconds=self.settings.question_seconds)
        if not isinstance(answer, Answered):
            raise Refused(str(answer.rejection)[:200])
        if not isinstance(answer.document, kind):
            raise Unanswered(f"an answer of another kind than {kind.__name__}")
        return answer.document

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stirred.wait()
        except TimeoutError:
            return


async def main(settings: Settings, shutdown: Shutdown) -> None:
    clock, registry, readiness = SystemClock(), new_registry(PROCESS), Readiness(PROCESS)
    measures = Measures(registry)
    policy = Policy.of(settings.fetch_allow)
    if policy.rules:
        log.warning("internal_targets_allowed", extra={"fetch_allow": settings.fetch_allow})
    async with HealthListener(settings, readiness, registry):
        reader = await Reader.open(settings.postgres_conninfo(PROCESS), pool_max=POOL_MAX)
        ledger, fetcher, bus = Ledger(reader), Fetcher(policy), Bus(settings, PROCESS)
        deliverer = Deliverer(ledger=ledger, fetcher=fetcher, clock=clock, measures=measures)
        webhooks = Webhooks(
            bus=bus, settings=settings, ledger=ledger, deliverer=deliverer, measures=measures
        )
        wire(webhooks, readiness)
        await bus.start()
        try:
            await _serve(webhooks, shutdown)
        finally:
            await deliverer.settle(LEAVE_SECONDS)
            if bus.is_connected:
                await bus.stop()
            await fetcher.close()
            await reader.close()


def wire(webhooks: Webhooks, readiness: Readiness) -> None:
    bus = webhooks.bus

    async def bus_check() -> str | None:
        return None if bus.is_connected else "not connected"

    async def log_check() -> str | None:
        readiness.tell("webhooks", str(len(webhooks.targets)))
        return None if webhooks.is_current else "the log has not been looked through lately"

    async def health(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        return json.dumps(await readiness.document()).encode()

    readiness.add("bus", bus_check)
    readiness.add("log", log_check)
    bus.serve(health_subject(PROCESS), PROCESS, health)
    bus.listen(RELAYED, webhooks.hear)


async def _serve(webhooks: Webhooks, shutdown: Shutdown) -> None:
    work: list[Coroutine[Any, Any, None]] = [
        webhooks.run_taking(),
        webhooks.run_delivering(),
        webhooks.run_forgetting(),
    ]
    tasks = [asyncio.create_task(each) for each in work]
    asked = asyncio.create_task(shutdown.wait())
    done, _ = await asyncio.wait({asked, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    for task in (asked, *tasks):
        task.cancel()
    await asyncio.gather(asked, *tasks, return_exceptions=True)
    for task in done - {asked}:
        task.result()  # Each runs for ever: one that has ended has met a bug.
