"""One kind of target with all that it takes: rounds, reports, and the list it follows."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic

from services.prober.follow import Ask, Follower
from services.prober.measures import Meters
from services.prober.opinions import Opinions
from services.prober.plan import Pace
from services.prober.reports import CommandOf, Reporter, Send
from services.prober.rounds import Probe, Rounds, Second, T
from services.prober.share import Share
from shared.runtime.clock import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What all kinds share."""

    share: Share
    opinions: Opinions
    meters: Meters
    clock: Clock
    send: Send
    ask: Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind(Generic[T]):
    name: str
    rounds: Rounds[T]
    reporter: Reporter[T]
    follower: Follower[T, Any]

    async def follow(self, reconnected: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self.follower.run(reconnected))
            group.create_task(self.reporter.run())


def kind_of(
    name: str,
    around: Surroundings,
    *,
    pace: Pace,
    probe: Probe[T],
    command_of: CommandOf[T],
    follower: Callable[[Rounds[T], Reporter[T]], Follower[T, Any]],
    needs_second: bool = True,
    slots: dict[str, int] | None = None,
) -> Kind[T]:
    reporter: Reporter[T] = Reporter(around.send, command_of)
    rounds: Rounds[T] = Rounds(
        pace=pace,
        clock=around.clock,
        probe=probe,
        tell=reporter.tell,
        measures=around.meters.of(name),
        owns=around.share.owns,
        second=_second(name, around.opinions) if needs_second else None,
        slots=slots,
    )
    around.opinions.add(name, rounds.ask, pace.timeout)
    return Kind(name=name, rounds=rounds, reporter=reporter, follower=follower(rounds, reporter))


def _second(name: str, opinions: Opinions) -> Second:
    def second(key: str) -> Awaitable[Any]:
        return opinions.second(name, key)

    return second
