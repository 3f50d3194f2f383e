"""The gatherer: at once after a pause, together under load, in order, nothing twice."""

import asyncio

from shared.runtime.gather import Gatherer


async def test_the_first_after_a_pause_leaves_with_the_turn_of_the_loop() -> None:
    handed: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(handed.append, window=60)
    gatherer.add(1)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert handed == [[1]]


async def test_what_follows_within_the_window_leaves_together_and_in_order() -> None:
    handed: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(handed.append, window=0.05)
    for number in range(5):
        gatherer.add(number)
        await asyncio.sleep(0.001)
    assert handed == [[0]]
    assert gatherer.is_holding
    await asyncio.sleep(0.1)
    assert handed == [[0], [1, 2, 3, 4]]
    assert not gatherer.is_holding
