"""The gatherer: at once while few come, together under load, in order, nothing twice."""

import asyncio

from shared.runtime.gather import FEW, Gatherer


async def test_while_few_come_each_leaves_with_the_turn_of_the_loop() -> None:
    handed: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(handed.append, window=60)
    for number in range(FEW):
        gatherer.add(number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert handed == [[number] for number in range(FEW)]


async def test_where_many_come_they_leave_once_a_window_and_in_order() -> None:
    handed: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(handed.append, window=0.1)
    for number in range(FEW + 5):
        gatherer.add(number)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    assert len(handed) == FEW
    assert gatherer.is_holding
    await asyncio.sleep(0.15)
    assert handed[FEW:] == [list(range(FEW, FEW + 5))]
    assert not gatherer.is_holding


async def test_what_was_added_in_one_turn_leaves_in_one_go() -> None:
    handed: list[list[int]] = []
    gatherer: Gatherer[int] = Gatherer(handed.append, window=0.1)
    for number in range(FEW):
        gatherer.add(number)
    await asyncio.sleep(0.01)
    assert handed == [list(range(FEW))]
