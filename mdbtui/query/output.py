"""Bytes written by a thread of their own.

A pager that rests, or a slow disk, then holds up only the thread: the loop still
hears the server, a time-out and ctrl+c.
"""

from __future__ import annotations

import asyncio
import os
import queue
import threading

BLOCK = 128 * 1024
"""Bytes that are gathered before the thread gets them; each hand-over costs 50 µs."""

_BLOCKS = 4


class OutputError(Exception):
    """The other end does not take any more.

    Attributes:
        errno: The system's number for it.
        closed: The reader went away, as ``| head`` does; else the disk is full or
            the like.
    """

    def __init__(self, error: OSError) -> None:
        self.errno = error.errno
        self.closed = isinstance(error, BrokenPipeError)
        super().__init__(error.strerror or str(error))


class Output:
    """Bytes on their way to a file descriptor, at most some 0.6 MB of them.

    Args:
        descriptor: Where the bytes go. It is written to directly, so that nothing is
            left in a buffer for the interpreter to complain about at its end.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._gathered = bytearray()
        self._room = asyncio.Semaphore(_BLOCKS)
        self._blocks: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._error: OSError | None = None
        self._loop = asyncio.get_running_loop()
        # A daemon, since a blocked write can't be ended and must not hold up the end.
        self._thread = threading.Thread(
            target=self._write_blocks, name="output", daemon=True
        )
        self._thread.start()

    async def write(self, data: bytes) -> None:
        """Take ``data``; waits while too much is on its way.

        Raises:
            OutputError: An earlier part could not be written.
        """
        self._gathered += data
        if len(self._gathered) >= BLOCK:
            await self._hand_over()

    async def flush(self) -> None:
        """Return when all that was taken is written.

        Raises:
            OutputError: It could not be.
        """
        await self._hand_over()
        for _ in range(_BLOCKS):
            await self._room.acquire()
        for _ in range(_BLOCKS):
            self._room.release()
        self._check()

    def abandon(self) -> None:
        """Take no more, and wake who waits for room, with an ``OutputError``."""
        self._error = self._error or InterruptedError(0, "interrupted")
        for _ in range(_BLOCKS):
            self._room.release()

    def close(self) -> None:
        """End the thread; what was not flushed may be lost."""
        self._blocks.put(None)

    def join(self) -> None:
        """Wait until the thread has left the descriptor alone. Blocks."""
        self._thread.join()

    async def _hand_over(self) -> None:
        self._check()
        if self._gathered:
            block, self._gathered = bytes(self._gathered), bytearray()
            await self._room.acquire()
            self._check()
            self._blocks.put(block)

    def _check(self) -> None:
        if self._error is not None:
            raise OutputError(self._error)

    def _write_blocks(self) -> None:
        while (block := self._blocks.get()) is not None:
            try:
                view = memoryview(block)
                while view and self._error is None:
                    view = view[os.write(self._descriptor, view) :]
            except OSError as error:
                self._error = error
            try:
                self._loop.call_soon_threadsafe(self._room.release)
            except RuntimeError:  # the loop is closed: nobody waits any more
                return
