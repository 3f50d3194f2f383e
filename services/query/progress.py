"""How far each view is, in memory, and who waits for it to be further.

Waiting holds no connection: a future per question, woken by whoever moves the positions."""

import asyncio
from collections.abc import Callable, Iterable, Mapping

WAITING_MAX = 4096


class Progress:
    def __init__(self) -> None:
        self._positions: dict[str, int] = {}
        self._halted: frozenset[str] = frozenset()
        self._waiting: dict[asyncio.Future[bool], tuple[tuple[str, ...], int]] = {}
        self.on_wait: Callable[[], None] | None = None
        self.stirred = asyncio.Event()  # Somebody has begun to wait.

    def of(self, views: Iterable[str]) -> int:
        """The position all of them have passed; 0 before the first one is known."""
        return min((self._positions.get(view, 0) for view in views), default=0)

    def is_halted(self, views: Iterable[str]) -> bool:
        return not self._halted.isdisjoint(views)

    @property
    def halted(self) -> frozenset[str]:
        return self._halted

    @property
    def awaited(self) -> int:
        """The furthest position somebody waits for; 0 where nobody does."""
        return max((position for _, position in self._waiting.values()), default=0)

    def move(self, positions: Mapping[str, int], *, halted: Iterable[str] = ()) -> None:
        self._positions = dict(positions)
        self._halted = frozenset(halted)
        for future, (views, position) in self._waiting.items():
            if not future.done() and (self.of(views) >= position or self.is_halted(views)):
                future.set_result(True)

    async def passed(self, views: tuple[str, ...], position: int, seconds: float) -> bool:
        """Whether they pass it in time. At once for a halted view: it never will."""
        if self.of(views) >= position:
            return True
        if self.is_halted(views) or len(self._waiting) >= WAITING_MAX:
            return False
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[future] = (views, position)
        self.stirred.set()
        if self.on_wait is not None:
            self.on_wait()
        try:
            async with asyncio.timeout(seconds):
                await future
        except TimeoutError:
            return False
        finally:
            del self._waiting[future]
        return self.of(views) >= position
