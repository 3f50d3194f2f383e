"""The clock is set back while no scheduler runs: edges must go on following its tables."""

from datetime import UTC, datetime

from services.scheduler.tables import Tables
from shared.bus.broker import Bus
from shared.bus.routes import RouteTable
from tests.support.nats import NatsServer

TABLE = RouteTable(
    service_id="5" * 24,
    generation=0,
    state="gone",
    hosts=("hello.default.localhost",),
    name="hello",
    namespace="default",
    account_id="a" * 24,
)


class SetClock:
    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


async def test_the_next_scheduler_numbers_on_from_what_the_bucket_holds(
    nats_bus: NatsServer,
) -> None:
    bus = Bus(nats_bus.settings(), "scheduler")
    await bus.start()
    try:
        before = Tables(bus, SetClock(10_000.0))
        await before.load()
        known = await before.publish(TABLE)
        after = Tables(bus, SetClock(10_000.0 - 3600))
        assert await after.load() == {TABLE.service_id: known}
        assert (await after.publish(TABLE)).generation == known.generation + 1
    finally:
        await bus.stop()
