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
        answer = condition()
        if inspect.isawaitable(answer):
            answer = await answer
        if answer:
            return
        if time.monotonic() > deadline:
            raise AssertionError(message or f"not within {timeout} s: {condition}")
        await asyncio.sleep(0.01)


def eventually_sync(
    condition: Callable[[], bool], timeout: float = 10.0, message: str = ""
) -> None:
    """`eventually` for tests without an event loop."""
    asyncio.run(eventually(condition, timeout, message))
