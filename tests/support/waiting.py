"""Wait for a condition instead of for a time."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable


async def eventually(
    condition: Callable[[], bool | Awaitable[bool]],
    timeout: float = 10.0,
    message: str = "",
) -> None:
    """Return once *condition* holds; fail the test after *timeout* seconds."""
    deadline = time.monotonic() + timeout
    while True:
        looked = time.thread_time()
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        if time.monotonic() > deadline:
            raise AssertionError(message or f"not within {timeout} s: {condition}")
        # A look at a whole screen costs as much as painting it: not all the time.
        await asyncio.sleep(max(0.01, 3 * (time.thread_time() - looked)))


def eventually_sync(
    condition: Callable[[], bool], timeout: float = 10.0, message: str = ""
) -> None:
    """`eventually` for tests without an event loop."""
    asyncio.run(eventually(condition, timeout, message))
