"""Blocking steps off the event loop, without losing them to a cancellation."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


async def off_loop(step: Callable[[], _T]) -> _T:
    """Run *step* in a thread. Cancelling waits for its end, then is passed on.

    A step that went on alone could leave a server or a lock that nobody owns.
    """
    work = asyncio.ensure_future(asyncio.to_thread(step))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait([work])
        if not work.cancelled():
            work.exception()  # seen; the cancellation is what counts
        raise
