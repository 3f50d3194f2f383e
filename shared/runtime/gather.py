"""What comes together is handed on together: a bounded delay under load, none without.

A process that wakes for every single message spends most of its time on waking. The first item
after a pause goes out with the loop's current turn; what follows within the window waits for it."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

WINDOW_SECONDS = 0.001


class Gatherer(Generic[Item]):
    """`hand_on` gets every item once, in order, in the loop's own thread; it must not raise."""

    def __init__(
        self, hand_on: Callable[[list[Item]], None], *, window: float = WINDOW_SECONDS
    ) -> None:
        self._hand_on = hand_on
        self._window = window
        self._items: list[Item] = []
        self._handed_at = -window
        self._is_due = False

    @property
    def is_holding(self) -> bool:
        return bool(self._items)

    def add(self, item: Item) -> None:
        self._items.append(item)
        if self._is_due:
            return
        self._is_due = True
        loop = asyncio.get_running_loop()
        wait = self._handed_at + self._window - loop.time()
        if wait > 0:
            loop.call_later(wait, self._turn)
        else:
            loop.call_soon(self._turn)

    def _turn(self) -> None:
        self._is_due = False
        items, self._items = self._items, []
        self._handed_at = asyncio.get_running_loop().time()
        self._hand_on(items)
