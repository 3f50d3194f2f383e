"""Work that ends together: done by all, or ended by the first that fails."""

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any


async def all_of(work: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Raises what the first one raised, as it was: a task group would wrap it."""
    tasks = [asyncio.create_task(each) for each in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
