"""What comes together is handed on together: a bounded delay under load, none without.

A process that wakes for every single message spends most of its time on waking. While few come,
each leaves with the loop's current turn; where more come within a window than would be worth that,
they leave once a window."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")

# The loop's timers count whole milliseconds.
WINDOW_SECONDS = 0.002
# A window with more than these is load.
FEW = 3


class Gatherer(Generic[Item]):
    """`hand_on` gets every item once, in order, in the loop's own thread; it must not raise."""

    def __init__(
        self, hand_on: Callable[[list[Item]], None], *, window: float = WINDOW_SECONDS
    ) -> None:
        self._hand_on = hand_on
        self._window = window
        self._items: list[Item] = []
        self._is_due = False
        self._began_at = -window  # The window that is counted.
        self._count = 0
        self._count_before = 0

    @property
    def is_holding(self) -> bool:
        return bool(self._items)

    def add(self, item: Item, *, at_once: bool = False) -> None:
        """`at_once`: with the loop's current turn, where the caller knows of nobody else."""
        self._items.append(item)
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._note(now)
        if self._is_due:
            return
        self._is_due = True
        if at_once or (self._count <= FEW and self._count_before <= FEW):
            loop.call_soon(self._turn)
        else:
            loop.call_later(self._began_at + self._window - now, self._turn)

    def _note(self, now: float) -> None:
        passed = now - self._began_at
        if passed >= self._window:
            self._count_before = self._count if passed < 2 * self._window else 0
            self._count = 0
            self._began_at = now
        self._count += 1

    def _turn(self) -> None:
        self._is_due = False
        items, self._items = self._items, []
        self._hand_on(items)
