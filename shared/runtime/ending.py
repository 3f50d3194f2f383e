"""Ends tasks for certain. On Python 3.11 `wait_for` (nats-py 2.16 requests by it) loses a
cancellation that comes together with its result: a loop around it would go on for ever.
"""

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_SECONDS = 0.2


async def end(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels until each has ended; what they answer or raise stays with them."""
    left = {task for task in tasks if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=AGAIN_SECONDS)
