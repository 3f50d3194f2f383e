"""Lines in the order of their arrival, counters of the day, and days that go for their size."""

from datetime import UTC, datetime, timedelta

from services.query.statements import Statements
from services.query.views.telemetry.answer import TELEMETRY
from services.query.views.telemetry.partitions import Partitions
from shared.bus.routes import encode_frames
from shared.queries.telemetry import (
    CountersDocument,
    FollowServiceLogs,
    GetServiceCounters,
    LogFeed,
)
from shared.runtime.clock import SystemClock
from tests.views.test_telemetry import frame, hear, lines
from tests.views.world import Person, World


async def page(world: World, service: str, person: Person, **options: int) -> LogFeed:
    found = await world.shown(FollowServiceLogs(service_id=service, **options), person)
    assert isinstance(found, LogFeed)
    return found


async def test_who_follows_gets_each_line_once_however_late_it_comes(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    now = datetime.now(UTC)
    await hear(world, lines(service, 5, at=now))
    begun = await page(world, service, ada, tail=2)
    assert len(begun.lines) == 2
    await hear(world, lines(service, 3, at=now - timedelta(minutes=5), first=100))
    await hear(world, lines(service, 2, at=now))  # Sent again: no lines.
    late = await page(world, service, ada, after=begun.seen)
    assert len(late.lines) == 3
    assert all(line.number > begun.seen for line in late.lines)
    assert (await page(world, service, ada, after=late.seen)).lines == ()
    first = await page(world, service, ada, after=0, limit=4)
    rest = await page(world, service, ada, after=first.seen, limit=4)
    assert (len(first.lines), len(rest.lines)) == (4, 4)
    assert (await page(world, service, ada, tail=0)).seen == late.seen


async def test_a_stranger_follows_and_counts_nothing(world: World) -> None:
    ada, eve = await world.person("ada"), await world.person("eve")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    for question in (FollowServiceLogs(service_id=service), GetServiceCounters(service_id=service)):
        assert (await world.refused(question, eve)).kind == "service"


async def test_counters_add_up_since_the_day_began(world: World) -> None:
    ada = await world.person("ada")
    service, _ = await world.service(ada.home, "api")
    await world.project()
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    second = int(midnight.timestamp())
    frames = (frame(service, second), frame(service, second + 1), frame(service, second - 1))
    await world.ingest.hear_frames("frames.e1", encode_frames(frames))
    await world.ingest.flush_frames()
    found = await world.shown(GetServiceCounters(service_id=service), ada)
    assert isinstance(found, CountersDocument)
    one = frames[0]
    assert found.requests == 2 * one.n
    assert dict(found.by_class)["2xx"] == 2 * one.classes[1]
    assert sum(found.latency) == 2 * sum(one.latency)
    assert (found.name, found.project, found.since) == ("api", "ada", midnight)


async def test_the_oldest_days_go_for_their_size_and_today_never(world: World) -> None:
    now = datetime.now(UTC)
    for days in (3, 2, 1, 0):
        await hear(world, lines(f"s{days}", 1, at=now - timedelta(days=days)))
    small = Partitions(
        world.reading.reader,
        Statements.of(TELEMETRY.sql),
        SystemClock(),
        {"log_line": 14},
        {"log_line": 1},
    )
    await small.keep()
    kept = await world.reading.reader.rows("select service_id from telemetry.log_line")
    assert [row[0] for row in kept] == ["s0"]
