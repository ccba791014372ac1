"""Exit statuses, and signals that end a command in order."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

DONE = 0
SQL_ERROR = 1
UNHEALTHY = 1
USAGE = 2
NOT_CONNECTED = 3
SOME_FAILED = 4
"""Of several databases; the others' rows were written."""
ALL_FAILED = 5
IN_DOUBT = 6
"""Of several databases; it is not known of some whether they committed."""
PIPE_CLOSED = 128 + 13
"""As the shell reports a program that SIGPIPE ended."""

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def interruptible(command: Coroutine[Any, Any, int]) -> int:
    """Run a command until it ends or a signal ends it.

    The command is cancelled at the first signal, so that it can end its statement
    at the server; a second one ends the process at once, as signals do.

    Returns:
        The command's status, or 128 plus the signal's number (130 for ctrl+c).
    """
    loop = asyncio.get_running_loop()
    task = loop.create_task(command)
    caught: list[int] = []

    def end(number: int) -> None:
        caught.append(number)
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        task.cancel()

    for number in _SIGNALS:
        # Only a main thread may; elsewhere the caller cancels.
        with contextlib.suppress(RuntimeError, ValueError):
            loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if not caught:
            raise
        return 128 + caught[0]
    finally:
        for number in _SIGNALS:
            with contextlib.suppress(RuntimeError, ValueError):
                loop.remove_signal_handler(number)
