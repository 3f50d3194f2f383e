"""How a process learns that it shall stop, and how much it shall take with it.

SIGTERM: this process only; what it runs for others (replicas) stays. SIGINT: everything stops."""

import asyncio
import signal


class Shutdown:
    def __init__(self) -> None:
        self._asked = asyncio.Event()
        self._everything = False

    @property
    def asked(self) -> bool:
        return self._asked.is_set()

    @property
    def everything(self) -> bool:
        """True where the whole stack stops: what we started for others stops with us."""
        return self._everything

    def ask(self, *, everything: bool = False) -> None:
        self._everything = self._everything or everything
        self._asked.set()

    async def wait(self) -> None:
        await self._asked.wait()

    async def wait_for(self, seconds: float) -> bool:
        """Sleeps that long, or until asked; true when asked. For loops with a period."""
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return False
        return True

    def listen(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.ask)
        loop.add_signal_handler(signal.SIGINT, lambda: self.ask(everything=True))
