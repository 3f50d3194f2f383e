"""The command process put together: store, access index, handler, relay, and what it listens to."""

import asyncio
import json
import logging
from dataclasses import dataclass

from services.command.access import AccessFollower
from services.command.bootstrap import Names, bootstrap, furnish_all
from services.command.fact_source import FactSource
from services.command.handle import Handler
from services.command.imports.arrivals import Arrivals
from services.command.measures import Measures
from services.command.relay import Relay
from shared.bus.broker import Bus
from shared.bus.subjects import (
    APPENDED_HINT,
    COMMAND_QUEUE,
    COMMANDING,
    command_subject,
    health_subject,
    part_subject,
)
from shared.domain.rejections import Forbidden, Invalid
from shared.envelope.codec import Undecodable, name_of
from shared.envelope.messages import (
    Accepted,
    Broken,
    Rejected,
    decode_command,
    encode_reply,
)
from shared.eventstore import EventStoreFailure
from shared.eventstore.leader import Leader, Term
from shared.eventstore.postgres import EventStore
from shared.eventstore.vault import Vault, VaultFailure
from shared.eventstore.vault_rows import PostgresVaultRows
from shared.registry import AGGREGATES
from shared.runtime.clock import Clock, SystemClock
from shared.runtime.health import HealthListener, Readiness
from shared.runtime.ids import IdSource
from shared.runtime.metrics import new_registry
from shared.runtime.settings import Settings
from shared.runtime.shutdown import Shutdown
from shared.runtime.telemetry import Telemetry, telemetry_of

log = logging.getLogger(__name__)

POOL_MAX = 6
RETRY_SECONDS = 0.5
# Of `default_organization`: an empty variable would be one that is not given.
NO_ORGANIZATION = "none"
HOUSEKEEPING_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Bytes in, bytes out: what hears `commands.<publisher>.<aggregate>`."""

    handler: Handler
    clock: Clock
    measures: Measures
    telemetry: Telemetry

    async def answer(self, subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        started = self.clock.monotonic()
        tokens = subject.split(".")
        if len(tokens) != 3 or tokens[0] != "commands":
            # A message that strayed here through a reply subject (THREATS row 45).
            log.error("command_on_foreign_subject", extra={"subject": subject})
            return encode_reply(Rejected(rejection=Forbidden(action="command", resource=subject)))
        try:
            envelope = decode_command(body)
        except (Undecodable, ValueError, KeyError, TypeError) as error:
            log.warning("command_undecodable", extra={"subject": subject, "text": str(error)[:200]})
            return encode_reply(Rejected(rejection=Invalid(field="body", message="is no command")))
        name = name_of(envelope.command)
        try:
            with self.telemetry.span(
                "command", kind="consumer", parent=headers, attributes={"command": name}
            ):
                reply = await self.handler.handle(envelope, tokens[1])
        except (EventStoreFailure, VaultFailure) as error:
            log.error(
                "command_failed",
                extra={
                    "command": name,
                    "correlation_id": envelope.correlation_id,
                    "error": type(error).__name__,
                },
            )
            self.measures.count(name, "broken", self.clock.monotonic() - started)
            return encode_reply(Broken(what=type(error).__name__))
        self._log(name, envelope.correlation_id, reply, self.clock.monotonic() - started)
        return encode_reply(reply)

    def _log(
        self, name: str, correlation_id: str, reply: Accepted | Rejected, seconds: float
    ) -> None:
        outcome = "accepted" if isinstance(reply, Accepted) else type(reply.rejection).__name__
        self.measures.count(name, outcome, seconds)
        # What is accepted stands in the log of events; a line of its own would only repeat it.
        level = logging.DEBUG if isinstance(reply, Accepted) else logging.INFO
        if log.isEnabledFor(level):
            log.log(
                level,
                "command_decided",
                extra={
                    "command": name,
                    "answer": outcome,
                    "position": reply.position if isinstance(reply, Accepted) else None,
                    "correlation_id": correlation_id,
                    "ms": round(seconds * 1000, 2),
                },
            )


async def main(settings: Settings, shutdown: Shutdown) -> None:
    clock = SystemClock()
    registry = new_registry("command")
    telemetry = telemetry_of(settings, "command")
    readiness = Readiness("command")
    async with HealthListener(settings, readiness, registry):
        dsn = settings.postgres_conninfo("command")
        store = await _opened(dsn, shutdown)
        if store is None:
            return
        access = AccessFollower(store)
        handler = Handler(
            store=store,
            vault=Vault(settings.keys.kek(), PostgresVaultRows(store.reader)),
            clock=clock,
            aggregates={cls: a for a in AGGREGATES for cls in a.commands},
            facts=FactSource(
                store=store,
                access=access,
                host_suffix=settings.service_suffix,
                registry_is_open=settings.amigo_registry == "open",
                own_hosts=tuple(n.strip() for n in settings.gateway_names.split(",") if n.strip()),
            ),
        )
        ids = IdSource(clock)
        organization = settings.default_organization
        names = Names(
            admin=settings.admin_handle,
            organization="" if organization == NO_ORGANIZATION else organization,
        )
        await bootstrap(
            handler, ids, settings.keys.admin_token(), settings.keys.installation(), names
        )
        measures = Measures(registry)
        endpoint = Endpoint(handler=handler, clock=clock, measures=measures, telemetry=telemetry)
        bus = Bus(settings, "command")
        relay = Relay(bus, store, handler)
        store.on_appended = relay.wake
        arrivals = Arrivals(
            dsn=dsn,
            reader=store.reader,
            store=store,
            handler=handler,
            aggregates={aggregate.stream_type: aggregate for aggregate in AGGREGATES},
            bytes_max=settings.import_bytes_max,
            grown=relay.wake,
            settled=lambda: furnish_all(handler, ids, names),
        )
        _wire(bus, endpoint, relay, readiness, store)
        bus.serve(part_subject("gateway", "*", "*"), COMMAND_QUEUE, arrivals.hear)
        await bus.start()
        await _serve(dsn, shutdown, store, access, relay, bus, arrivals)
    telemetry.close()


async def _opened(dsn: str, shutdown: Shutdown) -> EventStore | None:
    """The store, waited for: at a start of everything the database may come last."""
    while not shutdown.asked:
        try:
            return await EventStore.open(dsn, pool_max=POOL_MAX)
        except (EventStoreFailure, OSError) as error:
            log.warning("store_unreachable", extra={"error": type(error).__name__})
            await shutdown.wait_for(RETRY_SECONDS)
    return None


def _wire(
    bus: Bus, endpoint: Endpoint, relay: Relay, readiness: Readiness, store: EventStore
) -> None:
    # One subscription for each publisher: `commands.*.*` is more than our user may hear.
    for publisher in COMMANDING:
        bus.serve(command_subject(publisher, "*"), COMMAND_QUEUE, endpoint.answer)

    async def hinted(subject: str, body: bytes) -> None:
        relay.hinted()

    bus.listen(APPENDED_HINT, hinted)

    async def store_check() -> str | None:
        await store.head()
        return None

    async def bus_check() -> str | None:
        return None if bus.is_connected else "not connected"

    readiness.add("store", store_check)
    readiness.add("bus", bus_check)

    async def health(subject: str, body: bytes, headers: dict[str, str]) -> bytes:
        return json.dumps(await readiness.document()).encode()

    bus.serve(health_subject("command"), COMMAND_QUEUE, health)


async def _serve(
    dsn: str,
    shutdown: Shutdown,
    store: EventStore,
    access: AccessFollower,
    relay: Relay,
    bus: Bus,
    arrivals: Arrivals,
) -> None:
    async def lead(term: Term) -> None:
        await relay.run(shutdown)

    leader = Leader(dsn, name="relay", holder="command")
    tasks = [
        asyncio.create_task(leader.run(lead)),
        asyncio.create_task(access.follow(shutdown)),
        asyncio.create_task(_keep_house(store, shutdown)),
        asyncio.create_task(arrivals.keep_house(shutdown)),
    ]
    stopping = asyncio.create_task(shutdown.wait())
    done, _ = await asyncio.wait({stopping, *tasks}, return_when=asyncio.FIRST_COMPLETED)
    # Commands first: what is in hand is answered, then the relay publishes what they appended.
    await bus.stop()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await arrivals.close()
    await store.close()
    for task in done - {stopping}:
        task.result()


async def _keep_house(store: EventStore, shutdown: Shutdown) -> None:
    """Stored answers whose time is over are dropped, a few at a time."""
    while not await shutdown.wait_for(HOUSEKEEPING_SECONDS):
        try:
            await store.forget_answers()
        except EventStoreFailure as error:
            log.warning("answers_not_forgotten", extra={"error": type(error).__name__})
