"""Finding out what large statements are before the screen has to know.

Several parts of a run ask that on the loop, and reading ten megabytes takes seconds.
It is done in a thread here; they then get the answer that was kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from mdbtui.query.daemon import in_daemon_thread
from mdbtui.sql import Statement, classify
from mdbtui.sql.parameters import numbered
from mdbtui.sql.remembered import LARGE

if TYPE_CHECKING:
    from mdbtui.ui.runner import PaneRunner

READ_SECONDS = 30.0
"""How long a text may be read before it is given up."""

T = TypeVar("T")


async def read_ahead(
    runner: PaneRunner, statements: Sequence[Statement], changed: Callable[[], None]
) -> bool:
    """Find out what a run will ask about its large statements.

    Args:
        runner: Whose run it is; a cancel of it ends the reading.
        statements: What is to be run.
        changed: Called when the status is to be drawn anew.

    Returns:
        Whether to go on; if not, the pane says why.
    """
    large = [s.text for s in statements if len(s.text) >= LARGE]
    if not large:
        return True

    def read() -> None:
        for text in large:
            classify(text)
            numbered(text)

    reading = asyncio.ensure_future(in_time(read))

    async def stop() -> None:
        reading.cancel()

    async def wait() -> None:
        changed()
        await asyncio.wait([reading])

    runner.show_progress("reading the statement …")
    try:
        await runner.talk.occupy(wait(), stop)
        if reading.cancelled():
            runner.tell("Cancelled before it was sent.")
            return False
        reading.result()
    except TimeoutError:
        runner.tell(f"Not run: to read it takes longer than {READ_SECONDS:g} s.")
        return False
    finally:
        reading.cancel()
        runner.show_progress("")
        changed()
    return True


async def in_time(work: Callable[[], T]) -> T:
    """Return what a thread finds out.

    Raises:
        TimeoutError: It takes longer than `READ_SECONDS`; the thread comes to its end
            by itself.
    """
    async with asyncio.timeout(READ_SECONDS):
        return await in_daemon_thread(work)
