"""Rows on disk: private temporary files and the memory all results share."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Protocol, TypeVar

T = TypeVar("T")

MEBIBYTE = 1 << 20


class Spiller(Protocol):
    """A store that can move rows from memory to disk."""

    @property
    def memory(self) -> int:
        """Bytes of rows held in memory that could go to disk."""

    async def spill(self, wanted: int) -> int:
        """Move about `wanted` bytes to disk and return how many were moved."""


class MemoryBudget:
    """How much memory the rows of one result and of all results may take.

    Whoever adds rows calls `make_room`; past the limits the largest store gives
    way, which may be another one.

    Args:
        result: Bytes for each result.
        total: Bytes for all of them.
        directory: Where spilled rows go; by default `spill_directory()`.
    """

    def __init__(
        self,
        result: int = 128 * MEBIBYTE,
        total: int = 512 * MEBIBYTE,
        directory: Path | None = None,
    ) -> None:
        self.result = result
        self.total = total
        self.directory = directory
        self._stores: weakref.WeakSet[Spiller] = weakref.WeakSet()
        self._spilling = asyncio.Lock()

    def register(self, store: Spiller) -> None:
        """Count `store` in for as long as it lives."""
        self._stores.add(store)

    def discard(self, store: Spiller) -> None:
        """Count `store` out."""
        self._stores.discard(store)

    @property
    def used(self) -> int:
        """Bytes of rows in memory, all results together."""
        return sum(store.memory for store in self._stores)

    def exceeded(self, store: Spiller) -> bool:
        """Whether `store` has to `make_room` before it takes more rows."""
        return store.memory > self.result or self.used > self.total

    async def make_room(self, store: Spiller) -> None:
        """Spill rows until `store` and all stores together keep their limits.

        Raises:
            OSError: The disk is full or can't be written.
        """
        async with self._spilling:
            # An eighth more than needed, so that not each chunk asks again.
            while store.memory > self.result:
                if not await store.spill(store.memory - self.result * 7 // 8):
                    break
            while (used := self.used) > self.total:
                largest = max(self._stores, key=lambda each: each.memory)
                if not await largest.spill(used - self.total * 7 // 8):
                    break


class SpillFile:
    """A temporary file without a name.

    The kernel removes it when the last handle goes, so it outlives neither the
    program's end nor its crash, and no one else can open it. It is closed when the
    object goes: a thread that still reads keeps it open.

    Raises:
        OSError: The file can't be created.
    """

    def __init__(self, directory: Path | None = None) -> None:
        fd, name = tempfile.mkstemp(
            prefix="mdbtui-rows-", dir=directory or spill_directory()
        )
        os.unlink(name)  # noqa: PTH108 - kept beside mkstemp, as short as possible
        self._fd = fd
        self.size = 0
        weakref.finalize(self, os.close, fd)

    def append(self, data: bytes) -> int:
        """Write `data` at the end and return its offset. Blocks.

        Raises:
            OSError: No space left, say; what was written before stays readable.
        """
        offset = self.size
        view = memoryview(data)
        while view:
            view = view[os.pwrite(self._fd, view, offset + len(data) - len(view)) :]
        self.size = offset + len(data)
        return offset

    def read(self, offset: int, size: int) -> bytes:
        """Read back what was written. Blocks.

        Raises:
            OSError: The disk can't be read.
        """
        parts = []
        while size:
            part = os.pread(self._fd, size, offset)
            if not part:
                raise OSError("a temporary file has become shorter")
            parts.append(part)
            offset += len(part)
            size -= len(part)
        return b"".join(parts)


_budgets: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, MemoryBudget]
_budgets = weakref.WeakKeyDictionary()


def shared_budget() -> MemoryBudget:
    """Return the budget of all results on the running loop that name no other."""
    return _budgets.setdefault(asyncio.get_running_loop(), MemoryBudget())


def spill_directory() -> Path:
    """Where spilled rows go: $TMPDIR, else a disk rather than memory.

    On many systems ``/tmp`` is kept in memory, the very thing spilling is to save.
    """
    if "TMPDIR" not in os.environ:
        disk = Path("/var/tmp")
        if os.access(disk, os.W_OK | os.X_OK):
            return disk
    return Path(tempfile.gettempdir())


@cache
def _threads() -> ThreadPoolExecutor:
    # Not asyncio's own threads: a hung name look-up occupies those for minutes.
    return ThreadPoolExecutor(max_workers=2, thread_name_prefix="mdbtui-rows")


async def in_thread(function: Callable[[], T]) -> T:
    """Run a blocking function off the loop, to its end even if cancelled.

    A cancelled wait would leave the thread at work on a file that the caller
    believes to be its own again.
    """
    future = asyncio.get_running_loop().run_in_executor(_threads(), function)
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        with contextlib.suppress(OSError):
            await future
        raise
